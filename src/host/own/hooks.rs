//! `plugin hook`: the address on the web by which others call a plugin. In a direct chat only, since it is a secret.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Level, Power, Text};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
    plugins::named,
};

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "плагин адрес")],
    level: Level::BOT_OWNER,
    args: &[ArgSpec::needed("plugin", ArgKind::Word), ArgSpec::optional("new", ArgKind::Choice(WISHES))],
    example: "plugin hook guard",
    works_without_room: true,
    is_direct_only: true,
    ..CommandSpec::new("plugin hook", "help-plugin-hook")
}];

/// A new address; calls only with a signature; any calls.
const WISHES: &[&str] = &["new", "signed", "any", "новый", "подпись", "любые"];

/// The address of a plugin; a new one if that is said, and the old one is nobody's any more. With what its calls are
/// signed, and whether they must be.
pub(super) async fn address(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let installed = named(it, it.call.args.text("plugin").unwrap_or_default())?;
    let name = installed.name();
    if !installed.manifest.powers.contains(&Power::Hook) {
        return Ok(Answer::Here(Text::key("hook-not-wanted").with("plugin", name.as_str())));
    }
    let secret = match it.call.args.text("new") {
        Some("new" | "новый") => it.host.new_hook_secret(name).await,
        Some(wish @ ("signed" | "подпись" | "any" | "любые")) => {
            let is_signed = matches!(wish, "signed" | "подпись");
            it.host.set_hook_signed(name, is_signed).await.map_err(|error| not_stored(&error))?;
            it.host.hook_secret(name).await
        }
        Some(_) | None => it.host.hook_secret(name).await,
    };
    let secret = secret.map_err(|error| not_stored(&error))?;
    let is_signed = it.host.is_hook_signed(name).await.map_err(|error| not_stored(&error))?;
    let config = it.host.live.config();
    let Some(web) = &config.web else { return Ok(Answer::Here(Text::key("hook-no-web"))) };
    let base = web.public_url.as_ref().map_or_else(|| format!("http://{}", web.listen), ToString::to_string);
    let url = format!("{}/hook/{name}/{secret}", base.trim_end_matches('/'));
    let key = it.host.hook_key(name, &secret);
    let rule = Text::key(if is_signed { "hook-signed" } else { "hook-any" }).with("plugin", name.as_str());
    let mut lines = vec![
        Text::key("hook-is").with("plugin", name.as_str()).with("url", url),
        Text::key("hook-key").with("key", key),
        rule,
    ];
    if !it.host.powers(&installed.manifest, it.cx.room.as_ref()).contains(&Power::Hook) {
        lines.push(Text::key("hook-not-granted").with("plugin", name.as_str()));
    }
    Ok(Answer::Here(Text::Lines(lines)))
}
