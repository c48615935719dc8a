//! The room's form in a raid: newcomers come in without voice, and afterwards everything is as it was.
//!
//! It takes an owner; where the bot is none the guard mutes each of them by hand. What was there before is kept in the
//! store, so that a restart does not forget it, and put back only where nobody changed it meanwhile.

use std::time::Duration;

use domovoi_plugin::{ActError, Context, Fault, FormChange, RoomJid, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// Where the values of before are kept.
const KEY: &str = "raid_form";
/// A raid lasts six hours at most: what is older was forgotten by a guard that lost its memory.
const LONGEST: Duration = Duration::from_secs(6 * 3_600 + 900);

/// What newcomers may not do. Servers call it differently; each touches what it knows.
const HUSHED: &[(&str, &str)] = &[
    ("muc#roomconfig_moderatedroom", "1"),
    // ejabberd gives voice to everybody in a moderated room unless this is off too.
    ("members_by_default", "0"),
    // Whoever has no voice answers at the gate by a private message to the bot, and writes to nobody else.
    ("allow_private_messages_from_visitors", "moderators"),
    ("muc#roomconfig_allowvisitorstatus", "0"),
    ("muc#roomconfig_allowvisitornickchange", "0"),
    ("allow_visitor_status", "0"),
    ("allow_visitor_nickchange", "0"),
];

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    changes: Vec<FormChange>,
}

/// Changes the form so that newcomers have no voice.
///
/// # Errors
/// If the server does not do it, or the store does not keep what was before.
pub(super) async fn hush(room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    if kept(room, cx).await?.is_some() {
        return Ok(());
    }
    let wanted: Vec<_> = HUSHED.iter().map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()])).collect();
    let changes = match cx.services.rooms.form(room).await {
        Ok(form) => form.changes(&wanted),
        Err(error) => return not_ours(error),
    };
    if changes.is_empty() {
        return Ok(());
    }
    // Kept before it is changed: were we stopped in between, nobody else would know what there was.
    keep(room, Some(&Kept { at: cx.now(), changes }), cx).await?;
    match cx.services.rooms.set_form(room, &wanted, None).await {
        Ok(changes) if changes.is_empty() => keep(room, None, cx).await,
        Ok(changes) => keep(room, Some(&Kept { at: cx.now(), changes }), cx).await,
        Err(error) => {
            keep(room, None, cx).await?;
            not_ours(error)
        }
    }
}

/// Where the form is not ours to change the guard mutes newcomers one by one.
fn not_ours(error: ActError) -> Result<(), Fault> {
    let is_not_ours = matches!(error, ActError::TooLow { .. } | ActError::NotGranted(_) | ActError::Unsupported);
    if is_not_ours { Ok(()) } else { Err(error.into()) }
}

async fn keep(room: &RoomJid, kept: Option<&Kept>, cx: &Context) -> Result<(), Fault> {
    let value = kept.map(|it| serde_json::json!(it));
    Ok(cx.services.state.set(&Scope::Room(room.clone()), KEY, value, None).await?)
}

/// Puts back what was before, as far as nobody else has changed it since.
///
/// # Errors
/// If the server does not do it, or the store cannot be read.
pub(super) async fn restore(room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    let Some(kept) = kept(room, cx).await? else { return Ok(()) };
    let form = cx.services.rooms.form(room).await?;
    let is_ours = |it: &&FormChange| form.fields.get(&it.key).is_some_and(|field| field.is_same(&it.after));
    let wanted: Vec<_> = kept.changes.iter().filter(is_ours).map(|it| (it.key.clone(), it.before.clone())).collect();
    if !wanted.is_empty() {
        cx.services.rooms.set_form(room, &wanted, None).await?;
    }
    keep(room, None, cx).await
}

/// Puts back what no guard remembers any more.
///
/// # Errors
/// As for [`restore`]; the other rooms are seen to all the same.
pub(super) async fn restore_forgotten(cx: &Context) -> Result<(), Fault> {
    let mut failed = Ok(());
    for room in cx.services.rooms.all().await {
        let is_old = kept(&room, cx).await?.is_some_and(|it| LONGEST <= cx.now().since(it.at));
        if is_old {
            failed = restore(&room, cx).await.and(failed);
        }
    }
    failed
}

async fn kept(room: &RoomJid, cx: &Context) -> Result<Option<Kept>, Fault> {
    let kept = cx.services.state.get(&Scope::Room(room.clone()), KEY).await?;
    Ok(kept.and_then(|it| serde_json::from_value(it).ok()))
}
