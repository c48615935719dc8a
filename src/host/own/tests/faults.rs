//! What goes wrong in a plugin, as its people see it: who asked, and the owner of the bot.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Call, CommandSpec, Context, Event, Fault, Manifest, Plugin, Power, Scope, Text, async_trait};

use crate::host::{
    lua::{self, LuaPlugin, code::Code, limits::Limits},
    testing::{CONFIG, Scene, bundled},
};

const OWNER: &str = "juliet@capulet.example";

/// A plugin in Rust that panics in its command, and at every message.
struct Fragile;

#[async_trait]
impl Plugin for Fragile {
    fn manifest(&self) -> Manifest {
        let commands = vec![CommandSpec::new("fall", "help-fall")];
        let powers = &[Power::Say, Power::Private];
        Manifest {
            commands,
            powers,
            wants_events: true,
            is_on_by_default: true,
            ..Manifest::new("fragile".parse().unwrap())
        }
    }

    async fn command(&self, _: &Call, _: &Context) -> Result<(), Fault> {
        panic!("it hurts")
    }

    async fn on(&self, _: &Arc<Event>, _: &Context) -> Result<(), Fault> {
        tokio::task::yield_now().await;
        let none: Option<u8> = std::hint::black_box(None);
        none.expect("there is one");
        Ok(())
    }
}

/// A plugin in Rust that keeps something and throws somebody out, or falls.
struct Keeper;

#[async_trait]
impl Plugin for Keeper {
    fn manifest(&self) -> Manifest {
        let commands = vec![CommandSpec::new("keep", "help-keep"), CommandSpec::new("fall", "help-fall")];
        let powers = &[Power::Say, Power::Private, Power::Store];
        Manifest { commands, powers, is_bundled: false, ..Manifest::new("keeper".parse().unwrap()) }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        assert_eq!(call.command, "keep", "it falls");
        let kept = cx.services.state.set(&Scope::Global, "k", Some(true.into()), None).await;
        cx.reply(Text::plain(kept.map_or_else(|error| error.to_string(), |()| "kept".to_owned()))).await;
        Ok(())
    }
}

#[tokio::test]
async fn a_plugin_that_lost_a_power_while_it_rested_comes_back_without_it() {
    let granted = format!("{CONFIG}[plugins.keeper]\nenabled = true\npowers = [\"store\"]\n");
    let it = Scene::with(&granted, vec![Arc::new(Keeper)]).await;
    assert_eq!(it.say("alice", "!keep").await, ["alice: kept"]);
    for n in 0..10 {
        it.host.fault(&"keeper".parse().unwrap(), None, "test", &format!("broken {n}"));
    }
    it.settle().await;
    assert!(it.stage.said().join("\n").contains("keeper failed ten times in a minute and rests for 5 minutes"));
    it.write_config(&granted.replace("\"store\"", ""));
    it.host.reload().await.unwrap();
    assert!(it.say("bob", "!keep").await.join("\n").contains("rests for another 5 minutes"), "a reload is no way out");
    it.advance(Duration::from_secs(301));
    assert_eq!(it.say("bob", "!keep").await, ["bob: the plugin was not given the power `store`"]);
    let said = it.direct(OWNER, "plugin perms keeper").await.join("\n");
    assert!(said.contains("Not granted: store") && said.contains("store 1"), "{said}");
}

/// Where in this file something stands.
fn line_of(text: &str) -> usize {
    let own = include_str!("faults.rs");
    own.lines().position(|it| it.trim_start().starts_with(text)).unwrap() + 1
}

/// What the owner was told, and what `error N` says.
async fn told(scene: &Scene, number: u64) -> (String, String) {
    scene.settle().await;
    let said = scene.stage.said();
    let begin = format!("{OWNER}< Fault {number}: ");
    let told: Vec<_> = said.iter().filter(|it| it.starts_with(&begin)).collect();
    assert_eq!(told.len(), 1, "once: {said:?}");
    (told[0].clone(), scene.direct(OWNER, &format!("error {number}")).await.join("\n"))
}

#[tokio::test]
async fn a_panic_has_a_number_and_its_file_and_line() {
    let it = Scene::with(CONFIG, vec![Arc::new(Fragile)]).await;
    // Nothing is taken before both have been done, since a fault is told once.
    it.say_and_leave("alice", "!fall");
    it.settle().await;
    it.say_and_leave("bob", "!fall");
    let (notice, error) = told(&it, 1).await;
    let place = format!("panicked at src/host/own/tests/faults.rs:{}:", line_of("panic!(\"it hurts\")"));
    assert!(notice.contains("fragile") && notice.contains(&place) && notice.contains("it hurts"), "{notice}");
    assert!(error.contains(&place) && error.contains("fall") && error.contains("2 times"), "{error}");
    it.event("alice", "hi").await;
    let (notice, error) = told(&it, 2).await;
    let place = format!("panicked at src/host/own/tests/faults.rs:{}:", line_of("none.expect("));
    assert!(notice.contains(&place) && error.contains(&place) && error.contains("there is one"), "{notice}, {error}");
    let said = it.say("peter", "!fall").await.join("\n");
    assert!(said.starts_with("peter: ") && said.contains("fault 1"), "{said}");
}

#[tokio::test]
async fn an_error_in_lua_has_a_number_and_its_file_and_line() {
    let text = "return { name = 'hello', api = 1, commands = { { name = 'fall', run = function(cx)\n\
                local x = nil\nreturn x.y end } } }";
    let code = Code::of_text("hello".parse().unwrap(), text);
    let plugin = LuaPlugin::of_code(code, Limits::default()).await.unwrap();
    let config = format!("{CONFIG}[plugins.hello]\nenabled = true\n");
    let it = Scene::with(&config, vec![Arc::new(plugin)]).await;
    it.say_and_leave("alice", "!fall");
    let (notice, error) = told(&it, 1).await;
    let what = "plugins/hello/init.lua:3: attempt to index nil with 'y'";
    assert!(notice.contains(what), "{notice}");
    assert!(error.contains(what) && error.contains("hello") && error.contains("fall"), "{error}");
}

#[tokio::test]
async fn an_error_that_carries_megabytes_is_told_in_a_few_words() {
    let text = "return { name = 'hello', api = 1, commands = { { name = 'fall', run = function(cx)\n\
                error(('x'):rep(1000000)) end } } }";
    let code = Code::of_text("hello".parse().unwrap(), text);
    // On a busy machine a megabyte takes its time.
    let limits = Limits { handler: Duration::from_secs(10), ..Limits::default() };
    let plugin = LuaPlugin::of_code(code, limits).await.unwrap();
    let config = format!("{CONFIG}[plugins.hello]\nenabled = true\n");
    let it = Scene::with(&config, vec![Arc::new(plugin)]).await;
    it.say("alice", "!fall").await;
    it.say("bob", "!fall").await;
    let fault = it.host.faults.get(1).unwrap();
    assert!(fault.what.starts_with("plugins/hello/init.lua:2: xxx") && fault.what.len() < 2000, "{}", fault.what.len());
    assert_eq!((fault.n_times, it.host.faults.count()), (2, 1));
}

/// What owners are told when each of these fails twelve times, one after the other.
async fn failing(names: &[&str]) -> (Scene, String) {
    let config = format!("{CONFIG}[plugins.dice]\nenabled = true\n");
    let plugins = bundled().into_iter().chain(lua::bundled::plugins()).collect();
    let it = Scene::with(&config, plugins).await;
    for name in names {
        for n in 0..12 {
            it.host.fault(&name.parse().unwrap(), None, "test", &format!("broken {n}"));
        }
    }
    it.settle().await;
    let said = it.stage.said().join("\n");
    (it, said)
}

#[tokio::test]
async fn what_came_in_lua_rests_like_any_other() {
    let (it, said) = failing(&["dice"]).await;
    assert!(said.contains("dice failed ten times in a minute and rests for 5 minutes"), "{said}");
    let said = it.say("alice", "!dice").await.join("\n");
    assert!(said.contains("failed too often and rests"), "{said}");
}

#[tokio::test]
async fn what_keeps_order_never_rests_and_says_so_loudly() {
    for name in ["guard", "admin", "core"] {
        let (it, said) = failing(&[name]).await;
        let loud = format!("{name} failed ten times in a minute. It goes on");
        assert_eq!(said.matches(&loud).count(), 1, "{said}");
        assert!(!said.contains("and rests"), "{said}");
        for line in ["!who", "!help"] {
            it.advance(Duration::from_secs(10));
            let said = it.say("nurse", line).await.join("\n");
            assert!(!said.is_empty() && !said.contains("rests"), "{line}: {said}");
        }
    }
}
