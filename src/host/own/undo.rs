//! `undo N`: takes an incident back: voice, bans, affiliations, the room's form, and what the plugin keeps of it.
//!
//! First the difference is told, what is in force now and what will be. Only what is still ours is touched: whatever a
//! person changed since, by hand or through the bot, stays. Asked for again it finds nothing left to do. Everything is
//! done on behalf of whoever asks, with no more rights than they have, one item a request.

use std::time::Duration;

use domovoi_plugin::{
    ActError, Action, Affiliation, ArgKind, ArgSpec, CommandSpec, Fault, FormChange, Identity, Level, Outcome, Role,
    RoomJid, Snapshot, Target, Text,
    grammar::{act_error_text, shown},
    jid::BareJid,
};
use tokio::sync::oneshot;

use super::{
    asked::{Answer, Answered, Asked},
    incidents::{case_of, teller},
    not_stored,
};
use crate::host::{
    incidents::{
        Case, Deed,
        kept::{self, Undone},
    },
    instance::Job,
    keeper,
    timed::{Entry, Kind},
};

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "отмени")],
    level: Level::MODERATOR,
    args: &[ArgSpec::needed("number", ArgKind::Word)],
    example: "undo 12",
    ..CommandSpec::new("undo", "help-undo")
}];

/// So many differences are told one by one.
const MAX_TOLD: usize = 20;
/// For so long an incident whose acts are not answered yet is waited for.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// Something to be restored.
struct Step {
    /// What differs, for people.
    text: Text,
    /// What is done about it.
    action: Action,
}

/// What there is to restore, and what is left as it is.
#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    left: Vec<Text>,
}

/// Takes an incident back.
pub(super) async fn undo(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let (case, is_settled) = settled(it, room).await?;
    let state = &it.host.store.state;
    let before = kept::undone(state, room, case.number).await.map_err(|error| not_stored(&error))?;
    let mut plan = plan(it, room, &case).await?;
    if !is_settled {
        plan.left.push(Text::key("undo-under-way"));
    }
    let number = case.number.to_string();
    it.answer(Answer::List(difference(it, room, &plan, &number, before.as_ref()))).await;
    let n_steps = plan.steps.len();
    let failed = carry_out(it, room, plan.steps).await;
    // Put down first: if a raid ends with it, whoever is told of that is told this too.
    if failed.is_empty() && before.is_none() {
        let undone = Undone { by: it.call.asker.nick.clone(), at: it.cx.now() };
        kept::set_undone(state, room, case.number, &undone).await.map_err(|error| not_stored(&error))?;
    }
    let own = if before.is_none() { ask_plugin(it, room, &case).await } else { None };
    if n_steps == 0 && own.is_none() {
        return Ok(Answer::Here(Text::empty()));
    }
    let key = if failed.is_empty() { "undo-done" } else { "undo-partly" };
    let n_done = u32::try_from(n_steps.saturating_sub(failed.len())).unwrap_or(u32::MAX);
    let mut lines = vec![Text::key(key).with("number", number).with("done", n_done)];
    lines.extend(failed.into_iter().take(MAX_TOLD));
    lines.extend(own.map(Text::plain));
    Ok(Answer::List(Text::Lines(lines)))
}

/// The incident once everything that was asked for in it is answered, and whether it is.
async fn settled(it: &Asked<'_>, room: &RoomJid) -> Result<(Case, bool), Fault> {
    let case = case_of(it, room).await?;
    let under_way = &it.host.under_way;
    if under_way.count(room, case.number) == 0 {
        return Ok((case, true));
    }
    let is_settled = under_way.settled(room, case.number, ANSWERED_WITHIN).await;
    Ok((case_of(it, room).await?, is_settled))
}

fn difference(it: &Asked<'_>, room: &RoomJid, plan: &Plan, number: &str, before: Option<&Undone>) -> Text {
    let mut lines = Vec::new();
    lines.extend(before.map(|undone| {
        let at = teller(it, room).at(undone.at);
        Text::key("undo-again").with("number", number).with("by", shown(&undone.by, 60)).with("at", at)
    }));
    let n = u32::try_from(plan.steps.len()).unwrap_or(u32::MAX);
    let head = if plan.steps.is_empty() { "undo-nothing" } else { "undo-begins" };
    lines.push(Text::key(head).with("number", number).with("steps", n));
    lines.extend(plan.steps.iter().take(MAX_TOLD).map(|step| step.text.clone()));
    lines.extend(plan.left.iter().take(MAX_TOLD).cloned());
    Text::Lines(lines)
}

async fn carry_out(it: &Asked<'_>, room: &RoomJid, steps: Vec<Step>) -> Vec<Text> {
    let (texts, actions): (Vec<Text>, Vec<Action>) = steps.into_iter().map(|it| (it.text, it.action)).unzip();
    let results = it.act_all(room, actions).await;
    let failed = |(what, result): (Text, Result<Outcome, ActError>)| {
        let why = act_error_text(&result.err()?);
        Some(Text::key("undo-failed").with("what", what).with("why", why))
    };
    texts.into_iter().zip(results).filter_map(failed).collect()
}

/// The plugin takes back what only it knows of; its words, if it has any.
async fn ask_plugin(it: &Asked<'_>, room: &RoomJid, case: &Case) -> Option<String> {
    let installed = it.host.installed(&case.plugin)?;
    let (reply, answer) = oneshot::channel();
    let job = Job::Undo(Box::new(case.shown(room)), reply, it.host.in_hand.hold());
    installed.mailbox.try_send(job).ok()?;
    // An error means that the plugin failed, which is numbered and told already.
    let text = answer.await.ok().flatten()?;
    Some(it.host.words_of(&case.plugin, &it.cx.lang, &text))
}

async fn plan(it: &Asked<'_>, room: &RoomJid, case: &Case) -> Result<Plan, Fault> {
    let mut plan = Plan::default();
    let snapshot = it.cx.services.rooms.snapshot(room).await.unwrap_or_default();
    let reason = Text::key("reason-undo").with("number", case.number.to_string());
    let reason = it.host.own_words(&it.host.room_language(room), &reason);
    let mut seen: Vec<(Kind, Identity)> = Vec::new();
    let mut banned = None;
    for deed in case.deeds.iter().rev() {
        let Some(identity) = deed.identity.clone() else { continue };
        let kind = match deed.action.as_str() {
            "mute" => Kind::Mute,
            "ban" => Kind::Ban,
            _ => continue,
        };
        if seen.contains(&(kind, identity.clone())) {
            continue;
        }
        seen.push((kind, identity.clone()));
        let entry = keeper::timed(&it.host.store.state, room, (kind, &identity)).await;
        let entry = entry.map_err(|error| not_stored(&error))?.filter(|entry| is_ours(entry, case));
        match (kind, identity.jid()) {
            (Kind::Mute, _) => voice(&mut plan, deed, entry, &snapshot, &reason),
            (Kind::Ban, Some(jid)) => {
                if banned.is_none() {
                    banned = Some(listed(it, room, Affiliation::Outcast).await?);
                }
                let is_listed = banned.as_ref().is_some_and(|it| it.contains(jid));
                let name = name_of(it, case, jid);
                unban(&mut plan, (case, jid, name), entry.is_some(), is_listed, &reason);
            }
            (Kind::Ban, None) => (),
        }
    }
    kept_out(it, room, case, &mut plan, &reason).await?;
    affiliations(it, room, case, &mut plan, &reason).await?;
    form(it, room, case, &mut plan).await;
    Ok(plan)
}

/// Whether a timed act is still the one that this incident brought: made at the same instant as one of its acts, or
/// renewed by the host itself.
fn is_ours(entry: &Entry, case: &Case) -> bool {
    entry.by == crate::host::core::OWN_NAME
        || case.deeds.iter().any(|it| it.at == entry.since)
        || case.at == entry.since
}

fn voice(plan: &mut Plan, deed: &Deed, entry: Option<Entry>, snapshot: &Snapshot, reason: &str) {
    let name = deed.target.clone().unwrap_or_default();
    let Some(entry) = entry else {
        if deed.is_done {
            plan.left.push(Text::key("undo-not-muted").with("who", shown(&name, 60)));
        }
        return;
    };
    let here = snapshot.occupants.values().find(|it| it.is(&entry.identity) && it.role < Role::Participant);
    let nick = here.map(|it| it.nick.clone()).or_else(|| domovoi_plugin::Nick::new(&entry.nick).ok());
    let Some(nick) = nick else { return };
    let target = Target { nick, identity: entry.identity };
    let text = Text::key("undo-voice").with("who", shown(target.nick.as_str(), 60));
    plan.steps.push(Step { text, action: Action::Unmute { target, reason: reason.to_owned() } });
}

fn unban(plan: &mut Plan, (case, jid, name): (&Case, &BareJid, String), is_ours: bool, is_listed: bool, reason: &str) {
    if !is_listed {
        plan.left.push(Text::key("undo-not-banned").with("who", name));
        return;
    }
    if !is_ours {
        plan.left.push(Text::key("undo-others-ban").with("who", name));
        return;
    }
    let affiliation = affiliation_before(case, jid);
    let text = Text::key("undo-ban").with("who", name).with("affiliation", affiliation.as_str());
    let action = Action::Affiliation { jid: jid.clone(), affiliation, reason: reason.to_owned() };
    plan.steps.push(Step { text, action });
}

/// What someone is called in the answer: where everybody reads it, by nick, since a JID is nobody's business there.
fn name_of(it: &Asked<'_>, case: &Case, jid: &BareJid) -> String {
    let person = case.people.iter().find(|it| it.jid.as_ref() == Some(jid));
    match person.filter(|_| !it.is_private()) {
        Some(person) => shown(person.nick.as_str(), 60),
        None => jid.to_string(),
    }
}

fn affiliation_text(affiliation: Affiliation) -> Text {
    Text::key(format!("affiliation-{}", affiliation.as_str()))
}

/// What someone was before; never more than a member, since others are touched by nobody.
fn affiliation_before(case: &Case, jid: &BareJid) -> Affiliation {
    let person = case.people.iter().find(|it| it.jid.as_ref() == Some(jid));
    let is_member = person.and_then(|it| it.affiliation).is_some_and(|it| it == Affiliation::Member);
    if is_member { Affiliation::Member } else { Affiliation::None }
}

/// Those of unknown JID who are kept out come in again.
async fn kept_out(it: &Asked<'_>, room: &RoomJid, case: &Case, plan: &mut Plan, reason: &str) -> Result<(), Fault> {
    for person in case.people.iter().filter(|it| it.identity.jid().is_none()) {
        let entry = keeper::timed(&it.host.store.state, room, (Kind::Ban, &person.identity)).await;
        let entry = entry.map_err(|error| not_stored(&error))?;
        if entry.is_some_and(|entry| entry.by == case.plugin.as_str()) {
            let text = Text::key("undo-kept-out").with("who", shown(person.nick.as_str(), 60));
            plan.steps
                .push(Step { text, action: Action::Unmute { target: person.target(), reason: reason.to_owned() } });
        }
    }
    Ok(())
}

/// List entries that a plugin set by itself, as far as they are still so.
async fn affiliations(it: &Asked<'_>, room: &RoomJid, case: &Case, plan: &mut Plan, reason: &str) -> Result<(), Fault> {
    let set = case.deeds.iter().filter(|it| it.is_done && it.action == "affiliation");
    let mut seen: Vec<BareJid> = Vec::new();
    for deed in set.rev() {
        let Some(jid) = deed.identity.as_ref().and_then(Identity::jid).filter(|it| !seen.contains(it)) else {
            continue;
        };
        seen.push(jid.clone());
        let Some(to) = deed.to.as_deref().and_then(|it| it.parse::<Affiliation>().ok()) else { continue };
        let before = affiliation_before(case, jid);
        if to == before || to == Affiliation::None || !listed(it, room, to).await?.contains(jid) {
            continue;
        }
        let text = Text::key("undo-affiliation").with("who", name_of(it, case, jid));
        let text = text.with("from", affiliation_text(to)).with("affiliation", affiliation_text(before));
        let action = Action::Affiliation { jid: jid.clone(), affiliation: before, reason: reason.to_owned() };
        plan.steps.push(Step { text, action });
    }
    Ok(())
}

async fn listed(it: &Asked<'_>, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<BareJid>, Fault> {
    let list = it.cx.services.rooms.list(room, affiliation).await.map_err(Fault::Act)?;
    Ok(list.into_iter().map(|it| it.jid).collect())
}

/// Fields of the room's form, as far as they are still as we set them.
async fn form(it: &Asked<'_>, room: &RoomJid, case: &Case, plan: &mut Plan) {
    let net = net_changes(case);
    if net.is_empty() {
        return;
    }
    let form = match it.cx.services.rooms.form(room).await {
        Ok(form) => form,
        Err(error) => {
            plan.left.push(Text::key("undo-no-form").with("why", act_error_text(&error)));
            return;
        }
    };
    let (mut texts, mut changes) = (Vec::new(), Vec::new());
    // A raid that a person says is none is over, and the plugin gives back the form by itself, whoever that person is.
    let ends_with_raid = case.is_raid && case.ended.is_none() && it.call.asker.level < Level::ROOM_OWNER;
    for change in net {
        let Some(field) = form.fields.get(&change.key) else { continue };
        let (before, after) = (change.before.join(", "), change.after.join(", "));
        let text = |key| Text::key(key).with("key", change.key.as_str()).with("now", &*after).with("before", &*before);
        if field.is_same(&change.before) {
            continue;
        }
        if !field.is_same(&change.after) {
            plan.left.push(Text::key("undo-others-form").with("key", change.key));
            continue;
        }
        if ends_with_raid {
            plan.left.push(text("undo-form-then"));
            continue;
        }
        texts.push(text("undo-form"));
        changes.push(FormChange { key: change.key, before: change.after, after: change.before });
    }
    // All in one: two submissions at once would undo each other.
    if !changes.is_empty() {
        plan.steps.push(Step { text: Text::Lines(texts), action: Action::Configure { changes } });
    }
}

/// What all changes of the form come to: the first value before, the last one after.
fn net_changes(case: &Case) -> Vec<FormChange> {
    let mut net: Vec<FormChange> = Vec::new();
    for change in case.deeds.iter().filter(|it| it.is_done).flat_map(|it| &it.form) {
        match net.iter_mut().find(|it| it.key == change.key) {
            Some(known) => known.after.clone_from(&change.after),
            None => net.push(change.clone()),
        }
    }
    net.retain(|it| it.before != it.after);
    net
}
