//! `why`: whoever was muted, thrown out or banned learns why, in private, and nothing about anybody else.
//!
//! Also from outside, in a direct chat: who is banned has no other way to ask. What a moderator did is told as the room
//! showed it to everybody: when, by whom, with which reason.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{CommandSpec, Fault, Identity, Level, RoomJid, Text, Timestamp, grammar::shown, jid::BareJid};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
};
use crate::host::{
    acts,
    core::Host,
    incidents::{Case, Mode, kept, words::to_you_text},
    removals::{self, Removal},
};

/// In so many rooms someone who asks from outside is told of what was done.
const MAX_ROOMS: usize = 3;
/// What left a room so soon after we did it by ourselves is that.
const SAME_WITHIN: Duration = Duration::from_secs(60);

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "почему")],
    level: Level::VISITOR,
    works_without_room: true,
    ..CommandSpec::new("why", "help-why")
}];

/// Why something was done to whoever asks.
pub(super) async fn why(it: &Asked<'_>) -> Answered {
    it.host.keeper.written().await;
    let who = Who::new(it);
    if let Some(room) = &it.cx.room {
        return Ok(Answer::Private(in_room(it, room, &who).await?));
    }
    let mut told = outside(it, &who).await?;
    told.sort_by_key(|it| std::cmp::Reverse(it.1.0));
    let line = |(room, (_, what)): (RoomJid, Told)| Text::key("why-in").with("room", room.as_str()).with("what", what);
    let lines: Vec<Text> = told.into_iter().take(MAX_ROOMS).map(line).collect();
    Ok(Answer::Private(if lines.is_empty() { Text::key("why-nothing") } else { Text::Lines(lines) }))
}

/// When it was, and in words.
type Told = (Timestamp, Text);

/// What was done last to whoever asks, in each room where anything was.
async fn outside(it: &Asked<'_>, who: &Who) -> Result<Vec<(RoomJid, Told)>, Fault> {
    let Some(jid) = it.call.asker.identity.jid() else { return Ok(Vec::new()) };
    let state = &it.host.store.state;
    let mut rooms: BTreeMap<RoomJid, Option<Told>> = BTreeMap::new();
    for (room, number) in kept::of(state, jid).await.map_err(|error| not_stored(&error))? {
        let case = kept::get(state, &room, number).await.map_err(|error| not_stored(&error))?;
        let told = case.and_then(|case| told(it, &room, &case, who));
        rooms.insert(room, told);
    }
    for (room, removal) in removals::of(state, &it.call.asker.identity).await.map_err(|error| not_stored(&error))? {
        let known = rooms.remove(&room).flatten();
        let told = newest(it, &room, who, known, Some(removal)).await?;
        rooms.insert(room, told);
    }
    Ok(rooms.into_iter().filter_map(|(room, told)| Some((room, told?))).collect())
}

/// Whether there is anything to tell them who is not in any room of ours.
pub(in crate::host) async fn has_answer(host: &Host, jid: &BareJid) -> bool {
    // What was done to them a moment ago may still be on its way to the store.
    host.keeper.written().await;
    let state = &host.store.state;
    kept::of(state, jid).await.is_ok_and(|it| !it.is_empty())
        || removals::of(state, &Identity::Jid(jid.clone())).await.is_ok_and(|it| !it.is_empty())
}

/// Whoever asks, by everything they are known by.
struct Who(Vec<Identity>);

impl Who {
    fn new(it: &Asked<'_>) -> Self {
        let asker = &it.call.asker;
        let occupant = asker.occupant.as_deref();
        let jid = occupant.and_then(domovoi_plugin::Occupant::bare_jid).map(Identity::Jid);
        let id = occupant.and_then(|it| it.occupant_id.clone()).map(Identity::OccupantId);
        let identities = [Some(asker.identity.clone()), jid, id].into_iter().flatten().collect();
        Self(identities)
    }

    fn place(&self, case: &Case) -> Option<usize> {
        case.people.iter().position(|person| self.0.iter().any(|it| person.has(it)))
    }
}

async fn in_room(it: &Asked<'_>, room: &RoomJid, who: &Who) -> Result<Text, Fault> {
    let since = it.cx.now() - kept::KEPT_FOR;
    let state = &it.host.store.state;
    let cases = kept::list(state, room, since).await.map_err(|error| not_stored(&error))?;
    let by_itself = cases.iter().find_map(|case| told(it, room, case, who));
    let mut removal: Option<Removal> = None;
    for identity in &who.0 {
        let all = removals::of(state, identity).await.map_err(|error| not_stored(&error))?;
        let here = all.into_iter().find(|it| it.0 == *room).map(|it| it.1);
        removal = removal.into_iter().chain(here).max_by_key(|it| it.at);
    }
    let newest = newest(it, room, who, by_itself, removal).await?;
    Ok(newest.map_or_else(|| Text::key("why-nothing"), |it| it.1))
}

/// The last of what we did by ourselves, what somebody did through us, and what the room showed.
async fn newest(
    it: &Asked<'_>,
    room: &RoomJid,
    who: &Who,
    by_itself: Option<Told>,
    removal: Option<Removal>,
) -> Result<Option<Told>, Fault> {
    let by_people = by_people(it, room, who).await?;
    let ours = by_itself.into_iter().chain(by_people).max_by_key(|it| it.0);
    // What we did shows in the room as well, and we know more of it.
    let is_ours = |removal: &Removal| {
        let apart = |at: Timestamp| removal.at.since(at).max(at.since(removal.at));
        removal.actor.is_none() && ours.as_ref().is_some_and(|it| apart(it.0) < SAME_WITHIN)
    };
    let shown = removal.filter(|it| !is_ours(it)).map(|removal| {
        let what = to_you_text(&removal.action, None);
        (removal.at, act_text(it, room, removal.at, what, (removal.actor.as_deref(), removal.reason.as_deref())))
    });
    Ok(ours.into_iter().chain(shown).max_by_key(|it| it.0))
}

/// What of an incident concerns them, without rules and points, which only help whoever wants to get around them.
fn told(it: &Asked<'_>, room: &RoomJid, case: &Case, who: &Who) -> Option<Told> {
    let place = who.place(case)?;
    let person = case.people.get(place)?;
    let is_about = |deed: &&crate::host::incidents::Deed| {
        let is_harm = matches!(deed.action.as_str(), "mute" | "kick" | "ban");
        is_harm && deed.identity.as_ref().is_some_and(|it| person.has(it))
    };
    let deed = case.deeds.iter().rev().find(is_about).filter(|_| case.mode == Mode::Enforced)?;
    let reason = case.ground_of(place).or_else(|| case.grounds.last());
    let reason = reason.map_or_else(String::new, |ground| it.host.words_of(&case.plugin, &it.cx.lang, &ground.reason));
    let text = Text::key("why-is").with("at", deed.at.in_zone(&zone(it, room))).with("reason", reason);
    let text = text.with("what", to_you_text(&deed.action, deed.seconds)).with("number", case.number.to_string());
    Some((deed.at, text))
}

fn zone(it: &Asked<'_>, room: &RoomJid) -> String {
    it.host.live.config().rooms.get(room).map_or_else(|| "UTC".to_owned(), |it| it.timezone.to_string())
}

/// What a person did, who that was and why, as far as either is known. A reason may name them already.
fn act_text(
    it: &Asked<'_>,
    room: &RoomJid,
    at: Timestamp,
    what: Text,
    (by, reason): (Option<&str>, Option<&str>),
) -> Text {
    let reason = reason.filter(|it| !it.is_empty()).map(|it| shown(it, 200));
    let by = by.filter(|by| !reason.as_ref().is_some_and(|it| it.contains(by))).map(|it| shown(it, 60));
    let key = match (by.is_some(), reason.is_some()) {
        (true, true) => "why-by",
        (true, false) => "why-by-bare",
        (false, true) => "why-by-moderator",
        (false, false) => "why-by-moderator-bare",
    };
    let text = Text::key(key).with("at", at.in_zone(&zone(it, room))).with("what", what);
    text.with("by", by.unwrap_or_default()).with("reason", reason.unwrap_or_default())
}

/// What a moderator had done to them through the bot.
async fn by_people(it: &Asked<'_>, room: &RoomJid, who: &Who) -> Result<Option<Told>, Fault> {
    let now = it.cx.now();
    let all = acts::list(&it.host.store.state, room, now - kept::KEPT_FOR, now).await;
    let all = all.map_err(|error| not_stored(&error))?;
    // Never by nick: whoever has it now may be somebody else.
    let is_theirs = |it: &Identity| who.0.contains(it);
    let act = all.iter().find(|act| {
        let is_harm = matches!(act.action.as_str(), "mute" | "kick" | "ban");
        is_harm && act.by.is_some() && act.result == "done" && act.target_identity.as_ref().is_some_and(is_theirs)
    });
    Ok(act.map(|act| {
        let what = to_you_text(&act.action, act.seconds);
        (act.at, act_text(it, room, act.at, what, (act.by.as_deref(), act.reason.as_deref())))
    }))
}
