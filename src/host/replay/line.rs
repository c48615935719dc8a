//! A line of a record file, read without copying what need not be kept.
//!
//! [`domovoi_plugin::Record`] is the same thing for keeping; here each line is looked at once and most of what it says
//! is forgotten at once, so texts stay where they are and what recurs in every line (rooms, nicks, addresses) is
//! prepared once.

use std::{borrow::Cow, collections::HashMap, fmt, hash::Hash, ops::Deref};

use domovoi_plugin::{
    Affiliation, Cause, LangText, Nick, OccupantId, Role, RoomJid, Show, Timestamp,
    jid::{BareJid, Jid},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, Visitor},
};

/// How many different values of one kind are remembered as prepared; then the table begins anew.
const MOST_PREPARED: usize = 100_000;

/// What a line is.
#[derive(Debug)]
pub(super) enum Line<'a> {
    /// A record.
    Fact(Box<Fact<'a>>),
    /// The head of a scene file, which says what the scene is for.
    Head,
    /// Nothing.
    Blank,
    /// Anything else.
    Malformed,
}

/// A record whose names are checked.
#[derive(Debug)]
pub(super) struct Fact<'a> {
    pub(super) at: Timestamp,
    pub(super) room: RoomJid,
    pub(super) nick: Option<Nick>,
    pub(super) new_nick: Option<Nick>,
    pub(super) jid: Option<BareJid>,
    pub(super) occupant_id: Option<OccupantId>,
    /// The rest, as it stands there.
    pub(super) raw: Raw<'a>,
}

/// A record as it stands in the file. Keys that a replay has no use for are not even looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Raw<'a> {
    #[serde(borrow)]
    at: Str<'a>,
    room: Str<'a>,
    pub(super) kind: Str<'a>,
    nick: Option<Str<'a>>,
    new_nick: Option<Str<'a>>,
    jid: Option<Str<'a>>,
    occupant_id: Option<Str<'a>>,
    pub(super) role: Option<Role>,
    pub(super) affiliation: Option<Affiliation>,
    pub(super) id: Option<Str<'a>>,
    pub(super) stanza_id: Option<Str<'a>>,
    pub(super) body: Option<Str<'a>>,
    pub(super) lang: Option<Str<'a>>,
    #[serde(default)]
    pub(super) bodies: Vec<LangText>,
    pub(super) xhtml: Option<Str<'a>>,
    #[serde(default)]
    pub(super) oob: Vec<String>,
    pub(super) reply_to: Option<Str<'a>>,
    pub(super) fallback: Option<(u32, u32)>,
    #[serde(default)]
    pub(super) encrypted: Yes,
    pub(super) replaces: Option<Str<'a>>,
    #[serde(default)]
    pub(super) reactions: Vec<String>,
    pub(super) cause: Option<Cause>,
    pub(super) show: Option<Show>,
    pub(super) status: Option<Str<'a>>,
    pub(super) caps: Option<Str<'a>>,
    pub(super) avatar: Option<Str<'a>>,
    pub(super) actor: Option<Str<'a>>,
    pub(super) reason: Option<Str<'a>>,
    pub(super) by: Option<Str<'a>>,
}

/// A text that is borrowed from the line wherever nothing in it is escaped.
#[derive(Debug)]
pub(super) struct Str<'a>(Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Yes or no, where any word means yes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Yes(pub(super) bool);

impl<'de> Deserialize<'de> for Yes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct YesOrWord;
        impl Visitor<'_> for YesOrWord {
            type Value = Yes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a word")
            }
            fn visit_bool<E: Error>(self, is_yes: bool) -> Result<Yes, E> {
                Ok(Yes(is_yes))
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Yes, E> {
                Ok(Yes(!word.is_empty()))
            }
            fn visit_unit<E: Error>(self) -> Result<Yes, E> {
                Ok(Yes(false))
            }
        }
        deserializer.deserialize_any(YesOrWord)
    }
}

/// Reads lines, and remembers the names in them as prepared.
#[derive(Debug, Default)]
pub(super) struct Reader {
    rooms: Prepared<RoomJid>,
    nicks: Prepared<Nick>,
    jids: Prepared<BareJid>,
}

impl Reader {
    /// What a line says.
    pub(super) fn read<'a>(&mut self, line: &'a [u8]) -> Line<'a> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return Line::Blank;
        }
        match serde_json::from_slice::<Raw<'a>>(line) {
            Ok(raw) => self.check(raw).map_or(Line::Malformed, |it| Line::Fact(Box::new(it))),
            Err(_) if is_head(line) => Line::Head,
            Err(_) => Line::Malformed,
        }
    }

    fn check<'a>(&mut self, raw: Raw<'a>) -> Option<Fact<'a>> {
        Some(Fact {
            at: instant(&raw.at)?,
            room: self.rooms.get(&raw.room, |it| it.parse().ok())?,
            nick: optional(raw.nick.as_deref(), |it| self.nicks.get(it, |it| Nick::new(it).ok()))?,
            new_nick: optional(raw.new_nick.as_deref(), |it| self.nicks.get(it, |it| Nick::new(it).ok()))?,
            jid: optional(raw.jid.as_deref(), |it| self.jids.get(it, |it| Jid::new(it).ok().map(Jid::into_bare)))?,
            occupant_id: raw.occupant_id.as_deref().map(OccupantId::new),
            raw,
        })
    }
}

/// `None` where something is there that is not what it should be.
#[expect(clippy::option_option, reason = "not there and not what it should be are two things")]
fn optional<T>(text: Option<&str>, prepare: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        Some(text) => prepare(text).map(Some),
        None => Some(None),
    }
}

/// Texts that were checked and brought into their form before.
#[derive(Debug)]
struct Prepared<T>(HashMap<Box<str>, T>);

impl<T> Default for Prepared<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone + Eq + Hash> Prepared<T> {
    fn get(&mut self, text: &str, prepare: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if let Some(known) = self.0.get(text) {
            return Some(known.clone());
        }
        let new = prepare(text)?;
        if MOST_PREPARED <= self.0.len() {
            self.0.clear();
        }
        self.0.insert(Box::from(text), new.clone());
        Some(new)
    }
}

/// Whether a line that is no record is the head of a scene: an object with `scene`, and with nothing that records have.
fn is_head(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        at: Option<IgnoredAny>,
        room: Option<IgnoredAny>,
        kind: Option<IgnoredAny>,
        scene: Option<IgnoredAny>,
    }
    let head = serde_json::from_slice::<Head>(line);
    head.is_ok_and(|it| it.scene.is_some() && it.at.is_none() && it.room.is_none() && it.kind.is_none())
}

/// When the record in this line happened; `None` if it is no record. Looks no further than need be.
#[must_use]
pub fn time_of(line: &[u8]) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct OnlyAt<'a> {
        #[serde(borrow)]
        at: Str<'a>,
    }
    let first = line.strip_prefix(b"{\"at\":\"").and_then(|it| it.split(|byte| *byte == b'"').next());
    if let Some(at) = first.and_then(usual) {
        return Some(at);
    }
    serde_json::from_slice::<OnlyAt<'_>>(line.trim_ascii()).ok().and_then(|it| instant(&it.at))
}

fn instant(text: &str) -> Option<Timestamp> {
    usual(text.as_bytes()).or_else(|| text.parse().ok())
}

/// `2026-11-22T15:29:01.123Z` and the same without the fraction, as nearly all files have it.
fn usual(text: &[u8]) -> Option<Timestamp> {
    let (whole, fraction) = text.split_at_checked(19)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = whole else {
        return None;
    };
    let millis = match *fraction {
        [b'Z'] => 0,
        [b'.', a, b, c, b'Z'] => number(&[a, b, c])?,
        _ => return None,
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    // The last days of months, leap seconds and the like are for whoever knows calendars.
    if !(1970..=9998).contains(&year) || !(1..=12).contains(&month) || !(1..=28).contains(&day) {
        return None;
    }
    if 23 < hour || 59 < minute || 59 < second {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_millis(seconds * 1_000 + millis))
}

fn number(digits: &[u8]) -> Option<i64> {
    let digit = |sum: i64, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'));
    digits.iter().try_fold(0, digit)
}

/// Days from 1970-01-01 to this date of the Gregorian calendar, counting years from March so that the leap day is last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Record;
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = concat!(
        r#"{"at":"2026-11-22T15:29:01.123Z","room":"garden@chat.example.org","seq":41,"kind":"message","#,
        r#""nick":"alice","jid":"alice@example.org/x","occupant_id":"hmcb…","role":"participant","#,
        r#""affiliation":"none","id":"m1","stanza_id":"28482","body":"hel\nlo","new":[1,{}]}"#
    );

    fn with(rest: &str) -> String {
        format!(r#"{{"at":"2026-11-30T15:29:01Z","room":"a@b.example"{rest}}}"#)
    }

    fn is_fact(line: &str) -> bool {
        matches!(Reader::default().read(line.as_bytes()), Line::Fact(_))
    }

    #[test]
    fn a_record_is_read_as_it_stands() {
        let mut reader = Reader::default();
        let Line::Fact(fact) = reader.read(WHOLE.as_bytes()) else { panic!("a record") };
        assert_eq!(fact.at.to_string(), "2026-11-22T15:29:01.123Z");
        assert_eq!((fact.room.as_str(), &*fact.raw.kind), ("garden@chat.example.org", "message"));
        assert_eq!(fact.jid.unwrap().as_str(), "alice@example.org");
        assert_eq!(&*fact.raw.body.unwrap(), "hel\nlo");
        assert!(matches!(fact.raw.id.unwrap().0, Cow::Borrowed("m1")), "copied for nothing");
    }

    #[test]
    fn what_is_a_record_to_the_archive_is_one_here_and_what_is_not_is_not() {
        for line in [
            with(r#","kind":"message","encrypted":"urn:xmpp:omemo:2","nick":null"#),
            with(r#","kind":"poll","votes":3"#),
            with(r#","kind":"message","encrypted":null"#),
            with(r#","kind":"message","encrypted":true,"bodies":[{"lang":"ru","body":"да"}]"#),
            with(r#","kind":"message","nick":"a\u202eb""#),
            with(r#","kind":"message","nick":"""#),
            with(r#","kind":"message","jid":"@""#),
            with(r#","kind":"message","role":"king""#),
            with(r#","kind":"message","body":5"#),
            with(r#","kind":"message","kind":"join""#),
            with(r#","kind":"leave","cause":"sleepy""#),
            with(""),
            "{}".to_owned(),
            "[]".to_owned(),
            "message".to_owned(),
            WHOLE.to_owned(),
        ] {
            assert_eq!(is_fact(&line), serde_json::from_str::<Record>(&line).is_ok(), "{line}");
        }
    }

    #[test]
    fn heads_and_blank_lines_are_not_malformed() {
        let mut reader = Reader::default();
        assert!(matches!(reader.read(b"\xef\xbb\xbf {\"scene\":\"one flooder\",\"reached\":5}\r"), Line::Head));
        assert!(matches!(reader.read(b" \r"), Line::Blank));
        for line in [&br#"{"scene":1,"at":"2026-11-22T15:29:01Z"}"#[..], b"{\"at\":1}", b"\xff\xfe", b"{\"a\"", b"null"]
        {
            assert!(matches!(reader.read(line), Line::Malformed), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn the_time_is_found_wherever_it_stands() {
        let at = Some("2026-11-22T15:29:01.123Z".parse().unwrap());
        assert_eq!(time_of(WHOLE.as_bytes()), at);
        assert_eq!(time_of(br#" {"room":"x","at":"2026-11-22T17:29:01.123456+02:00"}"#), at);
        assert_eq!(time_of(br#"{"at":"soon"}"#), None);
        assert_eq!(time_of(b"{\"at\":\"2026-11-22T15:"), None);
    }

    proptest! {
        #[test]
        fn the_short_way_to_an_instant_leads_where_the_long_one_does(millis in 0_i64..253_370_764_800_000) {
            let at = Timestamp::from_millis(millis);
            let text = at.to_string();
            prop_assert_eq!(instant(&text), Some(at));
            if let Some(short) = usual(text.as_bytes()) {
                prop_assert_eq!(short, at);
            }
        }
    }
}
