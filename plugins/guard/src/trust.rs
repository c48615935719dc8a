//! How well someone is known in one room, learned from a clean history.
//!
//! There is no learning time in which a room is open: whoever comes after the bot starts as a stranger. Whoever was
//! there before the bot first came counts as a regular for a day.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Identity, Occupant, Role, Timestamp};
use serde::{Deserialize, Serialize};

const DAY: Duration = Duration::from_secs(86_400);
/// A stranger is one at least this long.
const STRANGE: Duration = Duration::from_secs(600);
/// Clean messages of someone who has talked here: of a newcomer, and of someone who came just now.
const HEARD: u32 = 6;
const HEARD_STRANGER: u32 = 20;
/// So often someone has to have taken up what others say before they count as one who talks here.
const TURNS: u8 = 3;
/// Clean messages of a regular.
const CLEAN: u32 = 20;
/// So many links that were borne count as one clean message.
const LINKS: u8 = 3;
/// Separate days of a regular.
const DAYS: u32 = 3;

/// How well someone is known; the later the better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Trust {
    /// First seen less than ten minutes ago, or never heard.
    Stranger,
    /// Less than three days or twenty clean messages here.
    Newcomer,
    /// Three separate days, twenty clean messages; or here before the bot was.
    Regular,
    /// Member or more.
    Affiliated,
}

impl Trust {
    /// The word for it, as rules ask for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Newcomer => "newcomer",
            Self::Regular => "regular",
            Self::Affiliated => "affiliated",
        }
    }

    /// The one of this word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        let all = [Self::Stranger, Self::Newcomer, Self::Regular, Self::Affiliated];
        all.into_iter().find(|it| it.as_str() == word)
    }

    /// What a hit weighs, in thousandths.
    pub(crate) const fn weight(self) -> u32 {
        match self {
            Self::Stranger | Self::Newcomer => 1_500,
            Self::Regular | Self::Affiliated => 500,
        }
    }

    /// Whether they are at home here.
    pub(crate) const fn is_known(self) -> bool {
        match self {
            Self::Stranger | Self::Newcomer => false,
            Self::Regular | Self::Affiliated => true,
        }
    }
}

/// How wide limits are for someone: trust says it, and having talked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Width {
    /// As they are set.
    Narrow,
    /// As they are set, but for a few lines pasted at once: of someone who has talked with others for a moment.
    Talking,
    /// Half as wide again.
    Middle,
    /// Twice as wide.
    Wide,
}

impl Width {
    /// Of someone with so many clean messages, who took so many turns in the talk.
    pub(crate) const fn new(trust: Trust, n_clean: u32, n_turns: u8) -> Self {
        match trust {
            Trust::Regular | Trust::Affiliated => Self::Wide,
            Trust::Newcomer if HEARD <= n_clean => Self::Middle,
            Trust::Stranger if HEARD_STRANGER <= n_clean => Self::Middle,
            Trust::Stranger | Trust::Newcomer if TURNS <= n_turns => Self::Talking,
            Trust::Stranger | Trust::Newcomer => Self::Narrow,
        }
    }

    /// A limit, as wide as that.
    pub(crate) const fn of(self, limit: usize) -> usize {
        match self {
            Self::Narrow | Self::Talking => limit,
            Self::Middle => limit + limit / 2,
            Self::Wide => limit * 2,
        }
    }

    /// A limit of lines pasted one by one. Whoever has talked here at all may do so once: a paste ends by itself.
    pub(crate) const fn of_paste(self, limit: usize) -> usize {
        match self {
            Self::Narrow => limit,
            Self::Talking => limit + limit / 2,
            Self::Middle | Self::Wide => limit * 2,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// What trust is made of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// First seen, in milliseconds.
    #[serde(rename = "f")]
    first: i64,
    /// Messages that no rule had anything against.
    #[serde(rename = "c", default)]
    clean: u32,
    /// Separate UTC days on which they said something clean.
    #[serde(rename = "d", default)]
    days: u32,
    /// The last of these days, counted from 1970.
    #[serde(rename = "l", default)]
    last_day: i64,
    /// Links that were borne since the last one that counted.
    #[serde(rename = "q", default, skip_serializing_if = "is_zero")]
    links: u8,
    /// How often they took up what others say, as far as that counts.
    #[serde(rename = "u", default, skip_serializing_if = "is_zero")]
    turns: u8,
    /// Until when they count as a regular because they were here before the bot; 0 if they were not.
    #[serde(rename = "k", default)]
    known_until: i64,
}

impl Standing {
    /// Of someone seen for the first time.
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self { first: now.as_millis(), clean: 0, days: 0, last_day: i64::MIN, links: 0, turns: 0, known_until: 0 }
    }

    /// They were here before the bot.
    pub(crate) fn was_here_before(&mut self, now: Timestamp) {
        self.known_until = (now + DAY).as_millis();
    }

    /// They said something that no rule had anything against.
    pub(crate) fn said_clean(&mut self, now: Timestamp) {
        self.clean = self.clean.saturating_add(1);
        let day = now.as_millis().div_euclid(86_400_000);
        if self.last_day < day {
            self.days = self.days.saturating_add(1);
            self.last_day = day;
        }
    }

    /// They said something clean after others had spoken, and not in one breath with what they said before.
    pub(crate) fn took_turn(&mut self) {
        self.turns = self.turns.saturating_add(1).min(TURNS);
    }

    /// How wide limits are for them.
    pub(crate) const fn width(&self, trust: Trust) -> Width {
        Width::new(trust, self.clean, self.turns)
    }

    /// They said something that leads away, and nothing came of it: of those only some count, so that whoever has nothing
    /// but links to give is known in the end, and no advert makes itself known.
    pub(crate) fn said_link(&mut self, now: Timestamp) {
        self.links += 1;
        if LINKS <= self.links {
            self.links = 0;
            self.said_clean(now);
        }
    }

    /// They were sentenced, by the guard or by a person: all is to be earned anew, by a regular from newcomer on.
    pub(crate) fn lose(&mut self, now: Timestamp) {
        *self = if self.learned(now).is_known() {
            Self { clean: 1, days: 0, turns: 0, known_until: 0, ..self.clone() }
        } else {
            Self { last_day: self.last_day, ..Self::new(now) }
        };
    }

    /// What they lost was not lost rightly: they are what they were, and keep what they earned since.
    pub(crate) fn regain(&mut self, before: &Self) {
        self.first = self.first.min(before.first);
        self.clean = self.clean.max(before.clean);
        self.days = self.days.max(before.days);
        self.turns = self.turns.max(before.turns);
        self.last_day = self.last_day.max(before.last_day);
        self.known_until = self.known_until.max(before.known_until);
    }

    /// For how long someone is here who came so long ago: whoever was heard before and comes again and again, as some
    /// bots do, has not come just now.
    pub(crate) fn here(&self, stay: Duration, now: Timestamp) -> Duration {
        if self.n_clean() == 0 { stay } else { stay.max(self.age(now)) }
    }

    /// For how long they have been known.
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        now.since(Timestamp::from_millis(self.first))
    }

    /// How many clean messages they said.
    pub(crate) const fn n_clean(&self) -> u32 {
        self.clean
    }

    /// How well they are known now.
    pub(crate) fn trust(&self, occupant: &Occupant, identity: &Identity, now: Timestamp) -> Trust {
        if is_affiliated(occupant) {
            return Trust::Affiliated;
        }
        if is_throwaway(identity) {
            return Trust::Stranger;
        }
        self.learned(now)
    }

    /// How well they are known from history alone.
    pub(crate) fn learned(&self, now: Timestamp) -> Trust {
        let is_regular = DAYS <= self.days && CLEAN <= self.clean;
        if is_regular || now.as_millis() < self.known_until {
            return Trust::Regular;
        }
        let age = now.since(Timestamp::from_millis(self.first));
        if self.clean == 0 || age < STRANGE { Trust::Stranger } else { Trust::Newcomer }
    }
}

fn is_affiliated(occupant: &Occupant) -> bool {
    Affiliation::Member <= occupant.affiliation || occupant.role == Role::Moderator
}

/// Whether this is an address of an anonymous login, new at each of them: a UUID before the `@`.
fn is_throwaway(identity: &Identity) -> bool {
    let Some(node) = identity.jid().and_then(|jid| jid.node()) else {
        return false;
    };
    let node = node.as_str();
    let is_in_place = |(n, b): (usize, u8)| match n {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    node.len() == 36 && node.bytes().enumerate().all(is_in_place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn trust_grows_with_days_and_clean_messages() {
        let mut standing = Standing::new(at(0));
        assert_eq!(standing.learned(at(3_600)), Trust::Stranger);
        standing.said_clean(at(10));
        assert_eq!(standing.learned(at(599)), Trust::Stranger);
        assert_eq!(standing.learned(at(600)), Trust::Newcomer);
        for day in 0..3 {
            for n in 0..10 {
                standing.said_clean(at(day * 86_400 + 1_000 + n));
            }
        }
        assert_eq!(standing.learned(at(3 * 86_400)), Trust::Regular);
        standing.lose(at(3 * 86_400));
        assert_eq!(standing.learned(at(4 * 86_400)), Trust::Newcomer);
        standing.lose(at(4 * 86_400));
        assert_eq!(standing.learned(at(5 * 86_400)), Trust::Stranger);
    }

    #[test]
    fn limits_widen_with_talk_and_with_trust() {
        let wide = |trust, n_clean| Width::new(trust, n_clean, 0).of(10);
        assert_eq!([wide(Trust::Stranger, 19), wide(Trust::Newcomer, 5)], [10, 10]);
        assert_eq!([wide(Trust::Stranger, 20), wide(Trust::Newcomer, 6), wide(Trust::Regular, 20)], [15, 15, 20]);
    }

    #[test]
    fn whoever_has_talked_with_others_may_paste_a_little_more() {
        let mut standing = Standing::new(at(0));
        let width = |it: &Standing| it.width(Trust::Stranger);
        for n in 0..TURNS {
            assert_eq!(width(&standing), Width::Narrow, "{n}");
            standing.took_turn();
        }
        assert_eq!((width(&standing), width(&standing).of(15), width(&standing).of_paste(5)), (Width::Talking, 15, 7));
        standing.lose(at(60));
        assert_eq!(width(&standing), Width::Narrow, "it is to be earned anew");
    }

    #[test]
    fn a_hundred_messages_in_one_day_make_no_regular() {
        let mut standing = Standing::new(at(0));
        for n in 0..100 {
            standing.said_clean(at(n));
        }
        assert_eq!(standing.learned(at(3_600)), Trust::Newcomer);
    }

    #[test]
    fn whoever_was_here_before_the_bot_is_a_regular_for_a_day() {
        let mut standing = Standing::new(at(0));
        standing.was_here_before(at(0));
        assert_eq!(standing.learned(at(86_399)), Trust::Regular);
        assert_eq!(standing.learned(at(86_400)), Trust::Stranger);
    }

    #[test]
    fn links_that_are_borne_make_someone_known_more_slowly() {
        let mut standing = Standing::new(at(0));
        for n in 0..60 {
            assert_eq!(standing.n_clean(), n / 3);
            standing.said_link(at(i64::from(n) * 4_000));
        }
        assert_eq!(standing.learned(at(3 * 86_400)), Trust::Regular);
    }

    #[test]
    fn a_clock_stepping_back_makes_no_day_count_twice() {
        let mut standing = Standing::new(at(0));
        for day in [5, 4, 5, 3, 5] {
            standing.said_clean(at(day * 86_400));
        }
        assert_eq!(standing.days, 1);
    }

    #[test]
    fn an_anonymous_address_stays_strange() {
        let id = |text: &str| Identity::Jid(text.parse().unwrap());
        assert!(is_throwaway(&id("0b5ee29e-93a5-4ec8-9d3c-67d9f1c0a2b1@anon.example")));
        assert!(!is_throwaway(&id("alice@example.org")));
        assert!(!is_throwaway(&Identity::Occupancy(1)));
    }
}
