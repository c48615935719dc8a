//! What a replay comes to: counts, and what would have been done.

use std::collections::BTreeMap;

use domovoi_plugin::{Nick, OccupantId, RoomJid, Timestamp, jid::BareJid};
use serde::{Serialize, Serializer};

/// The end of a replay. The fields stand in the order in which they are written.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// Records that were read, whatever their kind.
    pub events: u64,
    /// Different people: by address, else by occupant id in its room, else by nick in its room.
    pub people: usize,
    /// From the first record to the last.
    pub seconds: Seconds,
    /// Lines that are no records.
    pub skipped: u64,
    /// What was said by those whom the replay had muted, kicked or banned by then.
    pub suppressed: u64,
    /// What would have been done, in order.
    pub actions: Vec<Deed>,
    /// How many of them each rule is for.
    pub by_rule: BTreeMap<String, u64>,
    /// How many of each there are.
    pub by_action: BTreeMap<&'static str, u64>,
}

impl Report {
    pub(super) fn add(&mut self, deed: Deed) {
        *self.by_rule.entry(deed.rule.clone()).or_default() += 1;
        *self.by_action.entry(deed.action.as_str()).or_default() += 1;
        self.actions.push(deed);
    }
}

/// A span in milliseconds, written as seconds; without a fraction where it has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seconds(pub u64);

impl Serialize for Seconds {
    #[expect(clippy::cast_precision_loss, reason = "exact for a quarter of a million years")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1_000) {
            serializer.serialize_u64(self.0 / 1_000)
        } else {
            serializer.serialize_f64(self.0 as f64 / 1_000.0)
        }
    }
}

/// What kind of thing would have been done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// A line that somebody would have seen.
    Notice,
    /// Messages taken back.
    Retract,
    /// Voice withdrawn.
    Mute,
    /// Thrown out.
    Kick,
    /// Kept out.
    Ban,
    /// The room takes itself as raided from here on.
    RaidOn,
    /// And no longer.
    RaidOff,
}

impl Done {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Retract => "retract",
            Self::Mute => "mute",
            Self::Kick => "kick",
            Self::Ban => "ban",
            Self::RaidOn => "raid_on",
            Self::RaidOff => "raid_off",
        }
    }
}

/// One thing that would have been done.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub room: RoomJid,
    /// To whom, by nick; `None` where it concerns the room.
    pub nick: Option<Nick>,
    /// Their real bare JID, where known.
    pub jid: Option<BareJid>,
    /// Their occupant id, where known.
    pub occupant_id: Option<OccupantId>,
    /// What.
    pub action: Done,
    /// Until when, where it ends by itself.
    pub until: Option<Timestamp>,
    /// By which rule.
    pub rule: String,
    /// How many points it had.
    pub score: u32,
    /// Acts that belong together have one number.
    pub incident: u64,
    /// How many messages are taken back; only with [`Done::Retract`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_keys_that_are_promised_in_their_order() {
        let mut report = Report { events: 3, people: 1, seconds: Seconds(1_500), skipped: 2, ..Report::default() };
        report.add(Deed {
            at: Timestamp::from_millis(0),
            room: "garden@chat.example".parse().unwrap(),
            nick: Some(Nick::new("mallory").unwrap()),
            jid: None,
            occupant_id: None,
            action: Done::Mute,
            until: Some(Timestamp::from_millis(300_000)),
            rule: "rate".to_owned(),
            score: 60,
            incident: 1,
            messages: None,
        });
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            concat!(
                r#"{"events":3,"people":1,"seconds":1.5,"skipped":2,"suppressed":0,"actions":["#,
                r#"{"at":"1970-01-01T00:00:00.000Z","room":"garden@chat.example","nick":"mallory","jid":null,"#,
                r#""occupant_id":null,"action":"mute","until":"1970-01-01T00:05:00.000Z","rule":"rate","score":60,"#,
                r#""incident":1}],"by_rule":{"rate":1},"by_action":{"mute":1}}"#
            )
        );
        assert_eq!(serde_json::to_string(&Seconds(61_000)).unwrap(), "61");
    }
}
