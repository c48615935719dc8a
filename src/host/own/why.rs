//! `why`: whoever was muted, thrown out or banned learns why, in private, and nothing about anybody else.
//!
//! Also from outside, in a direct chat: who is banned has no other way to ask.

use domovoi_plugin::{CommandSpec, Fault, Identity, Level, RoomJid, Text, Timestamp, grammar::shown};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
};
use crate::host::{
    acts,
    incidents::{Case, Mode, kept, words::to_you_text},
};

/// In so many rooms someone who asks from outside is told of what was done.
const MAX_ROOMS: usize = 3;

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
    let Some(jid) = it.call.asker.identity.jid() else { return Ok(Answer::Private(Text::key("why-nothing"))) };
    let concerned = kept::of(&it.host.store.state, jid).await.map_err(|error| not_stored(&error))?;
    let mut lines = Vec::new();
    for (room, number) in concerned.into_iter().take(MAX_ROOMS) {
        let case = kept::get(&it.host.store.state, &room, number).await.map_err(|error| not_stored(&error))?;
        if let Some(text) = case.and_then(|case| told(it, &room, &case, &who)) {
            lines.push(Text::key("why-in").with("room", room.as_str()).with("what", text));
        }
    }
    Ok(Answer::Private(if lines.is_empty() { Text::key("why-nothing") } else { Text::Lines(lines) }))
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
    let cases = kept::list(&it.host.store.state, room, since).await.map_err(|error| not_stored(&error))?;
    let by_itself = cases.iter().find_map(|case| Some((case.last, told(it, room, case, who)?)));
    let by_people = by_people(it, room, who).await?;
    let newest = by_itself.into_iter().chain(by_people).max_by_key(|it| it.0);
    Ok(newest.map_or_else(|| Text::key("why-nothing"), |it| it.1))
}

/// What of an incident concerns them, without rules and points, which only help whoever wants to get around them.
fn told(it: &Asked<'_>, room: &RoomJid, case: &Case, who: &Who) -> Option<Text> {
    let place = who.place(case)?;
    let person = case.people.get(place)?;
    let is_about = |deed: &&crate::host::incidents::Deed| {
        let is_harm = matches!(deed.action.as_str(), "mute" | "kick" | "ban");
        is_harm && deed.identity.as_ref().is_some_and(|it| person.has(it))
    };
    let deed = case.deeds.iter().rev().find(is_about).filter(|_| case.mode == Mode::Enforced)?;
    let reason = case.ground_of(place).or_else(|| case.grounds.last());
    let reason = reason.map_or_else(String::new, |ground| it.host.words_of(&case.plugin, &it.cx.lang, &ground.reason));
    let zone = it.host.live.config().rooms.get(room).map_or_else(|| "UTC".to_owned(), |it| it.timezone.to_string());
    let text = Text::key("why-is").with("at", deed.at.in_zone(&zone)).with("reason", reason);
    Some(text.with("what", to_you_text(&deed.action, deed.seconds)).with("number", case.number.to_string()))
}

/// What a moderator had done to them through the bot.
async fn by_people(it: &Asked<'_>, room: &RoomJid, who: &Who) -> Result<Option<(Timestamp, Text)>, Fault> {
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
        let reason = act.reason.as_deref().filter(|it| !it.is_empty()).map(|it| shown(it, 200));
        let key = if reason.is_some() { "why-by-moderator" } else { "why-by-moderator-bare" };
        let reason = reason.unwrap_or_default();
        let zone = it.host.live.config().rooms.get(room).map_or_else(|| "UTC".to_owned(), |it| it.timezone.to_string());
        let text = Text::key(key).with("at", act.at.in_zone(&zone)).with("reason", reason);
        (act.at, text.with("what", to_you_text(&act.action, act.seconds)))
    }))
}
