//! Plays every scene of `tests/transcripts` through the code of `domovoi replay`, with real JIDs and without.
//!
//! An attack holds if no more of it reaches the room than its goal says and nobody else is touched; a quiet scene if
//! nothing at all is done. What does not hold yet stands in `tests/transcripts/not-held-yet.txt` with today's figure, and
//! must not get worse, nor better without the table saying so. `DOMOVOI_SCENES=write cargo test --test scenes` writes the
//! table anew; `cargo test --test scenes -- --nocapture` prints how every scene went.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is allowed in tests does not reach helper functions")]
#![allow(clippy::print_stdout, reason = "the table is for whoever asks for it")]

mod scene;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use scene::{Outcome, Scene, Variant};

const TABLE: &str = "not-held-yet.txt";
const TABLE_HEAD: &str = "\
# Scenes that do not hold yet: scene, variant, what reaches the room (quiet scenes: what is done), friends touched.
# It can only shrink: `DOMOVOI_SCENES=write cargo test --test scenes` writes it anew after the guard got better.
";

fn transcripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn scenes(folder: &str) -> Vec<Scene> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(transcripts().join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "jsonl"));
    paths.sort();
    paths.iter().map(|it| Scene::read(it)).collect()
}

/// By scene and variant, what is said of it in the table.
fn table() -> BTreeMap<(String, String), (usize, usize)> {
    let text = fs::read_to_string(transcripts().join(TABLE)).unwrap_or_default();
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [scene, variant, figure, touched] = words[..] else { panic!("{TABLE}: {line}") };
        ((scene.to_owned(), variant.to_owned()), (figure.parse().unwrap(), touched.parse().unwrap()))
    };
    text.lines().filter(|it| !it.starts_with('#')).map(row).collect()
}

fn show(scene: &Scene, variant: Variant, outcome: &Outcome) {
    let mark = if outcome.holds(scene) { ' ' } else { '!' };
    let acts: Vec<String> = outcome.report.by_action.iter().map(|(what, n)| format!("{what} {n}")).collect();
    let rules: Vec<&str> = outcome.report.by_rule.keys().map(String::as_str).collect();
    let touched = outcome.touched.join(" ");
    println!(
        "{mark} {:<26} {:<8} {:>4} of {:>4}, goal {:>3}  {} [{}] {touched}",
        scene.name,
        variant.as_str(),
        outcome.reached,
        outcome.n_spam,
        scene.goal(),
        acts.join(", "),
        rules.join(" "),
    );
}

#[test]
fn attacks_are_held_and_quiet_rooms_are_left_alone() {
    let known = table();
    let (mut found, mut wrong) = (BTreeMap::new(), String::new());
    for scene in scenes("attacks").iter().chain(&scenes("quiet")) {
        for &variant in scene.variants() {
            let outcome = scene.play(variant);
            show(scene, variant, &outcome);
            let key = (scene.name.clone(), variant.as_str().to_owned());
            let figures = (outcome.figure(scene), outcome.touched.len());
            let is_held = outcome.holds(scene);
            match known.get(&key) {
                Some(was) if is_held => writeln!(wrong, "{key:?} holds now, {was:?} before: take it out of the table"),
                Some(was) if *was == figures => Ok(()),
                Some(was) => writeln!(wrong, "{key:?}: {figures:?}, where the table says {was:?}"),
                None if is_held => Ok(()),
                None => writeln!(wrong, "{key:?} does not hold: {figures:?}, {:?}", outcome.touched),
            }
            .unwrap();
            if !is_held {
                found.insert(key, figures);
            }
        }
    }
    if std::env::var_os("DOMOVOI_SCENES").is_some_and(|it| it == "write") {
        let row = |((scene, variant), (figure, touched)): (&(String, String), &(usize, usize))| {
            format!("{scene} {variant} {figure} {touched}\n")
        };
        let text = TABLE_HEAD.to_owned() + &found.iter().map(row).collect::<String>();
        fs::write(transcripts().join(TABLE), text).unwrap();
        return;
    }
    let stray: Vec<_> = known.keys().filter(|it| !found.contains_key(*it) && !wrong.contains(&it.0)).collect();
    assert!(wrong.is_empty() && stray.is_empty(), "\n{wrong}no such scene: {stray:?}");
}

#[test]
fn there_are_scenes_enough_and_each_can_fail() {
    let (attacks, quiet) = (scenes("attacks"), scenes("quiet"));
    assert!(40 <= attacks.len() && 40 <= quiet.len());
    for scene in &attacks {
        let n_spam = scene.n_spam();
        assert!(scene.goal() < n_spam, "{}: {n_spam} can reach the room, and {} may", scene.name, scene.goal());
        assert!(scene.n_messages() > 20, "{}: nobody else is there", scene.name);
    }
    let n_messages: usize = quiet.iter().map(Scene::n_messages).sum();
    assert!(6_000 <= n_messages, "only {n_messages}");
}

#[test]
fn the_same_comes_out_each_time() {
    for scene in scenes("attacks").iter().take(10) {
        let play = || serde_json::to_string(&scene.play(Variant::Jids).report).unwrap();
        assert_eq!(play(), play(), "{}", scene.name);
    }
}
