//! A replay for people: a line an act, and a summary.

use std::{fmt::Write as _, time::Duration};

use domovoi_plugin::format_duration;

use crate::host::replay::{Deed, Report};

/// The whole text.
pub(super) fn text(report: &Report, n_rooms: usize) -> String {
    let mut text = String::new();
    for deed in &report.actions {
        line(&mut text, deed);
    }
    summary(&mut text, report, n_rooms);
    text
}

/// `2026-11-22 15:29:01 garden@chat.example  mute mallory (mallory@example.org) until 15:34:01: rate, 60 points, incident 1`
fn line(text: &mut String, deed: &Deed) {
    let at = clock(&deed.at.to_string());
    push(text, format_args!("{at} {}  {}", deed.room, deed.action.as_str()));
    if let Some(n) = deed.messages {
        push(text, format_args!(" {n} of"));
    }
    if let Some(nick) = &deed.nick {
        push(text, format_args!(" {}", plain(nick.as_str())));
    }
    if let Some(jid) = &deed.jid {
        push(text, format_args!(" ({jid})"));
    }
    if let Some(until) = deed.until {
        push(text, format_args!(" until {}", clock(&until.to_string())));
    }
    push(text, format_args!(": {}, {} points, incident {}\n", deed.rule, deed.score, deed.incident));
}

fn summary(text: &mut String, report: &Report, n_rooms: usize) {
    let span = Duration::from_secs(report.seconds.0 / 1_000);
    if !report.actions.is_empty() {
        text.push('\n');
    }
    let (events, people) = (many(report.events, "event", "events"), many(report.people, "person", "people"));
    let (rooms, span) = (many(n_rooms, "room", "rooms"), format_duration(span));
    push(text, format_args!("{events} of {people} in {rooms}, {span} from the first to the last\n"));
    if 0 < report.skipped {
        let lines = many(report.skipped, "line is no record", "lines are no records");
        push(text, format_args!("{lines}; skipped\n"));
    }
    if report.actions.is_empty() {
        text.push_str("the guard would have done nothing\n");
        return;
    }
    let messages = many(report.suppressed, "message", "messages");
    push(text, format_args!("{messages} more would not have been heard\n"));
    let list = |all: &mut dyn Iterator<Item = (&str, &u64)>| {
        all.map(|(what, n)| format!("{what} {n}")).collect::<Vec<_>>().join(", ")
    };
    let by_action = list(&mut report.by_action.iter().map(|(what, n)| (*what, n)));
    let by_rule = list(&mut report.by_rule.iter().map(|(what, n)| (what.as_str(), n)));
    push(text, format_args!("acts: {by_action}\nby rule: {by_rule}\n"));
}

/// `2026-11-22T15:29:01.123Z` as `2026-11-22 15:29:01`.
fn clock(at: &str) -> String {
    at.chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// A nick that cannot turn the line around or clear the terminal.
fn plain(nick: &str) -> String {
    nick.chars().map(|c| if c.is_control() || is_turning(c) { '\u{fffd}' } else { c }).collect()
}

const fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn many<N: Copy + PartialEq + From<u8> + std::fmt::Display>(n: N, one: &str, more: &str) -> String {
    format!("{n} {}", if n == N::from(1) { one } else { more })
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    text.write_fmt(what).ok();
}
