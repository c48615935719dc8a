//! One message, or one other text, in all its forms, each made at most once.

use std::cell::OnceCell;

use domovoi_plugin::Message;

use super::{
    Kind, Leads, Print, Skeleton, Tricks, chars::Chars, code::is_code, courtesy::is_courtesy, is_question,
    leads::shouts, normal, skeleton,
};

/// So many letters apart are more than emphasis.
const SPACED: u32 = 10;

/// What somebody sees of a message.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    shown: Vec<&'a str>,
    attached: &'a [String],
    is_encrypted: bool,
    /// What characters all texts have: of most there are none, and many ask.
    chars: Chars,
    /// Whether any text has a sign in it that quotes begin with.
    may_quote: bool,
    /// Which characters of the body stand for what it answers, as its sender says.
    fallback: Option<(u32, u32)>,
    /// What it quotes, where somebody else said exactly that, by its [`mark_of`].
    quoted: Option<u64>,
    normal: OnceCell<String>,
    skeleton: OnceCell<Skeleton>,
    own: OnceCell<Option<Skeleton>>,
    is_courtesy: OnceCell<bool>,
    is_code: OnceCell<bool>,
    leads: OnceCell<Leads>,
    print: OnceCell<Option<Print>>,
    tricks: OnceCell<Tricks>,
    n_chars: OnceCell<u32>,
    n_shouts: OnceCell<usize>,
    is_question: OnceCell<bool>,
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
        let fallback = message.fallback.filter(|_| message.reply_to.is_some());
        Self { is_encrypted: message.is_encrypted, fallback, ..Self::of(shown, attached) }
    }

    /// Of a nick, a status, a subject.
    pub(crate) fn text(text: &'a str) -> Self {
        Self::of(vec![text], &[])
    }

    fn of(shown: Vec<&'a str>, attached: &'a [String]) -> Self {
        let chars = shown.iter().map(|it| Chars::of(it)).fold(Chars::default(), Chars::plus);
        Self {
            chars,
            may_quote: chars.has(b">") || !chars.is_ascii() && shown.iter().any(|it| has_quote_sign(it)),
            shown,
            attached,
            is_encrypted: false,
            fallback: None,
            quoted: None,
            normal: OnceCell::new(),
            skeleton: OnceCell::new(),
            own: OnceCell::new(),
            is_courtesy: OnceCell::new(),
            is_code: OnceCell::new(),
            leads: OnceCell::new(),
            print: OnceCell::new(),
            tricks: OnceCell::new(),
            n_chars: OnceCell::new(),
            n_shouts: OnceCell::new(),
            is_question: OnceCell::new(),
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

    /// Takes what it quotes for a quote if somebody else said exactly that, as the caller knows by its [`mark_of`].
    pub(crate) fn know_quotes(&mut self, was_said: impl Fn(u64) -> bool) {
        if !self.may_quote && self.fallback.is_none() {
            return;
        }
        let [body] = self.shown.as_slice() else { return };
        let Some((quoted, own)) = part(body, self.fallback) else { return };
        // Some clients put a line before it that says whose words these are.
        let below = quoted.split_once('\n').map(|it| it.1);
        let mut marks = std::iter::once(quoted.as_str()).chain(below).map(mark_of);
        self.quoted = marks.find(|it| was_said(*it)).filter(|_| !own.trim().is_empty());
    }

    /// What it quotes without asking anything about it, if somebody else said it.
    pub(crate) fn hands_on(&self) -> Option<u64> {
        let asks = || self.without_quotes().is_some_and(|own| own.iter().any(|it| is_question(it)));
        self.quoted.filter(|_| !asks())
    }

    /// The texts without what they quote; `None` if they quote nothing, or nothing that may be left out. Lines with a
    /// mark of quotation may be, unless nobody said them and they are like an advert: then they are the author's own
    /// words, as is whatever else is only said to stand for what others said.
    fn without_quotes(&self) -> Option<Vec<String>> {
        if self.quoted.is_some() {
            let body = self.shown.first().and_then(|it| part(it, self.fallback));
            return body.map(|it| vec![it.1]);
        }
        if !self.may_quote || self.shown.iter().all(|it| quoted_lines(it) == 0) {
            return None;
        }
        let is_advert = |it: &&&str| Look::text(&quotes_of(it)).is_like_advert();
        let is_hidden = self.shown.iter().find(is_advert).is_some();
        (!is_hidden).then(|| self.shown.iter().map(|it| without_quotes(it)).collect())
    }

    /// The skeleton without what it quotes, for finding copies; with it, where there is nothing else.
    pub(crate) fn own(&self) -> &Skeleton {
        let own = self.own.get_or_init(|| {
            let own = joined(self.without_quotes()?.iter().map(String::as_str));
            (!own.text.is_empty()).then_some(own)
        });
        own.as_ref().unwrap_or_else(|| self.skeleton())
    }

    /// Whether it says nothing but courtesies, whatever it quotes.
    pub(crate) fn is_courtesy(&self) -> bool {
        *self.is_courtesy.get_or_init(|| is_courtesy(&self.own().text))
    }

    /// The fingerprint; `None` of what shows no text.
    pub(crate) fn print(&self) -> Option<&Print> {
        let make = || {
            let own = self.own();
            if !own.text.is_empty() {
                return Some(Print::new(&own.text, own.n_chars));
            }
            // Pictures and signs only.
            let signs: String = self.shown.iter().flat_map(|it| it.chars()).filter(|c| !c.is_whitespace()).collect();
            (!signs.is_empty()).then(|| Print::new(&signs, own.n_chars))
        };
        self.print.get_or_init(make).as_ref()
    }

    /// Where it leads, by words of its author.
    pub(crate) fn leads(&self) -> &Leads {
        self.leads.get_or_init(|| {
            let mut leads = Leads::default();
            // Whoever answers an advert does not advertise.
            match self.quoted.and_then(|_| self.without_quotes()) {
                _ if !may_lead(self.chars) => {}
                Some(own) => own.iter().for_each(|it| leads.add(it)),
                None => self.shown.iter().for_each(|it| leads.add(it)),
            }
            self.attached.iter().for_each(|it| leads.attach(it));
            leads
        })
    }

    /// Takes handles for what they are where they name people who are here, as the caller knows.
    pub(crate) fn know_handles(&mut self, is_here: impl Fn(&str) -> bool) {
        if !self.chars.has(b"@") || !self.leads().has(Kind::Handle) {
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
        if self.chars.is_ascii() {
            return Tricks::default();
        }
        *self.tricks.get_or_init(|| self.shown.iter().map(|it| Tricks::of(it)).fold(Tricks::default(), Tricks::plus))
    }

    /// Marks of shouting, of four.
    pub(crate) fn n_shouts(&self) -> usize {
        let is_calm = self.chars.is_ascii() && !self.chars.has_capital() && !self.chars.has(b"!$%");
        if is_calm {
            return 0;
        }
        *self.n_shouts.get_or_init(|| self.shown.iter().map(|it| shouts(it)).max().unwrap_or(0))
    }

    /// Whether any of its texts asks something.
    pub(crate) fn is_question(&self) -> bool {
        let may_ask = self.chars.has(b"?") || !self.chars.is_ascii();
        may_ask && *self.is_question.get_or_init(|| self.shown.iter().any(|it| is_question(it)))
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
        let judge = || match self.shown.as_slice() {
            _ if self.leads().iter().any(|it| it.kind != Kind::Material) => false,
            _ if self.leads().has(Kind::Material) => true,
            [] => false,
            [text] => is_code(text, self.chars),
            [text, ..] => is_code(text, Chars::of(text)),
        };
        *self.is_code.get_or_init(judge)
    }

    /// Characters of the longest text, as sent.
    pub(crate) fn n_chars(&self) -> u32 {
        let count = |it: &&str| if self.chars.is_ascii() { it.len() } else { it.chars().count() };
        *self.n_chars.get_or_init(|| u32::try_from(self.shown.iter().map(count).max().unwrap_or(0)).unwrap_or(u32::MAX))
    }

    /// Whether any of its texts may have more than one line, as clients show them.
    pub(crate) fn has_break(&self) -> bool {
        // The other breaks cannot be in what is ASCII, and most texts are.
        let is_foreign = |it: &&&str| it.contains(['\u{85}', '\u{2028}', '\u{2029}']);
        self.chars.has_break() || !self.chars.is_ascii() && self.shown.iter().find(is_foreign).is_some()
    }

    /// Lines that quote, and all lines that are not empty, of the longest text.
    pub(crate) fn quotes(&self) -> (usize, usize) {
        let Some(text) = self.shown.iter().max_by_key(|it| it.len()) else {
            return (0, 0);
        };
        match if self.may_quote { quoted_lines(text) } else { 0 } {
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

fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with(['>', '»', '＞'])
}

/// Whether anything of these may lead away: whatever does has at least one of them in it.
fn may_lead(chars: Chars) -> bool {
    chars.has(b":.@+") || chars.has_digit() || !chars.is_ascii() && chars.has(b"[({")
}

fn has_quote_sign(text: &str) -> bool {
    // One byte is found at once; the others cannot be in what is ASCII.
    text.contains('>') || (!text.is_ascii() && text.contains(['»', '＞']))
}

fn quoted_lines(text: &str) -> usize {
    if !has_quote_sign(text) {
        return 0;
    }
    text.lines().filter(|it| is_quote(it)).count()
}

fn without_quotes(text: &str) -> String {
    text.lines().filter(|it| !is_quote(it)).collect::<Vec<_>>().join("\n")
}

/// The lines that quote, without their marks.
fn quotes_of(text: &str) -> String {
    let lines = text.lines().filter(|it| is_quote(it)).map(unquoted);
    lines.collect::<Vec<_>>().join("\n")
}

fn unquoted(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix(['>', '»', '＞']).map_or(line, |it| it.strip_prefix(' ').unwrap_or(it))
}

/// What a text quotes, without marks, and what is left of it: by what its sender says of it, else by its marks. `None`
/// if it quotes nothing.
fn part(text: &str, fallback: Option<(u32, u32)>) -> Option<(String, String)> {
    if let Some((start, end)) = fallback {
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        let n_chars = text.chars().count();
        if start < end && end <= n_chars {
            let quoted: String = text.chars().skip(start).take(end - start).collect();
            let own = text.chars().take(start).chain(text.chars().skip(end)).collect();
            let lines: Vec<&str> = quoted.trim_end().lines().map(unquoted).collect();
            return Some((lines.join("\n"), own));
        }
    }
    (quoted_lines(text) != 0).then(|| (quotes_of(text), without_quotes(text)))
}

/// By what a text is known when it is quoted, what it quotes itself left out.
pub(crate) fn mark_of(text: &str) -> u64 {
    const FNV: (u64, u64) = (0xcbf2_9ce4_8422_2325, 0x0100_0000_01b3);
    let mut mark = FNV.0;
    for line in text.lines().filter(|it| !is_quote(it)) {
        let seen = line.bytes().filter(|b| !b.is_ascii_whitespace());
        mark = seen.fold(mark, |mark, b| (mark ^ u64::from(b)).wrapping_mul(FNV.1));
    }
    mark
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

    fn reply(body: &str, fallback: Option<(u32, u32)>) -> Message {
        Message { reply_to: Some("1".to_owned()), fallback, ..message(body) }
    }

    /// What is the author's own of a reply, in a room where only this was said; and whether it leads away.
    fn own_of(body: &str, fallback: Option<(u32, u32)>, said: &str) -> (String, bool) {
        let message = reply(body, fallback);
        let mut look = Look::new(&message);
        look.know_quotes(|it| it == mark_of(said));
        (look.own().text.clone(), look.leads().lead_away())
    }

    #[test]
    fn what_somebody_else_said_is_not_the_answerers_own() {
        let advert = "Cheap watches at https://watches.example/ only today";
        let quoted = format!("> {advert}\nplease stop");
        let n = u32::try_from(advert.len()).unwrap() + 3;
        for fallback in [Some((0, n)), None] {
            assert_eq!(own_of(&quoted, fallback, advert), ("please stop".to_owned(), false));
            let (own, leads) = own_of(&quoted, fallback, "something else");
            assert!(own.contains("watches") && leads, "nobody said that: {own}");
        }
        let plain = format!("{advert}\nplease stop");
        assert_eq!(own_of(&plain, Some((0, n - 2)), advert).0, "please stop", "without marks, too");
        let named = format!("> spammer wrote:\n> {advert}\nплиз");
        assert!(!own_of(&named, Some((0, n + 17)), advert).1);
        assert!(!own_of("> one\n> two\nand three", Some((0, 12)), "one\ntwo").0.contains("two"));
    }

    #[test]
    fn no_forged_range_hides_anything() {
        let advert = "Cheap watches at https://watches.example/ only today";
        let n = u32::try_from(advert.len()).unwrap();
        for fallback in [(0, n), (0, n - 1), (1, n), (0, n + 1), (0, u32::MAX), (n, 0), (n, n), (n + 5, n + 9)] {
            let (own, leads) = own_of(advert, Some(fallback), "hello");
            assert!(own.contains("cheap watches") && leads, "{fallback:?}: {own}");
            let (own, leads) = own_of(advert, Some(fallback), advert);
            assert!(own.contains("watches") && leads || fallback.1 == n - 1 || fallback.0 == 1, "{fallback:?}: {own}");
        }
        let (own, _) = own_of("ж🎉é: ok", Some((0, 3)), "ж🎉é");
        assert_eq!(own, "ok", "characters are counted, not bytes");
        let no_reply = Message { reply_to: None, ..reply("hello there", Some((0, 6))) };
        let mut look = Look::new(&no_reply);
        look.know_quotes(|it| it == mark_of("hello"));
        assert_eq!(look.own().text, "hello there", "what answers nothing quotes nothing");
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
    fn pictures_alone_have_a_print_of_their_own() {
        let print = |it: &str| Look::text(it).print().cloned();
        let likeness = |a: &str, b: &str| print(a).unwrap().likeness(&print(b).unwrap());
        assert_eq!(likeness("🎉 🎉 🎉 🎉", "🎉🎉🎉🎉"), 1_000);
        assert_eq!(likeness("🎉🎉🎉🎉", "🔥🔥🔥🔥"), 0);
        assert_eq!(print(" \n"), None);
    }
}
