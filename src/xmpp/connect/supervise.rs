//! The one task that makes an account's connections, waits between them, and ends them.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_xmpp::stanzastream::{Connection, StanzaStream};

use super::attempt::Session;
use super::backoff::Backoff;
use super::{ConnectError, NEWS, QUEUE, Status, grave};
use crate::xmpp::fence::Reports;

/// After the account is cancelled, what a stream may take to say good-bye.
const GOOD_BYE: Duration = Duration::from_secs(4);

type Slot = oneshot::Sender<Connection>;

/// Starts the stream and its task.
pub(super) fn start<A, F>(
    attempt: A,
    identity: jid::Jid,
    tasks: &TaskTracker,
    cancel: CancellationToken,
    kill: CancellationToken,
) -> (StanzaStream, mpsc::Receiver<Status>)
where
    A: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<Session, ConnectError>> + Send + 'static,
{
    let (news, status) = mpsc::channel(NEWS);
    // One is enough: the stream asks for the next connection only when it has had the last one.
    let (wanted, slots) = mpsc::channel::<Slot>(1);
    let stream = StanzaStream::new(
        Box::new(move |_, slot| {
            if let Err(refused) = wanted.try_send(slot) {
                // The task is gone, as it is when the runtime is being torn down. Dropping the slot would make the stream
                // panic on its way out; it is left to the end of the process instead.
                std::mem::forget(refused.into_inner());
            }
        }),
        QUEUE,
    );
    let supervisor = Supervisor {
        attempt,
        identity,
        slots,
        news,
        cancel,
        kill,
        backoff: Backoff::default(),
        began: Instant::now(),
        live: None,
    };
    tasks.spawn(supervisor.run());
    (stream, status)
}

/// The connection that the stream has.
struct Live {
    since: Instant,
    reports: Reports,
}

struct Supervisor<A> {
    attempt: A,
    /// Whose streams they are.
    identity: jid::Jid,
    slots: mpsc::Receiver<Slot>,
    news: mpsc::Sender<Status>,
    cancel: CancellationToken,
    kill: CancellationToken,
    backoff: Backoff,
    began: Instant,
    live: Option<Live>,
}

impl<A, F> Supervisor<A>
where
    A: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<Session, ConnectError>> + Send + 'static,
{
    async fn run(mut self) {
        let mut left = None;
        loop {
            let slot = tokio::select! {
                () = self.cancel.cancelled() => break,
                slot = self.slots.recv() => slot,
            };
            // The stream is gone.
            let Some(slot) = slot else { return };
            if let Err(slot) = self.serve(slot).await {
                left = Some(slot);
                break;
            }
        }
        self.bury(left).await;
    }

    /// Gets the stream a connection. The slot comes back when there will be none.
    async fn serve(&mut self, slot: Slot) -> Result<(), Slot> {
        let mut failed = self.look_back();
        loop {
            if let Some(error) = failed.take()
                && !self.wait(error).await
            {
                return Err(slot);
            }
            self.tell(Status::Connecting { attempt: self.backoff.attempt() });
            let outcome = tokio::select! {
                () = self.cancel.cancelled() => return Err(slot),
                outcome = (self.attempt)() => outcome,
            };
            match outcome {
                Ok(session) => {
                    self.live = Some(Live { since: Instant::now(), reports: session.reports });
                    self.tell(Status::LoggedIn(session.facts));
                    // The stream can only be gone with the runtime; then the connection goes as well.
                    drop(slot.send(session.connection));
                    return Ok(());
                }
                Err(error) => failed = Some(error),
            }
        }
    }

    /// Why the connection before has ended, if there was one.
    fn look_back(&mut self) -> Option<ConnectError> {
        let live = self.live.take()?;
        self.backoff.ended_after(live.since.elapsed());
        let Some(error) = live.reports.take_stream_error() else { return Some(ConnectError::Lost) };
        self.tell(Status::StreamError { condition: error.condition.clone(), text: error.text.clone() });
        Some(ConnectError::Stream(error))
    }

    /// Waits as long as the error asks for; false: stop.
    async fn wait(&mut self, error: ConnectError) -> bool {
        let after = if error.is_final() {
            None
        } else if error.is_conflict() {
            self.backoff.next_conflict(self.began.elapsed(), &mut rand::rng())
        } else {
            Some(self.backoff.next(&mut rand::rng()))
        };
        let Some(after) = after else {
            let error = if error.is_conflict() { ConnectError::Replaced } else { error };
            return self.give_up(error).await;
        };
        self.tell(Status::Retrying { error, after });
        tokio::select! {
            () = self.cancel.cancelled() => false,
            () = sleep(after) => true,
        }
    }

    /// Says so once (whoever hears the news writes it to the log), and does nothing any more.
    async fn give_up(&mut self, error: ConnectError) -> bool {
        tokio::select! {
            () = self.cancel.cancelled() => return false,
            // Nobody listens: then there is nobody to tell.
            sent = self.news.send(Status::Final(error)) => drop(sent),
        }
        self.cancel.cancelled().await;
        false
    }

    fn tell(&self, status: Status) {
        if let Err(error) = self.news.try_send(status) {
            tracing::debug!(%error, "news of the connection were not read");
        }
    }

    /// Ends the stream in whatever state it is.
    async fn bury(&mut self, slot: Option<Slot>) {
        let deadline = Instant::now() + GOOD_BYE;
        let mut slot = slot;
        loop {
            if let Some(slot) = slot.take() {
                match grave::connection(self.identity.clone()).await {
                    Ok(connection) => drop(slot.send(connection)),
                    Err(error) => {
                        tracing::warn!(%error, "a stream could not be ended");
                        std::mem::forget(slot);
                    }
                }
            }
            tokio::select! {
                next = self.slots.recv() => match next {
                    None => return,
                    Some(next) => {
                        // Its owner has not let go of it yet.
                        sleep(Duration::from_millis(50)).await;
                        slot = Some(next);
                    }
                },
                () = sleep_until(deadline), if !self.kill.is_cancelled() => self.kill.cancel(),
            }
        }
    }
}
