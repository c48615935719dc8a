//! Crowd: the same text from several people who came just now, all at once or taking turns.
//!
//! Many say the same thing honestly: greetings, thanks, votes. So courtesies and short words do not count, and only the
//! first words of strangers do; a text that leads away needs fewer of them than one that does not.

use std::{collections::BTreeSet, time::Duration};

use domovoi_plugin::{Identity, StanzaId};
use serde::{Deserialize, Serialize};

use super::{Hit, Rule, Speech};
use crate::{
    text::{Print, site},
    window::Window,
};

/// From this likeness on, in thousandths, two texts are one.
const ALIKE: u32 = 850;
/// Longer texts are the same with some words changed, from this likeness on.
const LONG: u32 = 24;
const ALIKE_LONG: u32 = 500;
/// So many others are enough to look at; no setting asks for more.
const ENOUGH: usize = 20;
/// Shorter ones are said by many.
const SHORT: u32 = 12;
/// The span for adverts; how many people make a crowd is a setting.
const ADVERTS: Duration = Duration::from_secs(600);
/// Both for what only says the same: people who have one thing to talk about do not say it at once.
const TALK: Duration = Duration::from_secs(10);
const MANY: usize = 6;
/// And for pictures.
const PICTURES: Duration = Duration::from_secs(60);
const SOME: usize = 4;

/// One of the first words of a stranger, as the room remembers it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Word {
    /// Who said it.
    #[serde(rename = "w")]
    pub(crate) who: Identity,
    /// What it looked like.
    #[serde(rename = "p")]
    pub(crate) print: Print,
    /// Where it led.
    #[serde(rename = "l", default, skip_serializing_if = "<[u64]>::is_empty")]
    pub(crate) leads: Box<[u64]>,
    /// The room's id of it.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) stanza_id: Option<StanzaId>,
    /// Whether it led away.
    #[serde(rename = "a", default)]
    pub(crate) is_advert: bool,
    /// Whether its pages are of a paste.
    #[serde(rename = "m", default)]
    pub(crate) is_material: bool,
    /// Whether it offers a page of its author's own accord: it asks nothing, and nobody who talks here names that site.
    #[serde(rename = "o", default)]
    pub(crate) is_offer: bool,
    /// Whether it was a picture without words.
    #[serde(rename = "b", default)]
    pub(crate) is_bare: bool,
    /// Whether it was the first or second thing they said.
    #[serde(rename = "f", default)]
    pub(crate) is_first: bool,
    /// Whether its author was answered already.
    #[serde(rename = "d", default)]
    pub(crate) is_done: bool,
}

/// What strangers said first, lately.
pub(crate) type Words = Window<Word, 64>;

/// Whether `old` is another copy of `new`.
fn is_copy(new: &Word, old: &Word) -> bool {
    let (least, most) = (new.print.n_chars.min(old.print.n_chars), new.print.n_chars.max(old.print.n_chars));
    let leads_alike = new.is_first && old.is_first && old.leads.iter().any(|it| new.leads.contains(it));
    if leads_alike {
        return true;
    }
    if least == 0 || most / 2 > least {
        return false;
    }
    // What machines write is all alike.
    let are_words = !new.is_material && !old.is_material;
    new.print.is_like(&old.print, if LONG <= least && are_words { ALIKE_LONG } else { ALIKE })
}

/// Whether both offer pages of one site, each as the first or second thing its author said.
fn is_of_site(new: &Word, old: &Word) -> bool {
    let are_offers = new.is_offer && old.is_offer && new.is_first && old.is_first;
    are_offers && old.leads.iter().any(|old| new.leads.iter().any(|new| site(*old) == site(*new)))
}

/// Whether `old` may be of one crowd with `new`.
pub(crate) fn is_akin(new: &Word, old: &Word) -> bool {
    is_copy(new, old) || is_of_site(new, old)
}

/// Judges `new`, which is not among `words` yet.
pub(crate) fn judge(new: &Word, words: &Words, speech: &Speech<'_>) -> Option<Hit> {
    if !new.is_bare && !new.is_advert && (new.print.n_chars < SHORT || !new.is_first) {
        return None;
    }
    let (span, most) = match () {
        () if new.is_bare => (PICTURES, SOME),
        () if new.is_advert => (ADVERTS, speech.limits.crowd),
        () => (TALK, MANY),
    };
    let mut others: BTreeSet<&Identity> = BTreeSet::new();
    let (mut n_copies, mut n_others) = (1, 0);
    for old in words.within(speech.now, span) {
        if !is_akin(new, old) {
            n_others += usize::from(old.is_first);
            continue;
        }
        // More of them make it no worse, and in a raid every message would pay for counting them.
        if ENOUGH <= others.len() {
            break;
        }
        n_copies += usize::from(is_copy(new, old));
        if old.who != new.who {
            others.insert(&old.who);
        }
    }
    let n_people = 1 + others.len();
    // Where a crowd shouts many things, some of them are the same.
    let is_chant = !new.is_bare && !new.is_advert;
    if is_chant && n_people < n_others {
        return None;
    }
    // Who goes on with what they say themselves does not take turns, even if another has named the same page.
    let last = words.within(speech.now, span).find(|old| is_copy(new, old));
    let is_turn = last.is_some_and(|old| old.who != new.who);
    let takes_turns = is_turn && new.is_advert && !new.is_bare && 2 <= n_people && 3 <= n_copies;
    (most <= n_people || takes_turns).then(|| Hit::new(Rule::Crowd, 45, "reason-crowd", n_people))
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Timestamp;

    use super::*;
    use crate::{
        rules::trial::speech,
        text::{Look, print_of},
        trust::Trust,
    };

    fn word(who: u64, text: &str) -> Word {
        let look = Look::text(text);
        Word {
            who: Identity::Occupancy(who),
            print: print_of(text),
            leads: look.leads().iter().map(|it| it.hash).collect(),
            stanza_id: None,
            is_advert: look.leads().lead_away(),
            is_material: false,
            is_offer: !crate::text::is_question(text),
            is_bare: false,
            is_first: true,
            is_done: false,
        }
    }

    /// At which of these it first hits.
    fn first_hit(said: &[(u64, &str)], gap: i64) -> Option<usize> {
        let mut words = Words::default();
        (1_i64..).zip(said).find_map(|(n, (who, text))| {
            let (now, new) = (Timestamp::from_millis(n * gap * 1_000), word(*who, text));
            let hit = speech(text, Trust::Stranger, 0, |it| judge(&new, &words, &Speech { now, ..*it }));
            words.push(now, new);
            hit.map(|_| usize::try_from(n).unwrap())
        })
    }

    #[test]
    fn the_third_person_with_an_advert_is_one_too_many() {
        let advert = "Cheap watches at https://shop.example/sale today only";
        assert_eq!(first_hit(&[(1, advert), (2, advert), (3, advert)], 120), Some(3));
        let changed = [
            (1, "Cheap watches at https://shop.example/sale today only"),
            (2, "Best watches are at https://shop.example/sale today, folks"),
            (3, "WATCHES so cheap: shop.example/sale"),
        ];
        assert_eq!(first_hit(&changed, 20), Some(3));
        assert_eq!(first_hit(&[(1, advert), (2, advert), (1, advert)], 90), Some(3), "they take turns");
    }

    #[test]
    fn a_bot_that_ends_a_meeting_takes_no_turns_with_its_chair() {
        let said = [
            (1, "#link https://meetings.example.org/weekly/2026-06-08.html"),
            (2, "Minutes: https://meetings.example.org/weekly/2026-06-15.html"),
            (2, "Minutes (text): https://meetings.example.org/weekly/2026-06-15.txt"),
            (2, "Log: https://meetings.example.org/weekly/2026-06-15.log.html"),
        ];
        assert_eq!(first_hit(&said, 1), None);
    }

    #[test]
    fn slogans_need_more_and_short_words_never_count() {
        let slogan = "long live the king of rock and roll";
        let people: Vec<(u64, &str)> = (1..9).map(|n| (n, slogan)).collect();
        assert_eq!(first_hit(&people, 1), Some(6));
        assert_eq!(first_hit(&people, 2), None);
        let votes: Vec<(u64, &str)> = (1..30).map(|n| (n, "+1 for me")).collect();
        assert_eq!(first_hit(&votes, 1), None);
    }

    #[test]
    fn what_some_of_an_eager_crowd_shout_is_no_chant() {
        let shouts = [
            "show us the painted lamp",
            "who let the cat on stage",
            "my headphones are gone",
            "louder, please, all of you",
        ];
        let said: Vec<(u64, &str)> = (0..40).zip(shouts.iter().cycle()).map(|(n, it)| (n, *it)).collect();
        let first_of = |said: &[(u64, &str)]| {
            let mut words = Words::default();
            (1_i64..).zip(said).find_map(|(n, (who, text))| {
                let (now, new) = (Timestamp::from_millis(n * 200), word(*who, text));
                let hit = speech(text, Trust::Stranger, 0, |it| judge(&new, &words, &Speech { now, ..*it }));
                words.push(now, new);
                hit.map(|_| n)
            })
        };
        assert_eq!(first_of(&said), None);
        let chant: Vec<(u64, &str)> =
            said.into_iter().map(|(n, it)| (n, if n % 2 == 0 { shouts[0] } else { it })).collect();
        assert!(first_of(&chant).is_some(), "half of them say the same");
    }

    #[test]
    fn people_who_talk_about_one_thing_are_no_crowd() {
        let said = [
            (1, "is the server of example.org down for you too?"),
            (2, "yes, example.org does not answer here either"),
            (3, "it works for me, perhaps your resolver is broken"),
            (4, "same here, no answer since ten o'clock"),
        ];
        assert_eq!(first_hit(&said, 5), None);
    }
}
