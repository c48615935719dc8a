//! The sentence: from points to an answer, no harder than someone's trust, the room and the moment allow.

use std::time::Duration;

use domovoi_plugin::{Answer, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{people::Known, preset::Limits};

/// From how many points on each answer is given.
const NOTE: u32 = 30;
const RETRACT: u32 = 45;
const MUTE: u32 = 60;
const KICK: u32 = 90;
const BAN: u32 = 120;

/// For how long a mute, a kick and a ban make the next one longer.
const MUTES_COUNT: Duration = Duration::from_secs(86_400);
const KICKS_COUNT: Duration = Duration::from_secs(3_600);
const BANS_COUNT: Duration = Duration::from_secs(30 * 86_400);

/// How often someone was sentenced lately.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Strikes {
    #[serde(rename = "m")]
    mutes: Strike,
    #[serde(rename = "k")]
    kicks: Strike,
    #[serde(rename = "b")]
    bans: Strike,
}

/// How many, and when the last one was, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Strike(u32, i64);

impl Strike {
    fn count(self, now: Timestamp, span: Duration) -> u32 {
        if now.since(Timestamp::from_millis(self.1)) < span { self.0 } else { 0 }
    }

    fn add(&mut self, now: Timestamp, span: Duration) {
        *self = Self(self.count(now, span).saturating_add(1), now.as_millis());
    }
}

impl Strikes {
    /// Whether there never was one.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Remembers a sentence.
    pub(crate) fn add(&mut self, answer: Answer, now: Timestamp) {
        match answer {
            Answer::Mute { .. } => self.mutes.add(now, MUTES_COUNT),
            Answer::Kick => self.kicks.add(now, KICKS_COUNT),
            Answer::Ban { .. } => self.bans.add(now, BANS_COUNT),
            Answer::Pass | Answer::Note | Answer::Warn | Answer::Retract => {}
        }
    }
}

/// The moment of a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When.
    pub(crate) now: Timestamp,
    /// Whether the room's archive tells of it, so that whom it concerns may be long gone.
    pub(crate) is_filled: bool,
    /// Whether the message can be taken back.
    pub(crate) can_retract: bool,
    /// Whether anything was said at all: who only came, or changed a status, is not warned of what nobody saw.
    pub(crate) is_said: bool,
    /// Whether losing voice would stop it: it stops neither coming and going nor nicks and statuses.
    pub(crate) mute_holds: bool,
    /// Whether a stranger advertises, who will not stop for a few minutes.
    pub(crate) is_advert: bool,
}

/// The answer to this many points.
pub(crate) fn grade(score: u32, strikes: &Strikes, known: &Known<'_>, limits: &Limits, moment: Moment) -> Answer {
    let was_kicked = 0 < strikes.kicks.count(moment.now, KICKS_COUNT);
    let mute = Answer::Mute { span: mute_span(strikes, limits, moment) };
    let by_points = match score {
        BAN.. => ban(strikes, known, limits, moment.now),
        KICK.. if was_kicked => ban(strikes, known, limits, moment.now),
        KICK.. => Answer::Kick,
        MUTE.. => mute,
        RETRACT.. => Answer::Retract,
        NOTE.. => Answer::Note,
        ..NOTE => return Answer::Pass,
    };
    let by_trust = if known.trust.is_known() { by_points.min(mute) } else { by_points };
    by_moment(by_role(by_trust, known, moment), moment)
}

/// An answer that a list gave, as far as it can be carried out on this person now.
pub(crate) fn fit(answer: Answer, known: &Known<'_>, moment: Moment) -> Answer {
    let is_nobody = matches!(answer, Answer::Ban { .. }) && !known.identity.is_lasting();
    by_moment(by_role(if is_nobody { Answer::Kick } else { answer }, known, moment), moment)
}

/// Whoever speaks without having voice is in a room where a mute does not hold.
fn by_role(answer: Answer, known: &Known<'_>, moment: Moment) -> Answer {
    let is_mute = matches!(answer, Answer::Mute { .. });
    if !is_mute || (moment.mute_holds && Role::Participant <= known.occupant.role) {
        return answer;
    }
    if known.trust.is_known() { Answer::Retract } else { Answer::Kick }
}

/// What the archive tells of is taken back or banned for; nobody is thrown out now for what they did then.
fn by_moment(answer: Answer, moment: Moment) -> Answer {
    let is_for_now = matches!(answer, Answer::Mute { .. } | Answer::Kick);
    let answer = if is_for_now && moment.is_filled { Answer::Retract } else { answer };
    if answer != Answer::Retract || moment.can_retract {
        return answer;
    }
    if moment.is_filled || !moment.is_said { Answer::Note } else { Answer::Warn }
}

/// A ban for a while; only a person bans for good. Who is known by an occupant id alone the host keeps out by that; of
/// who is known by this stay only there is nothing to ban.
fn ban(strikes: &Strikes, known: &Known<'_>, limits: &Limits, now: Timestamp) -> Answer {
    if !known.identity.is_lasting() {
        return Answer::Kick;
    }
    let times = match strikes.bans.count(now, BANS_COUNT) {
        0 => 1,
        1 => 24,
        _ => 168,
    };
    Answer::Ban { span: Some(limits.ban * times) }
}

fn mute_span(strikes: &Strikes, limits: &Limits, moment: Moment) -> Duration {
    let times = match strikes.mutes.count(moment.now, MUTES_COUNT) {
        _ if moment.is_advert => 12,
        0 => 1,
        1 => 3,
        _ => 12,
    };
    limits.mute * times
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Affiliation, Identity, Nick, Occupant, Show};

    use super::*;
    use crate::{preset::Preset, trust::Trust};

    struct Case {
        score: u32,
        trust: Trust,
        role: Role,
        strikes: Strikes,
        is_filled: bool,
        can_retract: bool,
        identity: Identity,
    }

    fn case(score: u32) -> Case {
        Case {
            score,
            trust: Trust::Stranger,
            role: Role::Participant,
            strikes: Strikes::default(),
            is_filled: false,
            can_retract: true,
            identity: Identity::Jid("a@a.example".parse().unwrap()),
        }
    }

    fn answer(case: Case) -> Answer {
        let occupant = Occupant {
            nick: Nick::new("a").unwrap(),
            role: case.role,
            affiliation: Affiliation::None,
            jids: Vec::new(),
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: Timestamp::default(),
            stay: 1,
            is_self: false,
        };
        let known = Known { occupant: &occupant, identity: &case.identity, trust: case.trust };
        let moment = Moment {
            now: Timestamp::from_millis(1_000),
            is_filled: case.is_filled,
            can_retract: case.can_retract,
            is_said: true,
            mute_holds: true,
            is_advert: false,
        };
        grade(case.score, &case.strikes, &known, &Preset::Public.limits(), moment)
    }

    const fn mute(minutes: u64) -> Answer {
        Answer::Mute { span: Duration::from_secs(minutes * 60) }
    }

    const fn tempban(hours: u64) -> Answer {
        Answer::Ban { span: Some(Duration::from_secs(hours * 3_600)) }
    }

    #[test]
    fn answers_grow_with_points() {
        let expected = [
            (29, Answer::Pass),
            (30, Answer::Note),
            (45, Answer::Retract),
            (60, mute(5)),
            (90, Answer::Kick),
            (120, tempban(1)),
        ];
        for (score, expected) in expected {
            assert_eq!(answer(case(score)), expected, "{score}");
        }
    }

    #[test]
    fn answers_grow_with_strikes() {
        let mut strikes = Strikes::default();
        for (then, minutes) in [(0, 5), (1, 15), (2, 60), (3, 60)] {
            assert_eq!(answer(Case { strikes, ..case(60) }), mute(minutes), "{then}");
            strikes.add(mute(minutes), Timestamp::from_millis(then));
        }
        strikes.add(Answer::Kick, Timestamp::from_millis(0));
        for hours in [1, 24, 168, 168] {
            assert_eq!(answer(Case { strikes, ..case(90) }), tempban(hours));
            strikes.add(tempban(hours), Timestamp::from_millis(0));
        }
    }

    #[test]
    fn a_regular_is_muted_at_most() {
        assert_eq!(answer(Case { trust: Trust::Regular, ..case(500) }), mute(5));
        assert_eq!(answer(Case { trust: Trust::Regular, role: Role::Visitor, ..case(500) }), Answer::Retract);
    }

    #[test]
    fn where_a_mute_does_not_hold_they_are_kicked() {
        assert_eq!(answer(Case { role: Role::Visitor, ..case(60) }), Answer::Kick);
    }

    #[test]
    fn the_archive_leads_to_retractions_and_bans_only() {
        for score in [45, 60, 90] {
            assert_eq!(answer(Case { is_filled: true, ..case(score) }), Answer::Retract, "{score}");
            assert_eq!(answer(Case { is_filled: true, can_retract: false, ..case(score) }), Answer::Note, "{score}");
        }
        assert_eq!(answer(Case { is_filled: true, ..case(120) }), tempban(1));
    }

    #[test]
    fn what_cannot_be_taken_back_is_warned_of_and_who_cannot_be_banned_is_kicked() {
        assert_eq!(answer(Case { can_retract: false, ..case(45) }), Answer::Warn);
        assert_eq!(answer(Case { identity: Identity::Occupancy(1), ..case(120) }), Answer::Kick);
        assert_eq!(answer(Case { identity: Identity::Occupancy(1), is_filled: true, ..case(120) }), Answer::Retract);
    }
}
