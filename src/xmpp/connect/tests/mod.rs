//! The connector against servers made of a few lines of script.

mod dns;
mod login;
mod supervision;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_xmpp::stanzastream::{Connection, Event, StanzaStream, StreamEvent};
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, initiate_stream};

use super::attempt::Session;
use super::tls::Wire;
use super::*;
use crate::xmpp::fence::{Fence, Limits, Reports};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'>";
const AFTER: &str =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>";
const BOUND: &str = "<iq type='result' id='resource-binding'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>bot@localhost/x</jid></bind></iq>";

/// The server's end of a connection.
struct Peer<S> {
    io: S,
    read: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    fn new(io: S) -> Self {
        Self { io, read: String::new() }
    }

    /// Reads until something has come, and returns everything up to its end; `None`: the client has gone.
    async fn until(&mut self, what: &str) -> Option<String> {
        loop {
            if let Some(at) = self.read.find(what) {
                let rest = self.read.split_off(at + what.len());
                return Some(std::mem::replace(&mut self.read, rest));
            }
            let mut buffer = [0; 4_096];
            match self.io.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(n) => self.read.push_str(&String::from_utf8_lossy(&buffer[..n])),
            }
        }
    }

    async fn say(&mut self, what: &str) {
        // A client that has gone is noticed when it is read from.
        drop(self.io.write_all(what.as_bytes()).await);
        drop(self.io.flush().await);
    }

    /// Waits for the client's stream header.
    async fn opened(&mut self) {
        self.until("stream ").await;
        self.until(">").await;
    }

    /// Answers requests for acknowledgement until something else happens.
    async fn serve_until(&mut self, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                asked = self.until("</r>") => match asked {
                    Some(_) => self.say("<a xmlns='urn:xmpp:sm:3' h='0'/>").await,
                    None => return,
                },
            }
        }
    }

    /// From the stream header after the login to a bound resource, and stream management.
    async fn bind(&mut self) {
        self.opened().await;
        self.say(HEADER).await;
        self.say(AFTER).await;
        // Somebody who wants to resume hears that there is nothing left.
        let asked = self.until("</").await.unwrap_or_default();
        if asked.contains("<resume") {
            self.say("<failed xmlns='urn:xmpp:sm:3'/>").await;
        }
        if self.until("iq>").await.is_some() {
            self.say(BOUND).await;
        }
        if self.until("</enable>").await.is_some() {
            self.say("<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/>").await;
        }
    }
}

fn login() -> Login {
    Login {
        jid: "bot@localhost/x".parse().expect("an address"),
        password: Password::new("secret".to_owned()),
        address: None,
        tls: Tls::None,
        ca_file: None,
    }
}

/// Reads everything until the stream has ended.
async fn drain(mut stream: StanzaStream) {
    while stream.next().await.is_some() {}
}
