//! `status`, `accounts`, `acts`, `error`, `quit`, `restart`: how the bot is doing, what it did, and its end.

use std::collections::BTreeSet;

use domovoi_plugin::{
    Affiliation, ArgKind, ArgSpec, CommandSpec, Identity, Level, RoomJid, Text, grammar::shown, jid::BareJid,
};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
};
use crate::host::{
    acts::{self, Act},
    core::Ending,
    incidents::words::{result_text, what_text},
    notices::config_text,
    outside_words::why_text,
};

const NUMBER: ArgKind = ArgKind::Number { min: 1, max: i64::MAX };

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "состояние"), ("ru", "статус")],
        level: Level::MODERATOR,
        works_without_room: true,
        ..CommandSpec::new("status", "help-status")
    },
    CommandSpec {
        names: &[("ru", "учётки"), ("ru", "аккаунты")],
        level: Level::BOT_OWNER,
        works_without_room: true,
        ..CommandSpec::new("accounts", "help-accounts")
    },
    CommandSpec {
        names: &[("ru", "действия"), ("ru", "дела")],
        level: Level::MODERATOR,
        args: &[ArgSpec::optional("span", ArgKind::Duration), ArgSpec::optional("nick", ArgKind::Rest)],
        example: "acts 24h",
        ..CommandSpec::new("acts", "help-acts")
    },
    CommandSpec {
        names: &[("ru", "сбой")],
        level: Level::BOT_OWNER,
        args: &[ArgSpec::needed("number", NUMBER)],
        works_without_room: true,
        example: "error 1",
        ..CommandSpec::new("error", "help-error")
    },
    CommandSpec {
        names: &[("ru", "выключись")],
        level: Level::BOT_OWNER,
        works_without_room: true,
        ..CommandSpec::new("quit", "help-quit")
    },
    CommandSpec {
        names: &[("ru", "перезапуск")],
        level: Level::BOT_OWNER,
        works_without_room: true,
        ..CommandSpec::new("restart", "help-restart")
    },
];

/// How it is doing, in a few lines.
pub(super) async fn status(it: &Asked<'_>) -> Answered {
    let (accounts, rooms) = match it.host.outlet() {
        Some(outlet) => (outlet.accounts().await, outlet.rooms().await),
        None => (Vec::new(), Vec::new()),
    };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let up = it.cx.now().since(it.host.started);
    let n_wanted = it.host.live.config().rooms.values().filter(|it| it.join).count();
    let text = Text::key("status")
        .with("up", Text::span(up))
        .with("online", count(accounts.iter().filter(|it| it.is_online).count()))
        .with("accounts", count(accounts.len()))
        .with("joined", count(rooms.iter().filter(|it| it.is_joined).count()))
        .with("rooms", count(n_wanted))
        .with("people", count(rooms.iter().map(|it| it.n_occupants).sum()))
        .with("faults", it.host.faults.count().to_string());
    let memory = memory_mib().await.map(|mib| Text::key("status-memory").with("mib", mib.to_string()));
    let health = it.host.store.state.health().borrow().clone();
    let store = (!health.writable).then(|| Text::key("status-store").with("waiting", count(health.pending)));
    Ok(Answer::Here(Text::Lines([Some(text), memory, store].into_iter().flatten().collect())))
}

/// What the process holds in memory, where the system says so.
async fn memory_mib() -> Option<u64> {
    let text = tokio::fs::read_to_string("/proc/self/status").await.ok()?;
    let line = text.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

/// Every account.
pub(super) async fn accounts(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let accounts = match it.host.outlet() {
        Some(outlet) => outlet.accounts().await,
        None => Vec::new(),
    };
    let line = |account: &crate::host::outlet::AccountState| {
        Text::key("account-line")
            .with("account", account.account.as_str())
            .with("jid", account.jid.as_str())
            .with("state", state_of(account))
            .with("rooms", u32::try_from(account.n_rooms).unwrap_or(u32::MAX))
            .with("most", account.max_rooms)
    };
    Ok(Answer::Private(Text::Lines(accounts.iter().map(line).collect())))
}

fn state_of(account: &crate::host::outlet::AccountState) -> Text {
    let key = if account.is_online { "account-online" } else { "account-offline" };
    Text::key(key).with("why", why_text(&account.state))
}

/// What the bot did here, and for whom.
pub(super) async fn list_acts(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let span = it.call.args.duration("span").unwrap_or(acts::KEPT_FOR);
    let now = it.cx.now();
    let all = acts::list(&it.host.store.state, room, now - acts::KEPT_FOR, now).await;
    let all = all.map_err(|error| not_stored(&error))?;
    let nick = it.call.args.text("nick").map(str::trim).filter(|it| !it.is_empty());
    let identities = match nick {
        Some(nick) => identities_of(it, room, nick).await,
        None => Vec::new(),
    };
    let is_theirs = |act: &Act| nick.is_none_or(|nick| act.concerns(nick, &identities));
    let fits = |act: &&Act| now - span <= act.at && is_theirs(act);
    let zone = it.host.live.config().rooms.get(room).map(|it| it.timezone.clone());
    let zone = zone.as_ref().map_or("UTC", |it| it.as_str());
    let unbans = unbans(&all);
    let line = |act: &Act| act_text(act, unbans.contains(&act.seq), zone);
    let lines: Vec<Text> = all.iter().filter(fits).take(200).map(line).collect();
    if lines.is_empty() {
        return Ok(Answer::Here(Text::key("acts-none")));
    }
    // In public an address is shown only where everybody sees it anyway.
    let shows_address = all.iter().filter(fits).any(|it| it.target.as_deref().is_some_and(|it| it.contains('@')));
    let is_open = || async { it.cx.services.rooms.snapshot(room).await.is_some_and(|it| it.features.is_non_anonymous) };
    if shows_address && !is_open().await {
        return Ok(Answer::Private(Text::Lines(lines)));
    }
    Ok(Answer::List(Text::Lines(lines)))
}

/// Whom a JID or a nick means: who is here, and who left lately. What was done to them by JID is found by their nick, too.
async fn identities_of(it: &Asked<'_>, room: &RoomJid, name: &str) -> Vec<Identity> {
    let jid = BareJid::new(name).ok().filter(|it| it.node().is_some()).map(Identity::Jid);
    let snapshot = it.cx.services.rooms.snapshot(room).await.unwrap_or_default();
    let lower = name.to_lowercase();
    let met = snapshot.occupants.values().chain(snapshot.gone.iter().map(|it| &it.occupant));
    let met = met.filter(|it| it.nick.as_str().to_lowercase() == lower).map(|it| it.identity());
    jid.into_iter().chain(met).filter(Identity::is_lasting).collect()
}

/// Which of these acts, newest first, took a ban of ours back. To the room it is an affiliation like any other.
pub(super) fn unbans(acts: &[Act]) -> BTreeSet<u64> {
    let mut banned: BTreeSet<&str> = BTreeSet::new();
    let mut unbans = BTreeSet::new();
    for act in acts.iter().rev().filter(|it| it.result == "done") {
        match (act.action.as_str(), &act.target) {
            ("ban", Some(target)) => drop(banned.insert(target)),
            ("affiliation", Some(target)) => {
                let was_banned = banned.remove(target.as_str());
                unbans.extend((was_banned && act.to.as_deref() == Some(Affiliation::None.as_str())).then_some(act.seq));
            }
            _ => (),
        }
    }
    unbans
}

/// One act on one line. What it says is repeated, so nothing in it may turn or break the line.
pub(super) fn act_text(act: &Act, is_unban: bool, zone: &str) -> Text {
    let reason = act.reason.as_deref().map(|it| Text::plain(format!("({})", shown(it, 100))));
    let target = act.target.as_deref();
    let what = match (act.action.as_str(), act.to.as_deref()) {
        ("affiliation", _) if is_unban => given_text("deed-unban", "", target),
        ("role", Some(to)) => given_text("deed-role-to", to, target),
        ("affiliation", Some(to)) => given_text("deed-affiliation-to", to, target),
        _ => what_text(&act.action, act.seconds, target),
    };
    let what = Text::Joined(std::iter::once(what).chain(reason).collect());
    let by = match &act.by {
        Some(by) => Text::plain(shown(by, 100)),
        None => Text::key("by-me").with("plugin", act.plugin.as_str()),
    };
    Text::key("act-line")
        .with("at", act.at.in_zone(zone))
        .with("what", what)
        .with("by", by)
        .with("result", result_text(&act.result))
}

/// What was given to whom.
fn given_text(key: &'static str, to: &str, target: Option<&str>) -> Text {
    let given = Text::key(key).with("to", to);
    Text::Joined(std::iter::once(given).chain(target.map(|it| Text::plain(shown(it, 100)))).collect())
}

/// A fault by its number.
pub(super) fn error(it: &Asked<'_>) -> Answered {
    it.need_bot_owner()?;
    let number = it.call.args.number("number").and_then(|it| u64::try_from(it).ok()).unwrap_or_default();
    let Some(fault) = it.host.faults.get(number) else {
        return Ok(Answer::Private(Text::key("error-unknown").with("number", number.to_string())));
    };
    let config = it.host.live.config();
    let text = Text::key("error-is")
        .with("number", number.to_string())
        .with("plugin", fault.plugin.as_str())
        .with("doing", fault.doing)
        .with("room", fault.room.map_or_else(|| "-".to_owned(), |it| it.to_string()))
        .with("at", fault.at.in_zone(config.bot.timezone.as_str()))
        .with("times", u32::try_from(fault.n_times).unwrap_or(u32::MAX));
    Ok(Answer::Private(Text::Lines(vec![text, Text::plain(fault.what)])))
}

/// Ends the bot, for good or to begin again.
pub(super) async fn end(it: &Asked<'_>, ending: Ending) -> Answered {
    it.need_bot_owner()?;
    if let (Ending::Restart, Err(mistakes)) = (ending, it.host.check_file().await) {
        return Ok(Answer::Private(config_text("restart-broken", &mistakes)));
    }
    let key = match ending {
        Ending::Quit => "quit-bye",
        Ending::Restart => "restart-bye",
    };
    it.answer(Answer::Here(Text::key(key))).await;
    tracing::info!(?ending, "ended by command");
    tracing::debug!(by = it.by(), "whose command that was");
    it.host.end(ending);
    Ok(Answer::Here(Text::empty()))
}
