//! One message, or one other text, in all its forms, each made at most once.

use std::cell::OnceCell;

use domovoi_plugin::Message;

use super::{Kind, Leads, Print, Skeleton, Tricks, courtesy::is_courtesy, leads::shouts, normal, skeleton};

/// So many letters apart are more than emphasis.
const SPACED: u32 = 10;

/// What somebody sees of a message.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    shown: Vec<&'a str>,
    attached: &'a [String],
    is_encrypted: bool,
    normal: OnceCell<String>,
    skeleton: OnceCell<Skeleton>,
    own: OnceCell<Option<Skeleton>>,
    is_courtesy: OnceCell<bool>,
    is_code: OnceCell<bool>,
    leads: OnceCell<Leads>,
    tricks: OnceCell<Tricks>,
    n_chars: OnceCell<u32>,
    n_shouts: OnceCell<usize>,
}

impl<'a> Look<'a> {
    /// Of a message: each body, XHTML, a subject beside a body. Of an encrypted one nothing, since the note that stands
    /// for it is not what its author said.
    pub(crate) fn new(message: &'a Message) -> Self {
        let mut shown: Vec<&str> = Vec::with_capacity(1);
        let others = message.bodies.iter().map(|it| it.body.as_str());
        let beside = message.xhtml.as_deref().into_iter().chain(message.subject.as_deref());
        for text in std::iter::once(message.body.as_str()).chain(others).chain(beside) {
            if !message.is_encrypted && !text.is_empty() && !shown.contains(&text) {
                shown.push(text);
            }
        }
        let attached = if message.is_encrypted { &[] } else { message.oob.as_slice() };
        Self { is_encrypted: message.is_encrypted, ..Self::of(shown, attached) }
    }

    /// Of a nick, a status, a subject.
    pub(crate) fn text(text: &'a str) -> Self {
        Self::of(vec![text], &[])
    }

    fn of(shown: Vec<&'a str>, attached: &'a [String]) -> Self {
        Self {
            shown,
            attached,
            is_encrypted: false,
            normal: OnceCell::new(),
            skeleton: OnceCell::new(),
            own: OnceCell::new(),
            is_courtesy: OnceCell::new(),
            is_code: OnceCell::new(),
            leads: OnceCell::new(),
            tricks: OnceCell::new(),
            n_chars: OnceCell::new(),
            n_shouts: OnceCell::new(),
        }
    }

    /// Every text that some client shows, as it came.
    pub(crate) fn shown(&self) -> &[&'a str] {
        &self.shown
    }

    /// Addresses attached to it.
    pub(crate) const fn attached(&self) -> &'a [String] {
        self.attached
    }

    /// Whether what was said cannot be read.
    pub(crate) const fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// The normal form of all texts, a line each: for patterns that people write.
    #[allow(dead_code, reason = "rules need the skeleton only; lists of patterns are written for this form")]
    pub(crate) fn normal(&self) -> &str {
        self.normal.get_or_init(|| self.shown.iter().map(|it| normal(it)).collect::<Vec<_>>().join("\n"))
    }

    /// The skeletons of all texts, each once.
    pub(crate) fn skeleton(&self) -> &Skeleton {
        self.skeleton.get_or_init(|| joined(self.shown.iter().copied()))
    }

    /// The skeleton without what it quotes, for finding copies; with it, where there is nothing else.
    pub(crate) fn own(&self) -> &Skeleton {
        let own = self.own.get_or_init(|| {
            let is_quoting = self.shown.iter().any(|it| quoted_lines(it) != 0);
            let texts: Vec<String> = self.shown.iter().filter(|_| is_quoting).map(|it| without_quotes(it)).collect();
            let own = joined(texts.iter().map(String::as_str));
            (is_quoting && !own.text.is_empty()).then_some(own)
        });
        own.as_ref().unwrap_or_else(|| self.skeleton())
    }

    /// Whether it says nothing but courtesies, whatever it quotes.
    pub(crate) fn is_courtesy(&self) -> bool {
        *self.is_courtesy.get_or_init(|| is_courtesy(&self.own().text))
    }

    /// The fingerprint; `None` of what shows no text.
    pub(crate) fn print(&self) -> Option<Print> {
        let own = self.own();
        if !own.text.is_empty() {
            return Some(Print::new(&own.text, own.n_chars));
        }
        // Pictures and signs only.
        let signs: String = self.shown.iter().flat_map(|it| it.chars()).filter(|c| !c.is_whitespace()).collect();
        (!signs.is_empty()).then(|| Print::new(&signs, own.n_chars))
    }

    /// Where it leads.
    pub(crate) fn leads(&self) -> &Leads {
        self.leads.get_or_init(|| {
            let mut leads = Leads::default();
            self.shown.iter().for_each(|it| leads.add(it));
            self.attached.iter().for_each(|it| leads.attach(it));
            leads
        })
    }

    /// Takes handles for what they are where they name people who are here, as the caller knows.
    pub(crate) fn know_handles(&mut self, is_here: impl Fn(&str) -> bool) {
        if !self.shown.iter().any(|it| it.contains('@')) || !self.leads().has(Kind::Handle) {
            return;
        }
        let mut words = self.shown.iter().flat_map(|it| it.split_whitespace()).filter(|it| it.starts_with('@'));
        let calls = words.any(|it| {
            let it = it.trim_start_matches('@');
            is_here(it) || is_here(it.trim_end_matches(|c: char| !c.is_alphanumeric()))
        });
        if let (true, Some(leads)) = (calls, self.leads.get_mut()) {
            leads.without_handles();
        }
    }

    /// Tricks of writing in it.
    pub(crate) fn tricks(&self) -> Tricks {
        *self.tricks.get_or_init(|| self.shown.iter().map(|it| Tricks::of(it)).fold(Tricks::default(), Tricks::plus))
    }

    /// Marks of shouting, of four.
    pub(crate) fn n_shouts(&self) -> usize {
        *self.n_shouts.get_or_init(|| self.shown.iter().map(|it| shouts(it)).max().unwrap_or(0))
    }

    /// Whether it wants its reader elsewhere or shouts for attention. Honest talk does so too.
    pub(crate) fn is_like_advert(&self) -> bool {
        self.leads().lead_away() || 2 <= self.n_shouts() || self.is_spaced()
    }

    /// Whether it is written with its letters apart.
    pub(crate) fn is_spaced(&self) -> bool {
        SPACED <= self.skeleton().n_joined
    }

    /// Whether it is code or a line of a log: full of signs that talk has no use for, or set in.
    pub(crate) fn is_code(&self) -> bool {
        let judge = || self.leads().iter().next().is_none() && self.shown.first().is_some_and(|it| is_code(it));
        *self.is_code.get_or_init(judge)
    }

    /// Characters of the longest text, as sent.
    pub(crate) fn n_chars(&self) -> u32 {
        let count = |it: &&str| if it.is_ascii() { it.len() } else { it.chars().count() };
        *self.n_chars.get_or_init(|| u32::try_from(self.shown.iter().map(count).max().unwrap_or(0)).unwrap_or(u32::MAX))
    }

    /// Lines that quote, and all lines that are not empty, of the longest text.
    pub(crate) fn quotes(&self) -> (usize, usize) {
        let Some(text) = self.shown.iter().max_by_key(|it| it.len()) else {
            return (0, 0);
        };
        match quoted_lines(text) {
            0 => (0, 1),
            n => (n, text.lines().filter(|it| !it.trim().is_empty()).count()),
        }
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Skeleton {
    let mut all = Skeleton::default();
    for text in texts {
        let next = skeleton(text);
        if all.text.is_empty() {
            all = next;
        } else if !next.text.is_empty() && !all.text.contains(&next.text) {
            all.text.push(' ');
            all.text.push_str(&next.text);
            all.n_chars += next.n_chars;
            all.n_joined += next.n_joined;
        }
    }
    all
}

fn is_code(text: &str) -> bool {
    const SIGNS: &[u8] = b"{}()[];=<>/\\|_#$%&*+:~\"";
    let (mut n_signs, mut n_digits, mut kinds) = (0, 0, 0_u32);
    for b in text.as_bytes().iter().filter(|it| it.is_ascii_punctuation() || it.is_ascii_digit()) {
        if let Some(kind) = SIGNS.iter().position(|it| it == b) {
            n_signs += 1;
            kinds |= 1 << kind;
        }
        n_digits += usize::from(b.is_ascii_digit());
    }
    if text.starts_with("  ") || text.starts_with('\t') {
        // Nobody indents so far what they say.
        return 0 < n_signs || text.starts_with("    ") || text.starts_with('\t');
    }
    3 <= kinds.count_ones() && (text.len() < n_signs * 10 || text.len() < (n_signs + n_digits) * 6)
}

fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with(['>', '»', '＞'])
}

fn quoted_lines(text: &str) -> usize {
    // One byte is found at once; the others cannot be in what is ASCII.
    if !text.contains('>') && (text.is_ascii() || !text.contains(['»', '＞'])) {
        return 0;
    }
    text.lines().filter(|it| is_quote(it)).count()
}

fn without_quotes(text: &str) -> String {
    text.lines().filter(|it| !is_quote(it)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Message {
        Message { body: body.to_owned(), ..Message::default() }
    }

    #[test]
    fn every_text_counts_and_each_once() {
        let mut message = message("hello there");
        message.xhtml = Some("HELLO there".to_owned());
        message.subject = Some("buy at shop.example".to_owned());
        let look = Look::new(&message);
        assert_eq!(look.skeleton().text, "hello there buy at shop example");
        assert!(look.is_like_advert());
    }

    #[test]
    fn of_an_encrypted_message_there_is_nothing_to_see() {
        let message = Message { is_encrypted: true, oob: vec!["https://a.example/".to_owned()], ..message("a note") };
        let look = Look::new(&message);
        assert!(look.print().is_none() && look.shown().is_empty() && look.attached().is_empty());
        assert!(look.is_encrypted() && !look.is_like_advert());
    }

    #[test]
    fn quotes_are_no_copies_but_they_are_text() {
        let quoting = message("> does anyone know how to mount this disk?\n> thanks\nyes I do");
        let look = Look::new(&quoting);
        assert_eq!((look.own().text.as_str(), look.quotes()), ("yes i do", (2, 3)));
        assert!(look.skeleton().text.contains("mount this disk"));
        let only = message("> nothing but a quote");
        assert_eq!(Look::new(&only).own().text, "nothing but a quote");
    }

    #[test]
    fn adverts_lead_away_or_shout() {
        for text in
            ["see https://shop.example/now", "telegram @bestdealer", "BUY CHEAP WATCHES TODAY!!!", "win 1000$ now!!"]
        {
            assert!(Look::text(text).is_like_advert(), "{text}");
        }
        for text in ["hello everybody, how are you?", "what? really!!", "version 1.2.3 is out", "I THINK so, yes"] {
            assert!(!Look::text(text).is_like_advert(), "{text}");
        }
    }

    #[test]
    fn code_and_logs_are_told_from_talk() {
        for text in [
            "for (i = 0; i < 10; i++) {",
            "    return x + 1;",
            "[0001] worker 1: connection to shard 3 reset",
            "x = {'a': 1, 'b': 2}",
            "E: Unable to locate package libfoo-dev (>= 1.2)",
        ] {
            assert!(Look::text(text).is_code(), "{text}");
        }
        for text in [
            "hello, how are you?",
            "flood line 17",
            "see (perhaps) the manual",
            "ha ha :) :)",
            "buy now at 50% off today",
        ] {
            assert!(!Look::text(text).is_code(), "{text}");
        }
    }

    #[test]
    fn pictures_alone_have_a_print_of_their_own() {
        let print = |it: &str| Look::text(it).print();
        let likeness = |a: &str, b: &str| print(a).unwrap().likeness(&print(b).unwrap());
        assert_eq!(likeness("🎉 🎉 🎉 🎉", "🎉🎉🎉🎉"), 1_000);
        assert_eq!(likeness("🎉🎉🎉🎉", "🔥🔥🔥🔥"), 0);
        assert_eq!(print(" \n"), None);
    }
}
