//! Quotes: other people's words thrown back, quoted or repeated, until theirs cannot be found any more.

use std::{collections::BTreeSet, time::Duration};

use super::{Hit, Rule, Speech};
use crate::recent::{Memory, Said};

const SPAN: Duration = Duration::from_secs(120);
/// So many long quotes, or repetitions of others, in [`SPAN`].
const LIMIT: usize = 4;

/// So many in a row and nothing else, within so little time, whatever they say.
const ECHOES: usize = 5;
const ECHOES_SPAN: Duration = Duration::from_secs(15);
/// Why somebody is answered who hands on what another advertises.
const HANDED_ON: &str = "reason-handed-on";
/// An advert of another that is handed on with a quote, so often in so much time; one time less by whom nothing else was
/// heard of.
const ADVERTS: usize = 3;
const ADVERTS_SPAN: Duration = Duration::from_secs(600);

/// Repetitions are of so many people at least: the error that many paste was pasted whole by the last of them.
const AUTHORS: usize = 3;
/// Characters of a text that two people do not say by chance.
const LONG: usize = 20;

/// Whether a skeleton is so long that saying it again is repeating it.
pub(crate) fn is_long(skeleton: &str) -> bool {
    LONG <= skeleton.chars().count()
}

/// Whose words these are, how many people's.
fn authors<'a>(said: impl Iterator<Item = &'a Said>) -> usize {
    said.filter_map(|it| it.echo_of).collect::<BTreeSet<_>>().len()
}

/// Judges `new` against what was said before it.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if speech.trust.is_known() {
        return None;
    }
    if let Some(n) = handed_on(new, memory, speech) {
        return Some(Hit::new(Rule::Quotes, 40, HANDED_ON, n));
    }
    // Nothing is run through for what neither repeats nor quotes.
    if new.echo_of.is_none() && !new.is_quote {
        return None;
    }
    let before = || memory.within(speech.now, ECHOES_SPAN);
    let run = || std::iter::once(new).chain(before()).take_while(|it| it.echo_of.is_some());
    let n_echoes = run().count();
    if speech.is_fresh() && ECHOES <= n_echoes && AUTHORS <= authors(run()) {
        return Some(Hit::new(Rule::Quotes, 40, "reason-quotes", n_echoes));
    }
    if !new.is_quote {
        return None;
    }
    let quotes = || std::iter::once(new).chain(memory.within(speech.now, SPAN)).filter(|it| it.is_quote);
    let are_theirs = AUTHORS <= authors(quotes());
    let n = quotes().filter(|it| are_theirs || it.echo_of.is_none()).count();
    (LIMIT <= n).then(|| Hit::new(Rule::Quotes, 40, "reason-quotes", n))
}

/// Whether a hit is about an advert of another: it is one, whoever says it.
pub(crate) fn is_advert(hit: &Hit) -> bool {
    hit.reason == HANDED_ON
}

/// How often they quote what another newcomer advertises, if that is too often: whoever answers it does so once.
fn handed_on(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<usize> {
    let advert = new.hands_on.filter(|_| speech.is_fresh())?;
    let is_it = |it: &&Said| it.hands_on == Some(advert);
    let n = 1 + memory.within(speech.now, ADVERTS_SPAN).filter(is_it).count();
    let is_all = speech.n_clean < 2 && memory.all().all(|it| is_it(&it));
    (ADVERTS <= n + usize::from(is_all)).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rules::trial::speech, trust::Trust};

    #[test]
    fn five_echoes_in_a_row_are_a_parrot() {
        let mut memory = Memory::default();
        for n in 1..=6 {
            let new = Said { echo_of: (n != 3).then_some(n), ..Said::default() };
            let hit = speech("hi", Trust::Stranger, 0, |it| judge(&new, &memory, it));
            assert_eq!(hit, None, "{n}: not in a row");
            memory.push(domovoi_plugin::Timestamp::from_millis(0), new);
        }
        memory.push(domovoi_plugin::Timestamp::from_millis(0), Said { echo_of: Some(7), ..Said::default() });
        let new = Said { echo_of: Some(8), ..Said::default() };
        assert!(speech("hi", Trust::Stranger, 0, |it| judge(&new, &memory, it)).is_some());
        assert!(speech("hi", Trust::Stranger, 9, |it| judge(&new, &memory, it)).is_none());
        let mut memory = Memory::default();
        for _ in 0..9 {
            let new = Said { echo_of: Some(1), is_quote: true, ..Said::default() };
            let hit = speech("hi", Trust::Stranger, 0, |it| judge(&new, &memory, it));
            assert_eq!(hit, None, "what one other person had pasted");
            memory.push(domovoi_plugin::Timestamp::from_millis(0), new);
        }
    }

    #[test]
    fn an_advert_of_another_is_quoted_once_by_whom_nothing_else_is_heard_and_twice_by_others() {
        let first = |said: &[Option<u32>], n_clean: u32| {
            let mut memory = Memory::default();
            said.iter().position(|hands_on| {
                let new = Said { hands_on: *hands_on, ..Said::default() };
                let hit = speech("fine", Trust::Stranger, n_clean, |it| judge(&new, &memory, it));
                memory.push(domovoi_plugin::Timestamp::from_millis(0), new);
                hit.is_some()
            })
        };
        assert_eq!(first(&[Some(1), Some(1)], 1), Some(1));
        assert_eq!(first(&[Some(1), Some(2), Some(1)], 1), None, "another advert");
        assert_eq!(first(&[None, Some(1), Some(1), Some(1)], 1), Some(3));
        assert_eq!(first(&[Some(1), Some(1), Some(1)], 2), Some(2));
        assert_eq!(first(&[Some(1), Some(1), Some(1)], 6), None, "has talked");
    }

    #[test]
    fn the_fourth_is_one_too_many() {
        let quote = || Said { is_quote: true, ..Said::default() };
        let mut memory = Memory::default();
        for n in 1..=5 {
            let judged = |trust| speech("> x", trust, 0, |it| judge(&quote(), &memory, it)).is_some();
            assert_eq!((judged(Trust::Newcomer), judged(Trust::Regular)), (4 <= n, false), "{n}");
            memory.push(domovoi_plugin::Timestamp::from_millis(0), quote());
        }
    }
}
