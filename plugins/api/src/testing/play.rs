//! Conversations as text: what people do, and what the bot is expected to do about it.

use super::{Bench, BenchRoom};
use crate::{Affiliation, Role};

impl Bench {
    /// Plays a conversation in a room and compares what the bot did with the lines that begin with `bot`.
    ///
    /// | line | what it does |
    /// |---|---|
    /// | `alice joins`, `alice joins as admin`, `alice joins as moderator` | comes in with that affiliation or role |
    /// | `alice: hello` | says it |
    /// | `alice whispers: hello` | says it to the bot alone |
    /// | `alice leaves`, `alice is now carol` | as it says |
    /// | `clock +10m` | turns the clock on |
    /// | `bot: …`, `bot to alice: …`, `bot kicks …` | expected, in this order, after the line above |
    ///
    /// An answer of several lines stands on one, with ` | ` between. Lines that begin with `#` are remarks.
    ///
    /// # Panics
    /// If it went otherwise, with both conversations; or if a line is none of these.
    #[track_caller]
    pub fn play(&self, room: &BenchRoom, script: &str) {
        let lines: Vec<&str> = script.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
        let mut actual: Vec<String> = Vec::new();
        // What happened before is not part of this conversation.
        drop(self.answers());
        for line in &lines {
            if line.starts_with("bot") {
                continue;
            }
            actual.push((*line).to_owned());
            if !line.starts_with('#') {
                self.perform(room, line);
                actual.extend(self.answers().into_iter().map(|it| it.trim_end().to_owned()));
            }
        }
        if actual != lines {
            panic!("the conversation went otherwise\n{}", compared(&lines, &actual));
        }
    }

    #[track_caller]
    fn perform(&self, room: &BenchRoom, line: &str) {
        if let Some(span) = line.strip_prefix("clock +") {
            return self.advance(span);
        }
        if let Some((name, text)) = line.split_once(" whispers: ") {
            return room.person(name).whispers(text);
        }
        if let Some((name, text)) = line.split_once(": ") {
            return room.person(name).says(text);
        }
        if let Some(name) = line.strip_suffix(" leaves") {
            return room.person(name).leaves();
        }
        if let Some((name, new)) = line.split_once(" is now ") {
            return room.person(name).renames(new);
        }
        let (name, rank) = match line.split_once(" joins as ") {
            Some((name, rank)) => (name, rank),
            None => (line.strip_suffix(" joins").unwrap_or_else(|| panic!("not a line of a scene: {line}")), "none"),
        };
        match (rank.parse::<Affiliation>(), rank.parse::<Role>()) {
            (Ok(affiliation), _) => drop(room.join(name, affiliation)),
            (Err(_), Ok(role)) => room.join(name, Affiliation::None).is_made(role),
            (Err(error), Err(_)) => panic!("{line}: {error}"),
        }
    }
}

/// Both conversations, line by line: `-` expected and not there, `+` there and not expected.
fn compared(expected: &[&str], actual: &[String]) -> String {
    let mut out = String::new();
    let mut rest = actual.iter().peekable();
    for line in expected {
        while let Some(next) = rest.next_if(|it| it != line && it.starts_with("bot") && !line.starts_with("bot")) {
            out.push_str(&format!("  + {next}\n"));
        }
        match rest.next_if(|it| it == line) {
            Some(_) => out.push_str(&format!("    {line}\n")),
            None => out.push_str(&format!("  - {line}\n")),
        }
    }
    rest.for_each(|it| out.push_str(&format!("  + {it}\n")));
    out
}
