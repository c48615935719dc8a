//! Code, logs and what terminals print: pasted line by line it is no flood yet. One line at a glance, no grammar of any.

use super::chars::{Chars, is_sign};

/// So long, in bytes, may be who a line of a log begins with.
const MOST_NICK: usize = 40;
/// Fewer different signs are in talk, too.
const MANY_SIGNS: u32 = 3;

/// Whether a text of these characters is code, a line of a log or one that a terminal printed.
pub(super) fn is_code(text: &str, chars: Chars) -> bool {
    // As chats are logged and relayed: `<nick> words`.
    if text.starts_with('<') && text.split_once("> ").is_some_and(|(nick, _)| nick.len() <= MOST_NICK) {
        return true;
    }
    if text.starts_with("  ") || text.starts_with('\t') {
        // Nobody indents so far what they say.
        return 0 < chars.n_signs() || text.starts_with("    ") || text.starts_with('\t');
    }
    MANY_SIGNS <= chars.n_signs() && is_dense(text)
        || chars.has(b"@$") && is_prompt(text)
        || chars.has(b":.") && is_report(text)
}

/// Whether signs, or signs and digits, are as large a part of a text as they are of code.
fn is_dense(text: &str) -> bool {
    let n_signs = text.bytes().filter(|b| is_sign(*b)).count();
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() < n_signs * 10 || text.len() < (n_signs + n_digits) * 6
}

/// Whether a line begins as shells ask for a command: `anna@box:~$`, `[anna@box src]#`, `$ make`.
fn is_prompt(text: &str) -> bool {
    let is_asking = |it: &str| it.ends_with(['$', '#', '%']);
    let mut words = text.split(' ');
    let Some(first) = words.next() else { return false };
    let Some((_, place)) = first.split_once('@') else {
        return first == "$" && words.next().is_some();
    };
    match first.starts_with('[') {
        true => words.next().is_some_and(|it| it.contains(']') && is_asking(it)),
        false => place.contains([':', '~']) && is_asking(first),
    }
}

/// Whether a line is one of those in which programs say what they do, and what went wrong: `W: no such key`,
/// `error: no rule`, `Reading package lists... Done`.
fn is_report(text: &str) -> bool {
    let Some((head, rest)) = text.split_once(' ') else { return false };
    if let Some(level) = head.strip_suffix(':') {
        let is_letter = level.len() == 1 && level.bytes().all(|b| b.is_ascii_uppercase());
        let is_word = || ["error", "warning", "fatal", "debug", "info"].iter().any(|it| level.eq_ignore_ascii_case(it));
        return is_letter || is_word();
    }
    let Some((step, outcome)) = rest.rsplit_once(' ') else { return false };
    step.ends_with("...") && outcome.starts_with(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_code(text: &str) -> bool {
        super::is_code(text, Chars::of(text))
    }

    #[test]
    fn code_and_logs_are_told_from_talk() {
        for text in [
            "for (i = 0; i < 10; i++) {",
            "    return x + 1;",
            "[0001] worker 1: connection to shard 3 reset",
            "x = {'a': 1, 'b': 2}",
            "E: Unable to locate package libfoo-dev (>= 1.2)",
            "<zita> did you see that?",
        ] {
            assert!(is_code(text), "{text}");
        }
        for text in [
            "hello, how are you?",
            "flood line 17",
            "see (perhaps) the manual",
            "ha ha :) :)",
            "buy now at 50% off today",
            "<3 all of you",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    fn what_terminals_print_is_no_talk() {
        for text in [
            "W: Das Paket ist veraltet",
            "error: no rule for this target",
            "Paketlisten werden gelesen... Fertig",
            "Чтение списков пакетов... Готово",
            "anna@box:~$",
            "root@box:/etc# ls",
            "[anna@box src]$ make",
            "$ make install",
        ] {
            assert!(is_code(text), "{text}");
        }
        for text in [
            "well... ok",
            "no... I mean yes",
            "anna: hello",
            "@anna it costs 5$",
            "mail me@home and win 5$",
            "$5 is enough",
            "$",
            "",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }
}
