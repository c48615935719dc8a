//! What holds for any bytes, and for everything that is fine.

use proptest::prelude::*;

use super::{fenced, message, parsed};
use crate::xmpp::fuzz::fuzz_fence;

/// Pieces of XMPP and of what it must not be.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "<message", "<presence", "<iq", " type='groupchat'", " type='get'", " type='result'", " type='error'", " id='1'",
            " from='r@c/n'", " from='r@c/🦀'", " to='a@b'", ">", "/>", "</message>", "</presence>", "</iq>", "<body>", "</body>",
            "<show>", "</show>", "away", "<priority>5</priority>", "<thread/>", "<x xmlns='http://jabber.org/protocol/muc#user'>",
            "</x>", "<delay xmlns='urn:xmpp:delay'/>", "hi", "&amp;", "&#x1F600;", "&#0;", "&bad;", "<![CDATA[", "]]>", "<!--",
            "-->", "<?pi?>", " xmlns:p='u'", "<p:a", "</p:a>", " p:b=\"1\"", " xml:lang='en'", " xmlns='jabber:client'", "<a>",
            "</a>", "<error type='auth'>", "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>", "</error>", "\n", " ",
            "<malformed xmlns='urn:x-domovoi:fence:0'/>", "</stream:stream>", "<stream:error>", "</stream:error>",
            "<a xmlns='urn:xmpp:sm:3' h='1'/>", "\r", "'", "\"", "<", "=", "é", "\u{FFFF}",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "<a xmlns='u'/><a xmlns='u'/><a xmlns='u'/><a xmlns='u'/>",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        2 => prop::sample::select(vec![
            "<message from='r@c/n' type='groupchat' id='1'><body>hi</body></message>",
            "<presence from='r@c/n'><show>dnd</show><x xmlns='http://jabber.org/protocol/muc#user'><item/></x></presence>",
            "<iq type='get' id='1'><q xmlns='u'/></iq>", "<body>a</body><body>b</body>", "<iq id='1' type='set'>",
            "<message from='r@c/n'>", "<presence from='r@c/n'>",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A message as servers send them: any characters in text and attributes, references for those that need them.
fn fine() -> impl Strategy<Value = String> {
    let text = "[ -~\\t\\n\u{80}-\u{2FFF}\u{1F300}-\u{1F6FF}]{0,40}";
    (text, text, "[a-z]{1,8}", 0_usize..20).prop_map(|(body, value, name, depth)| {
        let escape = |s: &str| {
            s.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&apos;")
        };
        let (body, value) = (escape(&body), escape(&value));
        let nested =
            format!("{}{body}{}", format!("<{name} a='{value}'>").repeat(depth), format!("</{name}>").repeat(depth));
        message(&format!(
            "<body>{body}</body>\n<x xmlns='urn:x:{name}' xmlns:p='u' p:{name}=\"{value}\">{nested}<y/></x>"
        ))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_the_promises_hold(bytes in fragments()) {
        fuzz_fence(&bytes);
    }

    #[test]
    fn what_is_fine_passes_byte_for_byte_but_for_our_own_address(stanza in fine()) {
        let (out, reports) = fenced(stanza.as_bytes());
        prop_assert_eq!(String::from_utf8_lossy(&out).into_owned(), stanza.replacen(" to='bot@c.example/x'", "", 1));
        prop_assert!(reports.is_empty());
        prop_assert!(parsed(&out).is_ok());
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz_fence(&bytes);
    }
}
