//! Builds the parts, owns every task, and shuts them down in order. Wiring only.

mod control;
mod fleet;
mod router;
mod watchers;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::{AccountId, Plugin, Text};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

pub use self::control::Wish;
use self::{
    fleet::{Keeper, News},
    router::Router,
};
use crate::{
    clock::Clock,
    config::{self, Config},
    control::{self as control_socket, ControlError},
    fleet::Fleet,
    host::{
        access::Access,
        core::{Host, Parts},
        live::Live,
    },
    i18n,
    metrics::Metrics,
    muc::Stays,
    outbox::Pace,
    store::{Store, StoreError},
    web::{self, WebError},
    xmpp::{
        connect::{self, Connector, Dialer, Login},
        entity::{Entity, EntityFacts, Picture},
        session::{Session, Setup},
    },
};

/// How long everything may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// A running bot.
pub struct Bot {
    /// What runs the plugins.
    pub host: Arc<Host>,
    router: Arc<Router>,
    news: mpsc::Sender<News>,
    sessions: TaskTracker,
    tasks: TaskTracker,
    end_sessions: CancellationToken,
    end_tasks: CancellationToken,
    dialer: Option<Dialer>,
}

impl Bot {
    /// Starts a bot with this configuration, store and list of plugins. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// If what is needed from the store cannot be read.
    pub async fn start(
        config: Config,
        store: Store,
        plugins: Vec<Arc<dyn Plugin>>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        Self::start_over(config, store, plugins, clock, None).await
    }

    /// The same, reaching servers by this way instead of TCP.
    ///
    /// # Errors
    /// As [`Bot::start`].
    pub async fn start_over(
        config: Config,
        store: Store,
        plugins: Vec<Arc<dyn Plugin>>,
        clock: Clock,
        dialer: Option<Dialer>,
    ) -> Result<Self, StoreError> {
        let (tasks, end_tasks) = (TaskTracker::new(), CancellationToken::new());
        let parts = Parts {
            plugins,
            access: Access::load(&store.state).await?,
            live: Live::new(config),
            store,
            clock,
            metrics: Metrics::default(),
            words: Box::new(i18n::words),
        };
        let host = Host::start(parts, &tasks, &end_tasks);
        let router = Arc::new(Router::default());
        host.connect(router.clone());
        // 1,024 words; a session that finds it full drops the word, and the fleet looks again every second.
        let (news, heard) = mpsc::channel(1024);
        let it = Self {
            host,
            router,
            news,
            sessions: TaskTracker::new(),
            tasks,
            end_sessions: CancellationToken::new(),
            end_tasks,
            dialer,
        };
        it.start_accounts();
        it.start_fleet(heard);
        Ok(it)
    }

    fn start_accounts(&self) {
        let config = self.host.live.config();
        for (id, account) in &config.accounts {
            self.start_account(id, account, &config);
        }
    }

    fn start_account(&self, id: &AccountId, account: &config::Account, config: &Config) {
        let jid = account.jid.to_bare();
        let connector = Connector::new(login(account)).over(self.dialer.clone());
        let (stream, statuses) = connector.start(&self.sessions, self.end_sessions.clone());
        let setup = Setup {
            account: id.clone(),
            jid: jid.clone(),
            entity: Entity::new(facts(config)),
            clock: self.host.clock,
            farewell: self.host.words.translate(&self.host.bot_language(), &Text::key("farewell")),
            pace: pace(account),
        };
        let watcher = watchers::Account { id: id.clone(), host: self.host.clone(), news: self.news.clone() };
        // 1,024 orders; whoever sends one waits, with a time-out of its own. The session never waits for them.
        let (orders, ordered) = mpsc::channel(1024);
        self.router.add(id.clone(), jid, account.max_rooms, orders);
        let session = Session::new(setup, stream, Box::new(watcher));
        self.sessions.spawn(session.run(ordered, statuses, self.end_sessions.clone()));
    }

    fn start_fleet(&self, heard: mpsc::Receiver<News>) {
        let keeper = Keeper {
            host: self.host.clone(),
            router: self.router.clone(),
            fleet: Fleet::default(),
            stays: Stays::default(),
            idle: BTreeMap::new(),
            given_up: BTreeMap::new(),
        };
        self.tasks.spawn(keeper.run(heard, self.end_tasks.clone()));
    }

    /// Opens the control socket in the data folder. What is wished there comes out of the channel.
    ///
    /// # Errors
    /// If the socket cannot be made, or another bot has it.
    pub fn open_control(&self) -> Result<mpsc::Receiver<Wish>, ControlError> {
        let data_dir = self.host.live.config().bot.data_dir.clone();
        let socket = control_socket::bind(&control_socket::socket_path(&data_dir))?;
        // 8 wishes; whoever asks at the socket waits.
        let (wishes, wished) = mpsc::channel(8);
        let actions = Arc::new(control::Actions { wishes, router: self.router.clone() });
        self.tasks.spawn(control_socket::serve(socket, self.host.clone(), actions, self.end_tasks.clone()));
        Ok(wished)
    }

    /// Opens the web listener, if the configuration names one.
    ///
    /// # Errors
    /// If the address is taken or not ours.
    pub async fn open_web(&self) -> Result<(), WebError> {
        let Some(listen) = self.host.live.config().web.as_ref().map(|it| it.listen) else { return Ok(()) };
        let listener = web::bind(listen).await?;
        info!(%listen, "pages, /health and /metrics are there");
        self.tasks.spawn(web::serve(listener, self.host.clone(), self.end_tasks.clone()));
        Ok(())
    }

    /// Replaces the configuration while running.
    pub async fn reconfigure(&self, config: Config) {
        let old = self.host.live.replace(config);
        let new = self.host.live.config();
        for change in config::differences(&old, &new) {
            info!("configuration: {change}");
        }
        if self.news.send(News::Config).await.is_err() {
            warn!("the fleet is gone: rooms are not placed anew");
        }
    }

    /// Leaves every room, writes everything down, and ends, within five seconds or so.
    pub async fn stop(self) {
        self.end_sessions.cancel();
        self.sessions.close();
        if tokio::time::timeout(FAREWELL, self.sessions.wait()).await.is_err() {
            warn!("not every account said goodbye in time");
        }
        self.end_tasks.cancel();
        self.tasks.close();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            warn!("not every task ended in time");
        }
        self.host.store.clone().close().await;
    }
}

fn pace(account: &config::Account) -> Pace {
    let words = (account.words_per_second.saturating_mul(2), account.words_per_second);
    Pace { words, ..Pace::default() }
}

fn login(account: &config::Account) -> Login {
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

fn facts(config: &Config) -> EntityFacts {
    let picture = config.bot.avatar.as_ref().and_then(|path| {
        let bytes = std::fs::read(path).map_err(|it| it.to_string());
        let picture = bytes.and_then(|it| Picture::new(it).map_err(str::to_owned));
        picture.inspect_err(|error| warn!(path = %path.display(), "the picture is not used: {error}")).ok()
    });
    EntityFacts {
        name: "domovoi".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        os: None,
        node: "urn:domovoi".to_owned(),
        zone: config.bot.timezone.as_str().to_owned(),
        status: config.bot.presence.clone(),
        picture,
    }
}
