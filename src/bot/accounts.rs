//! The sessions of accounts, each of which can be ended and started anew without the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{AccountId, Text};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use super::{fleet::News, invites::Invited, router::Router, watchers};
use crate::{
    config::{self, Change, Config},
    host::core::Host,
    outbox::Pace,
    xmpp::{
        connect::{self, Connector, Dialer, Login},
        entity::Entity,
        session::{Session, Setup},
    },
};

/// How long sessions may take to leave their rooms and to close their streams.
const FAREWELL: Duration = Duration::from_secs(5);
/// What of an account cannot change under a running session.
const LOGIN: [&str; 5] = ["jid", "password", "address", "tls", "ca_file"];

/// The sessions.
pub(super) struct Accounts {
    host: Arc<Host>,
    router: Arc<Router>,
    news: mpsc::Sender<News>,
    invites: mpsc::Sender<Invited>,
    /// How servers are reached, if not by TCP.
    dialer: Option<Dialer>,
    running: Mutex<BTreeMap<AccountId, Running>>,
}

/// One session with its connector.
struct Running {
    tasks: TaskTracker,
    end: CancellationToken,
}

impl Accounts {
    pub(super) fn new(
        host: Arc<Host>,
        router: Arc<Router>,
        (news, invites): (mpsc::Sender<News>, mpsc::Sender<Invited>),
        dialer: Option<Dialer>,
    ) -> Self {
        Self { host, router, news, invites, dialer, running: Mutex::default() }
    }

    /// Starts the sessions of these accounts.
    pub(super) fn start<'a>(&self, ids: impl IntoIterator<Item = &'a AccountId>, config: &Config, entity: &Entity) {
        for id in ids {
            if let Some(account) = config.accounts.get(id) {
                let running = self.start_one(id, account, entity.clone());
                self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), running);
            }
        }
    }

    fn start_one(&self, id: &AccountId, account: &config::Account, entity: Entity) -> Running {
        let running = Running { tasks: TaskTracker::new(), end: CancellationToken::new() };
        let jid = account.jid.to_bare();
        let connector = Connector::new(login(account)).over(self.dialer.clone());
        let (stream, statuses) = connector.start(&running.tasks, running.end.clone());
        let setup = Setup {
            account: id.clone(),
            jid: jid.clone(),
            entity,
            clock: self.host.clock,
            farewell: self.host.words.translate(&self.host.bot_language(), &Text::key("farewell")),
            pace: pace(account),
            ca_file: account.ca_file.clone(),
        };
        let (news, invites) = (self.news.clone(), self.invites.clone());
        let (host, router) = (self.host.clone(), self.router.clone());
        let watcher = watchers::Account { id: id.clone(), host, router, news, invites };
        // 1,024 orders; whoever sends one waits, with a time-out of its own. The session never waits for them.
        let (orders, ordered) = mpsc::channel(1024);
        self.router.add(id.clone(), jid, account.max_rooms, orders);
        let session = Session::new(setup, stream, Box::new(watcher));
        running.tasks.spawn(session.run(ordered, statuses, running.end.clone()));
        running
    }

    /// Ends the sessions of these accounts: they leave their rooms and close their streams.
    pub(super) async fn end<'a>(&self, ids: impl IntoIterator<Item = &'a AccountId>) {
        let ended: Vec<Running> = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            ids.into_iter().filter_map(|id| running.remove(id)).collect()
        };
        for it in &ended {
            it.end.cancel();
            it.tasks.close();
        }
        let all = async {
            for it in &ended {
                it.tasks.wait().await;
            }
        };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            warn!("not every account said goodbye in time");
        }
    }

    /// Ends all sessions.
    pub(super) async fn end_all(&self) {
        let ids: Vec<AccountId> = self.running.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        self.end(&ids).await;
    }
}

/// What is to be done with accounts after a change of the configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// To be started, after they were ended if they run.
    pub(super) start: BTreeSet<AccountId>,
    /// To be ended.
    pub(super) end: BTreeSet<AccountId>,
}

/// Reads it off the changes.
pub(super) fn plan(changes: &[Change]) -> Plan {
    let mut plan = Plan::default();
    for change in changes {
        match change {
            Change::AccountAdded(account) => drop(plan.start.insert(account.clone())),
            Change::AccountRemoved(account) => drop(plan.end.insert(account.clone())),
            Change::AccountChanged { account, keys } if LOGIN.iter().any(|it| keys.contains(it)) => {
                plan.start.insert(account.clone());
            }
            Change::AccountChanged { .. }
            | Change::NeedsRestart(_)
            | Change::Key(_)
            | Change::RoomAdded(_)
            | Change::RoomRemoved(_)
            | Change::RoomChanged { .. }
            | Change::PluginChanged(_) => (),
        }
    }
    plan
}

fn pace(account: &config::Account) -> Pace {
    let words = (account.words_per_second.saturating_mul(2), account.words_per_second);
    Pace { words, ..Pace::default() }
}

/// What it takes to log in to an account of the configuration.
pub(crate) fn login(account: &config::Account) -> Login {
    Login {
        jid: account.jid.clone(),
        password: connect::Password::new(account.password.reveal().to_owned()),
        address: account.address.as_ref().map(|it| connect::Address { host: it.host.clone(), port: it.port }),
        tls: match account.tls {
            config::Tls::StartTls => connect::Tls::StartTls,
            config::Tls::Direct => connect::Tls::Direct,
            config::Tls::None => connect::Tls::None,
        },
        ca_file: account.ca_file.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    #[test]
    fn only_what_is_said_at_the_login_restarts_a_session() {
        let changed = |name: &str, keys: &[&'static str]| Change::AccountChanged {
            account: id(name),
            keys: keys.iter().copied().collect(),
        };
        let changes = [
            Change::AccountAdded(id("new")),
            Change::AccountRemoved(id("gone")),
            changed("password", &["max_rooms", "password"]),
            changed("limit", &["max_rooms", "standby"]),
        ];
        let expected = Plan { start: [id("new"), id("password")].into(), end: [id("gone")].into() };
        assert_eq!(plan(&changes), expected);
    }
}
