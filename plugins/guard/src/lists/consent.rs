//! What a guard keeps of one person, told to them, and forgotten when they say so.
//!
//! What is held against someone is not forgotten: it goes by itself within hours, and to shed it by a word would be
//! the first thing a spammer does.

use domovoi_plugin::{Identity, Timestamp};
use serde_json::{Value, json};

use crate::{saved::Past, trust::Standing};

/// What is kept, as the reacting half puts it into words; `null` where nothing is. Whom a guard that only observes has
/// sentenced, nothing was done to.
pub(crate) fn tell(past: &mut Past, identity: &Identity, is_observed: bool, now: Timestamp) -> Value {
    let Some(person) = past.people.get_mut(identity) else { return Value::Null };
    let days = |standing: &Standing| serde_json::to_value(standing).unwrap_or_default();
    let standing = days(&person.standing);
    let number = |key: &str| standing.get(key).and_then(Value::as_i64).unwrap_or_default();
    json!({
        "first": number("f"),
        "clean": person.standing.n_clean(),
        "days": number("d"),
        "points": person.points.sum(now),
        "recent": person.recent.memory.newest(now).count(),
        "sentenced": !person.strikes.is_none(),
        "observed": is_observed,
        "seen": person.seen,
    })
}

/// Forgets them, except what is held against them; whether there was anything.
pub(crate) fn forget(past: &mut Past, identity: &Identity, now: Timestamp) -> bool {
    let Some(person) = past.people.get_mut(identity) else { return false };
    person.standing = Standing::new(now);
    true
}
