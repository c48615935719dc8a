//! A record: one thing that happened in a room, as one JSON line.
//!
//! The form in which the bot keeps what happened, in which archives are exported and imported, and which `replay`
//! reads. Everything but time, room and kind may be missing; keys that are unknown here are ignored when read.

use std::fmt;

use compact_str::CompactString;
use jid::{BareJid, Jid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Affiliation, Cause, LangText, MessageId, Nick, OccupantId, Role, RoomJid, Show, StanzaId, Timestamp};

/// What kind of thing a record tells of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RecordKind {
    /// Something was said to the room.
    Message,
    /// Something was said to the bot alone; in scene files only, the bot never writes one.
    Private,
    /// Someone came in.
    Join,
    /// Someone went, with `cause`.
    Leave,
    /// Someone took `new_nick`.
    Nick,
    /// Someone's availability changed.
    Presence,
    /// Someone's role changed; `role` is the new one.
    Role,
    /// Someone's affiliation changed; `affiliation` is the new one.
    Affiliation,
    /// The subject changed; `body` is the new one.
    Subject,
    /// The message `replaces` now says `body`.
    Correction,
    /// The message `replaces` was taken back.
    Retraction,
    /// `reactions` to the message `replaces`.
    Reaction,
    /// The room's configuration changed.
    Room,
    /// Between `from` and `until` something is missing.
    Gap,
    /// The bot did something.
    Action,
    /// A kind that this version does not know, kept as it is.
    Other(CompactString),
}

impl RecordKind {
    const KNOWN: [Self; 15] = [
        Self::Message,
        Self::Private,
        Self::Join,
        Self::Leave,
        Self::Nick,
        Self::Presence,
        Self::Role,
        Self::Affiliation,
        Self::Subject,
        Self::Correction,
        Self::Retraction,
        Self::Reaction,
        Self::Room,
        Self::Gap,
        Self::Action,
    ];

    /// The word in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Message => "message",
            Self::Private => "private",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Nick => "nick",
            Self::Presence => "presence",
            Self::Role => "role",
            Self::Affiliation => "affiliation",
            Self::Subject => "subject",
            Self::Correction => "correction",
            Self::Retraction => "retraction",
            Self::Reaction => "reaction",
            Self::Room => "room",
            Self::Gap => "gap",
            Self::Action => "action",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for RecordKind {
    fn from(word: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|it| it.as_str() == word);
        known.unwrap_or_else(|| Self::Other(CompactString::from(word)))
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RecordKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RecordKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(&*CompactString::deserialize(deserializer)?))
    }
}

/// That a record came late, from the room's archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Filled {
    /// It came at this instant; the bot writes this form.
    At(Timestamp),
    /// It came late, nobody knows when.
    Late(bool),
}

/// One thing that happened in one room. The fields stand in the order in which they are written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// When it happened.
    pub at: Timestamp,
    /// Where.
    pub room: RoomJid,
    /// The place in the room's order of arrival; given by the records' writer, rising, never used twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What kind of thing it is.
    pub kind: RecordKind,
    /// Whose doing it was, or to whom it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<Nick>,
    /// Their real bare JID, where known. A full one is read too.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "any_jid")]
    pub jid: Option<BareJid>,
    /// Their occupant id, where the room gives such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupant_id: Option<OccupantId>,
    /// Their role then, for `role` the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their affiliation then, for `affiliation` the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<Affiliation>,
    /// The sender's id of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// The room's id of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stanza_id: Option<StanzaId>,
    /// What was said; for `subject` the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The language of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// All bodies, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<LangText>,
    /// The XHTML-IM form of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xhtml: Option<String>,
    /// Addresses attached to the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oob: Vec<String>,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Which characters of the body stand for that message, as its sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<(u32, u32)>,
    /// Whether the real text is encrypted. A word, such as a namespace, is read as yes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", deserialize_with = "yes_or_word")]
    pub encrypted: bool,
    /// For those whose words are not kept: a fingerprint of what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The message that is corrected, taken back or reacted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The reactions, none if they were taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<String>,
    /// How someone went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The nick someone took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_nick: Option<Nick>,
    /// Availability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show: Option<Show>,
    /// The status text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The client, as `node#ver`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<String>,
    /// The hash of the avatar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The occupant who did it to someone, where the room says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The reason given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the bot did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// By which rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// In which incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// What the server answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Who wanted it: the moderator of a retraction, the asker of an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// For `gap`: since when something is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// For `gap`: until when. For `action`: when it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// For `gap`: how many records are missing, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
    /// That it came late; `at` is when it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled: Option<Filled>,
}

impl Record {
    /// A record with nothing but what must be there.
    #[must_use]
    pub const fn new(at: Timestamp, room: RoomJid, kind: RecordKind) -> Self {
        Self {
            at,
            room,
            kind,
            seq: None,
            nick: None,
            jid: None,
            occupant_id: None,
            role: None,
            affiliation: None,
            id: None,
            stanza_id: None,
            body: None,
            lang: None,
            bodies: Vec::new(),
            xhtml: None,
            oob: Vec::new(),
            reply_to: None,
            fallback: None,
            encrypted: false,
            fingerprint: None,
            replaces: None,
            reactions: Vec::new(),
            cause: None,
            new_nick: None,
            show: None,
            status: None,
            caps: None,
            avatar: None,
            actor: None,
            reason: None,
            action: None,
            rule: None,
            incident: None,
            result: None,
            by: None,
            from: None,
            until: None,
            missing: None,
            filled: None,
        }
    }

    /// Whether it came late, from an archive.
    #[must_use]
    pub const fn is_filled(&self) -> bool {
        matches!(self.filled, Some(Filled::At(_) | Filled::Late(true)))
    }

    /// When it came: `filled` where it came late, else `at`.
    #[must_use]
    pub const fn arrived_at(&self) -> Timestamp {
        match self.filled {
            Some(Filled::At(at)) => at,
            Some(Filled::Late(_)) | None => self.at,
        }
    }
}

fn any_jid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BareJid>, D::Error> {
    Ok(Option::<Jid>::deserialize(deserializer)?.map(|it| it.to_bare()))
}

fn yes_or_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum YesOrWord {
        Yes(bool),
        Word(String),
    }
    Ok(match Option::<YesOrWord>::deserialize(deserializer)? {
        Some(YesOrWord::Yes(is_yes)) => is_yes,
        Some(YesOrWord::Word(word)) => !word.is_empty(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = concat!(
        r#"{"at":"2026-11-22T15:29:01.123Z","room":"garden@chat.example.org","seq":41,"kind":"message","#,
        r#""nick":"alice","jid":"alice@example.org","occupant_id":"hmcb…","role":"participant","#,
        r#""affiliation":"none","id":"m1","stanza_id":"28482","body":"hello"}"#
    );

    fn read(text: &str) -> Record {
        serde_json::from_str(text).unwrap()
    }

    fn with(rest: &str) -> Record {
        read(&format!(r#"{{"at":"2026-11-22T15:29:01Z","room":"a@b.example"{rest}}}"#))
    }

    #[test]
    fn the_example_reads_and_writes_to_the_letter() {
        assert_eq!(serde_json::to_string(&read(EXAMPLE)).unwrap(), EXAMPLE);
    }

    #[test]
    fn unknown_keys_are_ignored_and_unknown_kinds_kept() {
        let record = with(r#","kind":"poll","votes":3"#);
        assert_eq!(record.kind, RecordKind::Other("poll".into()));
        assert!(serde_json::to_string(&record).unwrap().ends_with(r#""kind":"poll"}"#));
    }

    #[test]
    fn every_known_kind_has_one_word() {
        for kind in RecordKind::KNOWN {
            assert_eq!(RecordKind::from(kind.as_str()), kind);
        }
    }

    #[test]
    fn loose_forms_are_understood() {
        let record = with(r#","kind":"message","jid":"al@b.example/phone","encrypted":"urn:xmpp:omemo:2","nick":null"#);
        assert_eq!(record.jid.unwrap().as_str(), "al@b.example");
        assert!(record.encrypted && record.nick.is_none());
        assert!(with(r#","kind":"message","filled":true"#).is_filled());
        let late = with(r#","kind":"message","filled":"2026-11-23T00:00:00Z""#);
        assert_eq!(late.arrived_at().utc_day(), "2026-11-23");
        assert!(!with(r#","kind":"message""#).is_filled());
    }

    #[test]
    fn what_must_be_there_must_be_there() {
        for text in [r#"{"at":"2026-11-22T15:29:01Z","room":"a@b.example"}"#, r#"{"kind":"join"}"#, "{}", "", "[]"] {
            assert!(serde_json::from_str::<Record>(text).is_err(), "{text}");
        }
    }
}
