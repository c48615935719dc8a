//! Repeat: the same or nearly the same text again and again by one person.
//!
//! Honest people say the same thing twice: a client sends anew after a lost connection, someone presses a key twice,
//! nobody answered. They rarely do so three times in a minute; an advert that is among the first things someone says
//! here needs only two.

use std::time::Duration;

use domovoi_plugin::Timestamp;

use super::{Hit, Rule};
use crate::{
    preset::Limits,
    recent::{Memory, Said},
    trust::Trust,
};

/// Texts are alike from this share of common pieces on, in thousandths.
const ALIKE: u32 = 850;
/// Shorter texts ("hi", "+1", "lol") are said again by everyone.
const SHORT_CHARS: u32 = 12;
/// Up to here a text is a phrase ("I don't know"), which may be said so many times more than a sentence.
const PHRASE_CHARS: u32 = 24;
const PHRASE_MORE: usize = 2;
/// So often in [`SHORT_SPAN`] even short ones are a flood.
const SHORT_LIMIT: usize = 5;
const SHORT_SPAN: Duration = Duration::from_secs(10);
/// Who has said so few clean things is not known for anything but the advert.
const FEW_CLEAN: u32 = 3;

/// Judges `new` against what was said before it; `new` itself is not in `memory` yet.
pub(crate) fn judge(
    new: &Said,
    memory: &Memory,
    limits: &Limits,
    (trust, n_clean): (Trust, u32),
    now: Timestamp,
) -> Option<Hit> {
    let print = new.print.as_ref().filter(|it| 0 < it.n_chars)?;
    let is_short = print.n_chars < SHORT_CHARS;
    let (span, limit) = if is_short {
        (SHORT_SPAN, SHORT_LIMIT)
    } else if new.is_advert && !trust.is_known() && n_clean <= FEW_CLEAN {
        (limits.repeat_within, limits.advert)
    } else if print.n_chars < PHRASE_CHARS && !new.is_advert {
        (limits.repeat_within, limits.repeat + PHRASE_MORE)
    } else {
        (limits.repeat_within, limits.repeat)
    };
    let is_copy = |old: &Said| {
        let is_alike = old.print.as_ref().is_some_and(|it| ALIKE <= it.likeness(print));
        is_alike && !is_resent(new, old)
    };
    let n = 1 + memory.within(now, span).filter(|(_, old)| is_copy(old)).count();
    (limit <= n).then(|| Hit::new(Rule::Repeat, 40, "reason-repeat", n))
}

/// Whether a client sent one message twice: the sender's id is the same. Believed once an entry.
fn is_resent(new: &Said, old: &Said) -> bool {
    new.id.is_some() && new.id == old.id && !old.is_resent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{preset::Preset, text};

    fn said(body: &str) -> Said {
        Said {
            print: Some(text::Print::new(&text::normal(body))),
            is_advert: text::is_like_advert(body),
            ..Said::default()
        }
    }

    /// At which of these texts, a gap apart, the rule first hits.
    fn first_hit(trust: Trust, n_clean: u32, gap_seconds: i64, texts: &[&str]) -> Option<usize> {
        let mut memory = Memory::default();
        for (n, body) in texts.iter().enumerate() {
            let now = Timestamp::from_millis(i64::try_from(n).unwrap() * gap_seconds * 1_000);
            let new = said(body);
            if judge(&new, &memory, &Preset::Public.limits(), (trust, n_clean), now).is_some() {
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
        let near = "B\u{200b}est  WATCHES at https://shop.example/sale!";
        assert_eq!(first_hit(Trust::Stranger, 0, 10, &[advert, near]), Some(2));
        assert_eq!(first_hit(Trust::Stranger, 0, 90, &[advert, advert, advert]), None);
    }

    #[test]
    fn a_question_asked_twice_is_borne_and_thrice_is_not() {
        let question = "does anyone know how to mount this disk";
        assert_eq!(first_hit(Trust::Newcomer, 5, 15, &[question, question, question]), Some(3));
        let link = "my log is at https://paste.example/12";
        assert_eq!(first_hit(Trust::Newcomer, 5, 15, &[link, link]), None);
        assert_eq!(first_hit(Trust::Regular, 50, 15, &[link, "thanks a lot to you", link]), None);
    }

    #[test]
    fn short_words_repeat_freely_unless_in_a_flood() {
        assert_eq!(first_hit(Trust::Stranger, 0, 5, &["lol"; 10]), None);
        assert_eq!(first_hit(Trust::Stranger, 0, 1, &["lol"; 10]), Some(5));
        assert_eq!(first_hit(Trust::Stranger, 0, 9, &["I don't know"; 10]), Some(5));
    }

    #[test]
    fn a_message_sent_anew_by_the_client_is_no_copy() {
        let mut first = said("buy at https://shop.example/ today");
        first.id = Some(domovoi_plugin::MessageId::new("m1"));
        let mut memory = Memory::default();
        memory.push(Timestamp::from_millis(0), first.clone());
        let limits = Preset::Public.limits();
        let now = Timestamp::from_millis(1_000);
        assert_eq!(judge(&first, &memory, &limits, (Trust::Stranger, 0), now), None);
        for it in memory.newest_mut() {
            it.is_resent = true;
        }
        assert!(judge(&first, &memory, &limits, (Trust::Stranger, 0), now).is_some());
    }
}
