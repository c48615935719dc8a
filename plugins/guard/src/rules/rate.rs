//! Rate: more messages than a person types.
//!
//! People who talk fast write short lines, each as fast as fingers go. A flood is pasted: its lines come faster, or
//! hold more, than anyone types. So the limit for a burst is hard only for lines that cannot have been typed.

use std::time::Duration;

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Hit, Rule};
use crate::{preset::Limits, trust::Width, window::Window};

/// The span of a burst.
const SHORT: Duration = Duration::from_secs(5);
/// The span of a lasting flood.
const LONG: Duration = Duration::from_secs(30);
/// How many more typed lines than pasted ones a burst may have.
const TYPED_SLACK: usize = 3;
/// The fastest typing believed in a burst, in characters a second.
const TYPING: u64 = 15;
/// The fastest talk believed over the long span, where a pasted line or two is usual: of someone who talks here, of
/// someone who has talked for a moment, and of a stranger.
const TALKING: u64 = 40;
const TALKING_NEW: u64 = 20;
const TALKING_STRANGER: u64 = 13;
/// The shortest time between two typed lines, on average.
const GAP: Duration = Duration::from_millis(700);
const GAP_STRANGER: Duration = Duration::from_millis(850);
/// Characters of one message that count as typing; the rest was pasted once and is the size rule's business.
const MOST_CHARS: u32 = 200;

/// Of someone who has said nothing but that, two thirds of a lasting flood in half its time are one.
const OPENING: Duration = Duration::from_secs(15);
/// And a burst in this time is one, at more characters a second than are typed by who has to think as well, of each line
/// so many: nobody enters a room with five lines without a breath between them.
const OPENING_BURST: Duration = Duration::from_secs(6);
const OPENING_TYPING: u64 = 10;
const OPENING_CHARS: u32 = 20;

/// How many more lines of code or a log than of talk a burst may have: there are those who paste line by line.
const CODE_SLACK: usize = 4;

/// What is said to us in private disturbs nobody: where it may have been typed, so many times as much of it is a flood.
/// Who tries commands out there writes one short line after the other.
const OF_WHISPERS: usize = 3;

/// What may be said in private.
pub(crate) const fn of_whispers(limits: &Limits) -> Limits {
    Limits { sustained: limits.sustained * OF_WHISPERS, ..*limits }
}

/// One message, as far as pace goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Characters.
    #[serde(rename = "c")]
    pub(crate) n_chars: u32,
    /// Whether it is code or a line of a log.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_code: bool,
}

/// How long the lines were that someone said lately.
pub(crate) type Pace = Window<Line, 64>;

/// Judges the newest entry of `pace`, of someone who has said so many clean things before it.
pub(crate) fn judge(pace: &Pace, limits: &Limits, width: Width, n_clean: u32, now: Timestamp) -> Option<Hit> {
    let n_short = pace.count(now, SHORT);
    let (gap, talking) = match width {
        Width::Narrow => (GAP_STRANGER, TALKING_STRANGER),
        Width::Talking => (GAP, TALKING_NEW),
        Width::Middle | Width::Wide => (GAP, TALKING),
    };
    let burst = width.of_paste(limits.burst) + code_slack(pace, n_short, now);
    let n_typed = burst + width.of(TYPED_SLACK);
    if burst <= n_short && (is_pasted(pace, n_short, TYPING, gap, now) || n_typed <= n_short) {
        return Some(hit(40, n_short - burst, n_short));
    }
    let n_long = pace.count(now, LONG);
    let burst = width.of_paste(limits.burst) + code_slack(pace, n_long, now);
    if burst <= n_long && is_pasted(pace, burst, talking, Duration::ZERO, now) {
        return Some(hit(40, n_long - burst, n_long));
    }
    if width == Width::Narrow
        && let Some(hit) = opening(pace, limits, n_clean, now)
    {
        return Some(hit);
    }
    let sustained = width.of(limits.sustained);
    (sustained <= n_long).then(|| hit(30, n_long - sustained, n_long))
}

/// Of someone who has said nothing else yet: a burst that hardly anybody types, or as much in a breath as others say in
/// a long talk.
fn opening(pace: &Pace, limits: &Limits, n_clean: u32, now: Timestamp) -> Option<Hit> {
    let n = pace.count(now, OPENING);
    if usize::try_from(n_clean).is_ok_and(|it| n <= it) {
        return None;
    }
    let slack = code_slack(pace, n, now);
    let (burst, most) = (limits.burst + slack, limits.sustained * 2 / 3);
    if burst <= n && is_breathless(pace, burst, now) {
        return Some(hit(40, 0, n));
    }
    (most + slack <= n).then(|| hit(40, n - most, n))
}

/// Whether the newest `n` came within a few seconds and faster than people type who think; the oldest was typed before.
fn is_breathless(pace: &Pace, n: usize, now: Timestamp) -> bool {
    let elapsed = pace.newest(now).take(n).last().map_or(Duration::ZERO, |(age, _)| age);
    let typed = pace.newest(now).take(n.saturating_sub(1));
    let n_chars: u64 = typed.map(|(_, it)| u64::from(it.n_chars.min(OPENING_CHARS))).sum();
    elapsed < OPENING_BURST && u128::from(OPENING_TYPING) * elapsed.as_millis() < u128::from(n_chars) * 1_000
}

/// Where about half of the newest `n` lines are code or a log, there may be more of them: error messages come with
/// lines that are plain talk.
fn code_slack(pace: &Pace, n: usize, now: Timestamp) -> usize {
    let n_code = pace.newest(now).take(n).filter(|(_, it)| it.is_code).count();
    if n <= n_code * 2 + 1 && 2 <= n_code { CODE_SLACK } else { 0 }
}

/// The first over the limit weighs `base`, each further one 10 points.
fn hit(base: u32, n_over: usize, n: usize) -> Hit {
    let points = if n_over == 0 { base } else { 10 };
    Hit::new(Rule::Rate, points, "reason-rate", n)
}

/// Whether the newest `n` came faster than they can have been typed. The oldest was typed before it came, and one
/// line, the longest, may come from the clipboard.
fn is_pasted(pace: &Pace, n: usize, chars_a_second: u64, gap: Duration, now: Timestamp) -> bool {
    let newest = || pace.newest(now).take(n);
    let elapsed = newest().last().map_or(Duration::ZERO, |(age, _)| age);
    let n_gaps = u32::try_from(n.saturating_sub(1)).unwrap_or(u32::MAX);
    if elapsed < gap * n_gaps {
        return true;
    }
    let typed = || newest().take(n.saturating_sub(1)).map(|(_, it)| u64::from(it.n_chars.min(MOST_CHARS)));
    let n_chars = typed().sum::<u64>() - typed().max().unwrap_or(0);
    u128::from(chars_a_second) * elapsed.as_millis() < u128::from(n_chars) * 1_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::preset::Preset;

    /// More clean messages than any of these tests has lines.
    const KNOWN: u32 = 1_000;

    fn line(n_chars: u32) -> Line {
        Line { n_chars, is_code: false }
    }

    /// At which message of a steady stream the rule first hits, if within a hundred.
    fn first_hit(width: Width, gap_millis: i64, chars: u32) -> Option<usize> {
        let limits = Preset::Public.limits();
        let mut pace = Pace::default();
        (1..=100)
            .find(|n| {
                let now = Timestamp::from_millis(i64::from(*n) * gap_millis);
                pace.push(now, line(chars));
                judge(&pace, &limits, width, KNOWN, now).is_some()
            })
            .map(|n| usize::try_from(n).unwrap())
    }

    #[test]
    fn a_stranger_is_stopped_at_the_fifth_pasted_line() {
        for (gap, chars) in [(0, 3), (100, 5), (500, 20), (1_000, 40), (1_200, 80), (2_000, 150)] {
            assert_eq!(first_hit(Width::Narrow, gap, chars), Some(5), "every {gap} ms, {chars} characters");
        }
    }

    #[test]
    fn short_lines_typed_fast_are_borne() {
        assert_eq!(first_hit(Width::Narrow, 1_000, 8), Some(15));
        assert_eq!(first_hit(Width::Middle, 1_000, 8), Some(22));
        assert_eq!(first_hit(Width::Middle, 2_500, 30), None);
        assert_eq!(first_hit(Width::Wide, 1_000, 8), Some(30));
        assert_eq!(first_hit(Width::Wide, 1_500, 20), None);
    }

    #[test]
    fn whoever_opens_with_ten_lines_in_a_breath_is_stopped_there() {
        let limits = Preset::Public.limits();
        let first_hit = |gap_millis: i64, n_before: u32, width| {
            let mut pace = Pace::default();
            (1..=100_u32).find(|n| {
                let now = Timestamp::from_millis(i64::from(*n) * gap_millis);
                pace.push(now, line(8));
                judge(&pace, &limits, width, n_before + n - 1, now).is_some()
            })
        };
        assert_eq!(first_hit(1_200, 0, Width::Narrow), Some(10));
        assert_eq!(first_hit(1_200, 1, Width::Narrow), Some(15), "has said something before");
        assert_eq!(first_hit(1_200, 0, Width::Talking), Some(15), "has talked with others");
        assert_eq!(first_hit(1_800, 0, Width::Narrow), Some(15), "takes more time");
    }

    #[test]
    fn whoever_opens_with_five_lines_that_hardly_anybody_types_is_stopped_there() {
        let limits = Preset::Public.limits();
        let first_hit = |gap_millis: i64, n_chars: u32, n_before: u32, width| {
            let mut pace = Pace::default();
            (1..=100_u32).find(|n| {
                let now = Timestamp::from_millis(i64::from(*n) * gap_millis);
                pace.push(now, line(n_chars));
                judge(&pace, &limits, width, n_before + n - 1, now).is_some()
            })
        };
        assert_eq!(first_hit(1_200, 13, 0, Width::Narrow), Some(5));
        assert_eq!(first_hit(1_200, 11, 0, Width::Narrow), Some(10), "somebody may type that fast");
        assert_eq!(first_hit(1_200, 13, 20, Width::Narrow), Some(15), "has said other things");
        assert_eq!(first_hit(1_200, 13, 0, Width::Talking), Some(15), "has talked with others");
        assert_eq!(first_hit(1_500, 18, 0, Width::Narrow), Some(10), "stops to breathe");
    }

    #[test]
    fn code_pasted_line_by_line_is_borne_for_a_while() {
        let (limits, now) = (Preset::Public.limits(), Timestamp::from_millis(0));
        let mut pace = Pace::default();
        for n in 1..=9 {
            pace.push(now, Line { n_chars: 40, is_code: true });
            assert_eq!(judge(&pace, &limits, Width::Narrow, KNOWN, now).is_some(), n == 9, "{n}");
        }
    }

    #[test]
    fn one_paste_among_quick_remarks_is_borne() {
        let mut pace = Pace::default();
        for (millis, chars) in [(0, 6), (1_000, 3_000), (2_200, 4), (3_500, 9), (4_900, 8)] {
            let now = Timestamp::from_millis(millis);
            pace.push(now, line(chars));
            assert_eq!(judge(&pace, &Preset::Public.limits(), Width::Narrow, KNOWN, now), None, "at {millis} ms");
        }
    }

    proptest! {
        /// Whatever the pace: more than eight in five seconds, or fifteen in thirty, never pass without a hit.
        #[test]
        fn never_over_the_limit_in_any_window(lines in prop::collection::vec((0_i64..3_000, 0_u32..300), 1..120)) {
            let limits = Preset::Public.limits();
            let (mut pace, mut now, mut passed) = (Pace::default(), 0_i64, Vec::new());
            for (gap, chars) in lines {
                now += gap;
                pace.push(Timestamp::from_millis(now), line(chars));
                if judge(&pace, &limits, Width::Narrow, KNOWN, Timestamp::from_millis(now)).is_none() {
                    passed.push(now);
                }
                let within = |span| passed.iter().filter(|it| now - **it < span).count();
                prop_assert!(within(5_000) < limits.burst + TYPED_SLACK);
                prop_assert!(within(30_000) < limits.sustained);
            }
        }
    }
}
