//! What plugins do in a room: speaking, and moderating with the powers they were given.

use std::sync::Arc;

use domovoi_plugin::{
    ActError, Action, Affiliation, Level, Nick, Occupant, Power, Role, RoomJid, Snapshot, StanzaId, Target, grammar,
    jid::BareJid,
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
        "mute" | "voice" | "kick" | "ban" => return moderate(it, room, what, args).await,
        other => return Err(format!("there is no cx:{other}")),
    };
    it.need(action.power())?;
    let result = it.cx.services.rooms.act(room, action, it.by).await;
    it.came_of(result)
}

async fn moderate(it: &Service<'_>, room: &RoomJid, what: &str, args: &[Json]) -> Answer {
    let needed = match what {
        "kick" => Power::Kick,
        "ban" => Power::Ban,
        _ => Power::Voice,
    };
    it.need(needed)?;
    let name = text(args, 0)?;
    let action = if what == "ban" {
        let jid = banned(it, room, &name).await;
        let span = span(args, 1)?;
        jid.map(|jid| Action::Ban { jid, span, reason: words(args, 2) })
    } else {
        let mute_for = if what == "mute" { span(args, 1)? } else { None };
        here(it, room, &name).await.map(|occupant| {
            let target = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
            match what {
                "mute" => Action::Mute { target, span: mute_for, reason: words(args, 2) },
                "voice" => Action::Unmute { target, reason: words(args, 1) },
                _ => Action::Kick { target, reason: words(args, 1) },
            }
        })
    };
    let result = match action {
        Ok(action) => it.cx.services.rooms.act(room, action, it.by).await,
        Err(error) => Err(error),
    };
    it.came_of(result)
}

fn room<'a>(it: &'a Service<'_>) -> Result<&'a RoomJid, String> {
    it.cx.room.as_ref().ok_or_else(|| "this was said outside any room".to_owned())
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

/// The JID to be banned: of someone who is here, or as it is given. Who is not here is as protected as who is.
async fn banned(it: &Service<'_>, room: &RoomJid, name: &str) -> Result<BareJid, ActError> {
    if let Ok(occupant) = here(it, room, name).await {
        return occupant.bare_jid().ok_or_else(|| ActError::NoJid { nick: name.to_owned() });
    }
    let gone = || ActError::Gone { nick: name.to_owned() };
    let jid = BareJid::new(name).ok().filter(|it| it.node().is_some()).ok_or_else(gone)?;
    for affiliation in [Affiliation::Owner, Affiliation::Admin, Affiliation::Member] {
        if !it.cx.services.rooms.list(room, affiliation).await?.iter().any(|entry| entry.jid == jid) {
            continue;
        }
        let action = Action::Ban { jid: jid.clone(), span: None, reason: String::new() };
        match it.by {
            Some(asker) => grammar::may_to_absent(asker, name, affiliation, &action)?,
            None => return Err(ActError::Above { nick: name.to_owned(), what: affiliation.as_str() }),
        }
    }
    Ok(jid)
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
