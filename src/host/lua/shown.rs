//! What somebody typed, made fit to be shown to others or to be looked up by.

/// So many characters of a text are shown unless it says.
const MAX_SHOWN: usize = 1000;
/// So many marks may stand over one letter; more are a joke that covers the lines around it.
const MAX_MARKS: usize = 3;

/// One line without control characters, marks that turn the direction of writing, or towers of accents; blanks one by
/// one; cut to so many characters, the last then a `…`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates, as is meant here")]
pub(super) fn plain(text: &str, most: Option<f64>) -> String {
    let max = most.map_or(MAX_SHOWN, |it| it as usize);
    let mut out = String::new();
    let (mut n, mut n_marks, mut is_gap) = (0, 0, false);
    for c in text.chars() {
        if is_blank(c) {
            is_gap = true;
            continue;
        }
        n_marks = if is_mark(c) { n_marks + 1 } else { 0 };
        if MAX_MARKS < n_marks {
            continue;
        }
        if is_gap && !out.is_empty() {
            out.push(' ');
            n += 1;
        }
        is_gap = false;
        if max <= n {
            out.truncate(out.trim_end().len());
            out.push('…');
            return out;
        }
        out.push(c);
        n += 1;
    }
    out
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        )
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
        || matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// A folded text as a short answer or a name is compared: on one line, without signs at its ends.
pub(super) fn key(folded: &str) -> String {
    let line = plain(folded, Some(f64::INFINITY));
    line.trim_matches(|it: char| it.is_ascii_punctuation() || matches!(it, '«' | '»' | '“' | '”' | '„' | '…'))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_one_line_of_plain_signs() {
        let check = |text: &str, max: f64, expected: &str| assert_eq!(plain(text, Some(max)), expected, "{text:?}");
        check("  two \n lines\t here ", 100.0, "two lines here");
        check("left\u{202e}thgir\u{200f}\u{0}", 100.0, "left thgir");
        check("абвгд", 3.0, "абв…");
        check("ab cd", 3.0, "ab…");
        check("abc", 3.0, "abc");
        check("abc  ", 3.0, "abc");
        check("abc", 0.0, "…");
        check("abc", f64::NAN, "…");
        check(&format!("e{}x", "\u{301}".repeat(50)), 100.0, "e\u{301}\u{301}\u{301}x");
        check("👩\u{200d}🚀\u{fe0f}", 100.0, "👩\u{200d}🚀\u{fe0f}");
        check("", 3.0, "");
        assert_eq!(plain(&"x".repeat(5000), None).chars().count(), MAX_SHOWN + 1);
    }

    #[test]
    fn names_are_compared_without_what_does_not_count() {
        let check = |text: &str, expected: &str| assert_eq!(key(text), expected, "{text:?}");
        check(" «елка!» ", "елка");
        check("new   york.", "new york");
        check("...", "");
    }
}
