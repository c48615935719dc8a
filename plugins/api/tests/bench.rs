//! The bench itself: rooms behave as rooms do, rights hold, time passes, guards judge before plugins react.
#![allow(clippy::unwrap_used, clippy::panic, reason = "allow-unwrap-in-tests does not reach helper functions")]

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    ActError, Action, Affiliation, Answer, ArgKind, ArgSpec, Call, CommandSpec, Context, Event, EventKind, Fault,
    GuardSetup, Level, Manifest, Outcome, Plugin, PluginName, Power, Role, RoomGuard, Scope, Shared, Target, Text,
    Timestamp, Verdict, View, async_trait,
    testing::{Bench, BenchRoom},
};

const WHO: &[ArgSpec] = &[ArgSpec::needed("who", ArgKind::Who), ArgSpec::optional("reason", ArgKind::Rest)];

/// A plugin that tries everything that the bench offers.
struct Probe;

#[async_trait]
impl Plugin for Probe {
    fn manifest(&self) -> Manifest {
        let who = |name| CommandSpec { args: WHO, level: Level::MODERATOR, ..CommandSpec::new(name, "help") };
        Manifest {
            powers: &[Power::Kick, Power::Voice, Power::Ban, Power::Moderate, Power::Private, Power::Store],
            commands: vec![who("kick"), who("mute"), who("ban"), CommandSpec::new("count", "help")],
            locales: &[
                ("en", "greeting = Welcome, { $nick }!\noutcome = { $what }"),
                ("ru", "greeting = Привет, { $nick }!"),
            ],
            wants_events: true,
            ..Manifest::new(PluginName::new("probe").unwrap())
        }
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        Some(Box::new(Spam(setup.saved.map_or(0, |it| it.first().copied().unwrap_or(0)))))
    }

    async fn on(&self, event: &Arc<Event>, cx: &Context) -> Result<(), Fault> {
        if let (EventKind::Join, Some(nick)) = (&event.kind, event.nick()) {
            cx.private(Text::key("greeting").with("nick", nick.as_str())).await;
        }
        Ok(())
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let room = cx.room.clone().unwrap();
        let state = &cx.services.state;
        if call.command == "count" {
            let scope = Scope::Room(room);
            let n = state.get(&scope, "n").await?.and_then(|it| it.as_i64()).unwrap_or(0) + 1;
            state.set(&scope, "n", Some(n.into()), Some(Duration::from_secs(60))).await?;
            cx.reply(Text::plain(n.to_string())).await;
            return Ok(());
        }
        let who = call.args.who("who").unwrap();
        let reason = call.args.text("reason").unwrap_or_default().to_owned();
        let nick = who.name().parse().unwrap();
        let target = |identity| Target { nick, identity };
        let span = Some(Duration::from_secs(600));
        let action = match (call.command, who) {
            ("ban", who) => Action::Ban { jid: who.jid().unwrap().clone(), span, reason },
            ("mute", domovoi_plugin::Who::Here(it)) => {
                Action::Mute { target: target(it.identity.clone()), span, reason }
            }
            (_, domovoi_plugin::Who::Here(it)) => Action::Kick { target: target(it.identity.clone()), reason },
            (_, who) => return Err(ActError::Gone { nick: who.name() }.into()),
        };
        let outcome = cx.services.rooms.act(&room, action, Some(&call.asker)).await?;
        if outcome == Outcome::Observed {
            return Err(Fault::answer(Text::key("outcome-observed")));
        }
        Ok(())
    }
}

/// Mutes whoever says `spam`, and counts.
struct Spam(u8);

impl RoomGuard for Spam {
    fn judge(&mut self, event: &Event, _view: &dyn View, _shared: &Shared) -> Verdict {
        let (Some(message), Some(occupant)) = (event.message(), &event.occupant) else { return Verdict::pass() };
        if !message.body.contains("spam, spam") {
            return Verdict::pass();
        }
        self.0 += 1;
        let target = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
        let answer = Answer::Mute { span: Duration::from_secs(10) };
        let retract = message.stanza_id.clone().into_iter().collect();
        Verdict { answer, target: Some(target), rule: "spam", retract, ..Verdict::pass() }
    }

    fn tick(&mut self, now: Timestamp, view: &dyn View, _shared: &Shared) -> Vec<Verdict> {
        assert_eq!(now, view.now());
        Vec::new()
    }

    fn save(&self) -> Vec<u8> {
        vec![self.0]
    }
}

fn bench() -> (Bench, BenchRoom) {
    let bench = Bench::new(Box::new(Probe));
    let room = bench.room("garden@chat.example", Affiliation::Owner);
    (bench, room)
}

#[test]
fn a_conversation_reads_as_it_goes() {
    let (bench, room) = bench();
    bench.play(
        &room,
        "
        alice joins as admin
        bot to alice: Welcome, alice!
        bob joins
        bot to bob: Welcome, bob!
        alice: !kick bob spam
        bot kicks bob: spam (by alice)
        alice: !kick bob
        bot: alice: bob is not here any more.
        alice: !kick bbo
        bot to alice: Nobody here, and nobody who left lately, is called “bbo”. A JID works too. | Usage: kick <who> [reason]
        alice: talk, no command
        alice whispers: count
        bot to alice: 1
        alice: domovoi: count
        bot: alice: 2
        clock +1m
        alice: !count
        bot: alice: 1
        ",
    );
    assert_eq!(bench.faults(), []);
    assert_eq!(room.private_to("bob"), ["Welcome, bob!"]);
    assert_eq!(room.said().len(), 3);
}

#[test]
#[should_panic(expected = "- bot: alice: hello")]
fn a_conversation_that_goes_otherwise_is_shown() {
    let (bench, room) = bench();
    bench.play(&room, "alice joins\nbot to alice: Welcome, alice!\nalice: hi\nbot: alice: hello");
}

#[test]
fn people_have_no_more_rights_through_the_bot_than_without() {
    let (bench, room) = bench();
    bench.play(
        &room,
        "
        alice joins as moderator
        bot to alice: Welcome, alice!
        olga joins as owner
        bot to olga: Welcome, olga!
        bob joins
        bot to bob: Welcome, bob!
        bob: !kick alice
        bot: bob: That takes at least the level 15 (moderator).
        alice: !kick olga
        bot: alice: olga is room owner and out of reach.
        alice: !ban bob
        bot: alice: You would have to be admin in this room for that.
        olga: !kick domovoi
        bot: olga: That is me.
        ",
    );
    bench.give_level("bob@people.example", Level::BOT_OWNER);
    bench.play(&room, "bob: !kick alice now\nbot kicks alice: now (by bob)");
    room.join("anna", Affiliation::Admin);
    drop(bench.answers());
    bench.direct("bob@people.example", "garden@chat.example kick anna");
    assert_eq!(bench.answers(), ["bot kicks anna: by bob"]);
    bench.direct("bob@people.example", "garden@chat.example kick olga");
    assert_eq!(bench.answers(), ["bot to bob@people.example: olga is room owner and out of reach."]);
}

#[test]
fn mutes_and_bans_last_as_long_as_they_should() {
    let (bench, room) = bench();
    let olga = room.join("olga", Affiliation::Owner);
    let bob = room.join("bob", Affiliation::None);
    let role = || room.occupant("bob").map(|it| it.role);
    olga.says("!mute bob");
    assert_eq!(role(), Some(Role::Visitor));
    bob.leaves();
    let bob = room.join("bob", Affiliation::None);
    assert_eq!(role(), Some(Role::Visitor), "a mute outlasts a return");
    bench.advance("10m");
    assert_eq!(role(), Some(Role::Participant));
    olga.says("!mute bob");
    bob.is_made(Role::Participant);
    bob.leaves();
    room.join("bob", Affiliation::None);
    assert_eq!(role(), Some(Role::Participant), "a person's word ends a mute");
    olga.says("!ban bob");
    assert_eq!(role(), None);
    assert!(room.try_join("bob", "bob@people.example").is_none());
    bench.advance("10m");
    assert!(room.try_join("bob", "bob@people.example").is_some());
}

#[test]
fn guards_judge_before_anybody_reacts() {
    let (bench, room) = bench();
    let bob = room.join("bob", Affiliation::None);
    let alice = room.join("alice", Affiliation::Member);
    bob.says("!count spam, spam");
    assert_eq!(room.said(), [""; 0], "a flagged line is no command");
    assert_eq!(room.occupant("bob").unwrap().role, Role::Visitor);
    alice.says("spam, spam");
    assert_eq!(room.occupant("alice").unwrap().role, Role::Participant, "members are spared");
    assert_eq!(bench.verdicts().len(), 2);
    assert_eq!(bench.acts().len(), 1, "the room offers no moderation: {:?}", bench.acts());
    bench.advance("11s");
    assert_eq!(room.occupant("bob").unwrap().role, Role::Participant);
    bench.restart_guard(&room);
    bob.says("spam, spam");
    assert_eq!(bench.verdicts().len(), 3);
}

#[test]
fn the_world_can_be_made_difficult() {
    let (bench, room) = bench();
    let olga = room.join("olga", Affiliation::Owner);
    room.join("bob", Affiliation::None);
    drop(bench.answers());
    let check = |expected: &str| {
        olga.says("!kick bob");
        assert_eq!(bench.answers(), [format!("bot: olga: {expected}")]);
    };
    bench.refuse(ActError::NoAnswer);
    check("The server did not answer in time; perhaps it was done, perhaps not.");
    room.bot(Role::Participant, Affiliation::None);
    check("I would have to be moderator in this room for that.");
    bench.grant(&[]);
    check("I was not given the power “kick” here.");
    bench.grant(&[Power::Kick]);
    room.bot(Role::Moderator, Affiliation::Owner);
    bench.dry_run();
    check("dry run: it would have been done");
    bench.language("ru");
    room.join("ваня", Affiliation::None);
    assert_eq!(bench.answers(), ["bot to ваня: Привет, ваня!"]);
}
