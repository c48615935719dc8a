//! The traps, one by one, through the parser that they were laid for.

mod properties;

use tokio_xmpp::Stanza;
use tokio_xmpp::xmlstream::XmppStreamElement;
use xmpp_parsers::iq::{Iq, IqPayload};
use xmpp_parsers::minidom::Element;

use super::{Limits, NS, Report, Scanner, StreamError, Why};
use crate::xmpp::fuzz::{HEADER, parse};

/// Passes the bytes on after a stream header, which is left out of what comes back.
fn fenced(input: &[u8]) -> (Vec<u8>, Vec<Report>) {
    let mut scanner = Scanner::new(Limits::default());
    scanner.feed(HEADER);
    scanner.consume(HEADER.len());
    scanner.feed(input);
    (scanner.ready().to_vec(), scanner.reports())
}

fn parsed(stream: &[u8]) -> Result<Vec<XmppStreamElement>, String> {
    parse(&[HEADER, stream].concat())
}

fn stanza(input: &str) -> Stanza {
    let (out, _) = fenced(input.as_bytes());
    let text = String::from_utf8_lossy(&out).into_owned();
    let mut all = parsed(&out).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(all.len(), 1, "{text}");
    let Some(XmppStreamElement::Stanza(stanza)) = all.pop() else { panic!("no stanza: {text}") };
    stanza
}

fn payloads(stanza: &Stanza) -> Vec<Element> {
    match stanza {
        Stanza::Message(message) => message.payloads.clone(),
        Stanza::Presence(presence) => presence.payloads.clone(),
        Stanza::Iq(iq) => match iq.clone().split().1 {
            IqPayload::Get(e) | IqPayload::Set(e) => vec![e],
            IqPayload::Result(e) => e.into_iter().collect(),
            IqPayload::Error(_) => match iq {
                Iq::Error { payload, .. } => payload.clone().into_iter().collect(),
                Iq::Get { .. } | Iq::Set { .. } | Iq::Result { .. } => vec![],
            },
        },
    }
}

fn why(stanza: &Stanza) -> Option<String> {
    payloads(stanza).iter().find(|e| e.is("malformed", NS)).and_then(|e| e.attr("why").map(str::to_owned))
}

/// The parser fails on the input as it is, and gets a marked stanza of the same sender through the fence.
fn trap(input: &str, expected: Why) -> Stanza {
    assert!(parsed(input.as_bytes()).is_err(), "the parser takes {input} as it is");
    marked(input, expected)
}

fn marked(input: &str, expected: Why) -> Stanza {
    let stanza = stanza(input);
    assert_eq!(why(&stanza).as_deref(), Some(expected.as_str()), "{input:.300}");
    let from = match &stanza {
        Stanza::Message(m) => m.from.as_ref(),
        Stanza::Presence(p) => p.from.as_ref(),
        Stanza::Iq(iq) => iq.from(),
    };
    assert_eq!(from.map(ToString::to_string).as_deref(), Some("r@c.example/n"));
    stanza
}

const FROM: &str = "from='r@c.example/n' to='bot@c.example/x'";

fn message(inside: &str) -> String {
    format!("<message {FROM} type='groupchat' id='m1'>{inside}</message>")
}

fn presence(inside: &str) -> String {
    format!(
        "<presence {FROM}>{inside}<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>"
    )
}

fn has_item(stanza: &Stanza) -> bool {
    payloads(stanza).iter().any(|e| e.is("x", "http://jabber.org/protocol/muc#user") && e.children().count() == 1)
}

#[test]
fn nested_bomb_becomes_an_empty_stanza() {
    let bomb = format!("{}{}", "<a>".repeat(3_000), "</a>".repeat(3_000));
    let stanza = marked(
        &message(&format!("<body>hi</body>{bomb}<stanza-id xmlns='urn:xmpp:sid:0' by='r@c.example' id='7'/>")),
        Why::TooDeep,
    );
    let Stanza::Message(message) = &stanza else { panic!() };
    assert!(message.bodies.is_empty());
    assert_eq!(message.id.as_ref().map(|id| id.0.as_str()), Some("m1"));
    assert!(
        message.payloads.iter().any(|e| e.is("stanza-id", "urn:xmpp:sid:0")),
        "what the service adds after it stays"
    );
    assert!(has_item(&marked(&presence(&bomb), Why::TooDeep)));
    let bomb = format!("{}{}", "<a xmlns='u'>".repeat(65), "</a>".repeat(65));
    let fine = format!("{}{}", "<a xmlns='u'>".repeat(63), "</a>".repeat(63));
    marked(&format!("<iq {FROM} type='get' id='1'>{bomb}</iq>"), Why::TooDeep);
    let fine = format!("<iq {FROM} type='get' id='1'>{fine}</iq>");
    assert_eq!(fenced(fine.as_bytes()).0, fine.as_bytes());
}

#[test]
fn long_attributes_do_not_kill_the_stream() {
    let long = "x".repeat(9_000);
    let stanza =
        trap(&format!("<message {FROM} type='groupchat' id='{long}'><body>hi</body></message>"), Why::LongAttribute);
    let Stanza::Message(message) = stanza else { panic!() };
    assert_eq!((message.id, message.bodies.len()), (None, 0));
    trap(&format!("<message id='{long}' {FROM}/>"), Why::LongAttribute);
    trap(&self::message(&format!("<a xmlns='u' b='{long}'/>")), Why::LongAttribute);
    assert!(has_item(&trap(&presence(&format!("<a xmlns='u' b='{long}'/>")), Why::LongAttribute)));
    trap(&self::message(&format!("<a{long} xmlns='u'/>")), Why::LongName);
    trap(&self::message(&format!("<a xmlns='u' {long}=''/>")), Why::LongName);
    trap(&format!("<message {FROM} {long}=''/>"), Why::LongName);
    let refs = "&amp;".repeat(1_700);
    marked(&self::message(&format!("<a xmlns='u' b='{refs}'/>")), Why::LongAttribute);
}

#[test]
fn what_nobody_reads_is_left_out_without_a_word() {
    let idle = "<active xmlns='http://jabber.org/protocol/chatstates'/><markable xmlns='urn:xmpp:chat-markers:0'/>\
         <store xmlns='urn:xmpp:hints'/><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='1'/>";
    let kept = "<body>hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='r@c.example' id='7'/>";
    let (out, reports) = fenced(message(&format!("{idle}{kept}{idle}")).as_bytes());
    assert_eq!(String::from_utf8(out).unwrap(), message(kept).replace(" to='bot@c.example/x'", ""));
    assert!(reports.is_empty());
    // Neither are our own addresses; those of an iq are, and where a tag declares something its attributes stay in place.
    let presence = |attributes: &str| format!("<presence {attributes}><status>here</status></presence>");
    for (attributes, left) in [
        ("to='a@b/c' from='r@c.example/n'", "from='r@c.example/n'"),
        ("from='r@c.example/n'\n\tto=\"a@b\"", "from='r@c.example/n'\n"),
        ("xmlns:a='b' to='a@b' from='r@c.example/n' a:to='c'", "xmlns:a='b' to='a@b' from='r@c.example/n' a:to='c'"),
    ] {
        assert_eq!(String::from_utf8(fenced(presence(attributes).as_bytes()).0).unwrap(), presence(left));
    }
    // It is looked through all the same: whoever hides something in it is told of.
    marked(
        &message("<active xmlns='http://jabber.org/protocol/chatstates'>&bad;</active><body>hi</body>"),
        Why::BadText,
    );
    // In an iq it is what is asked.
    let iq = format!("<iq {FROM} type='get' id='1'><request xmlns='urn:xmpp:receipts'/></iq>");
    assert_eq!(fenced(iq.as_bytes()).0, iq.as_bytes());
}

#[test]
fn wide_and_large_stanzas_are_emptied() {
    let stanza = marked(&message(&format!("<body>hi</body>{}", "<a xmlns='u'/>".repeat(50_000))), Why::TooWide);
    assert_eq!(payloads(&stanza).len(), 1);
    assert!(has_item(&marked(&presence(&"<a xmlns='u'/>".repeat(50_000)), Why::TooWide)));
    marked(&message(&format!("<body>{}</body>", "b".repeat(300_000))), Why::TooLarge);
    marked(&message(&" ".repeat(300_000)), Why::TooLarge);
    marked(&format!("<message {FROM} {}/>", " ".repeat(300_000)), Why::TooLarge);
    let many: String = (0..300).map(|n| format!(" a{n}='x'")).collect();
    marked(&message(&format!("<a xmlns='u'{many}/>")), Why::ManyAttributes);
    marked(&format!("<message{many} {FROM}/>"), Why::ManyAttributes);
    let big: String = (0..200).map(|n| format!(" a{n}='{}'", "x".repeat(5_000))).collect();
    marked(&format!("<message{big} {FROM}/>"), Why::TooLarge);
    let iq = format!("<iq {FROM} type='result' id='1'><q xmlns='u'>{}</q></iq>", "<a/>".repeat(60_000));
    assert_eq!(fenced(iq.as_bytes()).0, iq.as_bytes());
}

#[test]
fn stray_text_and_double_elements_are_taken_out() {
    let Stanza::Message(kept) = trap(&message("x<body>hi</body>y"), Why::StrayText) else { panic!() };
    assert_eq!(kept.bodies.len(), 1);
    trap(&message("<![CDATA[x]]>"), Why::StrayText);
    let Stanza::Message(kept) = trap(&message("<thread>a</thread><thread>b</thread>"), Why::TwoThreads) else {
        panic!()
    };
    assert_eq!(kept.thread.map(|t| t.id).as_deref(), Some("a"));
    trap(&message("<t:thread xmlns:t='jabber:client'/><thread/>"), Why::TwoThreads);
}

#[test]
fn a_bogus_presence_keeps_its_item() {
    for show in ["<show>gone</show>", "<show/>", "<show>away</show><show>dnd</show>", "<show> away</show>"] {
        assert!(has_item(&trap(&presence(show), Why::BadShow)), "{show}");
    }
    for priority in ["<priority>300</priority>", "<priority/>", "<priority>1</priority><priority>2</priority>"] {
        assert!(has_item(&trap(&presence(priority), Why::BadPriority)), "{priority}");
    }
    trap(&format!("<presence {FROM} type='invisible'/>"), Why::BadType);
    trap(&format!("<message {FROM} type='invisible'/>"), Why::BadType);
    trap(&presence("text"), Why::StrayText);
}

#[test]
fn every_body_of_one_language_is_seen() {
    let Stanza::Message(m) = marked(
        &message("<body>a</body><body xml:lang='en' a='b'>b</body><body xml:lang='de'>c</body><body>d</body>"),
        Why::SameLanguage,
    ) else {
        panic!()
    };
    let mut texts: Vec<&str> = m.bodies.values().map(String::as_str).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    assert_eq!(m.bodies.get("en").map(String::as_str), Some("a"));
    marked(&presence("<status>a</status><status>b</status>"), Why::SameLanguage);
    marked(&message("<subject>a</subject><subject/>"), Why::SameLanguage);
}

#[test]
fn an_address_that_does_not_parse_gets_one_that_does() {
    let input = "<message from='r@c.example/🦀&amp;&apos;' to='@' type='groupchat'><body>hi</body></message>";
    assert!(parsed(input.as_bytes()).is_err());
    let Stanza::Message(message) = stanza(input) else { panic!() };
    assert_eq!(message.from.map(|j| j.to_string()).as_deref(), Some("r@c.example/%!%F0%9F%A6%80%26%27"));
    assert_eq!(message.bodies.len(), 1);
    let marker = message.payloads.iter().find(|e| e.is("malformed", NS)).expect("marked");
    assert_eq!(marker.attr("from"), Some("r@c.example/🦀&'"));
}

#[test]
fn an_invalid_iq_still_arrives_and_can_be_answered() {
    for (attributes, inside) in [
        ("type='get' id='7'", ""),
        ("type='set' id='7'", "<a xmlns='u'/><b xmlns='u'/>"),
        ("type='bogus' id='7'", "<a xmlns='u'/>"),
        ("id='7'", "<a xmlns='u'/>"),
        ("type='get' id='7'", "text<a xmlns='u'/>"),
        ("type='result' id='7'", "<a xmlns='u'/><b xmlns='u'/>"),
    ] {
        let input = format!("<iq {FROM} {attributes}>{inside}</iq>");
        let expected = if inside.starts_with("text") { Why::StrayText } else { Why::BadIq };
        let Stanza::Iq(iq) = marked(&input, expected) else { panic!() };
        assert_eq!(iq.id(), "7");
        // Of several children the parser takes the first and says nothing.
        assert_eq!(parsed(input.as_bytes()).is_ok(), inside.starts_with("<a xmlns='u'/><b"), "{input}");
    }
    let Stanza::Iq(iq) = trap(&format!("<iq {FROM} type='get'/>"), Why::BadIq) else { panic!() };
    assert_eq!(iq.id(), "");
}

#[test]
fn an_iq_error_keeps_its_condition() {
    const NSE: &str = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
    for error in [
        String::new(),
        "<error/>".to_owned(),
        format!("<error type='auth'><forbidden {NSE}/><conflict {NSE}/></error>"),
        format!("<error type='odd'><forbidden {NSE}/></error>"),
        format!("<error type='auth'>text<forbidden {NSE}/></error>"),
        format!("<error type='auth'><forbidden {NSE}>text</forbidden></error>"),
        format!("<error type='auth' by='@'><forbidden {NSE}/></error>"),
        format!("<error type='auth'><forbidden {NSE}/></error><error type='auth'><forbidden {NSE}/></error>"),
    ] {
        let Stanza::Iq(iq) = trap(&format!("<iq {FROM} type='error' id='1'>{error}</iq>"), Why::BadError) else {
            panic!()
        };
        let IqPayload::Error(parsed) = iq.split().1 else { panic!() };
        let known = parsed.defined_condition == xmpp_parsers::stanza_error::DefinedCondition::Forbidden;
        assert_eq!(known, error.contains("forbidden"), "{error}");
    }
    let fine = format!(
        "<iq {FROM} type='error' id='1'><q xmlns='u'/><error type='cancel' code='302' by='c.example'><redirect {NSE}>xmpp:x</redirect><text {NSE} xml:lang='en'>gone</text><a xmlns='u'>x</a></error></iq>"
    );
    assert_eq!(fenced(fine.as_bytes()).0, fine.as_bytes());
    assert_eq!(why(&stanza(&fine)), None);
}

#[test]
fn what_is_not_xml_costs_one_child() {
    for (inside, expected) in [
        ("<a:b/>", Why::BadNamespace),
        ("<b a:c='1'/>", Why::BadNamespace),
        ("<b xmlns='u' c='1' c='2'/>", Why::BadXml),
        ("<b xmlns:x='u' xmlns:y='u' x:c='1' y:c='2'/>", Why::BadXml),
        ("<b xmlns='u'>&nbsp;</b>", Why::BadText),
        ("<b xmlns='u'>&#0;</b>", Why::BadText),
        ("<b xmlns='u'>\u{1}</b>", Why::BadText),
        ("<b xmlns='u'>\u{FFFE}</b>", Why::BadText),
        ("<b xmlns='u'>]]></b>", Why::BadText),
        ("<b xmlns='u' c='<'/>", Why::BadXml),
        ("<b xmlns='u' c=d/>", Why::BadXml),
        ("<!-- c -->", Why::Comment),
        ("<?pi x?>", Why::Comment),
        ("<b xmlns:xml='u'/>", Why::BadNamespace),
    ] {
        let Stanza::Message(kept) = trap(&message(&format!("<body>hi</body>{inside}")), expected) else { panic!() };
        assert_eq!((kept.bodies.len(), kept.payloads.len()), (1, 1), "{inside}");
    }
    let forged = message(&format!("<malformed xmlns='{NS}' why='x' from='victim@c.example'/>"));
    assert_eq!(payloads(&marked(&forged, Why::Forged)).len(), 1);
}

#[test]
fn invalid_utf8_does_not_pass() {
    let mut input = message("<body>hi</body><b xmlns='u'>?</b>").into_bytes();
    let at = input.iter().position(|b| *b == b'?').expect("there");
    input[at] = 0xff;
    let (out, reports) = fenced(&input);
    assert_eq!(reports, [Report::Changed(Why::BadText)]);
    assert_eq!(parsed(&out).expect("parses").len(), 1);
}

#[test]
fn what_is_no_stanza_is_passed_or_dropped() {
    let pass = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features><r xmlns='urn:xmpp:sm:3'/>\n<a xmlns='urn:xmpp:sm:3' h='1'/><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj0=</success> ";
    let (out, reports) = fenced(pass.as_bytes());
    assert_eq!((String::from_utf8_lossy(&out).as_ref(), reports.len()), (pass, 0));
    for drop in
        ["<message xmlns='other'/>", "<odd><a/>x</odd>", "text", "<!-- x -->", "<?x?>", "<a:b/>", "<![CDATA[x]]>"]
    {
        let (out, reports) = fenced(format!("{drop}{}", message("")).as_bytes());
        assert_eq!(String::from_utf8_lossy(&out), message("").replace(" to='bot@c.example/x'", ""), "{drop}");
        assert_eq!(reports.len(), 1, "{drop}");
    }
}

#[test]
fn a_carriage_return_in_a_value_is_a_space() {
    // Sent as `&#13;`, and written out raw by a server that escapes only what it must.
    let raw = format!("<message {FROM} id='a\rb'><a xmlns='u' b='\r\nc'/></message>");
    assert!(parsed(raw.as_bytes()).is_err());
    let Stanza::Message(message) = stanza(&raw) else { panic!() };
    assert_eq!(message.id.map(|id| id.0).as_deref(), Some("a b"));
}

#[test]
fn a_refused_resumption_without_a_count_is_understood() {
    for (raw, fixed) in [
        ("<failed xmlns='urn:xmpp:sm:3'/>", "<failed xmlns='urn:xmpp:sm:3' h='0'/>"),
        ("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>", ""),
        ("<failed xmlns='urn:xmpp:sm:3' h='7'></failed>", "<failed xmlns='urn:xmpp:sm:3' h='7'></failed>"),
    ] {
        let (out, reports) = fenced(raw.as_bytes());
        assert_eq!(reports, []);
        let parsed = parsed(&out).expect("well-formed");
        assert!(matches!(parsed.as_slice(), [XmppStreamElement::SM(xmpp_parsers::sm::Nonza::Failed(_))]), "{parsed:?}");
        assert!(fixed.is_empty() || out == fixed.as_bytes(), "{}", String::from_utf8_lossy(&out));
    }
}

#[test]
fn stream_errors_are_reported() {
    let error = "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>b.example:5222</see-other-host><text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>go</text></stream:error></stream:stream>";
    let (out, reports) = fenced(error.as_bytes());
    assert_eq!(out, error.as_bytes());
    let expected = StreamError { condition: "see-other-host".into(), text: "b.example:5222".into() };
    assert_eq!(reports, [Report::StreamError(expected)]);
}

#[test]
fn a_restarted_stream_is_followed() {
    let mut scanner = Scanner::new(Limits::default());
    let second = "<?xml version=\"1.0\"?><s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' version='1.0'>";
    scanner.feed(HEADER);
    scanner.feed(second.as_bytes());
    scanner.feed(b"<message/></s:stream>");
    let expected = [HEADER, second.as_bytes(), b"<message/></s:stream>"].concat();
    assert_eq!(String::from_utf8_lossy(scanner.ready()), String::from_utf8_lossy(&expected));
    assert_eq!(scanner.roots(), 2);
}

#[test]
fn a_skipped_bomb_takes_no_memory() {
    let mut scanner = Scanner::new(Limits::default());
    scanner.feed(HEADER);
    scanner.feed(message("").trim_end_matches("</message>").as_bytes());
    scanner.consume(scanner.ready().len());
    for _ in 0..20_000 {
        scanner.feed(&b"<a>".repeat(1_000));
        assert!(scanner.held() < 300 * 1024);
    }
}

#[test]
fn a_new_header_that_arrives_in_pieces_is_preceded_by_nothing() {
    let mut scanner = Scanner::new(Limits::default());
    scanner.feed(
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    let n = scanner.ready().len();
    scanner.consume(n);
    scanner.feed(b"<?xml vers");
    assert!(!scanner.mid_element(), "white space may stand before no declaration");
    scanner.feed(b"ion='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><message><body>h");
    assert!(scanner.mid_element(), "a stanza has begun");
}
