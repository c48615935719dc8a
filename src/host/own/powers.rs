//! `plugin perms`: what a plugin wants to be allowed, what it is, and what it made of that in the last seven days.

use std::collections::BTreeSet;

use domovoi_plugin::{CommandSpec, Level, Power, Text};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
    plugins::{PLUGIN, named, table},
};
use crate::host::usage::Counts;

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "плагин права")],
    aliases: &["plugin powers"],
    level: Level::MODERATOR,
    args: PLUGIN,
    example: "plugin perms guard",
    works_without_room: true,
    ..CommandSpec::new("plugin perms", "help-plugin-perms")
}];

/// The powers of a plugin, here or for all rooms.
pub(super) async fn show(it: &Asked<'_>) -> Answered {
    table(it)?;
    let installed = named(it, it.call.args.text("plugin").unwrap_or_default())?;
    let (name, room) = (installed.name().as_str(), it.cx.room.as_ref());
    let declared: BTreeSet<Power> = installed.manifest.powers.iter().copied().collect();
    let granted = it.host.powers(&installed.manifest, room);
    let withheld: BTreeSet<Power> = declared.difference(&granted).copied().collect();
    let usage = it.host.usage_of(installed.name()).await.map_err(|error| not_stored(&error))?;
    let mut lines = vec![
        Text::key("perms-declared").with("plugin", name).with("powers", words(it, &declared)),
        Text::key(if room.is_some() { "perms-granted-here" } else { "perms-granted" })
            .with("powers", words(it, &granted)),
    ];
    if !withheld.is_empty() {
        let all: Vec<String> = granted.union(&withheld).map(|it| format!("\"{}\"", it.as_str())).collect();
        let text = Text::key("perms-withheld").with("powers", words(it, &withheld));
        lines.push(text.with("plugin", name).with("all", all.join(", ")));
    }
    lines.extend(counted(&usage));
    Ok(Answer::List(Text::Lines(lines)))
}

fn words(it: &Asked<'_>, powers: &BTreeSet<Power>) -> String {
    if powers.is_empty() {
        return it.cx.words(&Text::key("perms-none"));
    }
    powers.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
}

/// What was used, and what was tried in vain.
fn counted(usage: &Counts) -> Vec<Text> {
    let list = |n: fn(&crate::host::usage::Count) -> u64| {
        let some = usage.iter().filter(|it| 0 < n(it.1));
        some.map(|(power, count)| format!("{} {}", power.as_str(), n(count))).collect::<Vec<_>>().join(", ")
    };
    let (used, denied) = (list(|it| it.used), list(|it| it.denied));
    let mut lines = vec![match used.is_empty() {
        true => Text::key("perms-unused"),
        false => Text::key("perms-used").with("counts", used),
    }];
    lines.extend((!denied.is_empty()).then(|| Text::key("perms-denied").with("counts", denied)));
    lines
}
