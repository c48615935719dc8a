//! Every event reaches its handler, and what comes from elsewhere than a room does too.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::{
    AbsentChange, Affiliation, Called, Cause, Change, Correction, Event, EventKind, Leave, Message, MessageId, Nick,
    Phase, Reaction, Retraction, Role, StanzaId, jid::BareJid,
};

use super::living::scene;
use crate::host::{
    hooks::Taken,
    instance::Job,
    invites::Invitation,
    testing::{Scene, garden},
};

fn nick(text: &str) -> Nick {
    Nick::new(text).unwrap()
}

fn said(body: &str) -> Message {
    Message { body: body.to_owned(), stanza_id: Some(StanzaId::new("s1")), ..Message::default() }
}

/// Each kind of event, the name of its handler, and what of it a handler shows.
fn kinds() -> Vec<(EventKind, &'static str, &'static str, &'static str)> {
    let by = |reason: &str| (Some(nick("nurse")), Some(reason.to_owned()));
    let (actor, reason) = by("why");
    let replaces = MessageId::new("m1");
    let retraction = Retraction { target: "s1".to_owned(), moderator: actor.clone(), reason: reason.clone() };
    let reaction = Reaction { target: "s1".to_owned(), emojis: vec!["👍".to_owned()] };
    let leave = Leave { cause: Cause::Kicked, actor: actor.clone(), reason: reason.clone() };
    let role = Change { was: Role::Visitor, actor: actor.clone(), reason: reason.clone() };
    let affiliation = Change { was: Affiliation::Member, actor: actor.clone(), reason: reason.clone() };
    let jid = BareJid::new("tybalt@capulet.example").unwrap();
    let absent = AbsentChange { jid, affiliation: Affiliation::Outcast, actor, reason };
    vec![
        (EventKind::Message(said("hi")), "message", "event.body .. event.stanza_id", "his1"),
        (EventKind::Private(said("hush")), "private", "event.body", "hush"),
        (
            EventKind::Correction(Correction { replaces, message: said("ho") }),
            "correction",
            "event.replaces .. event.body",
            "m1ho",
        ),
        (EventKind::Retraction(retraction), "retraction", "event.target .. event.actor", "s1nurse"),
        (EventKind::Reaction(reaction), "reaction", "event.target .. event.emojis[1]", "s1👍"),
        (EventKind::Subject { text: "new".to_owned() }, "subject", "event.subject", "new"),
        (EventKind::Join, "join", "event.nick .. event.role", "aliceparticipant"),
        (EventKind::Leave(leave), "leave", "event.cause .. event.actor .. event.reason", "kickednursewhy"),
        (EventKind::Nick { old: nick("al") }, "nick", "event.old_nick .. event.nick", "alalice"),
        (EventKind::Presence, "presence", "event.kind", "presence"),
        (EventKind::Role(role), "role", "event.was .. event.role", "visitorparticipant"),
        (EventKind::Affiliation(affiliation), "affiliation", "event.was .. event.affiliation", "membernone"),
        (EventKind::Absent(absent), "absent", "event.affiliation .. tostring(event.jid)", "outcastnil"),
        (EventKind::VoiceRequest { nick: nick("bob") }, "voice", "event.nick", "bob"),
        (EventKind::Config, "room", "event.kind", "room"),
        (EventKind::Joined, "joined", "event.kind", "joined"),
        (EventKind::Lost { why: "gone".to_owned() }, "lost", "event.reason", "gone"),
        (EventKind::Malformed { why: "odd".to_owned() }, "malformed", "event.reason", "odd"),
    ]
}

fn deliver(scene: &Scene, kind: EventKind) {
    let event = Arc::new(Event {
        at: scene.host.clock.now(),
        room: garden(),
        phase: Phase::Live,
        is_own: false,
        occupant: scene.stage.occupant(&garden(), "alice"),
        kind,
    });
    let installed = scene.host.installed(&"hello".parse().unwrap()).unwrap();
    installed.mailbox.try_send(Job::Event(event, scene.host.in_hand.hold())).ok().unwrap();
}

#[tokio::test]
async fn every_kind_of_event_reaches_its_handler_and_no_other() {
    let handlers: Vec<String> = kinds()
        .iter()
        .map(|(_, name, shown, _)| format!("{name} = function(cx, event) cx:say('{name} ' .. {shown}) end,"))
        .collect();
    let text = format!("return {{ name = 'hello', api = 1, on = {{ {} }} }}", handlers.join("\n"));
    let scene = scene(&[("hello", &text)]).await;
    for (kind, name, _, expected) in kinds() {
        deliver(&scene, kind);
        scene.settle().await;
        assert_eq!(scene.stage.said(), [format!("{name} {expected}")], "{:?}", scene.host.faults.get(1));
    }
}

#[tokio::test]
async fn timers_ring_once_and_after_a_new_version_and_a_restart_too() {
    let text = "return { name = 'hello', api = 1,\n\
        on = { timer = function(cx, event) cx:say(event.name .. ' ' .. event.data.n .. ' in ' .. cx.room) end },\n\
        commands = { { name = 'x', args = { { 'what', 'word' } }, run = function(cx, args)\n\
        if args.what == 'off' then cx:say(tostring(cx:cancel_timer('tea'))) else cx:timer('10m', args.what, { n = 5 }) end end } } }";
    let scene = scene(&[("hello", text)]).await;
    assert_eq!(scene.say("alice", "!x tea").await, [""; 0]);
    let ring = async |scene: &Scene, span: u64| {
        scene.advance(Duration::from_secs(span));
        scene.host.ring_timers().await;
        scene.settle().await;
        scene.stage.said()
    };
    assert_eq!(ring(&scene, 599).await, [""; 0]);
    scene.host.put_plugin(Arc::new(super::loading::plugin("hello", text).await));
    assert_eq!(ring(&scene, 1).await, ["tea 5 in garden@chat.example.org"]);
    assert_eq!(ring(&scene, 600).await, [""; 0], "once");
    scene.say("bob", "!x tea").await;
    assert_eq!(scene.say("nurse", "!x off").await, ["true"]);
    assert_eq!(scene.say("peter", "!x off").await, ["false"]);
    assert_eq!(ring(&scene, 601).await, [""; 0]);
    scene.say("romeo", "!x soup").await;
    // The same bot after a restart has its plugin again, and everything else from the store.
    let again = scene.restart().await;
    again.host.put_plugin(Arc::new(super::loading::plugin("hello", text).await));
    again.host.load_timers().await.unwrap();
    assert_eq!(ring(&again, 601).await, ["soup 5 in garden@chat.example.org"]);
    again.host.load_timers().await.unwrap();
    assert_eq!(ring(&again, 601).await, [""; 0], "it is forgotten in the store too");
}

#[tokio::test]
async fn a_timer_waits_for_its_plugin_and_there_are_not_too_many() {
    let text = "return { name = 'hello', api = 1, on = { timer = function(cx, event) cx:say(event.name) end },\n\
        commands = { { name = 'x', run = function(cx) cx:timer(1, 'a') end },\n\
        { name = 'y', run = function(cx) cx:timer(1, 'b', { text = ('x'):rep(5000) }) end } } }";
    let scene = scene(&[("hello", text)]).await;
    scene.say("alice", "!x").await;
    let name = "hello".parse().unwrap();
    scene.host.unload_plugin(&name).await.unwrap();
    scene.advance(Duration::from_secs(60));
    scene.host.ring_timers().await;
    scene.host.put_plugin(Arc::new(super::loading::plugin("hello", text).await));
    scene.host.ring_timers().await;
    scene.settle().await;
    assert_eq!(scene.stage.said(), ["a"]);
    assert!(scene.say("bob", "!y").await[0].contains("fault 1"));
    let fault = scene.host.faults.get(1).unwrap();
    assert!(fault.what.starts_with("plugins/hello/init.lua:3: a timer carries at most 4096 bytes"), "{fault:?}");
}

#[tokio::test]
async fn invitations_are_heard_of_without_jids_for_who_may_not_see_them() {
    let text = "return { name = 'hello', api = 1, on = { invitation = function(cx, event)\n\
        cx.log('invited') error(event.room .. ' ' .. event.reason .. ' ' .. tostring(event.jid) .. ' ' .. #event.identity) end } }";
    let scene = scene(&[("hello", text)]).await;
    let invitation = Invitation {
        room: "hall@chat.example.org".parse().unwrap(),
        inviter: Some("tybalt@capulet.example/x".parse().unwrap()),
        is_direct: true,
        reason: Some("come".to_owned()),
        password: None,
    };
    scene.host.invited(invitation).await;
    scene.settle().await;
    let fault = scene.host.faults.get(1).unwrap();
    assert_eq!((fault.doing.as_str(), fault.room.clone()), ("invitation", None));
    assert_eq!(fault.what, "plugins/hello/init.lua:2: hall@chat.example.org come nil 20");
}

const HOOKED: &str = "return { name = 'hello', api = 1, on = { webhook = function(cx, event)\n\
    cx:say(event.headers['x-event'] .. ' ' .. event.body .. ' ' .. tostring(event.json and event.json.n)) end } }";

#[tokio::test]
async fn a_plugin_is_called_from_the_web_by_who_has_its_secret() {
    let scene = scene(&[("hello", HOOKED)]).await;
    let name = "hello".parse().unwrap();
    let secret = scene.host.hook_secret(&name).await.unwrap();
    assert_eq!(scene.host.hook_secret(&name).await.unwrap(), secret, "it stays");
    let headers = BTreeMap::from([("x-event".to_owned(), "push".to_owned())]);
    let call = async |secret: &str, body: &str| {
        let called = Called { body: body.to_owned(), headers: headers.clone() };
        let taken = scene.host.call_hook(("hello", secret), Some(garden()), called).await;
        scene.settle().await;
        (taken, scene.stage.said())
    };
    assert_eq!(call(&secret, "{\"n\":7}").await, (Taken::Yes, vec!["push {\"n\":7} 7".to_owned()]));
    assert_eq!(call(&secret, "text").await, (Taken::Yes, vec!["push text nil".to_owned()]));
    let shorter: String = secret.chars().skip(1).collect();
    for wrong in ["", "abc", &shorter] {
        assert_eq!(call(wrong, "x").await, (Taken::Unknown, vec![]));
    }
    let called = Called { body: String::new(), headers: BTreeMap::new() };
    let elsewhere = Some("hall@chat.example.org".parse().unwrap());
    assert_eq!(scene.host.call_hook(("hello", &secret), elsewhere, called.clone()).await, Taken::Unknown);
    assert_eq!(scene.host.call_hook(("admin", &secret), None, called).await, Taken::Unknown);
    let newer = scene.host.new_hook_secret(&name).await.unwrap();
    assert_eq!(call(&secret, "x").await.0, Taken::Unknown);
    let mut taken = Vec::new();
    for _ in 0..60 {
        taken.push(call(&newer, "x").await.0);
    }
    assert!(taken.starts_with(&[Taken::Yes; 50]) && taken.ends_with(&[Taken::Busy]), "{taken:?}");
}

fn signature(key: &str, text: &str) -> String {
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes()), text.as_bytes());
    tag.as_ref().iter().map(|it| format!("{it:02x}")).collect()
}

#[tokio::test]
async fn a_call_that_was_listened_to_cannot_be_sent_again() {
    let text = "return { name = 'hello', api = 1, on = { webhook = function(cx, event) cx:say(event.body) end } }";
    let scene = scene(&[("hello", text)]).await;
    let said = scene.direct("juliet@capulet.example", "plugin hook hello signed").await.join("\n");
    assert!(said.contains("I have no web listener"), "{said}");
    let name = "hello".parse().unwrap();
    let secret = scene.host.hook_secret(&name).await.unwrap();
    let key = scene.host.hook_key(&name, &secret);
    let call = async |body: &str, header: Option<(&str, String)>| {
        let headers = header.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let called = Called { body: body.to_owned(), headers };
        let taken = scene.host.call_hook(("hello", &secret), Some(garden()), called).await;
        scene.settle().await;
        (taken, scene.stage.said())
    };
    let now = || scene.host.clock.now().as_millis() / 1000;
    let stamped = |t: i64, body: &str| {
        Some(("x-domovoi-signature", format!("t={t},v1={}", signature(&key, &format!("{t}.{body}")))))
    };
    let plain = |body: &str| Some(("x-hub-signature-256", format!("sha256={}", signature(&key, body))));
    let nothing = Vec::<String>::new;
    let one = stamped(now(), "one");
    assert_eq!(call("one", one.clone()).await, (Taken::Yes, vec!["one".to_owned()]));
    assert_eq!(call("one", one.clone()).await, (Taken::Again, nothing()));
    assert_eq!(call("two", one.clone()).await, (Taken::Unsigned, nothing()), "another body");
    assert_eq!(call("three", plain("three")).await, (Taken::Yes, vec!["three".to_owned()]));
    assert_eq!(call("three", plain("three")).await, (Taken::Again, nothing()));
    assert_eq!(call("four", None).await, (Taken::Unsigned, nothing()), "the owner wants signatures");
    let late = stamped(now(), "late");
    scene.advance(std::time::Duration::from_secs(301));
    assert_eq!(call("late", late).await, (Taken::Unsigned, nothing()), "recorded, and sent later for the first time");
    assert_eq!(call("one", one).await, (Taken::Unsigned, nothing()), "and again once it is forgotten");
    scene.host.set_hook_signed(&name, false).await.unwrap();
    assert_eq!(call("five", None).await, (Taken::Yes, vec!["five".to_owned()]), "a simple sender");
    let forged = Some(("x-domovoi-signature", format!("t={},v1=00", now())));
    assert_eq!(call("six", forged).await, (Taken::Unsigned, nothing()), "but what is signed must be right");
    let newer = scene.host.new_hook_secret(&name).await.unwrap();
    assert_ne!(scene.host.hook_key(&name, &newer), key, "the key goes with the address");
}

#[tokio::test]
async fn the_address_is_told_in_a_direct_chat_only() {
    let scene = scene(&[("hello", HOOKED)]).await;
    let said = scene.say("juliet", "!plugin hook hello").await.join("\n");
    assert!(!said.contains("/hook/"), "{said}");
    let said = scene.direct("juliet@capulet.example", "plugin hook hello").await.join("\n");
    assert!(said.contains("I have no web listener"), "{said}");
    scene.write_config(&format!("{}\n[web]\nlisten = \"127.0.0.1:1\"\n", super::living::CONFIG));
    scene.host.reload().await.unwrap();
    let said = scene.direct("juliet@capulet.example", "plugin hook hello").await.join("\n");
    let secret = scene.host.hook_secret(&"hello".parse().unwrap()).await.unwrap();
    assert!(said.contains(&format!("http://127.0.0.1:1/hook/hello/{secret}")), "{said}");
    let key = scene.host.hook_key(&"hello".parse().unwrap(), &secret);
    assert!(said.contains(&key) && said.contains("A signature may be missing"), "{said}");
    let said = scene.direct("juliet@capulet.example", "plugin hook hello signed").await.join("\n");
    assert!(said.contains(&secret) && said.contains("Only signed calls are taken"), "{said}");
    let said = scene.direct("juliet@capulet.example", "plugin hook hello new").await.join("\n");
    assert!(said.contains("/hook/hello/") && !said.contains(&secret), "{said}");
    let said = scene.direct("romeo@romeo.example", "plugin hook hello").await.join("\n");
    assert!(!said.contains("/hook/hello/"), "{said}");
}

#[tokio::test]
async fn a_question_in_a_direct_chat_is_answered_there() {
    let text = "return { name = 'hello', api = 1, commands = { { name = 'x', direct = true, run = function(cx)\n\
        local it = cx:ask('sure?', '50s') cx:reply('you said ' .. tostring(it)) end } } }";
    let scene = scene(&[("hello", text)]).await;
    scene.write_config(&super::living::CONFIG.replace("[plugins.hello]", "[plugins.hello]\nenabled = true"));
    scene.host.reload().await.unwrap();
    let owner = "juliet@capulet.example";
    scene.write_directly(owner, "x");
    scene.until_said("juliet@capulet.example< sure?").await;
    scene.write_directly("romeo@romeo.example", "no");
    let said = scene.direct(owner, "help").await;
    assert_eq!(said.last().unwrap(), "juliet@capulet.example< you said help", "and nobody else is heard");
    assert!(scene.direct(owner, "help").await[0].contains("plugin"), "and then it is a command again");
}
