//! What someone says: remembered as far as rules need it, and shown to each of them.

use domovoi_plugin::{Correction, Message, Timestamp};

use crate::{
    preset::Limits,
    recent::{Recent, Said},
    rules::{Hit, churn, churn::Act, rate, repeat, size},
    text,
    trust::Trust,
};

/// Corrections of one message that are not counted as copies of it.
const FREE_EDITS: u8 = 3;

/// What was said, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Utterance<'a> {
    /// To the room.
    Public(&'a Message),
    /// To us alone.
    Private(&'a Message),
    /// In place of what was said before.
    Edit(&'a Correction),
}

impl<'a> Utterance<'a> {
    const fn message(self) -> &'a Message {
        match self {
            Self::Public(it) | Self::Private(it) => it,
            Self::Edit(it) => &it.message,
        }
    }

    /// Whether anybody sees anything of it; chat states and receipts show nothing.
    pub(crate) const fn is_visible(self) -> bool {
        let it = self.message();
        let has_text = !it.body.is_empty() || !it.bodies.is_empty() || it.xhtml.is_some() || it.subject.is_some();
        has_text || !it.oob.is_empty() || it.is_encrypted
    }
}

impl Utterance<'_> {
    /// How long the longest form of it is, in characters.
    pub(crate) fn n_chars(self) -> usize {
        let shown = text::shown(self.message());
        shown.iter().map(|it| it.chars().count()).max().unwrap_or(0)
    }
}

/// Remembers what was said and asks the rules. `known` is the speaker's trust and how many clean messages it rests on.
pub(crate) fn hear(
    recent: &mut Recent,
    utterance: Utterance<'_>,
    limits: &Limits,
    known: (Trust, u32),
    now: Timestamp,
) -> Vec<Hit> {
    let shown = text::shown(utterance.message());
    let said = remember_pace(recent, utterance, &shown, now);
    let mut hits = Vec::new();
    hits.extend(rate::judge(&recent.pace, limits, known.0, now));
    if let Some(said) = said {
        hits.extend(repeat::judge(&said, &recent.memory, limits, known, now));
        if !utterance.message().is_encrypted {
            hits.extend(size::judge(&shown, &recent.pace, limits, known.0, now));
        }
        remember(recent, said, now);
    }
    if let Utterance::Edit(_) = utterance {
        recent.acts.push(now, Act::Edit);
        hits.extend(churn::judge(Act::Edit, &recent.acts, now));
    }
    hits
}

/// Notes how long the message is; gives what is to be compared, for what is said to the room.
fn remember_pace(recent: &mut Recent, utterance: Utterance<'_>, shown: &[&str], now: Timestamp) -> Option<Said> {
    let message = utterance.message();
    let n_chars = shown.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let n_chars = if message.is_encrypted { 0 } else { u32::try_from(n_chars).unwrap_or(u32::MAX) };
    let mut said = Said::new(message, shown);
    let mut is_small_edit = false;
    if let Utterance::Edit(correction) = utterance {
        let replaced = recent.memory.newest_mut().find(|it| it.id.as_ref() == Some(&correction.replaces));
        if let Some(old) = replaced.filter(|it| it.n_edits < FREE_EDITS) {
            // The text before the correction is gone from the screen, so that the new one is no copy of it.
            let print = old.print.take();
            is_small_edit = print.zip(said.print.as_ref()).is_some_and(|(old, new)| 700 <= old.likeness(new));
            said.n_edits = old.n_edits + 1;
        } else {
            said.n_edits = FREE_EDITS;
        }
        said.id = Some(correction.replaces.clone());
    }
    recent.pace.push(now, if is_small_edit { 0 } else { n_chars });
    (!matches!(utterance, Utterance::Private(_))).then_some(said)
}

fn remember(recent: &mut Recent, mut said: Said, now: Timestamp) {
    let is_resent = |it: &&mut Said| it.id.is_some() && it.id == said.id;
    if said.n_edits == 0 && recent.memory.newest_mut().find(is_resent).is_some() {
        said.is_resent = true;
    }
    recent.memory.push(now, said);
}
