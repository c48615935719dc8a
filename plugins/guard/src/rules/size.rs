//! Size: walls of text, and text made to push everybody else off the screen.
//!
//! A pasted log is long, but its lines differ. What only takes room repeats a line, or has none but empty ones.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::Timestamp;

use super::{Hit, Rule, rate::Pace};
use crate::{preset::Limits, text, trust::Trust};

/// So many empty lines in a row push others away.
const EMPTY_RUN: usize = 6;
/// Shares are counted from so many lines on.
const MANY_LINES: usize = 10;
/// The span in which several walls add up.
const SPAN: Duration = Duration::from_secs(30);
/// Lines that are looked at; more are a wall already.
const MOST_LINES: usize = 2_000;

/// Judges one message; `pace` holds its length already.
pub(crate) fn judge(shown: &[&str], pace: &Pace, limits: &Limits, trust: Trust, now: Timestamp) -> Option<Hit> {
    let factor = if trust.is_known() { 2 } else { 1 };
    if shown.iter().any(|text| is_wipe(text)) {
        return Some(hit("reason-wipe", 1));
    }
    let n_chars = shown.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let n_lines = shown.iter().map(|it| lines(it).count()).max().unwrap_or(0);
    let volume: u64 = pace.within(now, SPAN).map(|(_, chars)| u64::from(*chars)).sum();
    let volume_limit = u64::try_from(limits.size_chars * factor * 3 / 2).unwrap_or(u64::MAX);
    if limits.size_chars * factor < n_chars || limits.size_lines * factor < n_lines || volume_limit < volume {
        return Some(hit("reason-size", u32::try_from(n_chars).unwrap_or(u32::MAX)));
    }
    None
}

const fn hit(reason: &'static str, n: u32) -> Hit {
    Hit { rule: Rule::Size, points: 30, reason, n, name: None }
}

/// Lines as clients show them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Whether it only takes room: six empty lines in a row, half of all lines empty, or two in five the same.
fn is_wipe(text: &str) -> bool {
    let (mut run, mut n_empty, mut n_lines, mut most) = (0, 0, 0, 0);
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines(text.trim_end()).take(MOST_LINES) {
        n_lines += 1;
        let line = line.trim();
        if line.chars().all(|c| c.is_whitespace() || text::is_invisible(c) || c == '\u{2800}') {
            n_empty += 1;
            run += 1;
            if EMPTY_RUN <= run {
                return true;
            }
            continue;
        }
        run = 0;
        // Brackets, rules and the like recur in honest code and tables.
        if line.chars().any(char::is_alphanumeric) {
            let n = times.entry(line).or_default();
            *n += 1;
            most = most.max(*n);
        }
    }
    MANY_LINES <= n_lines && (n_lines <= 2 * n_empty || n_lines * 2 < most * 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Preset;

    fn judge_one(trust: Trust, text: &str) -> Option<&'static str> {
        let now = Timestamp::from_millis(0);
        let mut pace = Pace::default();
        pace.push(now, u32::try_from(text.chars().count()).unwrap());
        judge(&[text], &pace, &Preset::Public.limits(), trust, now).map(|it| it.reason)
    }

    #[test]
    fn text_that_only_takes_room_is_a_wipe() {
        for text in [
            format!("{}x", "\n".repeat(8)),
            "a \u{200b}\n \n\u{2800}\n\n\u{200b}\n\n\nb".to_owned(),
            "SPAM SPAM\n".repeat(12),
            "x\n\n".repeat(10),
        ] {
            assert_eq!(judge_one(Trust::Stranger, &text), Some("reason-wipe"), "{text:?}");
        }
    }

    #[test]
    fn logs_code_and_poems_are_borne() {
        let log: String = (0..30).map(|n| format!("12:00:{n:02} kernel: event {n} on the bus\n")).collect();
        let code = "fn a() {\n    one();\n}\n\nfn b() {\n    two();\n}\n\nfn c() {\n    three();\n}\n";
        let poem = "one line\nanother line\nla la la\n\nthird line\nfourth line\nla la la\n\nfifth\nsixth\nla la la\n";
        for text in [log.as_str(), code, poem, "hello", "", "two\n\nparagraphs"] {
            assert_eq!(judge_one(Trust::Stranger, text), None, "{text:?}");
        }
    }

    #[test]
    fn a_wall_is_a_wall_and_regulars_may_build_twice_as_high() {
        let wall = "word after word ".repeat(400);
        assert_eq!(judge_one(Trust::Newcomer, &wall), Some("reason-size"));
        assert_eq!(judge_one(Trust::Regular, &wall), None);
    }

    #[test]
    fn several_walls_in_half_a_minute_add_up() {
        let mut pace = Pace::default();
        let hits: Vec<bool> = (0..3)
            .map(|n| {
                let now = Timestamp::from_millis(n * 5_000);
                pace.push(now, 3_000);
                judge(&["…"], &pace, &Preset::Public.limits(), Trust::Stranger, now).is_some()
            })
            .collect();
        assert_eq!(hits, [false, false, true]);
    }
}
