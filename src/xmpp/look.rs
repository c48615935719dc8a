//! A look at rooms from outside: what they offer, and how we stand there, without entering and without presence.
//!
//! Nobody in a room notices. What only an occupant is told, such as a role, stays unknown; an affiliation
//! shows as far as the room lets us read its lists.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use domovoi_plugin::{
    Affiliation, Features, RoomJid,
    jid::{BareJid, Jid},
};
use futures::StreamExt as _;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tokio_xmpp::stanzastream::{Event as Streamed, StanzaStream, StreamEvent};

use super::{
    connect::{ConnectError, Connector, Login, Status},
    decode::{self, Decoded, IqAnswer},
    iq::IqTable,
    query,
};
use crate::{clock::Clock, muc::StanzaError};

/// So many questions are under way at once, so that no server finds us pushy.
const AT_ONCE: usize = 16;
/// How long a room may take to answer one.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Why a room does not show that is not there.
pub const NO_ROOM: &str = "there is no such room";
/// How long the good-bye may take, for each of its two halves.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// What a room shows to whoever stands outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoomLook {
    /// What it offers.
    pub features: Features,
    /// How we stand there.
    pub rank: Rank,
}

/// Our affiliation, as far as it shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rank {
    /// We stand in the room's list of this affiliation.
    Is(Affiliation),
    /// Neither owner nor admin: to those the room shows its lists.
    BelowAdmin,
    /// It does not show.
    Unknown,
}

/// What was found of each room; in words, why one could not be looked at.
pub type Found = BTreeMap<RoomJid, Result<RoomLook, String>>;

/// Logs in and looks at these rooms, in at most `patience` and the four seconds of a good-bye.
///
/// The login should name a resource of its own, or the server may end another session for this one.
///
/// # Errors
/// Why there was no stream. A room that does not answer is an error of that room only.
pub async fn look(login: Login, rooms: &[RoomJid], patience: Duration) -> Result<Found, ConnectError> {
    let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
    let own = login.jid.to_bare();
    let (mut stream, mut statuses) = Connector::new(login).start(&tasks, cancel.clone());
    let mut looker = Looker::new(own, rooms);
    // Out of patience, what is there is still worth something: `found` says which rooms gave no answer.
    let looked = timeout(patience, looker.run(&mut stream, &mut statuses)).await;
    cancel.cancel();
    // It is our own stream: whether the server says good-bye in time does not matter to what was found.
    drop(timeout(GOOD_BYE, stream.close()).await);
    tasks.close();
    drop(timeout(GOOD_BYE, tasks.wait()).await);
    match looked {
        Ok(Err(error)) => Err(error),
        Err(_) if !looker.is_online => Err(ConnectError::TimedOut("opening the stream")),
        Ok(Ok(())) | Err(_) => Ok(looker.found()),
    }
}

/// What is asked of a room, in this order.
#[derive(Clone, Copy, Debug)]
enum What {
    Features,
    List(Affiliation),
}

struct Looker {
    own: BareJid,
    iqs: IqTable<(RoomJid, What)>,
    /// What is still to be asked; at most one question for each room.
    left: VecDeque<(RoomJid, What)>,
    rooms: BTreeMap<RoomJid, Option<Result<RoomLook, String>>>,
    is_online: bool,
}

impl Looker {
    fn new(own: BareJid, rooms: &[RoomJid]) -> Self {
        Self {
            iqs: IqTable::new(own.clone(), format!("{:x}", rand::random::<u32>()), AT_ONCE),
            own,
            left: rooms.iter().map(|it| (it.clone(), What::Features)).collect(),
            rooms: rooms.iter().map(|it| (it.clone(), None)).collect(),
            is_online: false,
        }
    }

    /// Asks until nothing is left to ask, or the stream is gone.
    async fn run(
        &mut self,
        stream: &mut StanzaStream,
        statuses: &mut mpsc::Receiver<Status>,
    ) -> Result<(), ConnectError> {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        while !self.is_online || !self.left.is_empty() || !self.iqs.is_empty() {
            if self.is_online {
                self.ask(stream).await;
            }
            // Cancel-safe: channels and the stream keep what a lost race did not take.
            tokio::select! {
                streamed = stream.next() => match streamed {
                    Some(Streamed::Stream(StreamEvent::Reset { .. })) if !self.is_online => self.is_online = true,
                    Some(Streamed::Stanza(stanza)) => {
                        if let Decoded::Answer(answer) = decode::decode(stanza, &|_| false) {
                            self.on_answer(answer);
                        }
                    }
                    Some(Streamed::Stream(_)) | None => return Err(ConnectError::Lost),
                },
                Some(status) = statuses.recv() => match status {
                    Status::Final(error) | Status::Retrying { error, .. } => return Err(error),
                    Status::Connecting { .. } | Status::LoggedIn(_) | Status::StreamError { .. } => (),
                },
                _ = second.tick() => self.on_second(),
            }
        }
        Ok(())
    }

    /// Sends as many questions as may be under way.
    async fn ask(&mut self, stream: &StanzaStream) {
        while let Some((room, what)) = self.left.pop_front() {
            let to = Jid::from(room.as_bare().clone());
            match self.iqs.insert(Some(to.clone()), (room, what), Clock::System.now(), ANSWER_WITHIN) {
                Ok(id) => {
                    let question = match what {
                        What::Features => query::disco_info(to, id),
                        What::List(affiliation) => query::list(to, id, affiliation),
                    };
                    // Nobody waits for its fate; an answer comes, or the time is over.
                    drop(stream.send(Box::new(question)).await);
                }
                Err(full) => return self.left.push_front(full.0),
            }
        }
    }

    fn on_second(&mut self) {
        for (room, what) in self.iqs.expired(Clock::System.now()) {
            if matches!(what, What::Features) {
                self.rooms.insert(room, Some(Err(silence())));
            }
        }
    }

    fn on_answer(&mut self, answer: IqAnswer) {
        let Some(answered) = self.iqs.answer(answer.from.as_ref(), &answer.id, Clock::System.now()) else { return };
        let (room, what) = answered.what;
        let next = match (what, answer.result) {
            (What::Features, Err(error)) => {
                self.rooms.insert(room.clone(), Some(Err(refusal(&error))));
                None
            }
            (What::Features, Ok(payload)) => {
                let features = payload.as_ref().map(query::features).unwrap_or_default();
                self.rooms.insert(room.clone(), Some(Ok(RoomLook { features, rank: Rank::Unknown })));
                Some(Affiliation::Admin)
            }
            (What::List(affiliation), result) => {
                let list = result.map(|it| it.as_ref().and_then(query::read_list).unwrap_or_default());
                let is_in = list.map(|it| it.iter().any(|entry| entry.jid == self.own));
                let (rank, next) = judge(affiliation, is_in);
                if let (Some(rank), Some(Some(Ok(look)))) = (rank, self.rooms.get_mut(&room)) {
                    look.rank = rank;
                }
                next
            }
        };
        self.left.extend(next.map(|it| (room, What::List(it))));
    }

    fn found(self) -> Found {
        self.rooms.into_iter().map(|(room, look)| (room, look.unwrap_or_else(|| Err(silence())))).collect()
    }
}

/// What a list says of our rank, if anything, and which list is to be asked for next. `is_in`: whether we are in it.
fn judge(list: Affiliation, is_in: Result<bool, StanzaError>) -> (Option<Rank>, Option<Affiliation>) {
    match (list, is_in) {
        (list, Ok(true)) => (Some(Rank::Is(list)), None),
        // To owners and admins every room shows this one.
        (Affiliation::Admin, Err(error)) if matches!(error.condition.as_str(), "forbidden" | "not-allowed") => {
            (Some(Rank::BelowAdmin), Some(Affiliation::Member))
        }
        // Some rooms show their lists to everybody, and a server's operator owns rooms without being in their lists: not
        // to be in one says nothing.
        (Affiliation::Admin, Ok(false)) => (None, Some(Affiliation::Owner)),
        (Affiliation::Owner, _) => (None, Some(Affiliation::Member)),
        _ => (None, None),
    }
}

fn silence() -> String {
    "it does not answer".to_owned()
}

fn refusal(error: &StanzaError) -> String {
    match error.condition.as_str() {
        "item-not-found" => NO_ROOM.to_owned(),
        "remote-server-not-found" => "there is no such server".to_owned(),
        "remote-server-timeout" => silence(),
        condition => {
            let text: String = error.text.iter().flat_map(|it| it.chars()).take(200).collect();
            format!("it says nothing of itself: {condition} {text}").trim_end().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::payload::stanza_error;

    /// What is found of one room that answers each question in turn so.
    fn after(answers: &[Result<&str, &str>]) -> Result<RoomLook, String> {
        let room: RoomJid = "garden@muc".parse().unwrap();
        let mut looker = Looker::new(BareJid::new("bot@home").unwrap(), std::slice::from_ref(&room));
        for answer in answers {
            let what = looker.left.pop_front().unwrap();
            let to = Jid::from(room.as_bare().clone());
            let id = looker.iqs.insert(Some(to.clone()), what, Clock::System.now(), ANSWER_WITHIN).unwrap();
            let refused = |it: &&str| StanzaError { condition: (*it).to_owned(), ..stanza_error::unknown() };
            let result = answer.map(|xml| Some(xml.parse().unwrap())).map_err(|it| refused(&it));
            looker.on_answer(IqAnswer { from: Some(to), id, result });
        }
        assert!(looker.left.is_empty(), "{:?} is left", looker.left);
        looker.found().remove(&room).unwrap()
    }

    const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='muc_moderated'/></query>";
    const NOBODY: &str = "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='other@home'/></query>";
    const US: &str = "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='bot@home'/></query>";

    #[test]
    fn rank_is_read_from_the_lists_that_the_room_shows() {
        let check = |lists: &[Result<&str, &str>], expected: Rank| {
            let answers: Vec<_> = std::iter::once(Ok(INFO)).chain(lists.iter().copied()).collect();
            let look = after(&answers).unwrap();
            assert!(look.features.is_moderated);
            assert_eq!(look.rank, expected, "{lists:?}");
        };
        check(&[Ok(US)], Rank::Is(Affiliation::Admin));
        check(&[Ok(NOBODY), Ok(US)], Rank::Is(Affiliation::Owner));
        check(&[Ok(NOBODY), Err("forbidden"), Ok(US)], Rank::Is(Affiliation::Member));
        check(&[Ok(NOBODY), Ok(NOBODY), Ok(NOBODY)], Rank::Unknown);
        check(&[Err("forbidden"), Ok(US)], Rank::Is(Affiliation::Member));
        check(&[Err("forbidden"), Err("forbidden")], Rank::BelowAdmin);
        check(&[Err("service-unavailable")], Rank::Unknown);
    }

    #[test]
    fn room_that_is_not_there_or_silent_is_said_so() {
        assert_eq!(after(&[Err("item-not-found")]), Err("there is no such room".to_owned()));
        assert_eq!(after(&[Err("forbidden")]), Err("it says nothing of itself: forbidden".to_owned()));
        let room: RoomJid = "garden@muc".parse().unwrap();
        let found = Looker::new(BareJid::new("bot@home").unwrap(), std::slice::from_ref(&room)).found();
        assert_eq!(found.get(&room), Some(&Err(silence())));
    }
}
