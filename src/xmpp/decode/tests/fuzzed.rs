//! Stanzas that nobody in his right mind would send.

use proptest::prelude::*;

use super::*;

/// The target of the fuzzer gets each captured stanza, cut at some places and with some bytes changed.
#[test]
fn fuzz_comes_back_from_captured_stanzas() {
    let files = [
        include_str!("../../../../tests/fixtures/wire/prosody.txt"),
        include_str!("../../../../tests/fixtures/wire/ejabberd.txt"),
    ];
    for line in files.iter().flat_map(|file| file.lines()).filter(|line| line.starts_with('<')) {
        let xml = line.replacen(' ', &format!(" {NS} "), 1).into_bytes();
        assert!(xso::from_bytes::<Stanza>(&xml).is_ok(), "{line}");
        fuzz(&xml);
        for at in (0..xml.len()).step_by(7) {
            let mut broken = xml.clone();
            broken[at] ^= 0x05;
            fuzz(&broken);
            fuzz(&xml[..at]);
        }
    }
    fuzz("<a>".repeat(5_000).as_bytes());
}

const NAMES: &[&str] = &[
    "x",
    "item",
    "status",
    "destroy",
    "apply-to",
    "retract",
    "moderated",
    "reactions",
    "reaction",
    "result",
    "forwarded",
    "message",
    "html",
    "body",
    "error",
    "malformed",
    "field",
    "value",
    "stanza-id",
    "c",
    "photo",
];

const NAMESPACES: &[&str] = &[
    "http://jabber.org/protocol/muc#user",
    "jabber:x:data",
    "jabber:x:oob",
    "urn:xmpp:fasten:0",
    "urn:xmpp:mam:2",
    "urn:xmpp:message-retract:1",
    "urn:xmpp:message-moderate:0",
    "urn:xmpp:reactions:0",
    "urn:xmpp:forward:0",
    "jabber:x:conference",
    "http://jabber.org/protocol/xhtml-im",
    "urn:x-domovoi:fence:0",
    "urn:xmpp:sid:0",
];

const ATTRIBUTES: &[&str] = &[
    "",
    "id='s1'",
    "id=''",
    "jid='r@rooms'",
    "jid='@'",
    "by='r@rooms/x'",
    "code='110'",
    "code='-1'",
    "from='r@rooms/x'",
    "role='none'",
    "affiliation='x'",
    "var='FORM_TYPE'",
    "nick='&#x200b;'",
    "stamp='x'",
    "node='n' ver='v'",
];

/// Payloads out of the words that decode looks for, nested and mixed at random.
fn payload() -> impl Strategy<Value = String> {
    let select = |words: &'static [&'static str]| prop::sample::select(words);
    let open = (select(NAMES), select(NAMESPACES), select(ATTRIBUTES));
    let leaf = open.clone().prop_map(|(name, ns, attribute)| format!("<{name} xmlns='{ns}' {attribute}>t</{name}>"));
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (open.clone(), prop::collection::vec(inner, 0..4)).prop_map(|((name, ns, attribute), inner)| {
            format!("<{name} xmlns='{ns}' {attribute}>{}</{name}>", inner.concat())
        })
    })
}

proptest! {
    #[test]
    fn any_payload_of_an_occupant_is_of_that_occupant(
        payloads in prop::collection::vec(payload(), 0..4),
        stanza in prop::sample::select(vec!["message type='groupchat'", "message type='chat'", "presence"]),
    ) {
        let name = stanza.split(' ').next().unwrap();
        let xml = format!("<{stanza} {NS} from='r@rooms/alice'>{}</{name}>", payloads.concat());
        if let Ok(stanza) = xso::from_bytes::<Stanza>(xml.as_bytes()) {
            match decode(stanza, &|jid| jid.as_str() == "r@rooms") {
                Decoded::Room(inbound) => prop_assert_eq!(inbound.nick, Some(nick("alice"))),
                Decoded::Invite(invite) => prop_assert_eq!(invite.via.as_str(), "r@rooms/alice"),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn any_bytes_come_back(data in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz(&data);
    }
}
