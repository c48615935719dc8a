//! What acts do to those who go on talking in the records, with a guard that does what it is told.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use domovoi_plugin::{
    Answer, Event, EventKind, GuardSetup, Identity, Manifest, Memo, MemoKind, Plugin, PluginName, Role, RoomGuard,
    Settings, Shared, Target, Text, Timestamp, Verdict, View, async_trait,
};
use serde_json::Value;

use super::{Heard, Player, Report, Seat};

/// A plugin whose guard answers as the words tell it, and writes down what it sees in what the rooms share.
struct Puppet;

#[async_trait]
impl Plugin for Puppet {
    fn manifest(&self) -> Manifest {
        Manifest::new(PluginName::new("puppet").unwrap())
    }

    fn guard(&self, _: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        Some(Box::new(Obeying { memos: Vec::new(), n_ticks: 0, rests_until: None }))
    }

    fn share(&self, shared: &Shared, memo: &Memo) -> Option<Shared> {
        let n = shared.as_ref().and_then(|it| it.downcast_ref::<usize>()).copied().unwrap_or(0);
        (memo.kind == MemoKind::Own("seen")).then(|| Some(Arc::new(n + 1) as Arc<_>))
    }
}

struct Obeying {
    memos: Vec<Memo>,
    n_ticks: u32,
    rests_until: Option<Timestamp>,
}

impl RoomGuard for Obeying {
    fn judge(&mut self, event: &Event, view: &dyn View, shared: &Shared) -> Verdict {
        let words = event.message().map_or("", |it| it.body.as_str());
        if words == "rest" {
            self.rests_until = Some(event.at + Duration::from_secs(1_000));
        }
        let (answer, retract) = match words {
            "raided" => (Answer::Mute { span: Duration::from_secs(3_600) }, vec![]),
            "mute" => (Answer::Mute { span: Duration::from_secs(60) }, vec!["a", "b"]),
            "kick" => (Answer::Kick, vec![]),
            "ban" => (Answer::Ban { span: Some(Duration::from_secs(600)) }, vec![]),
            "warn" => (Answer::Warn, vec![]),
            "note" => (Answer::Note, vec![]),
            _ => (Answer::Pass, vec![]),
        };
        let memo = match words {
            "raid" => Some(MemoKind::RaidOn),
            "calm" => Some(MemoKind::RaidOff),
            "seen" => Some(MemoKind::Own("seen")),
            _ => None,
        };
        self.memos.extend(memo.map(|kind| Memo {
            at: event.at,
            room: event.room.clone(),
            kind,
            about: None,
            rule: "raid",
            score: 7,
            reason: Text::empty(),
            data: Value::Null,
        }));
        let n_seen = shared.as_ref().and_then(|it| it.downcast_ref::<usize>()).copied().unwrap_or(0);
        let score = match words {
            "note" | "warn" => u32::try_from(n_seen).unwrap(),
            _ => u32::try_from(view.n_occupants()).unwrap() * 1_000 + self.n_ticks,
        };
        let target = event.occupant.as_ref().map(|it| Target { nick: it.nick.clone(), identity: it.identity() });
        let retract = retract.into_iter().map(domovoi_plugin::StanzaId::new).collect();
        let rule = if words == "raided" { "raid" } else { "told" };
        Verdict { answer, target, rule, score, retract, ..Verdict::pass() }
    }

    fn tick(&mut self, _: Timestamp, _: &dyn View, _: &Shared) -> Vec<Verdict> {
        self.n_ticks += 1;
        Vec::new()
    }

    fn rests_until(&self) -> Option<Timestamp> {
        self.rests_until
    }

    fn take_memos(&mut self) -> Vec<Memo> {
        std::mem::take(&mut self.memos)
    }
}

/// Plays lines `SECOND ROOM KIND NICK WORDS`, where NICK may be `nick/jid`; gives what became of each, and the end.
fn play(script: &str) -> (String, Report) {
    let seat = Seat { plugin: Arc::new(Puppet), settings: Settings::default() };
    let mut player = Player::new(vec![seat]);
    let mut heard = String::new();
    for line in script.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let mut words = line.splitn(5, ' ');
        let mut next = || words.next().unwrap_or("");
        let (second, room, kind, who, body) = (next(), next(), next(), next(), next());
        let at = Timestamp::from_millis(second.parse::<i64>().unwrap() * 1_000);
        let (nick, jid) = who.split_once('/').unwrap_or((who, ""));
        let mut record = format!(r#"{{"at":"{at}","room":"{room}@chat.example","kind":"{kind}","nick":"{nick}""#);
        if !jid.is_empty() {
            write!(record, r#","jid":"{jid}@people.example""#).unwrap();
        }
        match body.strip_prefix('{') {
            Some(more) => write!(record, ",{more}").unwrap(),
            None => write!(record, r#","body":"{body}"}}"#).unwrap(),
        }
        heard.push(match player.line(record.as_bytes()) {
            Heard::Judged => 'j',
            Heard::Suppressed => 's',
            Heard::Nothing => '-',
            Heard::Malformed => '?',
        });
    }
    (heard, player.finish())
}

fn acts(report: &Report) -> Vec<String> {
    let act = |it: &super::Deed| format!("{} {}", it.action.as_str(), it.nick.as_ref().map_or("", |it| it.as_str()));
    report.actions.iter().map(act).collect()
}

#[test]
fn whoever_is_muted_is_not_heard_until_it_ends_wherever_they_go() {
    let (heard, report) = play(
        "0 a message m/mal mute
         5 a message m/mal hello
         6 a correction m/mal {\"replaces\":\"x\"}
         7 a message f/fred hello
         8 b message m/mal another room is another matter
         9 a leave m/mal
         10 a join m2/mal
         11 a message m2/mal hello
         59 a reaction m2/mal {\"replaces\":\"x\"}
         60 a message m2/mal free again",
    );
    assert_eq!(heard, "jssjjjjssj");
    assert_eq!((report.suppressed, report.events, report.people), (4, 10, 2));
    assert_eq!(acts(&report), ["mute m", "retract m"]);
    assert_eq!(report.actions[0].until.unwrap(), Timestamp::from_millis(60_000));
    assert_eq!(report.actions[1].messages, Some(2));
    assert_eq!(report.actions[0].incident, report.actions[1].incident);
}

#[test]
fn whoever_is_kicked_is_not_heard_until_they_join() {
    let (heard, report) = play(
        "0 a message m/mal kick
         1 a message m/mal hello
         2 a leave m/mal
         3 a message m/mal hello
         4 a presence m/mal
         5 a join m/mal
         6 a message m/mal hello
         7 a message m/mal kick",
    );
    assert_eq!(heard, "js-s-jjj");
    assert_eq!(acts(&report), ["kick m", "kick m"]);
}

#[test]
fn whoever_is_nothing_but_a_nick_is_known_by_it_once_thrown_out() {
    let (heard, report) = play(
        "0 a message m kick
         1 a message m hello
         2 a nick m {\"new_nick\":\"n\"}
         3 a message n hello
         4 a message m somebody else has the nick now
         5 a join n
         6 a message n hello",
    );
    assert_eq!(heard, "js-sjjj");
    // Of people without address or id nothing but nicks is known, and a nick taken later is no new person.
    assert_eq!(report.people, 2);
}

#[test]
fn whoever_is_banned_does_not_come_in_until_it_ends() {
    let (heard, report) = play(
        "0 a message m/mal ban
         1 a join m/mal
         2 a message m/mal hello
         599 a message other/mal hello
         600 a join m/mal
         601 a message m/mal hello",
    );
    assert_eq!(heard, "j-ssjj");
    assert_eq!(acts(&report), ["ban m"]);
    assert_eq!(play("0 a message m ban").1.actions[0].action, super::Done::Kick, "nobody can ban a nick");
}

#[test]
fn what_is_so_already_is_no_act() {
    let (_, report) = play(
        "0 a message m/mal mute
         60 a message m/mal mute",
    );
    assert_eq!(acts(&report), ["mute m", "retract m", "mute m", "retract m"]);
    let mut held = None;
    let at = |second: i64| Some(Timestamp::from_millis(second * 1_000));
    let news: Vec<bool> =
        [at(5), at(5), at(4), at(6), None, at(9), None].map(|it| super::sentences::prolong(&mut held, it)).to_vec();
    assert_eq!(news, [true, false, false, true, true, false, false]);
}

#[test]
fn a_person_s_word_ends_a_mute() {
    let (heard, _) = play(
        "0 a message m/mal mute
         1 a message m/mal hello
         2 a role m/mal {\"role\":\"participant\",\"actor\":\"boss\"}
         3 a message m/mal hello",
    );
    assert_eq!(heard, "jsjj");
}

#[test]
fn those_whom_nobody_touches_are_not_touched() {
    for standing in [r#"{"affiliation":"admin","body":"kick"}"#, r#"{"role":"moderator","body":"kick"}"#] {
        let (heard, report) = play(&format!("0 a message m/mal {standing}\n1 a message m/mal hello"));
        assert_eq!((heard.as_str(), report.actions.len()), ("jj", 0), "{standing}");
    }
}

#[test]
fn a_note_is_no_act_and_a_warning_is_a_notice() {
    let (_, report) = play("0 a message m/mal note\n1 a message m/mal warn");
    assert_eq!(acts(&report), ["notice m"]);
}

#[test]
fn raids_are_shown_and_what_one_room_tells_the_next_one_knows() {
    let (_, report) = play(
        "0 a message m/mal raid
         1 a message n/nan kick
         2 a message o/ola calm
         3 a message o/ola seen
         3 b message p/pia warn",
    );
    assert_eq!(acts(&report), ["raid_on ", "kick n", "raid_off ", "notice p"]);
    assert_eq!(report.actions.iter().map(|it| it.incident).collect::<Vec<_>>(), [1, 1, 1, 2]);
    assert_eq!(report.actions[3].score, 1, "the other room's memo did not arrive");
}

#[test]
fn those_muted_for_a_raid_have_voice_when_it_is_over() {
    let (heard, report) = play(
        "0 a message m/mal mute
         1 a message n/nan raided
         2 a message n/nan hello
         3 a message o/ola calm
         4 a message n/nan hello
         5 a message m/mal hello",
    );
    assert_eq!(heard, "jjsjjs");
    assert_eq!(acts(&report), ["mute m", "retract m", "mute n", "raid_off "]);
}

#[test]
fn every_second_is_told_even_where_nothing_happens_and_years_of_silence_are_short() {
    let score = |script: &str| play(script).1.actions.last().unwrap().score % 1_000_000;
    assert_eq!(score("0 a message f hello\n100 a message m kick"), 3_100);
    assert_eq!(score("0 a message f hello\n50 b message g hello\n100 a message m kick"), 3_100);
    let (_, report) = play("0 a message f hello\n3000000000 a message m kick\n3000000010 a message n kick");
    let n_ticks = |at: usize| report.actions[at].score;
    assert!((900..20_000).contains(&(n_ticks(0) - 3_000)), "{}", n_ticks(0));
    assert_eq!(n_ticks(1), n_ticks(0) + 10, "after a silence every second counts again");
}

#[test]
fn a_guard_that_rests_is_told_of_nothing_but_the_ends_of_sentences() {
    let score = |script: &str| play(script).1.actions.last().unwrap().score;
    let muted = "0 a message f rest\n1 a message m mute\n";
    assert_eq!(score(&format!("{muted}100 a message g kick")), 4_002, "the first second, and the end of the mute");
    assert_eq!(score(&format!("{muted}1005 a message g kick")), 4_003, "and when it begins to look again");
    assert_eq!(score("0 a message f rest\n1005 a message f hello\n1010 a message g kick"), 3_007);
}

#[test]
fn those_who_speak_without_having_come_are_taken_as_present() {
    let (heard, report) = play(
        "0 a message m/mal hello
         1 a leave g/gus
         2 a retraction m/mal {\"replaces\":\"x\",\"by\":\"boss\"}
         3 a room m
         4 a gap m
         5 a action m
         6 a poll m
         7 a subject m new
         8 a malformed m
         9 a message",
    );
    assert_eq!(heard, "jjjj---jj?");
    assert_eq!((report.events, report.people, report.skipped, report.seconds.0), (9, 2, 1, 8_000));
}

#[test]
fn voice_that_the_replay_withdrew_is_seen_as_withdrawn() {
    struct Watching;
    impl RoomGuard for Watching {
        fn judge(&mut self, event: &Event, view: &dyn View, _: &Shared) -> Verdict {
            let Some(occupant) = event.occupant.as_ref().filter(|it| !it.is_self) else { return Verdict::pass() };
            let is_told = matches!(&event.kind, EventKind::Message(it) if it.body == "mute");
            let target = Some(Target { nick: occupant.nick.clone(), identity: occupant.identity() });
            if is_told {
                let answer = Answer::Mute { span: Duration::from_secs(60) };
                return Verdict { answer, target, rule: "told", ..Verdict::pass() };
            }
            let is_visitor = view.occupants().any(|it| it.role == Role::Visitor);
            let rule = if is_visitor { "visitor" } else { "all have voice" };
            let is_known = matches!(occupant.identity(), Identity::Jid(_));
            let answer = if is_known { Answer::Warn } else { Answer::Note };
            Verdict { answer, target, rule, ..Verdict::pass() }
        }
    }
    struct Watcher;
    impl Plugin for Watcher {
        fn manifest(&self) -> Manifest {
            Puppet.manifest()
        }
        fn guard(&self, _: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
            Some(Box::new(Watching))
        }
    }
    let mut player = Player::new(vec![Seat { plugin: Arc::new(Watcher), settings: Settings::default() }]);
    for (second, nick, body) in [(0, "m", "mute"), (1, "f", "hello"), (61, "f", "hello")] {
        let at = Timestamp::from_millis(second * 1_000);
        let record = format!(
            r#"{{"at":"{at}","room":"a@chat.example","kind":"message","nick":"{nick}","jid":"{nick}@people.example","role":"participant","body":"{body}"}}"#
        );
        assert_eq!(player.line(record.as_bytes()), Heard::Judged);
    }
    let rules: Vec<String> = player.finish().actions.into_iter().map(|it| it.rule).collect();
    // Told of the mute, of a friend's words, of the mute's end a minute later, and of words after it.
    assert_eq!(rules, ["told", "visitor", "visitor", "all have voice", "all have voice"]);
}
