//! The admin plugin: moderators and owners of a room keep it in order through the bot.
//!
//! It decides nothing by itself: each command is one action a person, done for whoever asked, and answered with what
//! came of it. Whether they may is checked by the host, here only what the host cannot know (the affiliation of
//! someone who is absent). Timed mutes and bans are kept and ended by the host.

mod deeds;
mod lists;
mod report;
mod specs;

use domovoi_plugin::{
    Action, Call, Context, Fault, Manifest, OptionKind, OptionSpec, Plugin, PluginName, Power, RoomJid, Text,
    async_trait,
};

use deeds::Deed;

/// The Fluent files.
pub const LOCALES: &[(&str, &str)] =
    &[("en", include_str!("../locales/en.ftl")), ("ru", include_str!("../locales/ru.ftl"))];

/// The shortest span of a mute or a ban that may be set as usual, in seconds.
const MIN_SECONDS: u64 = 10;
/// The longest.
const MAX_SECONDS: u64 = 366 * 86_400;

/// The plugin, as the list of bundled ones wants it.
#[must_use]
pub fn plugin() -> Box<dyn Plugin> {
    Box::new(Admin)
}

/// The plugin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Admin;

#[async_trait]
impl Plugin for Admin {
    fn manifest(&self) -> Manifest {
        #[expect(clippy::expect_used, reason = "the name is a literal of letters")]
        let name = PluginName::new("admin").expect("letters are a name");
        Manifest {
            powers: &[
                Power::Say,
                Power::Private,
                Power::Kick,
                Power::Voice,
                Power::Ban,
                Power::Affiliation,
                Power::Subject,
                Power::People,
            ],
            options: options(),
            commands: specs::all(),
            locales: LOCALES,
            is_on_by_default: true,
            ..Manifest::new(name)
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let room = cx.room.as_ref().ok_or_else(|| Fault::Broken("a command of a room came without one".to_owned()))?;
        match call.command {
            "subject" => subject(call, cx, room).await,
            "say" => say(call, cx, room).await,
            "banlist" => lists::bans(call, cx, room).await,
            "who" => lists::who(call, cx, room).await,
            "recent" => lists::recent(call, cx, room).await,
            other => match Deed::of(other) {
                Some(deed) => deeds::carry_out(deed, call, cx, room).await,
                None => Err(Fault::Broken(format!("no such command: {other}"))),
            },
        }
    }
}

fn options() -> Vec<OptionSpec> {
    let span = |name, default, help| {
        let kind = OptionKind::Span { min_seconds: MIN_SECONDS, max_seconds: MAX_SECONDS };
        OptionSpec { name, kind, default, help }
    };
    vec![
        span("mute_span", "1h", "How long `mute` lasts where no span is given."),
        span("ban_span", "1d", "How long `tempban` lasts where no span is given."),
    ]
}

/// Shows the subject, or changes it; `""` clears it.
async fn subject(call: &Call, cx: &Context, room: &RoomJid) -> Result<(), Fault> {
    let rooms = &cx.services.rooms;
    let Some(text) = call.args.text("text") else {
        let snapshot = rooms.snapshot(room).await.ok_or(domovoi_plugin::ActError::NotInRoom)?;
        let is_empty = snapshot.subject.is_empty();
        let shown = Text::key("subject-now").with("subject", snapshot.subject);
        cx.reply(if is_empty { Text::key("subject-none") } else { shown }).await;
        return Ok(());
    };
    let text = if matches!(text, "\"\"" | "''" | "«»" | "“”") { "" } else { text };
    let outcome = rooms.act(room, Action::Subject { text: text.to_owned() }, Some(&call.asker)).await?;
    // Everybody sees the subject change: only where nothing changed is there something to say.
    report::unless_seen(cx, outcome).await;
    Ok(())
}

/// Says something in the room as the bot.
async fn say(call: &Call, cx: &Context, room: &RoomJid) -> Result<(), Fault> {
    let text = call.args.text("text").unwrap_or_default().to_owned();
    let outcome = cx.services.rooms.act(room, Action::Say { text }, Some(&call.asker)).await?;
    report::unless_seen(cx, outcome).await;
    Ok(())
}
