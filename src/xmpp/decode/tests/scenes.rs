//! Everything that was captured, as snapshots: read them like a log.

use std::fmt::Write as _;

use super::*;

/// One line a stanza: the kind, the nick, and whatever is not as it would be without any payload.
fn brief(decoded: &Decoded) -> String {
    let inbound = match decoded {
        Decoded::Room(inbound) => inbound,
        Decoded::Archive(archived) => {
            let Archived { room: _, query, id, at, inbound } = archived;
            return format!("archive {query:?} {id} {at:?}: {}", brief(&Decoded::Room(inbound.clone())));
        }
        Decoded::Answer(IqAnswer { id, result: Ok(Some(payload)), .. }) => {
            return format!("answer {id} {}", String::from(payload));
        }
        other => return format!("{other:?}"),
    };
    let who = inbound.nick.as_ref().map_or("room", Nick::as_str);
    match &inbound.kind {
        InboundKind::Available(it) => format!("{who} available{}", fields(it, &Presence::default())),
        InboundKind::Unavailable(it) => format!("{who} unavailable{}", fields(it, &Presence::default())),
        InboundKind::Groupchat(it) => format!("{who} groupchat{}", fields(it, &Message::default())),
        InboundKind::Private(it) => format!("{who} private{}", fields(it, &Message::default())),
        InboundKind::Notice(it) => format!("{who} notice{}", fields(it, &Message::default())),
        other @ (InboundKind::PresenceError(_) | InboundKind::MessageError { .. } | InboundKind::Malformed { .. }) => {
            format!("{who} {other:?}")
        }
    }
}

/// The fields that differ from an empty value's, one a line.
fn fields<T: std::fmt::Debug>(value: &T, empty: &T) -> String {
    let (value, empty) = (lines(value), lines(empty));
    value.into_iter().filter(|field| !empty.contains(field)).map(|field| format!("\n    {field}")).collect()
}

fn lines<T: std::fmt::Debug>(value: &T) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in format!("{value:#?}").lines().filter_map(|line| line.strip_prefix("    ")) {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', ']', ')', '}']) => last.push_str(line.trim()),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn scenes(file: &str) -> String {
    let mut text = String::new();
    for line in file.lines().filter(|line| !line.starts_with("# ")) {
        if line.starts_with("## ") {
            writeln!(text, "\n{line}").unwrap();
        } else {
            writeln!(text, "{}", brief(&decoded(line))).unwrap();
        }
    }
    text
}

#[test]
fn scenes_of_prosody() {
    insta::assert_snapshot!(scenes(include_str!("../../../../tests/fixtures/wire/prosody.txt")));
}

#[test]
fn scenes_of_ejabberd() {
    insta::assert_snapshot!(scenes(include_str!("../../../../tests/fixtures/wire/ejabberd.txt")));
}

#[test]
fn forged_payloads_stay_where_they_stood() {
    let forged = |file: &str| {
        let mut text = String::new();
        for (what, xml) in file.lines().filter_map(|line| line.split_once('\t')) {
            let decoded = decoded(xml);
            let Decoded::Room(inbound) = &decoded else { panic!("{what}: {decoded:?}") };
            assert_eq!(inbound.nick, Some(nick("alice")), "{what}");
            assert!(matches!(inbound.kind, InboundKind::Groupchat(_)), "{what}");
            writeln!(text, "{what}: {}", brief(&decoded)).unwrap();
        }
        text
    };
    let text = forged(include_str!("../../../../tests/fixtures/wire/forged-prosody.txt"));
    let text = text + &forged(include_str!("../../../../tests/fixtures/wire/forged-ejabberd.txt"));
    insta::assert_snapshot!(text);
}
