//! What is seen of the rooms: a line for each thing that happens, is decided and is done.

use std::{fmt::Write as _, io::IsTerminal as _, time::Duration};

use domovoi_plugin::{
    ActError, Action, Affiliation, Cause, Event, EventKind, FormChange, Nick, Occupant, Outcome, Role, RoomJid,
    Timestamp, format_duration, jid::BareJid,
};
use serde_json::Value;

/// How a line is coloured where colours are.
#[derive(Clone, Copy)]
enum Ink {
    Plain,
    /// Comings and goings.
    Dim,
    /// What the bot says.
    Green,
    /// What a guard thinks.
    Yellow,
    /// What the bot does.
    Red,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\x1b[2m",
            Self::Green => "\x1b[32m",
            Self::Yellow => "\x1b[33m",
            Self::Red => "\x1b[1;31m",
        }
    }
}

/// Something that the bot did, or that went wrong in it.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Deed {
    /// It did this in a room. Of a message that was taken back, what it said.
    Done(RoomJid, Action, Option<String>),
    /// It wrote to someone outside any room.
    Direct(BareJid, String),
    /// A plugin failed.
    Fault(String),
}

/// The lines and deeds, until somebody takes them.
pub(in crate::cli) struct Transcript {
    own: Nick,
    /// Whether there are several rooms, so that each line says which.
    pub(super) is_of_many: bool,
    deeds: Vec<Deed>,
    has_colours: bool,
    /// Whether what people say was just typed, so that it is seen already.
    is_typed: bool,
    text: String,
}

impl Transcript {
    /// With colours if stdout is a terminal and nobody objects.
    pub(in crate::cli) fn new(own: Nick, is_typed: bool) -> Self {
        let has_colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { own, is_of_many: false, deeds: Vec::new(), has_colours, is_typed, text: String::new() }
    }

    /// Without colours, with everything in it, for whoever compares it.
    pub(in crate::cli) fn plain(own: Nick) -> Self {
        Self { has_colours: false, ..Self::new(own, false) }
    }

    /// Takes the lines out.
    pub(in crate::cli) fn take(&mut self) -> String {
        self.deeds.clear();
        std::mem::take(&mut self.text)
    }

    /// Takes out what was done since it was last asked.
    pub(in crate::cli) fn deeds(&mut self) -> Vec<Deed> {
        std::mem::take(&mut self.deeds)
    }

    /// The lines so far.
    pub(in crate::cli) fn text(&self) -> &str {
        &self.text
    }

    /// Something about the stage itself.
    pub(in crate::cli) fn note(&mut self, now: Timestamp, what: &str) {
        self.line(now, None, Ink::Dim, &format!("-- {what}"));
    }

    /// Something was done.
    pub(super) fn did(&mut self, deed: Deed) {
        self.deeds.push(deed);
    }

    /// Something happened in the room.
    pub(super) fn event(&mut self, event: &Event) {
        let Some(occupant) = &event.occupant else { return };
        let nick = &occupant.nick;
        let ink = if event.is_own { Ink::Green } else { Ink::Plain };
        let by_us = |actor: &Option<Nick>| actor.as_ref() == Some(&self.own);
        let said = match &event.kind {
            EventKind::Message(_) | EventKind::Private(_) if self.is_typed && !event.is_own => return,
            EventKind::Message(it) => (ink, format!("<{nick}> {}", it.body)),
            EventKind::Private(it) => (ink, format!("{nick} -> {}: {}", self.own, it.body)),
            EventKind::Correction(it) => (ink, format!("<{nick}> (corrected) {}", it.message.body)),
            EventKind::Reaction(it) => (ink, format!("* {nick} reacts to {}: {}", it.target, it.emojis.join(" "))),
            EventKind::Retraction(it) if it.moderator.is_none() => {
                (Ink::Dim, format!("* {nick} takes {} back", it.target))
            }
            EventKind::Subject { text } if !text.is_empty() => (Ink::Dim, format!("* {nick} sets the subject: {text}")),
            EventKind::Join if !event.is_own => (Ink::Dim, format!("* {nick} comes in, {}", standing(occupant))),
            EventKind::Leave(it) if !by_us(&it.actor) => (Ink::Dim, left(nick, it)),
            EventKind::Nick { old } => (Ink::Dim, format!("* {old} is now {nick}")),
            EventKind::Role(it) if !by_us(&it.actor) => (Ink::Dim, format!("* {nick} is now {}", standing(occupant))),
            EventKind::Affiliation(it) if !by_us(&it.actor) => {
                (Ink::Dim, format!("* {nick} is now {}", standing(occupant)))
            }
            EventKind::Malformed { why } => (Ink::Dim, format!("* {nick} sent something strange: {why}")),
            // What the bot did is told when it does it; the rest is nothing to see.
            EventKind::Retraction(_)
            | EventKind::Subject { .. }
            | EventKind::Join
            | EventKind::Leave(_)
            | EventKind::Role(_)
            | EventKind::Affiliation(_)
            | EventKind::Presence
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. } => return,
        };
        self.line(event.at, Some(&event.room), said.0, &said.1);
    }

    /// Something of the host's feed: verdicts of guards, and faults.
    pub(super) fn shown(&mut self, now: Timestamp, line: &str) {
        let Ok(shown) = serde_json::from_str::<Value>(line) else { return };
        let word = |key: &str| shown.get(key).and_then(Value::as_str).unwrap_or_default();
        match word("what") {
            "verdict" => {
                let score = shown.get("score").and_then(Value::as_u64).unwrap_or_default();
                let (action, nick, rule) = (word("action"), word("nick"), word("rule"));
                let room = word("room").parse().ok();
                self.line(now, room.as_ref(), Ink::Yellow, &format!("? {action} {nick}: {rule}, {score} points"));
            }
            "fault" => {
                self.did(Deed::Fault(word("text").to_owned()));
                self.line(now, None, Ink::Red, &format!("! fault: {}", word("text")));
            }
            _ => (),
        }
    }

    /// The bot does something besides talking to the room, which is seen as what it says.
    pub(super) fn act(&mut self, now: Timestamp, room: &RoomJid, action: &Action, by: Option<&str>) {
        if let Some(did) = did(action) {
            let by = by.map_or_else(String::new, |it| format!(" (for {it})"));
            let ink = if matches!(action, Action::Private { .. }) { Ink::Green } else { Ink::Red };
            let mark = if matches!(action, Action::Private { .. }) { "" } else { "! " };
            self.line(now, Some(room), ink, &format!("{mark}{} {did}{by}", self.own));
        }
    }

    /// What came of something, where it was not simply done.
    pub(super) fn outcome(
        &mut self,
        now: Timestamp,
        room: &RoomJid,
        (action, result): (&Action, &Result<Outcome, ActError>),
    ) {
        let what = did(action).unwrap_or_else(|| "says something".to_owned());
        let (ink, line) = match result {
            Ok(Outcome::Done | Outcome::Said(_) | Outcome::Already | Outcome::AtReturn) => return,
            Ok(Outcome::Observed) => (Ink::Yellow, format!("! {} only watches: {what}", self.own)),
            Err(error) => (Ink::Red, format!("! {} does not get through: {what}: {error}", self.own)),
        };
        self.line(now, Some(room), ink, &line);
    }

    /// The bot writes to someone outside the room.
    pub(super) fn direct(&mut self, now: Timestamp, to: &BareJid, text: String) {
        self.line(now, None, Ink::Green, &format!("{} => {to}: {text}", self.own));
        self.did(Deed::Direct(to.clone(), text));
    }

    /// Someone writes to the bot outside any room.
    pub(in crate::cli) fn wrote(&mut self, now: Timestamp, from: &BareJid, text: &str) {
        self.line(now, None, Ink::Plain, &format!("{from} => {}: {text}", self.own));
    }

    fn line(&mut self, at: Timestamp, room: Option<&RoomJid>, ink: Ink, what: &str) {
        let at = at.to_string();
        let clock = at.get(11..19).unwrap_or_default();
        // Further lines of one message stand below its first.
        let what = what.replace('\n', "\n         | ");
        let name = room.filter(|_| self.is_of_many).and_then(|it| it.as_str().split('@').next());
        let room = name.map_or_else(String::new, |it| format!("{it}: "));
        let code = if self.has_colours { ink.code() } else { "" };
        let end = if code.is_empty() { "" } else { "\x1b[0m" };
        // Writing to a string does not fail.
        writeln!(self.text, "{clock} {room}{code}{what}{end}").ok();
    }
}

fn standing(occupant: &Occupant) -> String {
    match occupant.affiliation {
        Affiliation::None => occupant.role.to_string(),
        Affiliation::Outcast | Affiliation::Member | Affiliation::Admin | Affiliation::Owner => {
            format!("{}, {}", occupant.affiliation, occupant.role)
        }
    }
}

fn left(nick: &Nick, leave: &domovoi_plugin::Leave) -> String {
    let how = match leave.cause {
        Cause::Left => "leaves",
        Cause::Kicked => "was kicked",
        Cause::Banned => "was banned",
        Cause::Removed => "was removed",
        Cause::Lost => "is lost",
        Cause::Shutdown => "leaves with the service",
        Cause::Destroyed => "leaves with the room",
    };
    let why = leave.reason.as_ref().map_or_else(String::new, |it| format!(": {it}"));
    format!("* {nick} {how}{why}")
}

/// What the bot does, in words; nothing for what everybody in the room sees anyway.
fn did(action: &Action) -> Option<String> {
    let why = |text: &str| if text.is_empty() { String::new() } else { format!(": {text}") };
    let span = |it: &Option<Duration>| it.map_or_else(String::new, |it| format!(" for {}", format_duration(it)));
    Some(match action {
        Action::Say { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Subject { .. } => return None,
        Action::Private { to, text } => format!("-> {}: {text}", to.nick),
        Action::Retract { message, reason } => format!("takes {message} back{}", why(reason)),
        Action::Mute { target, span: it, reason } => format!("mutes {}{}{}", target.nick, span(it), why(reason)),
        Action::Unmute { target, reason } => format!("gives {} voice{}", target.nick, why(reason)),
        Action::Role { target, role: Role::None, reason } | Action::Kick { target, reason } => {
            format!("kicks {}{}", target.nick, why(reason))
        }
        Action::Role { target, role, reason } => format!("makes {} {role}{}", target.nick, why(reason)),
        Action::Ban { jid, span: it, reason } => format!("bans {jid}{}{}", span(it), why(reason)),
        Action::Affiliation { jid, affiliation, reason } => format!("makes {jid} {affiliation}{}", why(reason)),
        Action::Configure { changes } => {
            let change = |it: &FormChange| format!("{} = {}", it.key, it.after.join(", "));
            format!("configures {}", changes.iter().map(change).collect::<Vec<_>>().join(", "))
        }
        Action::Invite { jid, reason } => format!("invites {jid}{}", why(reason)),
    })
}
