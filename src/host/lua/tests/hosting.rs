//! Plugins beside each other: loaded again, woken, judging, failing, and what the others notice of it.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    Answer, Event, EventKind, GuardSetup, Message, Phase, Plugin as _, Secret, Settings, Text, Timestamp,
};

use super::{
    living::{command, scene},
    loading::plugin,
};
use crate::host::{
    testing::{crowd, garden},
    wakes::Wakes,
};

pub(super) fn named(name: &str, answer: &str) -> String {
    format!(
        "return {{ name = '{name}', api = 1, commands = {{ {{ name = '{name}', run = function(cx) cx:say('{answer}') end }} }} }}"
    )
}

#[tokio::test]
async fn one_plugin_s_loop_does_not_keep_another_from_answering() {
    let other = named("other", "pong").replace("name = 'other', run", "name = 'pong', run");
    let scene =
        scene(&[("hello", &command("while true do pcall(function() while true do end end) end")), ("other", &other)])
            .await;
    for attack in 1..=3 {
        scene.say_and_leave("alice", "!x");
        scene.say_and_leave("bob", "!pong");
        scene.until_said("pong").await;
        scene.settle().await;
        let said = scene.stage.said();
        assert!(said[0].starts_with("alice: That went wrong"), "attack {attack}: {said:?}");
    }
}

#[tokio::test]
async fn commands_that_come_while_a_plugin_is_replaced_are_all_answered() {
    let scene = scene(&[("hello", &named("hello", "one"))]).await;
    for n in 0..30 {
        scene.say_and_leave("romeo", "!hello");
        if n == 15 {
            scene.host.put_plugin(Arc::new(plugin("hello", &named("hello", "two")).await));
        }
    }
    scene.settle().await;
    let said = scene.stage.said();
    assert!(5 <= said.len() && said.iter().all(|it| it == "one" || it == "two"), "{said:?}");
}

#[tokio::test]
async fn schedules_wake_a_plugin_in_its_room() {
    let text = "return { name = 'hello', api = 1, every = { ['10m'] = function(cx) cx:say('tick in ' .. cx.room) end },\n\
                cron = { ['30 * * * *'] = function(cx) cx:say('half past') end } }";
    let scene = scene(&[("hello", text)]).await;
    let mut wakes = Wakes::default();
    let roster = scene.host.roster();
    wakes.read(&scene.host, &garden(), roster.plugins.iter());
    // 11:06 o'clock.
    let begin = scene.host.clock.now();
    let mut said = Vec::new();
    for second in (0..=25 * 60).step_by(5) {
        wakes.tick(&scene.host, &garden(), begin + Duration::from_secs(second));
        scene.settle().await;
        said.extend(scene.stage.said().into_iter().map(|it| (second / 60, it)));
    }
    let tick = "tick in garden@chat.example.org".to_owned();
    assert_eq!(said.iter().filter(|it| it.1 == "half past").count(), 1, "{said:?}");
    assert!(said.contains(&(10, tick.clone())) && said.contains(&(20, tick)) && said.len() == 3, "{said:?}");
}

#[tokio::test]
async fn ten_faults_in_a_minute_are_a_rest_and_a_new_version_ends_it() {
    let scene = scene(&[("hello", &command("error('no ' .. cx.random())"))]).await;
    for _ in 0..10 {
        scene.host.fault(&"hello".parse().unwrap(), None, "test", "broken");
    }
    scene.settle().await;
    let said = scene.stage.said().join("\n");
    assert!(said.contains("failed ten times in a minute and rests for 5 minutes"), "{said}");
    let said = scene.say("alice", "!x").await.join("\n");
    assert!(said.contains("failed too often and rests for another 5 minutes"), "{said}");
    scene.advance(Duration::from_secs(301));
    let said = scene.say("alice", "!x").await.join("\n");
    assert!(said.contains("That went wrong"), "{said}");
    for _ in 0..10 {
        scene.host.fault(&"hello".parse().unwrap(), None, "test", "broken");
    }
    scene.host.put_plugin(Arc::new(plugin("hello", &named("hello", "well")).await));
    scene.settle().await;
    scene.stage.said();
    assert_eq!(scene.say("alice", "!hello").await, ["well"]);
}

#[tokio::test]
async fn events_reach_their_handlers() {
    let text = "return { name = 'hello', api = 1, on = { message = function(cx, event)\n\
                cx:say(event.nick .. ' said ' .. event.body .. (event == cx.event and '' or '?')) end } }";
    let scene = scene(&[("hello", text)]).await;
    scene.event("bob", "something").await;
    scene.settle().await;
    assert_eq!(scene.stage.said(), ["bob said something"]);
}

#[tokio::test]
async fn a_guard_judges_in_a_vm_of_its_own_and_costs_a_session_little() {
    let text = "return { name = 'hello', api = 1, guard = function(event, view)\n\
                if event.body == 'loop' then while true do end end\n\
                if event.body == 'long' then return 'kick', (utf8.char(0x202e) .. 'y'):rep(20000) end\n\
                if event.body == 'spam' and view.n_occupants == 7 then return 'mute', 'enough', '5m' end end }";
    let scene = scene(&[]).await;
    let it = plugin("hello", text).await;
    let (room, settings) = (garden(), Settings::default());
    let mut guard =
        it.guard(&GuardSetup { room: &room, settings: &settings, saved: None, secret: Secret::default() }).unwrap();
    let event = |body: &str| Event {
        at: Timestamp::default(),
        room: garden(),
        phase: Phase::Live,
        is_own: false,
        occupant: scene.stage.occupant(&garden(), "alice"),
        kind: EventKind::Message(Message { body: body.to_owned(), ..Message::default() }),
    };
    let view = crowd(7);
    // It may take longer than two milliseconds to start, and on a busy machine now and then later too: then all passes.
    let mut ask = |body: &str| guard.judge(&event(body), &view, &None);
    let verdict = (0..2000).map(|_| ask("spam")).find(|it| !it.is_pass()).expect("it judges once it runs");
    assert_eq!(verdict.answer, Answer::Mute { span: Duration::from_secs(300) });
    assert_eq!(verdict.target.unwrap().nick.as_str(), "alice");
    let verdict = (0..2000).map(|_| ask("long")).find(|it| !it.is_pass()).expect("it has a reason");
    let Text::Plain(reason) = &verdict.reason else { panic!("{verdict:?}") };
    assert!(reason.starts_with(" y y") && reason.chars().count() == 301, "what is kept and shown is short: {reason}");
    for _ in 0..20 {
        assert!(ask("loop").is_pass());
        assert!(ask("fine").is_pass());
    }
    assert!((0..2000).map(|_| ask("spam")).any(|it| !it.is_pass()), "and goes on after a loop");
}
