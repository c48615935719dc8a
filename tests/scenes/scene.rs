//! One scene: its head, its records, and how it goes.

use std::{collections::BTreeSet, fs, path::Path};

use domovoi::{
    bundle,
    cli::replay::seats,
    host::replay::{Heard, Player, Report},
};
use serde::Deserialize;
use serde_json::Value;

/// Whether the bot sees real JIDs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Variant {
    /// It does.
    Jids,
    /// It sees occupant ids only.
    Ids,
    /// There are but nicks and words, and nobody was seen coming or going: the archive of a log.
    Bare,
}

impl Variant {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Jids => "jids",
            Self::Ids => "no-jids",
            Self::Bare => "bare",
        }
    }
}

/// The first line of a scene's file.
#[derive(Deserialize)]
struct Head {
    scene: String,
    /// How much of the attack may reach the room.
    reached: usize,
    preset: String,
    /// The attackers, by nick.
    spam: BTreeSet<String>,
    /// Which kinds of records are the attack; what is said, unless the head says otherwise.
    #[serde(default)]
    counts: Vec<String>,
}

#[derive(Deserialize)]
struct Marked {
    kind: String,
    nick: Option<String>,
    /// `false` for what an attacker does and the goal does not count.
    spam: Option<bool>,
}

/// A scene.
pub(crate) struct Scene {
    pub(crate) name: String,
    head: Head,
    lines: Vec<String>,
}

/// How a scene went.
pub(crate) struct Outcome {
    /// How much of the attack reached the room.
    pub(crate) reached: usize,
    /// Of how much.
    pub(crate) n_spam: usize,
    /// Friends who were acted on, and how.
    pub(crate) touched: Vec<String>,
    pub(crate) report: Report,
}

const SAID: [&str; 5] = ["message", "private", "correction", "reaction", "subject"];

impl Scene {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(str::to_owned);
        let head: Head = serde_json::from_str(&lines.next().unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(head.scene, name);
        Self { name, head, lines: lines.collect() }
    }

    pub(crate) const fn goal(&self) -> usize {
        self.head.reached
    }

    /// The ways in which it is played. An attack by nobody whom one could know again cannot be held.
    pub(crate) fn variants(&self) -> &'static [Variant] {
        if self.is_quiet() { &[Variant::Jids, Variant::Ids, Variant::Bare] } else { &[Variant::Jids, Variant::Ids] }
    }

    fn is_quiet(&self) -> bool {
        self.head.spam.is_empty()
    }

    pub(crate) fn n_spam(&self) -> usize {
        self.lines.iter().filter(|it| self.is_spam(it)).count()
    }

    pub(crate) fn n_messages(&self) -> usize {
        self.lines.iter().filter(|it| it.contains("\"kind\":\"message\"")).count()
    }

    fn is_spam(&self, line: &str) -> bool {
        let record: Marked = serde_json::from_str(line).unwrap();
        let is_counted = if self.head.counts.is_empty() {
            SAID.contains(&record.kind.as_str())
        } else {
            self.head.counts.contains(&record.kind)
        };
        is_counted && record.spam != Some(false) && record.nick.is_some_and(|it| self.head.spam.contains(&it))
    }

    pub(crate) fn play(&self, variant: Variant) -> Outcome {
        let mut player = Player::new(seats(&bundle::plugins(), &self.head.preset).unwrap());
        let (mut reached, mut n_spam) = (0, 0);
        for line in &self.lines {
            let heard = match variant {
                Variant::Jids => player.line(line.as_bytes()),
                Variant::Ids => player.line(without(line, &["jid"]).as_bytes()),
                Variant::Bare => player.line(bare(line).as_bytes()),
            };
            assert_ne!(heard, Heard::Malformed, "{}: {line}", self.name);
            if self.is_spam(line) {
                n_spam += 1;
                reached += usize::from(heard == Heard::Judged);
            }
        }
        let report = player.finish();
        let is_friend = |nick: &str| !self.head.spam.contains(nick);
        let touched = report.actions.iter().filter_map(|deed| {
            let nick = deed.nick.as_ref().map_or("", |it| it.as_str());
            let is_touched = if self.is_quiet() { true } else { deed.nick.is_some() && is_friend(nick) };
            is_touched.then(|| format!("{}:{}:{}", deed.action.as_str(), nick, deed.rule))
        });
        Outcome { reached, n_spam, touched: touched.collect(), report }
    }
}

fn without(line: &str, keys: &[&str]) -> String {
    let mut record: Value = serde_json::from_str(line).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.retain(|key, _| !keys.contains(&key.as_str()));
    record.to_string()
}

/// Nothing but who said what when; of comings and goings nothing.
fn bare(line: &str) -> String {
    let record: Marked = serde_json::from_str(line).unwrap();
    if ["join", "leave", "presence"].contains(&record.kind.as_str()) {
        return String::new();
    }
    without(line, &["jid", "occupant_id", "role", "affiliation", "id", "stanza_id", "seq"])
}

impl Outcome {
    pub(crate) fn holds(&self, scene: &Scene) -> bool {
        self.reached <= scene.goal() && self.touched.is_empty()
    }

    /// The figure that is to become smaller.
    pub(crate) fn figure(&self, scene: &Scene) -> usize {
        if scene.is_quiet() { self.report.actions.len() } else { self.reached }
    }
}
