//! Reads lines of bounded length, so that a wait for one can be given up without losing what came so far.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// A line may be this long, without its end.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A line, without its end.
    Line(Vec<u8>),
    /// More than a line may have. What follows cannot be told apart any more.
    TooLong,
    /// The other end hung up.
    End,
}

/// Lines of a stream.
#[derive(Debug)]
pub(super) struct Lines<R> {
    stream: BufReader<R>,
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream: BufReader::new(stream), line: Vec::new() }
    }

    /// The next line. Cancel-safe: what was read of a line stays here.
    pub(super) async fn next(&mut self) -> io::Result<Read> {
        loop {
            let bytes = self.stream.fill_buf().await?;
            if bytes.is_empty() {
                return Ok(Read::End);
            }
            let end = bytes.iter().position(|it| *it == b'\n');
            let part = end.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
            if MAX_LINE_BYTES < self.line.len() + part.len() {
                return Ok(Read::TooLong);
            }
            self.line.extend_from_slice(part);
            let n_used = part.len() + usize::from(end.is_some());
            self.stream.consume(n_used);
            if end.is_some() {
                return Ok(Read::Line(std::mem::take(&mut self.line)));
            }
        }
    }
}
