//! What came of a command, in as few lines as say it: those with whom it went well together, the others one by one.

use std::time::Duration;

use domovoi_plugin::{Context, Outcome, Place, Text, grammar::outcome_text};

/// The results of one command.
pub(crate) struct Report {
    command: &'static str,
    span: Option<Duration>,
    done: Vec<String>,
    already: Vec<String>,
    observed: Vec<String>,
    at_return: Vec<String>,
    failed: Vec<Text>,
}

impl Report {
    pub(crate) fn new(command: &'static str, span: Option<Duration>) -> Self {
        let (done, already, observed, at_return) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { command, span, done, already, observed, at_return, failed: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: String, result: Result<Outcome, Text>) {
        match result {
            Ok(Outcome::Done | Outcome::Said(_)) => self.done.push(name),
            Ok(Outcome::Already) => self.already.push(name),
            Ok(Outcome::Observed) => self.observed.push(name),
            Ok(Outcome::AtReturn) => self.at_return.push(name),
            Err(why) if names_someone(&why) => self.failed.push(why),
            Err(why) => self.failed.push(Text::key("failed").with("who", name).with("why", why)),
        }
    }

    pub(crate) fn text(self) -> Text {
        let mut lines = Vec::new();
        if !self.done.is_empty() {
            let done = Text::key(format!("done-{}", self.command)).with("who", self.done.join(", "));
            lines.push(match self.span {
                Some(span) => done.with("span", Text::span(span)),
                None => done,
            });
        }
        let others =
            [(self.already, Outcome::Already), (self.observed, Outcome::Observed), (self.at_return, Outcome::AtReturn)];
        for (names, outcome) in others {
            if !names.is_empty() {
                lines.push(Text::key("outcome").with("who", names.join(", ")).with("outcome", outcome_text(outcome)));
            }
        }
        lines.extend(self.failed);
        Text::Lines(lines)
    }
}

/// Whether a text says itself of whom it speaks.
fn names_someone(text: &Text) -> bool {
    match text {
        Text::Key { args, .. } => args.iter().any(|(name, _)| name == "nick" || name == "jid"),
        Text::Plain(_) | Text::Lines(_) | Text::Joined(_) => false,
    }
}

/// Answers where an act that everybody in the room would have seen was none, and, in the words of `done`, whoever asked for
/// it from somewhere else, with no eye on the room.
pub(crate) async fn unless_seen(cx: &Context, outcome: Outcome, done: &'static str) {
    if !outcome.is_done() {
        cx.reply(outcome_text(outcome)).await;
    } else if cx.place != Place::Room {
        cx.reply(Text::key(done)).await;
    }
}
