//! Scenes in the made-up room, through the real program: what is typed, and the whole transcript.

use std::fs;

use crate::command_line::{Ended, domovoi, folder};

fn play(script: &str) -> Ended {
    let folder = folder();
    fs::write(folder.path().join("scene.txt"), script).unwrap();
    domovoi(folder.path(), &["console", "--script", "scene.txt"])
}

#[track_caller]
fn check(script: &str, expected: &str) {
    let ended = play(script);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str(), ended.code), (expected, "", 0));
    let again = play(script);
    assert_eq!(again.stdout, ended.stdout, "the same lines came to another transcript");
}

#[test]
fn flood_is_muted_taken_back_and_forgiven_in_time() {
    check(
        "/as mallory\nbuy 1\nbuy 2\nbuy 3\nbuy 4\nbuy 5\nbuy 6\n/clock +6m\nI am sorry\n",
        "\
12:00:00 * mallory comes in, participant
12:00:00 <mallory> buy 1
12:00:00 <mallory> buy 2
12:00:00 <mallory> buy 3
12:00:00 <mallory> buy 4
12:00:00 ? mute mallory: repeat, 60 points
12:00:00 ! domovoi mutes mallory for 5m: 4 lines that say nearly the same [case #1]
12:00:00 ! domovoi takes s4 back: 4 lines that say nearly the same
12:00:00 ! domovoi takes s3 back: 4 lines that say nearly the same
12:00:00 ! domovoi takes s2 back: 4 lines that say nearly the same
12:00:00 ! domovoi takes s1 back: 4 lines that say nearly the same
12:00:00 -- mallory has no voice: nobody heard that
12:00:00 -- mallory has no voice: nobody heard that
12:05:00 ! domovoi gives mallory voice: the time is over
12:06:00 <mallory> I am sorry
",
    );
}

#[test]
fn muted_person_who_returns_is_muted_again() {
    check(
        "/as alice admin\n/as bob\n/as alice\n!mute bob 10m\n/as bob\n/leave\n/join\nhello?\n/clock +11m\nhello!\n",
        "\
12:00:00 * alice comes in, admin, moderator
12:00:00 * bob comes in, participant
12:00:00 <alice> !mute bob 10m
12:00:00 ! domovoi mutes bob for 10m (for alice)
12:00:00 <domovoi> alice: muted for 10 minutes: bob
12:00:00 * bob leaves
12:00:00 * bob comes in, participant
12:00:00 ! domovoi mutes bob for 10m
12:00:00 -- bob has no voice: nobody heard that
12:10:00 ! domovoi gives bob voice: the time is over
12:11:00 <bob> hello!
",
    );
}

#[test]
fn commands_are_answered_by_the_rights_of_whoever_gives_them() {
    check(
        "/as alice owner\n/as bob none\n!ping\n!kick alice\n/as alice\n!kick bob rude\n/as carol\n/nick carola\n\
         /private ping\n/me waves\n/leave\n",
        "\
12:00:00 * alice comes in, owner, moderator
12:00:00 * bob comes in, participant
12:00:00 <bob> !ping
12:00:00 <domovoi> bob: pong
12:00:00 <bob> !kick alice
12:00:00 <domovoi> bob: That takes at least the level 15 (moderator).
12:00:00 <alice> !kick bob rude
12:00:00 ! domovoi kicks bob: rude (for alice)
12:00:00 <domovoi> alice: kicked: bob
12:00:00 * carol comes in, participant
12:00:00 * carol is now carola
12:00:00 carola -> domovoi: ping
12:00:00 domovoi -> carola: pong
12:00:00 <carola> /me waves
12:00:00 * carola leaves
",
    );
}

#[test]
fn raid_and_a_long_while_are_played_to_their_end() {
    let ended = play("/raid 40\n/clock +1d\n/quit\nnever said\n");
    assert_eq!((ended.stderr.as_str(), ended.code), ("", 0));
    assert_eq!(ended.stdout.lines().filter(|it| it.contains("comes in")).count(), 40, "{}", ended.stdout);
    assert!(!ended.stdout.contains("never said"));
}

#[test]
fn wrong_line_is_named_by_its_place_and_ends_the_scene() {
    let ended = play("/as alice\n/clock soon\nhello\n");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("domovoi: scene.txt:2: `soon` is not a duration"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "12:00:00 * alice comes in, participant\n");
}

#[test]
fn missing_script_and_missing_plugin_are_told() {
    let folder = folder();
    let ended = domovoi(folder.path(), &["console", "--script", "none.txt"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("domovoi: cannot read none.txt: "), "{}", ended.stderr);
    let ended = domovoi(folder.path(), &["console", "--plugin", "hello"]);
    assert_eq!(ended.stderr, "domovoi: hello is no plugin: there is no hello/init.lua\n");
    assert_eq!(ended.code, 1);
}

#[test]
fn owner_sets_the_guard_and_is_answered_in_the_room() {
    check(
        "/as juliet owner\n!guard preset strict\n!words add casino mute 10m\n!guard nonsense\n",
        "\
12:00:00 * juliet comes in, owner, moderator
12:00:00 <juliet> !guard preset strict
12:00:00 <domovoi> juliet: preset is strict here. What kind of room it is: public, support, friends, strict.
12:00:00 <juliet> !words add casino mute 10m
12:00:00 <domovoi> juliet: The word “casino” is on the list own: muted for 10 minutes.
12:00:00 <juliet> !guard nonsense
12:00:00 domovoi -> juliet: I do not know what to do with “nonsense”.
         | Usage: guard status — for example: guard status
         | With “guard” begin: guard observe, guard off, guard on, guard preset, guard set, guard status. “help guard” explains them.
",
    );
}

#[test]
fn case_of_a_raid_says_how_much_was_done() {
    let ended = play("/as juliet owner\n/raid 30\n/clock +1m\n/as juliet\n!incidents\n");
    assert_eq!((ended.stderr.as_str(), ended.code), ("", 0));
    let told = ended.stdout.lines().find(|it| it.contains("a raid (")).unwrap_or(&ended.stdout);
    assert!(told.contains("a raid (30 people) — kicked: 3, muted: "), "{told}");
}

#[test]
fn an_answer_at_the_gate_is_no_unknown_command() {
    let ended = play(
        "/as olga owner\n!guard set gate always\n!gate add Who lives here? = kuzya\n/as bob none\n/private banana\n\
         /private ping\n/private kuzya\nhello\n",
    );
    let (out, code) = (ended.stdout.as_str(), ended.code);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("domovoi -> bob: That is not it. 2 more tries."), "{out}");
    assert!(out.contains("domovoi -> bob: pong"), "what is a command all the same is carried out: {out}");
    assert!(out.contains("domovoi -> bob: Thank you! You have voice now."), "{out}");
    assert!(out.contains("<bob> hello"), "{out}");
    assert!(!out.contains("I do not know that command"), "{out}");
}
