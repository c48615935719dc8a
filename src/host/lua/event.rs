//! Events, people and calls as the tables that plugins see.

use domovoi_plugin::{
    Arg, Call, Context, Event, EventKind, Identity, Message, Occupant, Phase, Place, PluginName, Power, Secret, Signal,
    Who, jid::BareJid,
};
use mlua::{IntoLuaMulti, Lua, Result, Table, Value};

use super::{known::Known, shape::EVENTS, value::to_lua};
use crate::host::secrets::keyed;

/// What a plugin may see of people.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// Which plugin.
    pub(super) plugin: PluginName,
    /// Whether it sees real JIDs.
    pub(super) sees_jids: bool,
    /// By which people are named who must not be recognised.
    pub(super) secret: Secret,
}

impl Sight {
    /// What the plugin of this context may see in it.
    pub(super) fn of(cx: &Context) -> Self {
        let sees_jids = cx.powers.contains(&Power::People);
        Self { plugin: cx.plugin.clone(), sees_jids, secret: cx.secret }
    }

    /// An identity as this plugin sees it: the same for the same person, and without the power to see people no more
    /// than that, and whether anybody would know them again. Whoever guesses a JID cannot tell whether it is theirs.
    pub(super) fn identity(&self, identity: &Identity) -> String {
        if self.sees_jids {
            return identity.to_string();
        }
        let digest = keyed(&self.secret, &["identity\0", &identity.to_string()]);
        let digits = |byte: &u8| [byte >> 4, byte & 15].map(|it| char::from_digit(it.into(), 16).unwrap_or_default());
        let mark = if identity.is_lasting() { "" } else { "stay:" };
        mark.chars().chain(digest.iter().take(10).flat_map(digits)).collect()
    }

    fn jid(&self, jid: Option<&BareJid>) -> Option<String> {
        jid.filter(|_| self.sees_jids).map(ToString::to_string)
    }
}

/// The name of an event in a plugin's `on`.
pub(super) fn name(kind: &EventKind) -> &'static str {
    let name = match crate::host::feed::kind_word(kind) {
        "voice-request" => "voice",
        other => other,
    };
    debug_assert!(EVENTS.contains(&name), "{name}");
    name
}

/// Seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a few thousand years are exact")]
pub(super) fn seconds(at: domovoi_plugin::Timestamp) -> f64 {
    at.as_millis() as f64 / 1000.0
}

/// What was said, as `start_said` in `api.luau` takes it after the slot and the function; none for any other event.
pub(super) fn said<'a>(
    lua: &Lua,
    event: &'a Event,
    cx: &Context,
    sight: &Sight,
    known: &mut Known,
) -> Result<Option<impl IntoLuaMulti + use<'a>>> {
    let (message, place) = match &event.kind {
        EventKind::Message(message) => (message, "room"),
        EventKind::Private(message) => (message, "private"),
        EventKind::Correction(_)
        | EventKind::Retraction(_)
        | EventKind::Reaction(_)
        | EventKind::Subject { .. }
        | EventKind::Join
        | EventKind::Leave(_)
        | EventKind::Nick { .. }
        | EventKind::Presence
        | EventKind::Role(_)
        | EventKind::Affiliation(_)
        | EventKind::Absent(_)
        | EventKind::VoiceRequest { .. }
        | EventKind::Config
        | EventKind::Joined
        | EventKind::Lost { .. }
        | EventKind::Malformed { .. } => return Ok(None),
    };
    let Some(occupant) = &event.occupant else { return Ok(None) };
    let mut text = |it: &str| known.text(lua, it);
    let (kind, room, place) = (text(name(&event.kind))?, text(event.room.as_str())?, text(place)?);
    let (lang, prefix) = (text(&cx.lang)?, text(&cx.prefix)?);
    let (nick, role) = (text(occupant.nick.as_str())?, text(occupant.role.as_str())?);
    let affiliation = text(occupant.affiliation.as_str())?;
    let identity = known.identity(lua, occupant.identity(), sight)?;
    let rest = (
        identity,
        sight.jid(occupant.bare_jid().as_ref()),
        message.body.as_str(),
        message.id.as_ref().map(|it| it.as_str()),
        message.stanza_id.as_ref().map(|it| it.as_str()),
        message.reply_to.as_deref(),
        more(lua, event, message)?,
    );
    Ok(Some((kind, seconds(event.at), room, lang, prefix, place, nick, role, affiliation, rest)))
}

/// What few messages have.
fn more(lua: &Lua, event: &Event, message: &Message) -> Result<Option<Table>> {
    let is_plain = event.phase == Phase::Live && !event.is_own && message.oob.is_empty() && !message.is_encrypted;
    if is_plain {
        return Ok(None);
    }
    let table = lua.create_table()?;
    put_phase(&table, event)?;
    put_marks(&table, message)?;
    Ok(Some(table))
}

/// An event.
pub(super) fn table(lua: &Lua, event: &Event, sight: &Sight) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, 16)?;
    table.raw_set("kind", name(&event.kind))?;
    table.raw_set("at", seconds(event.at))?;
    table.raw_set("room", event.room.as_str())?;
    put_phase(&table, event)?;
    if let Some(occupant) = &event.occupant {
        put_occupant(&table, occupant, sight)?;
    }
    put_kind(&table, &event.kind, sight)?;
    Ok(table)
}

fn put_phase(table: &Table, event: &Event) -> Result<()> {
    if event.phase != Phase::Live {
        table.raw_set("phase", if event.phase == Phase::History { "history" } else { "filled" })?;
    }
    if event.is_own {
        table.raw_set("is_own", true)?;
    }
    Ok(())
}

/// Someone in the room.
pub(super) fn put_occupant(table: &Table, occupant: &Occupant, sight: &Sight) -> Result<()> {
    table.raw_set("nick", occupant.nick.as_str())?;
    table.raw_set("role", occupant.role.as_str())?;
    table.raw_set("affiliation", occupant.affiliation.as_str())?;
    table.raw_set("identity", sight.identity(&occupant.identity()))?;
    table.raw_set("jid", sight.jid(occupant.bare_jid().as_ref()))
}

fn put_message(table: &Table, message: &Message) -> Result<()> {
    table.raw_set("body", message.body.as_str())?;
    table.raw_set("id", message.id.as_ref().map(|it| it.as_str().to_owned()))?;
    table.raw_set("stanza_id", message.stanza_id.as_ref().map(|it| it.as_str().to_owned()))?;
    table.raw_set("reply_to", message.reply_to.as_deref())?;
    put_marks(table, message)
}

fn put_marks(table: &Table, message: &Message) -> Result<()> {
    if !message.oob.is_empty() {
        table.raw_set("oob", message.oob.clone())?;
    }
    if message.is_encrypted {
        table.raw_set("encrypted", true)?;
    }
    Ok(())
}

fn put_kind(table: &Table, kind: &EventKind, sight: &Sight) -> Result<()> {
    let put_actor = |actor: Option<&str>, reason: Option<&str>| {
        table.raw_set("actor", actor)?;
        table.raw_set("reason", reason)
    };
    match kind {
        EventKind::Message(it) | EventKind::Private(it) => put_message(table, it),
        EventKind::Correction(it) => {
            table.raw_set("replaces", it.replaces.as_str())?;
            put_message(table, &it.message)
        }
        EventKind::Retraction(it) => {
            table.raw_set("target", it.target.as_str())?;
            put_actor(it.moderator.as_ref().map(|it| it.as_str()), it.reason.as_deref())
        }
        EventKind::Reaction(it) => {
            table.raw_set("target", it.target.as_str())?;
            table.raw_set("emojis", it.emojis.clone())
        }
        EventKind::Subject { text } => table.raw_set("subject", text.as_str()),
        EventKind::Leave(it) => {
            table.raw_set("cause", cause(it.cause))?;
            put_actor(it.actor.as_ref().map(|it| it.as_str()), it.reason.as_deref())
        }
        EventKind::Nick { old } => table.raw_set("old_nick", old.as_str()),
        EventKind::Role(it) => {
            table.raw_set("was", it.was.as_str())?;
            put_actor(it.actor.as_ref().map(|it| it.as_str()), it.reason.as_deref())
        }
        EventKind::Affiliation(it) => {
            table.raw_set("was", it.was.as_str())?;
            put_actor(it.actor.as_ref().map(|it| it.as_str()), it.reason.as_deref())
        }
        EventKind::Absent(it) => {
            table.raw_set("jid", sight.jid(Some(&it.jid)))?;
            table.raw_set("identity", sight.identity(&Identity::Jid(it.jid.clone())))?;
            table.raw_set("affiliation", it.affiliation.as_str())?;
            put_actor(it.actor.as_ref().map(|it| it.as_str()), it.reason.as_deref())
        }
        EventKind::VoiceRequest { nick } => table.raw_set("nick", nick.as_str()),
        EventKind::Lost { why } | EventKind::Malformed { why } => table.raw_set("reason", why.as_str()),
        EventKind::Join | EventKind::Presence | EventKind::Config | EventKind::Joined => Ok(()),
    }
}

const fn cause(cause: domovoi_plugin::Cause) -> &'static str {
    use domovoi_plugin::Cause;
    match cause {
        Cause::Left => "left",
        Cause::Kicked => "kicked",
        Cause::Banned => "banned",
        Cause::Removed => "removed",
        Cause::Lost => "lost",
        Cause::Shutdown => "shutdown",
        Cause::Destroyed => "destroyed",
    }
}

/// Where something was said, and so where the answer goes.
pub(super) const fn place(place: &Place) -> &'static str {
    match place {
        Place::Room => "room",
        Place::Private(_) => "private",
        Place::Direct(_) => "direct",
    }
}

/// A command as `cx.event`: who gave it.
pub(super) fn call(lua: &Lua, call: &Call, sight: &Sight) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, 8)?;
    table.raw_set("kind", "command")?;
    table.raw_set("command", call.command)?;
    table.raw_set("nick", call.asker.nick.as_str())?;
    table.raw_set("level", call.asker.level.0)?;
    table.raw_set("identity", sight.identity(&call.asker.identity))?;
    if let Some(occupant) = &call.asker.occupant {
        put_occupant(&table, occupant, sight)?;
    }
    Ok(table)
}

/// The name of a signal in a plugin's `on`.
pub(super) const fn signal_name(signal: &Signal) -> &'static str {
    match signal {
        Signal::Timer(_) => "timer",
        Signal::Invitation(_) => "invitation",
        Signal::Hook(_) => "webhook",
    }
}

/// What reached the plugin from elsewhere than a room.
pub(super) fn signal(lua: &Lua, signal: &Signal, sight: &Sight) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, 8)?;
    table.raw_set("kind", signal_name(signal))?;
    match signal {
        Signal::Timer(it) => {
            table.raw_set("name", it.name.as_str())?;
            table.raw_set("data", to_lua(lua, &it.data)?)?;
        }
        Signal::Invitation(it) => {
            table.raw_set("room", it.room.as_str())?;
            table.raw_set("reason", it.reason.as_deref())?;
            // Someone in a room is known by that room's name for them, which tells no JID.
            if let Some(inviter) = &it.inviter {
                let bare = inviter.to_bare();
                table.raw_set("identity", sight.identity(&Identity::Jid(bare.clone())))?;
                table.raw_set("jid", sight.jid(Some(&bare)))?;
            }
        }
        Signal::Hook(it) => {
            table.raw_set("body", it.body.as_str())?;
            table.raw_set("headers", it.headers.clone())?;
            // What is no JSON has none.
            if let Ok(json) = serde_json::from_str::<serde_json::Value>(&it.body) {
                table.raw_set("json", to_lua(lua, &json)?)?;
            }
        }
    }
    Ok(table)
}

/// The arguments of a command, by name.
pub(super) fn args(lua: &Lua, call: &Call, sight: &Sight) -> Result<Table> {
    let table = lua.create_table()?;
    for (name, arg) in &call.args.0 {
        table.raw_set(*name, self::arg(lua, arg, sight)?)?;
    }
    Ok(table)
}

#[expect(clippy::cast_precision_loss, reason = "numbers people type are exact up to 2^53")]
fn arg(lua: &Lua, arg: &Arg, sight: &Sight) -> Result<Value> {
    let text = |text: &str| Ok(Value::String(lua.create_string(text)?));
    match arg {
        Arg::Who(who) => Ok(Value::Table(person(lua, who, sight)?)),
        Arg::Several(several) => {
            let people = several.iter().map(|it| person(lua, it, sight)).collect::<Result<Vec<_>>>()?;
            Ok(Value::Table(lua.create_sequence_from(people)?))
        }
        Arg::Nick(nick) => text(nick.as_str()),
        Arg::Jid(jid) => text(jid.as_str()),
        Arg::Duration(span) => Ok(Value::Number(span.as_secs_f64())),
        Arg::Number(number) => Ok(Value::Number(*number as f64)),
        Arg::Text(given) => text(given),
    }
}

/// Someone as named in a command. A JID that was typed is no secret to whoever reads the command.
fn person(lua: &Lua, who: &Who, sight: &Sight) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, 4)?;
    match who {
        Who::Here(target) | Who::Gone(target) => {
            table.raw_set("nick", target.nick.as_str())?;
            table.raw_set("identity", sight.identity(&target.identity))?;
            table.raw_set("jid", sight.jid(target.identity.jid()))?;
            table.raw_set("is_here", matches!(who, Who::Here(_)))?;
        }
        Who::Jid(jid) => {
            table.raw_set("jid", jid.to_string())?;
            table.raw_set("identity", sight.identity(&Identity::Jid(jid.clone())))?;
            table.raw_set("is_here", false)?;
        }
    }
    Ok(table)
}
