//! Moderators are told of an incident once, with evidence and the commands to answer with, and never flooded.
//!
//! Told is what somebody might want to take back: mutes, kicks, bans, also those that were only observed, held or
//! refused; and raids, when they begin and when they are over. Of a retraction or a warning alone nothing is told: it
//! is seen, or it concerns one person.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use domovoi_plugin::{Action, Identity, Nick, Occupant, Place, Role, RoomJid, Target, Text, Timestamp};

use super::{
    case::Case,
    kept::{self, Undone},
    words::Teller,
};
use crate::{
    config::Alerts,
    host::{core::Host, in_hand::Held, outlet::Errand},
};

/// So many are told within [`WITHIN`]; the rest are counted.
const MOST: usize = 6;
/// See [`MOST`].
const WITHIN: Duration = Duration::from_secs(600);
/// So many numbers are remembered as told.
const MAX_TOLD: usize = 200;
/// So many moderators are told in private.
const MAX_MODERATORS: usize = 5;

/// What is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// Something was done, or would have been.
    Deed,
    /// A raid began.
    RaidOn,
    /// It is over.
    RaidOff,
}

/// Whether an incident is told.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    told: VecDeque<(u64, News)>,
    at: VecDeque<Timestamp>,
    n_left_out: u32,
}

impl Gate {
    /// Whether this is news, and how many were left out before it. Raids are always told.
    pub fn pass(&mut self, number: u64, news: News, now: Timestamp) -> Option<u32> {
        if self.told.contains(&(number, news)) {
            return None;
        }
        // Who was told of a raid needs not be told of each act in it.
        if news == News::Deed && self.told.iter().any(|it| it.0 == number) {
            return None;
        }
        self.told.push_back((number, news));
        if MAX_TOLD < self.told.len() {
            self.told.pop_front();
        }
        self.at.retain(|at| *at <= now && now.since(*at) < WITHIN);
        if MOST <= self.at.len() && news == News::Deed {
            self.n_left_out = self.n_left_out.saturating_add(1);
            return None;
        }
        self.at.push_back(now);
        Some(std::mem::take(&mut self.n_left_out))
    }
}

/// Tells whoever is to be told in this room.
pub(in crate::host) async fn tell(host: Arc<Host>, room: RoomJid, case: Case, n_left_out: u32, _held: Held) {
    let Some(alerts) = host.live.config().rooms.get(&room).map(|it| it.alerts.clone()) else { return };
    // What cannot be read was taken back by nobody, as far as we know.
    let undone = kept::undone(&host.store.state, &room, case.number).await.ok().flatten();
    let told = Told { case, undone, n_left_out };
    match alerts {
        Alerts::Off => (),
        Alerts::Private => tell_moderators(&host, &room, &told).await,
        Alerts::To(_) => {
            let words = |lang: &str| words(&host, &room, &told, lang, Some(room.to_string()));
            elsewhere(&host, &room, words).await;
        }
    }
}

/// Tells the moderators' room, or whoever else is told of what happens in a room; whether there is any.
pub(in crate::host) async fn elsewhere(host: &Arc<Host>, room: &RoomJid, words: impl Fn(&str) -> String) -> bool {
    let config = host.live.config();
    let Some(Alerts::To(jid)) = config.rooms.get(room).map(|it| it.alerts.clone()) else { return false };
    let there = RoomJid::new(jid.clone());
    let is_room = config.rooms.contains_key(&there);
    let lang = if is_room { host.room_language(&there) } else { host.room_language(room) };
    let text = format!("{room}\n{}", words(&lang));
    if is_room {
        host.answer(&host.own_name(), Some(&there), &Place::Room, None, text).await;
    } else {
        host.answer(&host.own_name(), Some(room), &Place::Direct(jid), None, text).await;
    }
    true
}

/// What is told of an incident.
struct Told {
    case: Case,
    /// Who has taken it back already, as a raid may have ended with that.
    undone: Option<Undone>,
    n_left_out: u32,
}

async fn tell_moderators(host: &Arc<Host>, room: &RoomJid, told: &Told) {
    let Some(outlet) = host.outlet() else { return };
    let snapshot = outlet.snapshot(room).await.unwrap_or_default();
    let config = host.live.config();
    let is_ours =
        |it: &Occupant| it.is_self || config.accounts.values().any(|account| it.has_jid(&account.jid.to_bare()));
    let moderators = snapshot.occupants.values().filter(|it| it.role == Role::Moderator && !is_ours(it));
    let mut moderators: Vec<(Nick, Identity)> = moderators.map(|it| (it.nick.clone(), it.identity())).collect();
    // Someone in the room with two clients is told once.
    let mut seen: Vec<Identity> = Vec::new();
    moderators.retain(|(_, identity)| {
        let is_new = !seen.contains(identity);
        seen.push(identity.clone());
        is_new
    });
    for (nick, identity) in moderators.into_iter().take(MAX_MODERATORS) {
        let lang = host.language_for(Some(room), &Place::Private(nick.clone()), &identity);
        let text = words(host, room, told, &lang, None);
        // Not cut like an answer: there is no question that `more` would belong to.
        let action = Action::Private { to: Target { nick, identity }, text };
        let errand = Errand { room: room.clone(), plugin: host.own_name(), action, by: None, is_bulk: true };
        if let Err(error) = outlet.act(errand).await {
            tracing::debug!(room.jid = %room, %error, "a moderator was not told of an incident");
        }
    }
}

fn words(host: &Host, room: &RoomJid, told: &Told, lang: &str, aim: Option<String>) -> String {
    let zone =
        host.live.config().rooms.get(room).map_or_else(|| "UTC".to_owned(), |it| it.timezone.as_str().to_owned());
    let teller = Teller { host, lang, zone, aim };
    let mut lines = vec![teller.alert(&told.case, told.undone.as_ref())];
    if 0 < told.n_left_out {
        lines.push(Text::key("case-left-out").with("number", told.n_left_out));
    }
    host.own_words(lang, &Text::Lines(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1000)
    }

    #[test]
    fn each_incident_is_told_once_and_a_flood_of_them_is_counted() {
        let mut gate = Gate::default();
        assert_eq!(gate.pass(1, News::Deed, at(0)), Some(0));
        assert_eq!(gate.pass(1, News::Deed, at(1)), None);
        for number in 2..=20 {
            assert_eq!(gate.pass(number, News::Deed, at(2)).is_some(), number <= 6, "{number}");
        }
        assert_eq!(gate.pass(21, News::RaidOn, at(3)), Some(14), "a raid is told whatever was told before");
        assert_eq!(gate.pass(21, News::Deed, at(4)), None);
        assert_eq!(gate.pass(21, News::RaidOff, at(5)), Some(0));
        assert_eq!(gate.pass(22, News::Deed, at(700)), Some(0));
    }
}
