//! What each request is answered.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domovoi_plugin::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::broadcast, time::timeout};

use super::{ControlActions, doctor, serve::failure};
use crate::{
    host::{
        core::Host,
        outlet::{AccountState, RoomState},
    },
    store::{backup, chain},
};

/// How long the rooms may take to say how they are.
const ROOMS_PATIENCE: Duration = Duration::from_secs(2);

/// A request.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    /// How the bot is.
    Status {},
    /// What it sees and does, from now on.
    Watch {},
    /// What accounts, servers and rooms can do.
    Doctor {},
    /// Copies the store.
    Backup {
        /// The folder to write, an absolute path; a new one in the data folder if absent.
        #[serde(default)]
        dest: Option<PathBuf>,
    },
    /// Reads the configuration again.
    Reload {},
    /// Stops the bot.
    Stop {},
}

/// What comes of a request.
pub(super) enum Answered {
    /// An answer.
    Value(Value),
    /// A yes, and then a line for each thing that happens.
    Watch(broadcast::Receiver<Arc<str>>),
    /// A yes, and then the end.
    Stop,
}

/// Answers requests.
pub(super) struct Desk {
    host: Arc<Host>,
    actions: Arc<dyn ControlActions>,
    since: Timestamp,
}

impl Desk {
    pub(super) fn new(host: Arc<Host>, actions: Arc<dyn ControlActions>) -> Self {
        let since = host.clock.now();
        Self { host, actions, since }
    }

    pub(super) async fn answer(&self, line: &[u8]) -> Answered {
        let request = match serde_json::from_slice(line) {
            Ok(request) => request,
            Err(error) => return Answered::Value(failure(&format!("this is no request: {error}"))),
        };
        Answered::Value(match request {
            Request::Status {} => self.status().await,
            Request::Watch {} => return Answered::Watch(self.host.feed.watch()),
            Request::Doctor {} => self.doctor().await,
            Request::Backup { dest } => self.backup(dest).await,
            Request::Reload {} => self.reload().await,
            Request::Stop {} => return Answered::Stop,
        })
    }

    pub(super) fn stop(&self) {
        tracing::info!("somebody at the control socket stops the bot");
        self.actions.stop();
    }

    async fn status(&self) -> Value {
        let (accounts, rooms) = self.accounts_and_rooms().await;
        json!({
            "ok": true,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "uptime_s": self.host.clock.now().since(self.since).as_secs(),
            "accounts": accounts,
            "rooms": rooms,
            "store": self.store(),
            "faults": self.host.faults.count(),
        })
    }

    /// Empty where the sessions do not answer in time: that is to be seen too.
    async fn accounts_and_rooms(&self) -> (Vec<AccountState>, Vec<RoomState>) {
        let Some(outlet) = self.host.outlet() else { return (Vec::new(), Vec::new()) };
        let both = async { tokio::join!(outlet.accounts(), outlet.rooms()) };
        timeout(ROOMS_PATIENCE, both).await.unwrap_or_default()
    }

    fn store(&self) -> Value {
        let state = self.host.store.state.health().borrow().clone();
        let records = self.host.store.records.health().borrow().clone();
        json!({
            "writable": state.writable && records.writable,
            "state": {
                "writable": state.writable,
                "pending": state.pending,
                "dropped": state.dropped,
                "commits": state.commits,
                "error": state.last_error,
            },
            "records": {
                "writable": records.writable,
                "queued": self.host.store.records.n_queued(),
                "written": records.written,
                "dropped": records.dropped,
                "gaps": records.gaps,
                "packed": records.packed,
                "error": records.last_error,
            },
        })
    }

    async fn doctor(&self) -> Value {
        let (accounts, rooms) = self.accounts_and_rooms().await;
        let connections = self.actions.connections().await;
        let report = doctor::of_running(&self.host, accounts, rooms, connections).await;
        json!({"ok": true, "report": report})
    }

    async fn backup(&self, dest: Option<PathBuf>) -> Value {
        let now = self.host.clock.now();
        if dest.as_ref().is_some_and(|it| !it.is_absolute()) {
            return failure("the destination must be an absolute path");
        }
        let dest = dest.unwrap_or_else(|| backup::default_dest(&self.host.live.config().bot.data_dir, now));
        match backup::create(&self.host.store, &dest, now).await {
            Ok(report) => json!({"ok": true, "report": report}),
            Err(error) => failure(&chain(&error)),
        }
    }

    async fn reload(&self) -> Value {
        match self.actions.reload().await {
            Ok(()) => json!({"ok": true}),
            Err(mistakes) => json!({"ok": false, "error": mistakes.join("; "), "mistakes": mistakes}),
        }
    }
}
