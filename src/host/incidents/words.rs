//! An incident in words, for moderators and for whom it concerns.

use std::time::Duration;

use domovoi_plugin::{
    Text, Timestamp,
    grammar::{self, shown},
};

use super::{
    case::{Case, Deed, Ground, Mode},
    kept::Undone,
};
use crate::host::core::Host;

/// So many names stand in one line.
const MAX_NAMES: usize = 5;
/// So many characters of a message are quoted.
const MAX_QUOTED: usize = 200;
/// What can be done, from the weakest to the strongest, by the words in records.
const STRENGTH: &[&str] = &["private", "retract", "mute", "configure", "kick", "ban"];
/// So many messages are quoted.
const MAX_QUOTES: usize = 10;

/// How an incident is told: by whom's words, in which language, in whose time.
pub struct Teller<'a> {
    /// The host.
    pub host: &'a Host,
    /// The language.
    pub lang: &'a str,
    /// The time zone.
    pub zone: String,
    /// What a command about it has to begin with where it is told: the room, outside of it.
    pub aim: Option<String>,
}

impl Teller<'_> {
    /// One line: number, time, whom, what, why.
    #[must_use]
    pub fn line(&self, case: &Case, undone: Option<&Undone>) -> Text {
        let text = match undone {
            Some(it) => Text::key("case-line-undone").with("by", shown(&it.by, 100)),
            None => Text::key("case-line"),
        };
        let text = text.with("number", case.number.to_string()).with("at", self.at(case.at));
        text.with("who", self.who(case)).with("what", self.outcome(case)).with("why", self.why(case))
    }

    /// Everything about it, line by line.
    #[must_use]
    pub fn full(&self, case: &Case, undone: Option<&Undone>) -> Text {
        let mut lines = vec![self.head(case)];
        lines.extend(
            undone.map(|it| Text::key("case-undone").with("by", shown(&it.by, 100)).with("at", self.at(it.at))),
        );
        lines.extend(case.grounds.iter().take(10).map(|it| self.ground(case, it)));
        lines.extend(self.deeds(case));
        lines.extend(case.quotes.iter().take(MAX_QUOTES).map(|it| {
            let text = shown(&it.text, MAX_QUOTED);
            Text::key("case-said").with("at", self.at(it.at)).with("nick", shown(&it.nick, 60)).with("text", text)
        }));
        lines.push(self.commands(case, undone.is_some()));
        Text::Lines(lines)
    }

    /// What moderators are told when it happens.
    #[must_use]
    pub fn alert(&self, case: &Case, undone: Option<&Undone>) -> Text {
        let mut lines = vec![self.line(case, undone)];
        lines.extend(case.quotes.last().map(|it| {
            let text = shown(&it.text, MAX_QUOTED);
            Text::key("case-said").with("at", self.at(it.at)).with("nick", shown(&it.nick, 60)).with("text", text)
        }));
        lines.push(self.commands(case, undone.is_some()));
        Text::Lines(lines)
    }

    fn head(&self, case: &Case) -> Text {
        let key = match (case.is_raid, case.ended) {
            (false, _) => "case-head",
            (true, None) => "case-head-raid",
            (true, Some(_)) => "case-head-raid-over",
        };
        let text = Text::key(key).with("number", case.number.to_string()).with("at", self.at(case.at));
        let text = text.with("until", self.at(case.ended.unwrap_or(case.last))).with("plugin", case.plugin.as_str());
        text.with("who", self.people(case)).with("mode", mode_text(case.mode))
    }

    /// One thing that was decided, and everything that spoke for it.
    #[must_use]
    pub fn ground(&self, case: &Case, ground: &Ground) -> Text {
        let nick = ground.about.and_then(|it| case.people.get(it)).map(|it| it.nick.to_string());
        let key = if ground.score == 0 { "case-why-certain" } else { "case-why" };
        let text = Text::key(key).with("what", what_text(&ground.answer, ground.seconds, nick.as_deref()));
        let text = text.with("why", self.spoken(&case.plugin, ground).join("; "));
        if ground.score == 0 { text } else { text.with("points", ground.score.to_string()) }
    }

    /// Everything that spoke for a decision, each with rule, points and words.
    #[must_use]
    pub fn spoken(&self, plugin: &domovoi_plugin::PluginName, ground: &Ground) -> Vec<String> {
        let words = |text: &Text| self.host.words_of(plugin, self.lang, text);
        if ground.because.is_empty() {
            return vec![format!("{}: {}", ground.rule, words(&ground.reason))];
        }
        let spoke = ground.because.iter().map(|it| {
            let name = it.name.as_deref().map_or_else(String::new, |name| format!(" “{}”", shown(name, 60)));
            let points = if it.points == 0 { String::new() } else { format!(" +{}", it.points) };
            format!("{}{name}{points}: {}", it.rule, words(&it.reason))
        });
        spoke.collect()
    }

    /// What came of it, the same acts counted together.
    fn deeds(&self, case: &Case) -> Vec<Text> {
        let mut groups: Vec<(&Deed, u32)> = Vec::new();
        for deed in &case.deeds {
            let is_same = |it: &&mut (&Deed, u32)| {
                let alike = it.0.action == deed.action && it.0.result == deed.result;
                alike && (deed.action == "retract" || case.is_raid || it.0.target == deed.target)
            };
            match groups.iter_mut().find(is_same) {
                Some(group) => group.1 += 1,
                None => groups.push((deed, 1)),
            }
        }
        let line = |(deed, n): &(&Deed, u32)| {
            let key = if *n == 1 { "case-deed" } else { "case-deeds" };
            let target = deed.target.as_deref().filter(|_| *n == 1 || !case.is_raid);
            let what = what_text(&deed.action, deed.seconds, target);
            let text = Text::key(key).with("at", self.at(deed.at)).with("what", what).with("times", *n);
            text.with("result", result_text(&deed.result))
        };
        groups.iter().map(line).collect()
    }

    fn commands(&self, case: &Case, is_undone: bool) -> Text {
        let aim = self.aim.as_deref().map_or_else(String::new, |it| format!("{it} "));
        let nick = case.people.first().filter(|_| !case.is_raid).map(|it| shown(it.nick.as_str(), 60));
        let key = match (is_undone, nick.is_some()) {
            (true, _) => "case-commands-undone",
            (false, true) => "case-commands",
            (false, false) => "case-commands-raid",
        };
        let text = Text::key(key).with("number", case.number.to_string()).with("aim", aim);
        text.with("nick", nick.unwrap_or_default())
    }

    fn who(&self, case: &Case) -> Text {
        if case.is_raid && case.people.is_empty() {
            return Text::key("case-raid-begins");
        }
        if case.is_raid {
            let n = u32::try_from(case.people.len()).unwrap_or(u32::MAX);
            return Text::key("case-raid").with("people", n);
        }
        Text::plain(self.people(case))
    }

    fn people(&self, case: &Case) -> String {
        let _ = self;
        let name = |it: &super::Person| match &it.jid {
            Some(jid) => format!("{} ({jid})", shown(it.nick.as_str(), 60)),
            None => shown(it.nick.as_str(), 60),
        };
        let mut names: Vec<String> = case.people.iter().take(MAX_NAMES).map(name).collect();
        if MAX_NAMES < case.people.len() {
            names.push(format!("… +{}", case.people.len() - MAX_NAMES));
        }
        names.join(", ")
    }

    /// The strongest thing that was done, with how that went; in a raid how much was done.
    fn outcome(&self, case: &Case) -> Text {
        if case.is_raid && !case.deeds.is_empty() {
            return self.totals(case);
        }
        let strength = |it: &str| STRENGTH.iter().position(|a| *a == it);
        let deed = case.deeds.iter().rev().max_by_key(|it| (strength(&it.action), it.is_done));
        let Some(deed) = deed else {
            let ground = case.grounds.last();
            return ground.map_or_else(Text::empty, |it| what_text(&it.answer, it.seconds, None));
        };
        let text = Text::key("case-outcome").with("what", what_text(&deed.action, deed.seconds, None));
        // The line goes on after it, with a stop of its own.
        let words = self.host.words.translate(self.lang, &text.with("result", result_text(&deed.result)));
        Text::plain(words.trim_end_matches('.'))
    }

    /// How often each thing was done, the strongest first.
    fn totals(&self, case: &Case) -> Text {
        let n_of = |action: &str| case.deeds.iter().filter(|it| it.is_done && it.action == action).count();
        let counted = STRENGTH.iter().rev().map(|it| (*it, n_of(it))).filter(|it| it.1 != 0);
        let said = counted.map(|(action, n)| {
            let what = self.host.words.translate(self.lang, &what_text(action, None, None));
            format!("{what}: {n}")
        });
        Text::plain(said.collect::<Vec<_>>().join(", "))
    }

    fn why(&self, case: &Case) -> String {
        let strength = |it: &str| STRENGTH.iter().position(|a| *a == it);
        // Of a raid what it is, or was; else what led to the strongest thing that was done, not what followed it.
        let ground = if case.is_raid {
            case.grounds.iter().rev().find(|it| it.answer.starts_with("raid_")).or(case.grounds.last())
        } else {
            case.grounds.iter().max_by_key(|it| strength(&it.answer))
        };
        ground.map_or_else(String::new, |it| {
            let words = self.host.words_of(&case.plugin, self.lang, &it.reason);
            // What is certain has no points.
            if it.score == 0 {
                format!("{words} ({})", it.rule)
            } else {
                format!("{words} ({}, {})", it.rule, it.score)
            }
        })
    }

    /// A time as the room's clock tells it.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> String {
        at.in_zone(&self.zone)
    }
}

/// The words for what is done, by the word in records.
const DEEDS: &[(&str, &str)] = &[
    ("retract", "deed-retract"),
    ("mute", "deed-mute"),
    ("unmute", "deed-unmute"),
    ("kick", "deed-kick"),
    ("ban", "deed-ban"),
    ("affiliation", "deed-affiliation"),
    ("role", "deed-role"),
    ("configure", "deed-configure"),
    ("private", "deed-private"),
    ("warn", "deed-warn"),
    ("note", "deed-note"),
    ("raid_on", "deed-raid-on"),
    ("raid_off", "deed-raid-off"),
    ("say", "deed-say"),
    ("subject", "deed-subject"),
];

/// What is done to people, as it is told to whom it was done.
const TO_YOU: &[(&str, &str)] = &[("mute", "you-mute"), ("kick", "you-kick"), ("ban", "you-ban")];

/// The words for what came of it.
const RESULTS: &[(&str, &str)] = &[
    ("done", "result-done"),
    ("already", "result-already"),
    ("observed", "result-observed"),
    ("held", "result-held"),
    ("at return", "result-at-return"),
    ("left", "result-left"),
];

fn word(words: &[(&str, &'static str)], of: &str) -> Text {
    let known = words.iter().find(|it| it.0 == of).map(|it| it.1);
    known.map_or_else(|| Text::plain(shown(of, 150)), Text::key)
}

/// What is, was or would be done, to whom and for how long.
#[must_use]
pub fn what_text(action: &str, seconds: Option<u64>, target: Option<&str>) -> Text {
    let mut parts = vec![word(DEEDS, action)];
    parts.extend(target.map(|it| Text::plain(shown(it, 100))));
    parts.extend(seconds.map(|it| Text::key("deed-for").with("span", Text::span(Duration::from_secs(it)))));
    Text::Joined(parts)
}

/// What was done to whoever reads it, and for how long.
#[must_use]
pub fn to_you_text(action: &str, seconds: Option<u64>) -> Text {
    let span = seconds.map(|it| Text::key("deed-for").with("span", Text::span(Duration::from_secs(it))));
    Text::Joined(std::iter::once(word(TO_YOU, action)).chain(span).collect())
}

/// What the server said, in words.
#[must_use]
pub fn result_text(result: &str) -> Text {
    if let Some((_, key)) = RESULTS.iter().find(|it| it.0 == result) {
        return Text::key(*key);
    }
    let why = grammar::act_failure_text(result).unwrap_or_else(|| Text::plain(shown(result, 150)));
    Text::key("result-failed").with("why", why)
}

fn mode_text(mode: Mode) -> Text {
    Text::key(match mode {
        Mode::Observed => "mode-observed",
        Mode::Enforced => "mode-enforced",
    })
}
