//! Contact: one address, number or link again and again, in whatever words.
//!
//! The same phone number, wallet or room among the first things someone says is an advert at the second time. People
//! give a link twice to explain it, or ask again what nobody answered, or hand one page to all who ask for it; whoever
//! has said nothing but that link, twice and of their own accord, came to give it. So did who puts it as a question, asks
//! it again within a moment, and is spoken to by nobody; and who has another page of one site each time.

use std::time::Duration;

use super::{Hit, Rule, Speech, link::SETTLED};
use crate::{
    recent::{Memory, Said},
    text::Kind,
};

const SPAN: Duration = Duration::from_secs(600);
/// A link may be given so often by a stranger who says other things too.
const LINKS: usize = 3;
/// What a link weighs before that, from when on an advert may not be said again.
const AGAIN: u32 = 26;
/// Who gets no answer asks again, but not so soon.
const SOON: Duration = Duration::from_secs(150);
/// What is said with the same link and in the same words, from this likeness on.
const VERBATIM: u32 = 850;
/// So many pages of one site are too many, in messages that have less in common than those of a feed: these begin with
/// the same mark, or share much of the rest.
const PAGES: usize = 3;
const PAGES_POINTS: u32 = 20;
/// Pictures among them are no links among first words, which would weigh as well.
const PICTURES_POINTS: u32 = 40;
const MAKE: u32 = 350;
/// Whoever has said more than this besides has not come for the pages.
const FEW: u32 = 2;

/// Judges `new` against what was said before it.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if !speech.is_volunteered() || new.leads.is_empty() {
        return None;
    }
    let leads = speech.look.leads();
    let is_personal =
        leads.has(Kind::Handle) || leads.has(Kind::Contact) || leads.has(Kind::Invite) || 2 <= speech.look.n_shouts();
    let limit = if is_personal { speech.limits.advert } else { speech.limits.advert.max(LINKS) };
    let is_same = |old: &Said| old.n_edits == 0 && old.leads.iter().any(|it| new.leads.contains(it));
    let n = 1 + memory.within(speech.now, SPAN).filter(|it| is_same(it)).count();
    if limit <= n || speech.limits.advert <= n && is_pushed(new, memory, speech, is_same) {
        return Some(Hit::new(Rule::Contact, 40, "reason-contact", n));
    }
    if let Some(hit) = pages(new, memory, speech) {
        return Some(hit);
    }
    // Enough together with what speaks against the first words of someone who has nothing else to say.
    (speech.limits.advert <= n && !speech.is_question()).then(|| Hit::new(Rule::Contact, AGAIN, "reason-contact", n))
}

/// Whether somebody who came lately, and whom nobody speaks to, gives a link again that nobody wants. A question is
/// asked again by people too: so it has to come soon, and either nothing else was said at all, or it is the same word for
/// word.
fn is_pushed(new: &Said, memory: &Memory, speech: &Speech<'_>, is_same: impl Fn(&Said) -> bool) -> bool {
    if !is_unheeded(speech) {
        return false;
    }
    let is_verbatim =
        |old: &Said| old.print.as_ref().zip(new.print.as_ref()).is_some_and(|(a, b)| b.is_like(a, VERBATIM));
    let mut soon = memory.within(speech.now, SOON).filter(|it| is_same(it));
    !speech.is_question() || soon.any(|it| speech.n_clean == 0 || is_verbatim(it))
}

/// Page after page of one site, each in other words, from someone who has hardly said anything else.
fn pages(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    let is_page = speech.look.leads().has(Kind::Link) && !speech.is_at_home;
    if !is_page || FEW < speech.n_clean || speech.is_question() || !is_unheeded(speech) {
        return None;
    }
    let is_there = |old: &Said| new.is_next_page(old);
    let is_alike = |old: &Said| old.print.as_ref().zip(new.print.as_ref()).is_some_and(|(a, b)| MAKE <= a.likeness(b));
    // Addresses have much in common by themselves, and a feed tells something.
    let are_addresses = |old: &Said| new.is_address && old.is_address;
    let is_feed = |old: &Said| new.is_of_feed(old) || (is_alike(old) && !are_addresses(old));
    let n = 1 + memory.within(speech.now, SPAN).filter(|it| is_there(it) && !is_feed(it)).count();
    let points = if new.is_bare { PICTURES_POINTS } else { PAGES_POINTS };
    (PAGES <= n).then(|| Hit::new(Rule::Contact, points, "reason-pages", n))
}

/// Whether nobody has spoken to them since they came, not long ago.
fn is_unheeded(speech: &Speech<'_>) -> bool {
    !speech.is_addressed && speech.here < SETTLED
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Message, Timestamp};

    use super::*;
    use crate::{rules::trial::speech, text::Look, trust::Trust};

    fn first_hit(n_clean: u32, texts: &[&str]) -> Option<usize> {
        first_of(0, n_clean, texts, |it| it)
    }

    /// At which of these texts, so many seconds apart, the rule first hits, for an author changed so.
    fn first_of(gap: i64, n_clean: u32, texts: &[&str], change: fn(Speech<'_>) -> Speech<'_>) -> Option<usize> {
        let mut memory = Memory::default();
        (0..).zip(texts).position(|(n, text)| {
            let now = Timestamp::from_millis(gap * n * 1_000);
            let message = Message { body: (*text).to_owned(), ..Message::default() };
            let new = Said::new(&message, &Look::new(&message));
            let hit = speech(text, Trust::Stranger, n_clean, |it| judge(&new, &memory, &change(Speech { now, ..*it })));
            memory.push(now, new);
            hit.is_some()
        })
    }

    #[test]
    fn a_question_that_nobody_heeds_is_an_advert_when_it_comes_again_at_once() {
        let same = ["anyone knows a good casino like https://a.example/x ?"; 2];
        let other = [same[0], "who wants to win? see https://a.example/x"];
        assert_eq!(first_of(90, 0, &same, |it| it), Some(1));
        assert_eq!(first_of(90, 0, &other, |it| it), Some(1));
        assert_eq!(first_of(90, 3, &same, |it| it), Some(1));
        assert_eq!(first_of(90, 3, &other, |it| it), None, "people explain what they asked");
        assert_eq!(first_of(240, 0, &same, |it| it), None, "people ask again when nobody has answered");
        assert_eq!(first_of(90, 0, &same, |it| Speech { is_addressed: true, ..it }), None, "somebody talks to them");
        assert_eq!(first_of(90, 0, &same, |it| Speech { here: SETTLED, ..it }), None, "has been here for long");
    }

    #[test]
    fn small_talk_before_it_makes_a_link_no_better() {
        let texts = ["look at https://a.example/x one day", "my brother swears by https://a.example/x"];
        assert_eq!(first_of(60, 4, &texts, |it| it), Some(1));
        assert_eq!(first_of(60, 6, &texts, |it| it), None);
    }

    #[test]
    fn page_after_page_of_one_site_is_an_advert_and_a_feed_is_none() {
        let pages = [
            "finally a shop that delivers: https://a.example/one",
            "everything must go, so open https://a.example/two",
            "half of what others ask for: https://a.example/three",
        ];
        assert_eq!(first_of(60, 0, &pages, |it| it), Some(2));
        assert_eq!(first_of(60, 0, &pages, |it| Speech { is_at_home: true, ..it }), None);
        assert_eq!(first_of(60, 0, &pages, |it| Speech { is_addressed: true, ..it }), None);
        assert_eq!(first_of(60, 3, &pages, |it| it), None);
        let feed =
            ["one", "two", "three", "four"].map(|it| format!("[planet] a post by {it}: https://blog.a.example/{it}"));
        assert_eq!(first_of(60, 0, &feed.each_ref().map(String::as_str), |it| it), None);
    }

    #[test]
    fn bare_addresses_of_one_site_are_no_feed() {
        let bare = ["https://a.example/sale/one", "look https://a.example/sale/two", "https://a.example/sale/three"];
        assert_eq!(first_of(60, 0, &bare, |it| it), Some(2));
        let pictures =
            ["https://a.example/pic/one.jpg", "https://a.example/pic/two.jpg", "https://a.example/pic/three.jpg"];
        assert_eq!(first_of(60, 0, &pictures, |it| it), Some(2));
        let same = ["https://a.example/pic.jpg?v=one", "https://a.example/pic.jpg?v=two"];
        assert_eq!(first_of(60, 0, &same, |it| it), Some(1), "one picture, whatever is asked of it");
        let told = [
            "new photos: one https://a.example/one",
            "new photos: two https://a.example/two",
            "new photos: three https://a.example/three",
        ];
        assert_eq!(first_of(60, 0, &told, |it| it), None, "a feed says something");
    }

    #[test]
    fn a_link_given_again_by_whom_people_talk_to_weighs_less_and_a_question_nothing() {
        let points = |texts: [&str; 2]| {
            let mut memory = Memory::default();
            let hits = texts.map(|text| {
                let now = Timestamp::from_millis(0);
                let message = Message { body: text.to_owned(), ..Message::default() };
                let new = Said::new(&message, &Look::new(&message));
                let is_addressed = true;
                let hit = speech(text, Trust::Stranger, 0, |it| judge(&new, &memory, &Speech { is_addressed, ..*it }));
                memory.push(now, new);
                hit.map(|it| it.points)
            });
            hits[1]
        };
        assert_eq!(points(["look: https://a.example/x", "all you want is at https://a.example/x?ref=2"]), Some(AGAIN));
        assert_eq!(points(["why is that? https://a.example/x", "nobody? it was https://a.example/x"]), None);
        assert_eq!(points(["look: https://a.example/x?id=1", "and: https://a.example/x?id=2"]), None);
    }

    #[test]
    fn a_number_is_given_once_and_a_link_twice() {
        let calls = ["call me: +1 555 123 45 67", "loans for all, +15551234567 is the number"];
        assert_eq!(first_hit(1, &calls), Some(1));
        let links =
            ["look: https://a.example/x", "https://a.example/x: is it true?", "https://a.example/x and no more"];
        assert_eq!(first_hit(1, &links), Some(2));
        assert_eq!(first_hit(6, &links), None);
        assert_eq!(first_hit(1, &["https://pastebin.com/1"; 5]), None);
    }
}
