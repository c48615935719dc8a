//! `since 10m kick`: everybody who came in lately, at once, for when a wave of strangers has come.
//!
//! First those are listed whom it would hit; `!` at the end does it. Members and above, moderators, owners of the bot
//! and its accounts are left out, and so is who was here before the bot: nobody knows when they came.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    ActError, Action, Affiliation, ArgKind, ArgSpec, CommandSpec, Fault, Level, Occupant, Outcome, Role, Snapshot,
    Target, Text,
    grammar::{act_error_text, shown},
};

use super::asked::{Answer, Answered, Asked};

const DEEDS: &[&str] = &["list", "kick", "mute", "ban", "список", "кик", "мут", "бан"];
/// So many at most.
const MAX_PEOPLE: usize = 300;
/// So many names are shown.
const MAX_NAMES: usize = 40;
/// How long a mute is.
const MUTE: Duration = Duration::from_secs(3600);

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "за")],
    level: Level::MODERATOR,
    args: &[
        ArgSpec::needed("span", ArgKind::Duration),
        ArgSpec::optional("deed", ArgKind::Choice(DEEDS)),
        ArgSpec::optional("confirm", ArgKind::Word),
    ],
    example: "since 10m kick",
    ..CommandSpec::new("since", "help-since")
}];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    List,
    Kick,
    Mute,
    Ban,
}

impl Deed {
    fn of(word: &str) -> Self {
        match word {
            "kick" | "кик" => Self::Kick,
            "mute" | "мут" => Self::Mute,
            "ban" | "бан" => Self::Ban,
            _ => Self::List,
        }
    }

    /// The word for it, as it is typed.
    fn word(self) -> Text {
        match self {
            Self::List => Text::empty(),
            Self::Kick => Text::key("since-kick"),
            Self::Mute => Text::key("since-mute"),
            Self::Ban => Text::key("since-ban"),
        }
    }
}

/// Shows whom it would hit, or does it.
pub(super) async fn since(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let span = it.call.args.duration("span").unwrap_or_default();
    let deed = Deed::of(it.call.args.text("deed").unwrap_or("list"));
    let confirm = it.call.args.text("confirm");
    let is_sure = confirm.is_some_and(|word| matches!(word, "!" | "yes" | "confirm" | "да"));
    // What is neither a deed nor a yes was meant to be one of them.
    if let Some(word) = confirm.filter(|_| !is_sure) {
        return Err(Fault::answer(Text::key("mistake-too-much").with("given", shown(word, 50))));
    }
    if deed == Deed::Ban {
        it.need(Level::ADMIN)?;
    }
    let snapshot = it.cx.services.rooms.snapshot(room).await.ok_or(ActError::NotInRoom)?;
    let people = newcomers(it, &snapshot, span, deed);
    if people.is_empty() {
        return Ok(Answer::Here(Text::key("since-nobody").with("span", Text::span(span))));
    }
    if !is_sure || deed == Deed::List {
        return Ok(Answer::List(preview(&people, span, deed).with("prefix", it.prefix())));
    }
    let reason = Text::key("reason-since").with("span", Text::span(span));
    let reason = it.host.own_words(&it.host.room_language(room), &reason);
    let actions = people.iter().filter_map(|it| action(it, deed, &reason)).collect();
    let results = it.act_all(room, actions).await;
    Ok(Answer::Here(report(&results, deed)))
}

/// Who came within this time, and still is here or can be banned.
fn newcomers(it: &Asked<'_>, snapshot: &Snapshot, span: Duration, deed: Deed) -> Vec<Arc<Occupant>> {
    let config = it.host.live.config();
    let since = it.cx.now() - span;
    let we_came = snapshot.me().map(|it| it.joined_at);
    let is_ours = |it: &Occupant| {
        let is_account = config.accounts.values().any(|account| it.has_jid(&account.jid.to_bare()));
        is_account || config.bot.owners.iter().any(|owner| it.has_jid(owner))
    };
    let is_meant = |it: &&Arc<Occupant>| {
        let is_new = since <= it.joined_at && we_came.is_none_or(|we| we < it.joined_at);
        let is_spared =
            it.is_self || Affiliation::Member <= it.affiliation || it.role == Role::Moderator || is_ours(it);
        is_new && !is_spared
    };
    let mut people: Vec<Arc<Occupant>> = snapshot.occupants.values().filter(is_meant).cloned().collect();
    // Who left can be kept out all the same.
    if matches!(deed, Deed::Ban | Deed::List) {
        let gone = snapshot.gone.iter().map(|it| &it.occupant).filter(is_meant).filter(|it| it.bare_jid().is_some());
        for occupant in gone {
            if !people.iter().any(|it| it.bare_jid() == occupant.bare_jid()) {
                people.push(occupant.clone());
            }
        }
    }
    people.truncate(MAX_PEOPLE);
    people
}

fn action(occupant: &Occupant, deed: Deed, reason: &str) -> Option<Action> {
    let target = || Target { nick: occupant.nick.clone(), identity: occupant.identity() };
    let reason = reason.to_owned();
    match deed {
        Deed::List => None,
        Deed::Kick => Some(Action::Kick { target: target(), reason }),
        Deed::Mute => Some(Action::Mute { target: target(), span: Some(MUTE), reason }),
        Deed::Ban => match occupant.bare_jid() {
            Some(jid) => Some(Action::Ban { jid, span: None, reason }),
            // Without a JID out is the most that can be done.
            None => Some(Action::Kick { target: target(), reason }),
        },
    }
}

fn preview(people: &[Arc<Occupant>], span: Duration, deed: Deed) -> Text {
    let mut names: Vec<String> = people.iter().take(MAX_NAMES).map(|it| shown(it.nick.as_str(), 60)).collect();
    if MAX_NAMES < people.len() {
        names.push(format!("… +{}", people.len() - MAX_NAMES));
    }
    let key = if deed == Deed::List { "since-list" } else { "since-would" };
    let text = Text::key(key).with("people", u32::try_from(people.len()).unwrap_or(u32::MAX));
    let text = text.with("names", names.join(", ")).with("deed", deed.word());
    text.with("span", Text::span(span)).with("short", domovoi_plugin::format_duration(span))
}

fn report(results: &[Result<Outcome, ActError>], deed: Deed) -> Text {
    let n_done = results.iter().filter(|it| it.is_ok()).count();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut lines = vec![Text::key("since-done").with("deed", deed.word()).with("people", count(n_done))];
    let first = results.iter().find_map(|it| it.as_ref().err());
    lines.extend(first.map(|error| {
        let text = Text::key("since-failed").with("people", count(results.len() - n_done));
        text.with("why", act_error_text(error))
    }));
    Text::Lines(lines)
}
