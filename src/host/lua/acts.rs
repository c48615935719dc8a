//! What plugins do in a room: speaking, and moderating with the powers they were given.

use std::sync::Arc;

use domovoi_plugin::{
    ActError, Action, Affiliation, Level, Moderation, Nick, Occupant, Power, Role, RoomJid, Snapshot, StanzaId, Target,
    grammar, jid::BareJid,
};
use serde_json::{Value as Json, json};

use super::{
    outside,
    serve::{Service, span, text, words},
    thread::Answer,
};

/// Does it.
pub(super) async fn serve(it: &Service<'_>, what: &str, args: &[Json]) -> Answer {
    let room = room(it)?;
    let action = match what {
        "occupants" => return occupants(it, room).await,
        "level" => return level(it, room, &text(args, 0)?).await,
        "facts" => return facts(it, room).await,
        "say" => Action::Say { text: text(args, 0)? },
        "share" => Action::Share { url: text(args, 0)? },
        "correct" => outside::correct(it, args)?,
        "private_to" => match here(it, room, &text(args, 0)?).await {
            Ok(occupant) => {
                let to = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
                Action::Private { to, text: text(args, 1)? }
            }
            Err(error) => return it.came_of(Err(error)),
        },
        "react" => {
            let to = StanzaId::new(args.get(1).and_then(Json::as_str).ok_or("this message has no id to react to")?);
            Action::React { to, emojis: vec![text(args, 0)?] }
        }
        "retract" => Action::Retract { message: StanzaId::new(text(args, 0)?), reason: words(args, 1) },
        "subject" => Action::Subject { text: text(args, 0)? },
        "invite" => {
            let jid = BareJid::new(&text(args, 0)?).map_err(|_| "an invitation goes to a JID".to_owned())?;
            Action::Invite { jid, reason: words(args, 1) }
        }
        "mute" | "voice" | "kick" => return change_role(it, room, what, args).await,
        "ban" | "affiliation" => return change_affiliation(it, room, what, args).await,
        other => return Err(format!("there is no cx:{other}")),
    };
    it.need(action.power())?;
    let result = it.cx.services.rooms.act(room, action, it.by).await;
    it.came_of(result)
}

/// What a stay is changed by: of someone who is here.
async fn change_role(it: &Service<'_>, room: &RoomJid, what: &str, args: &[Json]) -> Answer {
    it.need(if what == "kick" { Power::Kick } else { Power::Voice })?;
    let mute_for = if what == "mute" { span(args, 1)? } else { None };
    let result = match here(it, room, &text(args, 0)?).await {
        Ok(occupant) => {
            let target = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
            let action = match what {
                "mute" => Action::Mute { target, span: mute_for, reason: words(args, 2) },
                "voice" => Action::Unmute { target, reason: words(args, 1) },
                _ => Action::Kick { target, reason: words(args, 1) },
            };
            it.cx.services.rooms.act(room, action, it.by).await
        }
        Err(error) => Err(error),
    };
    it.came_of(result)
}

/// What lasts: of a JID, whoever bears it and wherever they are.
async fn change_affiliation(it: &Service<'_>, room: &RoomJid, what: &str, args: &[Json]) -> Answer {
    it.need(if what == "ban" { Power::Ban } else { Power::Affiliation })?;
    let span = if what == "ban" { span(args, 1)? } else { None };
    let affiliation = if what == "ban" { Affiliation::Outcast } else { lasting(&text(args, 1)?)? };
    let reason = words(args, 2);
    let action = |jid| match affiliation {
        Affiliation::Outcast => Action::Ban { jid, span, reason: reason.clone() },
        Affiliation::Owner | Affiliation::Admin | Affiliation::Member | Affiliation::None => {
            Action::Affiliation { jid, affiliation, reason: reason.clone() }
        }
    };
    let result = match known(it, room, &text(args, 0)?).await {
        Ok((jid, is_here)) => {
            let action = action(jid.clone());
            match if is_here { Ok(()) } else { spares(it, room, &jid, affiliation, &action).await } {
                Ok(()) => it.cx.services.rooms.act(room, action, it.by).await,
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    };
    it.came_of(result)
}

/// What can be given: to keep somebody out takes another power.
fn lasting(word: &str) -> Result<Affiliation, String> {
    [Affiliation::Owner, Affiliation::Admin, Affiliation::Member, Affiliation::None]
        .into_iter()
        .find(|it| it.as_str() == word)
        .ok_or_else(|| "an affiliation is `owner`, `admin`, `member` or `none`; cx:ban keeps somebody out".to_owned())
}

fn room<'a>(it: &'a Service<'_>) -> Result<&'a RoomJid, String> {
    it.cx.room.as_ref().ok_or_else(|| {
        "there is no room here: a direct chat has none, and a webhook only if ?room=… ends its address".to_owned()
    })
}

async fn snapshot(it: &Service<'_>, room: &RoomJid) -> Result<Snapshot, ActError> {
    it.cx.services.rooms.snapshot(room).await.ok_or(ActError::NotInRoom)
}

/// Someone who is here, by nick.
async fn here(it: &Service<'_>, room: &RoomJid, name: &str) -> Result<Arc<Occupant>, ActError> {
    let gone = || ActError::Gone { nick: name.to_owned() };
    let nick = Nick::new(name).map_err(|_| gone())?;
    snapshot(it, room).await?.occupants.get(&nick).cloned().ok_or_else(gone)
}

/// The JID of someone who is here, or as it is given; and whether they are here.
async fn known(it: &Service<'_>, room: &RoomJid, name: &str) -> Result<(BareJid, bool), ActError> {
    if let Ok(occupant) = here(it, room, name).await {
        let jid = occupant.bare_jid().ok_or_else(|| ActError::NoJid { nick: name.to_owned() })?;
        return Ok((jid, true));
    }
    let jid = BareJid::new(name).ok().filter(|it| it.node().is_some());
    jid.map(|it| (it, false)).ok_or_else(|| ActError::Gone { nick: name.to_owned() })
}

/// Whoever is not here is as protected as who is.
async fn spares(
    it: &Service<'_>,
    room: &RoomJid,
    jid: &BareJid,
    wanted: Affiliation,
    action: &Action,
) -> Result<(), ActError> {
    for current in [Affiliation::Owner, Affiliation::Admin, Affiliation::Member] {
        if !it.cx.services.rooms.list(room, current).await?.iter().any(|entry| entry.jid == *jid) {
            continue;
        }
        match it.by {
            Some(asker) => grammar::may_to_absent(asker, jid.as_str(), current, action)?,
            None if wanted < current => {
                return Err(ActError::Above { nick: jid.to_string(), what: current.as_str() });
            }
            None => (),
        }
    }
    Ok(())
}

async fn occupants(it: &Service<'_>, room: &RoomJid) -> Answer {
    let Ok(snapshot) = snapshot(it, room).await else { return Ok(Json::Array(Vec::new())) };
    let shown = |occupant: &Arc<Occupant>| {
        json!({
            "nick": occupant.nick.as_str(),
            "role": occupant.role.as_str(),
            "affiliation": occupant.affiliation.as_str(),
            "identity": it.sight.identity(&occupant.identity()),
            "jid": occupant.bare_jid().filter(|_| it.sight.sees_jids).map(|it| it.to_string()),
            "is_self": occupant.is_self,
        })
    };
    Ok(Json::Array(snapshot.occupants.values().filter(|it| it.role != Role::None).map(shown).collect()))
}

async fn level(it: &Service<'_>, room: &RoomJid, name: &str) -> Answer {
    let level = match here(it, room, name).await {
        Ok(occupant) => it.cx.services.people.level(room, &occupant.identity()).await,
        Err(_) => Level::VISITOR,
    };
    Ok(Json::from(level.0))
}

/// What the room is; nothing if the bot is not in it.
async fn facts(it: &Service<'_>, room: &RoomJid) -> Answer {
    let Ok(snapshot) = snapshot(it, room).await else { return Ok(Json::Null) };
    let (features, me) = (&snapshot.features, snapshot.me());
    Ok(json!({
        "name": features.name,
        "subject": snapshot.subject,
        "nick": snapshot.own_nick.as_ref().map(Nick::as_str),
        "role": me.map(|it| it.role.as_str()),
        "affiliation": me.map(|it| it.affiliation.as_str()),
        "n_occupants": snapshot.occupants.values().filter(|it| it.role != Role::None).count(),
        "is_moderated": features.is_moderated,
        "is_members_only": features.is_members_only,
        "is_nonanonymous": features.is_non_anonymous,
        "is_persistent": features.is_persistent,
        "has_password": features.has_password,
        "has_archive": features.has_archive,
        "has_occupant_ids": features.has_occupant_ids,
        "can_retract": features.moderation != Moderation::None,
        "timezone": it.cx.services.rooms.zone(Some(room)),
    }))
}
