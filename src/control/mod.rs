//! The socket by which the verbs of the command line, and whoever watches, talk to a running bot.
//!
//! It is `control.sock` in the data folder, for its owner only, and speaks one JSON object a line in both directions.
//! A request is `{"do": …}`; its answer is `{"ok": true, …}` or `{"ok": false, "error": …}`. Lines and connections are
//! bounded and every wait has an end, so that nobody at the socket can hold up the bot.
//!
//! [`bind`] makes the socket, [`serve`] answers on it, [`ask`] is the other end. What the bot as a whole must do
//! (read its configuration again, stop) is behind [`ControlActions`].

mod answer;
mod bind;
mod client;
pub mod doctor;
mod lines;
mod serve;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use async_trait::async_trait;

pub use self::{
    bind::{ControlError, Socket, bind},
    client::{AskError, ask},
    serve::serve,
};

/// The socket's name in the data folder.
const SOCKET: &str = "control.sock";

/// Where the socket of a bot with this data folder is.
#[must_use]
pub fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join(SOCKET)
}

/// What the bot as a whole does at the request of someone at the socket.
#[async_trait]
pub trait ControlActions: Send + Sync {
    /// Reads the configuration again, as SIGHUP does.
    ///
    /// # Errors
    /// What is wrong with it, one mistake a line; then nothing has changed.
    async fn reload(&self) -> Result<(), Vec<String>>;

    /// Begins a graceful stop, without waiting for its end.
    fn stop(&self);

    /// How the accounts' connections stand.
    async fn connections(&self) -> Vec<doctor::Connection>;
}
