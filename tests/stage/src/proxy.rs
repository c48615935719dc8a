//! A bad network: a TCP proxy on loopback whose faults are chosen while it runs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::ports::Port;

/// What the network does to bytes and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: what comes in goes out.
    Clear,
    /// Every connection that is open now, or opened meanwhile, is half-open from then on: both ends can write, neither
    /// is heard, and nobody is told. It stays lost when the mode changes.
    Swallow,
    /// What comes from the client is lost in the same way, and what comes from the server arrives. Whatever carries
    /// nothing meanwhile is not lost.
    SwallowUp,
    /// What comes from the server is lost, and what comes from the client arrives.
    SwallowDown,
    /// Nothing is read; it waits where it is and flows on later, unharmed.
    Stall,
    /// Each piece is held back for so long.
    Delay(Duration),
    /// So many bytes at a time, with a pause after each.
    Dribble {
        /// Bytes a piece.
        bytes: usize,
        /// The pause after it.
        pause: Duration,
    },
    /// Each connection breaks after so many bytes towards the server, counted from its beginning, or from now on.
    Tear {
        /// Bytes.
        after: usize,
    },
    /// New connections are refused; those that are there go on.
    Refuse,
}

/// How many connections there were and are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accepted since the start.
    pub n_accepted: u64,
    /// Open now.
    pub n_open: u64,
    /// Bytes passed on towards the server.
    pub up_bytes: u64,
    /// Bytes passed on towards the client.
    pub down_bytes: u64,
}

/// A running proxy; dropped, it cuts its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    wires: Wires,
    _port: Port,
    _acceptor: JoinSet<()>,
}

/// What all connections share. The watch channels keep the latest value only.
#[derive(Debug, Clone)]
struct Wires {
    mode: Arc<watch::Sender<Mode>>,
    /// Rises with each cut.
    cuts: Arc<watch::Sender<u64>>,
    /// Rises whenever what is open is lost: a mode that comes and goes is not always seen by whoever looks at it later.
    losses: Arc<watch::Sender<u64>>,
    counts: Arc<watch::Sender<Counts>>,
    target: Arc<watch::Sender<SocketAddr>>,
}

impl Proxy {
    /// Starts a proxy before `target`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let port = Port::claim()?;
        let address: SocketAddr = (Ipv4Addr::LOCALHOST, port.number()).into();
        let listener = TcpListener::bind(address).await?;
        let wires = Wires {
            mode: Arc::new(watch::Sender::new(Mode::Clear)),
            cuts: Arc::new(watch::Sender::new(0)),
            losses: Arc::new(watch::Sender::new(0)),
            counts: Arc::new(watch::Sender::new(Counts::default())),
            target: Arc::new(watch::Sender::new(target)),
        };
        let mut acceptor = JoinSet::new();
        acceptor.spawn(accept(listener, address, wires.clone()));
        Ok(Self { address, wires, _port: port, _acceptor: acceptor })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what the network does from now on. [`Mode::Refuse`] has been put into effect when this returns.
    ///
    /// # Errors
    /// When the listening socket is neither given up nor regained in time.
    pub async fn set(&self, mode: Mode) -> Result<()> {
        self.wires.mode.send_replace(mode);
        if mode == Mode::Swallow {
            self.wires.losses.send_modify(|it| *it += 1);
        }
        let settled = async {
            loop {
                let listens = TcpListener::bind(self.address).await.is_err();
                if listens == (mode != Mode::Refuse) {
                    return;
                }
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(Duration::from_secs(5), settled).await.context("the proxy's listener did not follow")
    }

    /// Resets all connections; new ones are served.
    pub fn cut(&self) {
        self.wires.cuts.send_modify(|it| *it += 1);
    }

    /// Sends new connections elsewhere.
    pub fn aim(&self, target: SocketAddr) {
        self.wires.target.send_replace(target);
    }

    /// The counts as of now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.wires.counts.borrow()
    }

    /// Waits until the counts are as wished, for example that a client has come back.
    ///
    /// # Errors
    /// When they are not within `limit`.
    pub async fn until(&self, limit: Duration, fits: impl Fn(&Counts) -> bool) -> Result<Counts> {
        let mut counts = self.wires.counts.subscribe();
        let waited = timeout(limit, counts.wait_for(|it| fits(it))).await;
        let found = waited.with_context(|| format!("the proxy is at {:?} after {limit:?}", self.counts()))?;
        Ok(*found?)
    }
}

async fn accept(mut listener: TcpListener, address: SocketAddr, wires: Wires) {
    let mut mode = wires.mode.subscribe();
    let mut connections = JoinSet::new();
    loop {
        if *mode.borrow() == Mode::Refuse {
            drop(listener);
            if mode.wait_for(|it| *it != Mode::Refuse).await.is_err() {
                return;
            }
            let Ok(again) = bind_again(address).await else { return };
            listener = again;
        }
        tokio::select! {
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                wires.counts.send_modify(|it| { it.n_accepted += 1; it.n_open += 1; });
                connections.spawn(serve(client, wires.clone()));
            },
            changed = mode.changed() => if changed.is_err() { return },
            // Reaps what has ended, so that the set does not grow.
            Some(_) = connections.join_next() => (),
        }
    }
}

/// The test whether the port is free may hold it for a moment.
async fn bind_again(address: SocketAddr) -> io::Result<TcpListener> {
    for _ in 0..200 {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(_) => sleep(Duration::from_millis(5)).await,
        }
    }
    TcpListener::bind(address).await
}

async fn serve(client: TcpStream, wires: Wires) {
    let mut cuts = wires.cuts.subscribe();
    cuts.mark_unchanged();
    let target = *wires.target.borrow();
    // A server that is away looks like one that resets the connection; that is what a NAT shows too.
    if let Ok(server) = TcpStream::connect(target).await {
        join(client, server, &wires, cuts).await;
    } else {
        reset(&client);
    }
    wires.counts.send_modify(|it| it.n_open -= 1);
}

async fn join(mut client: TcpStream, mut server: TcpStream, wires: &Wires, mut cuts: watch::Receiver<u64>) {
    // Small pieces are passed on at once. Failing that they are passed on a little later.
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let is_cut = {
        let (client_read, client_write) = client.split();
        let (server_read, server_write) = server.split();
        let up = pump(client_read, server_write, wires, true);
        let down = pump(server_read, client_write, wires, false);
        tokio::select! {
            ended = async { tokio::try_join!(up, down) } => ended.is_err_and(|it| it.kind() == io::ErrorKind::ConnectionReset),
            _ = cuts.changed() => true,
        }
    };
    if is_cut {
        reset(&client);
        reset(&server);
    }
}

/// Lets the drop that follows send a reset instead of a goodbye.
fn reset(stream: &TcpStream) {
    // If it fails, the stream is gone already.
    stream.set_zero_linger().ok();
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    wires: &Wires,
    is_up: bool,
) -> io::Result<()> {
    let mut mode = wires.mode.subscribe();
    let (mut is_lost, n_losses) = (false, *wires.losses.borrow());
    let mut n_passed = 0;
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let n_read = from.read(&mut bytes).await?;
        // The sender lives as long as we do, so that waiting cannot fail.
        mode.wait_for(|it| *it != Mode::Stall).await.ok();
        let now = *mode.borrow();
        let is_one_way = now == if is_up { Mode::SwallowUp } else { Mode::SwallowDown };
        is_lost |= now == Mode::Swallow || is_one_way || n_losses != *wires.losses.borrow();
        if is_lost {
            if n_read == 0 {
                // The other end must not learn of it.
                return std::future::pending().await;
            }
            continue;
        }
        if n_read == 0 {
            return to.shutdown().await;
        }
        let n_whole = if is_up { until_torn(now, n_passed, n_read) } else { n_read };
        write_as(now, &mut to, bytes.get(..n_whole).unwrap_or_default()).await?;
        n_passed += n_whole;
        wires.counts.send_modify(|it| *if is_up { &mut it.up_bytes } else { &mut it.down_bytes } += n_whole as u64);
        if n_whole < n_read {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
    }
}

/// How much of what was read passes before the connection breaks.
fn until_torn(mode: Mode, n_passed: usize, n_read: usize) -> usize {
    let Mode::Tear { after } = mode else { return n_read };
    after.saturating_sub(n_passed).min(n_read)
}

async fn write_as(mode: Mode, to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    match mode {
        Mode::Dribble { bytes: at_once, pause } => {
            for piece in bytes.chunks(at_once.max(1)) {
                to.write_all(piece).await?;
                sleep(pause).await;
            }
            return Ok(());
        }
        Mode::Delay(delay) => sleep(delay).await,
        Mode::Clear
        | Mode::Swallow
        | Mode::SwallowUp
        | Mode::SwallowDown
        | Mode::Stall
        | Mode::Refuse
        | Mode::Tear { .. } => (),
    }
    to.write_all(bytes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    /// A client and a server that are joined by a proxy.
    async fn scene() -> (Proxy, TcpStream, TcpStream, TcpListener) {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Proxy::start(server.local_addr().unwrap()).await.unwrap();
        let near = TcpStream::connect(proxy.address()).await.unwrap();
        let (far, _) = server.accept().await.unwrap();
        (proxy, near, far, server)
    }

    async fn passes(from: &mut TcpStream, to: &mut TcpStream, text: &str) -> io::Result<String> {
        from.write_all(text.as_bytes()).await?;
        let mut heard = vec![0; text.len()];
        to.read_exact(&mut heard).await?;
        Ok(String::from_utf8(heard).unwrap())
    }

    #[tokio::test]
    async fn passes_both_ways_and_counts() {
        let (proxy, mut near, mut far, _server) = scene().await;
        assert_eq!(passes(&mut near, &mut far, "up").await.unwrap(), "up");
        assert_eq!(passes(&mut far, &mut near, "down!").await.unwrap(), "down!");
        let wished = Counts { n_accepted: 1, n_open: 1, up_bytes: 2, down_bytes: 5 };
        proxy.until(SOON, |it| *it == wished).await.unwrap();
        drop(near);
        assert_eq!(far.read(&mut [0; 1]).await.unwrap(), 0);
        drop(far);
        proxy.until(SOON, |it| it.n_open == 0).await.unwrap();
    }

    #[tokio::test]
    async fn a_cut_resets_both_ends() {
        let (proxy, mut near, mut far, server) = scene().await;
        passes(&mut near, &mut far, "hello").await.unwrap();
        proxy.cut();
        for end in [&mut near, &mut far] {
            assert_eq!(end.read(&mut [0; 1]).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        }
        let mut near = TcpStream::connect(proxy.address()).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        passes(&mut near, &mut far, "again").await.unwrap();
    }

    #[tokio::test]
    async fn a_half_open_connection_stays_lost_and_a_new_one_is_clear() {
        let (proxy, mut near, mut far, server) = scene().await;
        proxy.set(Mode::Swallow).await.unwrap();
        near.write_all(b"lost").await.unwrap();
        far.write_all(b"lost").await.unwrap();
        let nothing = timeout(Duration::from_millis(50), async {
            tokio::select! { it = near.read_u8() => it, it = far.read_u8() => it }
        });
        assert!(nothing.await.is_err(), "something came through");
        proxy.set(Mode::Clear).await.unwrap();
        let mut other_near = TcpStream::connect(proxy.address()).await.unwrap();
        let (mut other_far, _) = server.accept().await.unwrap();
        near.write_all(b"lost").await.unwrap();
        assert_eq!(passes(&mut other_near, &mut other_far, "clear").await.unwrap(), "clear");
        assert_eq!(proxy.counts().up_bytes, 5);
    }

    #[tokio::test]
    async fn one_way_is_lost_and_the_other_is_not() {
        let (proxy, mut near, mut far, _server) = scene().await;
        proxy.set(Mode::SwallowUp).await.unwrap();
        near.write_all(b"lost").await.unwrap();
        assert_eq!(passes(&mut far, &mut near, "down").await.unwrap(), "down");
        proxy.set(Mode::Clear).await.unwrap();
        near.write_all(b"lost").await.unwrap();
        assert_eq!(passes(&mut far, &mut near, "again").await.unwrap(), "again");
        assert_eq!(proxy.counts().up_bytes, 0);
    }

    #[tokio::test]
    async fn a_connection_that_carried_nothing_meanwhile_is_lost_as_well() {
        let (proxy, mut near, mut far, _server) = scene().await;
        passes(&mut near, &mut far, "hello").await.unwrap();
        proxy.set(Mode::Swallow).await.unwrap();
        proxy.set(Mode::Clear).await.unwrap();
        near.write_all(b"lost").await.unwrap();
        far.write_all(b"lost").await.unwrap();
        let nothing = timeout(Duration::from_millis(50), async {
            tokio::select! { it = near.read_u8() => it, it = far.read_u8() => it }
        });
        assert!(nothing.await.is_err(), "something came through");
    }

    #[tokio::test]
    async fn what_is_stalled_or_dribbled_arrives_unharmed() {
        let (proxy, mut near, mut far, _server) = scene().await;
        proxy.set(Mode::Stall).await.unwrap();
        near.write_all(b"one").await.unwrap();
        proxy.set(Mode::Dribble { bytes: 1, pause: Duration::from_millis(1) }).await.unwrap();
        assert_eq!(passes(&mut near, &mut far, "two").await.unwrap(), "one");
        proxy.set(Mode::Delay(Duration::from_millis(1))).await.unwrap();
        assert_eq!(passes(&mut near, &mut far, "six").await.unwrap(), "two");
    }

    #[tokio::test]
    async fn torn_connection_passes_so_many_bytes_and_breaks() {
        let (proxy, mut near, mut far, _server) = scene().await;
        proxy.set(Mode::Tear { after: 4 }).await.unwrap();
        near.write_all(b"much too much").await.unwrap();
        let mut heard = [0; 4];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"much");
        assert_eq!(far.read(&mut heard).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn new_connections_are_refused_and_old_ones_go_on() {
        let (proxy, mut near, mut far, server) = scene().await;
        proxy.set(Mode::Refuse).await.unwrap();
        let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        passes(&mut near, &mut far, "still here").await.unwrap();
        proxy.set(Mode::Clear).await.unwrap();
        let mut near = TcpStream::connect(proxy.address()).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        passes(&mut near, &mut far, "back").await.unwrap();
    }
}
