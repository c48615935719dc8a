//! The whole bot on the made-up server.

use std::{path::Path, time::Duration};

use domovoi::{
    bot::Bot,
    bundle,
    clock::Clock,
    config::{self, Config, Surroundings},
    host::live::Live,
    store::{Store, StoreOptions},
};
use domovoi_stage::xml::Element;

use crate::server::{Server, T0, jid};

/// A span of seconds.
pub(crate) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A running bot and its server.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) bot: Bot,
    feed: tokio::sync::broadcast::Receiver<std::sync::Arc<str>>,
    dir: tempfile::TempDir,
}

/// One account, and this besides.
pub(crate) fn with_main(more: &str) -> String {
    format!("{}\n{more}", account("main", "domovoi", ""))
}

/// The table of an account.
pub(crate) fn account(id: &str, user: &str, more: &str) -> String {
    format!(
        "[accounts.{id}]\njid = \"{user}@example.org\"\npassword = \"p\"\naddress = \"127.0.0.1:5222\"\n\
         tls = \"none\"\n{more}\n"
    )
}

/// The table of a room.
pub(crate) fn room(name: &str, more: &str) -> String {
    format!("[rooms.\"{}\"]\n{more}\n", jid(name))
}

fn read(text: &str, dir: &Path) -> Config {
    let head = format!("[bot]\nowners = [\"boss@example.net\"]\ndata_dir = \"{}\"\n", dir.display());
    let around = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
    config::load_text(Path::new("domovoi.toml"), &format!("{head}{text}"), around, &[]).expect("no mistakes").config
}

impl House {
    /// Starts a bot with this configuration on this server.
    pub(crate) async fn open(server: Server, text: &str) -> Self {
        Self::open_in(server, text, tempfile::tempdir().expect("a folder")).await
    }

    /// The same with a store that may be there already.
    pub(crate) async fn open_in(server: Server, text: &str, dir: tempfile::TempDir) -> Self {
        Self::open_with(server, text, dir, bundle::plugins()).await
    }

    /// The same with these plugins.
    pub(crate) async fn open_with(
        server: Server,
        text: &str,
        dir: tempfile::TempDir,
        plugins: Vec<std::sync::Arc<dyn domovoi_plugin::Plugin>>,
    ) -> Self {
        let config = read(text, dir.path());
        let path = dir.path().to_owned();
        let store = tokio::task::spawn_blocking(move || Store::open(&path, StoreOptions::default()));
        let (store, _) = store.await.expect("no panic").expect("a store");
        let dialer = Some(server.dialer());
        let bot = Bot::start_over(Live::new(config), store, plugins, Clock::tokio(T0), dialer).await;
        let bot = bot.expect("a bot");
        let feed = bot.host.feed.watch();
        Self { server, bot, feed, dir }
    }

    /// A bot in the room `garden`, of which this is configured.
    pub(crate) async fn garden(more: &str) -> Self {
        let server = Server::start();
        server.room("garden", |_| ());
        Self::in_garden(server, more).await
    }

    /// The same on a server that was prepared.
    pub(crate) async fn in_garden(server: Server, more: &str) -> Self {
        let mut house = Self::open(server, &with_main(&room("garden", more))).await;
        house.joined("garden").await;
        house
    }

    /// From now on this configuration holds.
    pub(crate) fn configure(&self, text: &str) {
        self.bot.host.live.replace(read(text, self.dir.path()));
    }

    /// Waits until the bot is in a room and knows it.
    pub(crate) async fn joined(&mut self, name: &str) {
        self.shown("joined", secs(60), |it| it["what"] == "joined" && it["room"] == jid(name)).await;
    }

    /// The next thing shown that fits.
    pub(crate) async fn shown(
        &mut self,
        what: &str,
        within: Duration,
        fits: impl Fn(&serde_json::Value) -> bool,
    ) -> serde_json::Value {
        let found = tokio::time::timeout(within, async {
            loop {
                match self.feed.recv().await {
                    Ok(line) => {
                        let value = serde_json::from_str(&line).expect("one object a line");
                        if fits(&value) {
                            return value;
                        }
                    }
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => (),
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => panic!("{what}: the bot is gone"),
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("{what}: not shown within {within:?}"))
    }

    /// What was shown and not looked at yet.
    pub(crate) fn shown_already(&mut self) -> Option<serde_json::Value> {
        let line = self.feed.try_recv().ok()?;
        Some(serde_json::from_str(&line).expect("one object a line"))
    }

    /// How a room stands, in words.
    pub(crate) async fn state(&self, name: &str) -> String {
        let rooms = self.bot.host.outlet().expect("the way to the rooms").rooms().await;
        rooms.into_iter().find(|it| it.room == jid(name)).map(|it| it.state).unwrap_or_default()
    }

    /// Ends the bot and gives its folder.
    pub(crate) async fn close(self) -> tempfile::TempDir {
        self.bot.stop().await;
        self.dir
    }
}

/// Whether it is a join of this room; any nick.
pub(crate) fn is_join(name: &str) -> impl Fn(&Element) -> bool + use<> {
    let prefix = format!("{}/", jid(name));
    move |it| {
        let to = it.attr("to").unwrap_or_default();
        it.name == "presence" && it.kind().is_empty() && to.starts_with(&prefix) && is_muc(it)
    }
}

fn is_muc(it: &Element) -> bool {
    it.child_ns("x", "http://jabber.org/protocol/muc").is_some()
}

/// Whether it is a join under this nick.
pub(crate) fn is_join_as(name: &str, nick: &str) -> impl Fn(&Element) -> bool + use<> {
    let to = format!("{}/{nick}", jid(name));
    move |it| it.name == "presence" && it.kind().is_empty() && it.attr("to") == Some(&to) && is_muc(it)
}

/// Whether it leaves this room.
pub(crate) fn is_leave(name: &str) -> impl Fn(&Element) -> bool + use<> {
    let prefix = format!("{}/", jid(name));
    move |it| it.kind() == "unavailable" && it.attr("to").unwrap_or_default().starts_with(&prefix)
}

/// Whether it asks a room whether we are still in.
pub(crate) fn is_ping(it: &Element) -> bool {
    it.name == "iq" && it.child("ping").is_some()
}

/// Whether it asks the room what it offers.
pub(crate) fn is_disco(it: &Element) -> bool {
    it.name == "iq"
        && it.child_ns("query", "http://jabber.org/protocol/disco#info").is_some_and(|it| it.attr("node").is_none())
}

/// Whether it is said in a room, or to someone, with this in it.
pub(crate) fn says(text: &str) -> impl Fn(&Element) -> bool + use<> {
    let text = text.to_owned();
    move |it| it.name == "message" && it.body().is_some_and(|body| body.contains(&text))
}
