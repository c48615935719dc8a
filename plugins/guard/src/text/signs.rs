//! What a message is at a glance: a command, a letter, a picture, a quote. No rule, but what rules and memory ask.

use super::{Look, hosts};

/// A sign has no more characters than this.
const VOTE_CHARS: usize = 3;
/// Quoted lines of a long quote.
const LINES: usize = 5;

/// Whether a text is a command as bots take them: a sign and a word.
pub(crate) fn is_command(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('!' | '.')) && chars.next().is_some_and(char::is_alphabetic) && !text.contains('\n')
}

/// Whether a text may be meant for a bot, whatever sign that one takes.
pub(crate) fn is_request(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('!' | '.' | '#' | '?' | '~' | '@' | '%' | '&' | '$' | '-' | '+'))
        && chars.next().is_some_and(char::is_alphabetic)
        && !text.contains('\n')
}

/// Whether a text is one letter; numbers are counted and voted with.
pub(crate) fn is_one_letter(text: &str) -> bool {
    let mut chars = text.trim().chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// Whether a text is a sign rather than a word, as people vote and answer to a roll call with: `+1`, `o/`, `42`, a picture.
pub(crate) fn is_vote(text: &str) -> bool {
    let mut chars = text.trim().chars().take(VOTE_CHARS + 1);
    let (mut n, mut was_letter) = (0, false);
    let is_word = chars.any(|it| {
        n += 1;
        let is_letter = it.is_alphabetic();
        std::mem::replace(&mut was_letter, is_letter) && is_letter
    });
    !is_word && n <= VOTE_CHARS
}

/// Whether nothing but an address is there: attached, or of a picture.
pub(crate) fn is_bare(look: &Look<'_>) -> bool {
    let is_address = |text: &&str| {
        let text = text.trim();
        look.attached().iter().any(|it| it == text) || (!text.contains(char::is_whitespace) && is_picture(text))
    };
    let has_any = !look.attached().is_empty() || !look.shown().is_empty();
    has_any && look.shown().iter().all(is_address)
}

fn is_picture(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    path.contains("://") && hosts::is_picture(path)
}

/// Whether a message is mostly a long quote.
pub(crate) const fn is_quote((n_quoted, n_lines): (usize, usize)) -> bool {
    LINES <= n_quoted && n_lines * 3 <= n_quoted * 4
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Message;

    use super::*;

    #[test]
    fn commands_are_told_from_talk() {
        for text in ["!weather Moscow", ".help", "!пинг"] {
            assert!(is_command(text), "{text}");
        }
        for text in ["!!!", "...", "! what", "hello !help", "", ".\nfoo", "!a\nb"] {
            assert!(!is_command(text), "{text}");
        }
    }

    #[test]
    fn numbers_and_words_are_no_letters() {
        assert!(
            is_one_letter("a")
                && is_one_letter(" я\n")
                && !is_one_letter("7")
                && !is_one_letter("ok")
                && !is_one_letter("")
                && !is_one_letter("?")
        );
    }

    #[test]
    fn votes_are_told_from_words() {
        for text in ["+1", "o/", "_o/", "\\o", "42", "q+", "B", "👍", "👏👏", " 1\n"] {
            assert!(is_vote(text), "{text}");
        }
        for text in ["lol", "XD", "raid", "no", "да", "🐸🐸🐸🐸", "+1 from me"] {
            assert!(!is_vote(text), "{text}");
        }
    }

    #[test]
    fn pictures_are_told_from_words() {
        let attached = |body: &str| Message {
            body: body.to_owned(),
            oob: vec!["https://up.example/1.jpg".to_owned()],
            ..Message::default()
        };
        assert!(is_bare(&Look::new(&attached("https://up.example/1.jpg"))) && is_bare(&Look::new(&attached(""))));
        assert!(!is_bare(&Look::new(&attached("my cat"))) && is_bare(&Look::text("https://up.example/a.PNG?x=1")));
        assert!(!is_bare(&Look::text("https://shop.example/")) && !is_bare(&Look::text("hello")));
    }

    #[test]
    fn a_quote_with_an_answer_is_none_of_these() {
        assert!(is_quote((8, 9)) && is_quote((5, 5)) && !is_quote((4, 4)) && !is_quote((6, 12)));
    }
}
