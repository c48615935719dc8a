//! A text in the forms in which lists look for something in it: as it is, and as what it pretends to be.
//!
//! The one place where lists meet [`crate::text`]: what another form of a text is worth is decided there and here, and
//! nowhere else in `lists`.

use domovoi_plugin::Message;

use crate::text::{self, Print};

/// Letters that look the same: Latin, and those of other alphabets that pretend to be it.
const TWINS: &[(char, &str)] = &[
    ('a', "аαӑ"),
    ('b', "ьϐв"),
    ('c', "сϲ"),
    ('d', "ԁ"),
    ('e', "еєεѐё"),
    ('g', "ԍ"),
    ('h', "һн"),
    ('i', "іїιí"),
    ('j', "ј"),
    ('k', "кκ"),
    ('l', "ӏ"),
    ('m', "мϻ"),
    ('n', "пη"),
    ('o', "оοσө"),
    ('p', "рρ"),
    ('q', "ԛ"),
    ('r', "гᴦ"),
    ('s', "ѕ"),
    ('t', "тτ"),
    ('u', "υս"),
    ('v', "ѵν"),
    ('w', "ԝωш"),
    ('x', "хχ"),
    ('y', "уүγ"),
    ('z', "ᴢ"),
];

/// Digits and signs that stand for letters.
const DIGITS: &[(char, char)] =
    &[('0', 'o'), ('1', 'i'), ('3', 'e'), ('4', 'a'), ('5', 's'), ('7', 't'), ('8', 'b'), ('@', 'a'), ('$', 's')];

/// The same among Cyrillic letters, and a Latin one that is none of their twins.
const CYRILLIC_DIGITS: &[(char, char)] =
    &[('0', 'о'), ('1', 'и'), ('3', 'з'), ('4', 'ч'), ('6', 'б'), ('8', 'в'), ('@', 'а'), ('$', 'с'), ('u', 'и')];

/// The normal form of a text.
pub(crate) fn normal(given: &str) -> String {
    text::normal(given)
}

/// Every text of a message that some client shows, as it came.
pub(crate) fn shown(message: &Message) -> Vec<&str> {
    text::Look::new(message).shown().to_vec()
}

/// The fingerprint of a text.
pub(crate) fn print(given: &str) -> Print {
    text::print_of(given)
}

/// One form of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Form {
    /// In normal form, for patterns.
    pub(crate) normal: String,
    /// Its words with one blank before, between and after them, for words and phrases.
    pub(crate) words: String,
}

/// Fewer letters set apart are read as one word only.
const LONG_RUN: usize = 4;

/// A text in all its forms, the plainest first; forms that say nothing new are left out.
pub(crate) fn forms(given: &str) -> Vec<Form> {
    let normal = normal(given);
    let mut all = vec![form(normal.clone())];
    let tokens: Vec<&str> = normal.split(' ').collect();
    let unmasked = tokens.iter().map(|it| unmasked(it)).collect::<Vec<_>>().join(" ");
    for other in std::iter::once(unmasked).chain(joined(&tokens)) {
        let other = form(other);
        if !all.contains(&other) {
            all.push(other);
        }
    }
    all
}

/// All that people see of a message, in all its forms.
pub(crate) fn message(message: &Message) -> Vec<Form> {
    if message.is_encrypted {
        return Vec::new();
    }
    shown(message).into_iter().flat_map(forms).collect()
}

/// A text as lists compare it, with blanks around each word.
pub(crate) fn words(normal: &str) -> String {
    let mut words = String::from(" ");
    for c in normal.chars() {
        if c.is_alphanumeric() || text_mark(c) {
            words.push(c);
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// Marks belong to the letter before them.
fn text_mark(c: char) -> bool {
    '\u{300}' <= c && unicode_normalization::char::is_combining_mark(c)
}

/// What two names come to if they look alike: every letter as the Latin one it could be taken for.
pub(crate) fn alike(name: &str) -> String {
    let letter = |c: char| latin(digit(c)).map(|c| if c == 'l' { 'i' } else { c });
    let mut alike = String::new();
    for c in normal(name).chars().filter(|c| c.is_alphanumeric() || *c == '@' || *c == '$') {
        let c = letter(c).unwrap_or(c);
        // A letter twice is easily overlooked.
        if !alike.ends_with(c) {
            alike.push(c);
        }
    }
    alike
}

fn form(normal: String) -> Form {
    Form { words: words(&normal), normal }
}

/// The Latin letter that a letter looks like, itself included; `None` if it looks like none.
fn latin(c: char) -> Option<char> {
    if c.is_ascii_lowercase() {
        return Some(c);
    }
    TWINS.iter().find(|(_, twins)| twins.contains(c)).map(|it| it.0)
}

fn digit(c: char) -> char {
    DIGITS.iter().find(|it| it.0 == c).map_or(c, |it| it.1)
}

/// A word as what it pretends to be: digits among letters are letters, letters of two alphabets are of the one that
/// most are of, a letter four times is there once. An honest word stays as it is.
fn unmasked(word: &str) -> String {
    let (mut n_latin, mut n_other, mut n_digits) = (0, 0, 0);
    for c in word.chars() {
        n_latin += usize::from(c.is_ascii_lowercase());
        n_other += usize::from(!c.is_ascii() && c.is_alphabetic());
        n_digits += usize::from(c != digit(c) || c == '6');
    }
    let has_masks = 0 < n_digits && n_digits <= n_latin + n_other;
    let unmask = |c: char| match (has_masks, n_latin, n_other) {
        (true, 1.., 0) => digit(c),
        (is_masked, 1.., _) if n_other <= n_latin => latin(if is_masked { digit(c) } else { c }).unwrap_or(c),
        (true, ..) => cyrillic(c),
        (false, 1.., _) => of_others(c),
        _ => c,
    };
    let mut out = String::with_capacity(word.len());
    let (mut last, mut n_same) = (None, 0);
    for c in word.chars().map(unmask) {
        n_same = if last == Some(c) { n_same + 1 } else { 1 };
        last = Some(c);
        if c.is_alphabetic() && 4 <= n_same {
            // Three of them were let through: takes back two.
            if n_same == 4 {
                out.pop();
                out.pop();
            }
            continue;
        }
        out.push(c);
    }
    out
}

/// A Latin letter among Cyrillic ones, as the Cyrillic one that it looks like.
fn of_others(c: char) -> char {
    let twins = TWINS.iter().find(|it| it.0 == c).map(|it| it.1);
    twins.and_then(|it| it.chars().find(|c| ('\u{400}'..='\u{4ff}').contains(c))).unwrap_or(c)
}

/// A digit, a sign or a Latin letter among Cyrillic ones, as what it stands for.
fn cyrillic(c: char) -> char {
    CYRILLIC_DIGITS.iter().find(|it| it.0 == c).map_or_else(|| of_others(digit(c)), |it| it.1)
}

/// Letters set apart by blanks or dots, put together: `c a s i n o`, `c.a.s.i.n.o`. A letter before or after them may be
/// a word of its own, as in `a c a s i n o`: so long runs are read with and without it.
fn joined(tokens: &[&str]) -> Vec<String> {
    let runs = runs(tokens);
    let is_long = |it: &String| LONG_RUN <= it.chars().count();
    let whole = runs.iter().map(|it| it.0.as_str()).collect::<Vec<_>>().join(" ");
    if !runs.iter().any(|(text, is_run)| *is_run && is_long(text)) {
        return vec![whole];
    }
    let without = |first: usize, last: usize| {
        let loosened = |(text, is_run): &(String, bool)| {
            if *is_run && is_long(text) { loosened(text, first, last) } else { text.clone() }
        };
        runs.iter().map(loosened).collect::<Vec<_>>().join(" ")
    };
    vec![whole, without(1, 0), without(0, 1), without(1, 1)]
}

/// A word with so many letters at its beginning and at its end set apart.
fn loosened(text: &str, first: usize, last: usize) -> String {
    let n = text.chars().count();
    let mut out = String::with_capacity(text.len() + 2);
    for (at, c) in text.chars().enumerate() {
        if (first != 0 && at == first) || (last != 0 && at + last == n) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// The words, letters set apart put together; which of them were.
fn runs(tokens: &[&str]) -> Vec<(String, bool)> {
    let mut out: Vec<(String, bool)> = Vec::new();
    let mut is_in_run = false;
    for token in tokens {
        let dotted: Vec<&str> = token.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
        let is_apart = 4 <= dotted.len() && dotted.iter().all(|it| it.chars().count() == 1);
        let is_single = token.chars().count() == 1 && token.chars().all(char::is_alphanumeric);
        let word = unmasked(&if is_apart { dotted.concat() } else { (*token).to_owned() });
        match out.last_mut() {
            Some(last) if is_single && is_in_run => {
                last.0.push_str(&word);
                last.1 = true;
            }
            _ => out.push((word, is_apart)),
        }
        is_in_run = is_single;
    }
    out
}

/// How many links a message has: in its text, and attached.
pub(crate) fn n_links(message: &Message) -> usize {
    let in_text = links(&message.body).len();
    in_text.max(message.oob.len())
}

/// The addresses that a text leads to, lower-case, at most 20.
pub(crate) fn links(body: &str) -> Vec<String> {
    let is_link = |it: &String| it.contains("://") || it.starts_with("www.") || it.starts_with("xmpp:");
    let trim = |it: &str| it.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_lowercase();
    body.split_whitespace().map(trim).filter(is_link).take(20).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn has(text: &str, words_: &str) -> bool {
        forms(text).iter().any(|it| it.words.contains(&format!(" {words_} ")))
    }

    #[test]
    fn masks_are_looked_through() {
        for text in
            ["casino", "CASINO!", "cаsinо", "c4s1n0", "c a s i n o", "c.a.s.i.n.o", "casinooooo", "ca\u{200b}sino"]
        {
            assert!(has(text, "casino"), "{text}");
        }
        // A Latin `a` and `o` among Cyrillic letters.
        assert!(has("кaзинo", "казино"));
        assert!(has("best, cheap   casino now", "cheap casino"));
    }

    #[test]
    fn a_word_of_one_letter_beside_letters_set_apart_hides_nothing() {
        for text in ["a c a s i n o", "come to a c a s i n o", "c a s i n o i own", "i c a s i n o i", "a c.a.s.i.n.o"]
        {
            assert!(has(text, "casino"), "{text}");
        }
        assert!(has("зайди в к а з и н о сейчас", "казино"));
        assert!(!has("c a r", "ar"), "a short run is read as one");
    }

    #[test]
    fn digits_and_signs_among_cyrillic_letters_are_read_as_these() {
        for text in ["ка3ино", "казин0", "к@зино", "кaзин0", "каз1но", "k@зuно"] {
            assert!(has(text, "казино"), "{text}: {:?}", forms(text));
        }
        assert!(has("6онус", "бонус") && has("пере4ень", "перечень"));
        for text in ["в 6 утра", "3д-принтер", "4к", "24/7", "v6 и v4"] {
            assert!(forms(text).len() <= 2, "{text}: {:?}", forms(text));
        }
    }

    #[test]
    fn honest_words_stay_what_they_are() {
        for (text, other) in [("рот", "pot"), ("хор", "xop"), ("сор", "cop"), ("casinos", "casino"), ("2024", "zoza")]
        {
            assert!(!has(text, other), "{text}");
        }
        assert_eq!(forms("пойдём в хор в 2024 году").len(), 1);
        assert_eq!(forms("hello everybody, how are you?").len(), 1);
    }

    #[test]
    fn names_that_look_alike_come_to_the_same() {
        for (a, b) in [("admin", "Аdmin"), ("alice", "a1ice"), ("alice", "aIice"), ("boss", "bοs"), ("bob", "8ob")] {
            assert_eq!(alike(a), alike(b), "{a} {b}");
        }
        assert_ne!(alike("alice"), alike("alina"));
    }

    #[test]
    fn links_are_counted_as_people_see_them() {
        assert_eq!(links("see https://A.example/x, or (www.b.example)!"), ["https://a.example/x", "www.b.example"]);
        assert!(links("a.b and c:d").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_has_forms_with_blanks_around(text in "\\PC*") {
            for form in forms(&text) {
                prop_assert!(form.words.starts_with(' ') && form.words.ends_with(' '));
                prop_assert!(!form.words.contains("  "));
            }
            prop_assert!(forms(&text).len() <= 6);
        }
    }
}
