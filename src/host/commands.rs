//! From a line that someone typed to the handler of a command: addressing, loops, level, cool-down, arguments.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{
    Asker, Call, Context, Event, EventKind, Identity, Level, Nick, Occupant, Place, PluginName, RoomJid, Snapshot,
    Target, Text, Timestamp,
    grammar::{self, Around, Found, PlaceKind, Refusal, shown},
    jid::{BareJid, Jid},
};
use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, ReusableBoxFuture as Taking};

use super::{
    asker::asker,
    below::{self, Asking, Hints},
    bots::Kind,
    contexts::Contexts,
    cooldowns::Limits,
    core::Host,
    finding::{find, find_foreign, find_kept},
    in_hand::Held,
    instance::{Installed, Job},
    loops::{Loops, Turn},
    own::{help, setup, why},
    services,
};

/// A line that may be a command.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line without prefix or nick.
    pub text: String,
    /// Where it was said.
    pub room: Option<RoomJid>,
    /// Where the answer goes.
    pub place: Place,
    /// Who said it, if in a room.
    pub occupant: Option<Arc<Occupant>>,
    /// Who said it, if directly; with the resource, where it is known.
    pub jid: Option<Jid>,
    /// The plugin that gives it in their name, whose own commands are not found then.
    pub from: Option<PluginName>,
}

impl Line {
    /// Who gave it.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        let direct = self.jid.as_ref().map(|it| Identity::Jid(it.to_bare()));
        direct.or_else(|| self.occupant.as_ref().map(|it| it.identity()))
    }

    pub(super) fn kind(&self) -> PlaceKind {
        match self.place {
            Place::Room => PlaceKind::Room,
            Place::Private(_) => PlaceKind::Private,
            Place::Direct(_) => PlaceKind::Direct,
        }
    }
}

/// The command line of an event, if it may be one. Cheap: it is asked of every message.
#[must_use]
pub fn line_of(event: &Arc<Event>, prefix: &str, own_nick: &Nick) -> Option<Line> {
    let occupant = event.occupant.clone()?;
    let (message, place, kind) = if let EventKind::Message(it) = &event.kind {
        (it, Place::Room, PlaceKind::Room)
    } else if let EventKind::Private(it) = &event.kind {
        (it, Place::Private(occupant.nick.clone()), PlaceKind::Private)
    } else {
        return None;
    };
    if message.is_encrypted {
        return None;
    }
    let text = grammar::address(&message.body, prefix, own_nick, kind)?;
    Some(Line {
        text: text.to_owned(),
        room: Some(event.room.clone()),
        place,
        occupant: Some(occupant),
        jid: None,
        from: None,
    })
}

/// What a command has to pass before it is carried out.
struct Gate {
    limits: Limits,
    loops: Mutex<Loops>,
    hints: Hints,
    /// What the commands of each plugin hold.
    contexts: Mutex<BTreeMap<PluginName, Arc<Contexts>>>,
}

impl Gate {
    fn turn(&self, line: &Line, now: Timestamp) -> Turn {
        self.loops.lock().unwrap_or_else(PoisonError::into_inner).turn(line, now)
    }

    /// The context of a command of this plugin.
    fn context(&self, host: &Arc<Host>, installed: &Installed, line: &Line, lang: &Arc<str>) -> Context {
        let mut all = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        let contexts = match all.get(installed.name()).filter(|it| it.are_of(installed)) {
            Some(known) => known.clone(),
            None => {
                let new = Arc::new(Contexts::new(host.clone(), installed));
                all.insert(installed.name().clone(), new.clone());
                new
            }
        };
        drop(all);
        let who = line.occupant.as_ref().map(|it| Target { nick: it.nick.clone(), identity: it.identity() });
        Context {
            replies: services::replies(host.clone(), installed.name().clone(), who),
            lang: lang.clone(),
            place: line.place.clone(),
            nick: line.occupant.as_ref().map(|it| it.nick.clone()),
            ..Context::clone(&contexts.of(line.room.as_ref()))
        }
    }
}

/// So many commands are read at once; more wait in the channel. None waits for another.
const MAX_IN_FLIGHT: usize = 256;

/// Takes command lines until it is cancelled.
pub async fn run(host: Arc<Host>, mut lines: mpsc::Receiver<(Line, Held)>, cancel: CancellationToken) {
    let gate = Gate {
        limits: Limits::new(host.clock),
        loops: Mutex::default(),
        hints: Hints::default(),
        contexts: Mutex::default(),
    };
    let (mut taking, mut next) = (FuturesUnordered::new(), Taking::new(std::future::ready(())));
    // Made once: to enter and leave a token's list for each line is not free.
    let mut cancelled = std::pin::pin!(cancel.cancelled());
    let mut tidy = tokio::time::interval(Duration::from_secs(60));
    loop {
        // Cancel-safe: a receive that loses the race leaves its line in the channel.
        tokio::select! {
            biased;
            () = &mut cancelled => return,
            Some(()) = taking.next(), if !taking.is_empty() => (),
            line = lines.recv(), if taking.len() < MAX_IN_FLIGHT => match line {
                Some((line, held)) => begin(&mut taking, &mut next, take(&host, &gate, line, held)),
                None => return,
            },
            _ = tidy.tick() => gate.limits.tidy(),
        }
    }
}

/// Nearly every line is taken at once, and needs no place among those that are not.
fn begin<'a>(
    taking: &mut FuturesUnordered<Taking<'a, ()>>,
    next: &mut Taking<'a, ()>,
    line: impl Future<Output = ()> + Send + 'a,
) {
    next.set(line);
    if next.get_pin().now_or_never().is_none() {
        taking.push(std::mem::replace(next, Taking::new(std::future::ready(()))));
    }
}

async fn take(host: &Arc<Host>, gate: &Gate, line: Line, held: Held) {
    if is_ours(host, &line) || is_answer(host, &line) {
        return;
    }
    let line = setup::aim(host, name_room(host, line).await).await;
    let Some(identity) = line.identity() else { return };
    let (level, is_override) = host.access.level(host, line.room.as_ref(), &identity, line.occupant.as_deref());
    if level <= Level::IGNORED {
        return;
    }
    let turn = gate.turn(&line, host.clock.now());
    if turn == Turn::Loop {
        host.metrics.queue_drop("command loops");
        return;
    }
    let lang = host.language_for(line.room.as_ref(), &line.place, &identity);
    if let Place::Direct(jid) = &line.place
        && line.occupant.is_none()
        && level < Level::PARTICIPANT
        && !may_ask_why(host, &line, jid, &lang).await
    {
        return answer_stranger(host, jid, &lang).await;
    }
    let roster = host.roster();
    let found = setup::answer((host, &roster), &line, &identity, &lang).or_else(|| find(host, &roster, &line, &lang));
    let (found, lang) = match found {
        Some(found) => (Some(found), lang),
        None => find_foreign(host, &roster, &line, lang),
    };
    let found = match found {
        Some(found) => Some(found),
        None => find_kept(host, &roster, &line).await,
    };
    if turn == Turn::Repeated && is_cut(host, gate, (&line, found.as_ref()), &identity).await {
        host.metrics.queue_drop("command loops");
        return;
    }
    let Some(found) = found else {
        return unknown(host, gate, &line, &identity, level, &lang).await;
    };
    let room = line.room.as_ref();
    if !gate.limits.allow(&identity, room, Some(found.entry.spec.name), level) {
        host.metrics.queue_drop("commands cooled down");
        return;
    }
    // Whoever keeps the room in order is heard whatever their client says.
    if let (Some(room), Some(occupant)) = (&line.room, &line.occupant)
        && level < Level::MODERATOR
        && host.bots.is_bot(host, room, occupant).await
    {
        return;
    }
    let Some(installed) = host.installed(&found.entry.plugin) else { return };
    let cx = gate.context(host, &installed, &line, &lang);
    host.metrics.command(found.entry.spec.name);
    let asker = asker(host, &line, identity, (level, is_override));
    carry_out(host, &installed, found, (&line, cx, asker), held).await;
}

/// Whether a line that came again and again is not answered, since its author is not known to be a person. Whoever does
/// not say what they are is told so once an hour, in private, if it was us they meant; to a bot nothing is said at all.
async fn is_cut(
    host: &Arc<Host>,
    gate: &Gate,
    (line, found): (&Line, Option<&Found<'_, '_>>),
    identity: &Identity,
) -> bool {
    // The rest of an answer ends by itself, and what makes a new one is counted.
    if found.is_some_and(|it| it.entry.spec.name == "more") && help::has_more(host, line) {
        return false;
    }
    let kind = host.bots.kind(host, line).await;
    if kind == Kind::Person {
        return false;
    }
    let is_for_us = found.is_some() || line.kind() != PlaceKind::Room;
    let roster = host.roster();
    if let Some(installed) = roster.plugins.first()
        && (kind == Kind::Unknown && is_for_us)
        && gate.limits.allow_hint(identity)
    {
        let hint = Text::key("line-repeated").with("line", shown(&line.text, 60));
        let lang = host.private_language(line.room.as_ref(), identity);
        gate.context(host, installed, line, &lang).private(hint).await;
    }
    true
}

/// Whoever was thrown out of a room of ours and asks why is no stranger: that is the one thing they may ask from outside.
async fn may_ask_why(host: &Host, line: &Line, jid: &BareJid, lang: &Arc<str>) -> bool {
    let roster = host.roster();
    let found = find(host, &roster, line, lang).or_else(|| find_foreign(host, &roster, line, lang.clone()).0);
    found.is_some_and(|it| it.entry.spec.name == "why") && why::has_answer(host, jid).await
}

/// A plugin asked something in a direct chat, and this is what it waits for.
fn is_answer(host: &Host, line: &Line) -> bool {
    matches!(&line.place, Place::Direct(jid) if host.direct_answers.hear(jid, &line.text))
}

/// Two of ours never talk to each other, so that they never talk for ever.
fn is_ours(host: &Host, line: &Line) -> bool {
    let config = host.live.config();
    let is = |a: &Jid, b: &Jid| a.node() == b.node() && a.domain() == b.domain();
    let mut ours = config.accounts.values().map(|it| &it.jid);
    let has = |ours: &Jid| line.occupant.as_ref().is_some_and(|it| it.jids.iter().any(|it| is(it, ours)));
    let is_self = line.occupant.as_ref().is_some_and(|it| it.is_self);
    is_self || ours.any(|ours| line.jid.as_ref().is_some_and(|it| is(it, ours)) || has(ours))
}

/// Somebody who is in none of our rooms as far as we know, and has no rights: a word on what we are, now and then.
async fn answer_stranger(host: &Host, jid: &BareJid, lang: &str) {
    if host.strangers.is_due(jid, host.clock.now()) {
        let words = host.words.translate(lang, &Text::key("stranger"));
        host.answer(&host.own_name(), None, &Place::Direct(jid.clone()), None, words).await;
    }
}

/// In a direct chat the first word may name the room that is meant: `garden@chat.example kick bob`.
async fn name_room(host: &Host, line: Line) -> Line {
    if let Place::Private(_) = &line.place {
        return unname_room(line);
    }
    let Place::Direct(jid) = &line.place else { return line };
    let (first, rest) = line.text.split_once(char::is_whitespace).unwrap_or((&line.text, ""));
    let Ok(room) = first.parse::<RoomJid>() else { return line };
    if !host.live.config().rooms.contains_key(&room) {
        return line;
    }
    let snapshot = match host.outlet() {
        Some(outlet) => outlet.snapshot(&room).await,
        None => None,
    };
    let occupant = snapshot.and_then(|it| it.occupants.values().find(|it| it.has_jid(jid)).cloned());
    Line { text: rest.trim().to_owned(), room: Some(room), occupant, ..line }
}

/// Whoever names in private the very room that they are in means it; other rooms are for direct chats.
fn unname_room(line: Line) -> Line {
    let named = line.text.split_once(char::is_whitespace);
    let here = |first: &str| line.room.is_some() && first.parse::<RoomJid>().ok() == line.room;
    match named {
        Some((first, rest)) if here(first) => Line { text: rest.trim().to_owned(), ..line },
        Some(_) | None => line,
    }
}

async fn carry_out(
    host: &Arc<Host>,
    installed: &Installed,
    found: Found<'_, '_>,
    (line, cx, asker): (&Line, Context, Asker),
    held: Held,
) {
    let (spec, level) = (&found.entry.spec, asker.level);
    if let Err(refusal) = grammar::decide(spec, level, line.kind(), line.room.is_some()) {
        if refusal != Refusal::Ignored {
            cx.reply(below::refused(refusal, line)).await;
        }
        return;
    }
    let snapshot = match (&line.room, wants_people(spec)) {
        (Some(room), true) => cx.services.rooms.snapshot(room).await,
        _ => None,
    };
    match grammar::parse(spec, found.rest, around(line, snapshot.as_ref())) {
        Ok(args) => {
            let call = Call { command: spec.name, args, asker };
            let Err(refused) = installed.mailbox.try_send(Job::Command(Box::new((call, cx)), held)) else { return };
            host.metrics.queue_drop(installed.name().as_str());
            if let Job::Command(job, _held) = refused.into_inner() {
                job.1.reply(Text::key("command-busy")).await;
            }
        }
        Err(mistake) => {
            // `access sit`: perhaps another command of this word was meant.
            let asking = Asking { room: line.room.as_ref(), level, lang: &cx.lang };
            let is_short = !found.word.contains(char::is_whitespace) && !found.rest.is_empty();
            let below = is_short.then(|| host.below(&host.roster(), &line.text, &asking)).flatten();
            cx.private(Text::Lines([Some(mistake.answer(spec, &cx.lang)), below].into_iter().flatten().collect())).await
        }
    }
}

fn around<'a>(line: &'a Line, snapshot: Option<&'a Snapshot>) -> Around<'a> {
    Around { room: line.room.as_ref(), snapshot }
}

fn wants_people(spec: &domovoi_plugin::CommandSpec) -> bool {
    use domovoi_plugin::ArgKind::{Nick, Several, Who};
    spec.args.iter().any(|it| matches!(it.kind, Nick | Several | Who))
}

/// A word that is no command: what begins with it, or what is like it; else silence in public, and in private that it is
/// unknown.
async fn unknown(host: &Arc<Host>, gate: &Gate, line: &Line, identity: &Identity, level: Level, lang: &Arc<str>) {
    let is_on =
        |plugin: &PluginName| line.from.as_ref() != Some(plugin) && host.is_command_on(plugin, line.room.as_ref());
    let roster = host.roster();
    let below = host.below(&roster, &line.text, &Asking { room: line.room.as_ref(), level, lang });
    let meant = || roster.commands.did_you_mean(&line.text, lang, level, is_on);
    let near = below.or_else(|| gate.hints.switched_off(host, &roster, line, level, lang));
    let near = near.or_else(|| Some(Text::key("did-you-mean").with("command", meant()?)));
    let text = match (near, line.kind()) {
        (Some(near), _) => near,
        (None, PlaceKind::Room) => return,
        (None, kind) => below::unknown(host, kind, line),
    };
    // Two programs that do not understand each other have something to say to that for ever.
    let is_stray = level < Level::BOT_OWNER && !gate.limits.allow_stray(identity);
    if is_stray && host.bots.kind(host, line).await != Kind::Person {
        return;
    }
    if !gate.limits.allow(identity, line.room.as_ref(), None, level) {
        return;
    }
    let Some(installed) = roster.plugins.first() else { return };
    let lang = host.private_language(line.room.as_ref(), identity);
    gate.context(host, installed, line, &lang).private(text).await;
}
