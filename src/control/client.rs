//! The other end of the socket, for verbs: one request, one answer. Blocks.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use super::socket_path;

/// An answer may be this long: a report about a thousand rooms fits.
const MAX_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// Why a running bot gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The socket is there, but cannot be used.
    #[error("cannot talk to the running bot at {}: {source}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
    /// It hung up, or its answer is no answer.
    #[error("the running bot at {} gave no answer that can be understood", path.display())]
    Garbled {
        /// The socket.
        path: PathBuf,
    },
    /// It refused.
    #[error("the running bot says: {0}")]
    Refused(String),
}

/// Asks the bot that runs on this data folder, and waits at most `patience` for the answer. `None`: no bot is running.
///
/// # Errors
/// If there is a bot, but no good answer from it.
pub fn ask(data_dir: &Path, request: &Value, patience: Duration) -> Result<Option<Value>, AskError> {
    let path = socket_path(data_dir);
    let stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => {
            return Ok(None);
        }
        Err(source) => return Err(AskError::Io { path, source }),
    };
    let answer = exchange(stream, request, patience).map_err(|source| AskError::Io { path: path.clone(), source })?;
    let Ok(answer) = serde_json::from_slice::<Value>(&answer) else { return Err(AskError::Garbled { path }) };
    if answer.get("ok") == Some(&Value::Bool(true)) {
        return Ok(Some(answer));
    }
    let why = answer.get("error").and_then(Value::as_str).map(str::to_owned);
    Err(why.map_or(AskError::Garbled { path }, AskError::Refused))
}

fn exchange(mut stream: UnixStream, request: &Value, patience: Duration) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    // A bot that has too many callers says so and hangs up at once; its reason is still to be read.
    if let Err(error) = stream.write_all(format!("{request}\n").as_bytes())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(error);
    }
    let mut line = Vec::new();
    BufReader::new(stream.take(MAX_ANSWER_BYTES)).read_until(b'\n', &mut line)?;
    Ok(line)
}
