//! Spread: a text cut into letters, over lines or over messages, so that no filter reads it.

use std::time::Duration;

use super::{Hit, Rule, Speech};
use crate::{
    recent::{Memory, Said},
    text::is_one_letter,
};

/// Lines of one letter in one message.
const LINES: usize = 8;
/// Messages of one letter without anything else between them, in [`SPAN`].
const LIMIT: usize = 7;
const SPAN: Duration = Duration::from_secs(60);

/// Judges `new`, of these texts, against what was said before it.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if speech.trust.is_known() {
        return None;
    }
    let letters = |text: &&str| text.lines().filter(|it| is_one_letter(it)).count();
    let of_lines = speech.look.shown().iter().filter(|it| it.contains('\n'));
    let n_lines = if speech.look.has_break() { of_lines.map(letters).max().unwrap_or(0) } else { 0 };
    if speech.look.is_spaced() {
        let n = usize::try_from(speech.look.skeleton().n_joined).unwrap_or(usize::MAX);
        return Some(Hit::new(Rule::Spread, 15, "reason-spread", n));
    }
    if LINES <= n_lines {
        return Some(Hit::new(Rule::Spread, 20, "reason-spread", n_lines));
    }
    if !new.is_letter {
        return None;
    }
    let n = 1 + memory.within(speech.now, SPAN).take_while(|it| it.is_letter).count();
    let points = if n == LIMIT { 20 } else { 10 };
    (LIMIT <= n).then(|| Hit::new(Rule::Spread, points, "reason-spread", n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rules::trial::speech, trust::Trust};

    #[test]
    fn letters_over_lines_and_messages_are_counted() {
        let plain = Said::default();
        let judged =
            |text: &str, memory: &Memory, new: &Said| speech(text, Trust::Stranger, 0, |it| judge(new, memory, it));
        assert!(judged("b\nu\ny\n7\nc\nh\ne\na\np", &Memory::default(), &plain).is_some());
        assert!(judged("a\nb\nc\nor d?", &Memory::default(), &plain).is_none());
        let letter = || Said { is_letter: true, ..Said::default() };
        let mut memory = Memory::default();
        for n in 1..=8 {
            assert_eq!(judged("x", &memory, &letter()).is_some(), 7 <= n, "{n}");
            memory.push(domovoi_plugin::Timestamp::from_millis(0), letter());
        }
        memory.push(domovoi_plugin::Timestamp::from_millis(0), plain);
        assert!(judged("x", &memory, &letter()).is_none(), "words between");
    }
}
