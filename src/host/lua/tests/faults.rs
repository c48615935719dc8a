//! Each kind of fault in each kind of handler: contained, numbered, told once, with file and line.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Event, EventKind, Message, Phase, Plugin as _};

use super::{
    super::{LuaPlugin, limits::Limits},
    living::scene,
    loading::{code, plugin},
};
use crate::host::{
    instance::Job,
    room::{RoomHost, Saved},
    testing::{Scene, crowd, garden, until},
};

/// What goes wrong, and how that is told.
const WRONGS: &[(&str, &str)] = &[
    ("local x = nil + 1", ":2: attempt to perform arithmetic"),
    ("error('no')", ":2: no"),
    ("while true do end", ":2: did not end within"),
    ("local s = 'x' while true do s = s .. s end", ":2: wanted more than 16 MiB of memory"),
    // Addresses would say nothing, and make each of them another fault.
    ("error({})", ":2: an error without words: error(…) was given a table and no text"),
    ("error(nil)", ":2: an error without words: error(…) was given a nil and no text"),
    ("error(function() end)", ":2: an error without words: error(…) was given a function and no text"),
    ("error(setmetatable({}, { __tostring = function() while true do end end }))", ":2: did not end within"),
    ("error(setmetatable({}, { __tostring = function() return 'mine' end }))", ":2: mine"),
    ("error(setmetatable({}, { __tostring = function() error({}) end }))", ":2: an error without words"),
    (r"error('\u{202e}gnp\27[31m\tx', 0)", ":2: gnp [31m x"),
    ("print('x')", ":2: attempt to call a nil value: there is no `print` here, cx.log writes a line to the log"),
    ("local function down(n) return 1 + down(n + 1) end down(1)", ":2: stack overflow"),
];

fn in_handler(body: &str) -> String {
    format!("return {{ name = 'hello', api = 1, on = {{ message = function(cx, event)\n{body}\nend }} }}")
}

fn in_timer(body: &str) -> String {
    format!("return {{ name = 'hello', api = 1, every = {{ ['10m'] = function(cx)\n{body}\nend }} }}")
}

fn in_guard(body: &str) -> String {
    format!("return {{ name = 'hello', api = 1, guard = function(event, view)\n{body}\nend }}")
}

async fn check(scene: &Scene, doing: &str, what: &str) {
    scene.settle().await;
    let fault = scene.host.faults.get(1).unwrap_or_else(|| panic!("no fault: {doing}, {what}"));
    assert!(fault.what.starts_with("plugins/hello") && fault.what.contains(what), "{fault:?}");
    assert_eq!(fault.doing, doing);
    let told = scene.stage.said();
    let notices = told.iter().filter(|it| it.starts_with("juliet@capulet.example< Fault 1: ")).count();
    assert_eq!(notices, 1, "{told:?}");
    assert!(told.iter().any(|it| it.contains("plugins/hello") && it.contains(what)), "{told:?}");
}

#[tokio::test]
async fn a_dot_in_the_place_of_a_colon_is_told_as_that() {
    for body in ["cx.reply('x')", "cx.occupants()", "cx.store.get('x')", "cx.http.get('x')"] {
        let scene = scene(&[("hello", &in_handler(body))]).await;
        scene.event("alice", "hi").await;
        scene.settle().await;
        let what = scene.host.faults.get(1).unwrap().what;
        assert!(what.starts_with("plugins/hello/init.lua:2: "), "{what}");
        assert!(what.contains("a dot stands where a colon belongs"), "{body}: {what}");
    }
}

#[tokio::test]
async fn faults_of_handlers_are_told_once_with_their_place() {
    for (body, what) in WRONGS {
        let scene = scene(&[("hello", &in_handler(body))]).await;
        scene.event("alice", "hi").await;
        scene.settle().await;
        scene.event("bob", "ho").await;
        check(&scene, "event", what).await;
        assert_eq!(scene.host.faults.get(1).unwrap().n_times, 2);
    }
}

#[tokio::test]
async fn faults_of_schedules_are_told_once_with_their_place() {
    for (body, what) in WRONGS {
        let scene = scene(&[("hello", &in_timer(body))]).await;
        let installed = scene.host.installed(&"hello".parse().unwrap()).unwrap();
        let name = installed.manifest.schedules[0].name;
        for _ in 0..2 {
            let job = Job::Timer(name, garden(), scene.host.in_hand.hold());
            installed.mailbox.try_send(job).ok().unwrap();
        }
        check(&scene, "every 10m", what).await;
    }
}

/// What the room's guards make of what somebody says there.
fn judged(room: &mut RoomHost, scene: &Scene, body: &str) {
    let event = Event {
        at: scene.host.clock.now(),
        room: garden(),
        phase: Phase::Live,
        is_own: false,
        occupant: scene.stage.occupant(&garden(), "alice"),
        kind: EventKind::Message(Message { body: body.to_owned(), ..Message::default() }),
    };
    room.event(event, &crowd(8));
}

#[tokio::test]
async fn faults_of_guards_are_told_once_with_their_place() {
    for (body, what) in WRONGS {
        let scene = scene(&[]).await;
        // So long that memory runs out before time does.
        let limits = Limits { guard: Duration::from_millis(500), ..Limits::default() };
        let it = LuaPlugin::of_code(code("hello", &in_guard(body)), limits).await.unwrap();
        scene.host.put_plugin(Arc::new(it));
        let mut room = RoomHost::new(scene.host.clone(), garden(), Saved::default());
        // The guard's VM takes a moment to start; until then everything passes.
        until("no fault", || {
            judged(&mut room, &scene, "hi");
            scene.host.faults.count() != 0
        })
        .await;
        check(&scene, "guard", what).await;
    }
}

#[tokio::test]
async fn a_guard_that_fails_again_and_again_is_not_asked_while_its_plugin_rests() {
    let scene = scene(&[("hello", &in_guard("error('bad ' .. event.body)"))]).await;
    let mut room = RoomHost::new(scene.host.clone(), garden(), Saved::default());
    let mut n = 0;
    until("no ten faults", || {
        n += 1;
        judged(&mut room, &scene, &n.to_string());
        10 <= scene.host.faults.count()
    })
    .await;
    scene.settle().await;
    let told = scene.stage.said().join("\n");
    assert!(told.contains("failed ten times in a minute and rests for 5 minutes"), "{told}");
    let n = scene.host.faults.count();
    for _ in 0..50 {
        judged(&mut room, &scene, "while it rests");
        scene.settle().await;
    }
    assert!(scene.host.faults.count() <= n + 1, "one may have been under way");
    scene.advance(Duration::from_secs(301));
    let n = scene.host.faults.count();
    room.tick(scene.host.clock.now(), &crowd(8));
    until("it is not asked any more", || {
        judged(&mut room, &scene, "after it");
        n < scene.host.faults.count()
    })
    .await;
}

#[tokio::test]
async fn three_threads_that_do_not_come_back_are_the_end_and_a_new_version_a_new_beginning() {
    let text = in_handler("cx:say('here')");
    let scene = scene(&[]).await;
    let it = Arc::new(plugin("hello", &text).await);
    scene.host.put_plugin(it.clone());
    it.lose_threads(3);
    scene.event("alice", "hi").await;
    check(&scene, "event", "is off: 3 of its threads did not come back; `plugin reload hello` turns it on").await;
    assert_eq!(it.manifest().name.as_str(), "hello");
    scene.host.put_plugin(Arc::new(plugin("hello", &text).await));
    scene.event("alice", "hi").await;
    scene.settle().await;
    assert_eq!(scene.stage.said(), ["here"]);
}
