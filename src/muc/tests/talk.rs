//! Messages: history as a phase, forged payloads, echoes, duplicates, corrections, and what the room itself says.

use domovoi_plugin::{
    AbsentChange, ActError, Action, Affiliation, EventKind, Features, Identity, MessageId, OccupantId, Phase,
    Retraction, Role, SaidId, StanzaId, Timestamp, View, jid::Jid,
};

use super::{Stage, features, garden, item, names, nick, plan, presence, says, subject};
use crate::muc::{
    InboundKind, Outbound, Permitted,
    inbound::{Message, Moderated, Status},
};

#[test]
fn history_is_a_phase_and_not_a_tag() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.here("alice", Affiliation::Owner, Role::Moderator);
    stage.enter(&[110]);
    let old = stage.says("alice", says("m1", "!kick bob"));
    assert_eq!(old[0].phase, Phase::History);
    let speaker = old[0].occupant.as_ref().unwrap();
    assert_eq!((speaker.role, speaker.affiliation), (Role::None, Affiliation::None), "a nick is no identity");
    let events = stage.room_says(subject("welcome"));
    assert_eq!(names(&events), ["Subject", "Joined domovoi"]);
    assert_eq!(events.iter().map(|it| it.phase).collect::<Vec<_>>(), [Phase::History, Phase::Live]);
    assert_eq!(stage.room.subject(), "welcome");
    let forged = Message { has_delay: true, ..says("m2", "buy now") };
    assert_eq!(stage.says("alice", forged)[0].phase, Phase::Live, "anyone can add a delay");
}

#[test]
fn history_knows_who_spoke_by_occupant_id_only() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.here("alice", Affiliation::Member, Role::Participant);
    stage.enter(&[110]);
    let by = |m: &str, who: &str| Message { occupant_ids: vec![OccupantId::new(who)], ..says(m, "hello") };
    let events = stage.says("alice", by("m1", "oid-alice"));
    assert_eq!(events[0].occupant.as_ref(), stage.room.occupant(&nick("alice")));
    let events = stage.says("formerly-alice", by("m2", "oid-alice"));
    let speaker = events[0].occupant.as_ref().unwrap();
    assert_eq!((speaker.nick.as_str(), speaker.role), ("formerly-alice", Role::None));
    assert_eq!(speaker.identity().to_string(), "alice@example.net");
    let events = stage.says("alice", by("m3", "oid-other"));
    assert!(events[0].occupant.as_ref().unwrap().jids.is_empty(), "another had that nick then");
}

#[test]
fn history_ends_after_three_quiet_seconds_where_no_subject_comes() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.enter(&[110]);
    assert_eq!(stage.wait(2), []);
    stage.says("alice", says("m1", "old"));
    assert_eq!(stage.wait(2), []);
    assert_eq!(names(&stage.wait(1)), ["Joined domovoi"]);
    assert_eq!(stage.room_says(subject("late")).iter().map(|it| it.phase).collect::<Vec<_>>(), [Phase::Live]);
}

#[test]
fn a_subject_with_body_or_thread_is_chat() {
    let mut stage = Stage::new(plan());
    stage.join();
    stage.enter(&[110]);
    let mut with_body = says("m1", "x");
    with_body.subject = Some("evil".into());
    assert_eq!(names(&stage.says("alice", with_body)), ["Message alice"]);
    let with_thread = Message { has_thread: true, ..subject("evil") };
    assert_eq!(names(&stage.says("alice", with_thread)), ["Message alice"]);
    assert_eq!(stage.room.subject(), "", "nor does it end history");
    assert_eq!(names(&stage.wait(3)), ["Joined domovoi"]);
    stage.here("alice", Affiliation::None, Role::Participant);
    assert_eq!(names(&stage.says("alice", subject("new topic"))), ["Subject alice"]);
    assert_eq!(stage.room.subject(), "new topic");
}

#[test]
fn what_occupants_forge_changes_nothing() {
    let mut stage = Stage::joined();
    let before = stage.room.snapshot();
    let mut forged = says("m1", "x");
    forged.statuses = [110, 301, 307, 332, 104, 174].map(Status::from_code).to_vec();
    forged.items = vec![item(Affiliation::Owner, Role::Moderator, Some("alice@example.net"))];
    forged.moderated = Some(Moderated { target: StanzaId::new("s"), by: Some(nick("bob")), reason: None });
    forged.voice_request = Some((nick("alice"), None));
    forged.occupant_ids = vec![OccupantId::new("FORGED")];
    forged.has_captcha = true;
    forged.has_delay = true;
    assert_eq!(names(&stage.says("alice", forged.clone())), ["Message alice"]);
    assert_eq!(names(&stage.apply(Some("alice"), InboundKind::Private(forged.clone()))), ["Private alice"]);
    assert_eq!(stage.apply(Some("alice"), InboundKind::Notice(forged.clone())), []);
    forged.body = None;
    forged.stanza_ids = vec![];
    assert_eq!(stage.says("alice", forged), [], "without the body there is nothing");
    let after = stage.room.snapshot();
    assert_eq!((before.occupants, before.features), (after.occupants, after.features));
    assert_eq!(stage.steps(), []);
}

#[test]
fn stanza_ids_count_only_by_this_room_and_if_it_gives_them() {
    let id_of = |stage: &mut Stage, ids: Vec<(Option<&str>, &str)>| {
        let ids = ids.into_iter().map(|(by, id)| (by.map(|it| it.parse().unwrap()), StanzaId::new(id))).collect();
        let message = Message { stanza_ids: ids, ..says("m", "x") };
        stage.says("alice", message)[0].message().unwrap().stanza_id.clone()
    };
    let mut stage = Stage::joined();
    assert_eq!(id_of(&mut stage, vec![(Some("garden@chat.example"), "a")]), Some(StanzaId::new("a")));
    assert_eq!(stage.room.last_stanza_id(), Some(&StanzaId::new("a")));
    assert_eq!(id_of(&mut stage, vec![(Some("alice@example.net"), "b"), (None, "c")]), None);
    assert_eq!(
        id_of(&mut stage, vec![(Some("x@y"), "d"), (Some("garden@chat.example"), "e")]),
        Some(StanzaId::new("e"))
    );
    let two = vec![(Some("garden@chat.example"), "f"), (Some("garden@chat.example"), "g")];
    assert_eq!(id_of(&mut stage, two), None, "one of them is forged");
    stage.features(Ok(domovoi_plugin::Features::default()));
    assert_eq!(id_of(&mut stage, vec![(Some("garden@chat.example"), "h")]), None);
}

#[test]
fn a_message_that_comes_twice_is_one() {
    let mut stage = Stage::joined();
    assert_eq!(stage.says("alice", says("m1", "x")).len(), 1);
    for n in 0..2000 {
        assert_eq!(stage.says("bob", says(&format!("b{n}"), "y")).len(), 1);
    }
    assert_eq!(stage.says("alice", says("m1", "x")), []);
    // The sender's id alone says nothing: a flooder would always use the same.
    let same = Message { stanza_ids: vec![], ..says("m1", "x") };
    assert_eq!(stage.says("alice", same.clone()).len(), 1);
    assert_eq!(stage.says("alice", same).len(), 1);
}

#[test]
fn our_own_words_are_ours_and_awaited() {
    let mut stage = Stage::joined();
    stage.room.said(MessageId::new("o1"), stage.now);
    stage.wait(19);
    let events = stage.says("domovoi", says("o1", "hello"));
    assert!(events[0].is_own);
    stage.wait(5);
    assert_eq!(stage.sends(), []);
    stage.room.said(MessageId::new("o2"), stage.now);
    stage.says("alice", says("o2", "not yours"));
    assert_eq!(stage.room.next_wake(), Some(stage.now + std::time::Duration::from_secs(20)));
    stage.wait(20);
    assert_eq!(stage.sends(), [Outbound::SelfPing { nick: nick("domovoi") }], "where did it go?");
}

#[test]
fn a_plugin_corrects_its_own_words_and_nobody_else_s() {
    let mut stage = Stage::joined();
    let plugin = |it: &str| domovoi_plugin::PluginName::new(it).unwrap();
    let (poll, quiz) = (plugin("poll"), plugin("quiz"));
    let id = |n: u64| MessageId::from(SaidId(n));
    assert_eq!(stage.room.own_words(&poll, None), Err(ActError::NotOurs));
    stage.room.said_by(&poll, SaidId(1));
    stage.room.said_by(&quiz, SaidId(2));
    stage.room.said_by(&poll, SaidId(3));
    assert_eq!(stage.room.own_words(&poll, None), Ok(id(3)));
    assert_eq!(stage.room.own_words(&poll, Some(&id(1))), Ok(id(1)));
    assert_eq!(stage.room.own_words(&poll, Some(&id(2))), Err(ActError::NotOurs));
    for n in 10..100 {
        stage.room.said_by(&poll, SaidId(n));
    }
    assert_eq!(stage.room.own_words(&poll, Some(&id(3))), Err(ActError::NotOurs), "too long ago");
    assert_eq!(stage.room.own_words(&quiz, None), Ok(id(2)), "one plugin's talk does not make another's forgotten");
    let correct = |replaces| Action::Correct { replaces, text: "new".to_owned() };
    let ask = |replaces| stage.room.permits(&correct(replaces), None, &MessageId::new("c"));
    let sent = Outbound::Say { id: MessageId::new("c"), text: "new".to_owned(), replaces: Some(id(2)) };
    assert_eq!(ask(Some(id(2))), Ok(Permitted::Send(vec![sent])));
    assert_eq!(ask(Some(MessageId::new("m1"))), Err(ActError::NotOurs));
    assert_eq!(ask(None), Err(ActError::NotOurs));
}

#[test]
fn only_their_own_messages_can_be_corrected_or_retracted() {
    let correct = |id: &str, replaces: &str| Message { replaces: Some(MessageId::new(replaces)), ..says(id, "new") };
    let mut stage = Stage::joined();
    stage.says("alice", says("m1", "old"));
    assert_eq!(names(&stage.says("alice", correct("m2", "m1"))), ["Correction alice"]);
    assert_eq!(names(&stage.says("bob", correct("m3", "m1"))), ["Message bob"]);
    assert_eq!(names(&stage.says("bob", correct("m4", "unknown"))), ["Message bob"]);
    let retract = |id: &str, target: &str| Message { retracts: Some(target.into()), body: None, ..says(id, "") };
    assert_eq!(names(&stage.says("bob", retract("m5", "sid-m1"))), [""; 0]);
    assert_eq!(names(&stage.says("alice", retract("m6", "sid-m1"))), ["Retraction alice"]);
    assert_eq!(names(&stage.says("alice", retract("m7", "long-ago"))), ["Retraction alice"]);
    // Identity, not occupancy: who comes back may still correct.
    stage.unavailable("alice", presence(&[], vec![]));
    let back = presence(&[], vec![item(Affiliation::None, Role::Participant, Some("alice@example.net/z"))]);
    stage.available("queen", back);
    assert_eq!(names(&stage.says("queen", correct("m8", "m1"))), ["Correction queen"]);
}

#[test]
fn contents_of_every_kind_are_messages_and_chat_states_are_not() {
    let mut stage = Stage::joined();
    let bare = || Message { body: None, ..says("m", "") };
    assert_eq!(stage.says("alice", Message { stanza_ids: vec![], ..bare() }), []);
    let oob = Message { oob: vec!["https://e.example/a.jpg".into()], stanza_ids: vec![], ..bare() };
    assert_eq!(names(&stage.says("alice", oob)), ["Message alice"]);
    let reaction = Message { reactions: Some(("x".into(), vec!["+1".into()])), stanza_ids: vec![], ..bare() };
    assert_eq!(names(&stage.says("alice", reaction)), ["Reaction alice"]);
    let secret = Message { is_encrypted: true, stanza_ids: vec![], ..bare() };
    assert_eq!(names(&stage.says("alice", secret)), ["Message alice"]);
    let odd = Message { malformed: Some("bad oob".into()), ..says("odd", "x") };
    assert_eq!(names(&stage.says("alice", odd)), ["Message alice", "Malformed alice"]);
}

#[test]
fn the_room_itself_moderates_configures_and_forwards() {
    let mut stage = Stage::joined();
    let moderated = Moderated { target: StanzaId::new("s1"), by: Some(nick("bob")), reason: Some("spam".into()) };
    let events = stage.room_says(Message { moderated: Some(moderated), ..Message::default() });
    let retraction = Retraction { target: "s1".into(), moderator: Some(nick("bob")), reason: Some("spam".into()) };
    assert_eq!(events[0].kind, EventKind::Retraction(retraction));

    for code in [102, 103, 104, 170, 171, 172, 173, 174] {
        let notice = Message { statuses: vec![Status::from_code(code)], ..Message::default() };
        assert_eq!(names(&stage.room_says(notice.clone())), ["Config"], "{code}");
        assert_eq!(names(&stage.apply(None, InboundKind::Notice(notice))), ["Config"]);
        assert_eq!(stage.sends(), [Outbound::QueryFeatures], "asked once while an answer is on its way");
        stage.features(Ok(features()));
        assert_eq!(stage.sends(), [Outbound::QueryFeatures], "and once more, for it changed meanwhile");
        stage.features(Ok(features()));
        assert_eq!(stage.sends(), []);
    }

    let ask = Message { voice_request: Some((nick("alice"), None)), ..Message::default() };
    let events = stage.apply(None, InboundKind::Notice(ask));
    assert_eq!(events[0].kind, EventKind::VoiceRequest { nick: nick("alice") });
    assert_eq!(events[0].nick(), Some(&nick("alice")));
}

#[test]
fn affiliations_of_absent_people_are_told_with_and_without_a_status() {
    for statuses in [vec![Status::Banned], vec![], vec![Status::AffiliationChangedAbsent]] {
        let mut stage = Stage::joined();
        let items = vec![item(Affiliation::Outcast, Role::None, Some("carol@example.net"))];
        let events = stage.apply(None, InboundKind::Notice(Message { statuses, items, ..Message::default() }));
        let jid = Jid::new("carol@example.net").unwrap().to_bare();
        let change = AbsentChange { jid, affiliation: Affiliation::Outcast, actor: None, reason: None };
        assert_eq!(events[0].kind, EventKind::Absent(change));
        assert_eq!(stage.nicks(), ["alice", "bob", "domovoi"]);
    }
}

#[test]
fn private_messages_carry_who_has_the_nick_now() {
    let mut stage = Stage::joined();
    let events = stage.apply(Some("alice"), InboundKind::Private(says("p1", "psst")));
    assert_eq!(events[0].occupant.as_ref(), stage.room.occupant(&nick("alice")));
    assert_eq!(events[0].message().unwrap().stanza_id, None);
    let events = stage.apply(Some("nobody"), InboundKind::Private(says("p2", "psst")));
    assert_eq!(events[0].occupant, None);
}

#[test]
fn the_archive_fills_what_we_missed_and_nothing_twice() {
    let mut stage = Stage::joined();
    let at = Timestamp::from_millis(1_790_000_000_000);
    stage.says("alice", says("m1", "seen"));
    assert_eq!(stage.room.fill(Some(nick("alice")), StanzaId::new("sid-m1"), says("m1", "seen"), at), None);
    let missed = Message {
        occupant_ids: vec![OccupantId::new("oid-alice")],
        items: vec![item(Affiliation::Owner, Role::Moderator, Some("juliet@capulet.example"))],
        ..says("m2", "missed")
    };
    let event = stage.room.fill(Some(nick("liddell")), StanzaId::new("sid-m2"), missed, at).unwrap();
    assert_eq!((event.phase, event.at), (Phase::Filled, at));
    let who = event.occupant.unwrap();
    assert_eq!(who.nick, nick("liddell"));
    assert_eq!(who.bare_jid().unwrap().to_string(), "alice@example.net", "known by the occupant id");
    assert_eq!(who.affiliation, Affiliation::None, "items of archived messages can be forged");
    assert_eq!(stage.says("alice", says("m2", "missed")), []);
    assert_eq!(stage.room.room(), &garden());
}

#[test]
fn who_spoke_in_our_absence_is_told_apart_as_far_as_the_archive_shows() {
    let at = Timestamp::from_millis(1_790_000_000_000);
    let mut n = 0;
    let mut fill = |stage: &mut Stage, name: &str, jids: &[&str]| {
        n += 1;
        let items = jids.iter().map(|it| item(Affiliation::None, Role::Participant, Some(it))).collect();
        let message = Message { items, ..says(&format!("m{n}"), "missed") };
        stage
            .room
            .fill(Some(nick(name)), StanzaId::new(format!("sid-{n}")), message, at)
            .unwrap()
            .occupant
            .unwrap()
            .identity()
    };
    let garden = |is_non_anonymous| {
        let mut stage = Stage::joined();
        stage.room.features = Features { has_occupant_ids: false, is_non_anonymous, ..features() };
        stage
    };
    let jid = |jid: &str| Identity::Jid(jid.parse().unwrap());

    let mut open = garden(true);
    assert_eq!(fill(&mut open, "mallory", &["mallory@evil.example/x"]), jid("mallory@evil.example"));
    let forged = fill(&mut open, "mallory", &["victim@example.net/x", "mallory@evil.example/x"]);
    assert!(!forged.is_lasting(), "one of the two was put there by the sender: {forged}");

    let mut hidden = garden(false);
    let first = fill(&mut hidden, "mallory", &[]);
    assert!(!first.is_lasting());
    assert_eq!(fill(&mut hidden, "mallory", &[]), first, "the same nick in the same gap");
    assert_ne!(fill(&mut hidden, "eve", &[]), first);
    let shown = fill(&mut hidden, "mallory", &["mallory@evil.example/x"]);
    assert!(!shown.is_lasting() && shown != first, "told apart, but nobody to ban");
    assert_eq!(fill(&mut hidden, "mallory2", &["mallory@evil.example/y"]), shown);
    hidden.here("member", Affiliation::Member, Role::Participant);
    assert_ne!(
        fill(&mut hidden, "member", &[]),
        fill(&mut hidden, "member", &[]),
        "they are not taken for one stranger"
    );
}

#[test]
fn those_who_left_are_remembered_with_their_last_words() {
    let mut stage = Stage::joined();
    let long = "я".repeat(300);
    for n in 0..25 {
        stage.says("alice", says(&format!("m{n}"), &long));
    }
    stage.unavailable("alice", presence(&[], vec![]));
    let gone = stage.room.gone().next().unwrap().clone();
    assert_eq!(gone.last_said.unwrap().chars().count(), 200);
    assert_eq!((gone.messages.len(), gone.messages[0].as_str()), (20, "sid-m24"));
    for n in 0..150 {
        stage.here(&format!("guest{n}"), Affiliation::None, Role::Participant);
        stage.unavailable(&format!("guest{n}"), presence(&[], vec![]));
    }
    assert_eq!(stage.room.gone().count(), 100);
    assert_eq!(stage.room.gone().next().unwrap().occupant.nick, nick("guest149"));
    stage.wait(86_401);
    assert_eq!(stage.room.gone().count(), 0);
}
