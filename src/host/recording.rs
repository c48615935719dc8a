//! What of an event is written down, and in which form.
//!
//! `full`: everything. `events`: who came, went and was moderated, and of what strangers say a fingerprint. `off`: nothing.

use std::sync::Arc;

use domovoi_plugin::{
    Action, Affiliation, Event, EventKind, LangText, Memo, Message, Phase, PluginName, RoomJid, Timestamp,
    record::{Filled, Record, RecordKind},
};
use sha2::{Digest as _, Sha256};

use super::{core::Host, guard_chain::Judged, room::Acted};
use crate::{config::Records, store::Draft};

/// The record of an event, as far as the room's records go.
#[must_use]
pub fn of_event(host: &Host, records: Records, event: &Arc<Event>, judged: &Judged) -> Option<Draft> {
    // What happened before we came is in the records already, or was never ours to keep.
    if records == Records::Off || event.phase == Phase::History {
        return None;
    }
    if records == Records::Events && !is_kept(event) {
        return None;
    }
    let kind = kind_of(&event.kind)?;
    let filled = (event.phase == Phase::Filled).then(|| Filled::At(host.clock.now()));
    let rule = judged.strongest().map(|(_, verdict)| verdict.rule);
    let shared = Arc::clone(event);
    // The copying is left to the writer: whoever reads stanzas has no time for it.
    Some(Draft::new(event.room.clone(), event.at, move || {
        let rule = rule.map(str::to_owned);
        let mut record = Record { filled, rule, ..record_of(&shared, kind) };
        if records == Records::Events {
            reduce(&mut record);
        }
        record
    }))
}

/// The record of what the bot did.
#[must_use]
pub fn of_act(room: &RoomJid, acted: &Acted<'_>, result: &str, now: Timestamp) -> Record {
    let mut record = Record::new(now, room.clone(), RecordKind::Action);
    record.action = Some(acted.action.as_str().to_owned());
    record.nick = target_of(acted.action).and_then(|it| it.parse().ok());
    record.jid = match acted.action {
        Action::Ban { jid, .. } | Action::Affiliation { jid, .. } => Some(jid.clone()),
        Action::Mute { target, .. }
        | Action::Unmute { target, .. }
        | Action::Role { target, .. }
        | Action::Kick { target, .. } => target.identity.jid().cloned(),
        Action::Retract { .. }
        | Action::Say { .. }
        | Action::Private { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Subject { .. }
        | Action::Configure { .. }
        | Action::Invite { .. } => None,
    };
    record.reason = reason_of(acted.action).map(str::to_owned);
    record.result = Some(result.to_owned());
    record.by = Some(acted.by.map_or_else(|| acted.plugin.to_string(), |it| it.nick.clone()));
    record
}

/// The record of a memo that is one.
#[must_use]
pub fn of_memo(plugin: &PluginName, memo: &Memo, reason: &str, incident: Option<u64>) -> Record {
    Record {
        action: Some(memo.kind.as_str().to_owned()),
        rule: Some(memo.rule.to_owned()),
        reason: Some(reason.to_owned()).filter(|it| !it.is_empty()),
        incident: incident.map(|it| it.to_string()),
        by: Some(plugin.to_string()),
        ..Record::new(memo.at, memo.room.clone(), RecordKind::Action)
    }
}

/// Whether `events` keeps anything of it: of what is said only what strangers say.
fn is_kept(event: &Event) -> bool {
    match kind_of(&event.kind) {
        Some(RecordKind::Message | RecordKind::Correction) => {
            event.occupant.as_ref().is_some_and(|it| it.affiliation == Affiliation::None && !it.is_self)
        }
        Some(RecordKind::Reaction | RecordKind::Presence) | None => false,
        Some(_) => true,
    }
}

/// Takes out of a record what `events` does not keep.
fn reduce(record: &mut Record) {
    if matches!(record.kind, RecordKind::Message | RecordKind::Correction) {
        let body = record.body.take().unwrap_or_default();
        (record.bodies, record.xhtml, record.oob) = (Vec::new(), None, Vec::new());
        record.fingerprint = (!body.is_empty()).then(|| fingerprint(&body));
    }
}

/// A text that nobody can read back, the same for the same words whatever their case and spacing.
fn fingerprint(body: &str) -> String {
    let mut folded = String::with_capacity(body.len());
    for word in body.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        if word.is_ascii() {
            folded.push_str(word);
        } else {
            folded.push_str(&word.to_lowercase());
        }
    }
    folded.make_ascii_lowercase();
    let hash = Sha256::digest(folded.as_bytes());
    let digit = |of: u8| char::from_digit(of.into(), 16).unwrap_or_default();
    let mut text = String::with_capacity(32);
    for byte in hash.iter().take(16) {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

/// An event as a record of this kind.
fn record_of(event: &Event, kind: RecordKind) -> Record {
    let mut record = Record::new(event.at, event.room.clone(), kind);
    if let Some(occupant) = &event.occupant {
        record.nick = Some(occupant.nick.clone());
        record.jid = occupant.bare_jid();
        record.occupant_id.clone_from(&occupant.occupant_id);
        record.role = Some(occupant.role);
        record.affiliation = Some(occupant.affiliation);
    }
    match &event.kind {
        EventKind::Message(message) => add_message(&mut record, message),
        EventKind::Correction(it) => {
            add_message(&mut record, &it.message);
            record.replaces = Some(it.replaces.to_string());
        }
        EventKind::Retraction(it) => {
            record.replaces = Some(it.target.clone());
            record.by = it.moderator.as_ref().map(ToString::to_string);
            record.reason.clone_from(&it.reason);
        }
        EventKind::Reaction(it) => {
            record.replaces = Some(it.target.clone());
            record.reactions.clone_from(&it.emojis);
        }
        EventKind::Subject { text } => record.body = Some(text.clone()),
        EventKind::Leave(it) => {
            record.cause = Some(it.cause);
            record.actor = it.actor.as_ref().map(ToString::to_string);
            record.reason.clone_from(&it.reason);
        }
        EventKind::Nick { old } => {
            record.new_nick = record.nick.replace(old.clone());
        }
        EventKind::Presence | EventKind::Join => add_presence(&mut record, event),
        EventKind::Role(it) => {
            record.actor = it.actor.as_ref().map(ToString::to_string);
            record.reason.clone_from(&it.reason);
        }
        EventKind::Affiliation(it) => {
            record.actor = it.actor.as_ref().map(ToString::to_string);
            record.reason.clone_from(&it.reason);
        }
        EventKind::Absent(it) => {
            record.jid = Some(it.jid.clone());
            record.affiliation = Some(it.affiliation);
            record.actor = it.actor.as_ref().map(ToString::to_string);
            record.reason.clone_from(&it.reason);
        }
        EventKind::Config
        | EventKind::Private(_)
        | EventKind::VoiceRequest { .. }
        | EventKind::Joined
        | EventKind::Lost { .. }
        | EventKind::Malformed { .. } => (),
    }
    record
}

/// What kind of record tells of it; `None` for what no record tells of.
fn kind_of(kind: &EventKind) -> Option<RecordKind> {
    Some(match kind {
        EventKind::Message(_) => RecordKind::Message,
        EventKind::Correction(_) => RecordKind::Correction,
        EventKind::Retraction(_) => RecordKind::Retraction,
        EventKind::Reaction(_) => RecordKind::Reaction,
        EventKind::Subject { .. } => RecordKind::Subject,
        EventKind::Join => RecordKind::Join,
        EventKind::Leave(_) => RecordKind::Leave,
        EventKind::Nick { .. } => RecordKind::Nick,
        EventKind::Presence => RecordKind::Presence,
        EventKind::Role(_) => RecordKind::Role,
        EventKind::Affiliation(_) | EventKind::Absent(_) => RecordKind::Affiliation,
        EventKind::Config => RecordKind::Room,
        // What is said in private stays there; our own coming and going is not the room's history.
        EventKind::Private(_)
        | EventKind::VoiceRequest { .. }
        | EventKind::Joined
        | EventKind::Lost { .. }
        | EventKind::Malformed { .. } => return None,
    })
}

fn add_message(record: &mut Record, message: &Message) {
    record.id.clone_from(&message.id);
    record.stanza_id.clone_from(&message.stanza_id);
    record.body = (!message.body.is_empty()).then(|| message.body.clone());
    let has_several = 1 < message.bodies.len();
    record.bodies = if has_several { message.bodies.clone() } else { Vec::new() };
    let lang = message.bodies.first().filter(|it: &&LangText| !has_several && !it.lang.is_empty());
    record.lang = lang.map(|it| it.lang.clone());
    record.xhtml.clone_from(&message.xhtml);
    record.oob.clone_from(&message.oob);
    record.reply_to.clone_from(&message.reply_to);
    record.fallback = message.fallback;
    record.encrypted = message.is_encrypted;
}

fn add_presence(record: &mut Record, event: &Event) {
    let Some(occupant) = &event.occupant else { return };
    record.show = Some(occupant.show);
    record.status = occupant.status.as_ref().map(ToString::to_string);
    record.caps = occupant.caps.as_ref().map(|it| format!("{}#{}", it.node, it.ver));
    record.avatar = occupant.avatar.as_ref().map(ToString::to_string);
}

/// Whom an action concerns, for people.
#[must_use]
pub fn target_of(action: &Action) -> Option<String> {
    match action {
        Action::Mute { target, .. }
        | Action::Unmute { target, .. }
        | Action::Role { target, .. }
        | Action::Kick { target, .. }
        | Action::Private { to: target, .. } => Some(target.nick.to_string()),
        Action::Ban { jid, .. } | Action::Affiliation { jid, .. } | Action::Invite { jid, .. } => Some(jid.to_string()),
        Action::Retract { .. }
        | Action::Say { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Configure { .. }
        | Action::Subject { .. } => None,
    }
}

/// The reason given with an action.
#[must_use]
pub fn reason_of(action: &Action) -> Option<&str> {
    match action {
        Action::Mute { reason, .. }
        | Action::Unmute { reason, .. }
        | Action::Role { reason, .. }
        | Action::Kick { reason, .. }
        | Action::Ban { reason, .. }
        | Action::Affiliation { reason, .. }
        | Action::Retract { reason, .. }
        | Action::Invite { reason, .. } => Some(reason.as_str()).filter(|it| !it.is_empty()),
        Action::Say { .. }
        | Action::Private { .. }
        | Action::React { .. }
        | Action::Share { .. }
        | Action::Correct { .. }
        | Action::Configure { .. }
        | Action::Subject { .. } => None,
    }
}
