//! Which account serves which room. A plain value: it is told what happens and says who is to move.
//!
//! A room belongs to the account that is named for it, else to the one it was placed on before, else to the one with
//! the fewest rooms below its limit. A standby account takes over the rooms of one that has been offline for 30 s, and
//! gives them back. Each move raises a number, so that what an account says about a room it no longer serves is known
//! to be old.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domovoi_plugin::{AccountId, RoomJid, Timestamp};

use crate::config::Config;

/// How long an account may be offline before a standby takes over its rooms.
const STANDBY_AFTER: Duration = Duration::from_secs(30);
/// How long it must be back before it gets them back.
const BACK_FOR: Duration = Duration::from_secs(20);
/// How long an account that a room's service refused for want of resources is not tried again there.
const REFUSED_FOR: Duration = Duration::from_secs(1800);

/// One account, as far as placing rooms goes.
#[derive(Clone, Debug, PartialEq)]
struct Account {
    max_rooms: usize,
    is_standby: bool,
    state: State,
}

/// How an account is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Online { since: Timestamp },
    Offline { since: Timestamp },
    Final,
}

/// One room, as far as placing it goes.
#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    /// Named in the configuration.
    named: Option<AccountId>,
    /// Where it belongs.
    home: Option<AccountId>,
    /// Who serves it now.
    serving: Option<AccountId>,
    /// How often it moved.
    number: u64,
    refused: BTreeMap<AccountId, Timestamp>,
}

/// A room that changes hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub room: RoomJid,
    /// Who served it.
    pub from: Option<AccountId>,
    /// Who serves it from now on; `None` if nobody can, or nobody shall.
    pub to: Option<AccountId>,
    /// The number of this move, rising for each room.
    pub number: u64,
}

/// Which account serves which room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fleet {
    accounts: BTreeMap<AccountId, Account>,
    rooms: BTreeMap<RoomJid, Place>,
    gone: BTreeSet<RoomJid>,
}

impl Fleet {
    /// Takes over what the configuration says. `kept` is where rooms were before a restart.
    pub fn configure(&mut self, config: &Config, kept: &BTreeMap<RoomJid, AccountId>, now: Timestamp) {
        self.accounts.retain(|id, _| config.accounts.contains_key(id));
        for (id, account) in &config.accounts {
            let max_rooms = usize::try_from(account.max_rooms).unwrap_or(usize::MAX);
            let state = self.accounts.get(id).map_or(State::Offline { since: now }, |it| it.state);
            self.accounts.insert(id.clone(), Account { max_rooms, is_standby: account.standby, state });
        }
        let wanted = |room: &RoomJid| config.rooms.get(room).is_some_and(|it| it.join);
        self.gone.extend(self.rooms.keys().filter(|it| !wanted(it)).cloned());
        for (room, wish) in config.rooms.iter().filter(|(_, it)| it.join) {
            let known = kept.get(room).filter(|it| self.accounts.get(*it).is_some_and(|it| !it.is_standby));
            let place =
                self.rooms.entry(room.clone()).or_insert_with(|| Place { home: known.cloned(), ..Place::default() });
            if place.named != wish.account {
                place.named.clone_from(&wish.account);
                place.home.clone_from(&wish.account);
            }
            self.gone.remove(room);
        }
    }

    /// An account has a new session, which serves nothing yet.
    pub fn begins_anew(&mut self, id: &AccountId, now: Timestamp) {
        if let Some(account) = self.accounts.get_mut(id) {
            account.state = State::Offline { since: now };
        }
        for place in self.rooms.values_mut().filter(|it| it.serving.as_ref() == Some(id)) {
            place.serving = None;
        }
    }

    /// Lets a room be left and entered again by whoever serves it.
    pub fn again(&mut self, room: &RoomJid) -> Option<Move> {
        let place = self.rooms.get_mut(room)?;
        let serving = Some(place.serving.clone()?);
        place.number += 1;
        Some(Move { room: room.clone(), from: serving.clone(), to: serving, number: place.number })
    }

    /// An account is online.
    pub fn online(&mut self, id: &AccountId, now: Timestamp) {
        if let Some(account) = self.accounts.get_mut(id)
            && !matches!(account.state, State::Online { .. })
        {
            account.state = State::Online { since: now };
        }
    }

    /// An account is offline and tries again.
    pub fn offline(&mut self, id: &AccountId, now: Timestamp) {
        if let Some(account) = self.accounts.get_mut(id)
            && matches!(account.state, State::Online { .. })
        {
            account.state = State::Offline { since: now };
        }
    }

    /// An account will not come back until a person does something.
    pub fn is_final(&mut self, id: &AccountId) {
        if let Some(account) = self.accounts.get_mut(id) {
            account.state = State::Final;
        }
    }

    /// A room's service has no room for this account there.
    pub fn refused(&mut self, room: &RoomJid, id: &AccountId, now: Timestamp) {
        if let Some(place) = self.rooms.get_mut(room).filter(|it| it.serving.as_ref() == Some(id) && it.named.is_none())
        {
            place.refused.insert(id.clone(), now);
            place.home = None;
        }
    }

    /// Who serves a room.
    #[must_use]
    pub fn serving(&self, room: &RoomJid) -> Option<&AccountId> {
        self.rooms.get(room)?.serving.as_ref()
    }

    /// Where each room belongs, to be kept over a restart.
    pub fn homes(&self) -> impl Iterator<Item = (&RoomJid, &AccountId)> {
        self.rooms.iter().filter_map(|(room, place)| Some((room, place.home.as_ref()?)))
    }

    /// How many rooms an account serves, and how many it may.
    #[must_use]
    pub fn load(&self, id: &AccountId) -> (usize, usize) {
        let n = self.rooms.values().filter(|it| it.serving.as_ref() == Some(id)).count();
        (n, self.accounts.get(id).map_or(0, |it| it.max_rooms))
    }

    /// Who is to move now.
    pub fn plan(&mut self, now: Timestamp) -> Vec<Move> {
        let mut moves = Vec::new();
        for room in std::mem::take(&mut self.gone) {
            if let Some(place) = self.rooms.remove(&room) {
                moves.push(Move { room, from: place.serving, to: None, number: place.number + 1 });
            }
        }
        let rooms: Vec<RoomJid> = self.rooms.keys().cloned().collect();
        for room in rooms {
            let to = self.server_of(&room, now);
            let Some(place) = self.rooms.get_mut(&room) else { continue };
            if place.serving == to {
                continue;
            }
            place.number += 1;
            let from = std::mem::replace(&mut place.serving, to.clone());
            moves.push(Move { room, from, to, number: place.number });
        }
        moves
    }

    /// Who should serve a room now.
    fn server_of(&mut self, room: &RoomJid, now: Timestamp) -> Option<AccountId> {
        let home = self.home_of(room, now);
        let serving = self.rooms.get(room)?.serving.clone();
        let is_away = |id: &AccountId| match self.accounts.get(id).map(|it| it.state) {
            Some(State::Online { .. }) => false,
            Some(State::Offline { since }) => STANDBY_AFTER <= now.since(since),
            Some(State::Final) | None => true,
        };
        let Some(home) = home else { return serving.filter(|it| !is_away(it)).or_else(|| self.standby(now)) };
        if is_away(&home) {
            let stays = serving.filter(|it| *it != home && !is_away(it));
            return stays.or_else(|| self.standby(now)).or(Some(home));
        }
        match serving {
            // It is back, but perhaps not for long: the standby stays for a while.
            Some(other) if self.is_standby(&other) && !is_away(&other) && !self.is_back(&home, now) => Some(other),
            _ => Some(home),
        }
    }

    fn is_standby(&self, id: &AccountId) -> bool {
        self.accounts.get(id).is_some_and(|it| it.is_standby)
    }

    fn is_back(&self, id: &AccountId, now: Timestamp) -> bool {
        match self.accounts.get(id).map(|it| it.state) {
            Some(State::Online { since }) => BACK_FOR <= now.since(since),
            Some(State::Offline { .. } | State::Final) | None => false,
        }
    }

    /// Where a room belongs; decided once, and again if that cannot be any more.
    fn home_of(&mut self, room: &RoomJid, now: Timestamp) -> Option<AccountId> {
        let place = self.rooms.get_mut(room)?;
        place.refused.retain(|_, at| now.since(*at) < REFUSED_FOR);
        let (home, named) = (place.home.clone(), place.named.is_some());
        let refused: BTreeSet<AccountId> = place.refused.keys().cloned().collect();
        let exists = |it: &AccountId| self.accounts.contains_key(it);
        let is_gone_for_good = |it: &AccountId| self.accounts.get(it).is_some_and(|it| it.state == State::Final);
        if let Some(home) = home.filter(|it| exists(it) && (named || !is_gone_for_good(it))) {
            return Some(home);
        }
        let fewest = self.fewest(&refused);
        if let Some(place) = self.rooms.get_mut(room) {
            place.home.clone_from(&fewest);
        }
        fewest
    }

    /// The account with the fewest rooms below its limit, by the homes of rooms.
    fn fewest(&self, refused: &BTreeSet<AccountId>) -> Option<AccountId> {
        let n_rooms = |id: &AccountId| self.rooms.values().filter(|it| it.home.as_ref() == Some(id)).count();
        let may = |id: &AccountId, it: &Account| {
            !it.is_standby && it.state != State::Final && !refused.contains(id) && n_rooms(id) < it.max_rooms
        };
        let all = self.accounts.iter().filter(|(id, it)| may(id, it)).map(|(id, _)| id);
        all.min_by_key(|id| (n_rooms(id), (*id).clone())).cloned()
    }

    /// The standby account that is online and has the fewest rooms below its limit.
    fn standby(&self, _now: Timestamp) -> Option<AccountId> {
        let may = |id: &AccountId, it: &Account| {
            it.is_standby && matches!(it.state, State::Online { .. }) && self.load(id).0 < it.max_rooms
        };
        let all = self.accounts.iter().filter(|(id, it)| may(id, it)).map(|(id, _)| id);
        all.min_by_key(|id| (self.load(id).0, (*id).clone())).cloned()
    }
}

#[cfg(test)]
mod tests;
