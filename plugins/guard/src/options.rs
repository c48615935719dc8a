//! The settings: what may be set, within which bounds, and what it comes to.

use std::time::Duration;

use domovoi_plugin::{OptionKind, OptionSpec, Settings};

use crate::{
    preset::{Limits, Preset},
    raid::GateMode,
    rules::{Hit, Rule, RuleSet},
};

/// Whether the guard acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// It acts.
    Enforce,
    /// It decides and shows, nothing is done.
    Observe,
    /// It does not even look.
    Off,
}

const MODES: &[&str] = &["enforce", "observe", "off"];

/// What the settings of one room come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Config {
    /// Whether it acts.
    pub(crate) mode: Mode,
    /// Whether members are never touched.
    pub(crate) spare_members: bool,
    /// Whether what other rooms took back counts here.
    pub(crate) heeds_campaigns: bool,
    /// Whether servers are asked about the accounts of strangers.
    pub(crate) asks_accounts: bool,
    /// Whether raids are looked for.
    pub(crate) raid: bool,
    /// When newcomers are asked a question.
    pub(crate) gate: GateMode,
    /// Rules that are not asked.
    pub(crate) off: RuleSet,
    /// Rules that only take notes.
    pub(crate) watched: RuleSet,
    /// How much the room bears.
    pub(crate) limits: Limits,
}

/// What may be set. A number of 0 and a span of `0s` mean: as the preset says.
pub(crate) fn options() -> Vec<OptionSpec> {
    let choice = |name, choices, default, help| OptionSpec { name, kind: OptionKind::Choice(choices), default, help };
    vec![
        choice("mode", MODES, "enforce", "Whether it acts: enforce, observe (decides and shows, does nothing), off."),
        choice("preset", Preset::WORDS, "public", "What kind of room it is: public, support, friends, strict."),
        OptionSpec {
            name: "spare_members",
            kind: OptionKind::Flag,
            default: "true",
            help: "Whether members are never touched; admins, owners and moderators never are.",
        },
        flag("campaigns", "Whether what was taken back in other rooms of this bot is stopped here at its first copy."),
        flag("accounts", "Whether a stranger's server is asked how old the account is, where it tells (XEP-0489)."),
        OptionSpec {
            name: "word_lists",
            kind: OptionKind::Words { max_chars: 500 },
            default: "",
            help: "Word lists that hold here, by name, with blanks between: files in the folder `guard` beside the \
                   configuration (`spam` is `spam.txt`), `starter-en`, `starter-ru`.",
        },
        OptionSpec {
            name: "block_lists",
            kind: OptionKind::Words { max_chars: 2_000 },
            default: "",
            help: "Block lists for all rooms, as `service/node`, with a comma between; `weight=50`, `quorum=2`, \
                   `deed=ban` and `observe` may follow each. Only what is set for all rooms counts.",
        },
        OptionSpec {
            name: "raid",
            kind: OptionKind::Flag,
            default: "true",
            help: "Whether a raid takes voice from strangers until it is over.",
        },
        choice(
            "gate",
            GateMode::WORDS,
            "raid",
            "When strangers answer a question in private before they may speak: raid (while one lasts), always, off.",
        ),
        rules("rules_off", "Rules that are not asked, by name: `link, media`."),
        rules("rules_observe", "Rules that take notes and do nothing, by name."),
        number("rate_burst", 20, "Pasted messages of one newcomer in 5 s that are a flood; 0: as the preset says."),
        number("rate_sustained", 30, "Messages of one newcomer in 30 s that are a flood; 0: as the preset says."),
        number("repeat_limit", 20, "Copies of one text that are too many; 0: as the preset says."),
        number("repeat_advert", 20, "Copies of a newcomer's advert that are too many; 0: as the preset says."),
        span("repeat_within", 600, "Within which time copies count; 0s: as the preset says."),
        number("size_chars", 60_000, "Characters from which a message is a wall; 0: as the preset says."),
        number("size_lines", 2_000, "Lines from which a message is a wall; 0: as the preset says."),
        number("mentions", 100, "People called by one message of a newcomer that are too many; 0: as the preset says."),
        number("crowd", 20, "New people with one advert that are too many; 0: as the preset says."),
        span("mute_first", 86_400, "How long the first mute is, the next ones 3 and 12 times; 0s: as the preset says."),
        span(
            "ban_first",
            604_800,
            "How long the first ban is, the next ones 24 and 168 times; 0s: as the preset says.",
        ),
    ]
}

const fn flag(name: &'static str, help: &'static str) -> OptionSpec {
    OptionSpec { name, kind: OptionKind::Flag, default: "true", help }
}

const fn rules(name: &'static str, help: &'static str) -> OptionSpec {
    OptionSpec { name, kind: OptionKind::Several(&Rule::NAMES), default: "", help }
}

const fn number(name: &'static str, max: i64, help: &'static str) -> OptionSpec {
    OptionSpec { name, kind: OptionKind::Number { min: 0, max }, default: "0", help }
}

const fn span(name: &'static str, max_seconds: u64, help: &'static str) -> OptionSpec {
    OptionSpec { name, kind: OptionKind::Span { min_seconds: 0, max_seconds }, default: "0s", help }
}

impl Config {
    /// What these settings come to.
    pub(crate) fn new(settings: &Settings) -> Self {
        let mode = match settings.words("mode") {
            "observe" => Mode::Observe,
            "off" => Mode::Off,
            _ => Mode::Enforce,
        };
        Self {
            mode,
            spare_members: settings.flag("spare_members"),
            heeds_campaigns: settings.flag("campaigns"),
            asks_accounts: settings.flag("accounts"),
            raid: settings.flag("raid"),
            gate: GateMode::named(settings.words("gate")),
            off: RuleSet::named(settings.words("rules_off")),
            watched: RuleSet::named(settings.words("rules_observe")),
            limits: limits(settings),
        }
    }

    /// Leaves out rules that are off, and takes the weight from those that only watch.
    pub(crate) fn apply(&self, hits: &mut Vec<Hit>) {
        hits.retain(|it| !self.off.has(it.rule));
        for hit in hits.iter_mut().filter(|it| self.watched.has(it.rule)) {
            hit.points = 0;
        }
    }
}

fn limits(settings: &Settings) -> Limits {
    let preset = Preset::named(settings.words("preset")).limits();
    let number = |name, or: usize, least| match usize::try_from(settings.number(name)) {
        Ok(0) | Err(_) => or,
        Ok(given) => given.max(least),
    };
    let span = |name, or: Duration| Some(settings.span(name)).filter(|it| !it.is_zero()).unwrap_or(or);
    Limits {
        // One message is no burst and one copy no repetition, whatever is set.
        burst: number("rate_burst", preset.burst, 2),
        sustained: number("rate_sustained", preset.sustained, 2),
        repeat: number("repeat_limit", preset.repeat, 2),
        advert: number("repeat_advert", preset.advert, 2),
        repeat_within: span("repeat_within", preset.repeat_within),
        size_chars: number("size_chars", preset.size_chars, 200),
        size_lines: number("size_lines", preset.size_lines, 5),
        mentions: number("mentions", preset.mentions, 3),
        crowd: number("crowd", preset.crowd, 2),
        mute: span("mute_first", preset.mute),
        ban: span("ban_first", preset.ban),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(given: &[(&str, &str)]) -> Config {
        let (settings, wrong) = Settings::read(&options(), given.iter().map(|(name, it)| (*name, (*it).to_owned())));
        assert!(wrong.is_empty(), "{wrong:?}");
        Config::new(&settings)
    }

    #[test]
    fn settings_win_over_the_preset_and_the_preset_over_nothing() {
        assert_eq!(config(&[]).limits, Preset::Public.limits());
        let set = config(&[("preset", "friends"), ("rate_burst", "6"), ("mute_first", "10m"), ("mode", "observe")]);
        let expected = Limits { burst: 6, mute: Duration::from_secs(600), ..Preset::Friends.limits() };
        assert_eq!((set.limits, set.mode), (expected, Mode::Observe));
    }

    #[test]
    fn a_mistake_is_named() {
        let (_, wrong) = Settings::read(&options(), [("rate_burst", "31".to_owned()), ("presett", "x".to_owned())]);
        assert_eq!(wrong.len(), 2);
        assert!(wrong.iter().any(|it| it.what.contains("did you mean `preset`")), "{wrong:?}");
        for name in ["rules_off", "rules_observe"] {
            let (_, wrong) = Settings::read(&options(), [(name, "link, madia".to_owned())]);
            assert_eq!(wrong[0].what, "`madia` is unknown; did you mean `media`?");
        }
    }
}
