//! Plays records to guards: any number of rooms, each with guards of its own, in order of time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, binary_heap::PeekMut},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{GuardSetup, Plugin, RoomJid, Secret, Settings, Timestamp};

use super::{
    clock::Clock,
    hall::Hall,
    line::{Fact, Line, Reader},
    place::Place,
    report::{Report, Seconds},
    run::Run,
};

/// Guards that do not rest are told of each second until a room has been silent for so long; then of moments that lie the
/// further apart the longer the silence. Otherwise most of the time of a replay would go into rooms in which nothing
/// happens, and what ends by itself in such a silence ends a hundredth too late at most.
const FULL_PACE: Duration = Duration::from_secs(100);

/// A plugin whose guards take part, with its settings.
#[derive(Clone)]
pub struct Seat {
    /// The plugin.
    pub plugin: Arc<dyn Plugin>,
    /// The same in every room.
    pub settings: Settings,
}

/// What became of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// It happened, and guards judged it.
    Judged,
    /// It was said by someone who could not be heard any more.
    Suppressed,
    /// There was nothing in it to judge: no event, or one that the replay had prevented.
    Nothing,
    /// It is no record.
    Malformed,
}

/// An instant and the number of a room in one number, the order of which is theirs: a replay of many rooms is mostly
/// comparing these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Due(i128);

impl Due {
    fn new(at: Timestamp, number: usize) -> Self {
        // A replay of four thousand million rooms would not fit into memory.
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Self((i128::from(at.as_millis()) << 32) | i128::from(number))
    }

    /// Whether it is over by then.
    fn is_by(self, now: Timestamp) -> bool {
        self.0 >> 32 <= i128::from(now.as_millis())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "each half is what was put into it")]
    fn parts(self) -> (Timestamp, usize) {
        (Timestamp::from_millis((self.0 >> 32) as i64), (self.0 as u32) as usize)
    }
}

/// A replay under way.
pub struct Player {
    seats: Vec<Seat>,
    reader: Reader,
    places: Vec<Place>,
    by_room: HashMap<RoomJid, usize>,
    /// What the times of rooms look like to which nothing has happened yet.
    foreseen: HashMap<RoomJid, Clock>,
    /// When which room's guards are told of the time next. An entry that its room does not agree with is an old one.
    due: BinaryHeap<Reverse<Due>>,
    span: Option<(Timestamp, Timestamp)>,
    run: Run,
}

impl Player {
    /// A replay with these plugins, in bundle order.
    #[must_use]
    pub fn new(seats: Vec<Seat>) -> Self {
        let run = Run::new(seats.iter().map(|it| it.plugin.clone()));
        Self {
            seats,
            reader: Reader::default(),
            places: Vec::new(),
            by_room: HashMap::new(),
            foreseen: HashMap::new(),
            due: BinaryHeap::new(),
            span: None,
            run,
        }
    }

    /// Looks at a line that will come, before the first has: enough of them show which rooms' records have no seconds.
    pub fn foresee(&mut self, line: &[u8]) {
        if let Line::Fact(fact) = self.reader.read(line) {
            self.foreseen.entry(fact.room).or_default().foresee(fact.at);
        }
    }

    /// Takes the next line of a record file. Lines come in order of time; one from before the last is taken as of now.
    pub fn line(&mut self, line: &[u8]) -> Heard {
        // The reader is lent out because what it reads is borrowed from the line, not from it.
        let mut reader = std::mem::take(&mut self.reader);
        let heard = match reader.read(line) {
            Line::Fact(mut fact) => self.fact(&mut fact),
            Line::Head | Line::Blank => Heard::Nothing,
            Line::Malformed => {
                self.run.report.skipped += 1;
                Heard::Malformed
            }
        };
        self.reader = reader;
        heard
    }

    /// What it comes to.
    #[must_use]
    pub fn finish(mut self) -> Report {
        if let Some((first, last)) = self.span {
            let millis = u64::try_from(last.since(first).as_millis()).unwrap_or(u64::MAX);
            self.run.report.seconds = Seconds(millis);
        }
        self.run.report.people = self.run.people.len();
        self.run.report
    }

    /// How many rooms there were.
    #[must_use]
    pub fn n_rooms(&self) -> usize {
        self.places.len()
    }

    fn fact(&mut self, fact: &mut Fact<'_>) -> Heard {
        let (first, last) = self.span.unwrap_or((fact.at, fact.at));
        fact.at = fact.at.max(last);
        self.span = Some((first, fact.at));
        self.run.report.events += 1;
        self.advance(fact.at);
        let number = self.room(fact);
        let Some(place) = self.places.get_mut(number) else { return Heard::Nothing };
        let heard = place.happen(fact, &mut self.run);
        // After a silence the room is told of the time again.
        let next = place.next_moment(fact.at + Duration::from_secs(1));
        if next < place.next_tick {
            place.next_tick = next;
            self.due.push(Reverse(Due::new(next, number)));
        }
        heard
    }

    /// Lets the time pass in all rooms until now.
    fn advance(&mut self, now: Timestamp) {
        while let Some(mut due) = self.due.peek_mut()
            && due.0.is_by(now)
        {
            let (at, number) = due.0.parts();
            let Some(place) = self.places.get_mut(number).filter(|it| it.next_tick == at) else {
                PeekMut::pop(due);
                continue;
            };
            place.tick(at, &mut self.run);
            place.next_tick = place.next_moment(at + pace(at.since(place.last_event)));
            due.0 = Due::new(place.next_tick, number);
        }
    }

    fn room(&mut self, fact: &Fact<'_>) -> usize {
        if let Some(number) = self.by_room.get(&fact.room) {
            return *number;
        }
        let number = self.places.len();
        let room = &fact.room;
        let guard = |(at, seat): (usize, &Seat)| {
            let setup = GuardSetup { room, settings: &seat.settings, saved: None, secret: Secret::default() };
            seat.plugin.guard(&setup).map(|it| (at, it))
        };
        let guards = self.seats.iter().enumerate().filter_map(guard).collect();
        let clock = self.foreseen.remove(room).unwrap_or_default().begin();
        let hall = Hall::new(room.clone(), fact.at, number);
        let place = Place::new(number, hall, clock, guards, &mut self.run);
        self.due.push(Reverse(Due::new(place.next_tick, number)));
        self.places.push(place);
        self.by_room.insert(room.clone(), number);
        number
    }
}

/// How far the next moment is away after so much silence: whole seconds, a 100th of it.
fn pace(silence: Duration) -> Duration {
    Duration::from_secs((silence.as_secs() / FULL_PACE.as_secs()).max(1))
}
