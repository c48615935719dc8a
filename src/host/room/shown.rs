//! What whoever watches the bot is shown of a room: what was seen, decided and done. Metrics and faults go with it.

use domovoi_plugin::{Event, Memo, Timestamp};

use super::{Acted, RoomHost};
use crate::host::{
    feed::{Shown, kind_word, shown_text},
    guard_chain::Judged,
    recording,
};

impl RoomHost {
    pub(super) fn note(&self, judged: &Judged, now: Timestamp) {
        for (plugin, verdict) in judged.verdicts.iter().chain(&judged.others) {
            self.host.metrics.decision(plugin, verdict.rule, verdict.answer.as_str());
            self.host.feed.show(|| Shown {
                nick: verdict.target.as_ref().map(|it| it.nick.to_string()),
                rule: Some(verdict.rule),
                score: Some(verdict.score),
                action: Some(verdict.answer.as_str()),
                ms: Some(judged.took.as_secs_f64() * 1000.0),
                ..Shown::new(now, &self.room, "verdict")
            });
        }
        for (plugin, what) in &judged.panics {
            self.host.fault(plugin, Some(&self.room), "judge", what);
        }
    }

    pub(super) fn show(&self, event: &Event, judged: &Judged) {
        self.host.feed.show(|| Shown {
            nick: event.nick().map(ToString::to_string),
            text: shown_text(&event.kind),
            action: judged.strongest().map(|(_, it)| it.answer.as_str()),
            ms: Some(judged.took.as_secs_f64() * 1000.0),
            ..Shown::new(event.at, &self.room, kind_word(&event.kind))
        });
    }

    pub(super) fn show_act(&self, acted: &Acted<'_>, result: &str, now: Timestamp) {
        self.host.feed.show(|| Shown {
            nick: recording::target_of(acted.action),
            text: recording::reason_of(acted.action).map(str::to_owned),
            action: Some(acted.action.as_str()),
            result: Some(result.to_owned()),
            incident: acted.incident,
            ms: Some(acted.took.as_secs_f64() * 1000.0),
            ..Shown::new(now, &self.room, "result")
        });
    }
    pub(super) fn show_raid(&self, memo: &Memo, reason: &str, incident: Option<u64>) {
        self.host.feed.show(|| Shown {
            text: Some(reason.to_owned()),
            incident,
            ..Shown::new(memo.at, &self.room, memo.kind.as_str())
        });
    }
}
