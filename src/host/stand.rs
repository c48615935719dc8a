//! A host on a stand, for the tests of those who look at a running bot: a real store in a folder of its own, no
//! plugins, and an outlet whose accounts and rooms are what the test says.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domovoi_plugin::{
    ActError, Affiliation, ListEntry, Outcome, Plugin, Question, Reply, RoomJid, ServiceError, Snapshot,
    jid::{BareJid, Jid},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    access::Access,
    core::{Host, Parts},
    live::Live,
    outlet::{AccountState, Errand, Outlet, RoomState},
    secrets::Secrets,
};
use crate::{
    clock::Clock,
    config::{Surroundings, load_text},
    metrics::Metrics,
    store::{Store, StoreOptions},
};

/// A running host and what keeps it so.
pub(crate) struct Stand {
    /// The host.
    pub(crate) host: Arc<Host>,
    /// What its outlet says.
    pub(crate) said: Arc<Said>,
    /// The data folder.
    pub(crate) folder: tempfile::TempDir,
    /// Ends the host's tasks.
    pub(crate) cancel: CancellationToken,
}

/// An outlet that says what it was told to.
#[derive(Default)]
pub(crate) struct Said {
    /// The accounts.
    pub(crate) accounts: Mutex<Vec<AccountState>>,
    /// The rooms.
    pub(crate) rooms: Mutex<Vec<RoomState>>,
    /// What is in every room.
    pub(crate) snapshot: Mutex<Option<Snapshot>>,
}

const ACCOUNT: &str = "[accounts.main]\njid = \"domovoi@example.org\"\npassword = \"p\"\n";

impl Stand {
    /// A host with these plugins, one account, and what the text adds to its configuration.
    pub(crate) fn new(plugins: Vec<Arc<dyn Plugin>>, config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let around = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
        let file: &Path = &folder.path().join("domovoi.toml");
        let loaded = load_text(file, &format!("{ACCOUNT}{config}"), around, &[]).unwrap();
        let (store, _) = Store::open(&loaded.config.bot.data_dir, StoreOptions::default()).unwrap();
        let cancel = CancellationToken::new();
        let parts = Parts {
            plugins,
            live: Live::new(loaded.config),
            store,
            clock: Clock::System,
            metrics: Metrics::default(),
            access: Access::default(),
            secrets: Secrets::default(),
            words: Box::new(crate::i18n::words),
        };
        let host = Host::start(parts, &TaskTracker::new(), &cancel);
        let said = Arc::new(Said::default());
        host.connect(said.clone());
        Self { host, said, folder, cancel }
    }

    /// Says how the one account is.
    pub(crate) fn account(&self, is_online: bool, state: &str) {
        let jid = "domovoi@example.org".to_owned();
        let account = AccountState {
            account: "main".to_owned(),
            jid,
            state: state.to_owned(),
            is_online,
            n_rooms: 0,
            max_rooms: 100,
        };
        *self.said.accounts.lock().unwrap() = vec![account];
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

#[async_trait]
impl Outlet for Said {
    async fn act(&self, _: Errand) -> Result<Outcome, ActError> {
        Err(ActError::NotInRoom)
    }

    async fn snapshot(&self, _: &RoomJid) -> Option<Snapshot> {
        self.snapshot.lock().unwrap().clone()
    }

    async fn list(&self, _: &RoomJid, _: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        Err(ActError::NotInRoom)
    }

    async fn ask(&self, _: Option<&RoomJid>, _: &Jid, _: Question) -> Result<Reply, ServiceError> {
        Err(ServiceError::Refused("nobody is there".to_owned()))
    }

    async fn direct(&self, _: Option<&RoomJid>, _: &BareJid, _: String) -> bool {
        false
    }

    async fn lifted(&self, _: &RoomJid, _: &BareJid) {}

    async fn rejoin(&self, _room: &RoomJid) {}

    async fn accounts(&self) -> Vec<AccountState> {
        self.accounts.lock().unwrap().clone()
    }

    async fn rooms(&self) -> Vec<RoomState> {
        self.rooms.lock().unwrap().clone()
    }
}
