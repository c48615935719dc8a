//! The language of rules, read: `NAME if CONDITION then DEED [expires SPAN] [observe]`.
//!
//! ```text
//! condition = part { or part };  part = unit { and unit }
//! unit = not unit | ( condition ) | field operator value
//! operator = "=" | "!=" | contains | matches | like | ">" | "<" | ">=" | "<="
//! ```
//! A mistake says where it is, what stands there, what may stand there, and what was probably meant.

use std::time::Duration;

use domovoi_plugin::{Text, parse_duration};

use super::{
    condition::{AFFILIATIONS, Condition, Field, Order, Shape, TRUSTS, TextTest},
    deed::{self, Deed, NoDeed},
    look,
};
/// Characters of one rule.
pub(crate) const MOST_CHARS: usize = 1_000;
/// Tests in one rule.
const MOST_TESTS: usize = 50;
/// Brackets and `not` within each other.
const MOST_DEPTH: usize = 20;
/// Bytes that one pattern may take once compiled.
const PATTERN_BYTES: usize = 256 * 1024;

/// A rule, read.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    /// Its name.
    pub(crate) name: String,
    /// When it hits.
    pub(crate) condition: Condition,
    /// What it leads to.
    pub(crate) deed: Deed,
    /// For how long it holds.
    pub(crate) expires: Option<Duration>,
    /// Whether it is only watched.
    pub(crate) is_observed: bool,
}

/// Why a text is no rule.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Mistake {
    /// Where, in characters from 1.
    pub(crate) at: usize,
    /// What stands there; empty at the end.
    pub(crate) found: String,
    /// What may stand there, or what is wrong.
    pub(crate) expected: Text,
    /// What was probably meant.
    pub(crate) meant: Option<String>,
}

impl Mistake {
    /// In words.
    pub(crate) fn text(&self) -> Text {
        let key = if self.found.is_empty() { "rule-mistake-end" } else { "rule-mistake" };
        let text = Text::key(key).with("at", u32::try_from(self.at).unwrap_or(u32::MAX));
        let text = text.with("found", self.found.as_str()).with("expected", self.expected.clone());
        match &self.meant {
            Some(meant) => Text::Joined(vec![text, Text::key("rule-meant").with("meant", meant.as_str())]),
            None => text,
        }
    }
}

/// A word of the text: where it begins, what it says, whether it stood in quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Token {
    at: usize,
    text: String,
    is_quoted: bool,
}

/// Reads a rule.
pub(crate) fn parse(given: &str) -> Result<Parsed, Mistake> {
    if MOST_CHARS < given.chars().count() {
        let expected = most("expected-most-chars", MOST_CHARS);
        return Err(Mistake { at: MOST_CHARS, found: "…".to_owned(), expected, meant: None });
    }
    let tokens = tokens(given)?;
    let mut reader = Reader { tokens: &tokens, place: 0, end: given.chars().count() + 1, n_tests: 0 };
    let name = reader.name()?;
    reader.keyword(&["if", "если"])?;
    let condition = reader.any(0)?;
    reader.keyword(&["then", "то"])?;
    let deed = reader.deed()?;
    let mut rule = Parsed { name, condition, deed, expires: None, is_observed: false };
    while let Some(token) = reader.peek().cloned() {
        match token.text.to_lowercase().as_str() {
            "expires" | "истекает" if rule.expires.is_none() => {
                reader.place += 1;
                rule.expires = Some(reader.span()?);
            }
            "observe" | "наблюдать" if !rule.is_observed => {
                reader.place += 1;
                rule.is_observed = true;
            }
            _ => return Err(reader.mistake(Text::key("expected-end"), &["expires", "observe"])),
        }
    }
    Ok(rule)
}

/// Whether this may be the name of a rule or a list.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    (1..=32).contains(&text.chars().count()) && text.chars().all(fits)
}

fn tokens(given: &str) -> Result<Vec<Token>, Mistake> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = given.chars().enumerate().peekable();
    while let Some((n, c)) = chars.next() {
        let at = n + 1;
        if c.is_whitespace() {
            continue;
        }
        let mut token = Token { at, text: String::new(), is_quoted: false };
        if let Some(close) = closing(c, tokens.last()) {
            token.is_quoted = true;
            let mut is_closed = false;
            for (_, c) in chars.by_ref() {
                if c == close {
                    is_closed = true;
                    break;
                }
                token.text.push(c);
            }
            if !is_closed {
                return Err(Mistake { at, found: c.to_string(), expected: closing_text(close), meant: None });
            }
        } else if matches!(c, '(' | ')') {
            token.text.push(c);
        } else {
            let is_sign = |c: char| matches!(c, '=' | '!' | '<' | '>');
            token.text.push(c);
            let ends = |next: char| {
                next.is_whitespace() || matches!(next, '(' | ')' | '"' | '«' | '“') || is_sign(next) != is_sign(c)
            };
            while let Some((_, next)) = chars.next_if(|(_, next)| !ends(*next)) {
                token.text.push(next);
            }
        }
        tokens.push(token);
    }
    Ok(tokens)
}

/// What closes a quotation that begins with this character. A slash opens a pattern after `matches` only.
fn closing(c: char, last: Option<&Token>) -> Option<char> {
    let is_pattern = || last.is_some_and(|it| matches!(it.text.to_lowercase().as_str(), "matches" | "подходит"));
    match c {
        '"' | '\'' => Some(c),
        '«' => Some('»'),
        '“' => Some('”'),
        '/' if is_pattern() => Some('/'),
        _ => None,
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    place: usize,
    end: usize,
    n_tests: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.place += usize::from(token.is_some());
        token
    }

    /// Whether one of these words is next; taken if so.
    fn takes(&mut self, words: &[&str]) -> bool {
        let is_it = self.peek().is_some_and(|it| !it.is_quoted && words.contains(&it.text.to_lowercase().as_str()));
        self.place += usize::from(is_it);
        is_it
    }

    fn mistake(&self, expected: Text, known: &[&str]) -> Mistake {
        let found = self.peek().map(|it| it.text.chars().take(40).collect::<String>()).unwrap_or_default();
        let at = self.peek().map_or(self.end, |it| it.at);
        let meant = nearest(&found, known);
        Mistake { at, found, expected, meant }
    }

    fn name(&mut self) -> Result<String, Mistake> {
        match self.peek() {
            Some(it) if is_name(&it.text) && !["if", "если"].contains(&it.text.to_lowercase().as_str()) => {
                Ok(self.next().map(|it| it.text.to_lowercase()).unwrap_or_default())
            }
            _ => Err(self.mistake(Text::key("expected-name"), &[])),
        }
    }

    fn keyword(&mut self, words: &[&str]) -> Result<(), Mistake> {
        if self.takes(words) {
            return Ok(());
        }
        let known: Vec<&str> = words.iter().copied().chain(["and", "or"]).collect();
        Err(self.mistake(Text::plain(format!("“{}”", words.first().unwrap_or(&""))), &known))
    }

    fn any(&mut self, depth: usize) -> Result<Condition, Mistake> {
        let mut any = vec![self.all(depth)?];
        while self.takes(&["or", "или"]) {
            any.push(self.all(depth)?);
        }
        Ok(one_or(any, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Mistake> {
        let mut all = vec![self.unit(depth)?];
        while self.takes(&["and", "и"]) {
            all.push(self.unit(depth)?);
        }
        Ok(one_or(all, Condition::All))
    }

    fn unit(&mut self, depth: usize) -> Result<Condition, Mistake> {
        if MOST_DEPTH < depth {
            return Err(self.mistake(most("expected-most-brackets", MOST_DEPTH), &[]));
        }
        if self.takes(&["not", "не"]) {
            return Ok(Condition::Not(Box::new(self.unit(depth + 1)?)));
        }
        if self.takes(&["("]) {
            let inner = self.any(depth + 1)?;
            return if self.takes(&[")"]) {
                Ok(inner)
            } else {
                Err(self.mistake(one_of(&[")", "and", "or"]), &["and", "or"]))
            };
        }
        self.n_tests += 1;
        if MOST_TESTS < self.n_tests {
            return Err(self.mistake(most("expected-most-conditions", MOST_TESTS), &[]));
        }
        let field = self.field()?;
        if field.shape() == Shape::Text { self.text_test(field) } else { self.number_test(field) }
    }

    fn field(&mut self) -> Result<Field, Mistake> {
        let given = self.peek().filter(|it| !it.is_quoted).map(|it| it.text.to_lowercase()).unwrap_or_default();
        let field = Field::ALL.iter().find(|it| it.1 == given || it.2 == given).map(|it| it.0);
        let Some(field) = field else {
            let names: Vec<&str> = Field::ALL.iter().map(|it| it.1).collect();
            return Err(self.mistake(one_of(&names), &names));
        };
        self.place += 1;
        Ok(field)
    }

    fn text_test(&mut self, field: Field) -> Result<Condition, Mistake> {
        const OPERATORS: &[&str] = &["contains", "matches", "like", "is"];
        let is_negated = self.takes(&["!="]);
        let operator = if is_negated || self.takes(&["=", "==", "is", "это"]) {
            0
        } else if self.takes(&["contains", "содержит"]) {
            1
        } else if self.takes(&["matches", "подходит"]) {
            2
        } else if self.takes(&["like", "похож", "похоже"]) {
            3
        } else {
            return Err(self.mistake(one_of(&["=", "!=", "contains", "matches", "like"]), OPERATORS));
        };
        let Some(value) = self.next().filter(|it| it.is_quoted || !matches!(it.text.as_str(), "(" | ")")) else {
            self.place = self.place.min(self.tokens.len());
            return Err(self.mistake(Text::key("expected-words"), &[]));
        };
        let test = match operator {
            2 => TextTest::Matches(pattern(&value)?),
            3 => TextTest::Like(look::normal(&value.text)),
            0 => TextTest::Is(look::normal(&value.text)),
            _ => TextTest::Contains(look::normal(&value.text)),
        };
        if let TextTest::Contains(part) = &test
            && part.is_empty()
        {
            let (at, found) = (value.at, value.text);
            return Err(Mistake { at, found, expected: Text::key("expected-something"), meant: None });
        }
        let condition = Condition::Text(field, test);
        Ok(if is_negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn number_test(&mut self, field: Field) -> Result<Condition, Mistake> {
        let is_negated = self.takes(&["!="]);
        let order = if is_negated || self.takes(&["=", "==", "is", "это"]) {
            Order::Is
        } else if self.takes(&[">", "more"]) {
            Order::More
        } else if self.takes(&["<", "less"]) {
            Order::Less
        } else if self.takes(&[">="]) {
            Order::Least
        } else if self.takes(&["<="]) {
            Order::Most
        } else {
            return Err(self.mistake(one_of(&["=", "!=", ">", "<", ">=", "<="]), &[]));
        };
        let than = self.value(field.shape())?;
        let condition = Condition::Number(field, order, than);
        Ok(if is_negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn value(&mut self, shape: Shape) -> Result<u64, Mistake> {
        let given = self.peek().map(|it| it.text.to_lowercase()).unwrap_or_default();
        let rank = |names: &[&str]| names.iter().position(|it| *it == given).and_then(|it| u64::try_from(it).ok());
        let (value, expected, known): (Option<u64>, Text, &[&str]) = match shape {
            Shape::Number | Shape::Text => (given.parse().ok(), Text::key("expected-number"), &[]),
            Shape::Span => return Ok(self.span()?.as_secs()),
            Shape::Trust => (rank(TRUSTS), one_of(TRUSTS), TRUSTS),
            Shape::Affiliation => (rank(AFFILIATIONS), one_of(AFFILIATIONS), AFFILIATIONS),
        };
        let value = value.ok_or_else(|| self.mistake(expected, known))?;
        self.place += 1;
        Ok(value)
    }

    fn span(&mut self) -> Result<Duration, Mistake> {
        let span = self.peek().and_then(|it| parse_duration(&it.text).ok()).filter(|it| !it.is_zero());
        let span = span.ok_or_else(|| self.mistake(Text::key("expected-span"), &[]))?;
        self.place += 1;
        Ok(span)
    }

    fn deed(&mut self) -> Result<Deed, Mistake> {
        let rest = self.tokens.get(self.place..).unwrap_or_default();
        let words: Vec<&str> = rest.iter().map(|it| it.text.as_str()).collect();
        match Deed::read(&words) {
            Ok((deed, n_taken)) => {
                self.place += n_taken;
                Ok(deed)
            }
            Err(NoDeed::Word) => Err(self.mistake(one_of(deed::WORDS), deed::WORDS)),
            Err(NoDeed::Span) => {
                self.place += 1;
                Err(self.mistake(Text::key("expected-span"), &[]))
            }
            Err(NoDeed::Number) => {
                self.place += 1;
                Err(self.mistake(Text::key("expected-points"), &[]))
            }
        }
    }
}

/// One of these words.
fn one_of(words: &[&str]) -> Text {
    Text::key("expected-one-of").with("words", words.join(", "))
}

fn most(key: &'static str, most: usize) -> Text {
    Text::key(key).with("most", u32::try_from(most).unwrap_or(u32::MAX))
}

fn closing_text(close: char) -> Text {
    Text::key("expected-closing").with("mark", close.to_string())
}

fn one_or(mut all: Vec<Condition>, many: impl FnOnce(Vec<Condition>) -> Condition) -> Condition {
    match (all.len(), all.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            all.extend(last);
            many(all)
        }
    }
}

fn pattern(value: &Token) -> Result<regex::Regex, Mistake> {
    let built = regex::RegexBuilder::new(&value.text).case_insensitive(true).size_limit(PATTERN_BYTES).build();
    built.map_err(|error| {
        // The last line says what is wrong; those before draw where.
        let why = error.to_string().lines().last().unwrap_or_default().to_owned();
        Mistake { at: value.at, found: value.text.chars().take(40).collect(), expected: Text::plain(why), meant: None }
    })
}

/// The known word that was probably meant.
fn nearest(found: &str, known: &[&str]) -> Option<String> {
    let found = found.to_lowercase();
    let score = |it: &&&str| strsim::jaro_winkler(it, &found);
    let best = known.iter().max_by(|a, b| score(a).total_cmp(&score(b)))?;
    (0.75 < score(&best) && **best != found).then(|| (*best).to_owned())
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Affiliation, Nick, Translate as _, jid::BareJid};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        lists::{condition::Facts, look},
        trust::Trust,
    };

    /// Whether a condition holds of bob, a stranger with two links.
    fn holds(condition: &str) -> Option<bool> {
        let rule = parse(&format!("r if {condition} then kick")).unwrap_or_else(|it| panic!("{condition}: {it:?}"));
        let (nick, jid) = (Nick::new("Bоb_33").unwrap(), BareJid::new("bob@bad.example").unwrap());
        let forms = look::forms("Buy ch3ap watches at https://a.example");
        let facts = Facts {
            nick: &nick,
            jid: Some(&jid),
            body: Some((&forms, 38)),
            n_links: Some(1),
            client: None,
            age: Duration::from_secs(120),
            n_joins: 2,
            trust: Trust::Stranger,
            affiliation: Affiliation::None,
        };
        rule.condition.holds(&facts)
    }

    #[test]
    fn conditions_mean_what_they_say() {
        for (condition, expected) in [
            ("nick = b*", Some(true)),
            ("nick like bob33", Some(true)),
            ("nick contains bob", Some(true)),
            ("nick matches /^b.b_\\d+$/", Some(true)),
            ("jid = *@bad.example and not domain = good.example", Some(true)),
            ("domain != bad.example", Some(false)),
            ("body contains \"cheap watches\"", Some(true)),
            ("body matches /watch(es)?/ and links > 0", Some(true)),
            ("body like \"buy cheap watches at https://b.example\"", Some(true)),
            ("body contains flowers", Some(false)),
            ("length > 37 and length <= 38", Some(true)),
            ("age < 10m and joins >= 2", Some(true)),
            ("trust = stranger and affiliation = none", Some(true)),
            ("trust > newcomer or affiliation >= member", Some(false)),
            ("client contains pidgin", None),
            ("not client contains pidgin", None),
            ("client contains pidgin or links = 1", Some(true)),
            ("client contains pidgin and links = 7", Some(false)),
            ("(links = 7 or links = 1) and not (joins = 9)", Some(true)),
            ("links = 7 or links = 1 and joins = 9", Some(false)),
        ] {
            assert_eq!(holds(condition), expected, "{condition}");
        }
    }

    #[test]
    fn a_rule_has_name_deed_and_end() {
        let rule = parse("Adverts if links > 0 and age < 10m then mute 10m expires 30d observe").unwrap();
        assert_eq!((rule.name.as_str(), rule.deed.to_string().as_str()), ("adverts", "mute 10m"));
        assert_eq!((rule.expires, rule.is_observed), (Some(Duration::from_secs(30 * 86_400)), true));
        assert!(parse("реклама если ссылки > 0 и не доверие = regular то бан 2h истекает 7d").is_ok());
    }

    #[test]
    fn a_mistake_says_where_and_what_was_meant() {
        let (catalog, _) = domovoi_plugin::Catalog::new(crate::LOCALES);
        let check = |text: &str, at: usize, found: &str, expected: &str, meant: Option<&str>| {
            let it = parse(text).unwrap_err();
            assert_eq!((it.at, it.found.as_str(), it.meant.as_deref()), (at, found, meant), "{text}: {it:?}");
            let words = catalog.translate("en", &it.expected);
            assert!(words.contains(expected), "{text}: {words}");
        };
        check("", 1, "", "a name", None);
        check("a when links > 0 then kick", 3, "when", "“if”", None);
        check("a if nik = bob then kick", 6, "nik", "nick, jid", Some("nick"));
        check("a if nick containz bob then kick", 11, "containz", "contains", Some("contains"));
        check("a if links > many then kick", 14, "many", "whole number", None);
        check("a if links contains 3 then kick", 12, "contains", ">", None);
        check("a if trust = strangr then kick", 14, "strangr", "stranger", Some("stranger"));
        check("a if age > 10 then kick", 12, "10", "a span", None);
        check("a if links > 0 thn kick", 16, "thn", "“then”", Some("then"));
        check("a if links > 0 then kikc", 21, "kikc", "kick", Some("kick"));
        check("a if links > 0 then mute", 25, "", "a span", None);
        check("a if nick matches /(/ then kick", 19, "(", "", None);
        check("a if nick = \"bob then kick", 13, "\"", "closing", None);
        check("a if (links > 0 then kick", 17, "then", ")", None);
        check("a if links > 0 then kick now", 26, "now", "expires", None);
        check("a if body contains \"\" then kick", 20, "", "something", None);
        check("a if nick =", 12, "", "a word", None);
    }

    #[test]
    fn nothing_grows_without_bound() {
        assert!(parse(&format!("a if {} links > 0 then kick", "not ".repeat(100))).is_err());
        assert!(parse(&format!("a if {}links > 0 then kick", "links > 0 or ".repeat(60))).is_err());
        assert!(parse(&format!("a if nick = {} then kick", "x".repeat(2_000))).is_err());
        assert!(parse("a if nick matches /(a{1000}){1000}/ then kick").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(a if )?[a-z =<>()\"/0-9а-я]{0,80}( then kick)?") {
            if let Err(mistake) = parse(&text) {
                prop_assert!(1 <= mistake.at && mistake.at <= text.chars().count() + 1);
            }
        }
    }
}
