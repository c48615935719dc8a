//! Who is banned, who is here, who left.

use domovoi_plugin::{
    ActError, Affiliation, Asked, Context, Fault, Gone, Level, ListEntry, Nick, Occupant, Place, Text,
    grammar::{level_text, shown},
};

use crate::Admin;

/// Longer lists go to whoever asked in private.
const MAX_PUBLIC_LINES: usize = 5;
/// How many characters of a reason or of a last word are shown.
const MAX_SHOWN: usize = 100;
/// How many who left are shown where no number is given.
const USUAL_RECENT: usize = 10;

/// The ban list, in private: whose JIDs they are is nobody else's business.
pub(crate) async fn bans(_: &Admin, cx: Asked<'_>, part: Option<String>) -> Result<(), Fault> {
    let mut list = cx.services.rooms.list(cx.here()?, Affiliation::Outcast).await?;
    if let Some(part) = part {
        let part = part.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&part);
        list.retain(|it| has(it.jid.as_str()) || it.reason.as_deref().is_some_and(has));
    }
    if list.is_empty() {
        cx.reply(Text::key("banlist-empty")).await;
        return Ok(());
    }
    let n = u32::try_from(list.len()).unwrap_or(u32::MAX);
    let mut lines = vec![Text::key("banlist-head").with("n", n)];
    lines.extend(list.iter().map(ban_line));
    in_private(&cx, lines).await;
    Ok(())
}

fn ban_line(entry: &ListEntry) -> Text {
    match entry.reason.as_deref().filter(|it| !it.is_empty()) {
        Some(reason) => {
            Text::key("banlist-line").with("jid", entry.jid.as_str()).with("reason", shown(reason, MAX_SHOWN))
        }
        None => Text::plain(entry.jid.as_str()),
    }
}

/// Everybody here or one of them, in private, since real JIDs are shown.
pub(crate) async fn who(_: &Admin, cx: Asked<'_>, nick: Option<Nick>) -> Result<(), Fault> {
    let snapshot = cx.snapshot().await?;
    if let Some(nick) = nick {
        let occupant = snapshot.occupants.get(&nick).ok_or_else(|| ActError::Gone { nick: nick.to_string() })?;
        let here_for = Text::key("who-since").with("span", Text::span(cx.now().since(occupant.joined_at)));
        in_private(&cx, vec![who_line(occupant), here_for]).await;
        return Ok(());
    }
    let mut all: Vec<&Occupant> = snapshot.occupants.values().map(|it| &**it).filter(|it| !it.is_self).collect();
    // Highest first; those of one level stay in the order of their nicks.
    all.sort_by_key(|it| std::cmp::Reverse(Level::of(it.role, it.affiliation)));
    let n = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let mut lines = vec![Text::key("who-head").with("n", n)];
    lines.extend(all.into_iter().map(who_line));
    in_private(&cx, lines).await;
    Ok(())
}

fn who_line(occupant: &Occupant) -> Text {
    let level = level_text(Level::of(occupant.role, occupant.affiliation));
    let line = |key: &'static str| Text::key(key).with("nick", occupant.nick.as_str()).with("level", level);
    match occupant.bare_jid() {
        Some(jid) => line("who-line-jid").with("jid", jid.to_string()),
        None => line("who-line"),
    }
}

/// Who left, when, and with what last words.
pub(crate) async fn recent(_: &Admin, cx: Asked<'_>, n: Option<i64>) -> Result<(), Fault> {
    let snapshot = cx.snapshot().await?;
    let n = n.and_then(|it| usize::try_from(it).ok()).unwrap_or(USUAL_RECENT);
    let lines: Vec<Text> = snapshot.gone.iter().take(n).map(|it| gone_line(it, &cx)).collect();
    if lines.is_empty() {
        cx.reply(Text::key("recent-none")).await;
    } else if lines.len() <= MAX_PUBLIC_LINES {
        cx.reply(Text::Lines(lines)).await;
    } else {
        in_private(&cx, lines).await;
    }
    Ok(())
}

fn gone_line(gone: &Gone, cx: &Context) -> Text {
    let line = |key: &'static str| {
        let ago = Text::span(cx.now().since(gone.at));
        Text::key(key).with("nick", gone.occupant.nick.as_str()).with("ago", ago)
    };
    match gone.last_said.as_deref().map(|it| shown(it, MAX_SHOWN)) {
        Some(said) => line("recent-line").with("said", said),
        None => line("recent-line-silent"),
    }
}

/// Sends lines in private, and says so where it was asked in public.
async fn in_private(cx: &Context, lines: Vec<Text>) {
    cx.private(Text::Lines(lines)).await;
    if cx.place == Place::Room {
        cx.reply(Text::key("sent-in-private")).await;
    }
}
