//! Loading while the bot runs: by command, by saving, at a signal; and that nothing of an old version stays.

use std::{fs, path::PathBuf, sync::Arc};

use super::{
    hosting::named,
    living::scene,
    loading::{HELLO, plugin},
};
use crate::host::{testing::Scene, watching::Watch};

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

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..200_000 {
        if is_so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn nothing_of_a_hundred_versions_stays() {
    let scene = scene(&[]).await;
    let text = |n: usize| {
        format!(
            "return {{ name = 'hello', api = 1, guard = function() end, every = {{ ['10m'] = function() end }},\n             on = {{ message = function() end }}, commands = {{ {{ name = 'hello', run = function(cx)\n             cx:say('{n}') end }} }} }}"
        )
    };
    let old: Vec<_> = {
        let mut old = Vec::new();
        for n in 0..100 {
            save(&scene, "hello", &text(n));
            assert_eq!(scene.host.reload_plugins().await, [""; 0]);
            let installed = scene.host.installed(&"hello".parse().unwrap()).unwrap();
            old.push((Arc::downgrade(&installed), Arc::downgrade(&installed.plugin)));
            if n == 99 {
                assert_eq!(scene.say("romeo", "!hello").await, [n.to_string()]);
            }
        }
        old
    };
    let n_tasks = scene.tasks.len();
    let (_, older) = old.split_last().unwrap();
    assert!(older.iter().all(|it| it.0.upgrade().is_none() && it.1.upgrade().is_none()), "an old version is held");
    let roster = scene.host.roster();
    assert_eq!(roster.plugins.iter().filter(|it| it.name().as_str() == "hello").count(), 1);
    assert_eq!(roster.commands.iter().filter(|it| it.plugin.as_str() == "hello").count(), 1);
    drop(roster);
    until("threads of old versions go on", || n_threads("lua:hello") <= 1 + N_OTHERS).await;
    scene.say("juliet", "!plugin unload hello").await;
    drop(old);
    until("a task of the plugin goes on", || scene.tasks.len() < n_tasks).await;
}

/// Other tests run a plugin of this name at the same time, on threads that are theirs.
const N_OTHERS: usize = 12;
