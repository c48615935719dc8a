//! The fence as a byte stream, between TCP or TLS and the parser.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{Limits, Report, Scanner, StreamError, Why, outgoing::Outgoing};

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
    outgoing: Outgoing,
    /// What was taken to be written and is not yet.
    leaving: Vec<u8>,
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
            outgoing: Outgoing::default(),
            leaving: Vec::new(),
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

    /// Writes what was taken.
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut n_written = 0;
        let outcome = loop {
            let rest = self.leaving.get(n_written..).unwrap_or_default();
            if rest.is_empty() {
                break Poll::Ready(Ok(()));
            }
            match Pin::new(&mut self.inner).poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => break Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(n)) => n_written += n,
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
        };
        self.leaving.drain(..n_written);
        outcome
    }

    /// Reads until something is ready or the stream has ended.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ended || !self.scanner.ready().is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut buffer = ReadBuf::new(&mut self.scratch);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
        self.ended = buffer.filled().is_empty();
        self.scanner.feed(buffer.filled());
        for report in self.scanner.reports() {
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
        // What was taken before goes first; there is never more of it than one write.
        ready!(this.poll_leave(cx))?;
        this.outgoing.feed(bytes, &mut this.leaving);
        match this.poll_leave(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.poll_killed(cx)?;
        ready!(this.poll_leave(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.poll_killed(cx)?;
        ready!(this.poll_leave(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}
