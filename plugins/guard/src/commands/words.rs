//! `words add|del|list|test`: what a room does not want to read.

use std::time::Duration;

use domovoi_plugin::{Asked, Context, Fault, Level, RoomJid, Text, grammar::shown, parse_duration};

use super::{At, count};
use crate::{
    Guard,
    lists::{
        Common,
        deed::{Deed, NoDeed},
        file, look, parse,
        words::{Entry, Kind, NoEntry},
    },
    react::{
        kept,
        kept::{MOST_IN_LIST, WordEntry},
    },
};

/// The list that is meant where none is named.
const USUAL: &str = "own";
/// Entries of a list that are shown at once.
const MOST_SHOWN: usize = 50;

/// An entry as it was asked for.
#[derive(Clone, PartialEq, Debug)]
struct Wanted {
    kind: Kind,
    text: String,
    list: String,
    deed: Deed,
    expires: Option<Duration>,
    is_observed: bool,
}

/// Reads `ENTRY [DEED] [expires SPAN] [list NAME] [observe]`, where the entry is a word, `"several words"` or
/// `/a pattern/`.
fn wanted(given: &str) -> Result<Wanted, Fault> {
    let (kind, text, rest) = entry(given);
    let mut it = Wanted {
        kind,
        text,
        list: USUAL.to_owned(),
        deed: Deed::Answer(domovoi_plugin::Answer::Warn),
        expires: None,
        is_observed: false,
    };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let mut rest = words.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let value = after.first().copied().unwrap_or_default();
        match first.to_lowercase().as_str() {
            "expires" | "истекает" => {
                let span = parse_duration(value).ok().filter(|it| !it.is_zero());
                it.expires = Some(span.ok_or_else(|| no_deed(NoDeed::Span, value))?);
                rest = after.get(1..).unwrap_or_default();
            }
            "list" | "список" if parse::is_name(value) => {
                it.list = value.to_lowercase();
                rest = after.get(1..).unwrap_or_default();
            }
            "observe" | "наблюдать" => {
                it.is_observed = true;
                rest = after;
            }
            _ => {
                let (deed, n_taken) = Deed::read(rest).map_err(|why| no_deed(why, first))?;
                it.deed = deed;
                rest = rest.get(n_taken..).unwrap_or_default();
            }
        }
    }
    Ok(it)
}

/// The entry at the start of a text, and what follows it.
fn entry(given: &str) -> (Kind, String, &str) {
    let given = given.trim();
    for (open, close) in [('"', '"'), ('«', '»'), ('“', '”'), ('/', '/')] {
        let Some(inner) = given.strip_prefix(open) else { continue };
        // A pattern may hold slashes: its last one ends it.
        let end = if open == '/' { inner.rsplit_once(close) } else { inner.split_once(close) };
        if let Some((text, rest)) = end.filter(|it| !it.0.is_empty()) {
            let kind = if open == '/' { Kind::Pattern } else { file::kind_of(text).0 };
            return (kind, text.to_owned(), rest);
        }
    }
    let (first, rest) = given.split_once(char::is_whitespace).unwrap_or((given, ""));
    (Kind::Word, first.to_owned(), rest)
}

fn no_deed(why: NoDeed, given: &str) -> Fault {
    let key = match why {
        NoDeed::Word => "deed-unknown",
        NoDeed::Span => "deed-no-span",
        NoDeed::Number => "deed-no-number",
    };
    let known = crate::lists::deed::WORDS.join(", ");
    Fault::answer(Text::key(key).with("given", shown(given, 40)).with("known", known))
}

fn no_entry(why: NoEntry) -> Fault {
    Fault::answer(match why {
        NoEntry::TooShort => Text::key("entry-too-short"),
        NoEntry::TooLong => Text::key("entry-too-long"),
        NoEntry::Everything => Text::key("entry-everything"),
        NoEntry::Pattern(why) => Text::key("entry-bad-pattern").with("why", shown(&why, 200)),
    })
}

/// Which lists are meant: the room's, or those of all rooms, which are for owners of the bot.
fn place(it: &At<'_>) -> Result<Option<RoomJid>, Fault> {
    match &it.cx.room {
        Some(room) => Ok(Some(room.clone())),
        None if it.call.asker.level < Level::BOT_OWNER => Err(Fault::answer(Text::key("needs-room"))),
        None => Ok(None),
    }
}

/// Adds an entry, or changes one.
pub(crate) async fn add(guard: &Guard, cx: Asked<'_>, given: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let place = place(&it)?;
    let wanted = wanted(&given)?;
    Entry::check(wanted.kind, &wanted.text).map_err(no_entry)?;
    let until = wanted.expires.map(|span| it.cx.now() + span);
    let is_full = {
        let mut inner = it.react.inner();
        let list = inner.kept.entry(place.clone()).or_default().words.entry(wanted.list.clone()).or_default();
        let old = list.iter().position(|it| it.text == wanted.text && it.kind == wanted.kind);
        let n_hits = old.and_then(|it| list.get(it)).map_or(0, |it| it.n_hits);
        list.retain(|it| it.text != wanted.text || it.kind != wanted.kind);
        let is_full = MOST_IN_LIST <= list.len();
        if !is_full {
            list.push(WordEntry {
                kind: wanted.kind,
                text: wanted.text.clone(),
                deed: wanted.deed.to_string(),
                until,
                is_observed: wanted.is_observed,
                n_hits,
                by: it.by(),
            });
        }
        is_full
    };
    if is_full {
        return Err(Fault::answer(Text::key("words-full").with("most", count(MOST_IN_LIST))));
    }
    save(it, place.as_ref(), &wanted.list).await?;
    let text = Text::key("words-added").with("kind", Text::key(kind_key(wanted.kind)));
    let text = text.with("text", shown(&wanted.text, 100)).with("list", wanted.list.as_str());
    it.cx.reply(text.with("deed", deed_text(wanted.deed, wanted.is_observed, it.cx))).await;
    Ok(())
}

/// Removes an entry, from every list that has it.
pub(crate) async fn del(guard: &Guard, cx: Asked<'_>, given: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let place = place(&it)?;
    let (_, text, _) = entry(&given);
    let whole = given.trim_matches(|c| matches!(c, '"' | '«' | '»' | '“' | '”'));
    let is_it = |it: &WordEntry| it.text == text || it.text == whole;
    let lists: Vec<String> = {
        let mut inner = it.react.inner();
        let words = &mut inner.kept.entry(place.clone()).or_default().words;
        let mut changed = Vec::new();
        for (name, list) in words.iter_mut() {
            let n_before = list.len();
            list.retain(|it| !is_it(it));
            if list.len() < n_before {
                changed.push(name.clone());
            }
        }
        changed
    };
    if lists.is_empty() {
        return Err(Fault::answer(Text::key("words-none").with("text", shown(whole, 100))));
    }
    for list in &lists {
        save(it, place.as_ref(), list).await?;
    }
    it.cx.reply(Text::key("words-removed").with("text", shown(whole, 100)).with("list", lists.join(", "))).await;
    Ok(())
}

async fn save(it: At<'_>, place: Option<&RoomJid>, list: &str) -> Result<(), Fault> {
    it.react.share(it.cx, place);
    let entries = it.react.inner().kept.get(&place.cloned()).and_then(|it| it.words.get(list)).cloned();
    let entries = entries.filter(|it| !it.is_empty());
    kept::put(it.cx, &kept::scope(place), &format!("words/{list}"), entries.as_ref()).await
}

/// Shows the lists, or one of them.
pub(crate) async fn list(guard: &Guard, cx: Asked<'_>, name: Option<String>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let place = place(&it)?;
    let words = it.react.inner().kept.get(&place).map(|it| it.words.clone()).unwrap_or_default();
    let mut wanted = name.unwrap_or_default().to_lowercase();
    // One list needs no choosing.
    if let (true, Some((only, _)), 1) = (wanted.is_empty(), words.first_key_value(), words.len()) {
        wanted.clone_from(only);
    }
    let lines: Vec<Text> = if wanted.is_empty() {
        let lists = words.iter().filter(|it| !it.1.is_empty());
        lists
            .map(|(name, list)| Text::key("words-list").with("list", name.as_str()).with("n", count(list.len())))
            .collect()
    } else {
        let list = words.get(&wanted).cloned().unwrap_or_default();
        list.iter().take(MOST_SHOWN).map(|entry| line(entry, it.cx)).collect()
    };
    if lines.is_empty() {
        it.cx.reply(Text::key("words-empty")).await;
    } else {
        // What a room does not want to read is not read out in it.
        it.cx.private(Text::Lines(lines)).await;
    }
    Ok(())
}

fn line(entry: &WordEntry, cx: &Context) -> Text {
    // What cannot be read any more is shown as it is.
    let deed = Deed::parse(&entry.deed);
    let deed = deed.map_or_else(|_| Text::plain(entry.deed.as_str()), |it| deed_text(it, entry.is_observed, cx));
    let ends = entry.until.map(|until| Text::key("entry-ends").with("span", Text::span(until.since(cx.now()))));
    let deed = Text::Joined(std::iter::once(deed).chain(ends).collect());
    let text = Text::key("words-entry").with("text", shown(&entry.text, 100)).with("deed", deed);
    text.with("n", entry.n_hits).with("by", entry.by.as_str())
}

/// Says what a text would lead to here.
pub(crate) async fn test(guard: &Guard, cx: Asked<'_>, text: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?.clone();
    let common = Common::of(&it.cx.services.shared.get()).cloned().unwrap_or_default();
    let named: Vec<String> = it.cx.settings.words("word_lists").split_whitespace().map(str::to_owned).collect();
    let found = common.words.find(&room, &named, &look::forms(&text), it.cx.now());
    if found.is_empty() {
        it.cx.reply(Text::key("words-nothing")).await;
        return Ok(());
    }
    let line = |entry: &&Entry| {
        let text = Text::key("words-found").with("text", shown(&entry.text, 100)).with("list", &*entry.list);
        text.with("deed", deed_text(entry.deed, entry.is_observed, it.cx))
    };
    it.cx.private(Text::Lines(found.iter().take(MOST_SHOWN).map(line).collect())).await;
    Ok(())
}

const fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Word => "kind-word",
        Kind::Phrase => "kind-phrase",
        Kind::Pattern => "kind-pattern",
    }
}

/// A deed in words, and whether it is only watched.
pub(super) fn deed_text(deed: Deed, is_observed: bool, cx: &Context) -> Text {
    let deed = match deed {
        Deed::Points(points) => Text::key("deed-points").with("n", points),
        Deed::Answer(answer) => crate::answer::answer_text(answer),
    };
    if is_observed { Text::key("deed-observed").with("deed", cx.words(&deed)) } else { deed }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::format_duration;

    use super::*;

    #[test]
    fn entries_are_read_as_they_are_written() {
        let check = |given: &str, kind: Kind, text: &str, rest: &str| {
            let it = wanted(given).unwrap_or_else(|it| panic!("{given}: {it:?}"));
            let expires = it.expires.map(format_duration).unwrap_or_default();
            let shown = format!("{} {} {}{}", it.deed, it.list, expires, if it.is_observed { " observe" } else { "" });
            assert_eq!((it.kind, it.text.as_str(), shown.trim()), (kind, text, rest), "{given}");
        };
        check("casino", Kind::Word, "casino", "warn own");
        check("casin* kick", Kind::Word, "casin*", "kick own");
        check("\"buy now\" mute 10m expires 7d list ads", Kind::Phrase, "buy now", "mute 10m ads 7d");
        check("«купи сейчас» ban 1d", Kind::Phrase, "купи сейчас", "ban 1d own");
        check("/win \\d+/ points 30 observe", Kind::Pattern, "win \\d+", "points 30 own  observe");
        check("/a/b/ note", Kind::Pattern, "a/b", "note own");
        assert!(wanted("casino shoot").is_err());
        assert!(wanted("casino mute").is_err());
        assert!(wanted("casino expires soon").is_err());
    }
}
