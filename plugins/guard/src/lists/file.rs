//! A word list as a file: one entry a line, remarks begin with `#`, and what an entry leads to stands above it.

use std::sync::Arc;

use super::{
    deed::Deed,
    words::{Entry, Kind},
};

/// A line that is no entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BadLine {
    /// Which, from 1.
    pub(crate) line: usize,
    /// What stands there, cut.
    pub(crate) text: String,
}

/// The entries of a file, and the lines that are none.
///
/// A line is a word (`casino`, `casin*`), several words (a phrase) or a pattern between slashes (`/win \d+/`).
/// A line in brackets says what the entries below it lead to, such as `[mute 10m]`; until then it is `[warn]`.
pub(crate) fn read(list: &str, text: &str) -> (Vec<Entry>, Vec<BadLine>) {
    let list: Arc<str> = list.into();
    let mut deed = Deed::Answer(domovoi_plugin::Answer::Warn);
    let (mut entries, mut bad) = (Vec::new(), Vec::new());
    for (n, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            match Deed::parse(head) {
                Ok(it) => deed = it,
                Err(_) => bad.push(bad_line(n, line)),
            }
            continue;
        }
        let (kind, text) = kind_of(line);
        if Entry::check(kind, text).is_err() {
            bad.push(bad_line(n, line));
            continue;
        }
        entries.push(Entry { list: list.clone(), kind, text: text.into(), deed, until: None, is_observed: false });
    }
    (entries, bad)
}

fn bad_line(n: usize, line: &str) -> BadLine {
    BadLine { line: n + 1, text: line.chars().take(60).collect() }
}

/// What a line is, by how it is written.
pub(crate) fn kind_of(line: &str) -> (Kind, &str) {
    let pattern = line.strip_prefix('/').and_then(|it| it.strip_suffix('/')).filter(|it| !it.is_empty());
    match pattern {
        Some(pattern) => (Kind::Pattern, pattern),
        None if line.contains(char::is_whitespace) => (Kind::Phrase, line),
        None => (Kind::Word, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_its_entries_lead_to() {
        let text = "\u{feff}# remarks\ncasino\n\n[mute 10m]\nbuy now\n/win \\d+/\n[shoot]\n(\n/(/\n";
        let (entries, bad) = read("spam", text);
        let shown: Vec<String> = entries.iter().map(|it| format!("{:?} {} {}", it.kind, it.text, it.deed)).collect();
        assert_eq!(shown, ["Word casino warn", "Phrase buy now mute 10m", "Pattern win \\d+ mute 10m"]);
        assert_eq!(bad.iter().map(|it| it.line).collect::<Vec<_>>(), [7, 8, 9]);
    }

    #[test]
    fn the_starter_lists_are_sound() {
        for (name, text) in super::super::STARTERS {
            let (entries, bad) = read(name, text);
            assert!(bad.is_empty(), "{name}: {bad:?}");
            assert!(30 <= entries.len(), "{name} has {} entries", entries.len());
        }
    }
}
