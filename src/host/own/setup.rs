//! `setup`: asks a room's owner three questions in private, then makes the changes all at once.
//!
//! The answers are plain private messages. Whoever was asked is known by identity and room; the level is looked at again
//! with every answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{
    ArgKind, ArgSpec, CommandSpec, Identity, Level, OptionKind, Place, PluginName, RoomJid, Settings, Text, Timestamp,
    grammar::{Found, shown},
};

use super::{
    asked::{Answer, Answered, Asked},
    room_path,
};
use crate::host::{commands::Line, core::Host, overlay::Change, roster::Roster};

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "настройка")],
    level: Level::ROOM_OWNER,
    args: &[ArgSpec::optional("answer", ArgKind::Rest)],
    ..CommandSpec::new("setup", "help-setup")
}];

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// So many setups at once; the oldest makes way.
const MAX_SETUPS: usize = 500;
/// The plugin that the second question is about.
const GUARD: &str = "guard";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Language,
    Guard,
    Records,
}

#[derive(Clone, Debug)]
struct Waiting {
    step: Step,
    until: Timestamp,
    changes: Vec<Change>,
}

/// The setups that wait for an answer.
#[derive(Debug, Default)]
pub struct Setups(Mutex<BTreeMap<(RoomJid, Identity), Waiting>>);

impl Setups {
    fn get(&self, room: &RoomJid, identity: &Identity, now: Timestamp) -> Option<Waiting> {
        let setups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        setups.get(&(room.clone(), identity.clone())).filter(|it| now < it.until).cloned()
    }

    fn put(&self, room: &RoomJid, identity: &Identity, waiting: Waiting, now: Timestamp) {
        let mut setups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        setups.retain(|_, it| now < it.until);
        if MAX_SETUPS <= setups.len() {
            let oldest = setups.iter().min_by_key(|(_, it)| it.until).map(|(key, _)| key.clone());
            oldest.and_then(|key| setups.remove(&key));
        }
        setups.insert((room.clone(), identity.clone()), waiting);
    }

    fn remove(&self, room: &RoomJid, identity: &Identity) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(room.clone(), identity.clone()));
    }

    /// The room about which this person is being asked.
    fn room_of(&self, identity: &Identity, now: Timestamp) -> Option<RoomJid> {
        let setups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        setups.iter().find(|((_, who), it)| who == identity && now < it.until).map(|((room, _), _)| room.clone())
    }
}

/// In a direct chat an answer is about the room that was asked about, without naming it again.
pub(in crate::host) async fn aim(host: &Arc<Host>, line: Line) -> Line {
    let (Place::Direct(jid), None) = (&line.place, &line.room) else { return line };
    let Some(room) = host.setups.room_of(&Identity::Jid(jid.clone()), host.clock.now()) else { return line };
    let is_on = |it: &PluginName| host.is_command_on(it, None);
    let is_command = host.roster().commands.find(&line.text, &host.bot_language(), is_on).is_some();
    let Some(outlet) = host.outlet().filter(|_| !is_command) else { return line };
    let snapshot = outlet.snapshot(&room).await;
    let occupant = snapshot.and_then(|it| it.occupants.values().find(|it| it.has_jid(jid)).cloned());
    Line { room: Some(room), occupant, ..line }
}

/// The command that a private line comes to while its author is being asked something. What fits the question is an
/// answer; what is a command is a command; anything else is asked about again.
pub(in crate::host) fn answer<'c, 't>(
    (host, roster): (&Arc<Host>, &'c Roster),
    line: &'t Line,
    identity: &Identity,
    lang: &str,
) -> Option<Found<'c, 't>> {
    let room = line.room.as_ref().filter(|_| !matches!(line.place, Place::Room))?;
    let waiting = host.setups.get(room, identity, host.clock.now())?;
    let is_on = |plugin: &PluginName| host.is_command_on(plugin, Some(room));
    let fits = said(&line.text).is_some() || read(host, room, waiting.step, &line.text).is_some();
    if !fits && roster.commands.find(&line.text, lang, is_on).is_some() {
        return None;
    }
    Some(Found { entry: roster.commands.get("setup")?, word: "", rest: &line.text })
}

/// What fits every question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Skip,
    Stop,
}

fn said(text: &str) -> Option<Said> {
    match text.trim().to_lowercase().as_str() {
        "-" | "skip" | "дальше" | "пропустить" => Some(Said::Skip),
        "stop" | "cancel" | "стоп" | "отмена" => Some(Said::Stop),
        _ => None,
    }
}

/// The changes that an answer to this question comes to.
fn read(host: &Host, room: &RoomJid, step: Step, text: &str) -> Option<Vec<Change>> {
    let word = text.trim().to_lowercase();
    let path = room_path(room);
    match step {
        Step::Language => {
            let tag = match word.as_str() {
                "en" | "english" | "английский" => "en",
                "ru" | "russian" | "русский" => "ru",
                _ => return None,
            };
            Some(vec![Change::set(path.join("language"), tag)])
        }
        Step::Guard => {
            let guard = path.join("plugins").join(GUARD);
            if matches!(word.as_str(), "off" | "no" | "нет" | "выкл") {
                return Some(vec![Change::set(guard, false)]);
            }
            let preset = presets(host).into_iter().find(|it| *it == word)?;
            Some(vec![Change::set(guard.clone(), true), Change::set(guard.join("preset"), preset)])
        }
        Step::Records => {
            let records = match word.as_str() {
                "full" | "всё" | "все" => "full",
                "events" | "события" => "events",
                "off" | "no" | "нет" | "выкл" => "off",
                _ => return None,
            };
            Some(vec![Change::set(path.join("records"), records)])
        }
    }
}

/// The guard's presets, none where there is no guard.
fn presets(host: &Host) -> Vec<&'static str> {
    let roster = host.roster();
    let Some(installed) = roster.plugins.iter().find(|it| it.name().as_str() == GUARD) else { return Vec::new() };
    let preset = installed.manifest.options.iter().find(|it| it.name == "preset");
    match preset.map(|it| &it.kind) {
        Some(OptionKind::Choice(words)) => words.to_vec(),
        _ => Vec::new(),
    }
}

/// Asks the first question, or takes an answer.
pub(super) async fn setup(it: &Asked<'_>) -> Answered {
    let (room, identity, now) = (it.room()?, &it.call.asker.identity, it.cx.now());
    let text = it.call.args.text("answer").map(str::trim).filter(|it| !it.is_empty());
    let waiting = it.host.setups.get(room, identity, now);
    let (Some(text), Some(waiting)) = (text, waiting) else {
        if text.is_some() {
            return Ok(Answer::Private(Text::key("setup-none")));
        }
        return Ok(Answer::Private(question(it, room, Step::Language, Vec::new())));
    };
    if said(text) == Some(Said::Stop) {
        it.host.setups.remove(room, identity);
        return Ok(Answer::Private(Text::key("setup-stopped")));
    }
    let new = match said(text) {
        Some(_) => Vec::new(),
        None => match read(&it.host, room, waiting.step, text) {
            Some(changes) => changes,
            None => {
                let not_understood = Text::key("setup-not-understood").with("given", shown(text, 50));
                let again = question(it, room, waiting.step, waiting.changes);
                return Ok(Answer::Private(Text::Lines(vec![not_understood, again])));
            }
        },
    };
    let changes = [waiting.changes, new].concat();
    match next(&it.host, waiting.step) {
        Some(step) => Ok(Answer::Private(question(it, room, step, changes))),
        None => finish(it, room, changes).await,
    }
}

fn next(host: &Host, step: Step) -> Option<Step> {
    match step {
        Step::Language if !presets(host).is_empty() => Some(Step::Guard),
        Step::Language | Step::Guard => Some(Step::Records),
        Step::Records => None,
    }
}

/// Asks this, and remembers that it was asked.
fn question(it: &Asked<'_>, room: &RoomJid, step: Step, changes: Vec<Change>) -> Text {
    let now = it.cx.now();
    let waiting = Waiting { step, until: now + PATIENCE, changes };
    it.host.setups.put(room, &it.call.asker.identity, waiting, now);
    let current = current(&it.host, room);
    match step {
        Step::Language => Text::key("setup-language").with("room", room.as_str()).with("now", current.language),
        Step::Guard => {
            let presets = presets(&it.host).into_iter().map(|it| Text::key("setup-preset").with("preset", it));
            let both = |first, second| Text::key("list-and").with("first", first).with("second", second);
            let presets = presets.reduce(both).unwrap_or_else(Text::empty);
            Text::key("setup-guard").with("presets", presets).with("now", current.guard)
        }
        Step::Records => Text::key("setup-records").with("now", current.records),
    }
}

async fn finish(it: &Asked<'_>, room: &RoomJid, changes: Vec<Change>) -> Answered {
    it.host.setups.remove(room, &it.call.asker.identity);
    if !changes.is_empty() {
        it.host.change(changes, &it.by()).await.map_err(|error| super::not_changed(&error))?;
    }
    let now = current(&it.host, room);
    let text = Text::key("setup-done").with("room", room.as_str()).with("language", now.language);
    Ok(Answer::Private(text.with("guard", now.guard).with("records", now.records)))
}

/// How the room is set.
struct Current {
    language: String,
    guard: Text,
    records: &'static str,
}

fn current(host: &Host, room: &RoomJid) -> Current {
    use crate::config::Records;
    let config = host.live.config();
    let roster = host.roster();
    let guard = roster.plugins.iter().find(|it| it.name().as_str() == GUARD);
    let guard = guard.filter(|it| host.is_on(&it.manifest, room));
    let guard = guard.map(|it| guard_text(&host.live.settings(&it.manifest, Some(room))));
    let records = match config.rooms.get(room).map(|it| it.records) {
        Some(Records::Full) => "full",
        Some(Records::Events) => "events",
        Some(Records::Off) | None => "off",
    };
    Current {
        language: host.room_language(room).to_string(),
        guard: guard.unwrap_or_else(|| Text::plain("off")),
        records,
    }
}

/// The preset, and whether more has to be done before it acts.
fn guard_text(settings: &Settings) -> Text {
    let key = match settings.words("mode") {
        "observe" => "setup-guard-observes",
        "off" => "setup-guard-off",
        _ => return Text::plain(settings.words("preset")),
    };
    Text::key(key).with("preset", settings.words("preset"))
}
