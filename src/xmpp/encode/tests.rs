//! What leaves us, byte by byte.

use domovoi_plugin::{Affiliation, Role, Timestamp};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::xmpp::entity::EntityFacts;

fn entity() -> Entity {
    Entity::new(EntityFacts {
        name: "domovoi".to_owned(),
        version: "1.0".to_owned(),
        os: None,
        node: "https://bot.example".to_owned(),
        zone: "UTC".to_owned(),
        status: Some("here".to_owned()),
        picture: None,
    })
}

fn xml(stanza: &Stanza) -> String {
    String::from_utf8(xso::to_vec(stanza).unwrap()).unwrap()
}

fn sent(outbound: &Outbound) -> String {
    let stanza = encode(&"room@muc".parse().unwrap(), outbound, Some("i1"), &entity());
    let text = xml(&stanza);
    let again: Stanza = xso::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(xml(&again), text, "what is read is what was written");
    assert_eq!(matches!(stanza, Stanza::Iq(_)), outbound.is_iq());
    text
}

fn nick(text: &str) -> Nick {
    Nick::new(text).unwrap()
}

fn id(text: &str) -> MessageId {
    MessageId::new(text)
}

#[test]
fn join_asks_for_no_history() {
    let join = |password: Option<&str>| {
        sent(&Outbound::Join { nick: nick("Дед Мороз"), password: password.map(str::to_owned) })
    };
    assert_snapshot!(join(Some("sesame")), @"<presence xmlns='jabber:client' to='room@muc/Дед Мороз' id='i1'><status>here</status><priority>0</priority><x xmlns='http://jabber.org/protocol/muc'><password>sesame</password><history maxstanzas='0'></history></x><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://bot.example' ver='hYqUqOuFXI2RBmkdXK0LS0cFd8E='></c><x xmlns='vcard-temp:x:update'><photo></photo></x></presence>");
    assert!(!join(None).contains("password"));
}

#[test]
fn nick_change_is_no_join() {
    let text = sent(&Outbound::ChangeNick { nick: nick("new") });
    assert!(!text.contains("http://jabber.org/protocol/muc'"), "{text}");
    assert_snapshot!(text, @"<presence xmlns='jabber:client' to='room@muc/new' id='i1'><status>here</status><priority>0</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://bot.example' ver='hYqUqOuFXI2RBmkdXK0LS0cFd8E='></c><x xmlns='vcard-temp:x:update'><photo></photo></x></presence>");
}

#[test]
fn leave_says_goodbye() {
    assert_snapshot!(sent(&Outbound::Leave { nick: nick("bot"), status: Some("bye".to_owned()) }), @"<presence xmlns='jabber:client' to='room@muc/bot' id='i1' type='unavailable'><status>bye</status><priority>0</priority></presence>");
    assert_snapshot!(sent(&Outbound::Leave { nick: nick("bot"), status: None }), @"<presence xmlns='jabber:client' to='room@muc/bot' id='i1' type='unavailable'><priority>0</priority></presence>");
}

#[test]
fn questions_to_the_room() {
    assert_snapshot!(sent(&Outbound::AcceptDefaults), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'></x></query></iq>");
    assert_snapshot!(sent(&Outbound::SelfPing { nick: nick("bot") }), @"<iq xmlns='jabber:client' type='get' to='room@muc/bot' id='i1'><ping xmlns='urn:xmpp:ping'></ping></iq>");
    assert_snapshot!(sent(&Outbound::QueryFeatures), @"<iq xmlns='jabber:client' type='get' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/disco#info'></query></iq>");
    assert_snapshot!(sent(&Outbound::QueryForm), @"<iq xmlns='jabber:client' type='get' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#owner'></query></iq>");
    let fields = vec![("muc#roomconfig_roomname".to_owned(), vec!["a\u{1}b".to_owned()])];
    assert_snapshot!(sent(&Outbound::SubmitForm { fields }), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_roomname'><value>a�b</value></field></x></query></iq>");
    assert_snapshot!(sent(&Outbound::QueryList { affiliation: Affiliation::Outcast }), @"<iq xmlns='jabber:client' type='get' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast'></item></query></iq>");
}

#[test]
fn acts_name_nicks_for_roles_and_jids_for_affiliations() {
    let role = |role, reason: &str| {
        let reason = reason.to_owned();
        sent(&Outbound::SetRole { nick: nick("bad guy"), role, reason })
    };
    assert_snapshot!(role(Role::None, "spam <3 \"x\""), @r#"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='bad guy' role='none'><reason>spam &lt;3 "x"</reason></item></query></iq>"#);
    assert_snapshot!(role(Role::Participant, ""), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='bad guy' role='participant'></item></query></iq>");
    let (jid, reason) = (BareJid::new("bad@host").unwrap(), "spam".to_owned());
    assert_snapshot!(sent(&Outbound::SetAffiliation { jid, affiliation: Affiliation::Outcast, reason }), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='bad@host'><reason>spam</reason></item></query></iq>");
}

#[test]
fn moderation_has_two_forms() {
    let moderate =
        |version| sent(&Outbound::Moderate { message: StanzaId::new("s1"), reason: "spam".to_owned(), version });
    assert_snapshot!(moderate(Moderation::V0), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><apply-to xmlns='urn:xmpp:fasten:0' id='s1'><moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'></retract><reason>spam</reason></moderate></apply-to></iq>");
    assert_snapshot!(moderate(Moderation::V1), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><moderate xmlns='urn:xmpp:message-moderate:1' id='s1'><retract xmlns='urn:xmpp:message-retract:1'></retract><reason>spam</reason></moderate></iq>");
    assert_eq!(moderate(Moderation::None), moderate(Moderation::V1));
}

#[test]
fn words_to_all_and_to_one() {
    let say = |replaces| sent(&Outbound::Say { id: id("m1"), text: "hi".to_owned(), replaces });
    assert_snapshot!(say(None), @"<message xmlns='jabber:client' to='room@muc' id='m1' type='groupchat'><body>hi</body></message>");
    assert_snapshot!(say(Some(id("m0"))), @"<message xmlns='jabber:client' to='room@muc' id='m1' type='groupchat'><body>hi</body><replace xmlns='urn:xmpp:message-correct:0' id='m0'></replace></message>");
    assert_snapshot!(sent(&Outbound::Share { id: id("m4"), url: "https://up.example/a.png".to_owned() }), @"<message xmlns='jabber:client' to='room@muc' id='m4' type='groupchat'><body>https://up.example/a.png</body><x xmlns='jabber:x:oob'><url>https://up.example/a.png</url></x></message>");
    assert_snapshot!(sent(&Outbound::Private { id: id("m2"), to: nick("alice"), text: "psst".to_owned() }), @"<message xmlns='jabber:client' to='room@muc/alice' id='m2' type='chat'><body>psst</body><x xmlns='http://jabber.org/protocol/muc#user'></x></message>");
    assert_snapshot!(sent(&Outbound::React { id: id("m3"), to: StanzaId::new("s1"), emojis: vec!["👍".to_owned()] }), @"<message xmlns='jabber:client' to='room@muc' id='m3' type='groupchat'><reactions xmlns='urn:xmpp:reactions:0' id='s1'><reaction>👍</reaction></reactions><store xmlns='urn:xmpp:hints'></store></message>");
    assert_snapshot!(sent(&Outbound::Subject { text: "new".to_owned() }), @"<message xmlns='jabber:client' to='room@muc' id='i1' type='groupchat'><subject>new</subject></message>");
    let jid = BareJid::new("friend@host").unwrap();
    assert_snapshot!(sent(&Outbound::Invite { jid, reason: "come".to_owned() }), @"<message xmlns='jabber:client' to='room@muc' id='i1'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='friend@host'><reason>come</reason></invite></x></message>");
    assert_snapshot!(xml(&direct(&Jid::new("boss@h/x").unwrap(), &id("m4"), "yes")), @"<message xmlns='jabber:client' to='boss@h/x' id='m4' type='chat'><body>yes</body></message>");
}

#[test]
fn archive_is_read_from_a_message_or_from_an_instant_or_from_its_end() {
    let query = |page: ArchivePage| sent(&Outbound::QueryArchive { query: "q".to_owned(), page, max: 100 });
    let since = Timestamp::from_millis(0);
    assert_snapshot!(query(ArchivePage::After(StanzaId::new("s1"))), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>100</max><after>s1</after></set></query></iq>");
    assert_snapshot!(query(ArchivePage::Newest { since, before: None }), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='start'><value>1970-01-01T00:00:00.000Z</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>100</max><before></before></set></query></iq>");
    let before = Some(StanzaId::new("s9"));
    assert_snapshot!(query(ArchivePage::Newest { since, before }), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='start'><value>1970-01-01T00:00:00.000Z</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>100</max><before>s9</before></set></query></iq>");
    assert_snapshot!(query(ArchivePage::Since(since)), @"<iq xmlns='jabber:client' type='set' to='room@muc' id='i1'><query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='start'><value>1970-01-01T00:00:00.000Z</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>100</max></set></query></iq>");
}

proptest! {
    /// A character that cannot be written ends the stream, so nothing that people or plugins say may get there.
    #[test]
    fn any_text_can_be_sent(text in prop::collection::vec(any::<char>(), 0..20)) {
        let text: String = text.into_iter().collect();
        let (jid, nick) = (BareJid::new("a@h").unwrap(), nick("x"));
        for outbound in [
            Outbound::Say { id: id(&text), text: text.clone(), replaces: Some(id(&text)) },
            Outbound::Private { id: id(&text), to: nick.clone(), text: text.clone() },
            Outbound::React { id: id("m"), to: StanzaId::new(&text), emojis: vec![text.clone()] },
            Outbound::Share { id: id("m"), url: text.clone() },
            Outbound::Subject { text: text.clone() },
            Outbound::Invite { jid: jid.clone(), reason: text.clone() },
            Outbound::Leave { nick: nick.clone(), status: Some(text.clone()) },
            Outbound::Join { nick: nick.clone(), password: Some(text.clone()) },
            Outbound::SetRole { nick: nick.clone(), role: Role::None, reason: text.clone() },
            Outbound::SetAffiliation { jid: jid.clone(), affiliation: Affiliation::None, reason: text.clone() },
            Outbound::Moderate { message: StanzaId::new(&text), reason: text.clone(), version: Moderation::V0 },
            Outbound::QueryArchive { query: text.clone(), page: ArchivePage::After(StanzaId::new(&text)), max: 1 },
        ] {
            let stanza = encode(&"room@muc".parse().unwrap(), &outbound, Some("i1"), &entity());
            let bytes = xso::to_vec(&stanza);
            prop_assert!(bytes.is_ok(), "{:?}", outbound);
            prop_assert!(xso::from_bytes::<Stanza>(&bytes.unwrap()).is_ok(), "{:?}", outbound);
        }
    }
}
