//! Churn: comings, nicks, statuses, reactions and edits faster than anyone means them.
//!
//! A poor connection comes and goes, a phone changes its status: limits are wide, one hit alone is a note.

use std::time::Duration;

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Hit, Rule};
use crate::{trust::Width, window::Window};

/// What someone did besides talking.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// Came in.
    Join,
    /// Took another nick.
    Nick,
    /// Changed status or availability.
    Status,
    /// Reacted.
    React,
    /// Set the subject.
    Subject,
    /// Corrected a message.
    Edit,
    /// Sent something that could not be understood.
    Malformed,
}

/// What someone did lately besides talking.
pub(crate) type Acts = Window<Act, 32>;

/// So many joins within so little time are no poor connection.
const STORM: Duration = Duration::from_secs(30);

/// How many within which span are too many, what that weighs and what each further one does, and the reason.
const fn limit(act: Act) -> (usize, Duration, [u32; 2], &'static str) {
    match act {
        Act::Join => (6, Duration::from_secs(120), [20, 5], "reason-joins"),
        Act::Nick => (5, Duration::from_secs(60), [25, 15], "reason-nicks"),
        Act::Status => (10, Duration::from_secs(60), [20, 10], "reason-statuses"),
        Act::React => (15, Duration::from_secs(30), [20, 5], "reason-reactions"),
        Act::Subject => (4, Duration::from_secs(60), [30, 15], "reason-subjects"),
        Act::Edit => (6, Duration::from_secs(60), [25, 15], "reason-edits"),
        Act::Malformed => (5, Duration::from_secs(60), [40, 15], "reason-malformed"),
    }
}

/// Judges the newest act, which is in `acts` already.
pub(crate) fn judge(act: Act, acts: &Acts, width: Width, now: Timestamp) -> Option<Hit> {
    let (most, span, [first, further], reason) = limit(act);
    // What breaks a parser is no habit of anyone.
    let most = if act == Act::Malformed { most } else { width.of(most) };
    let n = acts.within(now, span).filter(|it| **it == act).count();
    let is_storm = act == Act::Join && most <= acts.within(now, STORM).filter(|it| **it == act).count();
    let points = if is_storm && width != Width::Wide {
        60
    } else if n == most {
        first
    } else {
        further
    };
    (most <= n).then(|| Hit::new(Rule::Churn, points, reason, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_count_by_kind() {
        let mut acts = Acts::default();
        let mut hits = Vec::new();
        for n in 0..5 {
            let now = Timestamp::from_millis(n * 1_000);
            for act in [Act::Status, Act::Nick] {
                acts.push(now, act);
                hits.extend(judge(act, &acts, Width::Narrow, now));
            }
        }
        assert_eq!(hits.iter().map(|it| it.reason).collect::<Vec<_>>(), ["reason-nicks"]);
        assert_eq!(judge(Act::Nick, &acts, Width::Narrow, Timestamp::from_millis(100_000)), None);
    }
}
