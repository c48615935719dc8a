//! `incident N`, `incidents`, `case NICK`: what was done automatically, as moderators ask about it.

use std::{collections::BTreeSet, time::Duration};

use domovoi_plugin::{
    ArgKind, ArgSpec, CommandSpec, Fault, Identity, Level, RoomJid, Text, grammar::shown, jid::BareJid,
};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
    report::{act_text, unbans},
};
use crate::host::{
    acts::{self, Act},
    incidents::{Case, Person, kept, words::Teller},
};

const DAY: Duration = Duration::from_secs(86_400);
/// So many incidents are listed.
const MAX_LISTED: usize = 100;

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "инцидент")],
        level: Level::MODERATOR,
        args: &[ArgSpec::needed("number", ArgKind::Word)],
        example: "incident 12",
        ..CommandSpec::new("incident", "help-incident")
    },
    CommandSpec {
        names: &[("ru", "инциденты")],
        level: Level::MODERATOR,
        args: &[ArgSpec::optional("span", ArgKind::Duration)],
        example: "incidents 24h",
        ..CommandSpec::new("incidents", "help-incidents")
    },
    CommandSpec {
        names: &[("ru", "дело")],
        level: Level::MODERATOR,
        args: &[ArgSpec::needed("who", ArgKind::Rest)],
        example: "case bob",
        ..CommandSpec::new("case", "help-case")
    },
];

/// One incident with everything about it, in private: it shows JIDs and what was said.
pub(super) async fn one(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let case = case_of(it, room).await?;
    whole(it, room, &case).await
}

async fn whole(it: &Asked<'_>, room: &RoomJid, case: &Case) -> Answered {
    Ok(Answer::Private(teller(it, room).full(case, undone(it, room, case).await?.as_ref())))
}

/// The incident whose number was given.
pub(super) async fn case_of(it: &Asked<'_>, room: &RoomJid) -> Result<Case, Fault> {
    let given = it.call.args.text("number").unwrap_or_default();
    let case = numbered(it, room, given).await?;
    case.ok_or_else(|| Fault::answer(Text::key("case-unknown").with("given", shown(given, 30))))
}

async fn numbered(it: &Asked<'_>, room: &RoomJid, given: &str) -> Result<Option<Case>, Fault> {
    let Ok(number) = given.trim_start_matches(['#', '№']).parse() else { return Ok(None) };
    it.host.keeper.written().await;
    kept::get(&it.host.store.state, room, number).await.map_err(|error| not_stored(&error))
}

/// How this is told to whoever asks.
pub(super) fn teller<'a>(it: &'a Asked<'_>, room: &RoomJid) -> Teller<'a> {
    let zone = it.host.live.config().rooms.get(room).map(|it| it.timezone.as_str().to_owned());
    Teller { host: &it.host, lang: &it.cx.lang, zone: zone.unwrap_or_else(|| "UTC".to_owned()), aim: None }
}

/// What was done lately, one line an incident.
pub(super) async fn list(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let span = it.call.args.duration("span").unwrap_or(DAY);
    let cases = all(it, room, span).await?;
    if cases.is_empty() {
        return Ok(Answer::Here(Text::key("cases-none").with("span", Text::span(span))));
    }
    Ok(Answer::Private(Text::Lines(lines(it, room, cases.iter().take(MAX_LISTED)).await?)))
}

/// A line each, with who took it back if somebody did.
async fn lines(it: &Asked<'_>, room: &RoomJid, cases: impl Iterator<Item = &Case>) -> Result<Vec<Text>, Fault> {
    let teller = teller(it, room);
    let mut lines = Vec::new();
    for case in cases {
        lines.push(teller.line(case, undone(it, room, case).await?.as_ref()));
    }
    Ok(lines)
}

async fn undone(it: &Asked<'_>, room: &RoomJid, case: &Case) -> Result<Option<kept::Undone>, Fault> {
    kept::undone(&it.host.store.state, room, case.number).await.map_err(|error| not_stored(&error))
}

/// The incidents of a room, newest first.
pub(super) async fn all(it: &Asked<'_>, room: &RoomJid, span: Duration) -> Result<Vec<Case>, Fault> {
    it.host.keeper.written().await;
    let since = it.cx.now() - span.min(kept::KEPT_FOR);
    kept::list(&it.host.store.state, room, since).await.map_err(|error| not_stored(&error))
}

/// Someone's history here: incidents and acts, by whatever nick.
pub(super) async fn of_person(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let given = it.call.args.text("who").unwrap_or_default().trim().to_owned();
    let cases = all(it, room, kept::KEPT_FOR).await?;
    let known = known_as(it, room, &given, &cases).await;
    let is_theirs = |case: &&Case| case.people.iter().any(|it| known.iter().any(|person| person.is(it)));
    let theirs: Vec<&Case> = cases.iter().filter(is_theirs).collect();
    let mut nicks: BTreeSet<String> = known.iter().map(|it| it.nick.to_string()).collect();
    let people = theirs.iter().flat_map(|it| &it.people).filter(|it| known.iter().any(|person| person.is(it)));
    nicks.extend(people.map(|it| it.nick.to_string()));
    let now = it.cx.now();
    let acts = acts::list(&it.host.store.state, room, now - acts::KEPT_FOR, now).await;
    let acts = acts.map_err(|error| not_stored(&error))?;
    // What was done automatically stands in the incidents.
    let by_people = acts.iter().filter(|act| act.by.is_some() && was_done_to(act, &nicks, &known)).take(50);
    let by_people: Vec<&Act> = by_people.collect();
    if theirs.is_empty() && by_people.is_empty() {
        // Every text calls an incident a case, so whoever names a number means that one.
        if let Some(case) = numbered(it, room, &given).await? {
            return whole(it, room, &case).await;
        }
        return Ok(Answer::Here(Text::key("case-nothing").with("who", shown(&given, 60))));
    }
    let teller = teller(it, room);
    let names = nicks.iter().map(|it| shown(it, 60)).collect::<Vec<_>>().join(", ");
    let jids: BTreeSet<String> = known.iter().filter_map(|it| it.jid.as_ref()).map(ToString::to_string).collect();
    let head = if jids.is_empty() { "case-person" } else { "case-person-jid" };
    let jids = jids.into_iter().collect::<Vec<_>>().join(", ");
    let mut lines = vec![Text::key(head).with("nicks", names).with("jids", jids)];
    for case in theirs.into_iter().take(30) {
        lines.extend(self::lines(it, room, std::iter::once(case)).await?);
        lines.extend(their_part(&teller, case, &known));
    }
    let unbans = unbans(&acts);
    lines.extend(by_people.into_iter().map(|it| act_text(it, unbans.contains(&it.seq), &teller.zone)));
    Ok(Answer::Private(Text::Lines(lines)))
}

/// What of a raid concerns them: its own line tells of everybody.
fn their_part(teller: &Teller<'_>, case: &Case, known: &[Person]) -> Vec<Text> {
    let is_about = |place: usize| case.people.get(place).is_some_and(|it| known.iter().any(|person| person.is(it)));
    let theirs = case.grounds.iter().filter(|it| case.is_raid && it.about.is_some_and(is_about));
    theirs.map(|it| Text::Joined(vec![Text::plain("–"), teller.ground(case, it)])).collect()
}

/// Everybody whom a nick or a JID means: who is here under it, and who came into an incident under it.
async fn known_as(it: &Asked<'_>, room: &RoomJid, given: &str, cases: &[Case]) -> Vec<Person> {
    let jid = BareJid::new(given).ok().filter(|it| it.node().is_some());
    let mut known: Vec<Person> = jid.as_ref().and_then(Person::of_jid).into_iter().collect();
    let identity = jid.map(Identity::Jid);
    let lower = given.to_lowercase();
    let is_meant = |it: &&Person| {
        it.nick.as_str().to_lowercase() == lower || identity.as_ref().is_some_and(|identity| it.has(identity))
    };
    known.extend(cases.iter().flat_map(|it| &it.people).filter(is_meant).cloned());
    let snapshot = it.cx.services.rooms.snapshot(room).await.unwrap_or_default();
    let here = snapshot.occupants.values().chain(snapshot.gone.iter().map(|it| &it.occupant));
    let here = here.filter(|it| it.nick.as_str().to_lowercase() == lower);
    known.extend(here.map(|it| {
        let target = domovoi_plugin::Target { nick: it.nick.clone(), identity: it.identity() };
        Person::new(&target, Some(it))
    }));
    known
}

fn was_done_to(act: &Act, nicks: &BTreeSet<String>, known: &[Person]) -> bool {
    let Some(target) = &act.target else { return false };
    let is_jid = |it: &Person| it.jid.as_ref().is_some_and(|jid| jid.as_str() == target);
    nicks.contains(target) || known.iter().any(is_jid)
}
