//! An XMPP server with a service of rooms, made up in this process.
//!
//! It is what the real ones of the live tests cannot be: it offers what neither of them offers, answers as a script
//! says, and lives in the test's paused time, so that a day passes in a moment. It speaks through a pair of pipes, from
//! the stream header on; no socket is involved.

mod muc;
mod stream;
mod tear;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domovoi::xmpp::connect::Dialer;
use domovoi_stage::xml::Element;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use tokio_util::task::TaskTracker;

pub(crate) use muc::{Archived, Muc, OCCUPANT_ID, Person, T0};
use stream::Seat;
use tear::Tear;

/// The service of rooms.
pub(crate) const SERVICE: &str = "rooms.example";

/// The server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    heard: Notify,
    tasks: TaskTracker,
    /// While true nothing is read of what the bot writes.
    is_deaf: watch::Sender<bool>,
}

/// A stanza that the bot sent.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// Since the server was started.
    pub(crate) at: Duration,
    /// The bare JID of the account.
    pub(crate) account: String,
    /// What.
    pub(crate) stanza: Element,
}

type Script = Box<dyn FnMut(&Element) -> Option<Vec<String>> + Send>;

/// What the server knows and remembers.
pub(crate) struct State {
    start: Instant,
    is_up: bool,
    can_resume: bool,
    /// Whether it asks for acknowledgements, and whether it gives them.
    asks: bool,
    acks: bool,
    tear: Option<Tear>,
    n_connections: usize,
    seats: BTreeMap<String, Seat>,
    pub(crate) rooms: BTreeMap<String, Muc>,
    log: Vec<Heard>,
    cursor: usize,
    scripts: Vec<Script>,
}

impl Server {
    /// A server without rooms.
    pub(crate) fn start() -> Self {
        let state = State {
            start: Instant::now(),
            is_up: true,
            can_resume: true,
            asks: true,
            acks: true,
            tear: None,
            n_connections: 0,
            seats: BTreeMap::new(),
            rooms: BTreeMap::new(),
            log: Vec::new(),
            cursor: 0,
            scripts: Vec::new(),
        };
        let (is_deaf, _) = watch::channel(false);
        Self(Arc::new(Inner { state: Mutex::new(state), heard: Notify::new(), tasks: TaskTracker::new(), is_deaf }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way to this server.
    pub(crate) fn dialer(&self) -> Dialer {
        let server = self.clone();
        Dialer::new(move |_| {
            if !server.state().is_up {
                return Err(std::io::Error::other("the server is down"));
            }
            server.state().n_connections += 1;
            let (near, far) = tokio::io::duplex(64 * 1024);
            server.0.tasks.spawn(stream::serve(server.clone(), far));
            let Some(tear) = &mut server.state().tear else { return Ok(near) };
            let (outer, inner) = tokio::io::duplex(64 * 1024);
            server.0.tasks.spawn(tear.relay(inner, near));
            Ok(outer)
        })
    }

    /// How long it has been there.
    pub(crate) fn now(&self) -> Duration {
        self.state().start.elapsed()
    }

    /// How often the bot connected.
    pub(crate) fn n_connections(&self) -> usize {
        self.state().n_connections
    }

    /// Changes a room, which is made if there is none.
    pub(crate) fn room<T>(&self, name: &str, change: impl FnOnce(&mut Muc) -> T) -> T {
        let mut state = self.state();
        change(state.rooms.entry(jid(name)).or_insert_with(|| Muc::new(&jid(name))))
    }

    /// Answers by this script before anything else; `None`: by itself.
    pub(crate) fn script(&self, script: impl FnMut(&Element) -> Option<Vec<String>> + Send + 'static) {
        self.state().scripts.push(Box::new(script));
    }

    /// Forgets all scripts.
    pub(crate) fn unscript(&self) {
        self.state().scripts.clear();
    }

    /// Sends this to every account that is in the room.
    pub(crate) fn tell_room(&self, name: &str, stanza: &str) {
        let mut state = self.state();
        let accounts = state.rooms.get(&jid(name)).map(Muc::accounts).unwrap_or_default();
        for account in accounts {
            state.send(&account, stanza.to_owned());
        }
    }

    /// Sends this to an account, by its name.
    pub(crate) fn tell(&self, account: &str, stanza: &str) {
        self.state().send(&format!("{account}@example.org"), stanza.to_owned());
    }

    /// Someone comes into a room.
    pub(crate) fn comes(&self, name: &str, person: Person) {
        let presence = self.room(name, |it| it.come(person));
        self.tell_room(name, &presence);
    }

    /// Someone leaves a room.
    pub(crate) fn leaves(&self, name: &str, nick: &str) {
        let presence = self.room(name, |it| it.part(nick));
        self.tell_room(name, &presence);
    }

    /// Someone says something; gives the stanza id.
    pub(crate) fn says(&self, name: &str, nick: &str, body: &str) -> String {
        let (message, id) = self.room(name, |it| it.message(nick, body));
        self.tell_room(name, &message);
        id
    }

    /// The room removes the accounts of the bot, with these status codes and this inside `<x/>`.
    pub(crate) fn expel(&self, name: &str, codes: &[u16], more: &str) {
        let mut state = self.state();
        let Some(room) = state.rooms.get_mut(&jid(name)) else { return };
        for (account, presence) in room.expel(codes, more) {
            state.send(&account, presence);
        }
    }

    /// The room forgets the bot without a word.
    pub(crate) fn forget(&self, name: &str) {
        self.room(name, Muc::dismiss_bot);
    }

    /// Whether an account, by its name, is in a room.
    pub(crate) fn is_in(&self, name: &str, account: &str) -> bool {
        self.room(name, |it| it.accounts().contains(&format!("{account}@example.org")))
    }

    /// Cuts the connection of an account; `resumable`: its stream may be resumed.
    pub(crate) fn cut(&self, account: &str, resumable: bool) {
        let mut state = self.state();
        let account = format!("{account}@example.org");
        if let Some(seat) = state.seats.get_mut(&account) {
            seat.hang_up();
        }
        if !resumable {
            state.dismiss(&account);
        }
    }

    /// From now on new connections break by themselves, after so many bytes one way or the other as chance will have it;
    /// `None`: no more.
    pub(crate) fn tear(&self, seed: Option<u64>) {
        self.state().tear = seed.map(Tear::new);
    }

    /// Never asks for an acknowledgement, on streams that begin from now on.
    pub(crate) fn never_ask(&self) {
        self.state().asks = false;
    }

    /// Acknowledges what it reads, or not.
    pub(crate) fn set_acks(&self, acks: bool) {
        self.state().acks = acks;
    }

    /// How much of what an account was sent it has not acknowledged.
    pub(crate) fn n_unacked(&self, account: &str) -> usize {
        self.state().seats.get(&format!("{account}@example.org")).map_or(0, Seat::n_unacked)
    }

    /// Waits until an account has acknowledged nearly everything it was sent.
    pub(crate) async fn drained(&self, account: &str) {
        let account = format!("{account}@example.org");
        while 200 < self.state().seats.get(&account).map_or(0, Seat::n_unacked) {
            tokio::task::yield_now().await;
        }
    }

    /// Takes connections, or refuses them.
    pub(crate) fn set_up(&self, is_up: bool) {
        self.state().is_up = is_up;
    }

    /// Reads what the bot writes, or leaves it.
    pub(crate) fn set_deaf(&self, is_deaf: bool) {
        self.0.is_deaf.send_replace(is_deaf);
    }

    /// Everything the bot sent that fits.
    pub(crate) fn all(&self, fits: impl Fn(&Element) -> bool) -> Vec<Heard> {
        self.state().log.iter().filter(|it| fits(&it.stanza)).cloned().collect()
    }

    /// From now on, only what comes from now on is waited for.
    pub(crate) fn skip(&self) {
        let mut state = self.state();
        state.cursor = state.log.len();
    }

    /// What fits, before or after the one that was waited for last: nobody promises in which order they come.
    pub(crate) async fn sooner_or_later(&self, what: &str, within: Duration, fits: impl Fn(&Element) -> bool) -> Heard {
        match self.all(&fits).pop() {
            Some(heard) => heard,
            None => self.next(what, within, fits).await,
        }
    }

    /// The next thing that fits, after the one that was waited for last; fails after `within`.
    pub(crate) async fn next(&self, what: &str, within: Duration, fits: impl Fn(&Element) -> bool) -> Heard {
        let found = tokio::time::timeout(within, async {
            loop {
                let notified = self.0.heard.notified();
                if let Some(heard) = self.state().take(&fits) {
                    return heard;
                }
                notified.await;
            }
        });
        let Ok(heard) = found.await else { panic!("{what}: not within {within:?}\n{}", self.state().tail()) };
        heard
    }

    /// Lets time pass and fails if anything that fits comes meanwhile.
    pub(crate) async fn never(&self, what: &str, span: Duration, fits: impl Fn(&Element) -> bool) {
        leap(span).await;
        let mut state = self.state();
        assert!(state.take(&fits).is_none(), "{what}\n{}", state.tail());
    }

    fn hear(&self, account: &str, stanza: Element) {
        self.state().hear(account, stanza);
        self.0.heard.notify_waiters();
    }
}

impl State {
    fn take(&mut self, fits: &impl Fn(&Element) -> bool) -> Option<Heard> {
        let found = self.log.iter().enumerate().skip(self.cursor).find(|(_, it)| fits(&it.stanza));
        let (i, heard) = found.map(|(i, it)| (i, it.clone()))?;
        self.cursor = i + 1;
        Some(heard)
    }

    fn tail(&self) -> String {
        let line = |it: &Heard| format!("{:9.3} {} {}\n", it.at.as_secs_f64(), it.account, it.stanza);
        self.log.iter().skip(self.log.len().saturating_sub(30)).map(line).collect()
    }

    fn hear(&mut self, account: &str, stanza: Element) {
        let at = self.start.elapsed();
        let scripted = self.scripts.iter_mut().find_map(|script| script(&stanza));
        let answers = scripted.map(|all| all.into_iter().map(|it| (account.to_owned(), it)).collect());
        let answers: Vec<(String, String)> = answers.unwrap_or_else(|| self.answer(account, &stanza));
        self.log.push(Heard { at, account: account.to_owned(), stanza });
        for (to, answer) in answers {
            self.send(&to, answer);
        }
    }

    fn answer(&mut self, account: &str, stanza: &Element) -> Vec<(String, String)> {
        let to = stanza.attr("to").unwrap_or_default();
        let bare = to.split('/').next().unwrap_or_default();
        if let Some(room) = self.rooms.get_mut(bare) {
            return room.answer(account, stanza);
        }
        let one = |it: String| vec![(account.to_owned(), it)];
        let is_service = bare.ends_with(SERVICE);
        match (stanza.name.as_str(), stanza.kind()) {
            ("iq", "get") if is_service => one(error(stanza, "cancel", "item-not-found")),
            ("iq", "set") if to.is_empty() => one(result(stanza, "")),
            ("iq", "get" | "set") => one(error(stanza, "cancel", "service-unavailable")),
            ("presence", "") if is_service => one(error(stanza, "cancel", "item-not-found")),
            _ => Vec::new(),
        }
    }

    fn send(&mut self, account: &str, stanza: String) {
        if let Some(seat) = self.seats.get_mut(account) {
            seat.send(stanza);
        }
    }

    /// The account is gone for good: rooms see it leave.
    fn dismiss(&mut self, account: &str) {
        self.seats.remove(account);
        self.rooms.values_mut().for_each(|it| it.dismiss(account));
    }
}

/// Lets time pass. Of more than ten minutes only three seconds of every five minutes are lived through, since a day of
/// seconds takes its time even where nothing happens.
pub(crate) async fn leap(span: Duration) {
    let end = Instant::now() + span;
    if Duration::from_secs(600) < span {
        while Instant::now() + Duration::from_secs(300) < end {
            tokio::time::advance(Duration::from_secs(297)).await;
            // The connection, which was silent for long, is asked whether it is there, and must find time to answer.
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    }
    tokio::time::sleep_until(end).await;
}

/// A room's JID.
pub(crate) fn jid(name: &str) -> String {
    format!("{name}@{SERVICE}")
}

/// A result for this request, with this inside.
pub(crate) fn result(request: &Element, inside: &str) -> String {
    let (id, from) = (request.attr("id").unwrap_or_default(), request.attr("to").unwrap_or_default());
    let from = if from.is_empty() { String::new() } else { format!(" from='{from}'") };
    format!("<iq type='result' id='{id}'{from}>{inside}</iq>")
}

/// An error for this stanza.
pub(crate) fn error(stanza: &Element, kind: &str, condition: &str) -> String {
    error_with(stanza, kind, &format!("<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"))
}

/// An error for this stanza, with this inside.
pub(crate) fn error_with(stanza: &Element, kind: &str, inside: &str) -> String {
    let (name, id) = (&stanza.name, stanza.attr("id").unwrap_or_default());
    let from = stanza.attr("to").unwrap_or_default();
    format!("<{name} type='error' id='{id}' from='{from}'><error type='{kind}'>{inside}</error></{name}>")
}
