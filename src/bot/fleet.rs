//! The task that keeps rooms on accounts: hears how both are doing, asks the plan, and moves rooms.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{AccountId, Identity, RoomJid, jid::BareJid};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{router::Router, watchers::Watched};
use crate::{
    config::Change,
    fleet::{Fleet, Move},
    host::{core::Host, keeper, room::RoomHost},
    muc::{Plan, Pools, Spared, Stays, Trouble, trouble_text},
    store::{Batch, Tree},
    xmpp::{
        connect::Facts,
        session::{AccountNews, Order, RoomNews, RoomWatcher, Serve},
    },
};

/// What the fleet hears.
pub(super) enum News {
    /// How an account is doing.
    Account { account: AccountId, news: AccountNews },
    /// An account is logged in.
    Connected { account: AccountId, facts: Facts },
    /// How a room is doing.
    Room { account: AccountId, room: RoomJid, news: RoomNews },
    /// The configuration changed.
    Config {
        /// These accounts have new sessions, which serve nothing yet.
        accounts: Vec<AccountId>,
        /// These rooms are to be left and entered again.
        rooms: Vec<RoomJid>,
        /// Told when every room is where it should be.
        done: oneshot::Sender<()>,
    },
}

/// How long a session may take to let a room go.
const LET_GO: Duration = Duration::from_secs(5);

/// Keeps rooms on accounts.
pub(super) struct Keeper {
    pub(super) host: Arc<Host>,
    pub(super) router: Arc<Router>,
    pub(super) fleet: Fleet,
    pub(super) stays: Stays,
    pub(super) pools: Pools,
    /// What watched rooms that nobody serves at the moment.
    pub(super) idle: BTreeMap<RoomJid, Box<dyn RoomWatcher>>,
}

impl Keeper {
    /// Runs until it is cancelled.
    pub(super) async fn run(mut self, mut news: mpsc::Receiver<News>, cancel: CancellationToken) {
        let kept = kept(&self.host).await;
        self.configure(&kept);
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            // Cancel-safe: what was not received stays in the channel.
            tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                Some(news) = news.recv() => self.hear(news).await,
                _ = second.tick() => (),
            }
            self.place().await;
        }
    }

    /// Moves every room to where it should be.
    async fn place(&mut self) {
        for it in self.fleet.plan(self.host.clock.now()) {
            self.carry_out(it).await;
        }
    }

    fn configure(&mut self, kept: &BTreeMap<RoomJid, AccountId>) {
        let config = self.host.live.config();
        self.fleet.configure(&config, kept, self.host.clock.now());
    }

    async fn hear(&mut self, news: News) {
        let now = self.host.clock.now();
        match news {
            News::Account { account, news } => {
                match &news {
                    AccountNews::Online => self.fleet.online(&account, now),
                    AccountNews::Connecting => self.fleet.offline(&account, now),
                    AccountNews::Offline { why } => {
                        info!(%account, "offline: {why}");
                        self.fleet.offline(&account, now);
                    }
                    AccountNews::Final { why } => {
                        error!(%account, "given up: {why}");
                        self.host.notice_account(&account, why);
                        self.fleet.is_final(&account);
                    }
                }
                let is_online = news == AccountNews::Online;
                self.router.note(&account, news);
                if is_online {
                    self.host.deliver_soon();
                    self.host.came_online();
                }
            }
            News::Connected { account, facts } => self.router.connected(&account, facts),
            News::Room { account, room, news } => match news {
                RoomNews::Joined => (),
                RoomNews::Lost(Trouble::TooMany) | RoomNews::Stopped(Trouble::TooMany) => {
                    self.fleet.refused(&room, &account, now);
                }
                RoomNews::Lost(trouble) => info!(%account, room.jid = %room, "lost: {trouble}"),
                // The session has said it to the log.
                RoomNews::Stopped(trouble) => self.host.notice_room(&room, trouble_text(&trouble)),
            },
            News::Config { accounts, rooms, done } => {
                self.on_config(&accounts, rooms).await;
                // Whoever asked may have lost patience.
                done.send(()).ok();
            }
        }
    }

    async fn on_config(&mut self, accounts: &[AccountId], rooms: Vec<RoomJid>) {
        let now = self.host.clock.now();
        let kept = self.fleet.homes().map(|(room, id)| (room.clone(), id.clone())).collect();
        self.configure(&kept);
        for account in accounts {
            self.fleet.begins_anew(account, now);
        }
        let spared = spared(&self.host);
        self.router.all_hear(|| Order::Spare(spared.clone())).await;
        self.place().await;
        for room in rooms {
            if let Some(again) = self.fleet.again(&room) {
                self.carry_out(again).await;
            }
        }
    }

    async fn carry_out(&mut self, it: Move) {
        let Move { room, from, to, .. } = it;
        self.router.place(&room, to.as_ref());
        let mut watcher = match from.as_ref().and_then(|it| self.router.orders(it)) {
            Some(orders) => release(&orders, &room).await,
            None => None,
        };
        watcher = watcher.or_else(|| self.idle.remove(&room));
        let Some(to) = to else {
            info!(room.jid = %room, "served by nobody");
            self.idle.extend(watcher.map(|it| (room.clone(), it)));
            if !self.host.live.config().rooms.contains_key(&room) {
                self.idle.remove(&room);
            }
            return;
        };
        info!(room.jid = %room, account = %to, "served by this account");
        let home = self.fleet.homes().find(|(it, _)| **it == room).map(|(_, id)| id.clone());
        keep_home(&self.host, &room, home).await;
        let watcher = match watcher {
            Some(watcher) => watcher,
            None => open(&self.host, &room).await,
        };
        self.serve(&room, &to, watcher).await;
    }

    async fn serve(&mut self, room: &RoomJid, account: &AccountId, watcher: Box<dyn RoomWatcher>) {
        let config = self.host.live.config();
        let parts = (config.rooms.get(room), config.accounts.get(account), self.router.orders(account));
        let (Some(wish), Some(settings), Some(orders)) = parts else {
            self.idle.insert(room.clone(), watcher);
            return;
        };
        let plan = Plan {
            room: room.clone(),
            nick: wish.nick.clone(),
            password: wish.password.as_ref().map(|it| it.reveal().to_owned()),
            create: wish.create,
            account: settings.jid.to_bare(),
            spared: spared(&self.host),
            stays: self.stays.clone(),
            pools: self.pools.clone(),
        };
        let serve = Serve { plan, watcher, seed: rand::random() };
        if orders.send(Order::Serve(Box::new(serve))).await.is_err() {
            warn!(room.jid = %room, %account, "the session of the account is gone");
        }
    }
}

/// Where rooms were before the restart.
async fn kept(host: &Host) -> BTreeMap<RoomJid, AccountId> {
    let pairs = match host.store.state.scan(Tree::Rooms, b"home\0".to_vec(), 100_000).await {
        Ok(pairs) => pairs,
        Err(error) => {
            warn!(%error, "where rooms were before is not known; they are placed anew");
            return BTreeMap::new();
        }
    };
    let read = |(key, value): (Vec<u8>, Vec<u8>)| {
        let room = String::from_utf8(key).ok()?.strip_prefix("home\0")?.parse().ok()?;
        Some((room, AccountId::new(&String::from_utf8(value).ok()?).ok()?))
    };
    pairs.into_iter().filter_map(read).collect()
}

async fn keep_home(host: &Host, room: &RoomJid, home: Option<AccountId>) {
    let Some(home) = home.map(String::from) else { return };
    let batch = Batch::new().put(Tree::Rooms, format!("home\0{room}"), home.into_bytes());
    if let Err(error) = host.store.state.commit(batch).await {
        warn!(room.jid = %room, %error, "where the room belongs was not written down");
    }
}

async fn open(host: &Arc<Host>, room: &RoomJid) -> Box<dyn RoomWatcher> {
    // What the room's last session handed over may still be on its way to the disk.
    host.keeper.written().await;
    let saved = match keeper::load(&host.store, room, host.clock.now()).await {
        Ok(saved) => saved,
        Err(error) => {
            error!(room.jid = %room, %error, "what was kept of the room cannot be read; it starts afresh");
            crate::host::room::Saved::default()
        }
    };
    Box::new(Watched(RoomHost::new(host.clone(), room.clone(), saved)))
}

async fn release(orders: &mpsc::Sender<Order>, room: &RoomJid) -> Option<Box<dyn RoomWatcher>> {
    let (reply, answer) = oneshot::channel();
    let order = Order::Release { room: room.clone(), status: None, reply };
    let all = async {
        orders.send(order).await.ok()?;
        answer.await.ok().flatten()
    };
    tokio::time::timeout(LET_GO, all).await.ok().flatten()
}

/// Rooms that have to be left and entered again, because what changed is said at the door.
pub(super) fn rooms_to_enter_anew(changes: &[Change]) -> Vec<RoomJid> {
    let is_said = |keys: &BTreeSet<&str>| ["nick", "password", "create"].iter().any(|it| keys.contains(it));
    let anew = |change: &Change| match change {
        Change::RoomChanged { room, keys } if is_said(keys) => Some(room.clone()),
        Change::RoomChanged { .. }
        | Change::NeedsRestart(_)
        | Change::Key(_)
        | Change::AccountAdded(_)
        | Change::AccountRemoved(_)
        | Change::AccountChanged { .. }
        | Change::RoomAdded(_)
        | Change::RoomRemoved(_)
        | Change::PluginChanged(_) => None,
    };
    changes.iter().filter_map(anew).collect()
}

/// Whom no automatic act may touch: our accounts and the bot's owners.
pub(super) fn spared(host: &Host) -> Arc<Spared> {
    let config = host.live.config();
    let accounts = config.accounts.values().map(|it| it.jid.to_bare());
    let all: Vec<BareJid> = accounts.chain(config.bot.owners.iter().cloned()).collect();
    Arc::new(Spared::new(all.into_iter().map(Identity::Jid)))
}
