//! Fills the gap of an absence from a room's archive (XEP-0313), page by page, while the room goes on.
//!
//! First its newest part, backwards, kept until it is whole and then told in order of time: that is what guards are
//! shown, and a raid that is just over must not be hidden by the quiet hours before it. Where a room keeps everything,
//! the older part follows, forwards from the last message that was seen.

use std::collections::VecDeque;

use domovoi_plugin::{RoomJid, StanzaId, Timestamp, View as _};
use minidom::Element;
use tracing::{debug, info};

use super::{Gap, Session, iqs::Pending};
use crate::{
    muc::{ArchivePage, InboundKind, Outbound, StanzaError},
    xmpp::{decode::Archived, query},
};

/// So many messages a page; servers cap it lower.
const PAGE: u16 = 100;

/// So much text of the newest part is kept until it is whole; what is before that is left out.
const MAX_BYTES: usize = 1 << 20;

/// So many pages of each part, whatever an archive says.
const MAX_PAGES: usize = 5000;

/// A gap that is being filled.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    query: String,
    gap: Gap,
    part: Part,
    /// What came of the page that is under way.
    page: Vec<Archived>,
    n_pages: usize,
    /// How many messages were fetched.
    n_got: usize,
    /// How much text waits.
    n_bytes: usize,
}

/// Which part of a gap is being fetched.
#[derive(Clone, Debug)]
enum Part {
    /// The newest messages, backwards.
    Newest(VecDeque<Archived>),
    /// What is before those, forwards.
    Older {
        /// After this message; `None`: from the gap's beginning on by time.
        after: Option<StanzaId>,
        /// Up to this message, which was told already.
        until: Option<StanzaId>,
    },
}

/// What a page leads to.
enum Next {
    /// One more page of the same part.
    Page,
    /// The part is done.
    Done,
}

impl Filling {
    fn new(gap: Gap) -> Self {
        let query = format!("q{:x}", rand::random::<u64>());
        Self { query, gap, part: Part::Newest(VecDeque::new()), page: Vec::new(), n_pages: 0, n_got: 0, n_bytes: 0 }
    }

    fn outbound(&self) -> Outbound {
        let (page, left) = match &self.part {
            Part::Newest(got) => {
                let before = got.front().map(|it| it.id.clone());
                (ArchivePage::Newest { since: self.gap.since, before }, self.gap.max.saturating_sub(got.len()))
            }
            Part::Older { after: Some(after), .. } => (ArchivePage::After(after.clone()), usize::MAX),
            Part::Older { after: None, .. } => {
                (ArchivePage::Since(self.gap.older.unwrap_or(self.gap.since)), usize::MAX)
            }
        };
        let max = u16::try_from(left).unwrap_or(u16::MAX).clamp(1, PAGE);
        Outbound::QueryArchive { query: self.query.clone(), page, max }
    }

    /// A page of the newest part has come: it goes before what came until now.
    fn on_newest(&mut self, is_complete: bool) -> Next {
        let Part::Newest(got) = &mut self.part else { return Next::Done };
        let page = std::mem::take(&mut self.page);
        let is_stuck = page.is_empty() || MAX_PAGES <= self.n_pages;
        let mut is_at_the_end = is_complete || is_stuck;
        for archived in page.into_iter().rev() {
            if Some(&archived.id) == self.gap.after.as_ref() {
                // This one was seen, and with it what is older.
                self.gap.older = None;
                return Next::Done;
            }
            if archived.at.is_some_and(|at| at < self.gap.since) {
                is_at_the_end = true;
                break;
            }
            if self.gap.max <= got.len() || MAX_BYTES < self.n_bytes {
                return Next::Done;
            }
            self.n_bytes += n_bytes(&archived.inbound.kind);
            got.push_front(archived);
        }
        if !is_at_the_end {
            return if self.gap.max <= got.len() { Next::Done } else { Next::Page };
        }
        // Nothing is left before it, unless more is wanted than its newest part.
        self.gap.older = self.gap.older.filter(|oldest| *oldest < self.gap.since);
        Next::Done
    }
}

impl Session {
    /// Asks for what was missed, if the room keeps an archive and anything is wanted of it.
    pub(super) fn begin_filling(&mut self, key: &RoomJid) {
        let now = self.clock.now();
        let Some(served) = self.rooms.get_mut(key) else { return };
        if !served.room.features().has_archive {
            // What cannot be fetched is not missing.
            served.watcher.filled();
            return;
        }
        let Some(gap) = served.watcher.gap(now) else { return };
        served.filling = Some(Filling::new(gap));
        self.ask_page(key, now);
    }

    fn ask_page(&mut self, key: &RoomJid, now: Timestamp) {
        let Some(filling) = self.rooms.get_mut(key).and_then(|it| it.filling.as_mut()) else { return };
        filling.page.clear();
        filling.n_pages += 1;
        let outbound = filling.outbound();
        self.send_iq(key, &outbound, Pending::Page { room: key.clone() }, now);
    }

    /// A message out of the archive. It counts only from the room and for the query under way.
    pub(super) fn on_archived(&mut self, archived: Archived) {
        let Some(served) = self.rooms.get_mut(&archived.room) else { return };
        let Some(filling) = served.filling.as_mut().filter(|it| archived.query.as_deref() == Some(it.query.as_str()))
        else {
            return;
        };
        // Whatever an archive sends: a page is no longer than it was asked for.
        if filling.page.len() < usize::from(PAGE) {
            filling.n_got += 1;
            filling.page.push(archived);
        }
    }

    /// The end of a page.
    pub(super) fn on_page(&mut self, key: &RoomJid, answer: Result<Option<Element>, StanzaError>, now: Timestamp) {
        let Some(filling) = self.rooms.get_mut(key).and_then(|it| it.filling.as_mut()) else { return };
        match answer.map(|it| it.as_ref().and_then(query::read_page)) {
            Ok(Some(page)) if matches!(filling.part, Part::Newest(_)) => match filling.on_newest(page.is_complete) {
                Next::Page => self.ask_page(key, now),
                Next::Done => self.on_newest_done(key, now),
            },
            Ok(Some(page)) => self.on_older(key, page, now),
            Ok(None) => self.end_filling(key, true),
            // The message before which the next page was to end is not in the archive any more: what came is told.
            Err(error) if error.condition == "item-not-found" && filling.has_some() => self.on_newest_done(key, now),
            // The last message that was seen is not in the archive any more: by time instead.
            Err(error) if error.condition == "item-not-found" && filling.forget_after() => self.ask_page(key, now),
            Err(error) => {
                debug!(account = %self.account, room.jid = %key, condition = error.condition, "the archive was refused");
                // What may work later is asked for when we come in the next time.
                self.end_filling(key, error.kind != "wait");
            }
        }
    }

    /// The newest part is whole. Where everything is wanted, and there is more before it, that comes next.
    fn on_newest_done(&mut self, key: &RoomJid, now: Timestamp) {
        let Some(filling) = self.rooms.get_mut(key).and_then(|it| it.filling.as_mut()) else { return };
        let Part::Newest(newest) = &mut filling.part else { return };
        let newest = std::mem::take(newest);
        let until = newest.front().map(|it| it.id.clone());
        let has_older = filling.gap.older.is_some();
        filling.part = Part::Older { after: filling.gap.after.clone(), until };
        filling.n_pages = 0;
        for archived in newest {
            self.on_missed(archived);
        }
        if has_older { self.ask_page(key, now) } else { self.end_filling(key, true) }
    }

    fn on_older(&mut self, key: &RoomJid, answer: query::Page, now: Timestamp) {
        let Some(filling) = self.rooms.get_mut(key).and_then(|it| it.filling.as_mut()) else { return };
        let page = std::mem::take(&mut filling.page);
        let oldest = filling.gap.older.unwrap_or(filling.gap.since);
        let Part::Older { after, until } = &mut filling.part else { return };
        // An archive that has nothing new to say and yet is not done would be asked for ever.
        let is_stuck = page.is_empty() || MAX_PAGES <= filling.n_pages;
        *after = answer.last.map(StanzaId::new).or_else(|| page.last().map(|it| it.id.clone())).or(after.take());
        let n_before = page.iter().position(|it| Some(&it.id) == until.as_ref());
        let is_done = answer.is_complete || is_stuck || n_before.is_some();
        for archived in page.into_iter().take(n_before.unwrap_or(usize::MAX)) {
            if archived.at.is_some_and(|at| oldest <= at) {
                self.on_missed(archived);
            }
        }
        if is_done { self.end_filling(key, true) } else { self.ask_page(key, now) }
    }

    /// A message that was said while we were away.
    fn on_missed(&mut self, archived: Archived) {
        let Archived { room: key, id, at, inbound, .. } = archived;
        let Some(served) = self.rooms.get_mut(&key) else { return };
        if served.watcher.was_seen(&id) {
            return;
        }
        let (Some(at), InboundKind::Groupchat(message)) = (at, inbound.kind) else { return };
        let event = served.room.fill(inbound.nick, id, message, at);
        self.on_events(&key, event.into_iter().collect());
    }

    fn end_filling(&mut self, key: &RoomJid, is_filled: bool) {
        let Some(served) = self.rooms.get_mut(key) else { return };
        let n_messages = served.filling.take().map_or(0, |it| it.n_got);
        if is_filled {
            info!(account = %self.account, room.jid = %key, n_messages, "the gap is filled");
            served.watcher.filled();
        }
    }
}

impl Filling {
    /// Whether something of the newest part has come.
    fn has_some(&self) -> bool {
        matches!(&self.part, Part::Newest(got) if !got.is_empty())
    }

    /// Goes on by time if the older part was to begin after a message.
    fn forget_after(&mut self) -> bool {
        match &mut self.part {
            Part::Older { after, .. } if self.n_pages == 1 => after.take().is_some(),
            Part::Older { .. } | Part::Newest(_) => false,
        }
    }
}

fn n_bytes(kind: &InboundKind) -> usize {
    let InboundKind::Groupchat(message) = kind else { return 0 };
    let bodies: usize = message.bodies.iter().map(|it| it.body.len()).sum();
    bodies + message.body.as_ref().map_or(0, String::len) + message.xhtml.as_ref().map_or(0, String::len)
}
