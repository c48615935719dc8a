//! Fills the gap of an absence from a room's archive (XEP-0313), page by page, while the room goes on.

use domovoi_plugin::{RoomJid, StanzaId, Timestamp, View as _};
use minidom::Element;
use tracing::{debug, info};

use super::{Gap, Session, iqs::Pending};
use crate::{
    muc::{InboundKind, Outbound, StanzaError},
    xmpp::{decode::Archived, query},
};

/// So many messages a page; servers cap it lower.
const PAGE: u16 = 100;

/// So many pages, whatever an archive says.
const MAX_PAGES: usize = 5000;

/// A gap that is being filled.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    query: String,
    gap: Gap,
    n_got: usize,
    /// How many messages had come when the last page ended.
    n_asked: usize,
    n_pages: usize,
}

impl Session {
    /// Asks for what was missed, if the room keeps an archive and anything is wanted of it.
    pub(super) fn begin_filling(&mut self, key: &RoomJid) {
        let now = self.clock.now();
        let Some(served) = self.rooms.get_mut(key) else { return };
        if !served.room.features().has_archive {
            return;
        }
        let Some(gap) = served.watcher.gap(now) else { return };
        let query = format!("q{:x}", rand::random::<u64>());
        served.filling = Some(Filling { query, gap, n_got: 0, n_asked: 0, n_pages: 0 });
        self.ask_page(key, now);
    }

    fn ask_page(&mut self, key: &RoomJid, now: Timestamp) {
        let Some(filling) = self.rooms.get(key).and_then(|it| it.filling.as_ref()) else { return };
        let left = filling.gap.max.saturating_sub(filling.n_got);
        let max = u16::try_from(left).unwrap_or(u16::MAX).min(PAGE);
        let after = filling.gap.after.clone();
        let start = after.is_none().then_some(filling.gap.since);
        let outbound = Outbound::QueryArchive { query: filling.query.clone(), after, start, max };
        self.send_iq(key, &outbound, Pending::Page { room: key.clone() }, now);
    }

    /// A message out of the archive. It counts only from the room and for the query under way.
    pub(super) fn on_archived(&mut self, archived: Archived) {
        let Archived { room: key, query, id, at, inbound } = archived;
        let Some(served) = self.rooms.get_mut(&key) else { return };
        let Some(filling) = served.filling.as_mut().filter(|it| query.as_deref() == Some(it.query.as_str())) else {
            return;
        };
        filling.n_got += 1;
        filling.gap.after = Some(id.clone());
        let since = filling.gap.since;
        let Some(at) = at.filter(|it| since <= *it) else { return };
        let InboundKind::Groupchat(message) = inbound.kind else { return };
        let event = served.room.fill(inbound.nick, id, message, at);
        self.on_events(&key, event.into_iter().collect());
    }

    /// The end of a page.
    pub(super) fn on_page(&mut self, key: &RoomJid, answer: Result<Option<Element>, StanzaError>, now: Timestamp) {
        let Some(filling) = self.rooms.get_mut(key).and_then(|it| it.filling.as_mut()) else { return };
        match answer.map(|it| it.as_ref().and_then(query::read_page)) {
            Ok(Some(page)) => {
                let is_new = filling.n_asked < filling.n_got;
                filling.n_asked = filling.n_got;
                filling.n_pages += 1;
                filling.gap.after = page.last.map(StanzaId::new).or(filling.gap.after.take());
                // An archive that has nothing new to say and yet is not done would be asked for ever.
                let is_stuck = !is_new || MAX_PAGES <= filling.n_pages;
                if page.is_complete || is_stuck || filling.gap.max <= filling.n_got {
                    let n_messages = filling.n_got;
                    info!(account = %self.account, room.jid = %key, n_messages, "the gap is filled");
                    self.end_filling(key);
                } else {
                    self.ask_page(key, now);
                }
            }
            // The last message is not in the archive any more: by time instead.
            Err(error) if error.condition == "item-not-found" && filling.gap.after.is_some() && filling.n_got == 0 => {
                filling.gap.after = None;
                self.ask_page(key, now);
            }
            Ok(None) => self.end_filling(key),
            Err(error) => {
                debug!(account = %self.account, room.jid = %key, condition = error.condition, "the archive was refused");
                self.end_filling(key);
            }
        }
    }

    fn end_filling(&mut self, key: &RoomJid) {
        if let Some(served) = self.rooms.get_mut(key) {
            served.filling = None;
        }
    }
}
