//! Stanzas as servers send them, and what becomes of them.

use domovoi_plugin::{Affiliation, OccupantId, Role, Show};

mod fuzzed;
mod scenes;

use super::*;
use crate::muc::inbound::{Item, Message, Presence, Status};

const NS: &str = "xmlns='jabber:client'";

fn parse(xml: &str) -> Stanza {
    let (name, rest) = xml.split_at(xml.find([' ', '>', '/']).unwrap());
    let xml = format!("{name} {NS}{rest}");
    xso::from_bytes(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

fn decoded(xml: &str) -> Decoded {
    decode(parse(xml), &|jid| jid.domain().as_str().starts_with("rooms"))
}

fn in_room(xml: &str) -> Inbound {
    match decoded(xml) {
        Decoded::Room(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

fn groupchat(payloads: &str) -> Message {
    match in_room(&format!("<message from='r@rooms/alice' type='groupchat' id='m'>{payloads}</message>")).kind {
        InboundKind::Groupchat(message) => message,
        other => panic!("{other:?}"),
    }
}

fn available(payloads: &str) -> Presence {
    match in_room(&format!("<presence from='r@rooms/alice'>{payloads}</presence>")).kind {
        InboundKind::Available(presence) => presence,
        other => panic!("{other:?}"),
    }
}

fn nick(text: &str) -> Nick {
    Nick::new(text).unwrap()
}

#[test]
fn lone_body_is_found_whatever_language_it_inherits() {
    let xml = "<message from='r@rooms/alice' type='groupchat' xml:lang='en'><body>hi</body></message>";
    let InboundKind::Groupchat(message) = in_room(xml).kind else { panic!("a message") };
    assert_eq!(message.body.as_deref(), Some("hi"));
    assert_eq!(message.bodies, []);
}

#[test]
fn several_bodies_are_all_kept() {
    let message = groupchat("<body xml:lang='en'>harmless</body><body xml:lang='de'>evil</body><body>plain</body>");
    assert_eq!(message.body.as_deref(), Some("plain"));
    let bodies: Vec<_> = message.bodies.iter().map(|it| (it.lang.as_str(), it.body.as_str())).collect();
    assert_eq!(bodies, [("", "plain"), ("de", "evil"), ("en", "harmless")]);
}

#[test]
fn payloads_of_messages_are_read() {
    let check = |xml: &str, expected: Message| {
        let expected = Message { id: Some(MessageId::new("m")), ..expected };
        assert_eq!(groupchat(xml), expected, "{xml}");
    };
    let empty = Message::default;
    check("", empty());
    check(
        "<reply xmlns='urn:xmpp:reply:0' to='r@rooms/bob' id='s1'/>",
        Message { reply_to: Some("s1".to_owned()), ..empty() },
    );
    check(
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='12'/></fallback>",
        Message { fallback: Some((0, 12)), ..empty() },
    );
    check(
        "<replace xmlns='urn:xmpp:message-correct:0' id='m0'/>",
        Message { replaces: Some(MessageId::new("m0")), ..empty() },
    );
    for encrypted in [
        "<encrypted xmlns='eu.siacs.conversations.axolotl'/>",
        "<encrypted xmlns='urn:xmpp:omemo:2'/>",
        "<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>",
        "<x xmlns='jabber:x:encrypted'>a</x>",
        "<openpgp xmlns='urn:xmpp:openpgp:0'>a</openpgp>",
    ] {
        check(encrypted, Message { is_encrypted: true, ..empty() });
    }
    check("<encrypted xmlns='other'/>", empty());
    check("<captcha xmlns='urn:xmpp:captcha'/>", Message { has_captcha: true, ..empty() });
    check(
        "<reactions xmlns='urn:xmpp:reactions:0' id='s1'><reaction>👍</reaction><reaction>x</reaction></reactions>",
        Message { reactions: Some(("s1".to_owned(), vec!["👍".to_owned(), "x".to_owned()])), ..empty() },
    );
    let message = groupchat("<reactions xmlns='urn:xmpp:reactions:0'/><body>x</body>");
    assert_eq!((message.reactions, message.malformed.as_deref()), (None, Some("reactions to nothing")));
    check("<subject/><thread>t</thread>", Message { subject: Some(String::new()), has_thread: true, ..empty() });
}

#[test]
fn retractions_are_read_in_all_versions() {
    use crate::muc::inbound::Moderated;
    let retracts = |xml: &str| groupchat(xml).retracts;
    let moderated = |xml: &str| {
        let message = groupchat(xml);
        assert_eq!(message.retracts, None, "a moderator's is not the author's");
        message.moderated
    };
    let by = |by: Option<&str>, reason: Option<&str>| {
        let (by, reason) = (by.map(nick), reason.map(str::to_owned));
        Some(Moderated { target: StanzaId::new("s1"), by, reason })
    };
    let frame = |inner: &str| format!("<apply-to xmlns='urn:xmpp:fasten:0' id='s1'>{inner}</apply-to>");
    let v0 = "<retract xmlns='urn:xmpp:message-retract:0'/>";

    assert_eq!(retracts("<retract xmlns='urn:xmpp:message-retract:1' id='s1'/>").as_deref(), Some("s1"));
    assert_eq!(retracts(&frame(v0)).as_deref(), Some("s1"));
    assert_eq!(retracts(&frame("<external xmlns='x'/>")), None);
    assert_eq!(retracts("<retract xmlns='urn:xmpp:message-retract:1'/>"), None);

    let xml = "<retract xmlns='urn:xmpp:message-retract:1' id='s1'>\
        <moderated xmlns='urn:xmpp:message-moderate:1' by='r@rooms/boss'/><reason>spam</reason></retract>";
    assert_eq!(moderated(xml), by(Some("boss"), Some("spam")));
    let xml = "<retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>";
    assert_eq!(moderated(xml), by(None, None));
    let inner = "<moderated xmlns='urn:xmpp:message-moderate:0' by='r@rooms/boss'><retract \
        xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderated>";
    assert_eq!(moderated(&frame(inner)), by(Some("boss"), Some("spam")));
    // ejabberd announces in both forms at once.
    assert_eq!(moderated(&format!("{xml}{}", frame(inner))), by(None, None));
}

#[test]
fn presence_tells_show_status_caps_and_avatar() {
    let presence = available(
        "<show>dnd</show><status>busy</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>\
         <x xmlns='vcard-temp:x:update'><photo>abc</photo></x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/>\
         <x xmlns='http://jabber.org/protocol/muc#user'><item jid='a@h/x' affiliation='member' role='moderator'/></x>",
    );
    assert_eq!(presence.show, Some(Show::Dnd));
    assert_eq!(presence.status_text.as_deref(), Some("busy"));
    assert_eq!(presence.caps.as_ref().map(|it| (it.node.as_str(), it.ver.as_str())), Some(("n", "v")));
    assert_eq!(presence.avatar.as_deref(), Some("abc"));
    assert_eq!(presence.occupant_ids, [OccupantId::new("o1")]);
    let jid = Some(Jid::new("a@h/x").unwrap());
    let (affiliation, role) = (Affiliation::Member, Role::Moderator);
    assert_eq!(presence.items, [Item { affiliation, role, jid, nick: None, actor: None, reason: None }]);
    assert_eq!(presence.malformed, None);
}

#[test]
fn last_muc_user_of_a_presence_is_the_one_of_the_room() {
    let presence = available(
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/><status code='110'/></x>\
         <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='visitor'/></x>",
    );
    assert_eq!(presence.items.iter().map(|it| it.role).collect::<Vec<_>>(), [Role::Visitor]);
    assert_eq!(presence.statuses, []);
    assert!(presence.malformed.is_some());
}

#[test]
fn mark_of_the_fence_is_malformed_or_noted() {
    let mark = "<malformed xmlns='urn:x-domovoi:fence:0' why='too deep'/>";
    let user = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='visitor'/></x>";
    let kind = |stanza: &str, attributes: &str, payloads: &str| {
        in_room(&format!("<{stanza} from='r@rooms/alice' {attributes}>{payloads}</{stanza}>")).kind
    };
    let malformed = InboundKind::Malformed { why: "too deep".to_owned() };
    assert_eq!(kind("message", "type='groupchat'", mark), malformed);
    assert_eq!(kind("message", "type='chat'", mark), malformed);
    assert_eq!(kind("presence", "", mark), malformed);
    // Whoever leaves has left, however they said it.
    assert!(
        matches!(kind("presence", "type='unavailable'", mark), InboundKind::Unavailable(it) if it.malformed.is_some())
    );
    assert!(
        matches!(kind("presence", "", &format!("{mark}{user}")), InboundKind::Available(it) if it.malformed.is_some())
    );
    let said = kind("message", "type='groupchat'", &format!("<body>x</body>{mark}"));
    assert!(matches!(said, InboundKind::Groupchat(it) if it.malformed.as_deref() == Some("too deep")));
}

#[test]
fn mark_of_the_fence_in_an_answer_is_an_error() {
    let xml = "<iq from='r@rooms' type='result' id='1'><malformed xmlns='urn:x-domovoi:fence:0' why='too big'/></iq>";
    let Decoded::Answer(IqAnswer { result: Err(error), .. }) = decoded(xml) else { panic!("an error") };
    assert_eq!(error.text.as_deref(), Some("too big"));
}

#[test]
fn nothing_that_an_occupant_sends_is_silent() {
    for type_ in ["subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe"] {
        let inbound = in_room(&format!("<presence from='r@rooms/alice' type='{type_}'/>"));
        assert!(matches!(inbound.kind, InboundKind::Malformed { .. }), "{type_}");
    }
    let headline = in_room("<message from='r@rooms/alice' type='headline'><body>x</body></message>");
    assert!(matches!(headline.kind, InboundKind::Private(_)));
    let error = in_room("<message from='r@rooms/alice' type='error' id='m7'/>");
    assert!(matches!(error.kind, InboundKind::MessageError { id: Some(id), .. } if id.as_str() == "m7"));
}

#[test]
fn status_codes_stand_with_the_message_of_the_room() {
    let xml = "<message from='r@rooms' type='groupchat'><x xmlns='http://jabber.org/protocol/muc#user'>\
        <status code='104'/><status code='9999'/></x></message>";
    let inbound = in_room(xml);
    assert_eq!(inbound.nick, None);
    let InboundKind::Groupchat(message) = inbound.kind else { panic!("a message") };
    assert_eq!(message.statuses, [Status::ConfigChanged, Status::Other(9999)]);
}

#[test]
fn invitations_are_read_in_both_ways() {
    let invite = |xml: &str| match decoded(xml) {
        Decoded::Invite(it) => {
            let inviter = it.inviter.map(|it| it.to_string()).unwrap_or_default();
            (it.kind, it.room.to_string(), inviter, it.reason.unwrap_or_default(), it.password.unwrap_or_default())
        }
        other => panic!("{other:?}"),
    };
    let expected = |kind, room: &str, inviter: &str, reason: &str, password: &str| {
        (kind, room.to_owned(), inviter.to_owned(), reason.to_owned(), password.to_owned())
    };
    // As Prosody sends it: with a body that it made up, and the direct form beside.
    let mediated = "<message from='new@muc.h'><x xmlns='http://jabber.org/protocol/muc#user'>\
        <invite from='boss@h/x'><reason>come</reason></invite><password>p</password></x>\
        <x xmlns='jabber:x:conference' jid='new@muc.h'>come</x><body>boss@h invited you</body></message>";
    assert_eq!(invite(mediated), expected(InviteKind::Mediated, "new@muc.h", "boss@h/x", "come", "p"));
    let direct = "<message from='boss@h/x'><x xmlns='jabber:x:conference' jid='new@muc.h' reason='come' password='p'/></message>";
    assert_eq!(invite(direct), expected(InviteKind::Direct, "new@muc.h", "boss@h/x", "come", "p"));
    let through_room =
        "<message type='chat' from='r@rooms/alice'><x xmlns='jabber:x:conference' jid='new@muc.h'/></message>";
    assert_eq!(invite(through_room), expected(InviteKind::Direct, "new@muc.h", "r@rooms/alice", "", ""));
    let declined =
        "<message from='r@rooms'><x xmlns='http://jabber.org/protocol/muc#user'><decline from='a@h'/></x></message>";
    assert!(matches!(decoded(declined), Decoded::Declined { from: Some(from), .. } if from.as_str() == "a@h"));
}

#[test]
fn nobody_invites_in_the_name_of_a_room() {
    let x = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='boss@h'/></x>";
    let from_person = decoded(&format!("<message from='mallory@h/x'>{x}<body>b</body></message>"));
    assert!(matches!(from_person, Decoded::Direct(_)));
    let from_occupant = decoded(&format!("<message type='chat' from='r@rooms/mallory'>{x}</message>"));
    assert!(matches!(from_occupant, Decoded::Room(_)));
    let to_all = "<x xmlns='jabber:x:conference' jid='spam@muc.h'/><body>come</body>";
    let to_all = decoded(&format!("<message type='groupchat' from='r@rooms/mallory'>{to_all}</message>"));
    assert!(matches!(to_all, Decoded::Room(_)));
}

#[test]
fn direct_messages_are_apart_from_rooms() {
    let Decoded::Direct(it) = decoded(
        "<message from='boss@h/x' type='chat' id='d1' xml:lang='ru'><body>rooms list</body>\
         <delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/></message>",
    ) else {
        panic!("a direct message")
    };
    assert_eq!((it.from.as_str(), it.body.as_str(), it.lang.as_str()), ("boss@h/x", "rooms list", "ru"));
    assert!(it.is_delayed);
    for xml in [
        "<message from='boss@h/x' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
        "<message from='boss@h/x' type='error'><body>rooms list</body></message>",
        "<message from='other@muc/x' type='groupchat'><body>rooms list</body></message>",
        "<message type='chat'><body>rooms list</body></message>",
        "<presence from='boss@h/x'/>",
    ] {
        assert!(matches!(decoded(xml), Decoded::Ignored { .. }), "{xml}");
    }
    assert!(matches!(
        decoded("<presence from='boss@h' type='subscribe'/>"),
        Decoded::Subscription(Subscription { kind: SubscriptionKind::Subscribe, .. })
    ));
}

#[test]
fn archive_speaks_for_its_own_room_only() {
    let archived = |from: &str, inner: &str| {
        let xml = format!(
            "<message from='{from}'><result xmlns='urn:xmpp:mam:2' id='s1' queryid='q'><forwarded \
             xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-22T16:08:45.472811Z'/>\
             {inner}</forwarded></result></message>"
        );
        decoded(&xml)
    };
    let inner =
        |from: &str| format!("<message xmlns='jabber:client' from='{from}' type='groupchat'><body>hi</body></message>");
    let Decoded::Archive(it) = archived("r@rooms", &inner("r@rooms/alice")) else { panic!("archived") };
    assert_eq!((it.id.as_str(), it.query.as_deref()), ("s1", Some("q")));
    assert_eq!(it.at.unwrap().to_string(), "2026-11-22T16:08:45.472Z");
    assert_eq!(it.inbound.nick, Some(nick("alice")));
    assert!(matches!(it.inbound.kind, InboundKind::Groupchat(it) if it.body.as_deref() == Some("hi")));
    for broken in [inner("other@rooms/alice"), "<x xmlns='y'/>".to_owned()] {
        let Decoded::Archive(it) = archived("r@rooms", &broken) else { panic!("archived") };
        assert!(matches!(it.inbound.kind, InboundKind::Malformed { .. }), "{broken}");
    }
    assert!(matches!(archived("r@rooms/mallory", &inner("r@rooms/alice")), Decoded::Room(_)));
    assert!(matches!(archived("mallory@h/x", &inner("r@rooms/alice")), Decoded::Ignored { .. }));
}
