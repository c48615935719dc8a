//! Link: first words that lead away.
//!
//! Honest people come with a link, spammers too, some of them after five minutes of silence: so it never decides alone,
//! and it is the first words that count, not the time since the join.

use std::time::Duration;

use super::{Hit, Rule, Speech};
use crate::{
    recent::{Memory, Said},
    text::{Kind, Print},
};

/// Whoever has said more than this is not new any more.
const FIRST: u32 = 2;
/// Nobody reads before they write as fast as this.
const AT_ONCE: Duration = Duration::from_secs(10);

/// What comes so soon after another, and has so much in common with it, goes on with it.
const AGAIN: Duration = Duration::from_secs(60);
const MAKE: u32 = 350;
/// For how long a feed is known by what it said before.
const FEED: Duration = Duration::from_secs(600);

/// Whoever has been here for so long is no spammer in a hurry: what feeds and notices come from is here for weeks.
pub(super) const SETTLED: Duration = Duration::from_secs(1_800);

/// Judges what a stranger says first: `new`, after what is in `memory`.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    // Whoever was called by name and answers a question gives what they were asked for.
    if speech.is_addressed && speech.is_asked {
        return None;
    }
    // Pictures are the business of another rule.
    if !speech.is_fresh() || FIRST < speech.n_clean || new.is_bare {
        return None;
    }
    let leads = speech.look.leads();
    let base = match () {
        () if leads.has(Kind::Invite) || leads.has(Kind::Contact) => 14,
        () if leads.has(Kind::Link) && is_told(new, memory, speech) => 4,
        () if leads.has(Kind::Link) => 10,
        () => return None,
    };
    let at_once = if speech.n_clean == 0 && speech.here < AT_ONCE { 5 } else { 0 };
    let loud = if 2 <= speech.look.n_shouts() { 8 } else { 0 };
    let disguised = if leads.is_disguised { 15 } else { 0 };
    let is_new = speech.n_clean == 0 && speech.here < SETTLED && !speech.is_asked;
    let again = if is_new && goes_on(new, memory, speech) { 16 } else { 0 };
    Some(Hit::new(Rule::Link, base + at_once + loud + disguised + again, "reason-link", 1))
}

/// Whether it is what bots tell: in answer to a command, or as a feed or a tracker goes on, which says much at once, and
/// nobody knows it yet.
fn is_told(new: &Said, memory: &Memory, speech: &Speech<'_>) -> bool {
    SETTLED <= speech.here || speech.is_asked || memory.within(speech.now, FEED).any(|old| new.is_of_feed(old))
}

/// Whether the message before it was of the same make: a link, and most of the words around it. Another page of one site
/// is what people and bots give who have several to show.
fn goes_on(new: &Said, memory: &Memory, speech: &Speech<'_>) -> bool {
    let Some(before) = memory.within(speech.now, AGAIN).next().filter(|it| !new.is_next_page(it)) else {
        return false;
    };
    let is_alike = |(a, b): (&Print, &Print)| MAKE <= a.likeness(b);
    !before.leads.is_empty() && before.print.as_ref().zip(new.print.as_ref()).is_some_and(is_alike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rules::trial::speech, trust::Trust};

    fn points(text: &str, trust: Trust, n_clean: u32) -> u32 {
        speech(text, trust, n_clean, |it| judge(&Said::default(), &Memory::default(), it)).map_or(0, |it| it.points)
    }

    #[test]
    fn a_link_among_first_words_never_decides_alone() {
        for text in [
            "hi, my site https://me.example/ is down",
            "join xmpp:room@chat.example?join NOW!!! 100% free",
            "call +1 555 123 45 67",
        ] {
            let n = points(text, Trust::Stranger, 0);
            assert!(0 < n && n * 3 / 2 < 45, "{text}: {n}");
        }
        assert!(45 <= points("JOIN https://pаypal.com/ NOW!!! 100%", Trust::Stranger, 0) * 3 / 2);
    }

    #[test]
    fn an_answer_to_whoever_asks_back_is_no_first_word() {
        let points = |is_addressed, is_asked| {
            let judged = |it: &Speech<'_>| {
                judge(&Said::default(), &Memory::default(), &Speech { is_addressed, is_asked, ..*it }).is_some()
            };
            speech("it is https://me.example/log", Trust::Stranger, 0, judged)
        };
        assert_eq!([points(true, true), points(true, false), points(false, true)], [false, true, true]);
    }

    #[test]
    fn a_link_that_was_asked_for_weighs_less() {
        let of = |is_asked| {
            let judged = |it: &Speech<'_>| judge(&Said::default(), &Memory::default(), &Speech { is_asked, ..*it });
            speech("https://me.example/plan", Trust::Stranger, 0, judged).map(|it| it.points)
        };
        assert_eq!((of(true), of(false)), (Some(9), Some(15)));
    }

    #[test]
    fn who_has_talked_and_pages_that_everyone_uses_are_borne() {
        assert_eq!(points("https://me.example/", Trust::Stranger, 3), 0);
        assert_eq!(points("https://me.example/", Trust::Regular, 0), 0);
        assert_eq!(points("https://pastebin.com/1", Trust::Stranger, 0), 0);
        assert_eq!(points("hello", Trust::Stranger, 0), 0);
    }
}
