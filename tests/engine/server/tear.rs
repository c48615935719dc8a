//! Connections that break at any byte.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, split};

/// How many bytes pass one way before the break; logging in takes several hundred.
const BYTES: std::ops::Range<usize> = 300..6_000;

/// Says when each connection breaks.
pub(super) struct Tear(StdRng);

impl Tear {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Joins two streams until one direction has had enough; what was passed on arrives.
    pub(super) fn relay(&mut self, near: DuplexStream, far: DuplexStream) -> impl Future<Output = ()> + use<> {
        let (n_up, n_down) = (self.0.random_range(BYTES), self.0.random_range(BYTES));
        async move {
            let ((near_read, near_write), (far_read, far_write)) = (split(near), split(far));
            tokio::select! {
                () = pass(near_read, far_write, n_up) => (),
                () = pass(far_read, near_write, n_down) => (),
            }
        }
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, n_bytes: usize) {
    let mut buffer = [0; 512];
    let mut left = n_bytes;
    while 0 < left {
        let most = left.min(buffer.len());
        match from.read(&mut buffer[..most]).await {
            Ok(n) if 0 < n && to.write_all(&buffer[..n]).await.is_ok() => left -= n,
            _ => return,
        }
    }
}
