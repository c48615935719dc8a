//! What someone said lately, as far as rules and retractions need it: ids and fingerprints, never the text.

use std::time::Duration;

use domovoi_plugin::{Message, MessageId, StanzaId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    rules::{churn::Acts, command, media, quotes, rate::Pace, spread},
    text::{Look, Print},
    window::Window,
};

/// Messages kept of one person: as many as may be taken back at once.
pub(crate) const MOST_SAID: usize = 20;
/// For how long.
const KEEP: Duration = Duration::from_secs(600);
/// Of what a sentence is for, messages up to this age are taken back.
const OFFENCE: Duration = Duration::from_secs(60);

/// One message as it is remembered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    /// The room's id, by which it can be taken back.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub(crate) stanza_id: Option<StanzaId>,
    /// The sender's id, by which corrections name it.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<MessageId>,
    /// What it looked like; `None` for what is not text.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    pub(crate) print: Option<Print>,
    /// Whether it looked like an advert.
    #[serde(rename = "a", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_advert: bool,
    /// Whether it came a second time under the same id.
    #[serde(rename = "r", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_resent: bool,
    /// Hashes of what it led to, pages that everyone uses left out.
    #[serde(rename = "l", skip_serializing_if = "<[u64]>::is_empty")]
    pub(crate) leads: Box<[u64]>,
    /// Whether it was a picture without words.
    #[serde(rename = "b", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_bare: bool,
    /// Whether it was a single letter.
    #[serde(rename = "o", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_letter: bool,
    /// Whether it was a command to a bot.
    #[serde(rename = "c", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_command: bool,
    /// Whether it was mostly a long quote.
    #[serde(rename = "q", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_quote: bool,
    /// Who else had said the same, by a hash.
    #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
    pub(crate) echo_of: Option<u32>,
    /// How often it was corrected.
    #[serde(rename = "e", skip_serializing_if = "is_zero")]
    pub(crate) n_edits: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(n: &u8) -> bool {
    *n == 0
}

impl Said {
    /// Of a message; the note that stands in for an encrypted text is not text.
    pub(crate) fn new(message: &Message, look: &Look<'_>) -> Self {
        let body = message.body.as_str();
        Self {
            stanza_id: message.stanza_id.clone(),
            id: message.id.clone(),
            is_advert: look.is_like_advert(),
            print: look.print(),
            is_resent: false,
            echo_of: None,
            n_edits: 0,
            leads: look.leads().telling().collect(),
            is_bare: media::is_bare(look),
            is_letter: !look.is_encrypted() && spread::is_letter(body),
            is_command: !look.is_encrypted() && command::is_command(body),
            is_quote: quotes::is_quote(look.quotes()),
        }
    }
}

/// Messages of one person.
pub(crate) type Memory = Window<Said, MOST_SAID>;

/// What one person did lately.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Recent {
    /// How fast they talk.
    #[serde(rename = "p", skip_serializing_if = "Window::is_empty")]
    pub(crate) pace: Pace,
    /// What they said.
    #[serde(rename = "m", skip_serializing_if = "Window::is_empty")]
    pub(crate) memory: Memory,
    /// What else they did.
    #[serde(rename = "a", skip_serializing_if = "Window::is_empty")]
    pub(crate) acts: Acts,
}

impl Recent {
    /// The room's ids of what a sentence is for, newest first.
    pub(crate) fn offence(&self, now: Timestamp) -> Vec<StanzaId> {
        self.memory.within(now, OFFENCE).filter_map(|it| it.stanza_id.clone()).collect()
    }

    /// The room's ids of all that was said under this id of the sender's: a message and its corrections.
    pub(crate) fn versions<'a>(&'a self, id: &'a MessageId) -> impl Iterator<Item = &'a StanzaId> {
        self.memory.all().filter(move |it| it.id.as_ref() == Some(id)).filter_map(|it| it.stanza_id.as_ref())
    }

    /// Forgets what no rule looks at any more.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.pace.forget(now, Duration::from_secs(30));
        self.acts.forget(now, Duration::from_secs(120));
        self.memory.forget(now, KEEP);
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.pace.is_empty() && self.memory.is_empty() && self.acts.is_empty()
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(self) -> Self {
        let mut memory = self.memory.sane();
        for it in memory.newest_mut() {
            it.print = it.print.take().map(Print::sane);
        }
        Self { pace: self.pace.sane(), memory, acts: self.acts.sane() }
    }
}
