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
/// Whether the server hears us is asked when it has sent something and so long has not shown that it does: a connection may
/// be dead in one direction alone. Where it sends nothing, the library's read time-out asks.
const ASK_AFTER: Duration = Duration::from_secs(20);
/// A request for an acknowledgement is answered within so long. With the read time-out before it that makes less than a
/// minute until a half-open connection is found.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// What is under way takes time at a server that reads slowly: shapers begin at 3,000 bytes a second.
const SLOWEST_BYTES_A_SECOND: u64 = 1_000;
/// A server with thousands of stanzas for us reads when it has sent them.
const SLOWEST_STANZAS_A_SECOND: u64 = 100;
/// Whatever it is doing, it has to answer within this.
const LONGEST: Duration = Duration::from_secs(150);
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

/// What there is to do about a server that may not hear us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing before this.
    At(Instant),
    /// Ask it.
    Ask,
    /// It does not.
    Lost,
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
    /// When the server showed last that it hears us, and how many of its stanzas had come by then.
    heard: Option<(Instant, u64)>,
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

    /// A request is about to leave, as soon as the stream below takes it.
    pub(super) fn asks(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// The stream is managed; so many stanzas and acknowledgements have come since it is.
    pub(super) fn acked(&mut self, n_acks: u64, n_passed: u64) {
        self.is_managed = true;
        if self.n_acks == n_acks {
            self.heard.get_or_insert_with(|| (Instant::now(), n_passed));
            return;
        }
        // What comes unasked answers nothing that will be asked.
        let n_new = usize::try_from(n_acks - self.n_acks).unwrap_or(usize::MAX);
        let now = Instant::now();
        self.n_acks = n_acks;
        self.n_open = self.n_open.saturating_sub(n_new);
        self.since = (0 < self.n_open).then_some(now);
        self.heard = Some((now, n_passed));
        if self.n_open == 0 {
            self.n_bytes = self.n_behind;
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether the server still hears us, once so many of its stanzas have come.
    pub(super) fn look(&self, n_passed: u64) -> Look {
        let now = Instant::now();
        let Some((heard_at, n_heard)) = self.heard else { return Look::At(now + ASK_AFTER) };
        let n_came = n_passed.saturating_sub(n_heard);
        if let Some(since) = self.since {
            let end = since + self.patience(n_came);
            return if end <= now { Look::Lost } else { Look::At(end) };
        }
        match heard_at + ASK_AFTER {
            due if now < due => Look::At(due),
            _ if 0 < n_came => Look::Ask,
            _ => Look::At(now + ASK_AFTER),
        }
    }

    fn patience(&self, n_came: u64) -> Duration {
        let n_bytes = u64::try_from(self.n_bytes).unwrap_or(u64::MAX);
        let busy = n_bytes / SLOWEST_BYTES_A_SECOND + n_came / SLOWEST_STANZAS_A_SECOND;
        PATIENCE.saturating_add(Duration::from_secs(busy)).min(LONGEST)
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
        assert_eq!(flight.room(), (RECORD, true));
        assert!(matches!(flight.look(1_000), Look::At(_)));
    }

    #[test]
    fn room_is_made_by_answers_alone() {
        let mut flight = Flight::default();
        flight.acked(0, 0);
        flight.left(piece(4_000, 0));
        assert_eq!((flight.room(), flight.has_request()), ((WINDOW - 4_000, false), false));
        flight.left(Piece { n_bytes: 100, n_requests: 1, n_behind: 30 });
        flight.left(piece(20, 0));
        assert!(flight.has_request());
        flight.acked(1, 0);
        assert_eq!((flight.room(), flight.has_request()), ((WINDOW - 50, false), false));
        // An answer to nothing is no answer to the next request.
        flight.acked(2, 0);
        flight.left(piece(3_000, 2));
        flight.acked(3, 0);
        assert!(flight.has_request());
        flight.acked(4, 0);
        assert_eq!(flight.room(), (WINDOW, true));
    }

    #[tokio::test(start_paused = true)]
    async fn request_that_is_not_answered_in_time_means_that_the_server_is_lost() {
        let mut flight = Flight::default();
        flight.acked(0, 0);
        flight.left(piece(10, 1));
        assert_eq!(flight.look(0), Look::At(Instant::now() + PATIENCE));
        tokio::time::sleep(PATIENCE - Duration::from_millis(1)).await;
        flight.left(piece(10, 1));
        assert!(matches!(flight.look(0), Look::At(_)));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(flight.look(0), Look::Lost);
        flight.acked(1, 0);
        assert!(matches!(flight.look(0), Look::At(_)), "the second one has its own time");
        flight.give_up();
        assert_eq!(flight.room(), (RECORD, true));
    }

    #[tokio::test(start_paused = true)]
    async fn busy_server_has_more_time_and_not_for_ever() {
        let mut flight = Flight::default();
        flight.acked(0, 100);
        flight.left(piece(30_000, 1));
        let began = Instant::now();
        let in_seconds = |n: u64| Look::At(began + Duration::from_secs(n));
        assert_eq!(flight.look(100), in_seconds(50), "it reads slowly");
        assert_eq!(flight.look(1_100), in_seconds(60), "it sends much");
        assert_eq!(flight.look(1_000_000), in_seconds(150));
    }

    #[tokio::test(start_paused = true)]
    async fn server_that_sends_and_was_not_asked_is_asked_once() {
        let mut flight = Flight::default();
        flight.acked(0, 0);
        tokio::time::sleep(ASK_AFTER).await;
        assert!(matches!(flight.look(0), Look::At(_)), "in silence the read time-out asks");
        assert_eq!(flight.look(1), Look::Ask);
        flight.asks();
        assert_eq!(flight.look(1), Look::At(Instant::now() + PATIENCE));
        flight.left(piece(10, 1));
        flight.acked(1, 1);
        assert_eq!(flight.look(2), Look::At(Instant::now() + ASK_AFTER));
    }
}
