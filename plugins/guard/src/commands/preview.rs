//! `blocklist preview`: whom a list would hit, now and in the last ninety days, and with what.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::{
    Affiliation, Asked, Fault, Occupant, Query, RecordKind, Role, RoomJid, Text, grammar::shown, jid::BareJid,
};

use super::{At, count, not_done, words::deed_text};
use crate::{
    Guard,
    lists::{
        block::{BlockList, Blocks, Key, Worth},
        deed::Deed,
    },
    react::blocks::node_of,
};

/// How far back a preview looks.
const BACK: Duration = Duration::from_secs(90 * 86_400);
/// So many records of one room are read for it.
const MOST_RECORDS: usize = 300_000;
/// So many people are told of.
const MOST_SHOWN: usize = 20;

/// A list as it counts, or would count, beside the others.
struct Tried {
    blocks: Blocks,
    name: Arc<str>,
}

/// Whom it would hit now.
#[derive(Default)]
struct Here {
    /// Nick and JID, room, and what it leads to.
    found: Vec<(String, String, Text)>,
    /// How many do not show their JID.
    n_hidden: usize,
}

/// Says whom a list would hit, now and in the last ninety days.
pub(crate) async fn preview(guard: &Guard, cx: Asked<'_>, given: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let (tried, n_entries) = tried(it, &given).await?;
    let rooms = it.cx.services.rooms.all().await;
    let here = here(it, &tried, &rooms).await;
    let past = past(it, &tried, &rooms).await?;
    let head = Text::key("preview").with("n", count(n_entries)).with("here", count(here.found.len()));
    let mut lines = vec![head.with("past", count(past.len()))];
    lines.extend(here.found.iter().take(MOST_SHOWN).map(|(who, room, what)| {
        Text::key("preview-here").with("who", who.as_str()).with("where", room.as_str()).with("what", what.clone())
    }));
    lines.extend(past.iter().take(MOST_SHOWN).map(|(who, (n, what))| {
        Text::key("preview-past").with("who", who.as_str()).with("n", count(*n)).with("what", what.clone())
    }));
    if 0 < here.n_hidden {
        lines.push(Text::key("preview-hidden").with("n", count(here.n_hidden)));
    }
    it.cx.private(Text::Lines(lines)).await;
    Ok(())
}

/// One that is followed counts as it does, with its quorum; another as if it were followed with full weight.
async fn tried(it: At<'_>, given: &str) -> Result<(Tried, usize), Fault> {
    let known = it.react.followed();
    let name = given.to_lowercase();
    if let Some(list) = known.lists.iter().find(|it| *it.name == *name) {
        let (name, n_entries) = (list.name.clone(), list.entries.len());
        return Ok((Tried { blocks: known, name }, n_entries));
    }
    let node =
        node_of(given).ok_or_else(|| Fault::answer(Text::key("blocks-unknown").with("given", shown(given, 60))))?;
    let items = it.cx.services.pubsub.items(&node).await.map_err(|error| not_done(&error))?;
    let entries: Arc<std::collections::BTreeSet<Key>> = Arc::new(items.iter().map(|it| Key::of(&it.id)).collect());
    let n_entries = entries.len();
    // No list that is followed can be called this.
    let name: Arc<str> = "?".into();
    let mut blocks = known;
    blocks.lists.push(BlockList { name: name.clone(), worth: Worth::default(), entries });
    Ok((Tried { blocks, name }, n_entries))
}

impl Tried {
    /// What the list leads to for someone, if they stand on it and it counts.
    fn finds(&self, it: At<'_>, room: &RoomJid, jid: &BareJid) -> Option<Text> {
        let found = self.blocks.find(Some(room), jid).into_iter().find(|it| it.list == self.name)?;
        let deed = found.deed.unwrap_or(Deed::Points(found.points));
        Some(deed_text(deed, found.is_observed, it.cx))
    }
}

/// Who is in a room now and stands on the list; members and above are never hit, nor is a moderator.
async fn here(it: At<'_>, tried: &Tried, rooms: &[RoomJid]) -> Here {
    let mut here = Here::default();
    for room in rooms {
        let Some(snapshot) = it.cx.services.rooms.snapshot(room).await else { continue };
        for occupant in snapshot.occupants.values().filter(|it| may_be_hit(it)) {
            let Some(jid) = occupant.bare_jid() else {
                here.n_hidden += 1;
                continue;
            };
            if let Some(what) = tried.finds(it, room, &jid) {
                here.found.push((format!("{} ({jid})", shown(occupant.nick.as_str(), 40)), room.to_string(), what));
            }
        }
    }
    here
}

fn may_be_hit(occupant: &Occupant) -> bool {
    !occupant.is_self && occupant.affiliation < Affiliation::Member && occupant.role != Role::Moderator
}

/// Who came in lately and stands on the list: JID, how often they came, and what it leads to.
async fn past(it: At<'_>, tried: &Tried, rooms: &[RoomJid]) -> Result<BTreeMap<String, (usize, Text)>, Fault> {
    let mut found: BTreeMap<String, (usize, Text)> = BTreeMap::new();
    let now = it.cx.now();
    for room in rooms {
        let mut query = Query::new(room.clone(), now - BACK, now);
        let mut n_read = 0;
        loop {
            let page = it.cx.services.records.query(&query).await.map_err(|error| not_done(&error))?;
            n_read += page.records.len();
            let is_below = |it: Option<Affiliation>| it.is_none_or(|it| it < Affiliation::Member);
            let joins = page.records.iter().filter(|it| it.kind == RecordKind::Join && is_below(it.affiliation));
            for jid in joins.filter_map(|it| it.jid.as_ref()) {
                if let Some(what) = tried.finds(it, room, jid) {
                    found.entry(jid.to_string()).or_insert((0, what)).0 += 1;
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
