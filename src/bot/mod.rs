//! Builds the parts, owns every task, and shuts them down in order. Wiring only.

mod accounts;
mod control;
mod fleet;
mod router;
mod watchers;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::Plugin;
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

pub use self::control::Wish;
use self::{
    accounts::Accounts,
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
    store::{Store, StoreError},
    web::{self, WebError},
    xmpp::{
        entity::{Entity, EntityFacts, Picture},
        session::Order,
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
    accounts: Accounts,
    tasks: TaskTracker,
    end_tasks: CancellationToken,
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
        let accounts = Accounts::new(host.clone(), router.clone(), news.clone());
        let it = Self { host, router, news, accounts, tasks, end_tasks };
        let config = it.host.live.config();
        it.accounts.start(config.accounts.keys(), &config);
        it.start_fleet(heard);
        Ok(it)
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

    /// Replaces the configuration while running: what is different takes effect, everything else goes on undisturbed.
    ///
    /// Accounts that were given up are tried again, since whoever asks for this has most likely put something right.
    pub async fn reconfigure(&self, config: Config) {
        let old = self.host.live.replace(config);
        let new = self.host.live.config();
        let changes = config::differences(&old, &new);
        for change in &changes {
            info!("configuration: {change}");
        }
        let mut plan = accounts::plan(&changes);
        plan.start.extend(self.router.given_up().into_iter().filter(|it| new.accounts.contains_key(it)));
        self.accounts.end(&plan.start).await;
        self.accounts.start(&plan.start, &new);
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
        if facts(&old) != facts(&new) {
            self.router.all_hear(|| Order::Present(Box::new(entity(&new)))).await;
        }
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

/// Ourselves, as this configuration wants us to be seen.
fn entity(config: &Config) -> Entity {
    Entity::new(facts(config))
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
