//! Builds the parts, owns every task, and shuts them down in order. Wiring only.

mod accounts;
mod changes;
mod chats;
mod control;
mod fleet;
mod invites;
mod router;
mod watchers;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::Plugin;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

pub(crate) use self::accounts::login;
pub use self::control::Wish;
pub(crate) use self::router::connection;
use self::{
    accounts::Accounts,
    changes::Changes,
    fleet::{Keeper, News},
    router::Router,
};
use crate::{
    clock::Clock,
    config::Config,
    control::{self as control_socket, ControlError},
    fleet::Fleet,
    host::{
        access::Access,
        core::{Host, Parts},
        live::Live,
        secrets::Secrets,
        watching,
    },
    i18n,
    metrics::Metrics,
    muc::{Pools, Stays},
    store::{Store, StoreError},
    web::{self, WebError},
    xmpp::{
        connect::Dialer,
        entity::{Entity, EntityFacts, Picture},
    },
};

/// How long everything may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// A running bot.
pub struct Bot {
    /// What runs the plugins.
    pub host: Arc<Host>,
    router: Arc<Router>,
    accounts: Arc<Accounts>,
    tasks: TaskTracker,
    end_tasks: CancellationToken,
}

impl Bot {
    /// Starts a bot with this configuration (which says what changes by chat may be laid over), store and list of plugins. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// If what is needed from the store cannot be read.
    pub async fn start(
        live: Live,
        store: Store,
        plugins: Vec<Arc<dyn Plugin>>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        Self::start_over(live, store, plugins, clock, None).await
    }

    /// The same, reaching servers by this way instead of TCP.
    ///
    /// # Errors
    /// As [`Bot::start`].
    pub async fn start_over(
        live: Live,
        store: Store,
        plugins: Vec<Arc<dyn Plugin>>,
        clock: Clock,
        dialer: Option<Dialer>,
    ) -> Result<Self, StoreError> {
        let (tasks, end_tasks) = (TaskTracker::new(), CancellationToken::new());
        let parts = Parts {
            plugins,
            access: Access::load(&store.state).await?,
            secrets: Secrets::load(&store.state).await?,
            live,
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
        let (invites, invited) = invites::channel();
        tasks.spawn(invites::run(host.clone(), invited, end_tasks.clone()));
        let accounts = Arc::new(Accounts::new(host.clone(), router.clone(), (news.clone(), invites), dialer));
        let changed = changes::listen(&host);
        let config = host.live.config();
        let facts = facts(&config, picture(&config).await);
        accounts.start(config.accounts.keys(), &config, &Entity::new(facts.clone()));
        let (router_too, accounts_too) = (router.clone(), accounts.clone());
        let changes =
            Changes { host: host.clone(), router: router_too, news, accounts: accounts_too, applied: config, facts };
        tasks.spawn(changes.run(changed, end_tasks.clone()));
        tasks.spawn(watching::run(host.clone(), end_tasks.clone()));
        let it = Self { host, router, accounts, tasks, end_tasks };
        it.start_fleet(heard);
        Ok(it)
    }

    fn start_fleet(&self, heard: mpsc::Receiver<News>) {
        let keeper = Keeper {
            host: self.host.clone(),
            router: self.router.clone(),
            fleet: Fleet::default(),
            stays: Stays::default(),
            pools: Pools::default(),
            idle: BTreeMap::new(),
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

    /// Leaves every room, writes everything down, and ends, within five seconds or so.
    pub async fn stop(self) {
        self.accounts.end_all().await;
        self.end_tasks.cancel();
        self.tasks.close();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            warn!("not every task ended in time");
        }
        self.host.store.clone().close().await;
    }
}

/// The picture that this configuration names, if it can be used.
async fn picture(config: &Config) -> Option<Picture> {
    let path = config.bot.avatar.as_ref()?;
    let bytes = tokio::fs::read(path).await.map_err(|it| it.to_string());
    let picture = bytes.and_then(|it| Picture::new(it).map_err(str::to_owned));
    picture.inspect_err(|error| warn!(path = %path.display(), "the picture is not used: {error}")).ok()
}

/// Ourselves, as this configuration wants us to be seen.
fn facts(config: &Config, picture: Option<Picture>) -> EntityFacts {
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
