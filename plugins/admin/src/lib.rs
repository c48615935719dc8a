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
    Action, Asked, Call, Context, Fault, Manifest, OptionSpec, Plugin, Power, Text, async_trait, locales,
};

use specs::COMMANDS;

/// The Fluent files.
pub const LOCALES: &[(&str, &str)] = locales!("en", "ru");

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
            commands: COMMANDS.specs(),
            locales: LOCALES,
            is_on_by_default: true,
            ..Manifest::named("admin")
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        COMMANDS.run(self, call, cx).await
    }
}

fn options() -> Vec<OptionSpec> {
    let span = |name, default, help| OptionSpec::span(name, MIN_SECONDS..=MAX_SECONDS, default, help);
    vec![span("mute_span", "1h", "option-mute_span"), span("ban_span", "1d", "option-ban_span")]
}

/// Shows the subject, or changes it; `""` clears it.
async fn subject(_: &Admin, cx: Asked<'_>, text: Option<String>) -> Result<(), Fault> {
    let Some(text) = text else {
        let subject = cx.snapshot().await?.subject;
        let is_empty = subject.is_empty();
        let shown = Text::key("subject-now").with("subject", subject);
        cx.reply(if is_empty { Text::key("subject-none") } else { shown }).await;
        return Ok(());
    };
    let text = if matches!(text.as_str(), "\"\"" | "''" | "«»" | "“”") { String::new() } else { text };
    let outcome = cx.act(Action::Subject { text }).await?;
    // Everybody sees the subject change: only where nothing changed is there something to say.
    report::unless_seen(&cx, outcome, "subject-set").await;
    Ok(())
}

/// Says something in the room as the bot.
async fn say(_: &Admin, cx: Asked<'_>, text: String) -> Result<(), Fault> {
    let outcome = cx.act(Action::Say { text }).await?;
    report::unless_seen(&cx, outcome, "say-done").await;
    Ok(())
}
