//! What was written and is not known to have been read, on a stream that is managed (XEP-0198).
//!
//! COMPAT: Prosody 0.12 goes on after a resumption with the parser of the connection before. If that one was given up with
//! half an element in the parser, everything that follows is taken for the inside of the element, in silence, or called
//! not well-formed. It reads 4,096 bytes at a time (`network_default_read_size`), and a connection can be lost between two
//! reads; so half an element can only be left where more than that was under way, and no more is, unless one element
//! alone is larger. For that rare case a resumed stream has to prove itself: where the first acknowledgement does not come,
//! the stream is given up for a new one.

use std::task::{Context, Waker};
use std::time::Duration;

use tokio::time::Instant;

/// Asks for an acknowledgement (XEP-0198).
pub(super) const REQUEST: &[u8] = b"<r xmlns='urn:xmpp:sm:3'/>";
/// So many bytes are under way at most, unless one element has more: what Prosody reads at once, less the request that may
/// have to follow when there is no more room.
const WINDOW: usize = 4_096 - REQUEST.len();
/// What fits into one record of TLS (RFC 8446 §5.1).
const RECORD: usize = 16_384;
/// Within so long a request for an acknowledgement is answered, even by a server that takes its time to read.
const PATIENCE: Duration = Duration::from_secs(150);
/// The first one after a resumption comes sooner. Less than the library's read time-out, after which it would resume the
/// same stream once more.
pub(super) const PROOF: Duration = Duration::from_secs(30);

/// Elements that leave together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) n_bytes: usize,
    /// Requests for an acknowledgement among them.
    pub(super) n_requests: usize,
    /// What stands behind the last of these.
    pub(super) n_behind: usize,
}

impl Piece {
    pub(super) fn add(&mut self, n_bytes: usize, is_request: bool) {
        self.n_bytes += n_bytes;
        self.n_requests += usize::from(is_request);
        self.n_behind = if is_request { 0 } else { self.n_behind + n_bytes };
    }
}

/// The account of it.
#[derive(Debug, Default)]
pub(super) struct Flight {
    is_managed: bool,
    n_bytes: usize,
    /// What was written after the last request.
    n_behind: usize,
    /// Requests that are not answered, and since when the oldest of them is waited for.
    n_open: usize,
    since: Option<Instant>,
    n_acks: u64,
    /// Who waits for room.
    waker: Option<Waker>,
}

impl Flight {
    /// How many bytes may leave now, and whether an element may be larger than that.
    pub(super) fn room(&self) -> (usize, bool) {
        if self.is_managed { (WINDOW.saturating_sub(self.n_bytes), self.n_bytes == 0) } else { (RECORD, true) }
    }

    /// Whether an answer will make room.
    pub(super) const fn has_request(&self) -> bool {
        0 < self.n_open
    }

    pub(super) fn wait(&mut self, cx: &Context<'_>) {
        self.waker = Some(cx.waker().clone());
    }

    /// This leaves.
    pub(super) fn left(&mut self, piece: Piece) {
        if !self.is_managed {
            return;
        }
        self.n_bytes += piece.n_bytes;
        if piece.n_requests == 0 {
            self.n_behind += piece.n_bytes;
        } else {
            self.n_open += piece.n_requests;
            self.n_behind = piece.n_behind;
            self.since.get_or_insert_with(Instant::now);
        }
    }

    /// The stream is managed, and so many acknowledgements have come since it is.
    pub(super) fn acked(&mut self, n_acks: u64) {
        self.is_managed = true;
        if self.n_acks == n_acks {
            return;
        }
        // What comes unasked answers nothing that will be asked.
        let n_new = usize::try_from(n_acks - self.n_acks).unwrap_or(usize::MAX);
        self.n_acks = n_acks;
        self.n_open = self.n_open.saturating_sub(n_new);
        self.since = (0 < self.n_open).then(Instant::now);
        if self.n_open == 0 {
            self.n_bytes = self.n_behind;
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether the server has stopped to acknowledge.
    pub(super) fn is_lost(&self) -> bool {
        self.since.is_some_and(|since| PATIENCE < since.elapsed())
    }

    /// Nothing is waited for any more.
    pub(super) fn give_up(&mut self) {
        *self = Self { waker: self.waker.take(), ..Self::default() };
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(n_bytes: usize, n_requests: usize) -> Piece {
        Piece { n_bytes, n_requests, n_behind: 0 }
    }

    #[test]
    fn unmanaged_stream_has_room_for_every_record() {
        let mut flight = Flight::default();
        flight.left(piece(100_000, 0));
        assert_eq!((flight.room(), flight.is_lost()), ((RECORD, true), false));
    }

    #[test]
    fn room_is_made_by_answers_alone() {
        let mut flight = Flight::default();
        flight.acked(0);
        flight.left(piece(4_000, 0));
        assert_eq!((flight.room(), flight.has_request()), ((WINDOW - 4_000, false), false));
        flight.left(Piece { n_bytes: 100, n_requests: 1, n_behind: 30 });
        flight.left(piece(20, 0));
        assert!(flight.has_request());
        flight.acked(1);
        assert_eq!((flight.room(), flight.has_request()), ((WINDOW - 50, false), false));
        // An answer to nothing is no answer to the next request.
        flight.acked(2);
        flight.left(piece(3_000, 2));
        flight.acked(3);
        assert!(flight.has_request());
        flight.acked(4);
        assert_eq!(flight.room(), (WINDOW, true));
    }

    #[tokio::test(start_paused = true)]
    async fn request_that_is_not_answered_in_time_means_that_the_server_is_lost() {
        let mut flight = Flight::default();
        flight.acked(0);
        flight.left(piece(10, 1));
        tokio::time::sleep(PATIENCE).await;
        flight.left(piece(10, 1));
        assert!(!flight.is_lost());
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(flight.is_lost());
        flight.acked(1);
        assert!(!flight.is_lost(), "the second one has its own time");
        flight.give_up();
        assert_eq!(flight.room(), (RECORD, true));
    }
}
