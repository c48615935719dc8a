//! What an author meets: commands with typed arguments, schedules, the store, and a bench that says what happened.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

use std::{panic::catch_unwind, time::Duration};

use domovoi_plugin::{
    Args, Cron, Schedule, When,
    jid::Jid,
    prelude::*,
    testing::{Bench, BenchRoom, check_texts},
};

/// A plugin with an argument of each kind.
struct Probe;

static COMMANDS: Commands<Probe> = Commands::new(|| {
    vec![
        Command::new("all", "help")
            .names(&[("ru", "все")])
            .arg(arg::choice("mode", &["on", "off"]))
            .arg(arg::number("n", 1..=9))
            .arg(arg::span("span").optional())
            .arg(arg::jid("jid").optional())
            .example("all on 3 10m chat.example")
            .run(all),
        Command::new("people", "help").arg(arg::several("who")).example("people alice").run(people),
        Command::new("one", "help")
            .arg(arg::who("who"))
            .arg(arg::word("word"))
            .arg(arg::rest("rest").optional())
            .example("one alice word and more")
            .run(one),
        Command::new("count", "help").level(Level::MEMBER).works_without_room().run(Probe::count),
        Command::new("forget", "help").level(Level::MEMBER).run(Probe::forget),
    ]
});

#[async_trait]
impl Plugin for Probe {
    fn manifest(&self) -> Manifest {
        let every = Schedule { name: "every", when: When::Every(Duration::from_secs(90)) };
        let noon = Schedule { name: "late", when: When::Cron(Cron::parse("2 12 * * 0").unwrap()) };
        Manifest {
            commands: COMMANDS.specs(),
            powers: &[Power::Say, Power::Store, Power::Schedule],
            schedules: vec![every, noon],
            ..Manifest::named("probe")
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        COMMANDS.run(self, call, cx).await
    }

    async fn timer(&self, name: &str, cx: &Context) -> Result<(), Fault> {
        cx.say(Text::plain(name)).await?;
        Ok(())
    }
}

async fn all(
    _: &Probe,
    cx: Asked<'_>,
    mode: String,
    n: i64,
    span: Option<Duration>,
    jid: Option<Jid>,
) -> Result<(), Fault> {
    cx.reply(Text::plain(format!("{mode} {n} {span:?} {jid:?}"))).await;
    Ok(())
}

async fn people(_: &Probe, cx: Asked<'_>, who: Vec<Who>) -> Result<(), Fault> {
    cx.reply(Text::plain(who.iter().map(Who::name).collect::<Vec<_>>().join("+"))).await;
    Ok(())
}

async fn one(_: &Probe, cx: Asked<'_>, who: Who, word: String, rest: Option<String>) -> Result<(), Fault> {
    cx.reply(Text::plain(format!("{} {word} {rest:?}", who.name()))).await;
    Ok(())
}

impl Probe {
    async fn count(&self, cx: Asked<'_>) -> Result<(), Fault> {
        let n = cx.kept::<u32>(&Scope::Global, "n").await?.unwrap_or(0) + 1;
        cx.keep(&Scope::Global, "n", &n, Some(Duration::from_secs(60))).await?;
        cx.reply(Text::plain(n.to_string())).await;
        Ok(())
    }

    async fn forget(&self, cx: Asked<'_>) -> Result<(), Fault> {
        cx.forget(&Scope::Global, "n").await?;
        cx.act(Action::Subject { text: String::new() }).await?;
        Ok(())
    }
}

fn scene() -> (Bench, BenchRoom) {
    let bench = Bench::new(Box::new(Probe));
    let room = bench.room("garden@chat.example", Affiliation::None);
    room.join("alice", Affiliation::Admin);
    (bench, room)
}

/// What the panic of a test says.
fn complaint(test: impl FnOnce() + std::panic::UnwindSafe) -> String {
    *catch_unwind(test).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn arguments_arrive_with_their_types() {
    let (bench, room) = scene();
    room.join("bob", Affiliation::None);
    bench.play(
        &room,
        r#"
        alice: !all ON 3 10m chat.example
        bot: alice: on 3 Some(600s) Some(Jid("chat.example"))
        alice: !all off 1
        bot: alice: off 1 None None
        alice: !all off 10
        bot to alice: “10” is no whole number from 1 to 9. | Usage: all <on|off> <n> [span] [jid] — for example: all on 3 10m chat.example
        alice: !people alice, bob
        bot: alice: alice+bob
        alice: !one bob@people.example 'two words'
        bot: alice: bob@people.example two words None
        alice: !one bob word and more
        bot: alice: bob word Some("and more")
        "#,
    );
}

/// One that hands on another call than it was given.
struct Confused;

#[async_trait]
impl Plugin for Confused {
    fn manifest(&self) -> Manifest {
        Manifest { commands: COMMANDS.specs(), ..Manifest::named("confused") }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let command = if call.command == "count" { "no such" } else { call.command };
        COMMANDS.run(&Probe, &Call { command, args: Args::default(), asker: call.asker.clone() }, cx).await
    }
}

#[test]
fn arguments_that_are_not_as_declared_are_a_fault_and_no_panic() {
    let bench = Bench::new(Box::new(Confused));
    let room = bench.room("garden@chat.example", Affiliation::None);
    room.join("alice", Affiliation::Member);
    room.says("alice", "!people alice", &["bot fails: the arguments of `people` are not those that it takes"]);
    room.says("alice", "!count", &["bot fails: there is no command `no such`"]);
}

#[test]
fn schedules_are_called_at_their_time() {
    let (bench, _) = scene();
    bench.advance("90s");
    bench.expect(&["bot says: every"]);
    bench.advance("30s");
    bench.expect(&["bot says: late"]);
    bench.advance("1m");
    bench.expect(&["bot says: every"]);
    bench.grant(&[Power::Say]);
    bench.advance("1h");
    bench.expect(&[]);
}

#[test]
fn what_is_kept_is_forgotten_in_time_and_the_store_may_fail() {
    let (bench, room) = scene();
    bench.grant(&[Power::Store, Power::Subject]);
    bench.keep(&Scope::Global, "n", 41.into());
    room.says("alice", "!count", &["bot: alice: 42"]);
    assert_eq!(bench.kept(&Scope::Global, "n"), Some(42.into()));
    bench.advance("1m");
    assert_eq!(bench.kept(&Scope::Global, "n"), None);
    bench.keep(&Scope::Global, "n", "many".into());
    room.says(
        "alice",
        "!count",
        &["bot fails: cannot read what was stored: n: invalid type: string \"many\", expected u32"],
    );
    room.says("alice", "!forget", &["bot sets the subject: "]);
    bench.store_fails();
    room.says("alice", "!count", &["bot fails: not stored: the disk is full"]);
    bench.store_works();
    room.says("alice", "!count", &["bot: alice: 1"]);
    bench.grant(&[]);
    room.says("alice", "!count", &["bot fails: the plugin was not given the power `store`"]);
    assert_eq!(bench.faults().len(), 3);
}

#[test]
fn every_example_is_tried() {
    let (bench, room) = scene();
    bench.grant(&[Power::Store, Power::Subject]);
    bench.language("ru");
    bench.try_examples(&room.person("alice"), |_| ());
    let said = complaint(|| {
        let (bench, room) = scene();
        bench.try_examples(&room.join("bob", Affiliation::None), |_| ());
    });
    assert!(said.contains("the example `count` does not work"), "{said}");
    assert!(said.contains("\n  bob whispers: count\n  bot to bob: That takes at least the level"), "{said}");
}

#[test]
fn a_failure_tells_all_that_happened() {
    let said = complaint(|| {
        let (bench, room) = scene();
        room.join("bob", Affiliation::None).leaves();
        bench.advance("10s");
        room.says("alice", "!count", &["bot: alice: 2"]);
    });
    let expected = "the plugin did otherwise\nexpected:\n  bot: alice: 2\nactual:\n  bot: alice: 1\nwhat happened:\n  \
                    alice joins\n  bob joins\n  bob leaves\n  clock +10s\n  alice: !count\n  bot: alice: 1\n";
    assert_eq!(said, expected);
    let said = complaint(|| scene().0.expect(&["bot: hello"]));
    assert!(said.contains("actual:\n  nothing\n"), "{said}");
}

#[test]
fn texts_that_are_missing_or_left_over_are_found() {
    let wrong = check_texts(&Probe.manifest(), &["cx.reply(Text::key(\"no-such\"))"], &["chosen-*"]);
    assert_eq!(wrong.first().map(String::as_str), Some("en: no such file"));
    assert!(wrong.iter().any(|it| it == "no-such: used, but in no file"), "{wrong:?}");
    assert!(wrong.iter().any(|it| it == "help: used, but in no file"), "{wrong:?}");
}
