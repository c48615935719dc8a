//! What waits to be done on one account: granted, paced, in lanes, and forgotten when it comes too late.
//!
//! A plain value inside the session. It knows nothing of roles (that is `Room::permits`, asked when an action leaves)
//! and nothing of the wire.

mod bucket;
mod lane;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domovoi_plugin::{ActError, Action, Asker, PluginName, Power, RoomJid, Timestamp};

pub use bucket::Bucket;
use lane::Lane;

/// What a plugin was granted in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// What it may do.
    pub powers: BTreeSet<Power>,
    /// Whether its moderation is only shown, not done.
    pub is_dry_run: bool,
}

/// An action on its way out; `R` is how whoever asked hears of it.
#[derive(Debug)]
pub struct Offer<R> {
    /// Where.
    pub room: RoomJid,
    /// Which plugin asks.
    pub plugin: PluginName,
    /// For what.
    pub action: Action,
    /// On whose behalf.
    pub by: Option<Asker>,
    /// How urgent it is among the things that are said.
    pub is_bulk: bool,
    /// Where the answer goes.
    pub reply: R,
}

/// An action whose turn has come.
#[derive(Debug)]
pub struct Due<R> {
    /// What was offered.
    pub offer: Offer<R>,
    /// Others who asked for the same while it waited.
    pub also: Vec<R>,
    /// Whether it is only to be shown.
    pub is_dry_run: bool,
    /// When it was offered.
    pub since: Timestamp,
}

/// How fast things leave.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Moderation on one service: at once, and a second after that.
    pub moderation: (u32, u32),
    /// What is said in one room: at once, and a second after that.
    pub words: (u32, u32),
}

impl Default for Pace {
    fn default() -> Self {
        Self { moderation: (30, 10), words: (20, 10) }
    }
}

/// The outbox of one session.
#[derive(Debug)]
pub struct Outbox<R> {
    pace: Pace,
    moderation: Lane<R>,
    answers: Lane<R>,
    bulk: Lane<R>,
    services: BTreeMap<String, Bucket>,
    rooms: BTreeMap<RoomJid, Bucket>,
}

impl<R> Outbox<R> {
    /// An empty one.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            moderation: Lane::new(4096, Duration::from_secs(60)),
            answers: Lane::new(512, Duration::from_secs(30)),
            bulk: Lane::new(512, Duration::from_secs(600)),
            services: BTreeMap::new(),
            rooms: BTreeMap::new(),
        }
    }

    /// Takes an action in, if its plugin was granted the power for it and there is room.
    ///
    /// # Errors
    /// The reason, with the reply channel to tell it on.
    pub fn offer(&mut self, offer: Offer<R>, grant: &Grant, now: Timestamp) -> Result<(), (R, ActError)> {
        let power = offer.action.power();
        if !grant.powers.contains(&power) {
            return Err((offer.reply, ActError::NotGranted(power)));
        }
        let is_moderation = offer.action.is_moderation();
        // To watch only is for what is done automatically; a person's word is done all the same.
        let is_dry_run = grant.is_dry_run && is_moderation && offer.by.is_none();
        let due = Due { is_dry_run, offer, also: Vec::new(), since: now };
        let lane = match (is_moderation, due.offer.is_bulk) {
            (true, _) => &mut self.moderation,
            (false, false) => &mut self.answers,
            (false, true) => &mut self.bulk,
        };
        lane.push(due).map_err(|due| (due.offer.reply, ActError::Busy))
    }

    /// The next action whose turn it is: moderation first, then answers, then the rest.
    pub fn next(&mut self, now: Timestamp) -> Option<Due<R>> {
        let (services, rooms, pace) = (&mut self.services, &mut self.rooms, &self.pace);
        let mut by_service = |offer: &Offer<R>| {
            let (burst, rate) = pace.moderation;
            let service = offer.room.service();
            if let Some(bucket) = services.get_mut(service) {
                return bucket.try_take(now);
            }
            services.entry(service.to_owned()).or_insert_with(|| Bucket::new(burst, rate, now)).try_take(now)
        };
        if let Some(due) = self.moderation.pop(now, &mut by_service) {
            return Some(due);
        }
        let mut by_room = |offer: &Offer<R>| {
            let (burst, rate) = pace.words;
            rooms.entry(offer.room.clone()).or_insert_with(|| Bucket::new(burst, rate, now)).try_take(now)
        };
        self.answers.pop(now, &mut by_room).or_else(|| self.bulk.pop(now, &mut by_room))
    }

    /// Takes out what waited too long; each is to be told [`ActError::Busy`].
    pub fn expired(&mut self, now: Timestamp) -> Vec<Due<R>> {
        let mut gone = self.moderation.expired(now);
        gone.extend(self.answers.expired(now));
        gone.extend(self.bulk.expired(now));
        self.rooms.retain(|_, bucket| !bucket.is_full(now));
        self.services.retain(|_, bucket| !bucket.is_full(now));
        gone
    }

    /// When something may be due again, if anything waits.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let moderation = self.moderation.waiting().filter_map(|it| self.services.get(it.room.service()));
        let words = self.answers.waiting().chain(self.bulk.waiting()).filter_map(|it| self.rooms.get(&it.room));
        let soonest = moderation.chain(words).map(Bucket::ready_at).min()?;
        Some(soonest.max(now))
    }

    /// How many wait: moderation, answers, the rest.
    #[must_use]
    pub fn depths(&self) -> [usize; 3] {
        [self.moderation.len(), self.answers.len(), self.bulk.len()]
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.depths() == [0; 3]
    }
}

#[cfg(test)]
mod tests;
