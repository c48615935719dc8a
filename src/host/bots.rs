//! What a client says it is: two bots that answer each other never stop, and people may repeat themselves.
//!
//! Asked of each client once, when it gives a first command or repeats itself. What one client says counts for that client
//! only: anybody can claim the capabilities of another (XEP-0115 §5.4), and would silence all who use the same.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domovoi_plugin::{Occupant, Place, Question, Reply, RoomJid, Timestamp, jid::Jid};

use super::{commands::Line, core::Host};

/// How long a command waits for the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A client that said nothing, or nothing that tells, is asked again after this long if it matters.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// So many clients are remembered; then all are asked anew.
const MAX_CLIENTS: usize = 10_000;

/// What people hold in their hands, of the types of the category `client` in the registry of XEP-0030.
const OF_PEOPLE: [&str; 8] = ["console", "game", "handheld", "pc", "phone", "sms", "tablet", "web"];

/// Who is behind a client, as far as it says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It says that it is a bot.
    Bot,
    /// It says that it is what people use. A bot may claim that; what people may do is bounded, too.
    Person,
    /// It does not answer, or is something else: a gateway, a component, a script.
    Unknown,
}

/// What is asked: one stay of an occupant, or the client that wrote directly.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Client {
    Stay(RoomJid, u64),
    Direct(Jid),
}

/// What is known of a client.
#[derive(Clone, Copy, Debug)]
struct Known {
    asked_at: Timestamp,
    /// Nothing while the answer is awaited.
    kind: Option<Kind>,
}

/// Which clients are those of bots, and which of people.
#[derive(Debug, Default)]
pub struct Bots(Mutex<HashMap<Client, Known>>);

impl Bots {
    /// Whether this occupant's client says that it is a bot. Waits for the answer if it was not asked in this stay;
    /// whoever hides it, or does not answer, is none.
    pub async fn is_bot(&self, host: &Host, room: &RoomJid, occupant: &Occupant) -> bool {
        // A client without capabilities is none that would say so.
        if occupant.caps.is_none() {
            return false;
        }
        let client = Client::Stay(room.clone(), occupant.stay);
        let known = self.known().get(&client).and_then(|it| it.kind);
        let kind = match (known, address_in(room, occupant)) {
            (Some(kind), _) => kind,
            (None, Some(to)) => self.ask(host, client, (Some(room), &to)).await,
            (None, None) => Kind::Unknown,
        };
        kind == Kind::Bot
    }

    /// What the client that gave this line says it is. Waits for the answer, unless it was asked a moment ago.
    pub async fn kind(&self, host: &Host, line: &Line) -> Kind {
        let (client, room, to) = match (&line.place, &line.room, &line.occupant, &line.jid) {
            (Place::Direct(_), _, _, Some(jid)) => (Client::Direct(jid.clone()), None, Some(jid.clone())),
            (_, Some(room), Some(occupant), _) => {
                (Client::Stay(room.clone(), occupant.stay), Some(room), address_in(room, occupant))
            }
            (Place::Direct(_) | Place::Room | Place::Private(_), _, _, _) => return Kind::Unknown,
        };
        let known = self.known().get(&client).copied();
        let is_fresh = |it: &Known| host.clock.now().since(it.asked_at) < ASK_AGAIN;
        match (known, to) {
            (Some(Known { kind: Some(kind @ (Kind::Bot | Kind::Person)), .. }), _) => kind,
            (None, Some(to)) => self.ask(host, client, (room, &to)).await,
            (Some(known), Some(to)) if !is_fresh(&known) => self.ask(host, client, (room, &to)).await,
            (Some(_), _) | (None, None) => Kind::Unknown,
        }
    }

    async fn ask(&self, host: &Host, client: Client, (room, to): (Option<&RoomJid>, &Jid)) -> Kind {
        let asked_at = host.clock.now();
        self.note(&client, Known { asked_at, kind: None });
        let answer = match host.outlet() {
            Some(outlet) => tokio::time::timeout(PATIENCE, outlet.ask(room, to, Question::Identity)).await,
            None => return Kind::Unknown,
        };
        let kind = match answer {
            Ok(Ok(Reply::Words(identity))) => Kind::of(&identity),
            Ok(Ok(_) | Err(_)) | Err(_) => Kind::Unknown,
        };
        self.note(&client, Known { asked_at, kind: Some(kind) });
        kind
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Client, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, client: &Client, known: Known) {
        let mut clients = self.known();
        if MAX_CLIENTS <= clients.len() {
            clients.clear();
        }
        clients.insert(client.clone(), known);
    }
}

impl Kind {
    /// What an identity, `category/type`, tells.
    fn of(identity: &str) -> Self {
        match identity.split_once('/') {
            Some(("client", "bot")) => Self::Bot,
            Some(("client", kind)) if OF_PEOPLE.contains(&kind) => Self::Person,
            Some(_) | None => Self::Unknown,
        }
    }
}

/// Where a room hands a question on to the client of an occupant.
fn address_in(room: &RoomJid, occupant: &Occupant) -> Option<Jid> {
    room.occupant(&occupant.nick).to_full().map(Jid::from)
}
