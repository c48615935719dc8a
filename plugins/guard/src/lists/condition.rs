//! The condition of a rule that an owner wrote, and whether something fulfils it.
//!
//! What cannot be known is neither true nor false: a rule about a text is silent where nothing was said, and a rule
//! that says `not` something unknown is silent too.

use std::{collections::BTreeSet, time::Duration};

use domovoi_plugin::{Affiliation, Nick, jid::BareJid};
use regex::Regex;

use super::{look, look::Form};
use crate::trust::Trust;

/// How alike two texts are that are `like` each other, in thousandths.
const ALIKE: u32 = 600;

/// What a rule may ask about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Field {
    /// The nick.
    Nick,
    /// The real bare JID.
    Jid,
    /// Its domain.
    Domain,
    /// What was said.
    Body,
    /// The client, as it names itself in its capabilities.
    Client,
    /// Characters of what was said.
    Length,
    /// Links in it.
    Links,
    /// How long they have been known here, in seconds.
    Age,
    /// How often they came in within two minutes.
    Joins,
    /// How well known they are.
    Trust,
    /// Their affiliation.
    Affiliation,
}

impl Field {
    /// All, with their English and Russian names.
    pub(crate) const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Nick, "nick", "ник"),
        (Self::Jid, "jid", "жид"),
        (Self::Domain, "domain", "домен"),
        (Self::Body, "body", "текст"),
        (Self::Client, "client", "клиент"),
        (Self::Length, "length", "длина"),
        (Self::Links, "links", "ссылки"),
        (Self::Age, "age", "возраст"),
        (Self::Joins, "joins", "входы"),
        (Self::Trust, "trust", "доверие"),
        (Self::Affiliation, "affiliation", "роль"),
    ];

    /// What may stand to the right of it.
    pub(crate) const fn shape(self) -> Shape {
        match self {
            Self::Nick | Self::Jid | Self::Domain | Self::Body | Self::Client => Shape::Text,
            Self::Length | Self::Links | Self::Joins => Shape::Number,
            Self::Age => Shape::Span,
            Self::Trust => Shape::Trust,
            Self::Affiliation => Shape::Affiliation,
        }
    }
}

/// What is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Words.
    Text,
    /// A whole number.
    Number,
    /// A span such as `10m`.
    Span,
    /// `stranger`, `newcomer`, `regular`, `affiliated`.
    Trust,
    /// `none`, `member`, `admin`, `owner`.
    Affiliation,
}

/// The names of trust, the least first.
pub(crate) const TRUSTS: &[&str] = &["stranger", "newcomer", "regular", "affiliated"];
/// The names of affiliations, the least first.
pub(crate) const AFFILIATIONS: &[&str] = &["none", "member", "admin", "owner"];

/// How a text is compared.
#[derive(Clone, Debug)]
pub(crate) enum TextTest {
    /// The same, in normal form; `*` stands for anything.
    Is(String),
    /// Has it somewhere, seen through masks.
    Contains(String),
    /// Matches the pattern.
    Matches(Regex),
    /// Looks like it.
    Like(String),
}

/// How numbers and ranks are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// The same.
    Is,
    /// More.
    More,
    /// Less.
    Less,
    /// As much or more.
    Least,
    /// As much or less.
    Most,
}

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// About a text.
    Text(Field, TextTest),
    /// About a number, a span in seconds or a rank.
    Number(Field, Order, u64),
    /// The opposite.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// One of them at least.
    Any(Vec<Condition>),
}

/// What is known when a rule is asked. `None` is not known, or does not apply.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) nick: &'a Nick,
    pub(crate) jid: Option<&'a BareJid>,
    /// The forms of what was said, and its length.
    pub(crate) body: Option<(&'a [Form], usize)>,
    pub(crate) n_links: Option<usize>,
    pub(crate) client: Option<&'a str>,
    pub(crate) age: Duration,
    pub(crate) n_joins: usize,
    pub(crate) trust: Trust,
    pub(crate) affiliation: Affiliation,
}

impl Condition {
    /// Whether it is fulfilled; `None` if that cannot be known.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        match self {
            Self::Text(Field::Body, test) => facts.body.map(|it| it.0.iter().any(|it| test.holds_in(it))),
            Self::Text(field, test) => text_of(*field, facts).map(|it| test.holds(&it)),
            Self::Number(field, order, than) => number_of(*field, facts).map(|it| order.holds(it, *than)),
            Self::Not(it) => it.holds(facts).map(|it| !it),
            Self::All(all) => {
                let each: Vec<_> = all.iter().map(|it| it.holds(facts)).collect();
                if each.contains(&Some(false)) {
                    return Some(false);
                }
                (!each.contains(&None)).then_some(true)
            }
            Self::Any(any) => {
                let each: Vec<_> = any.iter().map(|it| it.holds(facts)).collect();
                if each.contains(&Some(true)) {
                    return Some(true);
                }
                (!each.contains(&None)).then_some(false)
            }
        }
    }

    /// Everything it asks about.
    pub(crate) fn fields(&self) -> BTreeSet<Field> {
        match self {
            Self::Text(field, _) | Self::Number(field, ..) => BTreeSet::from([*field]),
            Self::Not(it) => it.fields(),
            Self::All(all) | Self::Any(all) => all.iter().flat_map(Self::fields).collect(),
        }
    }

    /// Whether it asks about what was said, so that it is silent when nothing was.
    pub(crate) fn is_about_text(&self) -> bool {
        self.fields().iter().any(|it| matches!(it, Field::Body | Field::Length | Field::Links))
    }
}

fn text_of(field: Field, facts: &Facts<'_>) -> Option<String> {
    match field {
        Field::Nick => Some(facts.nick.to_string()),
        Field::Jid => facts.jid.map(ToString::to_string),
        Field::Domain => facts.jid.map(|it| it.domain().to_string()),
        Field::Client => facts.client.map(str::to_owned),
        Field::Body | Field::Length | Field::Links | Field::Age | Field::Joins | Field::Trust | Field::Affiliation => {
            None
        }
    }
}

fn number_of(field: Field, facts: &Facts<'_>) -> Option<u64> {
    let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
    match field {
        Field::Length => facts.body.map(|it| number(it.1)),
        Field::Links => facts.n_links.map(number),
        Field::Age => Some(facts.age.as_secs()),
        Field::Joins => Some(number(facts.n_joins)),
        Field::Trust => Some(match facts.trust {
            Trust::Stranger => 0,
            Trust::Newcomer => 1,
            Trust::Regular => 2,
            Trust::Affiliated => 3,
        }),
        Field::Affiliation => Some(match facts.affiliation {
            Affiliation::None | Affiliation::Outcast => 0,
            Affiliation::Member => 1,
            Affiliation::Admin => 2,
            Affiliation::Owner => 3,
        }),
        Field::Nick | Field::Jid | Field::Domain | Field::Body | Field::Client => None,
    }
}

impl Order {
    const fn holds(self, number: u64, than: u64) -> bool {
        match self {
            Self::Is => number == than,
            Self::More => than < number,
            Self::Less => number < than,
            Self::Least => than <= number,
            Self::Most => number <= than,
        }
    }
}

impl TextTest {
    /// Whether a name fits.
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(pattern) => is_glob(pattern, &look::normal(text)),
            Self::Contains(part) => look::forms(text).iter().any(|it| it.normal.contains(part.as_str())),
            Self::Matches(pattern) => pattern.is_match(text),
            Self::Like(other) => look::alike(text) == look::alike(other),
        }
    }

    /// Whether a text that was said fits, in one of its forms.
    fn holds_in(&self, form: &Form) -> bool {
        match self {
            Self::Is(pattern) => is_glob(pattern, &form.normal),
            Self::Contains(part) => form.normal.contains(part.as_str()) || form.words.contains(part.as_str()),
            Self::Matches(pattern) => pattern.is_match(&form.normal),
            Self::Like(other) => ALIKE <= look::print(&form.normal).likeness(&look::print(other)),
        }
    }
}

/// Whether a text is what the pattern says, where `*` stands for anything. Both in normal form.
fn is_glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, fits) in [
            ("spam", "spam", true),
            ("spam", "spammer", false),
            ("spam*", "spammer", true),
            ("*@bad.example", "a@bad.example", true),
            ("*@bad.example", "a@bad.example.org", false),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "axxc", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(is_glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
