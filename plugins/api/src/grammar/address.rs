//! Whether a line is meant for the bot, and what of it is the command.

use super::tokens::{MAX_LINE_BYTES, is_blank, trim};
use crate::{Nick, Place, nick::is_dropped};

/// What kind of place a line was said in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlaceKind {
    /// In a room, heard by everybody.
    Room,
    /// In private through a room (XEP-0045 §7.5).
    Private,
    /// In a chat outside any room.
    Direct,
}

impl From<&Place> for PlaceKind {
    fn from(place: &Place) -> Self {
        match place {
            Place::Room => Self::Room,
            Place::Private(_) => Self::Private,
            Place::Direct(_) => Self::Direct,
        }
    }
}

/// The command in a line that is meant for the bot, beginning with its first word; `None` for all other talk.
///
/// In a room it is `PREFIXword …`, `nick: word …` or `nick, word …`; the nick in any case of letters. In private every
/// line is meant, with the prefix or the nick or without. A prefix with a blank after it is talk (`! what a day`), but
/// a prefix that ends in a letter or digit needs one (`bot help`). An empty prefix is none.
#[must_use]
pub fn address<'a>(line: &'a str, prefix: &str, own_nick: &Nick, place: PlaceKind) -> Option<&'a str> {
    if MAX_LINE_BYTES < line.len() {
        return None;
    }
    let line = trim(line);
    let called = after_nick(line, own_nick.as_str());
    let told = called.unwrap_or(line);
    let told = match (after_prefix(told, prefix), called.is_some(), place) {
        (Some(rest), _, _) => rest,
        (None, true, _) | (None, false, PlaceKind::Private | PlaceKind::Direct) => told,
        (None, false, PlaceKind::Room) => return None,
    };
    (!told.is_empty()).then_some(told)
}

fn after_prefix<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    let last = prefix.chars().next_back()?;
    let rest = line.strip_prefix(prefix)?;
    let is_apart = rest.starts_with(is_blank);
    if last.is_alphanumeric() != is_apart {
        return None;
    }
    Some(trim(rest)).filter(|it| !it.is_empty())
}

/// What follows `nick:` or `nick,`. Characters that no nick keeps (joiners, variation selectors) are passed over in
/// what was typed, so that an emoji is found however it was written.
fn after_nick<'a>(line: &'a str, nick: &str) -> Option<&'a str> {
    let mut wanted = nick.chars().filter(|c| !is_dropped(*c)).flat_map(char::to_lowercase);
    let mut typed = line.char_indices();
    let mut open = wanted.next();
    while open.is_some() {
        let (_, c) = typed.next()?;
        if is_dropped(c) {
            continue;
        }
        for folded in c.to_lowercase() {
            if open != Some(folded) {
                return None;
            }
            open = wanted.next();
        }
    }
    let rest = typed.as_str().trim_start_matches(|c| is_dropped(c) || is_blank(c));
    rest.strip_prefix([':', ',', '：', '，']).map(trim)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heard<'a>(line: &'a str, prefix: &str, nick: &str, place: PlaceKind) -> Option<&'a str> {
        address(line, prefix, &Nick::new(nick).unwrap(), place)
    }

    #[test]
    fn a_room_needs_prefix_or_nick() {
        let check = |line, expected| assert_eq!(heard(line, "!", "Домовой 🏠️", PlaceKind::Room), expected, "{line}");
        check("!kick bob", Some("kick bob"));
        check("\u{200f} !kick bob ", Some("kick bob"));
        check("! what a day", None);
        check("!", None);
        check("kick bob", None);
        check("домовой 🏠: help me", Some("help me"));
        check("ДОМОВОЙ 🏠️, help", Some("help"));
        check("Домовой 🏠 : !help", Some("help"));
        check("Домовой 🏠 help", None);
        check("Домовой: help", None);
        check("Домовой 🏠:", None);
        check("", None);
    }

    #[test]
    fn in_private_every_line_is_meant() {
        for place in [PlaceKind::Private, PlaceKind::Direct] {
            let check = |line, expected| assert_eq!(heard(line, "!", "domovoi", place), expected, "{line}");
            check("help", Some("help"));
            check("!help", Some("help"));
            check("domovoi: help", Some("help"));
            check("  ", None);
        }
    }

    #[test]
    fn prefixes_of_letters_stand_apart() {
        let check = |line, prefix, expected| assert_eq!(heard(line, prefix, "x", PlaceKind::Room), expected, "{line}");
        check("bot help", "bot", Some("help"));
        check("bottle help", "bot", None);
        check("bot", "bot", None);
        check("🤖help", "🤖", Some("help"));
        check("help", "", None);
        check("!!help", "!!", Some("help"));
    }

    #[test]
    fn a_line_past_the_limit_is_no_command() {
        assert_eq!(heard(&format!("!say {}", "x".repeat(MAX_LINE_BYTES)), "!", "x", PlaceKind::Room), None);
    }

    proptest! {
        #[test]
        fn what_is_told_is_part_of_the_line(line in "\\PC{0,40}", told in "[a-zа-я]{1,9}", prefix in "[!.#/🦀]{1,3}") {
            for place in [PlaceKind::Room, PlaceKind::Private, PlaceKind::Direct] {
                if let Some(told) = heard(&line, &prefix, "Домовой 🏠", place) {
                    prop_assert!(line.contains(told) && !told.is_empty());
                }
                for called in [format!("{prefix}{told}"), format!("домовой 🏠: {told}"), format!("ДОМОВОЙ 🏠, {told}")] {
                    prop_assert_eq!(heard(&called, &prefix, "Домовой 🏠", place), Some(told.as_str()));
                }
            }
        }
    }
}
