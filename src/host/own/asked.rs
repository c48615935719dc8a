//! A command of the host's own, as its handler sees it.

use std::sync::Arc;

use domovoi_plugin::{ActError, Action, Call, Context, Fault, Identity, Level, Outcome, Place, RoomJid, Text};

use crate::host::{
    answers::{MAX_CHARS, MAX_LINES},
    core::Host,
    roster::Roster,
};

/// So many requests of one command are under way at once.
const AT_ONCE: usize = 16;

/// A command that was given, with the host at hand.
pub(super) struct Asked<'a> {
    pub(super) host: Arc<Host>,
    /// The plugins as they are while this is carried out.
    pub(super) roster: Arc<Roster>,
    pub(super) call: &'a Call,
    pub(super) cx: &'a Context,
}

/// What is answered, and where.
pub(super) enum Answer {
    /// Where it was asked.
    Here(Text),
    /// Where it was asked if it is short, else in private.
    List(Text),
    /// In private, because it is nobody else's business.
    Private(Text),
}

impl From<Text> for Answer {
    fn from(text: Text) -> Self {
        Self::Here(text)
    }
}

/// What a handler gives.
pub(super) type Answered = Result<Answer, Fault>;

impl Asked<'_> {
    /// The room it is about.
    ///
    /// # Errors
    /// If there is none: asked in a direct chat without naming one.
    pub(super) fn room(&self) -> Result<&RoomJid, Fault> {
        self.cx.room.as_ref().ok_or_else(|| Fault::answer(Text::key("refusal-needs-room")))
    }

    /// Refuses whoever has less than this level.
    pub(super) fn need(&self, needed: Level) -> Result<(), Fault> {
        if needed <= self.call.asker.level {
            return Ok(());
        }
        let level = domovoi_plugin::grammar::level_text(needed);
        Err(Fault::answer(Text::key("refusal-level").with("needed", level).with("number", needed.0)))
    }

    /// Whether an owner of the bot asks: by the configuration, or by a level given everywhere. A level given in one room
    /// is worth nothing outside it.
    pub(super) fn is_bot_owner(&self) -> bool {
        let identity = &self.call.asker.identity;
        Level::BOT_OWNER <= self.host.access.level(&self.host, None, identity, None).0
    }

    /// Refuses whoever is no owner of the bot.
    pub(super) fn need_bot_owner(&self) -> Result<(), Fault> {
        if self.is_bot_owner() {
            return Ok(());
        }
        let level = domovoi_plugin::grammar::level_text(Level::BOT_OWNER);
        Err(Fault::answer(Text::key("refusal-level").with("needed", level).with("number", Level::BOT_OWNER.0)))
    }

    /// Who asks, for what is written down: their JID where known, else their nick.
    pub(super) fn by(&self) -> String {
        match &self.call.asker.identity {
            Identity::Jid(jid) => jid.to_string(),
            Identity::OccupantId(_) | Identity::Occupancy(_) => self.call.asker.nick.clone(),
        }
    }

    /// Whether nobody but the asker reads what is said here.
    pub(super) fn is_private(&self) -> bool {
        !matches!(self.cx.place, Place::Room)
    }

    /// What commands begin with where this was asked; nothing in private, where every line is one.
    pub(super) fn prefix(&self) -> String {
        if self.is_private() { String::new() } else { self.cx.prefix.to_string() }
    }

    /// Does several things on behalf of whoever asks, each a request of its own; gives what came of each. The outbox
    /// paces them.
    pub(super) async fn act_all(&self, room: &RoomJid, actions: Vec<Action>) -> Vec<Result<Outcome, ActError>> {
        let mut results = Vec::new();
        let mut rest = actions.into_iter();
        loop {
            let some: Vec<Action> = rest.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return results;
            }
            let acts = some.into_iter().map(|it| self.cx.services.rooms.act(room, it, Some(&self.call.asker)));
            results.extend(futures::future::join_all(acts).await);
        }
    }

    /// Sends an answer where it belongs.
    pub(super) async fn answer(&self, answer: Answer) {
        match answer {
            Answer::Here(text) => self.cx.reply(text).await,
            Answer::Private(text) => self.cx.private(text).await,
            Answer::List(text) => {
                let words = self.cx.words(&text);
                if MAX_LINES < words.lines().count() || MAX_CHARS < words.chars().count() {
                    self.cx.private(Text::Plain(words)).await;
                } else {
                    self.cx.reply(Text::Plain(words)).await;
                }
            }
        }
    }
}
