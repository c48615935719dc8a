//! `rule find`, `rule test`: which rules would hit someone here, and whom a rule would have hit.
//!
//! A trial reads what was recorded and takes everybody for what they were by then, as far as the records tell: known
//! from their first record on, trusted for what they said since.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{
    Affiliation, Asked, Caps, Fault, Identity, Message, Occupant, Query, Record, RecordKind, Role, RoomJid, Show,
    Target, Text, Timestamp, Who, grammar::shown, parse_duration,
};
use serde_json::Value;

use super::count;
use crate::{
    Guard,
    lists::{Occasion, asks::What, look, own::OwnRule},
    react::kept::RuleEntry,
    trust::{Standing, Trust},
    window::Window,
};

/// So many records are read at most.
const MOST_RECORDS: usize = 500_000;
/// So many people are told of.
const MOST_SHOWN: usize = 15;
/// As far back where nothing is said.
const USUAL: Duration = Duration::from_secs(30 * 86_400);
/// And no farther than this.
const FARTHEST: Duration = Duration::from_secs(366 * 86_400);
/// The span in which comings are counted.
const JOINS: Duration = Duration::from_secs(120);

/// Says which rules would hit someone who is here, as they are now.
pub(crate) async fn find(guard: &Guard, cx: Asked<'_>, who: Who) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?.clone();
    let snapshot = it.cx.services.rooms.snapshot(&room).await.unwrap_or_default();
    let is_it = |occupant: &&std::sync::Arc<Occupant>| match &who {
        Who::Here(Target { identity, .. }) | Who::Gone(Target { identity, .. }) => occupant.is(identity),
        Who::Jid(jid) => occupant.has_jid(jid),
    };
    let here = snapshot.occupants.values().find(is_it);
    let gone = snapshot.gone.iter().map(|it| &it.occupant).find(is_it);
    let Some(occupant) = here.or(gone) else {
        return Err(Fault::answer(Text::key("not-here").with("who", shown(&who.name(), 60))));
    };
    let (said, rules) = {
        let inner = it.react.inner();
        let rules = inner.kept.get(&Some(room.clone())).map(|it| it.rules.clone()).unwrap_or_default();
        (snapshot.gone.iter().find(|it| is_it(&&it.occupant)).and_then(|it| it.last_said.clone()), rules)
    };
    let message = said.map(|body| Message { body, ..Message::default() });
    let occupant = occupant.clone();
    let identity = occupant.identity();
    if it.is_awake().is_err() {
        it.cx.reply(would_hit(&rules, &occupant, &room, message.as_ref(), &Value::Null, it.cx.now())).await;
        return Ok(());
    }
    it.react.ask(it.cx, (&room.clone(), &identity, What::Tell), false, move |_, cx, data| {
        would_hit(&rules, &occupant, &room, message.as_ref(), data.get("kept").unwrap_or(&Value::Null), cx.now())
    });
    Ok(())
}

/// Which rules hit someone, as the guard knows them.
fn would_hit(
    rules: &BTreeMap<String, RuleEntry>,
    occupant: &Occupant,
    room: &RoomJid,
    message: Option<&Message>,
    known: &Value,
    now: Timestamp,
) -> Text {
    let mut hits = Vec::new();
    for (name, entry) in rules {
        let Some(rule) = entry.rule() else { continue };
        let told = told(&rule, occupant, room, message, standing(known, occupant, now), now);
        let key = match told {
            Some(true) => "rule-hits",
            Some(false) => continue,
            None => "rule-perhaps",
        };
        hits.push(Text::key(key).with("name", name.as_str()).with("source", shown(&entry.source, 200)));
    }
    if hits.is_empty() {
        return Text::key("rule-hits-none").with("who", shown(occupant.nick.as_str(), 60));
    }
    Text::Lines(hits)
}

/// For how long someone is known, how well, and how often they came lately. Of whom the guard knows nothing, the room
/// tells at least since when they are here.
fn standing(known: &Value, occupant: &Occupant, now: Timestamp) -> (Duration, Trust, usize) {
    let number = |key: &str| known.get(key).and_then(Value::as_i64);
    let first = number("first").map_or(occupant.joined_at, Timestamp::from_millis);
    let trust = known.get("trust").and_then(Value::as_str).and_then(Trust::named);
    let unknown = if Affiliation::Member <= occupant.affiliation { Trust::Affiliated } else { Trust::Stranger };
    let joins = number("joins").and_then(|it| usize::try_from(it).ok()).unwrap_or(1);
    (now.since(first), trust.unwrap_or(unknown), joins)
}

/// Whether a rule holds of someone; what cannot be known counts as neither.
fn told(
    rule: &OwnRule,
    occupant: &Occupant,
    room: &RoomJid,
    message: Option<&Message>,
    (age, trust, n_joins): (Duration, Trust, usize),
    now: Timestamp,
) -> Option<bool> {
    let identity = occupant.identity();
    let forms = message.map(look::message).unwrap_or_default();
    let occasion = Occasion {
        room,
        now,
        occupant,
        identity: &identity,
        trust,
        age,
        n_joins,
        message,
        look: None,
        named: &[],
        comes: message.is_none(),
        heeds_campaigns: false,
    };
    rule.condition.holds(&occasion.facts(&forms))
}

/// Someone as the records tell of them.
struct Seen {
    standing: Standing,
    joins: Window<(), 32>,
    n_hits: usize,
    /// What hit last, and when.
    last: Option<(Timestamp, String)>,
    nick: String,
}

/// What a trial comes to.
#[derive(Default)]
struct Trial {
    people: BTreeMap<Identity, Seen>,
    n_records: usize,
    n_textless: usize,
}

/// Says whom a rule would have hit.
pub(crate) async fn test(guard: &Guard, cx: Asked<'_>, name: String, past: Option<String>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let (room, name) = (it.room()?.clone(), name.to_lowercase());
    let entry = super::rules::rule(it, &room, &name).ok_or_else(|| super::rules::unknown(it, &room, &name))?;
    let rule = entry.rule().ok_or_else(|| Fault::Broken(format!("the rule `{name}` cannot be read any more")))?;
    let span = span(past.as_deref().unwrap_or_default())?;
    let now = it.cx.now();
    let mut query = Query::new(room.clone(), now - span, now);
    let mut trial = Trial::default();
    loop {
        let page = it.cx.services.records.query(&query).await.map_err(|error| super::not_done(&error))?;
        for record in &page.records {
            trial.take(record, &rule);
        }
        match page.next {
            Some(next) if trial.n_records < MOST_RECORDS => query.after = Some(next),
            _ => break,
        }
    }
    let zone = it.cx.services.rooms.zone(Some(&room));
    it.cx.private(trial.told(&name, span, &zone)).await;
    Ok(())
}

/// `last 30d`, `30d`, or nothing.
fn span(given: &str) -> Result<Duration, Fault> {
    let given = given.trim().trim_start_matches("last").trim_start_matches("за").trim();
    if given.is_empty() {
        return Ok(USUAL);
    }
    let span = parse_duration(given).ok().filter(|it| !it.is_zero() && *it <= FARTHEST);
    span.ok_or_else(|| Fault::answer(Text::key("trial-no-span").with("given", shown(given, 40))))
}

impl Trial {
    fn take(&mut self, record: &Record, rule: &OwnRule) {
        self.n_records += 1;
        let is_said = matches!(record.kind, RecordKind::Message | RecordKind::Correction);
        let is_other = matches!(record.kind, RecordKind::Join | RecordKind::Nick);
        if !is_said && !is_other {
            return;
        }
        let Some(occupant) = occupant(record) else { return };
        // A record tells no stay: whoever has neither JID nor occupant id is known by the nick.
        let identity = match occupant.identity() {
            Identity::Occupancy(_) => Identity::OccupantId(domovoi_plugin::OccupantId::new(occupant.nick.as_str())),
            lasting @ (Identity::Jid(_) | Identity::OccupantId(_)) => lasting,
        };
        let seen = self.people.entry(identity).or_insert_with(|| Seen {
            standing: Standing::new(record.at),
            joins: Window::default(),
            n_hits: 0,
            last: None,
            nick: String::new(),
        });
        occupant.nick.as_str().clone_into(&mut seen.nick);
        if record.kind == RecordKind::Join {
            seen.joins.push(record.at, ());
        }
        let message = message(record).filter(|_| is_said);
        if is_said && message.is_none() {
            self.n_textless += 1;
        }
        let trust = match occupant.affiliation {
            Affiliation::None | Affiliation::Outcast => seen.standing.learned(record.at),
            Affiliation::Member | Affiliation::Admin | Affiliation::Owner => Trust::Affiliated,
        };
        let known = (seen.standing.age(record.at), trust, seen.joins.count(record.at, JOINS));
        if told(rule, &occupant, &record.room, message.as_ref(), known, record.at) == Some(true) {
            seen.n_hits += 1;
            seen.last = Some((record.at, message.map(|it| it.body).unwrap_or_default()));
        } else if is_said {
            seen.standing.said_clean(record.at);
        }
    }

    fn told(&self, name: &str, span: Duration, zone: &str) -> Text {
        let mut hit: Vec<&Seen> = self.people.values().filter(|it| 0 < it.n_hits).collect();
        hit.sort_by(|a, b| b.n_hits.cmp(&a.n_hits).then_with(|| a.nick.cmp(&b.nick)));
        let head = Text::key("trial")
            .with("name", name)
            .with("hit", count(hit.len()))
            .with("people", count(self.people.len()))
            .with("hits", count(hit.iter().map(|it| it.n_hits).sum()))
            .with("records", count(self.n_records))
            .with("span", Text::span(span));
        let mut lines = vec![head];
        for seen in hit.iter().take(MOST_SHOWN) {
            let (at, said) = seen.last.clone().unwrap_or_default();
            let text = Text::key("trial-line").with("who", shown(&seen.nick, 40)).with("n", count(seen.n_hits));
            lines.push(text.with("at", at.in_zone(zone)).with("said", shown(&said, 100)));
        }
        if MOST_SHOWN < hit.len() {
            lines.push(Text::key("trial-more").with("n", count(hit.len() - MOST_SHOWN)));
        }
        if 0 < self.n_textless {
            lines.push(Text::key("trial-textless").with("n", count(self.n_textless)));
        }
        Text::Lines(lines)
    }
}

/// Whom a record tells of, as they were in the room.
fn occupant(record: &Record) -> Option<Occupant> {
    let nick = record.new_nick.clone().filter(|_| record.kind == RecordKind::Nick).or_else(|| record.nick.clone())?;
    let caps = record.caps.as_deref().map(|it| {
        let (node, ver) = it.rsplit_once('#').unwrap_or((it, ""));
        std::sync::Arc::new(Caps { node: node.into(), ver: ver.into() })
    });
    Some(Occupant {
        nick,
        role: record.role.unwrap_or(Role::Participant),
        affiliation: record.affiliation.unwrap_or(Affiliation::None),
        jids: record.jid.clone().map(Into::into).into_iter().collect(),
        occupant_id: record.occupant_id.clone(),
        show: Show::Online,
        status: None,
        caps,
        avatar: None,
        joined_at: record.at,
        stay: 0,
        is_self: false,
    })
}

/// What a record says was said; `None` where the words were not kept.
fn message(record: &Record) -> Option<Message> {
    let body = record.body.clone()?;
    Some(Message {
        body,
        bodies: record.bodies.clone(),
        xhtml: record.xhtml.clone(),
        oob: record.oob.clone(),
        fallback: record.fallback,
        is_encrypted: record.encrypted,
        ..Message::default()
    })
}
