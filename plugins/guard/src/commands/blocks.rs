//! `blocklist …`: lists of others that are followed, and one of our own.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domovoi_plugin::{
    Asked, Audience, Fault, Item, Level, Node, Payload, Query, RecordKind, RoomJid, Scope, Text, grammar::shown,
    jid::BareJid,
};

use super::{At, count, not_done};
use crate::{
    Guard,
    lists::{
        block::{BlockList, Blocks, Key, Worth},
        parse,
    },
    react::{
        blocks::{BlockSpec, BlockState, MOST_LISTS, OWN, node_of},
        kept,
    },
};

/// How far back a preview looks.
const BACK: Duration = Duration::from_secs(90 * 86_400);
/// So many records of one room are read for it.
const MOST_RECORDS: usize = 300_000;
/// So many people are told of.
const MOST_SHOWN: usize = 20;
/// The namespace of reports of abuse (XEP-0377).
const NS_REPORTING: &str = "urn:xmpp:reporting:1";

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

/// Says whom a list would hit, now and in the last ninety days.
pub(crate) async fn preview(guard: &Guard, cx: Asked<'_>, given: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let known = it.react.inner().blocks.get(&given.to_lowercase()).map(|it| it.entries.clone());
    let entries = match (known, node_of(&given)) {
        (Some(entries), _) => entries,
        (None, Some(node)) => {
            let items = it.cx.services.pubsub.items(&node).await.map_err(|error| not_done(&error))?;
            std::sync::Arc::new(items.iter().map(|it| Key::of(&it.id)).collect::<BTreeSet<Key>>())
        }
        (None, None) => return Err(Fault::answer(Text::key("blocks-unknown").with("given", shown(&given, 60)))),
    };
    let n_entries = entries.len();
    let list = BlockList { name: "preview".into(), worth: Worth::default(), entries };
    let exceptions = it.react.inner().kept.iter().map(|(room, it)| (room.clone(), it.exceptions.clone())).collect();
    let blocks = Blocks { lists: vec![list], exceptions, generation: 0 };
    let rooms = it.cx.services.rooms.all().await;
    let here = here(it, &blocks, &rooms).await;
    let past = past(it, &blocks, &rooms).await?;
    let head = Text::key("preview").with("n", count(n_entries)).with("here", count(here.len()));
    let mut lines = vec![head.with("past", count(past.len()))];
    let of = |key: &'static str, who: &str| Text::key(key).with("who", who);
    lines.extend(here.iter().take(MOST_SHOWN).map(|(who, room)| of("preview-here", who).with("where", room.as_str())));
    lines.extend(past.iter().take(MOST_SHOWN).map(|(who, n)| of("preview-past", who).with("n", count(*n))));
    it.cx.private(Text::Lines(lines)).await;
    Ok(())
}

/// Who is in a room now and stands on the list, members and above left out: nick and room.
async fn here(it: At<'_>, blocks: &Blocks, rooms: &[RoomJid]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for room in rooms {
        let Some(snapshot) = it.cx.services.rooms.snapshot(room).await else { continue };
        for occupant in snapshot.occupants.values().filter(|it| !it.is_self) {
            let is_below = occupant.affiliation < domovoi_plugin::Affiliation::Member;
            let Some(jid) = occupant.bare_jid().filter(|_| is_below) else { continue };
            if !blocks.find(Some(room), &jid).is_empty() {
                found.push((format!("{} ({jid})", shown(occupant.nick.as_str(), 40)), room.to_string()));
            }
        }
    }
    found
}

/// Who came in lately and stands on the list: JID, and how often they came.
async fn past(it: At<'_>, blocks: &Blocks, rooms: &[RoomJid]) -> Result<BTreeMap<String, usize>, Fault> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let now = it.cx.now();
    for room in rooms {
        let mut query = Query::new(room.clone(), now - BACK, now);
        let mut n_read = 0;
        loop {
            let page = it.cx.services.records.query(&query).await.map_err(|error| not_done(&error))?;
            n_read += page.records.len();
            let joins = page.records.iter().filter(|it| it.kind == RecordKind::Join);
            for jid in joins.filter_map(|it| it.jid.as_ref()) {
                if !blocks.find(Some(room), jid).is_empty() {
                    *found.entry(jid.to_string()).or_default() += 1;
                }
            }
            match page.next {
                Some(next) if n_read < MOST_RECORDS => query.after = Some(next),
                _ => break,
            }
        }
    }
    Ok(found)
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
        if is_excepted && exceptions.len() < 500 {
            exceptions.insert(who.clone());
        } else if !is_excepted {
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
    kept::put(it.cx, &Scope::Global, "own list", Some(&node)).await?;
    it.react.inner().own_list = Some(node.clone());
    make_own(it).await?;
    it.cx.reply(Text::key("blocks-published").with("node", node.to_string())).await;
    Ok(())
}

/// Our own list counts in our own rooms too.
async fn make_own(it: At<'_>) -> Result<(), Fault> {
    if it.react.inner().blocks.contains_key(OWN) {
        return Ok(());
    }
    let spec = BlockSpec { node: None, ..BlockSpec::at(Node::own(OWN)) };
    it.react.add_list(it.cx, OWN, spec).await?;
    Ok(())
}

/// Puts someone on our own list; published if the list is.
pub(crate) async fn block(guard: &Guard, cx: Asked<'_>, who: String, reason: Option<String>) -> Result<(), Fault> {
    set_blocked(guard.at(cx), &who, Some(reason.as_deref().unwrap_or_default())).await
}

/// Takes them off it.
pub(crate) async fn unblock(guard: &Guard, cx: Asked<'_>, who: String) -> Result<(), Fault> {
    set_blocked(guard.at(cx), &who, None).await
}

/// On the list for a reason, or off it.
async fn set_blocked(it: At<'_>, who: &str, blocked: Option<&str>) -> Result<(), Fault> {
    let (who, is_blocked) = (entry(who)?, blocked.is_some());
    let key = Key::hashed(&who);
    make_own(it).await?;
    if is_blocked {
        it.react.edit(it.cx, OWN, std::slice::from_ref(&key), &[]).await;
    } else {
        it.react.edit(it.cx, OWN, &[], std::slice::from_ref(&key)).await;
    }
    let node = it.react.inner().own_list.clone();
    if let Some(node) = node {
        let pubsub = &it.cx.services.pubsub;
        let done = match blocked {
            Some(reason) => pubsub.publish(&node, item(&key, reason), Audience::Open).await,
            None => pubsub.retract(&node, &key.id()).await,
        };
        done.map_err(|error| not_done(&error))?;
    }
    let key = if is_blocked { "blocks-blocked" } else { "blocks-unblocked" };
    it.cx.reply(Text::key(key).with("who", who)).await;
    Ok(())
}

/// An entry as other bots and servers read it.
fn item(key: &Key, reason: &str) -> Item {
    let report = Payload::new("report", NS_REPORTING).with("reason", "urn:xmpp:reporting:spam");
    let report = if reason.is_empty() { report } else { report.with_text("text", shown(reason, 200)) };
    Item { id: key.id(), payload: Some(report) }
}
