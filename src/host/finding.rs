//! Which command a line means: by the names that plugins declare, then by those that they keep.

use std::sync::Arc;

use domovoi_plugin::{
    PluginName, Scope,
    grammar::{Entry, Found, PlaceKind},
};

use super::{commands::Line, core::Host, roster::Roster};
use crate::i18n::LOCALES;

/// A name that a plugin keeps is at most so long, in bytes.
const MAX_KEPT_NAME: usize = 128;

/// The command that a line begins with, in this language.
pub(super) fn find<'c, 't>(host: &Host, roster: &'c Roster, line: &'t Line, lang: &str) -> Option<Found<'c, 't>> {
    let is_on = |plugin: &PluginName| line.from.as_ref() != Some(plugin);
    roster.commands.find(&line.text, lang, |plugin| is_on(plugin) && host.is_command_on(plugin, line.room.as_ref()))
}

/// In private whoever uses another language's word for a command is understood, and answered in that language.
pub(super) fn find_foreign<'c, 't>(
    host: &Host,
    roster: &'c Roster,
    line: &'t Line,
    lang: Arc<str>,
) -> (Option<Found<'c, 't>>, Arc<str>) {
    let others = LOCALES.iter().map(|it| it.0).filter(|it| **it != *lang && line.kind() != PlaceKind::Room);
    let found = others.into_iter().find_map(|other| Some((find(host, roster, line, other)?, other)));
    match found {
        Some((found, other)) => (Some(found), other.into()),
        None => (None, lang),
    }
}

/// Whether a line is a command, in the language in which its author is answered.
pub(super) fn is_command(host: &Host, line: &Line) -> bool {
    let room = line.room.as_ref();
    let lang = line.identity().map(|it| host.language_for(room, &line.place, &it));
    lang.is_some_and(|lang| find(host, &host.roster(), line, &lang).is_some())
}

/// A command by a name that its plugin keeps in its store: for this room, else for all.
pub(super) async fn find_kept<'c, 't>(host: &Arc<Host>, roster: &'c Roster, line: &'t Line) -> Option<Found<'c, 't>> {
    let word = line.text.split_whitespace().next().filter(|it| it.len() <= MAX_KEPT_NAME)?;
    let room = line.room.as_ref();
    let is_meant = |it: &&Entry| line.from.as_ref() != Some(&it.plugin) && host.is_command_on(&it.plugin, room);
    for entry in roster.commands.iter().filter(|it| it.spec.kept_names.is_some()).filter(is_meant) {
        let key = format!("{}{}", entry.spec.kept_names.unwrap_or_default(), word.to_lowercase());
        let Some(installed) = host.installed(&entry.plugin) else { continue };
        let state = host.services(&installed).state.clone();
        for scope in room.cloned().map(Scope::Room).into_iter().chain([Scope::Global]) {
            // What cannot be read is no name of anything.
            if matches!(state.get(&scope, &key).await, Ok(Some(_))) {
                return Some(Found { entry, word, rest: &line.text });
            }
        }
    }
    None
}
