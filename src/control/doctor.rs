//! What the doctor finds: how accounts are connected, what rooms offer, and which right the bot lacks for what.
//!
//! The running bot fills the report from what it knows; `domovoi doctor` fills it by looking for itself where no bot
//! runs. How it reads is the verb's business.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domovoi_plugin::{Affiliation, Features, Manifest, Power, Role, RoomJid};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{
    config::Config,
    host::{
        core::Host,
        outlet::{AccountState, Outlet, RoomState},
        rights,
    },
};

/// How long one room may take to say who is in it.
const ROOM_PATIENCE: Duration = Duration::from_secs(2);

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The accounts.
    pub accounts: Vec<AccountReport>,
    /// The rooms.
    pub rooms: Vec<RoomReport>,
}

/// One account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountReport {
    /// Its name in the configuration.
    pub account: String,
    /// Its JID.
    pub jid: String,
    /// Whether it is logged in, or could log in.
    pub is_online: bool,
    /// Online, or in words why not.
    pub state: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// What is known of the connection.
    pub connection: Option<Connection>,
}

/// A connection of an account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Connection {
    /// The account's name in the configuration.
    pub account: String,
    /// The server's address.
    pub server: Option<String>,
    /// Version and cipher of TLS; `None`: not encrypted.
    pub tls: Option<String>,
    /// The mechanism used to log in.
    pub mechanism: String,
    /// The mechanisms offered.
    pub offered: Vec<String>,
    /// Whether the server can resume a stream that was cut (XEP-0198).
    pub can_resume: bool,
    /// Features of the server that somebody may look for, as it names them.
    pub features: Vec<String>,
}

/// One room.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RoomReport {
    /// Which.
    pub room: String,
    /// The account that serves it.
    pub account: Option<String>,
    /// Joined, or in words why not; empty if nobody looked.
    pub state: String,
    /// Whether the bot is in. `None`: no bot runs, so it was at best looked at from outside.
    pub is_joined: Option<bool>,
    /// The bot's affiliation and role there, as far as they are known.
    pub rights: Option<String>,
    /// What the room offers.
    pub features: Option<Features>,
    /// What the bot cannot do there.
    pub lacks: Vec<LackReport>,
}

/// Something the bot cannot do in a room.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LackReport {
    /// Which power cannot be used.
    pub power: String,
    /// Which plugins want it.
    pub plugins: Vec<String>,
    /// What would have to change, as [`rights::Need::as_str`] names it.
    pub needs: String,
    /// The same as a sentence.
    pub advice: String,
}

impl Report {
    /// Whether something is broken: an account cannot be online, or a room is not entered. A right that is lacking is
    /// no breakage: a room's owner may want it so.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.accounts.iter().any(|it| !it.is_online) || self.rooms.iter().any(|it| it.is_joined == Some(false))
    }
}

/// The report of a running bot.
pub(super) async fn of_running(
    host: &Host,
    accounts: Vec<AccountState>,
    rooms: Vec<RoomState>,
    connections: Vec<Connection>,
) -> Report {
    let connection_of = |name: &str| connections.iter().find(|it| it.account == name).cloned();
    let account = |it: AccountState| AccountReport {
        connection: connection_of(&it.account),
        account: it.account,
        jid: it.jid,
        is_online: it.is_online,
        state: it.state,
        advice: None,
    };
    let mut report = Report { accounts: accounts.into_iter().map(account).collect(), rooms: Vec::new() };
    for room in rooms {
        report.rooms.push(room_report(host, room).await);
    }
    report
}

async fn room_report(host: &Host, state: RoomState) -> RoomReport {
    let mut report = RoomReport {
        room: state.room,
        account: state.account,
        state: state.state,
        is_joined: Some(state.is_joined),
        rights: Some(state.rights).filter(|it| !it.is_empty()),
        ..RoomReport::default()
    };
    let Ok(room) = report.room.parse::<RoomJid>() else { return report };
    let Some(standing) = standing(host.outlet(), &room).await.filter(|_| state.is_joined) else { return report };
    let roster = host.roster();
    let plugins = roster.plugins.iter().map(|it| it.manifest.as_ref());
    report.lacks = lacks(&host.live.config(), plugins, &room, (standing.0, standing.1), &standing.2);
    report.features = Some(standing.2);
    report
}

/// Our role and affiliation in a room, and what it offers.
async fn standing(outlet: Option<&Arc<dyn Outlet>>, room: &RoomJid) -> Option<(Role, Affiliation, Features)> {
    let snapshot = timeout(ROOM_PATIENCE, outlet?.snapshot(room)).await.ok()??;
    let me = snapshot.own_nick.as_ref().and_then(|it| snapshot.occupants.get(it))?;
    Some((me.role, me.affiliation, snapshot.features))
}

/// What the plugins that run in a room want there and cannot have.
pub(crate) fn lacks<'a>(
    config: &Config,
    plugins: impl Iterator<Item = &'a Manifest>,
    room: &RoomJid,
    standing: (Role, Affiliation),
    features: &Features,
) -> Vec<LackReport> {
    let mut wanted: BTreeMap<Power, Vec<String>> = BTreeMap::new();
    for manifest in plugins.filter(|it| rights::is_on(config, it, room)) {
        for power in rights::granted(config, manifest, Some(room)) {
            wanted.entry(power).or_default().push(manifest.name.to_string());
        }
    }
    let powers = wanted.keys().copied().collect();
    let lacks = rights::lacking(standing.0, standing.1, features, &powers);
    let report = |it: &rights::Lack| LackReport {
        power: it.power.as_str().to_owned(),
        plugins: wanted.get(&it.power).cloned().unwrap_or_default(),
        needs: it.needs.as_str().to_owned(),
        advice: it.needs.advice().to_owned(),
    };
    lacks.iter().map(report).collect()
}
