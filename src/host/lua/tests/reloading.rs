//! Loading while the bot runs: by command, by saving, at a signal; and that nothing of an old version stays.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc, time::Duration};

use domovoi_plugin::{Called, PluginName};

use super::{
    hosting::named,
    living::{CONFIG, scene},
    loading::{HELLO, plugin},
};
use crate::host::{
    hooks::Taken,
    room::{RoomHost, Saved},
    testing::{Scene, crowd, garden, until},
    watching::Watch,
};

const OWNER: &str = "juliet@capulet.example";

fn folder(scene: &Scene, name: &str) -> PathBuf {
    scene.file().with_file_name("plugins").join(name)
}

/// As an editor saves: the size is another one, so that no clock has to tick in between.
fn save(scene: &Scene, name: &str, text: &str) {
    let folder = folder(scene, name);
    fs::create_dir_all(&folder).unwrap();
    let was = fs::metadata(folder.join("init.lua")).map_or(0, |it| it.len());
    let same = usize::from(was == text.len() as u64);
    fs::write(folder.join("init.lua"), format!("{text}{}", "\n".repeat(same))).unwrap();
}

#[tokio::test]
async fn a_plugin_is_put_in_the_place_of_its_old_version_and_nothing_of_that_stays() {
    let scene = scene(&[("hello", &named("hello", "one"))]).await;
    assert_eq!(scene.say("alice", "!hello").await, ["one"]);
    let old = Arc::downgrade(&scene.host.installed(&"hello".parse().unwrap()).unwrap().plugin);
    let text = named("hello", "two").replace("name = 'hello', run", "name = 'greet', run");
    scene.host.put_plugin(Arc::new(plugin("hello", &text).await));
    assert_eq!(scene.say("alice", "!greet").await, ["two"]);
    assert_eq!(scene.say("alice", "!hello").await, [""; 0], "the old command is gone");
    assert!(old.upgrade().is_none(), "and the old plugin with its thread");
}

#[tokio::test]
async fn a_folder_is_loaded_again_by_command_and_a_wrong_one_changes_nothing() {
    let scene = scene(&[]).await;
    let folder = scene.file().with_file_name("plugins").join("hello");
    let write = |text: &str| fs::write(folder.join("init.lua"), text).unwrap();
    let reload = async |scene: &Scene| scene.direct(OWNER, "plugin reload hello").await.join("\n");
    assert!(reload(&scene).await.contains("There is no folder"));
    fs::create_dir_all(&folder).unwrap();
    write(HELLO);
    assert!(reload(&scene).await.contains("hello was loaded"));
    assert_eq!(scene.say("alice", "!hello").await, ["alice: hello, alice"]);
    write("return {\n  name = 'hello', api = 1,\n  comands = {},\n}");
    let said = reload(&scene).await;
    assert!(said.contains("plugins/hello/init.lua:3: there is no `comands` here; did you mean `commands`?"), "{said}");
    assert_eq!(scene.say("alice", "!hello").await, ["alice: hello, alice"]);
    write(&named("hello", "new"));
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    assert_eq!(scene.say("alice", "!hello").await, ["new"]);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    assert_eq!(scene.say("alice", "!hello").await, [""; 0]);
    assert!(scene.direct(OWNER, "plugin reload core").await.join("").contains("part of the program"));
}

#[tokio::test]
async fn what_is_saved_is_loaded_once_it_stays_as_it_is() {
    let scene = scene(&[]).await;
    let mut watch = Watch::default();
    watch.look(&scene.host).await;
    save(&scene, "hello", &named("hello", "one"));
    watch.look(&scene.host).await;
    assert_eq!(scene.say("alice", "!hello").await, [""; 0], "it may not be all there yet");
    watch.look(&scene.host).await;
    assert_eq!(scene.say("alice", "!hello").await, ["one"]);
    for (n, nick) in ["romeo", "nurse", "peter", "bob", "juliet"].into_iter().enumerate() {
        save(&scene, "hello", &named("hello", &"x".repeat(n + 5)));
        watch.look(&scene.host).await;
        assert_eq!(scene.say(nick, "!hello").await, ["one"], "a row of saves is not over");
    }
    watch.look(&scene.host).await;
    assert_eq!(scene.say("romeo", "!hello").await, ["x".repeat(9)]);
    assert_eq!(scene.stage.said(), [""; 0], "nobody is told of what works");
    fs::remove_dir_all(folder(&scene, "hello")).unwrap();
    watch.look(&scene.host).await;
    assert_eq!(scene.say("mercutio", "!hello").await, ["x".repeat(9)], "it may come back at once");
    watch.look(&scene.host).await;
    assert_eq!(scene.say("mercutio", "!hello").await, [""; 0]);
}

#[tokio::test]
async fn what_is_saved_half_is_told_once_and_the_old_one_runs_on() {
    let scene = scene(&[]).await;
    let mut watch = Watch::default();
    save(&scene, "hello", &named("hello", "one"));
    scene.host.reload_plugins().await;
    watch.look(&scene.host).await;
    let half = "return {\n name = 'hello', api = 1,\n commands = {\n";
    save(&scene, "hello", half);
    for _ in 0..5 {
        watch.look(&scene.host).await;
    }
    scene.settle().await;
    let told = scene.stage.said();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("juliet@capulet.example< ") && told[0].contains("plugins/hello/init.lua:4: "),
        "{told:?}"
    );
    assert_eq!(scene.say("alice", "!hello").await, ["one"]);
    // Whoever loads it by a command is the one who hears of what they save then.
    assert!(scene.say("juliet", "!plugin load hello").await.join("").contains("plugins/hello/init.lua:4: "));
    save(&scene, "hello", &named("hello", "three"));
    assert!(scene.say("juliet", "!plugin load hello").await.join("").contains("hello was loaded"));
    save(&scene, "hello", half);
    watch.look(&scene.host).await;
    watch.look(&scene.host).await;
    watch.look(&scene.host).await;
    assert!(scene.stage.said().join("\n").contains("juliet@capulet.example< hello is wrong"));
    save(&scene, "hello", &named("hello", "four"));
    watch.look(&scene.host).await;
    watch.look(&scene.host).await;
    assert_eq!(scene.stage.said(), ["juliet@capulet.example< hello was loaded."]);
    assert_eq!(scene.say("bob", "!hello").await, ["four"]);
}

/// What a loop of the plugin is stopped after, as the bot says.
async fn stopped_after(scene: &Scene, nick: &str) -> String {
    scene.say(nick, "!loop").await;
    let all = (1..).map_while(|n| scene.host.faults.get(n)).last().unwrap();
    all.what.rsplit_once("within ").unwrap_or_default().1.to_owned()
}

#[tokio::test]
async fn limits_that_change_in_the_configuration_hold_without_a_restart() {
    let scene = scene(&[]).await;
    let mut watch = Watch::default();
    let text =
        "return { name = 'hello', api = 1, commands = { { name = 'loop', run = function() while true do end end } } }";
    save(&scene, "hello", text);
    // By a command, so that there is somebody who hears of everything that follows.
    scene.say("juliet", "!plugin load hello").await;
    watch.look(&scene.host).await;
    assert_eq!(stopped_after(&scene, "alice").await, "200 ms of CPU time");
    let limit = |span: &str| {
        CONFIG.replace("[plugins.hello]", &format!("[plugins.hello]\nlimits = {{ handler = \"{span}\" }}"))
    };
    // As it is on SIGHUP.
    scene.write_config(&limit("30ms"));
    scene.host.reload().await.unwrap();
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    assert_eq!(stopped_after(&scene, "bob").await, "30 ms of CPU time");
    // And where only somebody looks.
    scene.write_config(&limit("40ms"));
    scene.host.reload().await.unwrap();
    watch.look(&scene.host).await;
    assert_eq!(stopped_after(&scene, "peter").await, "40 ms of CPU time");
    // A folder that is wrong by then is told of once, and keeps what runs at what it had.
    scene.stage.said();
    save(&scene, "hello", "return {");
    scene.write_config(&limit("50ms"));
    scene.host.reload().await.unwrap();
    for _ in 0..6 {
        watch.look(&scene.host).await;
    }
    scene.settle().await;
    let told = scene.stage.said();
    assert_eq!(told.len(), 2, "once for the limits, once for what was saved: {told:?}");
    assert_eq!(stopped_after(&scene, "nurse").await, "40 ms of CPU time");
    save(&scene, "hello", text);
    watch.look(&scene.host).await;
    watch.look(&scene.host).await;
    assert_eq!(stopped_after(&scene, "romeo").await, "50 ms of CPU time");
}

#[tokio::test]
async fn a_signal_loads_only_what_changed() {
    let scene = scene(&[]).await;
    save(
        &scene,
        "hello",
        "n = 0 return { name = 'hello', api = 1, commands = { { name = 'hello', run = function(cx) n = n + 1 cx:say('n ' .. n) end } } }",
    );
    save(&scene, "other", &named("other", "one").replace("enabled", ""));
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    assert_eq!(scene.say("alice", "!hello").await, ["n 1"]);
    save(&scene, "other", &named("other", "twice"));
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    assert_eq!(scene.say("alice", "!hello").await, ["n 2"], "it was left alone");
    assert_eq!(scene.say("alice", "!other").await, ["twice"]);
}

#[tokio::test]
async fn what_is_taken_away_stays_away_until_it_is_loaded() {
    let scene = scene(&[]).await;
    save(&scene, "hello", &named("hello", "one"));
    scene.host.reload_plugins().await;
    let said = scene.say("juliet", "!plugin unload hello").await;
    assert_eq!(said, ["juliet: hello is not here any more; “plugin load hello” brings it back."]);
    assert_eq!(scene.say("alice", "!hello").await, [""; 0]);
    save(&scene, "hello", &named("hello", "changed"));
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    assert_eq!(scene.say("alice", "!hello").await, [""; 0]);
    assert_eq!(scene.say("juliet", "!plugin load hello").await, ["juliet: hello was loaded."]);
    assert_eq!(scene.say("alice", "!hello").await, ["changed"]);
    let said = scene.say("juliet", "!plugin unload admin").await.join("");
    assert!(said.contains("There is no plugin “admin”"), "{said}");
}

#[tokio::test]
async fn what_does_not_fit_beside_the_others_changes_nothing() {
    let other = named("other", "pong").replace("name = 'other', run", "name = 'pong', run");
    let scene = scene(&[("other", &other)]).await;
    save(&scene, "hello", HELLO);
    assert_eq!(scene.host.reload_plugins().await, [""; 0]);
    for (name, why) in [("pong", "is taken by `other`"), ("help", "is taken by `core`")] {
        save(&scene, "hello", &HELLO.replace("{ name = \"hello\", help", &format!("{{ name = \"{name}\", help")));
        let said = scene.say("juliet", "!plugin reload hello").await.join("\n");
        assert!(said.contains("plugins/hello/init.lua:3: ") && said.contains(why), "{said}");
        assert_eq!(scene.say("alice", "!hello").await, ["alice: hello, alice"]);
    }
    save(&scene, "hello", &HELLO.replace("help =", "examples = { { \"hullo\" } }, help ="));
    let said = scene.say("juliet", "!plugin reload hello").await.join("\n");
    assert!(said.contains("init.lua:3: the example `hullo` gives no command of this plugin"), "{said}");
}

/// The threads of this process by their names.
fn n_threads(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|it| fs::read_to_string(it.path().join("comm")).ok());
    names.filter(|it| it.trim_end() == name).count()
}

/// A version that says its number whatever it is called for.
fn version(n: usize) -> String {
    format!(
        "return {{ name = 'hello', api = 1, guard = function() end,\n\
         every = {{ ['10m'] = function(cx) cx:say('every {n}') end }},\n\
         cron = {{ ['7 * * * *'] = function(cx) cx:say('cron {n}') end }},\n\
         on = {{ message = function(cx) cx:say('message {n}') end, timer = function(cx) cx:say('timer {n}') end,\n\
         webhook = function(cx) cx:say('webhook {n}') end }},\n\
         commands = {{ {{ name = 'hello', run = function(cx) cx:timer('10m', 'tea') cx:say('command {n}') end }} }} }}"
    )
}

/// What is said while ten minutes pass in the room, something is said in it, and a stranger calls.
async fn ten_minutes(scene: &Scene, room: &mut RoomHost, secret: &str) -> (Vec<String>, Taken) {
    let view = crowd(8);
    for _ in 0..600 {
        scene.advance(Duration::from_secs(1));
        room.tick(scene.host.clock.now(), &view);
        scene.settle().await;
    }
    scene.host.ring_timers().await;
    scene.event("alice", "hi").await;
    let called = Called { body: String::new(), headers: BTreeMap::new() };
    let taken = scene.host.call_hook(("hello", secret), Some(garden()), called).await;
    scene.settle().await;
    let mut said = scene.stage.said();
    said.sort();
    (said, taken)
}

#[tokio::test]
async fn nothing_of_a_hundred_versions_stays() {
    let scene = scene(&[]).await;
    let name: PluginName = "hello".parse().unwrap();
    let mut room = RoomHost::new(scene.host.clone(), garden(), Saved::default());
    let mut old = Vec::new();
    for n in 0..100 {
        save(&scene, "hello", &version(n));
        assert_eq!(scene.host.reload_plugins().await, [""; 0]);
        let installed = scene.host.installed(&name).unwrap();
        old.push((Arc::downgrade(&installed), Arc::downgrade(&installed.plugin)));
        room.tick(scene.host.clock.now(), &crowd(8));
        if n == 0 || n == 99 {
            // The timer of the first is set anew by the last: it is one.
            assert_eq!(scene.say("romeo", "!hello").await, [format!("command {n}")]);
        }
    }
    let n_tasks = scene.tasks.len();
    let (_, older) = old.split_last().unwrap();
    assert!(older.iter().all(|it| it.0.upgrade().is_none() && it.1.upgrade().is_none()), "an old version is held");
    let roster = scene.host.roster();
    assert_eq!(roster.plugins.iter().filter(|it| it.name().as_str() == "hello").count(), 1);
    assert_eq!(roster.commands.iter().filter(|it| it.plugin.as_str() == "hello").count(), 1);
    drop(roster);
    until("threads of old versions go on", || n_threads("lua:hello") <= 1 + N_OTHERS).await;

    // Each schedule, timer, handler and route is there once, and is the last one's. It is 11:06.
    let secret = scene.host.hook_secret(&name).await.unwrap();
    let (said, taken) = ten_minutes(&scene, &mut room, &secret).await;
    assert_eq!(said, ["cron 99", "every 99", "message 99", "timer 99", "webhook 99"]);
    assert_eq!(taken, Taken::Yes);
    scene.say("romeo", "!hello").await;
    scene.say("juliet", "!plugin unload hello").await;
    room.tick(scene.host.clock.now(), &crowd(8));
    assert!(old.iter().all(|it| it.0.upgrade().is_none() && it.1.upgrade().is_none()), "the last one is held");
    until("a task of the plugin goes on", || scene.tasks.len() < n_tasks).await;
    let (said, taken) = ten_minutes(&scene, &mut room, &secret).await;
    assert_eq!((said, taken), (Vec::new(), Taken::Unknown), "and nothing once it is taken away");
    assert_eq!(scene.say("alice", "!hello").await, [""; 0]);
}

/// Other tests run a plugin of this name at the same time, on threads that are theirs.
const N_OTHERS: usize = 12;
