//! What is counted, for `/metrics`. One value, handed to whoever counts; nothing global.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use domovoi_plugin::{AccountId, PluginName};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// One label.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Label {
    /// What it says.
    name: String,
}

/// A plugin, by its name. Like the words below it is not copied to be counted.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
struct Name(PluginName);

impl EncodeLabelValue for Name {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.as_str().encode(encoder)
    }
}

/// The labels of what a plugin did.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    name: Name,
}

/// The labels of a guard's decision.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Decision {
    plugin: Name,
    rule: &'static str,
    answer: &'static str,
}

/// The labels of what was done.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Done {
    plugin: Name,
    action: &'static str,
    result: &'static str,
}

/// A kind of event, or a command: known words.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Kind {
    name: &'static str,
}

type Counters = Family<Label, Counter>;
type Gauges = Family<Label, Gauge>;
type Seconds = Family<Of, Histogram>;

/// Everything that is counted. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    accounts_online: Gauges,
    rooms_joined: Gauges,
    events: Family<Kind, Counter>,
    queue_depth: Gauges,
    queue_drops: Counters,
    plugin_seconds: Seconds,
    guard_seconds: Histogram,
    faults: Family<Of, Counter>,
    decisions: Family<Decision, Counter>,
    acts: Family<Done, Counter>,
    iq_seconds: Histogram,
    commands: Family<Kind, Counter>,
    rewritten: Counters,
    store: Family<Label, Gauge<f64, AtomicU64>>,
}

/// Buckets from 10 µs to 10 s.
fn seconds() -> Histogram {
    Histogram::new([0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1.0, 10.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("domovoi"),
            accounts_online: Family::default(),
            rooms_joined: Family::default(),
            events: Family::default(),
            queue_depth: Family::default(),
            queue_drops: Family::default(),
            plugin_seconds: Family::new_with_constructor(seconds),
            guard_seconds: seconds(),
            faults: Family::default(),
            decisions: Family::default(),
            acts: Family::default(),
            iq_seconds: seconds(),
            commands: Family::default(),
            rewritten: Family::default(),
            store: Family::default(),
        };
        inner.register();
        Self(Arc::new(inner))
    }
}

impl Inner {
    fn register(&mut self) {
        let it = &mut self.registry;
        it.register("account_online", "Whether the account is online", self.accounts_online.clone());
        it.register("rooms_joined", "Rooms the account is in", self.rooms_joined.clone());
        it.register("events", "Events of rooms, by kind", self.events.clone());
        it.register("queue_depth", "How many wait in a queue", self.queue_depth.clone());
        it.register("queue_drops", "How many a full queue turned away", self.queue_drops.clone());
        it.register("plugin_seconds", "Time of handlers, waiting included", self.plugin_seconds.clone());
        it.register("guard_seconds", "Time of all guards for one event", self.guard_seconds.clone());
        it.register("plugin_faults", "Faults, by plugin", self.faults.clone());
        it.register("guard_decisions", "Verdicts that were not a pass", self.decisions.clone());
        it.register("acts", "What was done in rooms: plugin, action, result", self.acts.clone());
        it.register("iq_seconds", "From a request to its answer", self.iq_seconds.clone());
        it.register("commands", "Commands given, by name", self.commands.clone());
        it.register("stanzas_rewritten", "Stanzas that the fence took something out of", self.rewritten.clone());
        it.register("store", "The store: writable, pending, dropped", self.store.clone());
    }
}

/// Those whose families are left out while nothing was counted; whoever looks for them shall find that they exist.
const LAZY: [(&str, &str, &str); 9] = [
    ("account_online", "gauge", "Whether the account is online."),
    ("rooms_joined", "gauge", "Rooms the account is in."),
    ("events", "counter", "Events of rooms, by kind."),
    ("queue_drops", "counter", "How many a full queue turned away."),
    ("plugin_faults", "counter", "Faults, by plugin."),
    ("guard_decisions", "counter", "Verdicts that were not a pass."),
    ("acts", "counter", "What was done in rooms: plugin, action, result."),
    ("commands", "counter", "Commands given, by name."),
    ("stanzas_rewritten", "counter", "Stanzas that the fence took something out of."),
];

/// The text with the families that have nothing yet.
fn with_all(text: &str) -> String {
    let mut whole = text.trim_end_matches("# EOF\n").to_owned();
    for (name, kind, help) in LAZY {
        if !text.contains(&format!("# TYPE domovoi_{name} ")) {
            whole.push_str(&format!("# HELP domovoi_{name} {help}\n# TYPE domovoi_{name} {kind}\n"));
        }
    }
    whole + "# EOF\n"
}

fn of(plugin: &PluginName) -> Of {
    Of { name: Name(plugin.clone()) }
}

fn label(name: &str) -> Label {
    Label { name: name.to_owned() }
}

impl Metrics {
    /// In Prometheus' text form.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.0.registry) {
            Ok(()) => with_all(&text),
            // Writing to a string fails only if a metric cannot be written at all.
            Err(error) => format!("# {error}\n"),
        }
    }

    /// An account went online or offline.
    pub fn account_online(&self, account: &AccountId, is_online: bool) {
        self.0.accounts_online.get_or_create(&label(account.as_str())).set(i64::from(is_online));
    }

    /// An account is no more, and neither are its figures.
    pub fn account_gone(&self, account: &AccountId) {
        self.0.accounts_online.remove(&label(account.as_str()));
        self.0.rooms_joined.remove(&label(account.as_str()));
    }

    /// So many rooms are joined by this account.
    pub fn rooms_joined(&self, account: &AccountId, n: usize) {
        self.0.rooms_joined.get_or_create(&label(account.as_str())).set(i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// An event of this kind.
    pub fn event(&self, kind: &'static str) {
        self.0.events.get_or_create(&Kind { name: kind }).inc();
    }

    /// So many wait in this queue.
    pub fn queue_depth(&self, queue: &str, n: usize) {
        self.0.queue_depth.get_or_create(&label(queue)).set(i64::try_from(n).unwrap_or(i64::MAX));
        // A counter that comes into being with its first drop shows no rise to whoever watches its rate.
        drop(self.0.queue_drops.get_or_create(&label(queue)));
    }

    /// This queue turned one away.
    pub fn queue_drop(&self, queue: &str) {
        self.0.queue_drops.get_or_create(&label(queue)).inc();
    }

    /// A handler of this plugin is done.
    pub fn handler(&self, plugin: &PluginName, took: Duration) {
        self.0.plugin_seconds.get_or_create(&of(plugin)).observe(took.as_secs_f64());
    }

    /// So many handlers of this plugin are done that were begun together.
    pub fn handlers(&self, plugin: &PluginName, n: usize, took: Duration) {
        let seconds = self.0.plugin_seconds.get_or_create_owned(&of(plugin));
        (0..n).for_each(|_| seconds.observe(took.as_secs_f64()));
    }

    /// All guards judged one event.
    pub fn judged(&self, took: Duration) {
        self.0.guard_seconds.observe(took.as_secs_f64());
    }

    /// A plugin that may have faults, and has none yet.
    pub fn plugin(&self, plugin: &PluginName) {
        drop(self.0.faults.get_or_create(&of(plugin)));
    }

    /// A fault of this plugin.
    pub fn fault(&self, plugin: &PluginName) {
        self.0.faults.get_or_create(&of(plugin)).inc();
    }

    /// A verdict.
    pub fn decision(&self, plugin: &PluginName, rule: &'static str, answer: &'static str) {
        let labels = Decision { plugin: Name(plugin.clone()), rule, answer };
        self.0.decisions.get_or_create(&labels).inc();
    }

    /// An act and what came of it.
    pub fn act(&self, plugin: &PluginName, action: &'static str, result: &'static str) {
        let labels = Done { plugin: Name(plugin.clone()), action, result };
        self.0.acts.get_or_create(&labels).inc();
    }

    /// A request was answered.
    pub fn iq(&self, took: Duration) {
        self.0.iq_seconds.observe(took.as_secs_f64());
    }

    /// A command was given.
    pub fn command(&self, name: &'static str) {
        self.0.commands.get_or_create(&Kind { name }).inc();
    }

    /// The fence took something out of a stanza.
    pub fn rewritten(&self, why: &str) {
        self.0.rewritten.get_or_create(&label(why)).inc();
    }

    /// A figure of the store.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    pub fn store(&self, what: &str, value: u64) {
        self.0.store.get_or_create(&label(what)).set(value as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_what_was_counted() {
        let metrics = Metrics::default();
        metrics.account_online(&AccountId::new("main").unwrap(), true);
        metrics.queue_drop("reactors");
        metrics.decision(&PluginName::new("guard").unwrap(), "rate", "mute");
        let text = metrics.text();
        assert!(text.contains("domovoi_account_online{name=\"main\"} 1"), "{text}");
        assert!(text.contains("domovoi_queue_drops_total{name=\"reactors\"} 1"), "{text}");
        let decision = "domovoi_guard_decisions_total{plugin=\"guard\",rule=\"rate\",answer=\"mute\"} 1";
        assert!(text.contains(decision), "{text}");
        metrics.act(&PluginName::new("admin").unwrap(), "kick", "done");
        let act = "domovoi_acts_total{plugin=\"admin\",action=\"kick\",result=\"done\"} 1";
        assert!(metrics.text().contains(act), "{}", metrics.text());
    }

    #[test]
    fn every_family_is_there_once_before_and_after_it_counts() {
        let metrics = Metrics::default();
        let families = |text: &str| {
            let of = |line: &str| line.strip_prefix("# HELP ")?.split(' ').next().map(str::to_owned);
            let mut all: Vec<String> = text.lines().filter_map(of).collect();
            all.sort();
            all
        };
        let before = families(&metrics.text());
        assert!(metrics.text().ends_with("# EOF\n"));
        let name = PluginName::new("guard").unwrap();
        metrics.account_online(&AccountId::new("main").unwrap(), true);
        metrics.rooms_joined(&AccountId::new("main").unwrap(), 1);
        metrics.event("join");
        metrics.queue_depth("commands", 0);
        metrics.handler(&name, Duration::ZERO);
        metrics.fault(&name);
        metrics.decision(&name, "rate", "mute");
        metrics.act(&name, "mute", "done");
        metrics.command("ping");
        metrics.rewritten("depth");
        metrics.store("state_writable", 1);
        let after = families(&metrics.text());
        assert_eq!(after.len(), 14, "{after:?}");
        let lazy = ["domovoi_plugin_seconds", "domovoi_store", "domovoi_queue_depth"];
        let known = after.iter().filter(|it| before.contains(it) || lazy.contains(&it.as_str()));
        assert_eq!(known.count(), after.len(), "{before:?}\n{after:?}");
    }
}
