//! Media: pictures and files without a word, from someone who has hardly said anything yet.

use std::time::Duration;

use super::{Hit, Rule, Speech};
use crate::{
    marks::hash,
    recent::{Memory, Said},
    text::Look,
};

const SPAN: Duration = Duration::from_secs(60);

/// Nobody finds two pictures to show within so little time of coming, before a word.
const AT_ONCE: Duration = Duration::from_secs(10);
const AT_ONCE_POINTS: u32 = 40;

/// Whether nothing was said yet, and the author came just now.
fn is_at_once(memory: &Memory, speech: &Speech<'_>) -> bool {
    speech.n_clean <= 1 && speech.here < AT_ONCE && memory.all().all(|it| it.is_bare)
}

/// Where pictures come from: a hash of each host.
pub(crate) fn place(look: &Look<'_>) -> impl Iterator<Item = u64> {
    let host = |it: &str| it.split_once("://").and_then(|it| it.1.split('/').next()).map(|it| u64::from(hash(it)));
    let first = look.attached().first().map(String::as_str).or_else(|| look.shown().first().copied());
    first.and_then(host).into_iter()
}

/// Judges `new` against what was said before it.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if !new.is_bare || !speech.is_fresh() {
        return None;
    }
    let n = 1 + memory.within(speech.now, SPAN).filter(|it| it.is_bare).count();
    let points = match n {
        2 if is_at_once(memory, speech) => AT_ONCE_POINTS,
        ..3 => return None,
        3 => 10,
        4 => 15,
        _ => 25,
    };
    Some(Hit::new(Rule::Media, points, "reason-media", n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rules::trial::speech, trust::Trust};

    #[test]
    fn two_pictures_at_once_are_too_many_and_after_a_word_they_are_not() {
        let hit = |here: u64, first: Said| {
            let (mut memory, now) = (Memory::default(), domovoi_plugin::Timestamp::from_millis(0));
            memory.push(now, first);
            let picture = Said { is_bare: true, ..Said::default() };
            speech("https://up.example/1.jpg", Trust::Stranger, 1, |it| {
                judge(&picture, &memory, &Speech { here: Duration::from_secs(here), ..*it }).is_some()
            })
        };
        let picture = || Said { is_bare: true, ..Said::default() };
        assert!(hit(5, picture()) && !hit(12, picture()) && !hit(5, Said::default()));
    }

    #[test]
    fn four_pictures_are_borne_and_five_are_not() {
        let picture = || Said { is_bare: true, ..Said::default() };
        let mut memory = Memory::default();
        let mut sum = Vec::new();
        for n in 1..=5 {
            let here = Duration::from_secs(30);
            let hit = speech("https://up.example/1.jpg", Trust::Stranger, 1, |it| {
                judge(&picture(), &memory, &Speech { here, ..*it })
            });
            sum.push(sum.last().unwrap_or(&0) + hit.map_or(0, |it| it.points));
            memory.push(domovoi_plugin::Timestamp::from_millis(0), picture());
            assert_eq!(60 <= sum.last().unwrap() * 3 / 2, n == 5, "{sum:?}");
        }
    }
}
