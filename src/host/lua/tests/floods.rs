//! A million of everything: each is bounded with a sentence, and costs only the plugin that asks for it.

use std::time::Duration;

use super::{
    hosting::named,
    living::{command, scene},
};

/// Runs it as a command of one plugin while another is asked something, and gives what was said, and the fault.
async fn flood(body: &str) -> (Vec<String>, String) {
    let ping = named("other", "pong").replace("name = 'other', run", "name = 'pong', run");
    let scene = scene(&[("hello", &command(body)), ("other", &ping)]).await;
    scene.say_and_leave("alice", "!x");
    scene.say_and_leave("bob", "!pong");
    scene.settle().await;
    let said = scene.stage.said();
    assert!(said.iter().any(|it| it == "pong"), "{body}: {said:?}");
    (said, scene.host.faults.get(1).map(|it| it.what).unwrap_or_default())
}

async fn check(body: &str, what: &str) {
    let (said, fault) = flood(body).await;
    assert!(fault.starts_with("plugins/hello/init.lua") && fault.contains(what), "{body}: {fault}");
    assert!(said.len() < 30, "{body}: {} messages", said.len());
}

#[tokio::test]
async fn a_million_messages_are_twenty() {
    check("for i = 1, 1e6 do cx:say('x') end", "too many messages at once: a plugin has 20").await;
    check("for i = 1, 1e6 do cx:private('bob', 'x') end", "too many messages").await;
    check("for i = 1, 1e6 do cx:reply('x') end", "too many messages").await;
    check("cx:say(('x'):rep(10000))", "what is said has at most 8192 bytes").await;
}

#[tokio::test]
async fn a_million_of_anything_else_is_no_more() {
    check("for i = 1, 1e6 do cx:kick('bob') end", "too many acts at once").await;
    check("for i = 1, 1e6 do cx.store:set('k' .. i, i) end", "too many writes at once").await;
    check(
        "for i = 1, 1e6 do cx.store:update('k', function(n) return (n or 0) + 1 end) end",
        "asked for more than 1000 things in one call",
    )
    .await;
    check("for i = 1, 1e6 do cx:level('bob') end", "asked for more than 1000 things in one call").await;
    // With their powers, so that nothing is refused sooner.
    for (body, what) in [
        ("for i = 1, 1e6 do cx:timer('10m', 'n' .. i) end", "too many timers at once: a plugin has 200"),
        ("for i = 1, 1e6 do cx.http:get('http://127.0.0.1:9/') end", "too many requests to the web at once"),
        ("for i = 1, 1e6 do cx.http:post('https://a.example/', { i }) end", "too many requests to the web at once"),
        ("for i = 1, 1e6 do cx:upload('a.txt', 'x', 'text/plain') end", "too many requests to the web at once"),
        ("for i = 1, 1e6 do cx:run('pong') end", "too many messages at once"),
    ] {
        let powers = "'voice', 'schedule', 'http', 'upload', 'command' }";
        let scene = scene(&[("hello", &command(body).replace("'voice' }", powers))]).await;
        scene.say("alice", "!x").await;
        let fault = scene.host.faults.get(1).unwrap();
        assert!(fault.what.contains(what), "{body}: {fault:?}");
    }
}

/// What is kept or copied outside the memory of the VM is bounded there too: a few bytes of code must not cost the
/// machine what it has.
#[tokio::test]
async fn memory_outside_the_vm_is_bounded() {
    let same = "local same = table.create(100000, ('x'):rep(1000000))\n";
    for (body, what) in [
        ("cx.json.encode(same)", "more than 1 MiB cannot be kept or sent at once"),
        ("cx.store:set('k', same)", "more than 12 MiB cannot be kept or sent at once"),
        ("cx:timer('1m', 'n', same)", "more than 12 MiB cannot be kept or sent at once"),
        ("cx.http:post('https://a.example/', same)", "more than 12 MiB cannot be kept or sent at once"),
        ("cx.http:get('https://a.example/', { headers = same })", "more than 12 MiB cannot be kept or sent at once"),
        ("cx.t('lua-help-x', { a = same[1] })", "at most 64 KiB can be put into a text"),
    ] {
        check(&format!("{same}{body}"), what).await;
    }
}

#[tokio::test]
async fn who_catches_every_error_is_ended_all_the_same() {
    for body in [
        "while true do pcall(cx.say, cx, 'x') end",
        "while true do pcall(cx.store.get, cx.store, 'x') end",
        "while true do pcall(cx.nonsense, cx) pcall(cx.level, cx, 'bob') end",
    ] {
        check(body, "asked for more than 1000 things in one call and was ended").await;
    }
}

/// What one plugin does costs no other its answer: it comes while the attack is still going on.
#[tokio::test]
async fn another_plugin_answers_while_the_flood_goes_on() {
    let ping = named("other", "pong").replace("name = 'other', run", "name = 'pong', run");
    for body in [
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(cx.store.get, cx.store, 'x') end",
        "while true do pcall(cx.say, cx, 'x') end",
        "local s = 'x' while true do pcall(function() s = s .. s end) end",
    ] {
        let scene = scene(&[("hello", &command(body)), ("other", &ping)]).await;
        scene.say_and_leave("alice", "!x");
        scene.say_and_leave("bob", "!pong");
        let mut said = Vec::new();
        while !said.iter().any(|it| it == "pong") {
            said.extend(scene.stage.said());
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.host.faults.count(), 0, "{body}: the attack was over before the answer came");
        scene.settle().await;
        assert_eq!(scene.host.faults.count(), 1, "{body}");
    }
}

#[tokio::test]
async fn what_was_used_up_comes_back() {
    let scene = scene(&[("hello", &command("for i = 1, tonumber(args.text) do cx:say('x') end"))]).await;
    assert_eq!(scene.say("alice", "!x 20").await.len(), 20);
    assert_eq!(scene.say("bob", "!x 1").await.iter().filter(|it| *it == "x").count(), 0);
    scene.advance(Duration::from_secs(5));
    assert_eq!(scene.say("nurse", "!x 5").await.len(), 5);
}

#[tokio::test]
async fn a_thousand_keys_are_listed_in_order_and_what_ran_out_takes_nobodys_place() {
    let body = "local from = tonumber(args.text)\n\
                if from then for i = from, from + 399 do cx.store:set(`k{10000 + i}`, true, if i < 100 then '1s' else nil) end\n\
                else local it = cx.store:keys('k') cx:say(`{#it} {it[1]} {it[#it]}`) end";
    let scene = scene(&[("hello", &command(body))]).await;
    for from in ["0", "800", "400"] {
        scene.say("alice", &format!("!x {from}")).await;
        scene.advance(Duration::from_secs(60));
    }
    assert_eq!(scene.host.faults.count(), 0, "{:?}", scene.host.faults.get(1));
    assert_eq!(scene.say("bob", "!x").await, ["1000 k10100 k11099"]);
}
