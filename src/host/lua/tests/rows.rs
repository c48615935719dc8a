//! Events that come together go through a VM together: in order, each with its own end.

use std::sync::Arc;

use domovoi_plugin::{Event, EventKind, Message, Phase};

use super::living::scene;
use crate::host::{
    instance::Job,
    testing::{Scene, garden},
};

/// What a handler does with each word.
const HANDLER: &str = "return { name = 'hello', api = 1, on = {\n\
    join = function(cx) cx:say('join of ' .. cx.nick) end,\n\
    message = function(cx, event)\n\
    if event.body == 'fail' then error('no') end\n\
    if event.body == 'loop' then while true do end end\n\
    if event.body == 'eat' then mine = {} for i = 1, 1e9 do mine[i] = ('x'):rep(1000) .. i end end\n\
    n = (n or 0) + 1\n\
    if event.body ~= 'quiet' then cx:say(n .. ' ' .. event.body) cx:say(cx.nick .. cx.place .. #cx.identity .. cx.prefix) end\n\
    end } }";

/// All of it is in the mailbox before any of it is taken out.
fn happen(scene: &Scene, words: &[&str]) {
    let installed = scene.host.installed(&"hello".parse().unwrap()).unwrap();
    for word in words {
        let kind = match *word {
            "join" => EventKind::Join,
            "leave" => EventKind::Presence,
            body => EventKind::Message(Message { body: body.to_owned(), ..Message::default() }),
        };
        let event = Arc::new(Event {
            at: scene.host.clock.now(),
            room: garden(),
            phase: Phase::Live,
            is_own: false,
            occupant: scene.stage.occupant(&garden(), "alice"),
            kind,
        });
        installed.mailbox.try_send(Job::Event(event, scene.host.in_hand.hold())).ok().unwrap();
    }
}

fn n_handled(scene: &Scene) -> String {
    let text = scene.host.metrics.text();
    let line = text.lines().find(|it| it.contains("plugin_seconds_count") && it.contains("\"hello\""));
    line.and_then(|it| it.rsplit_once(' ')).map_or_else(String::new, |it| it.1.to_owned())
}

#[tokio::test]
async fn each_has_its_own_end_and_the_order_holds() {
    let scene = scene(&[("hello", HANDLER)]).await;
    happen(&scene, &["one", "quiet", "fail", "join", "leave", "loop", "two", "quiet", "three"]);
    scene.settle().await;
    let all = scene.stage.said();
    // Owners are told of faults; that is not the plugin's word.
    let said: Vec<_> = all.iter().filter(|it| !it.contains("< ")).map(String::as_str).collect();
    let who = "aliceroom20!";
    let mine: Vec<_> = said.iter().copied().filter(|it| *it != who).collect();
    assert_eq!(mine, ["1 one", "join of alice", "3 two", "5 three"], "{all:?}");
    assert_eq!(said.len() - mine.len(), 3);
    let wrong: Vec<_> = (1..=2).filter_map(|it| scene.host.faults.get(it)).map(|it| it.what).collect();
    assert!(wrong.iter().any(|it| it.contains(":4: no")), "{wrong:?}");
    assert!(wrong.iter().any(|it| it.contains("did not end within")), "{wrong:?}");
    assert_eq!(scene.host.faults.count(), 2);
    assert_eq!(n_handled(&scene), "9");
}

#[tokio::test]
async fn what_a_vm_did_not_come_to_goes_to_the_next() {
    let scene = scene(&[("hello", HANDLER)]).await;
    happen(&scene, &["quiet", "eat", "two", "quiet", "three"]);
    scene.settle().await;
    let all = scene.stage.said();
    let is_count = |it: &&String| it.starts_with(|it: char| it.is_ascii_digit());
    let said: Vec<_> = all.iter().filter(is_count).map(String::as_str).collect();
    // The new VM remembers nothing, and counts from one.
    assert_eq!(said, ["1 two", "3 three"], "{all:?}");
    assert_eq!(scene.host.faults.count(), 1);
    assert_eq!(n_handled(&scene), "5");
}
