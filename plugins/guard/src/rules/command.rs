//! Commands: a bot made to flood in one's stead.

use std::time::Duration;

use super::{Hit, Rule, Speech};
use crate::recent::{Memory, Said};

/// So many in [`SPAN`] are more than anyone has a use for.
const LIMIT: usize = 8;
const SPAN: Duration = Duration::from_secs(60);
/// So many at once by someone who has said nothing else.
const BURST: usize = 5;
const BURST_SPAN: Duration = Duration::from_secs(10);

/// Judges `new` against what was said before it.
pub(crate) fn judge(new: &Said, memory: &Memory, speech: &Speech<'_>) -> Option<Hit> {
    if !new.is_command {
        return None;
    }
    let count = |span| 1 + memory.within(speech.now, span).filter(|it| it.is_command).count();
    let n_burst = count(BURST_SPAN);
    if speech.is_fresh() && BURST <= n_burst {
        return Some(Hit::new(Rule::Command, 40, "reason-command", n_burst));
    }
    let n = count(SPAN);
    let limit = speech.width.of(LIMIT);
    let points = if n == limit { 20 } else { 10 };
    (limit <= n).then(|| Hit::new(Rule::Command, points, "reason-command", n))
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Timestamp;

    use super::*;
    use crate::{rules::trial::speech, trust::Trust};

    #[test]
    fn a_quiz_is_borne_and_a_flood_of_commands_is_not() {
        let at = |gap: i64| {
            let mut memory = Memory::default();
            (1..=20).find(|n| {
                let new = Said { is_command: true, ..Said::default() };
                let now = Timestamp::from_millis(n * gap);
                let hit = speech("!roll", Trust::Stranger, 0, |it| judge(&new, &memory, &Speech { now, ..*it }));
                memory.push(now, new);
                hit.is_some()
            })
        };
        assert_eq!((at(1_000), at(3_000), at(15_000)), (Some(5), Some(8), None));
    }
}
