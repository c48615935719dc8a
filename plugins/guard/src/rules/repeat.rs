//! Repeat: the same or nearly the same text again and again by one person.
//!
//! Honest people say the same thing twice: a client sends anew after a lost connection, someone presses a key twice,
//! nobody answered. They rarely do so three times in a minute; an advert that is among the first things someone says
//! here needs only two.

use std::time::Duration;

use super::{Hit, Rule, Speech, link::SETTLED};
use crate::{
    recent::{Memory, Said},
    text::{Kind, Print},
    trust::Width,
};

/// Texts are alike from this share of common pieces on, in thousandths.
const ALIKE: u32 = 850;
/// Adverts are, from here on: they are varied on purpose.
const ALIKE_ADVERT: u32 = 700;
/// Lines that a stranger makes one of the other ("line 1", "line 2") have this much in common.
const AKIN: u32 = 620;
/// And short ones ("lol", "loll") this much.
const AKIN_SHORT: u32 = 500;
/// Shorter texts ("hi", "+1", "lol") are said again by everyone.
const SHORT_CHARS: u32 = 12;
/// Up to here a text is a phrase ("I don't know"), which may be said so many times more than a sentence; so may what a bot
/// answers those who ask it, and what is said to a bot until it is right.
const PHRASE_CHARS: u32 = 24;
const PHRASE_MORE: usize = 2;
/// So often in [`SHORT_SPAN`] even short ones are a flood.
const SHORT_LIMIT: usize = 5;
const SHORT_SPAN: Duration = Duration::from_secs(10);
/// So often without anything else said between them, from someone who has said nothing else here.
const ONLY_SPAN: Duration = Duration::from_secs(60);
/// Whoever has said no more than this may have done so to have said something.
const SMALL_TALK: u32 = 10;
/// For how long an advert is not to come again.
const ADVERT_SPAN: Duration = Duration::from_secs(600);

/// What is pasted anew so soon was put right, once.
const CORRECTED: Duration = Duration::from_secs(30);
/// What comes so soon after what is like it is one paste with it.
const LINE_BY_LINE: Duration = Duration::from_secs(5);
/// So many more pastes than other texts may be alike.
const PASTES_MORE: usize = 5;
/// What machines write is all alike; from this likeness on it is the same.
const ALIKE_PASTE: u32 = 950;
/// So many pastes with the same address, and none other, of whom nobody speaks to; one less of who has said nothing in words.
const PASTES: usize = 3;

/// How many copies within which time are too many, and what a copy is.
struct Measure {
    alike: u32,
    span: Duration,
    limit: usize,
}

/// Judges `new` against what was said before it; `new` itself is not in `memory` yet.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    let print = new.print.as_ref().filter(|it| 0 < it.n_chars)?;
    let measure = measure(new, print, speech);
    // What a feed tells is alike, and leads to another page each time; of a site of this room it may do so at once.
    let is_settled = measure.alike == ALIKE_ADVERT && (SETTLED <= speech.here || is_of_room(speech));
    let leads_on = |old: &Said| !new.leads.is_empty() && !old.leads.iter().any(|it| new.leads.contains(it));
    let is_other = |old: &Said| !is_like(old, print, ALIKE);
    let is_news = |old: &Said| (is_settled && leads_on(old)) || (new.is_of_feed(old) && is_other(old));
    let is_copy = |old: &Said| is_like(old, print, measure.alike) && !is_resent(new, old) && !is_news(old);
    let n = 1 + memory.within(speech.now, measure.span).filter(|old| is_copy(old)).count();
    if measure.limit <= n {
        return Some(Hit::new(Rule::Repeat, 40, "reason-repeat", n));
    }
    if let Some(hit) = pasted(new, print, memory, speech) {
        return Some(hit);
    }
    if let Some(hit) = after_small_talk(new, print, memory, speech) {
        return Some(hit);
    }
    monotony(new, print, memory, speech)
}

/// Whether it leads to pages of this room's sites and to nobody, and does not shout.
fn is_of_room(speech: &Speech<'_>) -> bool {
    let mut leads = speech.look.leads().iter();
    speech.is_at_home && leads.all(|it| it.kind <= Kind::Link) && speech.look.n_shouts() == 0
}

fn measure(new: &Said, print: &Print, speech: &Speech<'_>) -> Measure {
    let limits = speech.limits;
    let more = usize::from(Width::Middle <= speech.width);
    if print.n_chars < SHORT_CHARS {
        return Measure { alike: ALIKE, span: SHORT_SPAN, limit: speech.width.of(SHORT_LIMIT) };
    }
    if new.is_advert && speech.is_volunteered() {
        // Who gets no answer asks again, with the same link.
        let is_lasting = !new.leads.is_empty() && !speech.is_question();
        let span = if is_lasting { ADVERT_SPAN.max(limits.repeat_within) } else { limits.repeat_within };
        return Measure { alike: ALIKE_ADVERT, span, limit: limits.advert };
    }
    let more = if new.is_material { more + PASTES_MORE } else { more };
    let is_phrase = print.n_chars < PHRASE_CHARS && !new.is_advert;
    let is_of_bots = speech.is_asked || is_attempt(new);
    let more = if is_phrase || is_of_bots { more + PHRASE_MORE } else { more };
    Measure { alike: ALIKE, span: limits.repeat_within, limit: limits.repeat + more }
}

/// A paste with addresses in it comes again as an advert would. But many paste line by line, and whoever made a mistake
/// pastes anew at once.
fn pasted(new: &Said, print: &Print, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if !new.is_material || !speech.is_volunteered() || speech.is_question() {
        return None;
    }
    let is_same = |old: &Said| old.print.as_ref() == Some(print);
    let before = memory.newest(speech.now).take_while(|(age, _)| *age < ADVERT_SPAN);
    let before = before.filter(|(age, old)| LINE_BY_LINE <= *age || is_same(old));
    let before: Vec<_> = before.filter(|(_, old)| !is_resent(new, old)).collect();
    let leads_there = |old: &Said| new.material.is_some() && new.material == old.material;
    let n_there = 1 + before.iter().filter(|(_, old)| leads_there(old)).count();
    let says_nothing = speech.is_fresh() && memory.newest(speech.now).all(|(_, old)| old.is_material);
    let most = if says_nothing { PASTES - 1 } else { PASTES };
    if most <= n_there && !speech.is_addressed {
        return Some(Hit::new(Rule::Repeat, 40, "reason-repeat", n_there));
    }
    let mut copies = before.iter().filter(|(_, old)| is_like(old, print, ALIKE_PASTE));
    let (age, last) = copies.next()?;
    let is_correction = *age < CORRECTED && !is_same(last);
    let n = 2 + copies.count() - usize::from(is_correction);
    (speech.limits.advert <= n).then(|| Hit::new(Rule::Repeat, 40, "reason-repeat", n))
}

/// Whether it is said to a bot, and would lead nobody away: whoever mistypes tries again.
fn is_attempt(new: &Said) -> bool {
    new.is_command && new.leads.is_empty()
}

/// Whoever chatted a little first is no newer to the room than others who did; but nobody has a use for the same words
/// with the same address three times in ten minutes. What has been here for long, as feeds and alarms have, may say so.
fn after_small_talk(new: &Said, print: &Print, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    let leads_away = speech.look.leads().lead_away() && !new.leads.is_empty();
    if !leads_away || speech.trust.is_known() || speech.is_asked || speech.is_question() || SETTLED <= speech.here {
        return None;
    }
    let leads_there = |old: &Said| old.leads.iter().any(|it| new.leads.contains(it));
    let is_copy = |old: &Said| leads_there(old) && is_like(old, print, ALIKE) && !is_resent(new, old);
    let n = 1 + memory.within(speech.now, ADVERT_SPAN).filter(|old| is_copy(old)).count();
    // Once more is too often of somebody who has only greeted, and whom nobody has heeded.
    let is_small_talk = speech.n_clean <= SMALL_TALK && !speech.is_addressed && !speech.is_at_home;
    let limit = speech.limits.advert + usize::from(!is_small_talk);
    (limit <= n).then(|| Hit::new(Rule::Repeat, 40, "reason-repeat", n))
}

/// Someone who has hardly said anything says only one thing, or line after line that has most in common.
fn monotony(new: &Said, print: &Print, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if !speech.is_fresh() {
        return None;
    }
    let is_short = print.n_chars < SHORT_CHARS;
    if !is_short && (new.is_material || speech.look.is_code()) {
        return None;
    }
    let run = |span, alike| {
        let before = memory.within(speech.now, span);
        1 + before.take_while(|old| is_like(old, print, alike) && !is_resent(new, old)).count()
    };
    let more = if is_attempt(new) { PHRASE_MORE } else { 1 };
    let (n, limit) = if is_short {
        (run(ONLY_SPAN, ALIKE), SHORT_LIMIT)
    } else {
        (run(ONLY_SPAN, AKIN), speech.limits.repeat + more)
    };
    let n_shouts = if is_short { run(SHORT_SPAN, AKIN_SHORT) } else { 0 };
    (limit <= n || SHORT_LIMIT <= n_shouts + 1).then(|| Hit::new(Rule::Repeat, 40, "reason-monotony", n.max(n_shouts)))
}

fn is_like(old: &Said, print: &Print, alike: u32) -> bool {
    old.print.as_ref().is_some_and(|it| it.is_like(print, alike))
}

/// Whether a client sent one message twice: the sender's id is the same. Believed once an entry.
fn is_resent(new: &Said, old: &Said) -> bool {
    new.id.is_some() && new.id == old.id && !old.is_resent
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Message, MessageId, Timestamp};

    use super::*;
    use crate::{rules::trial::speech, text::Look, trust::Trust};

    /// At which of these texts, a gap apart, the rule first hits.
    fn first_hit(trust: Trust, n_clean: u32, gap_seconds: i64, texts: &[&str]) -> Option<usize> {
        let mut memory = Memory::default();
        for (n, body) in texts.iter().enumerate() {
            let now = Timestamp::from_millis(i64::try_from(n).unwrap() * gap_seconds * 1_000);
            let message = Message { body: (*body).to_owned(), ..Message::default() };
            let new = Said::new(&message, &Look::new(&message));
            let here = Duration::ZERO;
            let hit = speech(body, trust, n_clean, |it| judge(&new, &memory, &Speech { here, now, ..*it }));
            if hit.is_some() {
                return Some(n + 1);
            }
            memory.push(now, new);
        }
        None
    }

    #[test]
    fn a_strangers_advert_is_stopped_at_the_second() {
        let advert = "Best watches at https://shop.example/sale";
        assert_eq!(first_hit(Trust::Stranger, 0, 10, &[advert, advert]), Some(2));
        for near in
            ["B\u{200b}est  WATCHES at https://shop.example/sale!", "b e s t watches at https://shop.example/sale"]
        {
            assert_eq!(first_hit(Trust::Stranger, 0, 10, &[advert, near]), Some(2), "{near}");
        }
        assert_eq!(first_hit(Trust::Stranger, 0, 300, &[advert, advert]), Some(2));
        assert_eq!(first_hit(Trust::Stranger, 0, 700, &[advert, advert, advert]), None);
    }

    #[test]
    fn small_talk_does_not_make_an_advert_welcome_twice() {
        let advert = "best watches, 70% off, at https://shop.example/sale";
        let first = |n_clean, is_addressed, is_at_home| {
            let mut memory = Memory::default();
            (1..=5).find(|n| {
                let now = Timestamp::from_millis(n * 60_000);
                let message = Message { body: advert.to_owned(), ..Message::default() };
                let new = Said::new(&message, &Look::new(&message));
                let hit = speech(advert, Trust::Newcomer, n_clean, |it| {
                    judge(&new, &memory, &Speech { now, is_addressed, is_at_home, ..*it })
                });
                memory.push(now, new);
                hit.is_some()
            })
        };
        assert_eq!(first(6, false, false), Some(2));
        assert_eq!(first(10, false, false), Some(2));
        assert_eq!(first(11, false, false), Some(3), "has talked");
        assert_eq!(first(6, true, false), Some(3), "is spoken to");
        assert_eq!(first(6, false, true), Some(3), "the page is of this room");
    }

    #[test]
    fn what_a_bot_is_asked_for_again_is_no_advert() {
        let body = "The documentation is at https://wiki.example.org/docs";
        let message = Message { body: body.to_owned(), ..Message::default() };
        let look = Look::new(&message);
        let mut memory = Memory::default();
        memory.push(Timestamp::from_millis(0), Said::new(&message, &look));
        let judged = |is_asked| {
            crate::rules::trial::speech(body, Trust::Stranger, 0, |it| {
                judge(&Said::new(&message, &look), &memory, &Speech { is_asked, ..*it }).is_some()
            })
        };
        assert!(judged(false) && !judged(true));
    }

    #[test]
    fn another_page_of_a_site_of_the_room_is_news() {
        let hits = |is_at_home, texts: [&str; 2]| {
            let mut memory = Memory::default();
            let judged = texts.map(|body| {
                let message = Message { body: body.to_owned(), ..Message::default() };
                let (look, now) = (Look::new(&message), Timestamp::from_millis(0));
                let new = Said::new(&message, &look);
                let hit = crate::rules::trial::speech(body, Trust::Stranger, 0, |it| {
                    judge(&new, &memory, &Speech { is_at_home, ..*it }).is_some()
                });
                memory.push(now, new);
                hit
            });
            judged[1]
        };
        let page = |n| format!("page changed: Lamps, see https://wiki.a.example/index.php?id={n}");
        let (one, two) = (page(1), page(2));
        assert!(hits(false, [&one, &two]) && !hits(true, [&one, &two]) && hits(true, [&one, &one]));
        let [one, two] =
            [1, 2].map(|n| format!("CHEAP LAMPS, see https://wiki.a.example/{n} or call +1 555 123 45 6{n}"));
        assert!(hits(true, [&one, &two]));
    }

    #[test]
    fn what_is_said_to_a_bot_may_be_tried_four_times() {
        let tries = [".calc sum of (1..40) if odd:", ".calc sum of (1..40), if odd", ".calc sum of (1..40) if odd"];
        let tries: Vec<&str> = tries.into_iter().cycle().take(8).collect();
        for (trust, n_clean) in [(Trust::Stranger, 0), (Trust::Stranger, 7)] {
            assert_eq!(first_hit(trust, n_clean, 5, &tries), Some(5));
        }
        let talk: Vec<&str> = tries.iter().map(|it| it.trim_start_matches('.')).collect();
        assert_eq!(first_hit(Trust::Stranger, 7, 5, &talk), Some(3));
        let advert = "!join us at https://shop.example/sale";
        assert_eq!(first_hit(Trust::Stranger, 0, 5, &[advert; 3]), Some(2), "a command that leads away");
    }

    #[test]
    fn a_question_asked_twice_is_borne_and_thrice_is_not() {
        let question = "does anyone know how to mount this disk";
        assert_eq!(first_hit(Trust::Stranger, 0, 15, &[question, question, question]), Some(3));
        assert_eq!(first_hit(Trust::Newcomer, 15, 15, &[question; 4]), Some(4));
        let link = "my log is at https://paste.example/12";
        assert_eq!(first_hit(Trust::Stranger, 0, 15, &[link, link]), None);
        assert_eq!(first_hit(Trust::Regular, 50, 15, &[link, "thanks a lot to you", link]), None);
        let asked = "my site https://me.example/ does not load, what can it be?";
        assert_eq!(first_hit(Trust::Stranger, 0, 120, &[asked, asked]), None);
    }

    #[test]
    fn short_words_repeat_freely_unless_in_a_flood() {
        assert_eq!(first_hit(Trust::Newcomer, 12, 5, &["lol"; 10]), None);
        assert_eq!(first_hit(Trust::Stranger, 7, 1, &["lol"; 10]), Some(5));
        assert_eq!(first_hit(Trust::Stranger, 0, 1, &["lol"; 10]), Some(4));
        assert_eq!(first_hit(Trust::Stranger, 7, 9, &["I don't know"; 10]), Some(5));
        assert_eq!(first_hit(Trust::Stranger, 0, 9, &["yes", "no", "yes", "yes", "no", "yes", "yes"]), None);
    }

    #[test]
    fn one_thing_and_nothing_else_is_a_flood_of_a_stranger() {
        assert_eq!(first_hit(Trust::Stranger, 0, 8, &["lol"; 10]), Some(5));
        let lines = ["flood line 11", "flood line 12", "flood line 13", "flood line 14", "flood line 15"];
        assert_eq!(first_hit(Trust::Stranger, 0, 5, &lines), Some(4));
        assert_eq!(first_hit(Trust::Newcomer, 20, 5, &lines), None);
        let code = ["  let a = foo(1);", "  let b = foo(2);", "  let c = foo(3);", "  let d = foo(4);"];
        assert_eq!(first_hit(Trust::Stranger, 0, 5, &code), None);
    }

    #[test]
    fn a_message_sent_anew_by_the_client_is_no_copy() {
        let message = Message {
            body: "buy at https://shop.example/ today".to_owned(),
            id: Some(MessageId::new("m1")),
            ..Message::default()
        };
        let now = Timestamp::from_millis(1_000);
        let new = Said::new(&message, &Look::new(&message));
        let mut memory = Memory::default();
        memory.push(Timestamp::from_millis(0), new.clone());
        let judged = |memory: &Memory| {
            speech(&message.body, Trust::Stranger, 0, |it| judge(&new, memory, &Speech { now, ..*it }).is_some())
        };
        assert!(!judged(&memory));
        for it in memory.newest_mut() {
            it.is_resent = true;
        }
        assert!(judged(&memory));
    }
}
