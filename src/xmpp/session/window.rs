//! What was sent and is not yet gone: keeps a slow server from swelling us.
//!
//! The stream's own queue is unbounded once a stanza was written (XEP-0198 keeps it until it is acknowledged), so the
//! bound is here: so many unsent, so many unacknowledged, and what comes after that waits in [`Window::queue`].

use std::collections::VecDeque;

use futures::FutureExt as _;
use tokio_xmpp::{
    Stanza,
    stanzastream::{StanzaStage, StanzaStream, StanzaToken},
};

/// The depth of the stream's queues.
pub(super) const DEPTH: usize = 64;
/// So many stanzas may be unacknowledged; a server acknowledges within a round trip.
const MAX_UNACKED: usize = 512;
/// So many stanzas wait here; what makes them is asked to wait by [`Window::is_open`] long before.
const MAX_QUEUE: usize = 4096;

/// The stanzas under way.
#[derive(Default)]
pub(super) struct Window {
    queue: VecDeque<Stanza>,
    unsent: VecDeque<StanzaToken>,
    unacked: VecDeque<StanzaToken>,
    /// Whether the stream acknowledges at all.
    has_acks: bool,
}

impl Window {
    /// A new stream took the place of the old; what waited for the old one is void.
    pub(super) fn reset(&mut self, has_acks: bool) {
        *self = Self { has_acks, ..Self::default() };
    }

    /// Whether whoever makes stanzas at will may make more.
    pub(super) fn is_open(&self) -> bool {
        self.queue.len() < DEPTH
    }

    /// How many are under way.
    pub(super) fn len(&self) -> usize {
        self.queue.len() + self.unsent.len() + self.unacked.len()
    }

    /// Takes a stanza in; gives it back if there are far too many.
    pub(super) fn push(&mut self, stanza: Stanza) -> Result<(), Box<Stanza>> {
        if MAX_QUEUE <= self.queue.len() {
            return Err(Box::new(stanza));
        }
        self.queue.push_back(stanza);
        Ok(())
    }

    /// Hands over what the stream takes without waiting.
    pub(super) fn flush(&mut self, stream: &StanzaStream) {
        self.forget();
        while self.unsent.len() < DEPTH && self.unacked.len() < MAX_UNACKED {
            let Some(stanza) = self.queue.pop_front() else { return };
            // There is room in the stream's queue, since fewer than its depth are unsent: this never waits. Unless the
            // task has used up its share of the runtime: then anything waits, and the stanza would be lost here. So it
            // is sent outside of that share, which costs the others nothing but one step of a queue.
            let sending = tokio::task::coop::unconstrained(stream.send(Box::new(stanza)));
            match sending.now_or_never() {
                Some(token) => self.unsent.push_back(token),
                None => tracing::error!("a stanza was lost before it was sent: please report it"),
            }
        }
    }

    fn forget(&mut self) {
        let at_least = |token: &StanzaToken, stage: StanzaStage| token.state() >= stage;
        while self.unsent.front().is_some_and(|it| at_least(it, StanzaStage::Sent)) {
            if let Some(token) = self.unsent.pop_front().filter(|_| self.has_acks) {
                self.unacked.push_back(token);
            }
        }
        while self.unacked.front().is_some_and(|it| at_least(it, StanzaStage::Acked)) {
            self.unacked.pop_front();
        }
    }

    /// Waits until more can be handed over; for ever if nothing waits. Cancel-safe: it changes nothing.
    pub(super) async fn progress(&self) {
        if self.queue.is_empty() {
            return std::future::pending().await;
        }
        let (token, stage) = match (self.unsent.front(), self.unacked.front()) {
            (Some(token), _) if DEPTH <= self.unsent.len() => (token, StanzaStage::Sent),
            (_, Some(token)) => (token, StanzaStage::Acked),
            (Some(token), None) => (token, StanzaStage::Sent),
            (None, None) => return,
        };
        // Nothing comes back if the stream forgot the stanza, which is progress too.
        drop(token.clone().wait_for(stage).await);
    }

    /// Waits until everything is written.
    pub(super) async fn drained(&mut self, stream: &StanzaStream) {
        loop {
            self.flush(stream);
            let Some(token) = self.unsent.front() else { return };
            drop(token.clone().wait_for(StanzaStage::Sent).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use xmpp_parsers::presence::{Presence, Type};

    use super::*;

    #[tokio::test]
    async fn nothing_is_lost_when_the_task_has_used_up_its_share() {
        // A stream whose connection never comes keeps what it is given.
        let mut slots = Vec::new();
        let stream = StanzaStream::new(Box::new(move |_, slot| slots.push(slot)), DEPTH);
        let mut window = Window::default();
        let flushing = async {
            while tokio::task::coop::has_budget_remaining() {
                tokio::task::coop::consume_budget().await;
            }
            for _ in 0..DEPTH / 2 {
                window.push(Presence::new(Type::None).into()).unwrap();
            }
            window.flush(&stream);
        };
        flushing.await;
        assert_eq!(window.unsent.len(), DEPTH / 2);
        std::mem::forget(stream);
    }
}
