//! One connection of the made-up server: stream header, PLAIN, bind, stream management (XEP-0198).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domovoi_stage::xml::{Element, Reader, Step};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf},
    sync::Notify,
};
use tokio_util::sync::CancellationToken;

use super::{Server, State};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0'>";
const BEFORE: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const AFTER: &str =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>";
const SM: &str = "urn:xmpp:sm:3";

/// A bound account: what was sent and not acknowledged, and the connection, if there is one.
pub(super) struct Seat {
    wire: Wire,
    has_sm: bool,
    n_in: u32,
    n_acked: u32,
    unacked: VecDeque<String>,
    n_since_asked: usize,
    asks: bool,
}

/// What is on its way to the bot on one connection.
#[derive(Clone, Default)]
struct Wire {
    queue: Arc<Mutex<VecDeque<String>>>,
    changed: Arc<Notify>,
    cut: CancellationToken,
}

impl Wire {
    fn push(&self, text: String) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(text);
        self.changed.notify_one();
    }

    fn take(&self) -> String {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

impl Seat {
    fn new(wire: Wire, asks: bool) -> Self {
        Self { wire, has_sm: false, n_in: 0, n_acked: 0, unacked: VecDeque::new(), n_since_asked: 0, asks }
    }

    pub(super) fn send(&mut self, stanza: String) {
        if self.has_sm {
            self.unacked.push_back(stanza.clone());
            self.n_since_asked += 1;
        }
        self.wire.push(stanza);
        if self.asks && 100 <= self.n_since_asked {
            self.n_since_asked = 0;
            self.wire.push(format!("<r xmlns='{SM}'/>"));
        }
    }

    pub(super) fn hang_up(&mut self) {
        self.wire.cut.cancel();
        self.wire = Wire::default();
    }

    pub(super) fn n_unacked(&self) -> usize {
        self.unacked.len()
    }

    fn acked(&mut self, h: u32) {
        while self.n_acked < h && self.unacked.pop_front().is_some() {
            self.n_acked += 1;
        }
    }

    fn resume(&mut self, wire: Wire, h: u32) {
        self.acked(h);
        self.wire.cut.cancel();
        self.wire = wire;
        self.wire.push(format!("<resumed xmlns='{SM}' previd='s' h='{}'/>", self.n_in));
        for stanza in &self.unacked {
            self.wire.push(stanza.clone());
        }
    }
}

/// Serves one connection until it ends.
pub(super) async fn serve(server: Server, io: DuplexStream) {
    let (mut reading, writing) = tokio::io::split(io);
    let wire = Wire::default();
    let writer = server.0.tasks.spawn(write(writing, wire.clone()));
    let mut connection = Connection { server, wire: wire.clone(), account: None, reader: Reader::default() };
    tokio::select! {
        // What is still in the pipe of a stream that was resumed elsewhere must not be read: it is sent again.
        biased;
        () = wire.cut.cancelled() => (),
        () = connection.read(&mut reading) => (),
    }
    wire.cut.cancel();
    // It ends with the cut; a panic inside it shows as a test that waits in vain.
    drop(writer.await);
}

async fn write(mut to: WriteHalf<DuplexStream>, wire: Wire) {
    let all = async {
        loop {
            wire.changed.notified().await;
            let text = wire.take();
            if to.write_all(text.as_bytes()).await.is_err() || to.flush().await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = wire.cut.cancelled() => (),
        () = all => (),
    }
}

struct Connection {
    server: Server,
    wire: Wire,
    account: Option<String>,
    reader: Reader,
}

impl Connection {
    async fn read(&mut self, from: &mut ReadHalf<DuplexStream>) {
        let mut is_deaf = self.server.0.is_deaf.subscribe();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            if is_deaf.wait_for(|it| !it).await.is_err() {
                return;
            }
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(n) => self.reader.feed(&buffer[..n]),
            }
            while let Some(step) = self.reader.next_step().expect("the bot writes XML") {
                match step {
                    Step::Opened => self.open(),
                    Step::Closed => return self.close(),
                    Step::Stanza(element) => self.element(element),
                }
            }
        }
    }

    fn open(&self) {
        self.wire.push(HEADER.to_owned());
        self.wire.push(if self.account.is_some() { AFTER } else { BEFORE }.to_owned());
    }

    /// The bot said good-bye: nothing to resume.
    fn close(&self) {
        self.wire.push("</stream:stream>".to_owned());
        if let Some(account) = &self.account {
            self.server.state().dismiss(account);
        }
    }

    fn element(&mut self, element: Element) {
        if &*element.ns == "urn:ietf:params:xml:ns:xmpp-sasl" {
            return self.log_in(&element);
        }
        let Some(account) = self.account.clone() else { return };
        if &*element.ns == SM {
            return self.manage(&account, &element);
        }
        if element.child("bind").is_some() {
            return self.bind(account, &element);
        }
        if let Some(seat) = self.server.state().seats.get_mut(&account) {
            seat.n_in = seat.n_in.wrapping_add(1);
        }
        self.server.hear(&account, element);
    }

    fn log_in(&mut self, auth: &Element) {
        let data = STANDARD.decode(&auth.text).unwrap_or_default();
        let user = data.split(|it| *it == 0).nth(1).map(String::from_utf8_lossy).unwrap_or_default();
        self.account = Some(format!("{user}@example.org"));
        self.reader = Reader::default();
        self.wire.push("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned());
    }

    fn bind(&self, account: String, iq: &Element) {
        let id = iq.attr("id").unwrap_or_default();
        let mut state = self.server.state();
        state.dismiss(&account);
        self.wire.push(format!(
            "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{account}/x</jid></bind></iq>"
        ));
        let asks = state.asks;
        state.seats.insert(account, Seat::new(self.wire.clone(), asks));
    }

    fn manage(&self, account: &str, element: &Element) {
        let mut state = self.server.state();
        let (can_resume, acks) = (state.can_resume, state.acks);
        let h = element.attr("h").and_then(|it| it.parse().ok()).unwrap_or_default();
        let seat = State::seat(&mut state, account);
        match (element.name.as_str(), seat) {
            ("enable", Some(seat)) => {
                seat.has_sm = true;
                seat.n_in = 0;
                self.wire.push(format!("<enabled xmlns='{SM}' id='s' resume='{can_resume}'/>"));
            }
            ("resume", Some(seat)) => seat.resume(self.wire.clone(), h),
            ("resume", None) => self.wire.push(format!("<failed xmlns='{SM}'/>")),
            ("r", Some(seat)) if acks => self.wire.push(format!("<a xmlns='{SM}' h='{}'/>", seat.n_in)),
            ("a", Some(seat)) => seat.acked(h),
            _ => (),
        }
    }
}

impl State {
    fn seat(&mut self, account: &str) -> Option<&mut Seat> {
        self.seats.get_mut(account)
    }
}
