//! Contact: one address, number or link again and again, in whatever words.
//!
//! The same phone number, wallet or room among the first things someone says is an advert at the second time. People
//! give a link twice to explain it, or ask again what nobody answered, or hand one page to all who ask for it; whoever
//! has said nothing but that link, twice and of their own accord, came to give it.

use std::time::Duration;

use super::{Hit, Rule, Speech};
use crate::{
    recent::{Memory, Said},
    text::Kind,
};

const SPAN: Duration = Duration::from_secs(600);
/// A link may be given so often by a stranger who says other things too.
const LINKS: usize = 3;
/// What a link weighs before that, from when on an advert may not be said again.
const AGAIN: u32 = 26;

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
    if limit <= n {
        return Some(Hit::new(Rule::Contact, 40, "reason-contact", n));
    }
    // Enough together with what speaks against the first words of someone who has nothing else to say.
    (speech.limits.advert <= n && !speech.is_question()).then(|| Hit::new(Rule::Contact, AGAIN, "reason-contact", n))
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Message, Timestamp};

    use super::*;
    use crate::{rules::trial::speech, text::Look, trust::Trust};

    fn first_hit(n_clean: u32, texts: &[&str]) -> Option<usize> {
        let mut memory = Memory::default();
        texts.iter().position(|text| {
            let now = Timestamp::from_millis(0);
            let message = Message { body: (*text).to_owned(), ..Message::default() };
            let new = Said::new(&message, &Look::new(&message));
            let hit = speech(text, Trust::Stranger, n_clean, |it| judge(&new, &memory, it));
            memory.push(now, new);
            hit.is_some()
        })
    }

    #[test]
    fn a_link_given_again_weighs_less_than_what_is_certain_and_a_question_nothing() {
        let points = |texts: [&str; 2]| {
            let mut memory = Memory::default();
            let hits = texts.map(|text| {
                let now = Timestamp::from_millis(0);
                let message = Message { body: text.to_owned(), ..Message::default() };
                let new = Said::new(&message, &Look::new(&message));
                let hit = speech(text, Trust::Stranger, 0, |it| judge(&new, &memory, it));
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
