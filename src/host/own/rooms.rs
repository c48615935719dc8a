//! `rooms list|join|leave|move`, `invites list|accept|refuse`: in which rooms the bot is.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Fault, Level, Place, RoomJid, Text, Timestamp, grammar::shown};

use super::{
    asked::{Answer, Answered, Asked},
    not_changed, not_stored, room_path,
};
use crate::host::{invites, outlet::RoomState, outside_words::why_text, overlay::Change};

const ROOM: ArgSpec = ArgSpec::needed("room", ArgKind::Jid);

const OWNERS_ONLY: CommandSpec =
    CommandSpec { level: Level::BOT_OWNER, works_without_room: true, ..CommandSpec::new("", "") };

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "rooms list",
        names: &[("ru", "комнаты список"), ("ru", "комнаты")],
        aliases: &["rooms"],
        help: "help-rooms-list",
        example: "rooms list",
        ..OWNERS_ONLY
    },
    CommandSpec {
        name: "rooms join",
        names: &[("ru", "комнаты войти")],
        args: &[ROOM, ArgSpec::optional("account", ArgKind::Word), ArgSpec::optional("password", ArgKind::Word)],
        help: "help-rooms-join",
        example: "rooms join hall@chat.example.org",
        ..OWNERS_ONLY
    },
    CommandSpec {
        name: "rooms leave",
        names: &[("ru", "комнаты выйти")],
        args: &[ROOM],
        help: "help-rooms-leave",
        example: "rooms leave garden@chat.example.org",
        ..OWNERS_ONLY
    },
    CommandSpec {
        name: "rooms move",
        names: &[("ru", "комнаты перевести")],
        args: &[ROOM, ArgSpec::needed("account", ArgKind::Word)],
        help: "help-rooms-move",
        example: "rooms move garden@chat.example.org other",
        ..OWNERS_ONLY
    },
    CommandSpec {
        name: "invites",
        names: &[("ru", "приглашения")],
        help: "help-invites",
        example: "invites",
        ..OWNERS_ONLY
    },
    CommandSpec {
        name: "invites accept",
        names: &[("ru", "приглашения принять")],
        args: &[ROOM],
        help: "help-invites-accept",
        example: "invites accept hall@chat.example.org",
        ..OWNERS_ONLY
    },
    CommandSpec {
        name: "invites refuse",
        names: &[("ru", "приглашения отклонить")],
        args: &[ROOM],
        help: "help-invites-refuse",
        example: "invites refuse hall@chat.example.org",
        ..OWNERS_ONLY
    },
];

/// Every room and how we are doing in it.
pub(super) async fn list(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let states = match it.host.outlet() {
        Some(outlet) => outlet.rooms().await,
        None => Vec::new(),
    };
    let config = it.host.live.config();
    let mut lines: Vec<Text> = Vec::new();
    for state in &states {
        lines.push(
            Text::key("room-line")
                .with("room", state.room.as_str())
                .with("account", state.account.as_deref().unwrap_or("-"))
                .with("state", state_text(state, it.host.clock.now()))
                .with("people", u32::try_from(state.n_occupants).unwrap_or(u32::MAX))
                .with("rights", rights_text(state)),
        );
    }
    for (room, settings) in &config.rooms {
        if !states.iter().any(|it| it.room == room.as_str()) {
            let key = if settings.join { "room-unserved" } else { "room-left" };
            lines.push(Text::key(key).with("room", room.as_str()));
        }
    }
    if lines.is_empty() {
        lines.push(Text::key("rooms-none"));
    }
    Ok(Answer::Private(Text::Lines(lines)))
}

/// How we are doing in a room.
fn state_text(state: &RoomState, now: Timestamp) -> Text {
    let Some((why, again)) = state.trouble.as_ref() else {
        return Text::key(if state.is_joined { "room-in" } else { "room-out" }).with("why", why_text(&state.state));
    };
    match again {
        Some(at) => Text::key("room-out-waits").with("why", why.clone()).with("span", Text::span(at.since(now))),
        None => Text::key("room-out-stopped").with("why", why.clone()),
    }
}

/// Our affiliation and role there, as far as we have any.
fn rights_text(state: &RoomState) -> Text {
    let words = state.rights.split([' ', ',']).filter(|it| !matches!(*it, "" | "none" | "outcast"));
    let words = words.map(|it| Text::key(format!("level-{it}")));
    let list = words.reduce(|first, second| Text::key("list-and").with("first", first).with("second", second));
    list.map_or_else(Text::empty, |list| Text::key("room-rights").with("rights", list))
}

/// Enters a room, now and after every start; one that is served already is tried again.
pub(super) async fn join(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let room = room(it)?;
    let path = room_path(&room);
    let mut changes = Vec::new();
    if let Some(account) = it.call.args.text("account") {
        need_account(it, account)?;
        changes.push(Change::set(path.join("account"), account));
    }
    if let Some(password) = it.call.args.text("password") {
        if !matches!(it.cx.place, Place::Direct(_)) {
            return Ok(Answer::Private(Text::key("rooms-secret")));
        }
        changes.push(Change { is_secret: true, ..Change::set(path.join("password"), password) });
    }
    let is_known = it.host.live.config().rooms.get(&room).is_some_and(|it| it.join);
    if !is_known {
        changes.push(Change::set(path.join("join"), true));
    }
    if !changes.is_empty() {
        it.host.change(changes, &it.by()).await.map_err(|error| not_changed(&error))?;
    }
    if is_known && let Some(outlet) = it.host.outlet() {
        outlet.rejoin(&room).await;
    }
    let key = if is_known { "rooms-again" } else { "rooms-joining" };
    Ok(Answer::Here(Text::key(key).with("room", room.as_str())))
}

/// Leaves a room for good; what the file says of it is kept.
pub(super) async fn leave(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let room = room(it)?;
    if !it.host.live.config().rooms.get(&room).is_some_and(|it| it.join) {
        return Ok(Answer::Here(Text::key("rooms-not-in").with("room", room.as_str())));
    }
    let path = room_path(&room);
    let changed = it.host.changed().await;
    let below: Vec<_> = changed.into_iter().filter(|(key, ..)| key.keys().starts_with(path.keys())).collect();
    let in_file = it.host.is_room_in_file(&room).await;
    let changes = if in_file {
        vec![Change::set(path.join("join"), false)]
    } else {
        // It came by chat and goes by chat, settings and all.
        below.into_iter().map(|(key, ..)| Change::unset(key)).collect()
    };
    // Said first: where the question was asked in that very room, there is nobody to answer it afterwards.
    it.answer(Answer::Here(Text::key("rooms-leaving").with("room", room.as_str()))).await;
    it.host.change(changes, &it.by()).await.map_err(|error| not_changed(&error))?;
    Ok(Answer::Here(Text::empty()))
}

/// Has another account serve a room.
pub(super) async fn relocate(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let room = room(it)?;
    if !it.host.live.config().rooms.contains_key(&room) {
        return Ok(Answer::Here(Text::key("rooms-not-in").with("room", room.as_str())));
    }
    let account = it.call.args.text("account").unwrap_or_default();
    need_account(it, account)?;
    let change = Change::set(room_path(&room).join("account"), account);
    it.host.change(vec![change], &it.by()).await.map_err(|error| not_changed(&error))?;
    Ok(Answer::Here(Text::key("rooms-moving").with("room", room.as_str()).with("account", account)))
}

/// Invitations that wait.
pub(super) async fn invitations(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let waiting = it.host.invitations().await.map_err(|error| not_stored(&error))?;
    if waiting.is_empty() {
        return Ok(Answer::Private(Text::key("invites-none")));
    }
    Ok(Answer::Private(Text::Lines(waiting.iter().map(invites::notice).collect())))
}

/// Follows an invitation.
pub(super) async fn accept(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let room = room(it)?;
    let done = it.host.accept_invitation(&room, &it.by()).await.map_err(|error| not_changed(&error))?;
    let key = if done { "rooms-joining" } else { "invites-no-such" };
    Ok(Answer::Here(Text::key(key).with("room", room.as_str())))
}

/// Refuses an invitation.
pub(super) async fn refuse(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let room = room(it)?;
    let done = it.host.refuse_invitation(&room).await.map_err(|error| not_stored(&error))?;
    let key = if done { "invites-refused" } else { "invites-no-such" };
    Ok(Answer::Here(Text::key(key).with("room", room.as_str())))
}

/// Refuses an account that there is not.
fn need_account(it: &Asked<'_>, given: &str) -> Result<(), Fault> {
    let config = it.host.live.config();
    if config.accounts.keys().any(|it| it.as_str() == given) {
        return Ok(());
    }
    let all = config.accounts.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(Fault::answer(Text::key("rooms-no-account").with("given", shown(given, 50)).with("all", all)))
}

fn room(it: &Asked<'_>) -> Result<RoomJid, Fault> {
    let given = it.call.args.jid("room").map(ToString::to_string).unwrap_or_default();
    given.parse().map_err(|_| Fault::answer(Text::key("mistake-jid").with("given", shown(&given, 100))))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domovoi_plugin::Translate as _;

    use super::*;

    fn told(text: &Text) -> [String; 2] {
        let (words, _) = domovoi_plugin::Catalog::new(crate::i18n::LOCALES);
        ["en", "ru"].map(|lang| words.translate(lang, text))
    }

    #[test]
    fn a_room_says_whether_it_is_tried_again() {
        let now = Timestamp::from_millis(1_000_000);
        let state = |again: Option<Timestamp>| RoomState {
            room: "garden@chat.example".to_owned(),
            account: None,
            state: "the room is full; next try later".to_owned(),
            trouble: Some((Text::key("trouble-full"), again)),
            is_joined: false,
            n_occupants: 0,
            rights: String::new(),
            features: domovoi_plugin::Features::default(),
        };
        let waits = told(&state_text(&state(Some(now + Duration::from_secs(120))), now));
        assert_eq!(
            waits,
            ["the room is full; next try in 2 minutes", "не в комнате: комната полна; ещё раз через 2 минуты"]
        );
        let stopped = told(&state_text(&state(None), now));
        assert_eq!(stopped[1], "не в комнате: комната полна; кто-то должен помочь");
    }
}
