//! What a change of the configuration means for accounts and rooms: what is different takes effect, everything else
//! goes on undisturbed.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::AccountId;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    accounts::{self, Accounts},
    facts,
    fleet::{self, News},
    router::Router,
};
use crate::{
    config::{self, Change, Config},
    host::core::Host,
    xmpp::{
        entity::{Entity, EntityFacts},
        session::Order,
    },
};

/// How long rooms may take to move away from an account that goes.
const FAREWELL: Duration = Duration::from_secs(5);

/// Carries changes out.
pub(super) struct Changes {
    pub(super) host: Arc<Host>,
    pub(super) router: Arc<Router>,
    pub(super) news: mpsc::Sender<News>,
    pub(super) accounts: Arc<Accounts>,
    /// What accounts and rooms follow.
    pub(super) applied: Arc<Config>,
    /// What the sessions tell of us.
    pub(super) facts: EntityFacts,
}

/// Has the host tell of its changes. Only how often the file was read again comes out: what is different is seen by
/// comparing with what was applied last, so that nothing is lost however many changes come at once.
pub(super) fn listen(host: &Host) -> watch::Receiver<u64> {
    let (told, n_reloads) = watch::channel(0);
    host.on_config(Box::new(move |it| told.send_modify(|n| *n += u64::from(it.is_reload))));
    n_reloads
}

impl Changes {
    /// Runs until it is cancelled.
    pub(super) async fn run(mut self, mut n_reloads: watch::Receiver<u64>, cancel: CancellationToken) {
        let mut last = 0;
        loop {
            // Cancel-safe: what was not seen stays unseen.
            tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                seen = n_reloads.changed() => if seen.is_err() {
                    return;
                },
            }
            let n = *n_reloads.borrow_and_update();
            self.carry_out(n != last).await;
            last = n;
        }
    }

    async fn carry_out(&mut self, is_reload: bool) {
        let new = self.host.live.config();
        let old = std::mem::replace(&mut self.applied, new.clone());
        let new = &*new;
        let changes = config::differences(&old, new);
        for change in &changes {
            info!("configuration: {change}");
        }
        let picture = match is_reload || old.bot.avatar != new.bot.avatar {
            true => super::picture(new).await,
            false => self.facts.picture.clone(),
        };
        let facts = facts(new, picture);
        let mut plan = accounts::plan(&changes);
        plan.start.extend(again(self.router.given_up(), &changes, new, is_reload));
        self.accounts.end(&plan.start).await;
        self.accounts.start(&plan.start, new, &Entity::new(facts.clone()));
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
        if self.facts != facts {
            self.router.all_hear(|| Order::Present(Box::new(Entity::new(facts.clone())))).await;
            self.facts = facts;
        }
    }
}

/// Accounts that were given up are tried again if something was done about them: the file was read again, or one of their
/// own keys changed. Anything else, such as the language of a room, is no reason to have a server refuse us once more.
fn again<'a>(
    given_up: Vec<AccountId>,
    changes: &'a [Change],
    new: &'a Config,
    is_reload: bool,
) -> impl Iterator<Item = AccountId> + use<'a> {
    let is_touched =
        |id: &AccountId| changes.iter().any(|it| matches!(it, Change::AccountChanged { account, .. } if account == id));
    given_up.into_iter().filter(move |id| new.accounts.contains_key(id) && (is_reload || is_touched(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::KeyPath,
        host::{overlay::Change as Edit, testing::Scene},
    };

    #[tokio::test]
    async fn a_given_up_account_is_tried_again_only_for_a_reason() {
        let it = Scene::new().await;
        let config = it.host.live.config();
        let id = |name: &str| AccountId::new(name).unwrap();
        let tried = |changes: &[Change], is_reload| {
            again(vec![id("main"), id("gone")], changes, &config, is_reload).collect::<Vec<_>>()
        };
        let language = Change::Key("bot.language".parse().unwrap());
        let touched = |name: &str| Change::AccountChanged { account: id(name), keys: ["max_rooms"].into() };
        assert_eq!(tried(std::slice::from_ref(&language), false), []);
        assert_eq!(tried(&[touched("other"), touched("gone")], false), []);
        assert_eq!(tried(&[language, touched("main")], false), [id("main")]);
        assert_eq!(tried(&[], true), [id("main")]);
    }

    #[tokio::test]
    async fn nothing_is_lost_however_many_changes_come_at_once() {
        let it = Scene::new().await;
        let n_reloads = listen(&it.host);
        let applied = it.host.live.config();
        for n in 0..100 {
            let key: KeyPath = if n == 0 { "bot.presence" } else { "bot.prefix" }.parse().unwrap();
            it.host.change(vec![Edit::set(key, if n % 2 == 0 { "?" } else { "!" })], "test").await.unwrap();
        }
        assert!(n_reloads.has_changed().unwrap());
        assert_eq!(*n_reloads.borrow(), 0, "nobody read the file");
        it.host.reload().await.unwrap();
        assert_eq!(*n_reloads.borrow(), 1);
        let changes = config::differences(&applied, &it.host.live.config());
        assert!(changes.iter().any(|it| it.to_string().contains("presence")), "{changes:?}");
    }
}
