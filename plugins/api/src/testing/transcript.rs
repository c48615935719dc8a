//! What happened in a scene, as lines that a person reads; and what a test expects of them.

use super::{Bench, BenchRoom, Person};
use crate::{CommandSpec, Event, EventKind, Leave, Message};

impl Bench {
    /// Everything that happened so far, a line each: what people did, and what the bot did about it.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.world(|it| it.log.join("\n"))
    }

    /// Compares what the plugin said and did since this was last asked with these lines, which are those of
    /// [`Bench::answers`]; none if it should have done nothing.
    ///
    /// # Panics
    /// If it did otherwise, with the whole transcript.
    #[track_caller]
    pub fn expect(&self, expected: &[&str]) {
        let actual = self.answers();
        if actual != expected {
            let shown = |lines: &[&str]| match lines {
                [] => "  nothing".to_owned(),
                lines => lines.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"),
            };
            let actual: Vec<&str> = actual.iter().map(String::as_str).collect();
            panic!(
                "the plugin did otherwise\nexpected:\n{}\nactual:\n{}\nwhat happened:\n{}\n",
                shown(expected),
                shown(&actual),
                indented(&self.transcript())
            );
        }
    }

    /// Has someone give the example of every command in private, by its English name and by its first name in the
    /// language of the bench (those that are heard in direct chat only, there). Each must be understood, allowed to them,
    /// answered or acted on within two seconds, and no fault.
    ///
    /// `before` prepares each: someone to be named comes in, something to be removed is added.
    ///
    /// # Panics
    /// With the example and the whole transcript.
    #[track_caller]
    pub fn try_examples(&self, by: &Person, mut before: impl FnMut(&CommandSpec)) {
        let lang = self.lang();
        for spec in &self.manifest().commands {
            let other = Some(crate::grammar::example_in(spec, &lang)).filter(|it| *it != spec.example);
            for line in std::iter::once(spec.example.to_owned()).chain(other) {
                before(spec);
                drop(self.answers());
                let (n_faults, n_mistakes) = (self.faults().len(), self.world(|it| it.n_mistakes));
                if spec.is_direct_only {
                    self.direct(by.jid().as_str(), &line);
                } else {
                    by.whispers(&line);
                }
                let mut answers = self.answers();
                if answers.is_empty() {
                    self.advance("2s");
                    answers = self.answers();
                }
                let is_sound = n_faults == self.faults().len() && n_mistakes == self.world(|it| it.n_mistakes);
                if answers.is_empty() || !is_sound {
                    panic!("the example `{line}` does not work\nwhat happened:\n{}\n", indented(&self.transcript()));
                }
            }
        }
    }
}

impl BenchRoom {
    /// Someone says this, and the bot does exactly these things about it: see [`Bench::expect`].
    ///
    /// # Panics
    /// If nobody has this nick, or the bot did otherwise.
    #[track_caller]
    pub fn says(&self, nick: &str, body: &str, expected: &[&str]) {
        drop(self.bench().answers());
        self.person(nick).says(body);
        self.bench().expect(expected);
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n")
}

/// An event as a line; `None` for what the bot did itself, which is told as its act.
pub(super) fn line(event: &Event) -> Option<String> {
    let nick = event.nick().filter(|_| !event.is_own)?;
    let said = |it: &Message| it.body.replace('\n', " | ");
    Some(match &event.kind {
        EventKind::Message(it) => format!("{nick}: {}", said(it)),
        EventKind::Private(it) => format!("{nick} whispers: {}", said(it)),
        EventKind::Correction(it) => format!("{nick} corrects {}: {}", it.replaces, said(&it.message)),
        EventKind::Retraction(it) => format!("{nick} retracts {}", it.target),
        EventKind::Reaction(it) => format!("{nick} reacts to {} with {}", it.target, it.emojis.join(" ")),
        EventKind::Subject { text } => format!("{nick} sets the subject: {text}"),
        EventKind::Join => format!("{nick} joins"),
        EventKind::Leave(leave) => left(nick.as_str(), leave),
        EventKind::Nick { old } => format!("{old} is now {nick}"),
        EventKind::Presence => format!("{nick} changes their presence"),
        EventKind::Role(_) => format!("{nick} is {} now", event.occupant.as_ref()?.role),
        EventKind::Affiliation(_) => format!("{nick} is {} now", event.occupant.as_ref()?.affiliation),
        EventKind::VoiceRequest { .. } => format!("{nick} asks for voice"),
        EventKind::Malformed { why } => format!("{nick} sends what cannot be understood: {why}"),
        EventKind::Absent(_) | EventKind::Config | EventKind::Joined | EventKind::Lost { .. } => return None,
    })
}

fn left(nick: &str, leave: &Leave) -> String {
    let reason = leave.reason.as_deref().map_or(String::new(), |it| format!(": {it}"));
    match leave.cause {
        crate::Cause::Left => format!("{nick} leaves{reason}"),
        crate::Cause::Kicked => format!("{nick} is kicked{reason}"),
        crate::Cause::Banned => format!("{nick} is banned{reason}"),
        crate::Cause::Removed => format!("{nick} is no member any more{reason}"),
        crate::Cause::Lost | crate::Cause::Shutdown | crate::Cause::Destroyed => format!("{nick} is lost{reason}"),
    }
}
