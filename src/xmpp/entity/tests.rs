//! How we answer, and what we say of ourselves unasked.

use domovoi_plugin::jid::BareJid;
use insta::assert_snapshot;

use super::*;
use crate::xmpp::decode::{Decoded, decode};

/// Eight bytes of signature, a header of 13 bytes that says 2 x 3, and nothing to see.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0";

fn facts() -> EntityFacts {
    EntityFacts {
        name: "domovoi".to_owned(),
        version: "1.0".to_owned(),
        os: Some("Linux".to_owned()),
        node: "https://bot.example".to_owned(),
        zone: "Asia/Kolkata".to_owned(),
        status: Some("at home".to_owned()),
        picture: None,
    }
}

fn xml(stanza: &Stanza) -> String {
    String::from_utf8(xso::to_vec(stanza).unwrap()).unwrap()
}

fn ask(entity: &Entity, type_: &str, payload: &str) -> Stanza {
    let xml = format!("<iq xmlns='jabber:client' from='r@rooms/alice' id='q1' type='{type_}'>{payload}</iq>");
    let stanza = xso::from_bytes(xml.as_bytes()).unwrap();
    let Decoded::Request(request) = decode(stanza, &|_: &BareJid| true) else { panic!("a request: {xml}") };
    entity.answer(&request, Timestamp::from_millis(1_795_363_722_249))
}

fn asked(payload: &str) -> String {
    xml(&ask(&Entity::new(facts()), "get", payload))
}

#[test]
fn disco_info_tells_what_we_are() {
    assert_snapshot!(asked("<query xmlns='http://jabber.org/protocol/disco#info'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' name='domovoi' type='bot'></identity><feature var='http://jabber.org/protocol/caps'></feature><feature var='http://jabber.org/protocol/disco#info'></feature><feature var='http://jabber.org/protocol/disco#items'></feature><feature var='http://jabber.org/protocol/muc'></feature><feature var='jabber:iq:last'></feature><feature var='jabber:iq:version'></feature><feature var='jabber:x:conference'></feature><feature var='jabber:x:oob'></feature><feature var='urn:xmpp:message-correct:0'></feature><feature var='urn:xmpp:message-moderate:1'></feature><feature var='urn:xmpp:message-retract:1'></feature><feature var='urn:xmpp:ping'></feature><feature var='urn:xmpp:reactions:0'></feature><feature var='urn:xmpp:reply:0'></feature><feature var='urn:xmpp:sid:0'></feature><feature var='urn:xmpp:time'></feature><feature var='vcard-temp'></feature><x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:dataforms:softwareinfo</value></field><field var='os'><value>Linux</value></field><field var='software'><value>domovoi</value></field><field var='software_version'><value>1.0</value></field></x></query></iq>");
}

#[test]
fn polite_questions_are_answered() {
    assert_snapshot!(asked("<query xmlns='http://jabber.org/protocol/disco#items'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'><query xmlns='http://jabber.org/protocol/disco#items'></query></iq>");
    assert_snapshot!(asked("<ping xmlns='urn:xmpp:ping'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'></iq>");
    assert_snapshot!(asked("<query xmlns='jabber:iq:version'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'><query xmlns='jabber:iq:version'><name>domovoi</name><version>1.0</version><os>Linux</os></query></iq>");
    assert_snapshot!(asked("<time xmlns='urn:xmpp:time'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'><time xmlns='urn:xmpp:time'><tzo>+05:30</tzo><utc>2026-11-22T16:08:42.249Z</utc></time></iq>");
    assert_snapshot!(asked("<query xmlns='jabber:iq:last'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'><query xmlns='jabber:iq:last' seconds='0'></query></iq>");
    assert_snapshot!(asked("<vCard xmlns='vcard-temp'/>"), @"<iq xmlns='jabber:client' type='result' to='r@rooms/alice' id='q1'><vCard xmlns='vcard-temp'><FN>domovoi</FN><NICKNAME>domovoi</NICKNAME></vCard></iq>");
}

#[test]
fn what_is_unknown_or_broken_gets_an_error() {
    assert_snapshot!(asked("<query xmlns='jabber:iq:private'/>"), @"<iq xmlns='jabber:client' type='error' to='r@rooms/alice' id='q1'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'></service-unavailable></error></iq>");
    assert_snapshot!(xml(&ask(&Entity::new(facts()), "set", "<query xmlns='jabber:iq:version'/>")), @"<iq xmlns='jabber:client' type='error' to='r@rooms/alice' id='q1'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'></service-unavailable></error></iq>");
    assert_snapshot!(asked("<malformed xmlns='urn:x-domovoi:fence:0' why='too deep'/>"), @"<iq xmlns='jabber:client' type='error' to='r@rooms/alice' id='q1'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'></bad-request></error></iq>");
    assert_snapshot!(asked("<query xmlns='http://jabber.org/protocol/disco#info' node='other'/>"), @"<iq xmlns='jabber:client' type='error' to='r@rooms/alice' id='q1'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'></item-not-found></error></iq>");
}

/// Whoever sees our presence may compute the hash of what we answer and compare.
#[test]
fn hash_in_presence_is_that_of_the_answer() {
    for facts in [facts(), EntityFacts { os: None, name: "d<o&m\u{1}".to_owned(), ..facts() }] {
        let entity = Entity::new(facts);
        let node = format!("https://bot.example#{}", entity.ver());
        let payload = format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>");
        // Over the wire and back, as others see it.
        let answer: Stanza = xso::from_bytes(xml(&ask(&entity, "get", &payload)).as_bytes()).unwrap();
        let Stanza::Iq(Iq::Result { payload: Some(payload), .. }) = answer else { panic!("a result: {answer:?}") };
        assert_eq!(payload.attr("node"), Some(node.as_str()));
        let info: DiscoInfoResult = payload.try_into().unwrap();
        assert_eq!(caps::base64(&caps::ver(&info)), entity.ver());
        assert!(xml(&entity.initial_presence()).contains(&format!("'{}'", entity.ver())));
    }
}

/// The configuration may hold what XML cannot, and every presence would end the stream.
#[test]
fn facts_are_made_legal() {
    let odd = || "a\u{1}\u{ffff}".to_owned();
    let (os, status) = (Some(odd()), Some(odd()));
    let entity = Entity::new(EntityFacts { name: odd(), version: odd(), os, node: odd(), status, ..facts() });
    assert!(xml(&entity.initial_presence()).contains("a\u{fffd}\u{fffd}"));
    for payload in ["<query xmlns='jabber:iq:version'/>", "<vCard xmlns='vcard-temp'/>"] {
        assert!(xml(&ask(&entity, "get", payload)).contains("a\u{fffd}\u{fffd}"), "{payload}");
    }
}

#[test]
fn other_facts_have_another_hash() {
    let newer = EntityFacts { version: "1.1".to_owned(), ..facts() };
    assert_ne!(Entity::new(facts()).ver(), Entity::new(newer).ver());
}

#[test]
fn presence_tells_status_caps_and_picture() {
    assert_snapshot!(xml(&Entity::new(facts()).initial_presence()), @"<presence xmlns='jabber:client'><status>at home</status><priority>0</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://bot.example' ver='YS/TWeNHzf4jeorixkccQeeZrQg='></c><x xmlns='vcard-temp:x:update'><photo></photo></x></presence>");
    let picture = Some(Picture::new(PNG.to_vec()).unwrap());
    assert_snapshot!(xml(&Entity::new(EntityFacts { picture, ..facts() }).initial_presence()), @"<presence xmlns='jabber:client'><status>at home</status><priority>0</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://bot.example' ver='YS/TWeNHzf4jeorixkccQeeZrQg='></c><x xmlns='vcard-temp:x:update'><photo>1aca537b82c2c7c61950756684b9f888ba70b6fb</photo></x></presence>");
}

#[test]
fn picture_is_published_as_data_then_metadata_then_vcard() {
    let picture = Some(Picture::new(PNG.to_vec()).unwrap());
    let mut n = 0;
    let stanzas = Entity::new(EntityFacts { picture, ..facts() }).publish_avatar(Access::AsItIs, || {
        n += 1;
        format!("p{n}")
    });
    assert_snapshot!(stanzas.iter().map(xml).collect::<Vec<_>>().join("\n"), @r"
    <iq xmlns='jabber:client' type='set' id='p1'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:avatar:data'><item id='1aca537b82c2c7c61950756684b9f888ba70b6fb'><data xmlns='urn:xmpp:avatar:data'>iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA=</data></item></publish></pubsub></iq>
    <iq xmlns='jabber:client' type='set' id='p2'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:avatar:metadata'><item id='1aca537b82c2c7c61950756684b9f888ba70b6fb'><metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='29' height='3' id='1aca537b82c2c7c61950756684b9f888ba70b6fb' type='image/png' width='2'></info></metadata></item></publish></pubsub></iq>
    <iq xmlns='jabber:client' type='set' id='p3'><vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA=</BINVAL></PHOTO><FN>domovoi</FN><NICKNAME>domovoi</NICKNAME></vCard></iq>
    ");
    assert!(Entity::new(facts()).publish_avatar(Access::Open, String::new).is_empty());
}

#[test]
fn picture_is_a_picture() {
    for bytes in [PNG, b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "] {
        assert!(Picture::new(bytes.to_vec()).is_ok(), "{bytes:?}");
    }
    for bytes in [b"".as_slice(), b"<svg/>", b"RIFF\0\0\0\0WAVE"] {
        assert!(Picture::new(bytes.to_vec()).is_err(), "{bytes:?}");
    }
}
