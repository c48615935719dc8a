//! What is put down of a verdict on which somebody is acted: the evidence, and that it was decided.
//!
//! The act does not wait for it. It is put down once the act is on its way, and before anybody is told of the incident.

use domovoi_plugin::{PluginName, Timestamp, Verdict};

use super::RoomHost;
use crate::{
    config::Records,
    host::{
        guard_chain::Judged,
        incidents::{Ground, Mode, Opening, Person, decisions::Decision},
    },
};

/// A verdict of which only the incident is known yet.
#[derive(Debug)]
pub(super) struct Unfiled {
    /// Which of those that the guards decided.
    pub(super) place: usize,
    pub(super) number: u64,
    pub(super) about: Person,
}

impl RoomHost {
    /// Opens an incident for a verdict, or adds it to one, and gives its number.
    pub(super) fn open(
        &mut self,
        (plugin, verdict): (&PluginName, &Verdict),
        about: Person,
        mode: Mode,
        now: Timestamp,
    ) -> u64 {
        let ground = Ground::of(verdict, now);
        let opening = Opening { plugin, about: Some(about), ground: Some(ground), quotes: Vec::new(), mode };
        self.cases.ledger.open_or_join(opening, now).number
    }

    /// Puts down a verdict whose incident has this number.
    pub(super) fn file(
        &mut self,
        (plugin, verdict): (&PluginName, &Verdict),
        about: Person,
        number: u64,
        now: Timestamp,
    ) {
        if self.records != Records::Off {
            self.cases.ledger.add_quotes(number, self.cases.recent.evidence(&about.identity, &verdict.retract, now));
        }
        let jid = about.jid.clone();
        let decision = Decision { incident: Some(number), ..Decision::of(plugin, verdict, about, now) };
        self.host.decisions.add(&self.room, decision);
        self.write_case(number, jid);
    }

    /// Puts down what waits of these verdicts.
    pub(super) fn file_all(&mut self, judged: &Judged, now: Timestamp) {
        for Unfiled { place, number, about } in std::mem::take(&mut self.cases.unfiled) {
            if let Some((plugin, verdict)) = judged.decided().nth(place) {
                self.file((plugin, verdict), about, number, now);
            }
        }
    }
}
