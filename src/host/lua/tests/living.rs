//! Plugins in a host: commands, events, waiting, the store, and what happens when they fail.

use std::sync::Arc;

use domovoi_plugin::Plugin;

use super::loading::{HELLO, plugin};
use crate::host::testing::Scene;

pub(super) const CONFIG: &str = r#"
[bot]
owners = ["juliet@capulet.example"]
[accounts.main]
jid = "domovoi@example.org"
password = "x"
[rooms."garden@chat.example.org"]
[rooms."garden@chat.example.org".plugins]
hello = true
other = true
[plugins.hello]
powers = ["kick", "store", "voice", "schedule", "hook", "command", "http", "upload"]
[plugins.other]
enabled = false
"#;

pub(super) async fn scene(codes: &[(&str, &str)]) -> Scene {
    let mut plugins: Vec<Arc<dyn Plugin>> = Vec::new();
    for (name, text) in codes {
        plugins.push(Arc::new(plugin(name, text).await));
    }
    Scene::with(CONFIG, plugins).await
}

/// A plugin with one command, `x`, whose body this is.
pub(super) fn command(body: &str) -> String {
    format!(
        "return {{ name = 'hello', api = 1, powers = {{ 'kick', 'store', 'voice' }}, commands = {{ {{ name = 'x',\n\
         args = {{ {{ 'text', 'rest', optional = true }} }}, run = function(cx, args)\n{body}\nend }} }} }}"
    )
}

async fn check(body: &str, expected: &[&str]) {
    let scene = scene(&[("hello", &command(body))]).await;
    let said = scene.say("alice", "!x some words").await;
    assert_eq!(said, expected, "{body}: {:?}", scene.host.faults.get(1).map(|it| it.what));
}

#[tokio::test]
async fn a_command_answers() {
    let scene = scene(&[("hello", HELLO)]).await;
    assert_eq!(scene.say("alice", "!hello").await, ["alice: hello, alice"]);
    assert_eq!(scene.say("bob", "!hello").await, ["bob: hello, bob"]);
}

#[tokio::test]
async fn a_context_says_where_it_is_and_who_asks() {
    check(
        "cx:reply(cx.room .. ' ' .. cx.event.affiliation .. ' ' .. cx.event.level)",
        &["alice: garden@chat.example.org none 10"],
    )
    .await;
    check("cx:reply(args.text)", &["alice: some words"]).await;
    check("cx:say('to all')", &["to all"]).await;
    check("cx:private('hush')", &["@alice hush"]).await;
    check("cx:private('bob', 'psst')", &["@bob psst"]).await;
    check("cx:reply(tostring(cx.event.jid) .. ' ' .. #cx.identity)", &["alice: nil 20"]).await;
    check("cx:reply(#cx:occupants() .. ' ' .. cx:level('romeo'))", &["alice: 8 30"]).await;
}

#[tokio::test]
async fn calls_that_wait_work_in_coroutines_and_under_pcall() {
    check(
        "local co = coroutine.wrap(function() cx:say('a') coroutine.yield('mine') cx:say('b') return 'end' end)\n\
           cx:say(co()) cx:say(co())",
        &["a", "mine", "b", "end"],
    )
    .await;
    check("local ok, e = pcall(function() cx:say('a') error('x', 0) end) cx:say(tostring(ok) .. e)", &["a", "falsex"])
        .await;
    check("local co = coroutine.create(function() local inner = coroutine.wrap(function() cx:say('deep') return 1 end) return inner() end)\n\
           local ok, n = coroutine.resume(co) cx:say(tostring(ok) .. n .. coroutine.status(co))", &["deep", "true1dead"]).await;
    check("local ok, e = pcall(coroutine.yield, 1) cx:say(e)", &["coroutine.yield outside any coroutine"]).await;
}

#[tokio::test]
async fn things_are_kept_by_room_person_and_plugin() {
    check("cx.store:set('n', { a = 1, list = { 1, 2 } }) cx:say(cx.store:get('n').list[2])", &["2"]).await;
    check(
        "cx.store.person:set('n', 5) cx.store.plugin:set('n', 6)\n\
           cx:say(cx.store.person:get('n') .. cx.store.plugin:get('n') .. tostring(cx.store:get('n')))",
        &["56nil"],
    )
    .await;
    check("cx.store:set('n', 1) cx.store:delete('n') cx:say(tostring(cx.store:get('n')))", &["nil"]).await;
    check(
        "for i = 1, 3 do cx.store:update('n', function(n) return (n or 0) + i end) end cx:say(cx.store:get('n'))",
        &["6"],
    )
    .await;
    check(
        "local ok = pcall(function() cx.store:update('n', function() error('x') end) end)\n\
           cx.store:set('n', 2) cx:say(tostring(ok) .. cx.store:get('n'))",
        &["false2"],
    )
    .await;
    check("cx.store:set('ab', 1) cx.store:set('ac', 1) cx.store:set('b', 1) cx:say(table.concat(cx.store:keys('a'), ' '))", &["ab ac"]).await;
    check("local ok, e = pcall(cx.store.set, cx.store, 'x', function() end) cx:say(tostring(ok))", &["false"]).await;
}

#[tokio::test]
async fn helpers_do_what_they_say() {
    check("cx:say(cx.json.encode({ a = 1 }) .. cx.json.decode('[1,2]')[2])", &["{\"a\":1}2"]).await;
    check(
        "cx:say(cx.time.format(0, '%Y', 'UTC') .. ' ' .. cx.time.duration('10m') .. ' ' .. cx.time.spell(61))",
        &["1970 600 1 minute 1 second"],
    )
    .await;
    check("cx:say(cx.regex.match('a1b22', '(?P<n>\\\\d+)b').n .. #cx.regex.all('a1b22', '\\\\d') .. cx.regex.replace('a1', '\\\\d', 'x'))", &["13ax"]).await;
    check("local n = cx.random(6) local m = cx:random(2, 2) cx:say(tostring(1 <= n and n <= 6 and m == 2 and cx.random() < 1))", &["true"]).await;
    check("local ok, e = pcall(cx.regex.match, 'x', '(') cx:say(tostring(ok))", &["false"]).await;
    check("cx.log('a line') cx:log('another') cx:say(cx.lang)", &["en"]).await;
}

#[tokio::test]
async fn acts_are_done_for_whom_may_have_them_done() {
    let scene = scene(&[(
        "hello",
        &command("local ok, why = cx:kick(args.text, 'bye') cx:say(tostring(ok) .. ' ' .. tostring(why))"),
    )])
    .await;
    let said = scene.say("nurse", "!x bob").await;
    assert_eq!(said, ["true nil"], "the stage does what it is told");
    let said = scene.say("nurse", "!x nobody").await;
    assert_eq!(said, ["nil nobody is not here any more."]);
}

#[tokio::test]
async fn what_was_not_granted_is_an_error_that_the_owner_can_read() {
    let body = "local ok, e = pcall(cx.ban, cx, 'bob') cx:say(e) cx:ban('bob')";
    let scene = scene(&[("hello", &command(body))]).await;
    let said = scene.say("nurse", "!x").await;
    assert!(said[0].contains("the plugin was not given the power `ban`"), "{said:?}");
    assert!(said[1].contains("fault 1"), "{said:?}");
    let fault = scene.host.faults.get(1).unwrap();
    assert!(fault.what.starts_with("plugins/hello/init.lua:3: the plugin was not given the power `ban`"), "{fault:?}");
}

#[tokio::test]
async fn a_question_is_answered_by_whom_it_was_asked() {
    let scene = scene(&[("hello", &command("local it = cx:ask('sure?') cx:reply('you said ' .. it)"))]).await;
    scene.say_and_leave("alice", "!x");
    scene.until_said("alice: sure?").await;
    scene.event("bob", "no").await;
    scene.event("alice", "yes").await;
    scene.settle().await;
    assert_eq!(scene.stage.said(), ["alice: you said yes"]);
}

#[tokio::test]
async fn faults_are_numbered_and_have_file_and_line() {
    let check = async |body: &str, what: &str| {
        let scene = scene(&[("hello", &command(body))]).await;
        let said = scene.say("alice", "!x").await;
        assert!(said.iter().any(|it| it.contains("fault 1")), "{said:?}");
        let fault = scene.host.faults.get(1).unwrap();
        assert!(fault.what.contains(what), "{fault:?}");
        // And the plugin works again at once.
        assert!(scene.say("bob", "!x").await.iter().any(|it| it.contains("fault 1")));
    };
    check("local x = nil + 1", "plugins/hello/init.lua:3: attempt to perform arithmetic").await;
    check("while true do end", "plugins/hello/init.lua:3: did not end within 100 ms of CPU time").await;
    check("local s = 'x' while true do s = s .. s end", "plugins/hello/init.lua:3: wanted more than 16 MiB of memory")
        .await;
    check("cx:say(nil)", "plugins/hello/init.lua:3: what is said must be a text").await;
    check("cx:nonsense()", "plugins/hello/init.lua:3: ").await;
    check("error('odd')", "plugins/hello/init.lua:3: odd").await;
    check("cx.json.decode('{')", "plugins/hello/init.lua:3: this is no JSON").await;
}

#[tokio::test]
async fn long_texts_that_are_thrown_away_at_once_do_not_fill_the_memory() {
    let body = "for i = 1, 20 do local s = ('x'):rep(1000000) s = s:upper() .. i end cx:say('done')";
    check(body, &["done"]).await;
}

#[tokio::test]
async fn a_plugin_that_ate_its_memory_for_good_gets_a_fresh_vm() {
    let body = "mine = mine or {} cx:say('n ' .. #mine) for i = 1, 1e9 do mine[i] = { i } end";
    let scene = scene(&[("hello", &command(body))]).await;
    for n in 1..=2 {
        let said = scene.say("alice", "!x").await;
        assert_eq!(said[0], "n 0", "time {n}");
    }
}
