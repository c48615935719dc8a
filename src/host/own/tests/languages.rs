//! Whoever reads Russian is told everything about every bundled plugin in it.

use std::time::Duration;

use domovoi_plugin::{
    ArgKind, ArgSpec, Manifest, Text,
    grammar::{example_in, usage_text},
};

use crate::host::testing::{CONFIG, GARDEN, Scene, bundled};

/// A room that speaks Russian, where every plugin is on.
async fn scene() -> Scene {
    let it = Scene::with(CONFIG, bundled()).await;
    it.say("romeo", "!language ru").await;
    for manifest in manifests() {
        it.say("romeo", &format!("!plugin on {}", manifest.name)).await;
    }
    it
}

fn manifests() -> Vec<Manifest> {
    bundled().iter().map(|it| it.manifest()).collect()
}

fn is_russian(text: &str) -> bool {
    text.chars().any(|it| ('а'..='я').contains(&it.to_lowercase().next().unwrap()))
}

/// The language of rules and word lists, which is the same everywhere.
const SYNTAX: [&str; 4] = ["if links > 0 and age < 10m then mute 10m", "mute 10m", "last 30d", "weight=50"];

fn without_syntax(text: &str) -> String {
    SYNTAX.iter().fold(text.to_owned(), |text, it| text.replace(it, ""))
}

/// As many English words in a row as nobody would type for a name.
fn english(text: &str, n: usize) -> Option<String> {
    let is_word = |it: &&str| 2 <= it.len() && it.chars().all(|it| it.is_ascii_lowercase());
    let parts = text.split(|it: char| !it.is_alphanumeric() && it != ' ');
    let words = parts.map(|it| it.split_whitespace().collect::<Vec<_>>());
    let run = |words: Vec<&str>| words.windows(n).find(|it| it.iter().all(is_word)).map(|it| it.join(" "));
    words.filter_map(run).next()
}

/// What a person types in its place is no word of a language.
fn is_named(arg: &ArgSpec) -> bool {
    !matches!(arg.kind, ArgKind::Choice(_))
}

#[tokio::test]
async fn every_plugin_setting_command_and_argument_has_its_words() {
    let it = scene().await;
    let mut wrong = Vec::new();
    for manifest in manifests() {
        let mut check = |what: String, key: &'static str| {
            let words = it.host.words_of(&manifest.name, "ru", &Text::key(key));
            if !is_russian(&words) || english(&words, 3).is_some() {
                wrong.push(format!("{}: {what}: {words}", manifest.name));
            }
        };
        check("what it is for".to_owned(), manifest.description);
        for option in &manifest.options {
            check(format!("setting {}", option.name), option.help);
        }
        for spec in &manifest.commands {
            check(format!("command {}", spec.name), spec.help);
        }
        for spec in &manifest.commands {
            for arg in spec.args.iter().filter(|it| is_named(it)) {
                let name = it.host.words_of(&manifest.name, "ru", &Text::key(format!("arg-{}", arg.name)));
                let is_known = is_russian(&name) || ["JID", "!"].contains(&name.as_str());
                if !is_known {
                    wrong.push(format!("{}: argument {} of {}: {name}", manifest.name, arg.name, spec.name));
                }
            }
            if let Some(words) = english(&without_syntax(&example_in(spec, "ru")), 2) {
                wrong.push(format!("{}: example of {}: {words}", manifest.name, spec.name));
            }
            // A command that has a Russian name is shown by it.
            let has_name = spec.names.iter().any(|it| it.0 == "ru");
            let example = example_in(spec, "ru");
            if has_name && !example.split_whitespace().next().is_some_and(is_russian) {
                wrong.push(format!("{}: example of {}: {example}", manifest.name, spec.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn helps_lists_settings_and_usage_are_told_in_russian() {
    let it = scene().await;
    let mut lines = vec!["plugin list".to_owned(), "help".to_owned(), "commands".to_owned()];
    for manifest in manifests() {
        lines.push(format!("plugin get {}", manifest.name));
        lines.push(format!("plugin help {}", manifest.name));
        for spec in &manifest.commands {
            lines.push(format!("help {}", spec.name));
        }
    }
    for line in &lines {
        let mut said = it.say("juliet", &format!("!{line}")).await;
        loop {
            // Nobody waits for the others' turn here.
            it.advance(Duration::from_secs(60));
            if !said.last().is_some_and(|it| it.contains("увидеть остальное")) {
                break;
            }
            let more = it.say("juliet", "!ещё").await;
            assert!(!more.is_empty(), "{line}: {said:?}");
            said.extend(more);
        }
        let said = said.join("\n");
        assert!(is_russian(&said), "{line}: {said}");
        assert_eq!(english(&without_syntax(&said), 3), None, "{line}: {said}");
    }
}

#[tokio::test]
async fn what_is_missing_from_a_command_is_told_in_russian() {
    let it = scene().await;
    for manifest in manifests() {
        for spec in manifest.commands.iter().filter(|it| it.args.iter().any(|it| !it.is_optional)) {
            let usage = it.host.words_of(&manifest.name, "ru", &usage_text(spec, "ru"));
            let line = format!("{GARDEN} {}", spec.name);
            let said = it.direct("juliet@capulet.example", &line).await.join("\n");
            assert!(said.is_empty() || is_russian(&said), "{}: {said}", spec.name);
            assert_eq!(english(&without_syntax(&said), 3), None, "{} ({usage}): {said}", spec.name);
        }
    }
}

#[tokio::test]
async fn in_private_a_word_of_another_language_is_understood_and_answered_in_it() {
    let it = Scene::new().await;
    let owner = "juliet@capulet.example";
    assert_eq!(it.direct(owner, "пинг").await, [format!("{owner}< понг")]);
    assert_eq!(it.direct(owner, "ping").await, [format!("{owner}< pong")]);
    assert_eq!(it.whisper("bob", "пинг").await, ["@bob понг"]);
    // In public the room's language holds, and help names nothing that is not heard there.
    assert_eq!(it.say("bob", "!пинг").await, [""; 0]);
    assert!(!it.say("bob", "!help ping").await[0].contains("пинг"));
}
