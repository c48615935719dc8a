//! Every attack as a command of one plugin: it ends as a fault, and meanwhile another plugin answers as ever.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::Plugin;

use super::{
    super::{LuaPlugin, limits::Limits},
    attacks::{BOUNDS, BURGLARY, GREED, LOOPS, SEARCHES},
    hosting::named,
    living::{CONFIG, command},
    loading::code,
};
use crate::{
    clock::Stopwatch,
    host::testing::{Scene, until},
};

/// How soon whoever asks another plugin has their answer.
const SOON: Duration = Duration::from_millis(50);
/// So many tries has a machine that is busy with other things: whoever waits for a plugin does so each time.
const TRIES: usize = 5;

/// How long whoever asks the other plugin waited for an answer, and whether the attack still went on when they had it.
async fn attacked(attack: &str) -> (Duration, bool) {
    let limits = Limits { handler: Duration::from_millis(150), load: Duration::from_secs(10), ..Limits::default() };
    let ping = named("other", "pong").replace("name = 'other', run", "name = 'pong', run");
    let mut plugins: Vec<Arc<dyn Plugin>> = Vec::new();
    for (name, text) in [("hello", command(attack)), ("other", ping)] {
        plugins.push(Arc::new(LuaPlugin::of_code(code(name, &text), limits).await.unwrap()));
    }
    let scene = Scene::with(CONFIG, plugins).await;
    // The threads of both are there before anything is measured.
    scene.say("juliet", "!pong").await;
    scene.say_and_leave("alice", "!x");
    tokio::task::yield_now().await;
    let watch = Stopwatch::start();
    scene.say_and_leave("bob", "!pong");
    until("no answer", || scene.stage.said().iter().any(|it| it == "pong")).await;
    let (wait, outlasts) = (watch.elapsed(), scene.host.faults.count() == 0);
    scene.settle().await;
    let fault = scene.host.faults.get(1).unwrap_or_else(|| panic!("not stopped: {attack}"));
    assert_eq!((fault.plugin.as_str(), scene.host.faults.count()), ("hello", 1), "{attack}: {fault:?}");
    assert!(fault.what.starts_with("plugins/hello/init.lua"), "{attack}: {fault:?}");
    (wait, outlasts)
}

/// Gives whether the attack outlasted an answer that came soon.
async fn answered_soon(attack: &str) -> bool {
    let mut waits = Vec::new();
    while waits.len() < TRIES {
        let (wait, outlasts) = attacked(attack).await;
        if wait < SOON {
            return outlasts;
        }
        waits.push(wait);
    }
    panic!("{attack}: {waits:?}");
}

#[tokio::test]
async fn every_attack_costs_its_own_plugin_alone() {
    for (attacks, is_long) in [(LOOPS, true), (SEARCHES, true), (GREED, false), (BOUNDS, false), (BURGLARY, false)] {
        let mut n_outlasting = 0;
        for attack in attacks {
            n_outlasting += usize::from(answered_soon(attack).await);
        }
        assert!(!is_long || attacks.len() / 2 < n_outlasting, "most were answered while the attack went on");
    }
}
