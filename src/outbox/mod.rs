//! What waits to be done on one account: granted, paced, in lanes, and forgotten when it comes too late.
//!
//! A plain value inside the session. It knows nothing of roles (that is `Room::permits`, asked when an action leaves)
//! and nothing of the wire.
//!
//! What is taken back goes after what stops people, whoever it is about, and only a little of it is with the server at
//! once: a server does what we ask in order, and may read a whole archive for one retraction. A mute behind forty of them
//! comes when everything is said.

mod bucket;
mod lane;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{ActError, Action, Asker, PluginName, Power, RoomJid, Timestamp};

pub use bucket::Bucket;
use lane::Lane;

/// What a plugin was granted in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// What it may do.
    pub powers: Arc<BTreeSet<Power>>,
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
    /// Whether it counts as under way until [`Outbox::finished`] hears of it.
    is_counted: bool,
}

/// So many retractions are with one service at once, not answered yet.
const MAX_OPEN: u32 = 2;

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
    retractions: Lane<R>,
    answers: Lane<R>,
    bulk: Lane<R>,
    services: BTreeMap<String, Bucket>,
    /// How many retractions a service has not answered; none that has answered all.
    open: BTreeMap<String, u32>,
    rooms: BTreeMap<RoomJid, Bucket>,
}

impl<R> Outbox<R> {
    /// An empty one.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            moderation: Lane::new(4096, Duration::from_secs(60)),
            // After a raid there may be hundreds; to take them back late is still worth it.
            retractions: Lane::new(4096, Duration::from_secs(600)),
            answers: Lane::new(512, Duration::from_secs(30)),
            bulk: Lane::new(512, Duration::from_secs(600)),
            services: BTreeMap::new(),
            open: BTreeMap::new(),
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
        let is_retraction = matches!(offer.action, Action::Retract { .. });
        // To watch only is for what is done automatically; a person's word is done all the same.
        let is_dry_run = grant.is_dry_run && is_moderation && offer.by.is_none();
        let due = Due { is_dry_run, offer, also: Vec::new(), since: now, is_counted: is_retraction };
        let lane = match (is_moderation, due.offer.is_bulk) {
            (true, _) if is_retraction => &mut self.retractions,
            (true, _) => &mut self.moderation,
            (false, false) => &mut self.answers,
            (false, true) => &mut self.bulk,
        };
        lane.push(due).map_err(|due| (due.offer.reply, ActError::Busy))
    }

    /// The next action whose turn it is: what stops people first, then retractions, answers, and the rest.
    pub fn next(&mut self, now: Timestamp) -> Option<Due<R>> {
        let (services, rooms, pace, open) = (&mut self.services, &mut self.rooms, &self.pace, &mut self.open);
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
        let mut by_answers = |offer: &Offer<R>| has_answered(open, offer) && by_service(offer);
        if let Some(due) = self.retractions.pop(now, &mut by_answers) {
            *open.entry(due.offer.room.service().to_owned()).or_default() += 1;
            return Some(due);
        }
        let mut by_room = |offer: &Offer<R>| {
            let (burst, rate) = pace.words;
            rooms.entry(offer.room.clone()).or_insert_with(|| Bucket::new(burst, rate, now)).try_take(now)
        };
        self.answers.pop(now, &mut by_room).or_else(|| self.bulk.pop(now, &mut by_room))
    }

    /// Something that was due is done with, however it ended; for each that [`Outbox::next`] or [`Outbox::expired`] gave.
    pub fn finished(&mut self, due: &Due<R>) {
        let service = due.offer.room.service();
        if due.is_counted
            && let Some(n) = self.open.get_mut(service)
        {
            *n -= 1;
            if *n == 0 {
                self.open.remove(service);
            }
        }
    }

    /// Takes out what waited too long; each is to be told [`ActError::Busy`].
    pub fn expired(&mut self, now: Timestamp) -> Vec<Due<R>> {
        let mut gone = self.moderation.expired(now);
        // None of them ever left.
        gone.extend(self.retractions.expired(now).into_iter().map(|due| Due { is_counted: false, ..due }));
        gone.extend(self.answers.expired(now));
        gone.extend(self.bulk.expired(now));
        self.rooms.retain(|_, bucket| !bucket.is_full(now));
        self.services.retain(|_, bucket| !bucket.is_full(now));
        gone
    }

    /// When something may be due again, if anything waits.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        // One that waits for an answer is looked at when that comes.
        let retractions = self.retractions.waiting().filter(|it| has_answered(&self.open, it));
        let moderation = self.moderation.waiting().chain(retractions);
        let moderation = moderation.filter_map(|it| self.services.get(it.room.service()));
        let words = self.answers.waiting().chain(self.bulk.waiting()).filter_map(|it| self.rooms.get(&it.room));
        let soonest = moderation.chain(words).map(Bucket::ready_at).min()?;
        Some(soonest.max(now))
    }

    /// How many wait in each lane.
    #[must_use]
    pub fn depths(&self) -> [(&'static str, usize); 4] {
        [
            ("moderation", self.moderation.len()),
            ("retractions", self.retractions.len()),
            ("answers", self.answers.len()),
            ("bulk", self.bulk.len()),
        ]
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.depths().iter().all(|(_, n)| *n == 0)
    }
}

/// Whether the service of this offer may be asked for another retraction.
fn has_answered<R>(open: &BTreeMap<String, u32>, offer: &Offer<R>) -> bool {
    open.get(offer.room.service()).is_none_or(|it| *it < MAX_OPEN)
}

#[cfg(test)]
mod tests;
