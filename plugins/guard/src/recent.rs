//! What someone said lately, as far as rules and retractions need it: ids and fingerprints, never the text.

use std::time::Duration;

use domovoi_plugin::{Message, MessageId, StanzaId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    marks::hash,
    rules::{churn::Acts, rate::Pace},
    text::{Kind, Look, Print, is_bare, is_command, is_one_letter, is_quote, site},
    window::Window,
};

/// Messages kept of one person: as many as may be taken back at once.
pub(crate) const MOST_SAID: usize = 20;
/// For how long.
const KEEP: Duration = Duration::from_secs(600);
/// So many words after its first may be what sets a label apart.
const LABEL_WORDS: usize = 3;
/// An address with more words than this beside it says something about it.
const ADDRESS_WORDS: usize = 2;
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
    /// Whether it has pages or addresses in it that are of a paste.
    #[serde(rename = "m", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_material: bool,
    /// A hash of the only one of these, if there is but one.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    pub(crate) material: Option<u64>,
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
    /// A hash of the mark or label that it begins with, as `[news]`, where it leads anywhere: feeds have one.
    #[serde(rename = "h", skip_serializing_if = "is_none")]
    pub(crate) head: u32,
    /// The advert of another that it quotes, by its mark.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    pub(crate) hands_on: Option<u32>,
    /// Whether it was an address and hardly a word; what a client attached is not.
    #[serde(rename = "k", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_address: bool,
    /// Whether somebody had just asked for it.
    #[serde(rename = "d", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_asked: bool,
    /// How often it was corrected.
    #[serde(rename = "e", skip_serializing_if = "is_zero")]
    pub(crate) n_edits: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(hash: &u32) -> bool {
    *hash == 0
}

impl Said {
    /// Of a message; the note that stands in for an encrypted text is not text.
    pub(crate) fn new(message: &Message, look: &Look<'_>) -> Self {
        let body = message.body.as_str();
        let leads: Box<[u64]> = look.leads().telling().collect();
        let head = if leads.is_empty() { 0 } else { head(body).map_or(0, hash) };
        Self {
            stanza_id: message.stanza_id.clone(),
            id: message.id.clone(),
            is_advert: look.is_like_advert(),
            is_material: look.leads().has(Kind::Material),
            material: look.leads().only_material(),
            print: look.print().cloned(),
            is_resent: false,
            is_asked: false,
            echo_of: None,
            hands_on: None,
            n_edits: 0,
            is_address: !leads.is_empty()
                && look.attached().is_empty()
                && body.split_whitespace().nth(ADDRESS_WORDS).is_none(),
            leads,
            head,
            is_bare: is_bare(look),
            is_letter: !look.is_encrypted() && is_one_letter(body),
            is_command: !look.is_encrypted() && is_command(body),
            is_quote: is_quote(look.quotes()),
        }
    }
}

impl Said {
    /// Whether it leads to another page of the site that `old` leads to.
    pub(crate) fn is_next_page(&self, old: &Self) -> bool {
        let is_of_site = |it: &u64| old.leads.iter().any(|old| site(*old) == site(*it));
        self.leads.iter().any(is_of_site) && !self.leads.iter().any(|it| old.leads.contains(it))
    }

    /// Whether both begin with the same mark and lead to pages of one site: what a feed tells, or a tracker.
    pub(crate) fn is_of_feed(&self, old: &Self) -> bool {
        self.head != 0 && self.head == old.head && self.is_next_page(old)
    }
}

/// The first word of a text, if that is a mark, or if a label of few words is set apart from the rest: `Build log : …`.
fn head(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let is_label = || words.take(LABEL_WORDS).any(|it| matches!(it, "|" | ":" | "»" | "•"));
    (is_mark(first) || is_label()).then_some(first)
}

/// Whether a first word is a mark: in brackets, or with a colon, and not a bare address.
fn is_mark(word: &str) -> bool {
    let is_bracketed = word.starts_with(['[', '(', '<', '{', '*', '#', '|']);
    (is_bracketed || word.ends_with([':', ']', '>'])) && word.len() <= 40 && !word.contains("://")
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
    /// How fast they write to us in private, which disturbs nobody.
    #[serde(rename = "w", skip_serializing_if = "Window::is_empty")]
    pub(crate) whispers: Pace,
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

    /// Whether they led there before anybody asked: then it is no answer when somebody does.
    pub(crate) fn gave_unasked(&self, look: &Look<'_>) -> bool {
        let is_unasked = |lead| self.memory.all().any(|it| !it.is_asked && it.leads.contains(&lead));
        look.leads().telling().any(is_unasked)
    }

    /// Forgets what no rule looks at any more.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.pace.forget(now, Duration::from_secs(30));
        self.whispers.forget(now, Duration::from_secs(30));
        self.acts.forget(now, Duration::from_secs(120));
        self.memory.forget(now, KEEP);
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.pace.is_empty() && self.whispers.is_empty() && self.memory.is_empty() && self.acts.is_empty()
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(self) -> Self {
        Self {
            pace: self.pace.sane(),
            whispers: self.whispers.sane(),
            memory: self.memory.sane(),
            acts: self.acts.sane(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> Said {
        let message = Message { body: body.to_owned(), ..Message::default() };
        Said::new(&message, &Look::new(&message))
    }

    #[test]
    fn a_feed_is_known_by_its_mark_and_its_site() {
        let first = said("[core] anton opened #12: crash - https://bugs.a.example/12");
        let is_of_feed = |body: &str| said(body).is_of_feed(&first);
        assert!(is_of_feed("[core] birgit closed #9: typo - https://bugs.a.example/9"));
        for other in [
            "[core] birgit closed #9: typo - https://bugs.b.example/9",
            "[shop] birgit closed #9: typo - https://bugs.a.example/9",
            "[core] again: https://bugs.a.example/12",
            "birgit closed #9: typo - https://bugs.a.example/9",
        ] {
            assert!(!is_of_feed(other), "{other}");
        }
        let first = said("Wiki | Page changed: Lamps | https://wiki.a.example/lamps?diff=1");
        assert!(said("Wiki | Page made: Kettles | https://wiki.a.example/kettles?diff=2").is_of_feed(&first));
        let link = said("https://bugs.a.example/1");
        assert!(!said("https://bugs.a.example/2").is_of_feed(&link), "an address is no mark");
        assert!(said("https://bugs.a.example/2").is_next_page(&link));
    }
}
