//! Where a text wants its reader to go: links, rooms, addresses, numbers, wallets, handles.
//!
//! Adverts lead away; so does honest talk, therefore this decides nothing alone.

use super::{
    confusable::read_as,
    fold::is_invisible,
    hosts::{is_common, is_common_tld, is_invite, is_picture, is_tld_of_path},
    number::Number,
    paste::Setting,
};

/// Targets kept of one message.
const MOST: usize = 8;
/// Words that are looked at.
const MOST_WORDS: usize = 400;
/// Fewer letters are not loud, whatever they are.
const LOUD_LETTERS: usize = 12;
/// So few capitals are not most of so many letters: those need not be counted.
const FEW_CAPITALS: usize = LOUD_LETTERS * 6 / 10;
/// Characters of a target that its page may make it long.
const MOST_CHARS: usize = 300;

/// What kind of thing a text leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// A page or a mail address in what a machine wrote and somebody pasted.
    Material,
    /// A page where people who talk put or find things: pastes, code, pictures, encyclopedias.
    Common,
    /// Any other page.
    Link,
    /// A room or an account of XMPP, or an invitation elsewhere.
    Invite,
    /// A name after an `@` that may be one of a messenger, or of somebody here.
    Handle,
    /// A person or a purse: phone and wallet numbers, mail addresses, handles where a messenger is named.
    Contact,
}

/// One target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lead {
    /// What it is.
    pub(crate) kind: Kind,
    /// A hash of it without what makes no difference, by which it is known again; see [`site`].
    pub(crate) hash: u64,
}

/// The upper bits of the hash of a page tell its site.
const SITE_BITS: u32 = 21;
const PAGE_BITS: u32 = 32;

/// What all pages of one site have in common, from the hash of one of them.
pub(crate) const fn site(hash: u64) -> u64 {
    hash >> PAGE_BITS
}

/// All targets of a text, at most [`MOST`], each once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Leads {
    found: Vec<Lead>,
    /// Whether a name of a host mixes scripts, to be taken for another.
    pub(crate) is_disguised: bool,
}

impl Leads {
    /// Adds those of a text.
    pub(crate) fn add(&mut self, text: &str) {
        let mut number = Number::default();
        let (mut has_messenger, mut is_after_at) = (None, false);
        let mut setting = Setting::new(text);
        for raw in text.split_whitespace().take(MOST_WORDS) {
            if let Some(digits) = number.read(raw) {
                self.push(Kind::Contact, &digits);
            }
            if std::mem::replace(&mut is_after_at, raw == "@") {
                self.handle(raw, text, &mut has_messenger);
                continue;
            }
            if raw.len() < 4 || !may_lead(raw) {
                continue;
            }
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '+' && c != '@');
            if let Some(name) = word.strip_prefix('@') {
                self.handle(name, text, &mut has_messenger);
            } else if let Some((kind, target)) = self.target(word) {
                self.push(setting.kind_of(kind, word), &target);
            }
        }
    }

    /// Adds an address that came attached (XEP-0066).
    pub(crate) fn attach(&mut self, address: &str) {
        if let Some((kind, target)) = self.target(address) {
            self.push(kind, &target);
        }
    }

    /// The targets, in the order of the text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Lead> + '_ {
        self.found.iter().copied()
    }

    /// Hashes of those that tell what was meant: material and pages that everyone uses are left out.
    pub(crate) fn telling(&self) -> impl Iterator<Item = u64> + '_ {
        self.found.iter().filter(|it| Kind::Common < it.kind).map(|it| it.hash)
    }

    /// The page or address of a paste that has only one.
    pub(crate) fn only_material(&self) -> Option<u64> {
        if let [Lead { kind: Kind::Material, hash }] = self.found.as_slice() { Some(*hash) } else { None }
    }

    /// Whether any of them is of this kind.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.found.iter().any(|it| it.kind == kind)
    }

    /// Whether any leads where adverts do.
    pub(crate) fn lead_away(&self) -> bool {
        self.found.iter().any(|it| !matches!(it.kind, Kind::Material | Kind::Common | Kind::Handle))
    }

    fn handle(&mut self, name: &str, text: &str, has_messenger: &mut Option<bool>) {
        let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
        if name.len() < 4 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return;
        }
        if *has_messenger.get_or_insert_with(|| names_messenger(text)) {
            self.push(Kind::Contact, &name.to_ascii_lowercase());
        } else if name.bytes().any(|b| b.is_ascii_digit() || b == b'_') {
            self.push(Kind::Handle, &name.to_ascii_lowercase());
        }
    }

    /// Takes the handles out: they are nicks of people here.
    pub(crate) fn without_handles(&mut self) {
        self.found.retain(|it| it.kind != Kind::Handle);
    }

    fn push(&mut self, kind: Kind, target: &str) {
        let lead = Lead { kind, hash: if kind == Kind::Link { hash_of_page(target) } else { hash(target) } };
        if self.found.len() < MOST && !self.found.contains(&lead) {
            self.found.push(lead);
        }
    }

    /// What a word leads to, without what makes no difference: scheme, `www.`, query, case, look-alike letters.
    fn target(&mut self, word: &str) -> Option<(Kind, String)> {
        let plain = plain(word);
        if let Some(jid) = plain.strip_prefix("xmpp:") {
            return Some((Kind::Invite, until(jid, ['?', '/']).to_owned()));
        }
        if is_wallet(word) {
            return Some((Kind::Contact, word.to_owned()));
        }
        let (scheme, rest) = plain.split_once("://").map_or(("", &*plain), |(scheme, rest)| (scheme, rest));
        if !scheme.is_empty() && !scheme.bytes().rev().take(5).all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let rest = rest.strip_prefix("www.").unwrap_or(rest);
        let authority = until(rest, ['/', '?', '#']);
        let host = until(authority.rsplit('@').next().unwrap_or(authority), [':']);
        if scheme.is_empty() && !is_address(rest, authority, host) {
            return None;
        }
        self.is_disguised |= !word.is_ascii() && mixes_scripts(word) || host.contains("xn--");
        let mut target = until(rest, ['?', '#']).trim_end_matches('/').to_owned();
        if scheme.is_empty() && authority.contains('@') && authority.len() == rest.len() {
            let is_room = ["conference.", "muc.", "rooms.", "chat.", "groups."].iter().any(|it| host.starts_with(it));
            return Some((if is_room { Kind::Invite } else { Kind::Contact }, target));
        }
        let kind = match () {
            () if is_invite(&target) => Kind::Invite,
            () if is_common(host) => Kind::Common,
            () => Kind::Link,
        };
        add_page(&mut target, rest);
        Some((kind, target))
    }
}

/// Adds what of the query says which page of a site is meant. The rest, such as where a reader came from, differs from
/// copy to copy of one link, and is what adverts are counted by.
fn add_page(target: &mut String, rest: &str) {
    // A picture is the same whatever is asked of it.
    if is_picture(target) {
        return;
    }
    const PAGES: &[&str] =
        &["id", "p", "t", "v", "q", "bug", "topic", "thread", "tid", "pid", "page", "article", "title"];
    let Some((_, query)) = until(rest, ['#']).split_once('?') else { return };
    for part in query.split(['&', ';']) {
        let is_page = part.split_once('=').is_some_and(|(name, value)| PAGES.contains(&name) && !value.is_empty());
        if is_page && target.len() + part.len() < MOST_CHARS {
            target.push('&');
            target.push_str(part);
        }
    }
}

/// Whether a word has what every address has: a dot, or something that stands for it, a colon, an at sign. Or it is as
/// long as a wallet.
fn may_lead(word: &str) -> bool {
    26 <= word.len() || word.bytes().any(|b| matches!(b, b'.' | b':' | b'@' | b'[' | b'(' | b'{'))
}

/// The word in lower case, without what hides an address in it.
fn plain(word: &str) -> String {
    let mut plain: String = if word.is_ascii() {
        word.to_ascii_lowercase()
    } else {
        let lower = word.chars().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase);
        let is_foreign = mixes_scripts(word);
        lower.map(|c| if is_foreign { read_as(c) } else { c }).collect()
    };
    if plain.contains(['[', '(', '{']) {
        for dot in ["[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}"] {
            plain = plain.replace(dot, ".");
        }
    }
    if let Some(rest) = plain.strip_prefix("hxxp") {
        plain = format!("http{rest}");
    }
    plain
}

fn until<const N: usize>(text: &str, ends: [char; N]) -> &str {
    text.split(ends).next().unwrap_or(text)
}

/// Whether letters of ASCII stand beside such of Cyrillic or Greek.
fn mixes_scripts(word: &str) -> bool {
    let host = until(word.split_once("://").map_or(word, |it| it.1), ['/', '?', '#']);
    let host = host.rsplit_once('.').map_or(host, |it| it.0);
    let is_foreign = |c: char| matches!(c, '\u{370}'..='\u{52f}');
    host.split(['.', '-']).any(|it| it.chars().any(is_foreign) && it.chars().any(|c| c.is_ascii_alphabetic()))
}

/// `name@host.tld`, `host.tld` or `host.tld/path`, with a top-level domain of letters.
fn is_address(word: &str, authority: &str, host: &str) -> bool {
    let Some((name, tld)) = host.rsplit_once('.') else {
        return false;
    };
    let fits = |it: &str| it.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    let is_tld = (2..=12).contains(&tld.len()) && tld.chars().all(char::is_alphabetic);
    let is_clear = is_common_tld(tld) || (authority.contains('@') && !authority.starts_with('@'));
    // `t.me/somebody` is an address, `a.me` the field of something.
    let is_long = 2 <= name.len() || word.split_once('/').is_some_and(|(_, path)| 3 <= path.len());
    is_tld
        && !name.is_empty()
        && is_long
        && fits(name)
        && (is_clear || (word.contains('/') && !name.contains("..") && is_tld_of_path(tld)))
}

/// A wallet by the way it is written; a hash of a commit or a key is none.
fn is_wallet(word: &str) -> bool {
    if !(26..=106).contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().filter(|it| is(it)).take(4).count();
    let is_base58 =
        has(u8::is_ascii_uppercase) == 4 && has(u8::is_ascii_lowercase) == 4 && 3 <= has(u8::is_ascii_digit);
    let begins = |starts: &[&str]| starts.iter().any(|it| word.starts_with(it));
    match word.len() {
        42 if word.starts_with("0x") => true,
        26..=35 => is_base58 && begins(&["1", "3", "T", "L", "D", "X", "r"]) && !word.contains(['0', 'O', 'I', 'l']),
        42..=62 if word.starts_with("bc1") || word.starts_with("ltc1") => 4 <= has(u8::is_ascii_digit),
        95 | 106 => is_base58 && begins(&["4", "8"]),
        _ => false,
    }
}

/// Whether a messenger is named where such a handle would be one of it.
fn names_messenger(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "telegram",
        "tg",
        "телеграм",
        "телеграмм",
        "тг",
        "telega",
        "телега",
        "whatsapp",
        "ватсап",
        "вотсап",
        "signal",
        "instagram",
        "insta",
        "инста",
        "wechat",
        "discord",
        "skype",
        "snapchat",
        "viber",
        "вайбер",
        "wickr",
        "session",
    ];
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.any(|it| NAMES.contains(&it))
}

/// The hash of a page: of its site in the upper bits, of all of it in the lower ones.
fn hash_of_page(target: &str) -> u64 {
    let of_site = hash(site_name(until(target, ['/', '&', ':'])));
    (of_site >> (53 - SITE_BITS)) << PAGE_BITS | (hash(target) & ((1 << PAGE_BITS) - 1))
}

/// The part of a host's name that has one owner: `shop.example` of `a.shop.example`, `shop.co.uk` of `a.shop.co.uk`.
fn site_name(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|it| it.0);
    let _top = dots.next();
    let Some(second) = dots.next() else { return host };
    let rest = host.get(second + 1..).unwrap_or(host);
    let is_wide = until(rest, ['.']).len() <= 3;
    let start = if is_wide { dots.next().map_or(0, |it| it + 1) } else { second + 1 };
    host.get(start..).unwrap_or(host)
}

fn hash(target: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = target.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    // Numbers in JSON are exact up to 53 bits everywhere.
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11
}

/// How many marks of shouting a text has, of four: exclamation marks, capitals, money, pictures.
pub(crate) fn shouts(text: &str) -> usize {
    let (mut n_upper, mut n_marks, mut n_pictures, mut has_money) = (0, 0, 0, false);
    if text.is_ascii() {
        n_upper = text.bytes().filter(u8::is_ascii_uppercase).count();
        n_marks = text.bytes().filter(|b| *b == b'!').count();
        has_money = text.bytes().any(|b| matches!(b, b'$' | b'%'));
    } else {
        for c in text.chars() {
            match c {
                'a'..='z' | 'а'..='я' => {}
                '!' | '！' => n_marks += 1,
                '$' | '€' | '£' | '₽' | '₿' | '%' => has_money = true,
                '\u{1f300}'..='\u{1faff}' => n_pictures += 1,
                _ => n_upper += usize::from(c.is_uppercase()),
            }
        }
    }
    let is_loud = FEW_CAPITALS < n_upper && are_capitals(text, n_upper);
    [2 <= n_marks, is_loud, has_money, 3 <= n_pictures].into_iter().filter(|it| *it).count()
}

/// Whether so many capitals are most of a text's letters, and these are more than a word.
fn are_capitals(text: &str, n_upper: usize) -> bool {
    let n_letters = text.chars().filter(|c| c.is_alphabetic()).count();
    LOUD_LETTERS <= n_letters && n_letters * 6 < n_upper * 10
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_of_one_site_have_one_mark() {
        let mark = |text: &str| {
            let mut leads = Leads::default();
            leads.add(text);
            leads.iter().next().map(|it| site(it.hash))
        };
        let one = mark("https://spam.example/a");
        assert!(one.is_some());
        for same in ["https://spam.example/b?x=1", "http://www.spam.example", "https://b.spam.example:8080/c"] {
            assert_eq!(mark(same), one, "{same}");
        }
        for other in ["https://ham.example/a", "https://spam.other.example/a", "https://spam.com/a"] {
            assert_ne!(mark(other), one, "{other}");
        }
        assert_ne!(mark("https://one.co.uk/"), mark("https://two.co.uk/"));
        assert_eq!(mark("https://a.one.co.uk/"), mark("https://one.co.uk/"));
        for name in ["", ".", "..", "a..b", "x.y.z.w", "ü.ö.ä"] {
            assert!(name.ends_with(site_name(name)), "{name}");
        }
    }

    fn kinds(text: &str) -> Vec<Kind> {
        let mut leads = Leads::default();
        leads.add(text);
        leads.iter().map(|it| it.kind).collect()
    }

    #[test]
    fn whatever_leads_away_is_found() {
        for (text, kind) in [
            ("see https://shop.example/now", Kind::Link),
            ("see hxxps://shop[.]example/now", Kind::Link),
            ("look at best-shop.com!", Kind::Link),
            ("see http://192.0.2.7/x", Kind::Link),
            ("купи на магазин.рф", Kind::Link),
            ("join xmpp:room@chat.example?join", Kind::Invite),
            ("come to fun@conference.jabber.example", Kind::Invite),
            ("https://t.me/bestdealer", Kind::Invite),
            ("our new channel is t.me/bestdealer, come", Kind::Invite),
            ("write to dealer@mail.example", Kind::Contact),
            ("telegram: @bestdealer", Kind::Contact),
            ("пиши в тг @bestdealer", Kind::Contact),
            ("write to @ doc_king_777", Kind::Handle),
            ("call +1 (555) 123 45 67", Kind::Contact),
            ("call +15551234567", Kind::Contact),
            ("звони 89161234567!", Kind::Contact),
            ("dial 0015551234567", Kind::Contact),
            ("dial +OO1 555 123 4567, now", Kind::Contact),
            ("send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT", Kind::Contact),
            ("send to 0x52908400098527886E0F7030069857D2E4169EE7", Kind::Contact),
            ("my log: https://pastebin.com/abc", Kind::Common),
            ("https://en.wikipedia.org/wiki/Spam", Kind::Common),
        ] {
            assert_eq!(kinds(text), [kind], "{text}");
        }
    }

    #[test]
    fn ordinary_words_and_numbers_lead_nowhere() {
        for text in [
            "hello everybody, how are you?",
            "look into src/main.rs and lib.rs, and call it.next()",
            "version 1.2.3 is out since 2026-11-22 12:30:45",
            "ping 192.168.100.100 gives 1732276800.123",
            "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
            "@alice have you seen that?",
            "это очень интересно, расскажи ещё",
            "1 2 3 4 5 6 7 8 9 10 11 12",
            "address 00 10 5a 3e 0e 48, irq 5, size 00100000 00200000",
            "link/ether 00:10:5a:3e:0e:48 brd 255.255.255.255 scope 10.0.0.17/24",
            "Date: Mon, 2 Mar 2026 18:00:24 +0100 2026 120 456",
            "+1204 -350 1024 2048 src/main",
            "1,048,576 bytes, 4.7.10-2+deb9u1, 2026-03-02 18:00:24.123456",
            "e.g. this, i.e. that... and so on",
            "x = foo.bar(10) + 5",
            "it is a.me and b.is/1, p.x/y.z",
        ] {
            assert!(kinds(text).is_empty(), "{text}: {:?}", kinds(text));
        }
    }

    #[test]
    fn the_same_target_is_known_however_it_is_written() {
        let hash = |text: &str| {
            let mut leads = Leads::default();
            leads.add(text);
            leads.iter().next().unwrap().hash
        };
        let plain = hash("https://shop.example/sale");
        for text in [
            "HTTP://www.Shop.Example/sale/",
            "shop.example/sale?ref=7",
            "hxxp://shop[.]example/sale",
            "ѕhop.example/sale",
        ] {
            assert_eq!(hash(text), plain, "{text}");
        }
        assert_ne!(hash("https://shop.example/other"), plain);
        let bug = hash("https://bugs.site.example/show_bug.cgi?id=17");
        assert_eq!(hash("https://bugs.site.example/show_bug.cgi?ref=mail&id=17#c3"), bug);
        assert_ne!(hash("https://bugs.site.example/show_bug.cgi?id=18"), bug);
    }

    #[test]
    fn a_host_of_mixed_scripts_is_a_disguise() {
        let is_disguised = |text: &str| {
            let mut leads = Leads::default();
            leads.add(text);
            leads.is_disguised
        };
        assert!(is_disguised("https://pаypal.com/login"));
        assert!(!is_disguised("https://пример.рф/путь") && !is_disguised("https://paypal.com/счёт"));
    }

    proptest! {
        #[test]
        fn anything_is_borne(text in "\\PC*") {
            let mut leads = Leads::default();
            leads.add(&text);
            leads.attach(&text);
            prop_assert!(leads.found.len() <= MOST);
            shouts(&text);
        }

        #[test]
        fn few_capitals_are_never_most_of_a_text_that_is_loud(text in "[A-Za-zА-Яа-я !]{0,60}") {
            let n_upper = text.chars().filter(|c| c.is_uppercase()).count();
            prop_assert!(FEW_CAPITALS < n_upper || !are_capitals(&text, n_upper));
        }
    }
}
