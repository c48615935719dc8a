//! The least XML that a person needs: a reader of a stream that is cut anywhere, and the elements it yields.
//!
//! Written here so that tests do not read with the bot's parser. It takes what the bot's parser may not (long
//! attributes, deep nesting), since the people must survive the payloads that are thrown at the bot; it does not check
//! that the server's XML is well formed.

use std::fmt;
use std::sync::Arc;

use anyhow::{Result, bail};

/// Deeper elements are dropped: nothing in a test looks there, and a tree of any depth could exhaust the stack.
const MAX_DEPTH: usize = 100;
/// No server sends a stanza of this size to a client; it bounds the reader's memory.
const MAX_TOKEN_BYTES: usize = 4 * 1024 * 1024;

/// An element with all that is in it. Pieces of text between children are joined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name without prefix.
    pub name: String,
    /// Its namespace.
    pub ns: Arc<str>,
    /// Its attributes as written, prefix included; namespace declarations are not among them.
    pub attrs: Vec<(String, String)>,
    /// The elements in it.
    pub children: Vec<Element>,
    /// The text in it, not that of its children.
    pub text: String,
}

impl Element {
    /// The value of an attribute.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The first child of this name, whatever its namespace.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|it| it.name == name)
    }

    /// The first child of this name and namespace.
    #[must_use]
    pub fn child_ns(&self, name: &str, ns: &str) -> Option<&Element> {
        self.children.iter().find(|it| it.name == name && &*it.ns == ns)
    }

    /// The first element of this name anywhere below, in reading order.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.children.iter().find_map(|it| if it.name == name { Some(it) } else { it.find(name) })
    }

    /// All elements of this name anywhere below, in reading order.
    #[must_use]
    pub fn find_all(&self, name: &str) -> Vec<&Element> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.find_all(name));
        }
        found
    }

    /// The text of its first `<body/>`.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.child("body").map(|it| it.text.as_str())
    }

    /// The `from` attribute, empty if there is none.
    #[must_use]
    pub fn from(&self) -> &str {
        self.attr("from").unwrap_or_default()
    }

    /// The bare JID of `from`.
    #[must_use]
    pub fn from_bare(&self) -> &str {
        self.from().split_once('/').map_or(self.from(), |(bare, _)| bare)
    }

    /// The resource of `from`: in a room, the nick.
    #[must_use]
    pub fn nick(&self) -> &str {
        self.from().split_once('/').map_or("", |(_, resource)| resource)
    }

    /// The `type` attribute, empty if there is none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.attr("type").unwrap_or_default()
    }

    /// Whether it is a presence that carries this status code.
    #[must_use]
    pub fn has_status(&self, code: &str) -> bool {
        let extension = self.child_ns("x", "http://jabber.org/protocol/muc#user");
        extension.is_some_and(|x| x.children.iter().any(|it| it.name == "status" && it.attr("code") == Some(code)))
    }

    /// An attribute of the first `<item/>` of a room's presence: `role`, `affiliation`, `jid`, `nick`.
    #[must_use]
    pub fn item(&self, attribute: &str) -> Option<&str> {
        self.child_ns("x", "http://jabber.org/protocol/muc#user")?.child("item")?.attr(attribute)
    }

    /// The condition of its `<error/>`, such as `forbidden`.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        self.child("error")?.children.iter().find(|it| it.name != "text").map(|it| it.name.as_str())
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        if !self.ns.is_empty() && &*self.ns != "jabber:client" {
            write!(f, " xmlns='{}'", escape(&self.ns))?;
        }
        for (name, value) in &self.attrs {
            write!(f, " {name}='{}'", escape(value))?;
        }
        if self.children.is_empty() && self.text.is_empty() {
            return f.write_str("/>");
        }
        write!(f, ">{}", escape(&self.text))?;
        for child in &self.children {
            write!(f, "{child}")?;
        }
        write!(f, "</{}>", self.name)
    }
}

/// Makes text fit for a place between tags or inside an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (entity, after) = after.split_once(';').unwrap_or((after, ""));
        let code = entity.strip_prefix('#').and_then(|it| match it.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => it.parse().ok(),
        });
        match entity {
            "amp" => plain.push('&'),
            "lt" => plain.push('<'),
            "gt" => plain.push('>'),
            "apos" => plain.push('\''),
            "quot" => plain.push('"'),
            _ => plain.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// What a reader comes upon at the top of a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The stream's opening tag.
    Opened,
    /// A whole stanza, or another element directly below the stream.
    Stanza(Element),
    /// The stream's closing tag.
    Closed,
}

/// Reads one stream from pieces of any size.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    /// How much of the buffer is read already; cut off now and then, not at each token.
    at: usize,
    /// How far the search for the end of the token at `at` has come, so that a long token is not searched again.
    searched: usize,
    open: Vec<Open>,
    /// How many elements deeper than `MAX_DEPTH` we are.
    too_deep: usize,
}

#[derive(Debug)]
struct Open {
    element: Element,
    default_ns: Arc<str>,
    prefixes: Vec<(String, Arc<str>)>,
}

impl Reader {
    /// Adds bytes as they came.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next step, or nothing until more bytes are fed.
    ///
    /// # Errors
    /// When the stream is not XML that a server would send.
    pub fn next_step(&mut self) -> Result<Option<Step>> {
        while let Some(token) = self.token()? {
            let step = match token.as_bytes() {
                [b'<', b'/', ..] => self.close()?,
                [b'<', b'?' | b'!', ..] => None,
                [b'<', .., b'/', b'>'] => match self.start(token.trim_start_matches('<').trim_end_matches("/>"))? {
                    Some(Step::Opened) => bail!("an empty stream"),
                    _ => self.close()?,
                },
                [b'<', ..] => self.start(token.trim_start_matches('<').trim_end_matches('>'))?,
                _ => {
                    self.on_text(&token);
                    None
                }
            };
            if step.is_some() {
                return Ok(step);
            }
        }
        Ok(None)
    }

    /// One tag, or the text up to the next one.
    fn token(&mut self) -> Result<Option<String>> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let Some(first) = rest.first() else { return Ok(None) };
        let end = if *first == b'<' {
            end_of_tag(rest)
        } else {
            let from = self.searched.min(rest.len());
            let found = rest.iter().skip(from).position(|it| *it == b'<').map(|it| it + from);
            self.searched = rest.len();
            found
        };
        let Some(end) = end else {
            if rest.len() > MAX_TOKEN_BYTES {
                bail!("a token of more than {MAX_TOKEN_BYTES} bytes");
            }
            return Ok(None);
        };
        let token = String::from_utf8(rest.get(..end).unwrap_or_default().to_vec())?;
        self.at += end;
        self.searched = 0;
        Ok(Some(token))
    }

    fn start(&mut self, tag: &str) -> Result<Option<Step>> {
        if self.open.len() >= MAX_DEPTH {
            self.too_deep += 1;
            return Ok(None);
        }
        let (full_name, rest) = tag.split_once(|c: char| c.is_whitespace()).unwrap_or((tag, ""));
        let mut open = Open {
            element: Element::default(),
            default_ns: self.open.last().map(|it| Arc::clone(&it.default_ns)).unwrap_or_default(),
            prefixes: Vec::new(),
        };
        for (name, value) in attributes(rest)? {
            if name == "xmlns" {
                open.default_ns = value.into();
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                open.prefixes.push((prefix.to_owned(), value.into()));
            } else {
                open.element.attrs.push((name, value));
            }
        }
        if full_name == "stream:stream" {
            // After STARTTLS and after the login a stream begins anew, without an end of the one before.
            self.open.clear();
        }
        let (prefix, name) = full_name.split_once(':').unwrap_or(("", full_name));
        name.clone_into(&mut open.element.name);
        open.element.ns = if prefix.is_empty() { Arc::clone(&open.default_ns) } else { self.prefixed(prefix, &open) };
        self.open.push(open);
        Ok((self.open.len() == 1).then_some(Step::Opened))
    }

    fn prefixed(&self, prefix: &str, innermost: &Open) -> Arc<str> {
        let in_scope = self.open.iter().chain([innermost]).rev().flat_map(|it| &it.prefixes);
        in_scope.into_iter().find(|(it, _)| it == prefix).map(|(_, ns)| Arc::clone(ns)).unwrap_or_default()
    }

    fn close(&mut self) -> Result<Option<Step>> {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Ok(None);
        }
        let Some(closed) = self.open.pop() else { bail!("a closing tag without an opening one") };
        let n_open = self.open.len();
        match self.open.last_mut() {
            None => Ok(Some(Step::Closed)),
            Some(_) if n_open == 1 => Ok(Some(Step::Stanza(closed.element))),
            Some(parent) => {
                parent.element.children.push(closed.element);
                Ok(None)
            }
        }
    }

    fn on_text(&mut self, text: &str) {
        // Between stanzas there is only white space to keep the connection alive.
        let is_inside = self.open.len() > 1 && self.too_deep == 0;
        if let Some(open) = self.open.last_mut().filter(|_| is_inside) {
            open.element.text.push_str(&unescape(text));
        }
    }
}

/// Where the tag at the start of `bytes` ends; a `>` inside quotes is none.
fn end_of_tag(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (index, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(index + 1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(it), byte) if it == *byte => quote = None,
            _ => (),
        }
    }
    None
}

fn attributes(text: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else { bail!("an attribute without a value: {rest}") };
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|it| matches!(it, '"' | '\'')) else {
            bail!("an attribute without quotes: {rest}")
        };
        let mut parts = after.splitn(3, quote).skip(1);
        let (Some(value), Some(after)) = (parts.next(), parts.next()) else { bail!("an open quote: {rest}") };
        found.push((name.trim().to_owned(), unescape(value)));
        rest = after.trim_start();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
        xmlns:stream='http://etherx.jabber.org/streams' id=\"a>b\"><stream:features><bind xmlns='urn:b'/>\
        </stream:features>\n <message from='r@c/nick &amp; co' type='groupchat'><body>a &lt;b&gt; &#x41;&#66;</body>\
        <x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/><item role='visitor'/></x></message>\
        </stream:stream>";

    fn read(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<Step> {
        let (mut reader, mut steps) = (Reader::default(), Vec::new());
        for piece in pieces {
            reader.feed(&piece);
            while let Some(step) = reader.next_step().unwrap() {
                steps.push(step);
            }
        }
        steps
    }

    #[test]
    fn reads_a_stream_cut_anywhere() {
        let whole = read([STREAM.as_bytes().to_vec()].into_iter());
        assert_eq!(whole, read(STREAM.bytes().map(|it| vec![it])));
        let [Step::Opened, Step::Stanza(features), Step::Stanza(message), Step::Closed] = whole.as_slice() else {
            panic!("{whole:?}")
        };
        assert_eq!(&*features.ns, "http://etherx.jabber.org/streams");
        assert_eq!(&*features.child("bind").unwrap().ns, "urn:b");
        assert_eq!((message.nick(), message.body()), ("nick & co", Some("a <b> AB")));
        assert!(message.has_status("110"));
        assert_eq!(message.item("role"), Some("visitor"));
    }

    #[test]
    fn a_stream_that_begins_anew_is_no_part_of_the_one_before() {
        let begin = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
        let text = format!("<?xml version='1.0'?>{begin}<auth xmlns='urn:s'/><?xml version='1.0'?>{begin}<presence/>");
        let steps = read([text.into_bytes()].into_iter());
        let [Step::Opened, Step::Stanza(auth), Step::Opened, Step::Stanza(presence)] = steps.as_slice() else {
            panic!("{steps:?}")
        };
        assert_eq!((auth.name.as_str(), presence.name.as_str(), &*presence.ns), ("auth", "presence", "jabber:client"));
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let steps = read([STREAM.as_bytes().to_vec()].into_iter());
        let Some(Step::Stanza(message)) = steps.get(2) else { panic!("{steps:?}") };
        let text = format!("<stream xmlns='jabber:client'>{message}");
        assert_eq!(read([text.into_bytes()].into_iter())[1], Step::Stanza(message.clone()));
    }

    #[test]
    fn survives_what_is_thrown_at_the_bot() {
        let deep = format!("<s><message>{}{}</message>", "<a>".repeat(100_000), "</a>".repeat(100_000));
        let long = format!("<s><message id='{}'/>", "x".repeat(1_000_000));
        for stream in [deep, long] {
            assert_eq!(read([stream.into_bytes()].into_iter()).len(), 2);
        }
    }
}
