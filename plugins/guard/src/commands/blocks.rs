//! `blocklist …`: lists of others that are followed, and one of our own.

use domovoi_plugin::{Asked, Fault, Level, Node, RoomJid, ServiceError, Text, grammar::shown, jid::BareJid};

use super::{At, count};
use crate::{
    Guard,
    lists::{block::Key, parse},
    react::{
        blocks::{BlockSpec, BlockState, MOST_LISTS, OWN, node_of},
        kept,
        own_list::News,
        undo::MOST_EXCEPTIONS,
    },
};

/// All lists.
pub(crate) async fn list(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let now = it.cx.now();
    let lines: Vec<Text> = {
        let inner = it.react.inner();
        inner.blocks.iter().map(|(name, state)| line(name, state, now)).collect()
    };
    let mut lines = if lines.is_empty() { vec![Text::key("blocks-none")] } else { lines };
    let excepted = {
        let inner = it.react.inner();
        let of = |room: Option<RoomJid>| inner.kept.get(&room).map(|it| it.exceptions.clone()).unwrap_or_default();
        let mut all = of(None);
        all.extend(it.cx.room.clone().map(|room| of(Some(room))).unwrap_or_default());
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    if !excepted.is_empty() {
        lines.push(Text::key("blocks-excepted").with("who", shown(&excepted, 500)));
    }
    it.cx.reply(Text::Lines(lines)).await;
    Ok(())
}

fn line(name: &str, state: &BlockState, now: domovoi_plugin::Timestamp) -> Text {
    let spec = &state.spec;
    let mut worth = spec.deed.clone().unwrap_or_else(|| format!("{} %", spec.weight));
    if 1 < spec.quorum {
        worth.push_str(&format!(", quorum {}", spec.quorum));
    }
    if spec.is_observed {
        worth.push_str(", observe");
    }
    let head = Text::key("blocks-line").with("name", name).with("n", count(state.entries.len())).with("worth", worth);
    let head = head.with("node", spec.node.as_ref().map(ToString::to_string).unwrap_or_default());
    let how = match (&state.trouble, state.fetched) {
        (Some(why), _) => Text::key("blocks-trouble").with("why", shown(why, 200)),
        (None, Some(at)) => Text::key("blocks-fetched").with("ago", Text::span(now.since(at))),
        (None, None) => Text::empty(),
    };
    Text::Joined(vec![head, how])
}

/// Follows a list.
pub(crate) async fn add(guard: &Guard, cx: Asked<'_>, name: String, text: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let name = name.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let node = words.first().and_then(|it| node_of(it));
    let Some((node, rest)) = node.zip(words.get(1..)) else {
        return Err(Fault::answer(Text::key("blocks-no-node").with("given", shown(&text, 60))));
    };
    if !parse::is_name(&name) || name == OWN {
        return Err(Fault::answer(Text::key("blocks-no-name").with("given", shown(&name, 40))));
    }
    let mut spec = BlockSpec::at(node);
    spec.set(rest).map_err(|word| Fault::answer(Text::key("blocks-no-option").with("given", shown(&word, 40))))?;
    if !it.react.add_list(it.cx, &name, spec).await? {
        return Err(Fault::answer(Text::key("blocks-full").with("most", count(MOST_LISTS))));
    }
    it.react.refresh(it.cx, &name).await;
    let state = it.react.inner().blocks.get(&name).cloned();
    let Some(state) = state else { return Ok(()) };
    it.cx.reply(line(&name, &state, it.cx.now())).await;
    Ok(())
}

/// Follows a list no more.
pub(crate) async fn del(guard: &Guard, cx: Asked<'_>, name: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let name = name.to_lowercase();
    let is_configured = it.react.inner().blocks.get(&name).is_some_and(|it| it.is_configured);
    if is_configured {
        return Err(Fault::answer(Text::key("blocks-configured").with("name", name)));
    }
    if !it.react.remove_list(it.cx, &name).await? {
        return Err(Fault::answer(Text::key("blocks-unknown").with("given", shown(&name, 40))));
    }
    it.cx.reply(Text::key("blocks-removed").with("name", name)).await;
    Ok(())
}

/// Fetches all lists now.
pub(crate) async fn refresh(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let it = guard.at(cx);
    it.react.refresh_blocks(it.cx).await;
    list(guard, cx).await
}

/// A JID or a domain, as entries name it.
fn entry(given: &str) -> Result<String, Fault> {
    let jid =
        BareJid::new(given).map_err(|_| Fault::answer(Text::key("blocks-no-jid").with("given", shown(given, 60))))?;
    Ok(jid.to_string())
}

/// Lists do not count against this JID or domain, here or in a direct chat everywhere.
pub(crate) async fn except(guard: &Guard, cx: Asked<'_>, who: String) -> Result<(), Fault> {
    set_excepted(guard.at(cx), &who, true).await
}

/// They do again.
pub(crate) async fn unexcept(guard: &Guard, cx: Asked<'_>, who: String) -> Result<(), Fault> {
    set_excepted(guard.at(cx), &who, false).await
}

async fn set_excepted(it: At<'_>, who: &str, is_excepted: bool) -> Result<(), Fault> {
    let (room, who) = (it.cx.room.clone(), entry(who)?);
    if room.is_none() && it.call.asker.level < Level::BOT_OWNER {
        return Err(Fault::answer(Text::key("needs-room")));
    }
    let all = {
        let mut inner = it.react.inner();
        let exceptions = &mut inner.kept.entry(room.clone()).or_default().exceptions;
        if is_excepted {
            if MOST_EXCEPTIONS <= exceptions.len() && !exceptions.contains(&who) {
                return Err(Fault::answer(Text::key("blocks-excepts-full").with("most", count(MOST_EXCEPTIONS))));
            }
            exceptions.insert(who.clone());
        } else {
            exceptions.remove(&who);
        }
        exceptions.clone()
    };
    kept::put(it.cx, &kept::scope(room.as_ref()), "except", Some(&all)).await?;
    it.react.share_blocks(it.cx);
    let key = if is_excepted { "blocks-excepts" } else { "blocks-excepts-not" };
    it.cx.reply(Text::key(key).with("who", who)).await;
    Ok(())
}

/// Makes a list of our own, which others may follow.
pub(crate) async fn publish(guard: &Guard, cx: Asked<'_>, given: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let node = node_of(&given).unwrap_or_else(|| Node::own(&given));
    let told = it.react.publish_own(it.cx, node.clone()).await?;
    let done = Text::key("blocks-published").with("node", node.to_string());
    it.cx.reply(and_told(done, told)).await;
    Ok(())
}

/// Puts someone on our own list; published if the list is.
pub(crate) async fn block(guard: &Guard, cx: Asked<'_>, who: String, reason: Option<String>) -> Result<(), Fault> {
    set_blocked(guard.at(cx), &who, News::On(shown(&reason.unwrap_or_default(), 200)), "blocks-blocked").await
}

/// Takes them off it.
pub(crate) async fn unblock(guard: &Guard, cx: Asked<'_>, who: String) -> Result<(), Fault> {
    set_blocked(guard.at(cx), &who, News::Off, "blocks-unblocked").await
}

async fn set_blocked(it: At<'_>, who: &str, news: News, key: &'static str) -> Result<(), Fault> {
    let who = entry(who)?;
    let told = it.react.change_own(it.cx, Key::hashed(&who), news).await?;
    it.cx.reply(and_told(Text::key(key).with("who", who), told)).await;
    Ok(())
}

/// What was done here, and that its service could not be told of it yet.
fn and_told(done: Text, told: Result<(), ServiceError>) -> Text {
    let Err(error) = told else { return done };
    let why = shown(&error.to_string(), 200);
    Text::Joined(vec![done, Text::key("blocks-not-told").with("why", why)])
}
