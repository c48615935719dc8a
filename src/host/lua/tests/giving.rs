//! Commands that a plugin gives in the name of whoever called it, and names that it keeps for its own.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Role};

use super::living::{CONFIG, scene};
use crate::host::testing::garden;

/// A plugin that runs what it is told, learns names, and is `hello` to the host.
const RUNNER: &str = "return { name = 'hello', api = 1, powers = { 'store', 'command' }, commands = {\n\
    { name = 'do', args = { { 'line', 'rest' } }, run = function(cx, args) cx:run(args.line) end },\n\
    { name = 'late', args = { { 'line', 'rest' } }, run = function(cx, args) cx:sleep('5s') cx:run(args.line) end },\n\
    { name = 'learn', args = { { 'name', 'rest' } }, run = function(cx, args) cx.store:set('name:' .. args.name, true) end },\n\
    { name = 'kept', kept_names = 'name:', args = { { 'line', 'rest' } },\n\
      run = function(cx, args) cx:say('kept: ' .. args.line) end },\n\
    }, on = { message = function(cx) cx:run('pong') end } }";

const OTHER: &str = "return { name = 'other', api = 1, commands = {\n\
    { name = 'pong', run = function(cx) cx:reply('for ' .. cx.nick .. ' at ' .. cx.event.level) end },\n\
    { name = 'order', level = 15, run = function(cx) cx:say('ordered') end } } }";

#[tokio::test]
async fn a_command_is_given_with_the_rights_of_whoever_called() {
    let scene = scene(&[("hello", RUNNER), ("other", OTHER)]).await;
    assert_eq!(scene.say("alice", "!do pong").await, ["alice: for alice at 10"]);
    assert_eq!(scene.whisper("bob", "do pong").await, ["@bob for bob at 10"]);
    let said = scene.say("alice", "!do order").await;
    assert!(said[0].contains("level 15"), "{said:?}");
    assert_eq!(scene.say("nurse", "!do order").await, ["ordered"]);
}

#[tokio::test]
async fn whoever_lost_their_rights_since_gives_no_command_with_them() {
    let scene = scene(&[("hello", RUNNER), ("other", OTHER)]).await;
    assert_eq!(scene.say("nurse", "!late order").await, [""; 0]);
    scene.stage.put(&garden(), "nurse", Some("nurse@nurse.example/phone"), (Role::Participant, Affiliation::None));
    scene.advance(Duration::from_secs(6));
    scene.settle().await;
    let said = scene.stage.said();
    assert!(said.len() == 1 && said[0].contains("level 15"), "{said:?}");
    assert_eq!(scene.say("mercutio", "!late order").await, [""; 0]);
    scene.stage.remove(&garden(), "mercutio");
    scene.advance(Duration::from_secs(6));
    scene.settle().await;
    assert!(!scene.stage.said().iter().any(|it| it == "ordered"));
    let fault = scene.host.faults.get(1).unwrap();
    assert!(fault.what.contains("mercutio is not here any more"), "{fault:?}");
}

#[tokio::test]
async fn a_plugin_without_the_power_gives_nobodys_commands() {
    let scene = scene(&[("hello", RUNNER), ("other", OTHER)]).await;
    scene.write_config(&CONFIG.replace(", \"command\"", ""));
    scene.host.reload().await.unwrap();
    // Not even those of an owner of the bot, who could give it every power there is.
    for line in ["!do pong", "!do access set bob 100", "!do plugin off other"] {
        let said = scene.say("juliet", line).await.join("\n");
        assert!(said.contains("That went wrong"), "{line}: {said}");
    }
    let fault = scene.host.faults.get(1).unwrap();
    assert!(fault.what.contains("init.lua:2: the plugin was not given the power `command`"), "{fault:?}");
    assert_eq!(scene.say("alice", "!pong").await, ["alice: for alice at 10"], "the other one is still on");
    let said = scene.say("romeo", "!plugin perms hello").await.join("\n");
    assert!(said.contains("Tried in vain: command 3"), "{said}");
}

#[tokio::test]
async fn a_plugin_does_not_call_itself_nor_act_for_nobody() {
    let scene = scene(&[("hello", RUNNER), ("other", OTHER)]).await;
    assert_eq!(scene.say("alice", "!do do pong").await, [""; 0]);
    scene.event("bob", "something").await;
    scene.settle().await;
    let fault = scene.host.faults.get(1).unwrap();
    assert!(fault.what.contains("a command is given in somebody's name"), "{fault:?}");
}

#[tokio::test]
async fn names_that_a_plugin_keeps_are_commands() {
    let scene = scene(&[("hello", RUNNER), ("other", OTHER)]).await;
    assert_eq!(scene.say("alice", "!tea and cake").await, [""; 0]);
    assert_eq!(scene.say("alice", "!learn tea").await, [""; 0]);
    assert_eq!(scene.say("alice", "!TEA and cake").await, ["kept: TEA and cake"]);
    assert_eq!(scene.say("alice", "!do tea").await, [""; 0], "its own names neither");
    scene.say("alice", "!learn pong").await;
    assert_eq!(scene.say("bob", "!pong").await, ["bob: for bob at 10"], "a real command stands before a kept name");
}
