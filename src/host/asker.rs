//! Who gives a command, as plugins know them and as reasons name them.

use std::sync::Arc;

use domovoi_plugin::{Asker, Identity, Level, RoomJid, Text};

use super::{commands::Line, core::Host};

/// Whoever gave this line, with this level, and whether an owner of the bot gave them that.
pub(super) fn asker(host: &Host, line: &Line, identity: Identity, (level, is_override): (Level, bool)) -> Asker {
    let room = line.room.as_ref();
    let nick = line.occupant.as_ref().map_or_else(|| unseen(host, room, level), |it| it.nick.to_string());
    Asker {
        signature: host.own_words(&room_or_bot_language(host, room), &Asker::signature_of(&nick)),
        nick,
        identity,
        level,
        occupant: line.occupant.clone(),
        is_override,
    }
}

/// What whoever is not in the room is called there: reasons are read by everybody, and a JID is nobody's business.
fn unseen(host: &Host, room: Option<&RoomJid>, level: Level) -> String {
    let key = if Level::BOT_OWNER <= level { "by-owner" } else { "by-absent" };
    host.own_words(&room_or_bot_language(host, room), &Text::key(key))
}

fn room_or_bot_language(host: &Host, room: Option<&RoomJid>) -> Arc<str> {
    room.map_or_else(|| host.bot_language(), |it| host.room_language(it))
}
