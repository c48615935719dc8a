//! `replay` from outside: what it prints of which files, and its exit codes.

use std::{fs, path::Path};

use crate::command_line::{domovoi, folder};

fn record(second: u32, nick: &str, body: &str) -> String {
    format!(
        "{{\"at\":\"2026-11-22T15:{:02}:{:02}Z\",\"room\":\"garden@chat.example.org\",\"kind\":\"message\",\
         \"nick\":\"{nick}\",\"jid\":\"{nick}@example.org\",\"body\":\"{body}\"}}\n",
        second / 60,
        second % 60
    )
}

fn flood() -> String {
    let mut text = record(0, "alice", "good morning");
    for n in 0..30 {
        text += &record(10 + n / 4, "mallory", &format!("line {n} of a wall that nobody could type so fast {}", n * n));
    }
    text + &record(40, "bob", "what was that?")
}

fn json(folder: &Path, files: &[&str]) -> String {
    let ended = domovoi(folder, &[&["replay", "--format", "json"], files].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    ended.stdout
}

#[test]
fn replay_needs_nothing_but_a_file_and_prints_one_object() {
    let folder = folder();
    let scene = "{\"scene\":\"a flood\"}\n".to_owned() + &flood() + "{\"at\":\"half a line\n\n";
    fs::write(folder.path().join("r.jsonl"), &scene).unwrap();
    let printed = json(folder.path(), &["r.jsonl"]);
    let object: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&object["events"], &object["people"], &object["skipped"]), (&32.into(), &3.into(), &1.into()));
    assert_eq!(object["seconds"], 40);
    let acts = object["actions"].as_array().unwrap();
    assert!(acts.iter().all(|it| it["nick"] == "mallory" && it["jid"] == "mallory@example.org"), "{printed}");
    assert!(acts.iter().all(|it| it["room"] == "garden@chat.example.org"), "{printed}");
    assert!(acts.iter().any(|it| it["action"] == "mute" && it["until"].is_string()), "{printed}");
    assert!(20 < object["suppressed"].as_u64().unwrap(), "{printed}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was written");
}

#[test]
fn replay_says_the_same_of_the_same_records_in_any_order_and_any_number_of_files() {
    let folder = folder();
    let text = flood();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("whole", text.as_bytes());
    write("packed", &zstd::encode_all(text.as_bytes(), 1).unwrap());
    // Lines of one second keep their order; everything else is turned around.
    let mut lines: Vec<&str> = text.lines().collect();
    let time = |line: &&str| line.chars().take(30).collect::<String>();
    lines.sort_by_key(|it| std::cmp::Reverse(time(it)));
    write("turned", lines.join("\n").as_bytes());
    let (early, late): (Vec<&str>, Vec<&str>) = text.lines().partition(|it| it.contains("15:00:1"));
    write("early", early.join("\r\n").as_bytes());
    write("late", late.join("\n").as_bytes());
    let whole = json(folder.path(), &["whole"]);
    for files in [&["packed"][..], &["turned"], &["early", "late"], &["late", "early"], &["whole"]] {
        assert_eq!(json(folder.path(), files), whole, "{files:?}");
    }
}

#[test]
fn replay_takes_no_newcomer_for_a_flood_where_a_log_has_no_seconds_even_in_its_first_minute() {
    let folder = folder();
    let talk =
        ["hello there", "my pump has stopped again", "it hums", "but no water comes", "what may it be?", "thanks"];
    let mut log: String = talk.iter().map(|it| record(0, "carol", it)).collect();
    let instant = json_of(&folder, &log);
    assert_ne!(instant["actions"], serde_json::json!([]), "all of it in one instant is a flood");
    log += &(record(60, "bob", "is the filter clean?") + &record(120, "carol", "it was not"));
    assert_eq!(json_of(&folder, &log)["actions"], serde_json::json!([]));
}

fn json_of(folder: &tempfile::TempDir, log: &str) -> serde_json::Value {
    fs::write(folder.path().join("log"), log).unwrap();
    serde_json::from_str(&json(folder.path(), &["log"])).unwrap()
}

#[test]
fn replay_for_people_says_who_when_and_why() {
    let folder = folder();
    fs::write(folder.path().join("r"), flood()).unwrap();
    let ended = domovoi(folder.path(), &["replay", "r"]);
    assert_eq!(ended.code, 0);
    let is_act = |it: &str| it.contains(" garden@chat.example.org  mute mallory (mallory@example.org) until ");
    assert!(ended.stdout.lines().any(|it| is_act(it) && it.starts_with("2026-11-22 15:00:1")), "{}", ended.stdout);
    assert!(ended.stdout.contains("\n32 events of 3 people in 1 room, 40s from the first to the last\n"));

    fs::write(folder.path().join("calm"), record(1, "alice", "good morning")).unwrap();
    let ended = domovoi(folder.path(), &["replay", "calm"]);
    assert!(ended.stdout.ends_with("the guard would have done nothing\n"), "{}", ended.stdout);
}

#[test]
fn replay_takes_every_preset_and_refuses_what_is_none() {
    let folder = folder();
    fs::write(folder.path().join("r"), flood()).unwrap();
    for preset in ["public", "support", "friends", "strict"] {
        assert_eq!(domovoi(folder.path(), &["replay", "--preset", preset, "r"]).code, 0, "{preset}");
    }
    let ended = domovoi(folder.path(), &["replay", "--preset", "publik", "r"]);
    assert_eq!(ended.code, 2);
    assert_eq!(ended.stderr, "domovoi: there is no preset `publik`; there are public, support, friends, strict\n");
    for arguments in [&["replay"][..], &["replay", "--format", "xml", "r"]] {
        assert_eq!(domovoi(folder.path(), arguments).code, 2, "{arguments:?}");
    }
    for missing in ["nowhere", "."] {
        let ended = domovoi(folder.path(), &["replay", missing]);
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{missing}");
        assert!(ended.stderr.starts_with(&format!("domovoi: cannot read {missing}: ")), "{}", ended.stderr);
    }
}

#[test]
fn replay_bears_whatever_a_file_holds() {
    let folder = folder();
    let mut bytes = vec![0xff, 0xfe, b'\n', 0, b'\n', b'[', b']', b'\n'];
    bytes.extend("[".repeat(100_000).bytes());
    bytes.push(b'\n');
    bytes.extend(record(1, "alice", "still there").into_bytes());
    fs::write(folder.path().join("r"), bytes).unwrap();
    let object: serde_json::Value = serde_json::from_str(&json(folder.path(), &["r"])).unwrap();
    assert_eq!((&object["events"], &object["skipped"]), (&1.into(), &4.into()));
    fs::write(folder.path().join("empty"), "").unwrap();
    let object: serde_json::Value = serde_json::from_str(&json(folder.path(), &["empty"])).unwrap();
    assert_eq!((&object["events"], &object["seconds"]), (&0.into(), &0.into()));
}
