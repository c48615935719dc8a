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

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Answer, Event, EventKind, Message, Target, View as _};

    use super::*;
    use crate::host::{
        room::{RoomHost, Saved},
        testing::{Scene, crowd, garden},
    };

    #[tokio::test]
    async fn act_does_not_wait_for_what_is_put_down_of_it() {
        let scene = Scene::new().await;
        let mut room = RoomHost::new(scene.host.clone(), garden(), Saved::default());
        let view = crowd(1);
        let occupant = view.occupants().next().unwrap().clone();
        let target = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
        let said = EventKind::Message(Message { body: "buy".to_owned(), ..Message::default() });
        // What is older than incidents are kept for is swept away as the host starts.
        let said = Event { at: scene.host.clock.now(), ..view.event(&occupant, said) };
        room.cases.recent.event(&said);
        let verdict = Verdict { answer: Answer::Kick, target: Some(target), rule: "rate", ..Verdict::pass() };
        let mut judged = Judged::default();
        judged.others.push((PluginName::new("judge").unwrap(), verdict));

        room.hold_back();
        let asks = room.carry_out(&judged, Some(&said), &view);
        room.file_later(judged, said.at);
        assert_eq!(asks.len(), 1, "what is to be done is known");
        let number = asks[0].incident.unwrap();
        let decision = || scene.host.decisions.last(&garden(), |_| true);
        let quotes = |room: &RoomHost| room.cases.ledger.get(number).unwrap().quotes.len();
        assert_eq!((decision(), quotes(&room), scene.host.in_hand.count()), (None, 0, 0), "and nothing was put down");

        room.hand_over(&view);
        assert_eq!(decision().unwrap().incident, Some(number));
        assert_eq!(quotes(&room), 1);
        scene.host.keeper.written().await;
        let said = scene.say("romeo", &format!("!case {number}")).await;
        assert!(said[0].contains("buy"), "the evidence is in the store: {said:?}");
        room.hand_over(&view);
        assert_eq!(quotes(&room), 1, "once");
    }
}
