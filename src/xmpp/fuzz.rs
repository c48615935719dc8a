//! What a fuzzer calls: the promises of the fence, checked on any bytes.

use tokio_xmpp::xmlstream::XmppStreamElement;
use xso::exports::rxml::{self, Event};
use xso::{FromEventsBuilder as _, FromXml};

use super::fence::{Limits, Scanner, Why};

type Parsed = Result<XmppStreamElement, xso::error::Error>;

/// A stream header as servers send it, with a prefix and a language to inherit.
pub const HEADER: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' xml:lang='en' version='1.0' id='1' from='c.example'>";

/// Puts the bytes through a fence with tight limits, after a stream header, and checks what the fence promises: the pieces
/// in which the bytes come do not matter (but for which limit is named of several that a stanza breaks), memory is bounded,
/// what comes out is well-formed, and every stanza of it parses.
///
/// # Panics
/// When a promise is broken.
pub fn fuzz_fence(data: &[u8]) {
    let limits =
        Limits { depth: 6, value: 40, attributes: 5, stanza_bytes: 600, stanza_elements: 12, ..Limits::default() };
    let limits = Limits { iq_bytes: 900, iq_elements: 16, ..limits };
    let (whole, roots) = fence(limits, &[HEADER, data]);
    let size = data.first().map_or(1, |b| usize::from(*b) % 7 + 1);
    let mut pieces = vec![HEADER];
    pieces.extend(data.chunks(size));
    let (split, _) = fence(limits, &pieces);
    assert_eq!(without_limits(&whole), without_limits(&split), "pieces of {size} change the output");
    if roots == 1
        && let Err(fault) = parse(&whole)
    {
        assert!(fault.is_empty(), "{fault}\n{}", String::from_utf8_lossy(&whole));
    }
}

/// The text, with the same word for every limit: a long piece is seen to be over one before it is over another.
fn without_limits(bytes: &[u8]) -> String {
    let limits = [Why::TooDeep, Why::TooLarge, Why::TooWide, Why::LongAttribute, Why::LongName, Why::ManyAttributes];
    let name = |text: String, why: Why| text.replace(&format!("why='{}'", why.as_str()), "why='a limit'");
    limits.into_iter().fold(String::from_utf8_lossy(bytes).into_owned(), name)
}

/// Feeds the pieces and returns what is passed on.
fn fence(limits: Limits, pieces: &[&[u8]]) -> (Vec<u8>, usize) {
    let mut scanner = Scanner::new(limits);
    let mut out = Vec::new();
    for piece in pieces {
        scanner.feed(piece);
        out.extend_from_slice(scanner.ready());
        scanner.consume(scanner.ready().len());
        // The outer tag of 64 KiB, what services add to an emptied stanza, and a piece of input.
        assert!(scanner.held() < 130 * 1024 + piece.len(), "{} bytes held", scanner.held());
    }
    (out, scanner.roots())
}

/// Parses a stream as the XMPP library does, and says how many stanzas there were.
///
/// # Errors
/// What the parser could not take, in words.
pub fn parse(mut bytes: &[u8]) -> Result<Vec<XmppStreamElement>, String> {
    let mut parser = rxml::Parser::default();
    let mut language = rxml::xml_lang::XmlLangStack::new();
    let (mut depth, mut builder, mut found) = (0_usize, None, Vec::new());
    while let Some(event) = next(&mut parser, &mut bytes)? {
        language.handle_event(&event);
        let context = xso::Context::empty().with_language(language.current());
        let before = depth;
        match &event {
            Event::StartElement(..) => depth += 1,
            Event::EndElement(_) => depth = depth.saturating_sub(1),
            Event::Text(_, text) if depth == 1 && !text.trim_ascii().is_empty() => {
                return Err("text in the stream".into());
            }
            Event::Text(..) | Event::XmlDeclaration(..) => {}
        }
        match (event, before) {
            (Event::StartElement(_, name, attributes), 1) => builder = Some(start(name, attributes, &context)?),
            (event, 2..) => {
                let Some((is_stanza, Some(building))) = builder.as_mut() else { continue };
                match building.feed(event, &context).map_err(|e| e.to_string())? {
                    Some(Ok(element)) => found.push(element),
                    Some(Err(error)) if *is_stanza => return Err(format!("a stanza does not parse: {error}")),
                    Some(Err(_)) | None => {}
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

type Building = (bool, Option<<Parsed as FromXml>::Builder>);

fn start(name: rxml::QName, attributes: rxml::AttrMap, context: &xso::Context<'_>) -> Result<Building, String> {
    let is_stanza = matches!(name.1.as_str(), "message" | "presence" | "iq");
    if name.1.as_str() == "features" {
        return Ok((false, None));
    }
    let builder = <Parsed as FromXml>::from_events(name, attributes, context).map_err(|e| format!("{e:?}"))?;
    Ok((is_stanza, Some(builder)))
}

fn next(parser: &mut rxml::Parser, bytes: &mut &[u8]) -> Result<Option<Event>, String> {
    use rxml::Parse as _;
    match parser.parse(bytes, false) {
        Ok(event) => Ok(event),
        Err(rxml::error::EndOrError::NeedMoreData) => Ok(None),
        Err(rxml::error::EndOrError::Error(error)) => Err(format!("not well-formed for the parser: {error}")),
    }
}
