//! A person: a scripted XMPP client that says what the test says, to the letter, and remembers what it was told.
//!
//! Two tasks serve the connection while the test does something else: they keep what comes in a bounded backlog and
//! answer the queries that any client answers. The test waits for events in the backlog ([`Person::expect`]), never for
//! time; that something did *not* happen is shown by something that happened after it ([`Person::nothing_until`]).

mod inbox;
mod room;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::server::Server;
use crate::wire::Wire;
use crate::xml::{Element, Reader, Step};
use inbox::Inbox;

/// How many stanzas wait for the writer. A test that outruns it waits; an automatic answer that finds it full is lost.
const OUTGOING: usize = 256;

/// How a person comes to a server.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Where to connect: the server's [`Server::stage_door`], or a proxy before it.
    pub address: SocketAddr,
    /// The domain of the account.
    pub domain: String,
    /// The local part of the account.
    pub user: String,
    /// The account's password.
    pub password: String,
    /// The resource to bind.
    pub resource: String,
    /// How many stanzas are remembered; older ones are forgotten first.
    pub backlog: usize,
    /// The [`Person::patience`] to begin with.
    pub patience: Duration,
}

impl Ticket {
    /// The usual one: straight to the server, password `pw-USER`, resource `stage`.
    #[must_use]
    pub fn new(server: &Server, user: &str) -> Self {
        Self {
            address: server.stage_door(),
            domain: server.domain().to_owned(),
            user: user.to_owned(),
            password: format!("pw-{user}"),
            resource: "stage".to_owned(),
            backlog: 10_000,
            patience: Duration::from_secs(10),
        }
    }
}

/// A logged-in person.
#[derive(Debug)]
pub struct Person {
    /// The local part of the account, which is also the usual nick.
    pub name: String,
    /// The bare JID of the account.
    pub jid: String,
    /// The full JID of this session.
    pub full_jid: String,
    /// How long [`expect`](Self::expect) and its relatives wait.
    pub patience: Duration,
    inbox: Arc<Inbox>,
    outgoing: mpsc::Sender<Order>,
    /// Room and nick, the last joined room last.
    rooms: Mutex<Vec<(String, String)>>,
    next_id: AtomicU64,
    /// The reader and the writer; aborted with the person.
    _tasks: JoinSet<()>,
}

enum Order {
    Write(String),
    /// Closes the stream as a client that leaves does.
    Close,
    /// Drops the connection with a reset.
    Cut,
}

impl Person {
    /// Registers the account if need be, logs in and sends presence.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn connect(server: &Server, user: &str) -> Result<Self> {
        Self::enter(Ticket::new(server, user)).await
    }

    /// As [`connect`](Self::connect), with everything chosen by the caller.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn enter(ticket: Ticket) -> Result<Self> {
        // A stream of its own: servers do not let one log in on the stream that registered.
        Wire::open(ticket.address, &ticket.domain).await?.register(&ticket.user, &ticket.password).await?;
        Self::log_in(ticket).await
    }

    /// Logs in to an account that is there already, and sends presence.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn log_in(ticket: Ticket) -> Result<Self> {
        let mut wire = Wire::open(ticket.address, &ticket.domain).await?;
        let full_jid = wire.log_in(&ticket.user, &ticket.password, &ticket.resource).await?;
        let inbox = Arc::new(Inbox::new(ticket.backlog));
        let (outgoing, orders) = mpsc::channel(OUTGOING);
        let (read_half, write_half) = wire.stream.into_split();
        let mut tasks = JoinSet::new();
        tasks.spawn(read_all(read_half, wire.reader, Arc::clone(&inbox), outgoing.downgrade()));
        tasks.spawn(write_all(write_half, orders));
        let person = Self {
            jid: format!("{}@{}", ticket.user, ticket.domain),
            name: ticket.user,
            full_jid,
            patience: ticket.patience,
            inbox,
            outgoing,
            rooms: Mutex::default(),
            next_id: AtomicU64::new(1),
            _tasks: tasks,
        };
        person.send_raw("<presence/>").await?;
        Ok(person)
    }

    /// Sends this XML as it is.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw(&self, xml: &str) -> Result<()> {
        self.order(Order::Write(xml.to_owned())).await
    }

    async fn order(&self, order: Order) -> Result<()> {
        self.outgoing.send(order).await.ok().with_context(|| format!("{} is not connected any more", self.name))
    }

    /// A message id that this person has not used before.
    pub fn new_id(&self) -> String {
        format!("{}-{}", self.name, self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes the first remembered stanza that fits, or waits for one.
    ///
    /// # Errors
    /// When none comes in time, or the connection ends; the message says what came instead.
    pub async fn expect(&self, what: &str, fits: impl Fn(&Element) -> bool) -> Result<Element> {
        let waited = self.inbox.take(self.patience, fits).await;
        waited.with_context(|| format!("{} waited for {what}", self.name))
    }

    /// As [`expect`](Self::expect), and leaves the stanza among those remembered.
    ///
    /// # Errors
    /// As [`expect`](Self::expect).
    pub async fn see(&self, what: &str, fits: impl Fn(&Element) -> bool) -> Result<Element> {
        let waited = self.inbox.see(self.patience, fits).await;
        waited.with_context(|| format!("{} waited to see {what}", self.name))
    }

    /// Waits for a message of `nick` in some room whose body contains `part`.
    ///
    /// # Errors
    /// As [`expect`](Self::expect).
    pub async fn expect_message_from(&self, nick: &str, part: &str) -> Result<Element> {
        let what = format!("a message of {nick} with {part:?}");
        let fits = |it: &Element| {
            it.kind() == "groupchat" && it.nick() == nick && it.body().is_some_and(|body| body.contains(part))
        };
        self.expect(&what, fits).await
    }

    /// Waits for a marker and fails if anything that came before it is `forbidden`.
    ///
    /// Choose a marker that cannot overtake: an answer of the same room to something done later.
    ///
    /// # Errors
    /// As [`expect`](Self::expect), and when something forbidden came.
    pub async fn nothing_until(
        &self,
        marker: impl Fn(&Element) -> bool,
        forbidden: impl Fn(&Element) -> bool,
    ) -> Result<()> {
        let before = self.inbox.before(self.patience, marker).await;
        let before = before.with_context(|| format!("{} waited for a marker", self.name))?;
        match before.iter().find(|it| forbidden(it)) {
            Some(found) => bail!("{} should not have received {found}", self.name),
            None => Ok(()),
        }
    }

    /// Fails if anything remembered is `forbidden`; call it after an event that is ordered behind what is forbidden.
    ///
    /// # Errors
    /// When something forbidden is there.
    pub fn nothing_like(&self, what: &str, forbidden: impl Fn(&Element) -> bool) -> Result<()> {
        match self.inbox.all().iter().find(|it| forbidden(it)) {
            Some(found) => bail!("{} should have received no {what}, but {found}", self.name),
            None => Ok(()),
        }
    }

    /// What is remembered and not taken yet, oldest first.
    #[must_use]
    pub fn remembered(&self) -> Vec<Element> {
        self.inbox.all()
    }

    /// Forgets what is remembered.
    pub fn forget(&self) {
        self.inbox.clear();
    }

    /// How many stanzas came in all, and how many of them were forgotten because nobody took them.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        self.inbox.counts()
    }

    /// Sends a query and waits for its answer, result or error.
    ///
    /// # Errors
    /// When no answer comes in time.
    pub async fn iq(&self, kind: &str, to: &str, payload: &str) -> Result<Element> {
        let id = self.new_id();
        let to = if to.is_empty() { String::new() } else { format!(" to='{}'", crate::xml::escape(to)) };
        self.send_raw(&format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>")).await?;
        let is_answer = |it: &Element| {
            it.name == "iq" && it.attr("id") == Some(id.as_str()) && matches!(it.kind(), "result" | "error")
        };
        self.expect(&format!("the answer to {payload}"), is_answer).await
    }

    /// As [`iq`](Self::iq), and an error is an error.
    ///
    /// # Errors
    /// When the answer is one.
    pub async fn iq_ok(&self, kind: &str, to: &str, payload: &str) -> Result<Element> {
        let answer = self.iq(kind, to, payload).await?;
        if answer.kind() == "error" {
            bail!("{} was refused: {answer}", self.name);
        }
        Ok(answer)
    }

    /// From now on answers queries of this namespace with this payload, or, with `None`, not at all.
    pub fn answer(&self, ns: &str, payload: Option<&str>) {
        self.inbox.answer(ns, payload);
    }

    /// Whether the connection is still there.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        !self.inbox.is_closed()
    }

    /// Waits until the server has closed the connection.
    ///
    /// # Errors
    /// When it is still open after the usual patience.
    pub async fn disconnected(&self) -> Result<()> {
        self.inbox.closed(self.patience).await.with_context(|| format!("{} is still connected", self.name))
    }

    /// Leaves the server as a client that is closed.
    ///
    /// # Errors
    /// When the connection is gone already, or the server does not answer.
    pub async fn disconnect(self) -> Result<()> {
        self.send_raw("<presence type='unavailable'/>").await?;
        self.order(Order::Close).await?;
        self.disconnected().await
    }

    /// Resets the connection without a word, as a machine that is switched off behind a firewall.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub async fn cut(self) -> Result<()> {
        self.order(Order::Cut).await?;
        self.outgoing.closed().await;
        Ok(())
    }

    fn rooms(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read_all(mut half: OwnedReadHalf, mut reader: Reader, inbox: Arc<Inbox>, outgoing: mpsc::WeakSender<Order>) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        match reader.next_step() {
            Ok(Some(Step::Stanza(stanza))) => {
                if let (Some(answer), Some(outgoing)) = (inbox.answer_to(&stanza), outgoing.upgrade()) {
                    // Lost when the writer is that far behind; the asker then sees what a slow client looks like.
                    drop(outgoing.try_send(Order::Write(answer)));
                }
                inbox.push(stanza);
            }
            Ok(Some(Step::Opened)) => (),
            Ok(Some(Step::Closed)) | Err(_) => break,
            Ok(None) => match half.read(&mut bytes).await {
                Ok(0) | Err(_) => break,
                Ok(n_read) => reader.feed(bytes.get(..n_read).unwrap_or_default()),
            },
        }
    }
    inbox.close();
}

async fn write_all(mut half: OwnedWriteHalf, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        let written = match order {
            Order::Write(xml) => half.write_all(xml.as_bytes()).await,
            Order::Close => half.write_all(b"</stream:stream>").await,
            Order::Cut => {
                // Without this the kernel would say goodbye in an orderly way. If it fails, the drop still cuts.
                drop(half.as_ref().set_zero_linger());
                half.forget();
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}
