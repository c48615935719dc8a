//! What a record tells of, as the event that guards are shown.

use domovoi_plugin::{
    Cause, Correction, EventKind, LangText, Leave, Message, MessageId, Nick, Reaction, RecordKind, Retraction, StanzaId,
};

use super::line::{Fact, Str};

/// What was said, in one of the ways of saying; `None` for a record that tells of something else or lacks what it takes.
///
/// Messages without a stanza id are given one: rooms that can be moderated give such ids, and older records may lack them.
pub(super) fn said(kind: &RecordKind, fact: &Fact<'_>, number: u64) -> Option<EventKind> {
    match kind {
        RecordKind::Message => Some(EventKind::Message(message(fact, number))),
        RecordKind::Private => Some(EventKind::Private(message(fact, number))),
        RecordKind::Subject => Some(EventKind::Subject { text: owned(&fact.raw.body).unwrap_or_default() }),
        RecordKind::Correction => {
            let replaces = MessageId::new(fact.raw.replaces.as_deref()?);
            Some(EventKind::Correction(Correction { replaces, message: message(fact, number) }))
        }
        RecordKind::Reaction => {
            let emojis = fact.raw.reactions.clone();
            Some(EventKind::Reaction(Reaction { target: owned(&fact.raw.replaces)?, emojis }))
        }
        RecordKind::Join
        | RecordKind::Leave
        | RecordKind::Nick
        | RecordKind::Presence
        | RecordKind::Role
        | RecordKind::Affiliation
        | RecordKind::Retraction
        | RecordKind::Room
        | RecordKind::Gap
        | RecordKind::Action
        | RecordKind::Other(_) => None,
    }
}

/// A message taken back.
pub(super) fn retraction(fact: &Fact<'_>) -> Option<EventKind> {
    let moderator = fact.raw.by.as_deref().and_then(|it| Nick::new(it).ok());
    Some(EventKind::Retraction(Retraction {
        target: owned(&fact.raw.replaces)?,
        moderator,
        reason: owned(&fact.raw.reason),
    }))
}

/// Someone going.
pub(super) fn leave(fact: &Fact<'_>) -> EventKind {
    let cause = fact.raw.cause.unwrap_or(Cause::Left);
    EventKind::Leave(Leave { cause, actor: actor(fact), reason: owned(&fact.raw.reason) })
}

/// Who did it to someone, where the record says.
pub(super) fn actor(fact: &Fact<'_>) -> Option<Nick> {
    fact.raw.actor.as_deref().and_then(|it| Nick::new(it).ok())
}

fn message(fact: &Fact<'_>, number: u64) -> Message {
    let raw = &fact.raw;
    let body = owned(&raw.body).unwrap_or_default();
    let mut bodies = raw.bodies.clone();
    if let Some(lang) = raw.lang.as_deref().filter(|it| bodies.is_empty() && !it.is_empty()) {
        bodies.push(LangText { lang: lang.to_owned(), body: body.clone() });
    }
    Message {
        id: raw.id.as_deref().map(MessageId::new),
        stanza_id: Some(raw.stanza_id.as_deref().map_or_else(|| StanzaId::new(format!("~{number}")), StanzaId::new)),
        body,
        bodies,
        xhtml: owned(&raw.xhtml),
        oob: raw.oob.clone(),
        reply_to: owned(&raw.reply_to),
        fallback: raw.fallback.and_then(|it| (it.0 < it.1).then_some(it)),
        is_encrypted: raw.encrypted.0,
        subject: None,
    }
}

pub(super) fn owned(text: &Option<Str<'_>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}
