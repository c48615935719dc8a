//! The fence as a byte stream, between TCP or TLS and the parser.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{
    Limits, Report, Scanner, StreamError, Why, flight,
    flight::{Flight, Look},
    outgoing::Outgoing,
};

/// So many stanzas are acknowledged (XEP-0198) without being asked for, or, once something comes, so long after the last
/// time. A server that has sent much asks rarely, and gives up a client that leaves thousands unacknowledged.
const ACK_STANZAS: u64 = 50;
const ACK_AFTER: Duration = Duration::from_secs(20);

/// So much is gathered before it leaves without a flush: the library writes each stanza by itself, and flushes once it has no
/// more, so that what is answered together leaves together. Less than the server has to acknowledge at once.
const GATHER: usize = 3_072;

/// How often the fence stepped in, by reason; shared by all streams of an account.
#[derive(Debug, Default)]
pub struct Counters([AtomicU64; Why::ALL.len()]);

impl Counters {
    /// The counts, in the order of [`Why::ALL`].
    pub fn all(&self) -> impl Iterator<Item = (Why, u64)> + '_ {
        Why::ALL.iter().zip(&self.0).map(|(why, count)| (*why, count.load(Ordering::Relaxed)))
    }

    /// One count.
    #[must_use]
    pub fn get(&self, why: Why) -> u64 {
        self.all().find(|(w, _)| *w == why).map_or(0, |(_, count)| count)
    }

    fn add(&self, why: Why) {
        if let Some((_, count)) = Why::ALL.iter().zip(&self.0).find(|(w, _)| **w == why) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What one stream's fence tells to whoever made the stream.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    counters: Arc<Counters>,
    stream_error: Arc<Mutex<Option<StreamError>>>,
}

impl Reports {
    /// Reports that count into `counters`.
    #[must_use]
    pub fn new(counters: Arc<Counters>) -> Self {
        Self { counters, stream_error: Arc::default() }
    }

    /// The stream error that ended the stream, if one did; once.
    #[must_use]
    pub fn take_stream_error(&self) -> Option<StreamError> {
        self.stream_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, report: Report) {
        match report {
            Report::Changed(why) => {
                self.counters.add(why);
                tracing::debug!(why = why.as_str(), "the fence changed what the server sent");
            }
            Report::StreamError(error) => {
                *self.stream_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    }
}

/// A stream whose reading side goes through a [`Scanner`], and whose writing side turns nicknames back.
pub struct Fence<S> {
    inner: S,
    scanner: Scanner,
    scratch: Box<[u8]>,
    reports: Reports,
    killed: Pin<Box<WaitForCancellationFutureOwned>>,
    ended: bool,
    is_given_up: bool,
    /// What was taken to be written and is not yet.
    outgoing: Outgoing,
    flight: Flight,
    /// When to look whether the server still hears us; there is none before the stream is managed.
    watch: Option<Pin<Box<Sleep>>>,
    /// So many stanzas had been passed on when an acknowledgement was asked for last, and when that was.
    asked: (u64, Instant),
    /// Whether a resumed stream is one that the server hears us on.
    proof: Proof,
}

/// After a resumption the server is asked at once for an acknowledgement. See [`flight`] for why it may not hear that.
enum Proof {
    None,
    Awaited(Pin<Box<Sleep>>),
    Seen,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Fence<S> {
    /// Fences a fresh stream. Once `kill` is cancelled, reading and writing fail, so that nobody waits for a dead server.
    #[must_use]
    pub fn new(inner: S, limits: Limits, reports: Reports, kill: CancellationToken) -> Self {
        Self {
            inner,
            scanner: Scanner::new(limits),
            scratch: vec![0; 16 * 1024].into_boxed_slice(),
            reports,
            killed: Box::pin(kill.cancelled_owned()),
            ended: false,
            is_given_up: false,
            outgoing: Outgoing::default(),
            flight: Flight::default(),
            watch: None,
            asked: (0, Instant::now()),
            proof: Proof::None,
        }
    }

    /// The stream below, and whether the server has sent anything that nobody read. After `<proceed/>` it must not have:
    /// what comes before TLS is not the server's word.
    pub fn into_inner(self) -> (S, bool) {
        let unread = self.scanner.held() > 0 || self.scanner.inside();
        (self.inner, unread)
    }

    /// The stream below.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    fn poll_killed(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.killed.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the account is being stopped")),
            Poll::Pending => Ok(()),
        }
    }

    /// The library acknowledges only when it is asked to, so it is asked often enough.
    fn ask_for_ack(&mut self) {
        let (n_asked, at) = self.asked;
        let Some(n_passed) = self.scanner.managed().filter(|it| n_asked < *it) else { return };
        if ACK_STANZAS <= n_passed - n_asked || ACK_AFTER <= at.elapsed() {
            self.scanner.ask_for_ack();
            self.asked = (n_passed, Instant::now());
        }
    }

    /// Writes what was taken, one piece at a time: the stream below has nothing left when the next one comes, so that it
    /// takes it whole.
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            if self.outgoing.is_fresh() {
                ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
                ready!(self.poll_begin(cx));
            }
            match ready!(Pin::new(&mut self.inner).poll_write(cx, self.outgoing.piece()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.outgoing.written(n),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// As [`Self::poll_leave`], and the stream below keeps none of it back.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_leave(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    /// Begins a piece as soon as there is room for one.
    fn poll_begin(&mut self, cx: &Context<'_>) -> Poll<()> {
        let (room, exceeds) = self.flight.room();
        let piece = match self.outgoing.begin(room, exceeds) {
            Some(piece) => piece,
            None if self.flight.has_request() => {
                self.flight.wait(cx);
                return Poll::Pending;
            }
            None => self.outgoing.ask(),
        };
        self.flight.left(piece);
        Poll::Ready(())
    }

    /// Takes in what the server has acknowledged.
    fn note_acks(&mut self) {
        let (Some(n_acks), Some(n_passed)) = (self.scanner.acks(), self.scanner.managed()) else { return };
        self.flight.acked(n_acks, n_passed);
        match self.proof {
            Proof::None if self.scanner.is_resumed() => {
                self.outgoing.feed(flight::REQUEST);
                self.proof = Proof::Awaited(Box::pin(sleep(flight::PROOF)));
            }
            Proof::Awaited(_) if 0 < n_acks => self.proof = Proof::Seen,
            Proof::None | Proof::Awaited(_) | Proof::Seen => (),
        }
    }

    /// Sees to it that the server hears us: asks it now and then, and fails once it does not answer, so that the stream is
    /// resumed on another connection. Wakes the task when it is time to look again.
    fn poll_heard(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let awaits_proof = matches!(self.proof, Proof::Awaited(_));
        let Some(n_passed) = self.scanner.managed().filter(|_| !self.is_given_up && !awaits_proof) else {
            return Ok(());
        };
        loop {
            let at = match self.flight.look(n_passed) {
                Look::Lost => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "the server does not hear us any more"));
                }
                Look::Ask if self.outgoing.is_whole() => {
                    self.ask(cx)?;
                    continue;
                }
                // Whoever is writing an element asks behind it.
                Look::Ask => Instant::now() + flight::PATIENCE,
                Look::At(at) => at,
            };
            let watch = self.watch.get_or_insert_with(|| Box::pin(sleep_until(at)));
            // One that rings too early does no harm: it is set anew then.
            if at < watch.deadline() || watch.is_elapsed() {
                watch.as_mut().reset(at);
            }
            if watch.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
        }
    }

    /// Asks for an acknowledgement, behind what is to be written.
    fn ask(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.flight.asks();
        self.outgoing.feed(flight::REQUEST);
        // Nobody may have anything else to write for a long time.
        match self.poll_out(cx) {
            Poll::Ready(done) => done,
            Poll::Pending => Ok(()),
        }
    }

    /// Gives the stream up if nothing proves in time that the server hears us on it.
    fn poll_proof(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Proof::Awaited(end) = &mut self.proof else { return Poll::Pending };
        ready!(end.as_mut().poll(cx));
        self.proof = Proof::Seen;
        if self.is_given_up {
            return Poll::Pending;
        }
        self.give_up();
        Poll::Ready(())
    }

    /// The server does not acknowledge any more: it is as if it had ended the stream, so that nothing of it is resumed.
    fn give_up(&mut self) {
        self.flight.give_up();
        self.is_given_up = true;
        self.scanner.end_with_error();
        let text = "the server does not acknowledge what it is sent".to_owned();
        self.reports.note(Report::StreamError(StreamError { condition: "undefined-condition".to_owned(), text }));
    }

    /// Reads until something is ready or the stream has ended.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ended || !self.scanner.ready().is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut buffer = ReadBuf::new(&mut self.scratch);
        let Poll::Ready(read) = Pin::new(&mut self.inner).poll_read(cx, &mut buffer) else {
            // Only now: what has come may be the proof.
            self.poll_heard(cx)?;
            return self.poll_proof(cx).map(Ok);
        };
        read?;
        self.ended = buffer.filled().is_empty();
        self.scanner.feed(buffer.filled());
        self.ask_for_ack();
        if !self.is_given_up {
            self.note_acks();
        }
        for report in self.scanner.reports() {
            if matches!(report, Report::StreamError(_)) {
                // Nothing is acknowledged any more; what is still to be said must not wait for it.
                self.flight.give_up();
                self.is_given_up = true;
            }
            self.reports.note(report);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncBufRead for Fence<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        // What is ready is taken a few bytes at a time. To look for the end of the stream each time would cost more than
        // to parse them, and there is little of it.
        if !this.scanner.ready().is_empty() {
            return Poll::Ready(Ok(this.scanner.ready()));
        }
        this.poll_killed(cx)?;
        loop {
            ready!(this.poll_more(cx))?;
            if this.ended || !this.scanner.ready().is_empty() {
                return Poll::Ready(Ok(this.scanner.ready()));
            }
            if this.scanner.mid_element() {
                // A long element is arriving. White space between elements means nothing in XMPP, and tells the parser's
                // timers that the server is alive.
                return Poll::Ready(Ok(b" "));
            }
        }
    }

    fn consume(self: Pin<&mut Self>, length: usize) {
        self.get_mut().scanner.consume(length);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Fence<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let available = ready!(self.as_mut().poll_fill_buf(cx))?;
        let length = available.len().min(out.remaining());
        out.put_slice(available.get(..length).unwrap_or_default());
        self.consume(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Fence<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.poll_killed(cx)?;
        // What was taken before goes first; there is never more of it than is gathered, and one write.
        if GATHER <= this.outgoing.len() {
            ready!(this.poll_leave(cx))?;
        }
        this.outgoing.feed(bytes);
        if this.outgoing.len() < GATHER {
            return Poll::Ready(Ok(bytes.len()));
        }
        match this.poll_leave(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.poll_killed(cx)?;
        this.poll_out(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.poll_killed(cx)?;
        ready!(this.poll_leave(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;

    /// As TLS does it: what is written is put into records, up to a bound; what waits leaves with a flush, sooner or later.
    #[derive(Default)]
    struct Records {
        whole: Vec<Vec<u8>>,
        waiting: usize,
        is_slow: bool,
    }

    impl Records {
        /// Every other time it is not ready.
        fn hesitates(&mut self, cx: &Context<'_>) -> bool {
            self.is_slow = !self.is_slow;
            if self.is_slow {
                cx.waker().wake_by_ref();
            }
            self.is_slow
        }
    }

    impl AsyncRead for Records {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Records {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let n = bytes.len().min(20_000 - self.waiting);
            if n == 0 {
                self.waiting = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.whole.extend(bytes[..n].chunks(16_384).map(<[u8]>::to_vec));
            self.waiting += n;
            Poll::Ready(Ok(n))
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.hesitates(cx) {
                return Poll::Pending;
            }
            self.waiting = 0;
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll_flush(cx)
        }
    }

    fn fence(records: Records) -> Fence<Records> {
        Fence::new(records, Limits::default(), Reports::default(), CancellationToken::new())
    }

    const OPENED: &[u8] = b"<?xml version='1.0'?><stream:stream to='c.example'>";
    const RESUMED: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
        xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1' from='c.example'>\
        <resumed xmlns='urn:xmpp:sm:3' h='0' previd='1'/>";

    async fn read(fence: &mut Fence<DuplexStream>) -> String {
        let mut bytes = vec![0; 4_096];
        let n = fence.read(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes[..n]).into_owned()
    }

    /// A stream that was just resumed, the other end of it, and what it reports.
    async fn resumed() -> (Fence<DuplexStream>, DuplexStream, Reports) {
        let ((near, mut far), reports) = (tokio::io::duplex(64 * 1_024), Reports::default());
        let mut fence = Fence::new(near, Limits::default(), reports.clone(), CancellationToken::new());
        fence.write_all(OPENED).await.unwrap();
        far.write_all(RESUMED.as_bytes()).await.unwrap();
        assert_eq!(read(&mut fence).await, RESUMED);
        fence.flush().await.unwrap();
        let mut heard = vec![0; OPENED.len() + flight::REQUEST.len()];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, [OPENED, flight::REQUEST].concat());
        (fence, far, reports)
    }

    #[tokio::test(start_paused = true)]
    async fn resumed_stream_on_which_nothing_is_acknowledged_is_given_up() {
        let (mut fence, mut far, reports) = resumed().await;
        let began = Instant::now();
        // Others are still heard there; that proves nothing.
        far.write_all(b"<message/>").await.unwrap();
        assert_eq!(read(&mut fence).await, "<message/>");
        assert!(read(&mut fence).await.contains("<undefined-condition"));
        assert_eq!(began.elapsed().as_secs(), flight::PROOF.as_secs());
        assert!(reports.take_stream_error().unwrap().text.contains("does not acknowledge"));
    }

    #[tokio::test(start_paused = true)]
    async fn resumed_stream_that_acknowledges_goes_on() {
        let (mut fence, mut far, reports) = resumed().await;
        far.write_all(b"<a xmlns='urn:xmpp:sm:3' h='0'/>").await.unwrap();
        assert!(read(&mut fence).await.starts_with("<a "));
        let more = tokio::time::timeout(flight::PROOF * 2, read(&mut fence)).await;
        assert!(more.is_err(), "{more:?}");
        assert_eq!(reports.take_stream_error(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn with_its_own_request_no_more_is_under_way_than_prosody_reads_at_once() {
        const READ: usize = 4_096;
        let (mut fence, mut far, _) = resumed().await;
        far.write_all(b"<a xmlns='urn:xmpp:sm:3' h='0'/>").await.unwrap();
        read(&mut fence).await;
        for size in 1..200 {
            let element = format!("<a>{}</a>", "x".repeat(size));
            let (mut under_way, mut n_written) = (vec![0; READ + 1], 0);
            // Nobody asks, until there is no more room.
            let writes = async {
                loop {
                    fence.write_all(element.as_bytes()).await.unwrap();
                    n_written += element.len();
                }
            };
            assert!(tokio::time::timeout(flight::PROOF, writes).await.is_err());
            let n = far.read(&mut under_way).await.unwrap();
            assert!((READ - 2 * element.len() - flight::REQUEST.len()..=READ).contains(&n), "{n} of {n_written}");
            assert!(under_way[..n].ends_with(flight::REQUEST));
            far.write_all(b"<a xmlns='urn:xmpp:sm:3' h='0'/>").await.unwrap();
            read(&mut fence).await;
            fence.flush().await.unwrap();
            // What was left waits at the other end; it is acknowledged as well.
            while 0 < tokio::time::timeout(flight::PROOF, far.read(&mut under_way)).await.map_or(0, Result::unwrap) {}
            fence.write_all(flight::REQUEST).await.unwrap();
            fence.flush().await.unwrap();
            far.read_exact(&mut under_way[..flight::REQUEST.len()]).await.unwrap();
            far.write_all(b"<a xmlns='urn:xmpp:sm:3' h='0'/>").await.unwrap();
            read(&mut fence).await;
        }
    }

    #[tokio::test]
    async fn what_is_written_together_leaves_together_once_it_is_flushed_or_much() {
        let mut fence = fence(Records::default());
        fence.write_all(OPENED).await.unwrap();
        fence.flush().await.unwrap();
        for _ in 0..3 {
            fence.write_all(b"<a>x</a>").await.unwrap();
        }
        assert_eq!(fence.inner.whole, [OPENED.to_vec()], "more may come");
        fence.flush().await.unwrap();
        assert_eq!(fence.inner.whole[1..], [b"<a>x</a>".repeat(3)]);
        let much = format!("<a>{}</a>", "x".repeat(GATHER)).into_bytes();
        fence.write_all(&much).await.unwrap();
        fence.write_all(b"<b/>").await.unwrap();
        assert_eq!(fence.inner.whole[2..], [much], "what is much does not wait");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_record_holds_half_an_element(sizes in prop::collection::vec((1_usize..16_300, 1_usize..5), 1..30)) {
            let header = "<?xml version='1.0'?><stream:stream to='c.example'>".to_owned();
            let of_size = |(size, n): &(usize, usize)| format!("<a>{}</a>", "x".repeat(*size / *n)).repeat(*n);
            let writes: Vec<String> = std::iter::once(header).chain(sizes.iter().map(of_size)).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut fence = fence(Records::default());
            runtime.block_on(async {
                for write in &writes {
                    fence.write_all(write.as_bytes()).await.unwrap();
                }
                fence.flush().await.unwrap();
            });
            prop_assert_eq!(fence.inner.whole.concat(), writes.concat().into_bytes());
            for record in &fence.inner.whole {
                prop_assert!(record.starts_with(b"<?xml") || record.starts_with(b"<a>"));
                prop_assert!(record.ends_with(b"</a>") || record.ends_with(b"e'>"));
            }
        }
    }
}
