//! What a change of the configuration means for accounts and rooms: what is different takes effect, everything else
//! goes on undisturbed.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{
    accounts::{self, Accounts},
    entity, facts,
    fleet::{self, News},
    router::Router,
};
use crate::{
    config::{self, Config},
    host::core::Host,
    xmpp::session::Order,
};

/// How long rooms may take to move away from an account that goes.
const FAREWELL: Duration = Duration::from_secs(5);

/// A configuration before and after a change.
type Changed = Box<(Config, Config)>;

/// Carries changes out.
pub(super) struct Changes {
    pub(super) host: Arc<Host>,
    pub(super) router: Arc<Router>,
    pub(super) news: mpsc::Sender<News>,
    pub(super) accounts: Arc<Accounts>,
}

/// Has the host tell of its changes; what it tells comes out of the channel.
pub(super) fn listen(host: &Host) -> mpsc::Receiver<Changed> {
    // 64 changes; whoever changes the configuration cannot wait. One that does not fit is told in the log, and takes
    // effect with the next: what is compared then is the configuration before and after that one.
    let (changed, changes) = mpsc::channel(64);
    host.on_config(Box::new(move |old, new| {
        if changed.try_send(Box::new((old.clone(), new.clone()))).is_err() {
            error!("too many changes at once: accounts and rooms follow with the next one");
        }
    }));
    changes
}

impl Changes {
    /// Runs until it is cancelled.
    pub(super) async fn run(self, mut changes: mpsc::Receiver<Changed>, cancel: CancellationToken) {
        loop {
            // Cancel-safe: what was not received stays in the channel.
            tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                changed = changes.recv() => match changed {
                    Some(changed) => self.carry_out(&changed.0, &changed.1).await,
                    None => return,
                },
            }
        }
    }

    /// Accounts that were given up are tried again, since whoever changes something has most likely put it right.
    async fn carry_out(&self, old: &Config, new: &Config) {
        let changes = config::differences(old, new);
        for change in &changes {
            info!("configuration: {change}");
        }
        let mut plan = accounts::plan(&changes);
        plan.start.extend(self.router.given_up().into_iter().filter(|it| new.accounts.contains_key(it)));
        self.accounts.end(&plan.start).await;
        self.accounts.start(&plan.start, new);
        self.router.limit(&new.accounts);
        let rooms = fleet::rooms_to_enter_anew(&changes);
        let (done, placed) = oneshot::channel();
        let news = News::Config { accounts: plan.start.into_iter().collect(), rooms, done };
        if self.news.send(news).await.is_err() {
            warn!("the fleet is gone: rooms are not placed anew");
        }
        // The rooms of a removed account move away before it goes. If that takes too long, they come back by themselves.
        drop(tokio::time::timeout(FAREWELL, placed).await);
        self.accounts.end(&plan.end).await;
        for account in &plan.end {
            self.router.remove(account);
            self.host.metrics.account_gone(account);
        }
        if facts(old) != facts(new) {
            self.router.all_hear(|| Order::Present(Box::new(entity(new)))).await;
        }
    }
}
