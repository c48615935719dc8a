//! What a guard keeps of one person, told to them, and forgotten when they say so.
//!
//! What is held against someone is not forgotten: it goes by itself within hours, and to shed it by a word would be
//! the first thing a spammer does.

use domovoi_plugin::{Identity, Timestamp};
use serde_json::{Value, json};

use super::room::n_joins;
use crate::{
    people::Person,
    saved::Past,
    trust::{Standing, Trust},
};

/// What is kept, as the reacting half puts it into words; `null` where nothing is. Whom a guard that only observes has
/// sentenced, nothing was done to. `trust` is what it comes to for whoever is here now.
pub(crate) fn tell(
    past: &mut Past,
    identity: &Identity,
    (trust, is_observed): (Option<Trust>, bool),
    now: Timestamp,
) -> Value {
    let Some(person) = past.people.get_mut(identity) else { return Value::Null };
    let trust = trust.unwrap_or_else(|| person.standing.learned(now));
    let days = |standing: &Standing| serde_json::to_value(standing).unwrap_or_default();
    let standing = days(&person.standing);
    let number = |key: &str| standing.get(key).and_then(Value::as_i64).unwrap_or_default();
    json!({
        "first": number("f"),
        "trust": trust.as_str(),
        "joins": n_joins(person, now),
        "clean": person.standing.n_clean(),
        "days": number("d"),
        "points": person.points.sum(now),
        "recent": person.recent.memory.newest(now).count(),
        "sentenced": !person.strikes.is_none(),
        "observed": is_observed,
        "seen": person.seen,
    })
}

/// How the room stands, as `guard status` tells it.
pub(crate) fn state(past: &Past, now: Timestamp) -> Value {
    let is_regular = |it: &&Person| it.standing.learned(now).is_known();
    let n_regulars = past.people.iter().filter(is_regular).count();
    json!({"people": past.people.iter().count(), "regulars": n_regulars, "alarm": past.alarm.told(now)})
}

/// Forgets them, except what is held against them; whether there was anything.
pub(crate) fn forget(past: &mut Past, identity: &Identity, now: Timestamp) -> bool {
    let Some(person) = past.people.get_mut(identity) else { return false };
    person.standing = Standing::new(now);
    true
}
