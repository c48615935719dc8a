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
        choice("mode", MODES, "enforce", "option-mode"),
        choice("preset", Preset::WORDS, "public", "option-preset"),
        OptionSpec { name: "spare_members", kind: OptionKind::Flag, default: "true", help: "option-spare_members" },
        flag("campaigns", "option-campaigns"),
        flag("accounts", "option-accounts"),
        OptionSpec {
            name: "word_lists",
            kind: OptionKind::Words { max_chars: 500 },
            default: "",
            help: "option-word_lists",
        },
        OptionSpec {
            name: "block_lists",
            kind: OptionKind::Words { max_chars: 2_000 },
            default: "",
            help: "option-block_lists",
        },
        OptionSpec { name: "raid", kind: OptionKind::Flag, default: "true", help: "option-raid" },
        choice("gate", GateMode::WORDS, "raid", "option-gate"),
        rules("rules_off", "option-rules_off"),
        rules("rules_observe", "option-rules_observe"),
        number("rate_burst", 20, "option-rate_burst"),
        number("rate_sustained", 30, "option-rate_sustained"),
        number("repeat_limit", 20, "option-repeat_limit"),
        number("repeat_advert", 20, "option-repeat_advert"),
        span("repeat_within", 600, "option-repeat_within"),
        number("size_chars", 60_000, "option-size_chars"),
        number("size_lines", 2_000, "option-size_lines"),
        number("mentions", 100, "option-mentions"),
        number("crowd", 20, "option-crowd"),
        span("mute_first", 86_400, "option-mute_first"),
        span("ban_first", 604_800, "option-ban_first"),
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
