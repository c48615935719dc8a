//! What the way alone costs: a line goes to a process that answers as many bytes as a moderation iq has, at once and
//! without a look at it. What the kernel takes on loopback, and waking up on both sides, is that much of `latency`.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
};

use anyhow::{Context as _, Result, ensure};
use tokio::time::{Duration, Instant, interval};

use crate::commands;

/// As long as the lines of `latency`, and the iqs that answer them.
const LINE: [u8; 650] = [b'x'; 650];
const ANSWER: [u8; 230] = [b'y'; 230];
/// As far apart as its lines.
const GAP: Duration = Duration::from_millis(5);
const N_LINES: usize = 400;

/// How long each way took, in milliseconds, sorted.
pub(crate) async fn millis(dir: &Path) -> Result<Vec<f64>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let own = std::env::current_exe()?;
    let own = own.to_str().context("a path in UTF-8")?;
    let _process = commands::spawn(own, &["as-mirror", &listener.local_addr()?.to_string()], dir)?;
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let (mut tick, mut bytes, mut all) = (interval(GAP), [0; 1024], Vec::new());
    for _ in 0..N_LINES {
        tick.tick().await;
        let began = Instant::now();
        stream.write_all(&LINE)?;
        let n_read = stream.read(&mut bytes)?;
        all.push(began.elapsed().as_secs_f64() * 1000.0);
        ensure!(n_read == ANSWER.len(), "an answer of {n_read} bytes");
    }
    all.sort_by(f64::total_cmp);
    Ok(all)
}

/// The other side.
pub(crate) fn mirror(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut bytes = [0; 1024];
    while 0 < stream.read(&mut bytes)? {
        stream.write_all(&ANSWER)?;
    }
    Ok(())
}
