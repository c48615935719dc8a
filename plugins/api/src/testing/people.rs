//! Rooms and people of a scene, by which a test makes things happen.

use std::sync::Arc;

use jid::{BareJid, Jid};

use super::{
    Bench,
    bench::{bare, nick},
    made_room::MadeRoom,
};
use crate::{
    Affiliation, Cause, Event, EventKind, Features, FormField, Leave, Message, Occupant, Place, Role, RoomJid,
};

/// A room on the bench.
#[derive(Clone)]
pub struct BenchRoom {
    bench: Bench,
    jid: RoomJid,
}

/// Someone on the bench, in one stay, under whatever nick.
#[derive(Clone)]
pub struct Person {
    room: BenchRoom,
    stay: u64,
}

impl BenchRoom {
    pub(super) fn new(bench: Bench, jid: RoomJid) -> Self {
        Self { bench, jid }
    }

    /// Its JID.
    #[must_use]
    pub fn jid(&self) -> &RoomJid {
        &self.jid
    }

    pub(super) const fn bench(&self) -> &Bench {
        &self.bench
    }

    pub(super) fn made<T>(&self, change: impl FnOnce(&mut MadeRoom) -> T) -> T {
        let jid = &self.jid;
        self.bench.world(|world| {
            let now = world.now;
            let made = world.rooms.get_mut(jid).unwrap_or_else(|| panic!("{jid} is not on this bench"));
            made.now = now;
            change(made)
        })
    }

    /// Something happens, and everything that it sets off.
    pub(super) fn happens(&self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        self.bench.world(|it| it.events.extend(events));
        self.bench.settle();
    }

    /// Someone comes in, with the JID `NICK@people.example`.
    ///
    /// # Panics
    /// If they are banned, or the nick is taken.
    pub fn join(&self, name: &str, affiliation: Affiliation) -> Person {
        let jid = format!("{}@people.example", local_part(name));
        self.join_as(name, affiliation, &jid)
    }

    /// The same with another JID.
    ///
    /// # Panics
    /// As for [`BenchRoom::join`].
    pub fn join_as(&self, name: &str, affiliation: Affiliation, jid: &str) -> Person {
        self.made(|it| {
            if it.affiliation_of(&bare(jid)) != Affiliation::Outcast {
                it.affiliations.insert(bare(jid), affiliation);
            }
        });
        self.try_join(name, jid).unwrap_or_else(|| panic!("{name} cannot come in"))
    }

    /// Someone wants to come in as what they are; `None` if they are banned or the nick is taken.
    ///
    /// # Panics
    /// If the nick or the JID is none.
    pub fn try_join(&self, name: &str, jid: &str) -> Option<Person> {
        let stay = self.bench.new_stay();
        let jid = Jid::new(&format!("{}/client", bare(jid))).unwrap_or_else(|error| panic!("{error}"));
        let event = self.made(|it| it.enter(&nick(name), jid, stay))?;
        self.happens([event]);
        Some(Person { room: self.clone(), stay })
    }

    /// Who has this nick now.
    ///
    /// # Panics
    /// If nobody has it.
    #[must_use]
    pub fn person(&self, name: &str) -> Person {
        let found = self.occupant(name).unwrap_or_else(|| panic!("{name} is not here"));
        Person { room: self.clone(), stay: found.stay }
    }

    /// The occupant of this nick, as the bot sees them.
    #[must_use]
    pub fn occupant(&self, name: &str) -> Option<Arc<Occupant>> {
        self.made(|it| it.snapshot.occupants.get(&nick(name)).cloned())
    }

    /// The bot's own role and affiliation are changed.
    pub fn bot(&self, role: Role, affiliation: Affiliation) {
        self.made(|it| it.sets_me(role, affiliation));
    }

    /// What the room offers is changed.
    pub fn features(&self, change: impl FnOnce(&mut Features)) {
        let event = self.made(|it| {
            change(&mut it.snapshot.features);
            it.event(None, EventKind::Config)
        });
        self.happens([event]);
    }

    /// A field of the room's configuration form, which has none until a test gives some.
    pub fn offers_field(&self, key: &str, field: FormField) {
        self.made(|it| it.form.fields.insert(key.to_owned(), field));
    }

    /// The value of a field of that form.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<String> {
        self.made(|it| it.form.value(key).map(str::to_owned))
    }

    /// The lasting affiliation of a JID.
    ///
    /// # Panics
    /// If it is no JID.
    #[must_use]
    pub fn affiliation_of(&self, jid: &str) -> Affiliation {
        self.made(|it| it.affiliation_of(&bare(jid)))
    }

    /// Someone with a client of their own changes the affiliation of a JID.
    ///
    /// # Panics
    /// If it is no JID.
    pub fn set_affiliation(&self, jid: &str, affiliation: Affiliation) {
        let change = Leave { cause: Cause::Left, actor: None, reason: None };
        let events = self.made(|it| it.sets_affiliation(&bare(jid), affiliation, &change));
        self.happens(events);
    }

    /// Guards spare this JID, as an owner of the bot.
    ///
    /// # Panics
    /// If it is no JID.
    pub fn spare(&self, jid: &str) {
        self.made(|it| it.spare(bare(jid)));
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        self.made(|it| it.snapshot.subject.clone())
    }

    /// What the bot said to everybody here.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let lines = self.bench.lines();
        let here = lines.into_iter().filter(|it| it.room.as_ref() == Some(&self.jid) && it.place == Place::Room);
        here.map(|it| it.text).collect()
    }

    /// What the bot said to someone in private through this room.
    #[must_use]
    pub fn private_to(&self, name: &str) -> Vec<String> {
        let place = Place::Private(nick(name));
        let lines = self.bench.lines();
        let here = lines.into_iter().filter(|it| it.room.as_ref() == Some(&self.jid) && it.place == place);
        here.map(|it| it.text).collect()
    }
}

impl Person {
    /// Their real bare JID, whether the bot sees it or not.
    ///
    /// # Panics
    /// If they never were in this room.
    #[must_use]
    pub fn jid(&self) -> BareJid {
        let jid = self.room.made(|it| it.real_jid(self.stay));
        jid.unwrap_or_else(|| panic!("nobody of this room"))
    }

    /// As the bot sees them; `None` once they are gone.
    #[must_use]
    pub fn occupant(&self) -> Option<Arc<Occupant>> {
        self.room.made(|it| it.by_stay(self.stay).cloned())
    }

    /// Says something to everybody. Someone who is gone says nothing.
    pub fn says(&self, body: &str) {
        self.speaks(body, EventKind::Message);
    }

    /// Says something to the bot alone, through the room.
    pub fn whispers(&self, body: &str) {
        self.speaks(body, EventKind::Private);
    }

    fn speaks(&self, body: &str, kind: impl FnOnce(Message) -> EventKind) {
        let event = self.room.made(|it| {
            let message = it.message(self.stay, body)?;
            Some(it.event(it.by_stay(self.stay).cloned(), kind(message)))
        });
        self.room.happens(event);
    }

    /// Anything else that they do: a reaction, a correction, a presence, a message with particulars.
    pub fn does(&self, kind: EventKind) {
        let event = self.room.made(|it| it.by_stay(self.stay).cloned().map(|who| it.event(Some(who), kind)));
        self.room.happens(event);
    }

    /// Leaves.
    pub fn leaves(&self) {
        let leave = Leave { cause: Cause::Left, actor: None, reason: None };
        let event = self.room.made(|it| it.removes(self.stay, leave));
        self.room.happens(event);
    }

    /// Takes another nick.
    ///
    /// # Panics
    /// If the nick is none.
    pub fn renames(&self, name: &str) {
        let event = self.room.made(|it| it.renames(self.stay, nick(name)));
        self.room.happens(event);
    }

    /// A moderator with a client of their own gives them this role; none is a kick. It ends our mute.
    pub fn is_made(&self, role: Role) {
        let change = Leave { cause: Cause::Left, actor: None, reason: None };
        let event = self.room.made(|it| it.sets_role(self.stay, role, change, false));
        self.room.happens(event);
    }
}

/// A nick as the local part of a JID, in letters that every JID may have.
fn local_part(name: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() && c.is_ascii() {
            c.to_ascii_lowercase().to_string()
        } else {
            format!("-{:x}", u32::from(c))
        }
    };
    name.chars().take(40).map(plain).collect()
}
