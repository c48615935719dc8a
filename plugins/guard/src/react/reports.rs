//! What members report of others, counted within ten minutes. What the reports weigh is for the guard of the room to
//! say, which knows how well the reporters are known.

use std::{collections::VecDeque, time::Duration};

use domovoi_plugin::{Identity, RoomJid, Timestamp};

/// The span in which reports of one person count together.
const WITHIN: Duration = Duration::from_secs(600);
/// Reports of one reporter within an hour.
const MOST_OF_ONE: usize = 5;
const PATIENCE: Duration = Duration::from_secs(3_600);
/// So many are remembered.
const MOST: usize = 2_000;

/// One report.
#[derive(Clone, Debug)]
struct Report {
    at: Timestamp,
    room: RoomJid,
    by: Identity,
    about: Identity,
}

/// The latest ones, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Reports(VecDeque<Report>);

/// What comes of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Came {
    /// The reporter has reported too much lately.
    TooMany,
    /// They reported the same person a moment ago.
    Again,
    /// It is the first of this person for a while: moderators are told.
    First,
    /// These have reported the same person now, whoever reported just now last.
    Several(Vec<Identity>),
}

impl Reports {
    /// Takes a report in.
    pub(crate) fn add(&mut self, now: Timestamp, room: &RoomJid, by: &Identity, about: &Identity) -> Came {
        self.0.retain(|it| now.since(it.at) < PATIENCE);
        if MOST_OF_ONE <= self.0.iter().filter(|it| it.by == *by).count() {
            return Came::TooMany;
        }
        let is_same = |it: &&Report| it.room == *room && it.about == *about && now.since(it.at) < WITHIN;
        let mut people: Vec<Identity> = self.0.iter().filter(is_same).map(|it| it.by.clone()).collect();
        if people.contains(by) {
            return Came::Again;
        }
        if MOST <= self.0.len() {
            self.0.pop_front();
        }
        self.0.push_back(Report { at: now, room: room.clone(), by: by.clone(), about: about.clone() });
        people.push(by.clone());
        if people.len() == 1 { Came::First } else { Came::Several(people) }
    }

    /// Drops what someone reported; what was reported of them stays.
    pub(crate) fn drop_of(&mut self, by: &Identity) {
        self.0.retain(|it| it.by != *by);
    }

    /// What was reported of these is settled.
    pub(crate) fn drop_about(&mut self, room: &RoomJid, about: &[Identity]) {
        self.0.retain(|it| it.room != *room || !about.contains(&it.about));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many reports of someone count now.
    fn n_about(reports: &Reports, about: &Identity, now: Timestamp) -> usize {
        reports.0.iter().filter(|it| it.about == *about && now.since(it.at) < WITHIN).count()
    }

    fn id(n: u64) -> Identity {
        Identity::Occupancy(n)
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    #[test]
    fn reports_of_one_person_count_together_for_ten_minutes() {
        let room: RoomJid = "a@c.example".parse().unwrap();
        let mut reports = Reports::default();
        let mut report = |minutes, by| reports.add(at(minutes), &room, &id(by), &id(99));
        assert_eq!(report(0, 1), Came::First);
        assert_eq!(report(1, 1), Came::Again);
        assert_eq!(report(2, 2), Came::Several(vec![id(1), id(2)]));
        assert_eq!(report(11, 3), Came::Several(vec![id(2), id(3)]), "the first is too old");
        assert_eq!(report(40, 4), Came::First);
        assert_eq!(n_about(&reports, &id(99), at(41)), 1);
    }

    #[test]
    fn nobody_reports_without_end() {
        let room: RoomJid = "a@c.example".parse().unwrap();
        let mut reports = Reports::default();
        let came: Vec<Came> = (0..7).map(|n| reports.add(at(0), &room, &id(1), &id(100 + n))).collect();
        assert_eq!(came.iter().filter(|it| **it == Came::First).count(), 5);
        assert_eq!(came[5], Came::TooMany);
        assert_eq!(reports.add(at(61), &room, &id(1), &id(200)), Came::First);
        reports.drop_of(&id(1));
        assert_eq!(n_about(&reports, &id(200), at(61)), 0);
    }
}
