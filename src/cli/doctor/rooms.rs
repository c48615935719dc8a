//! Looks at rooms from outside, each through the account that would serve it.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{AccountId, Affiliation, Manifest, Role, RoomJid};

use crate::{
    bot,
    cli::plugins::Compiled,
    config::{Account, Config},
    control::doctor::{self, AccountReport, RoomReport},
    host::own,
    xmpp::look::{self, Found, Rank, RoomLook},
};

/// How long all rooms of an account may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What shows of each room; those that no account that could log in may look at stay empty.
pub(super) async fn look(config: &Config, accounts: &[AccountReport], compiled: &Compiled) -> Vec<RoomReport> {
    let is_usable = |name: &AccountId| accounts.iter().any(|it| it.is_online && it.account == name.as_str());
    let usable: Vec<_> = config.accounts.iter().filter(|(name, _)| is_usable(name)).collect();
    let first = usable.first().map(|(name, _)| *name);
    // A room that names no account is looked at through the first one; the bot might place it on another.
    let looker = |room: &RoomJid| config.rooms.get(room).and_then(|it| it.account.as_ref()).or(first);
    let looks = usable.iter().map(|(name, account)| {
        let rooms: Vec<RoomJid> = config.rooms.keys().filter(|it| looker(it) == Some(*name)).cloned().collect();
        look_through(account, rooms)
    });
    let mut found: Found = futures::future::join_all(looks).await.into_iter().flatten().collect();
    let plugins: Vec<Manifest> =
        std::iter::once(own::manifest()).chain(compiled.iter().map(|it| it.manifest())).collect();
    let report = |room: &RoomJid| {
        let account = looker(room).map(ToString::to_string);
        let report = RoomReport { room: room.to_string(), account, ..RoomReport::default() };
        match found.remove(room) {
            Some(Ok(look)) => seen(config, &plugins, room, report, look),
            Some(Err(why)) => RoomReport { state: absent(config, room, why), ..report },
            None => report,
        }
    };
    config.rooms.keys().map(report).collect()
}

/// Why a room does not show, and what becomes of one that is not there.
fn absent(config: &Config, room: &RoomJid, why: String) -> String {
    let is_created = config.rooms.get(room).is_some_and(|it| it.create);
    match (why == look::NO_ROOM, is_created) {
        (false, _) => why,
        (true, true) => format!("{why} yet: the bot will create it"),
        (true, false) => format!("{why}: create it, or set create = true and the bot does"),
    }
}

async fn look_through(account: &Account, rooms: Vec<RoomJid>) -> Found {
    if rooms.is_empty() {
        return BTreeMap::new();
    }
    let mut login = bot::login(account);
    // Ours alone: the bot, should it start meanwhile, keeps its own.
    let resource = format!("doctor-{:x}", rand::random::<u64>());
    match login.jid.to_bare().with_resource_str(&resource) {
        Ok(jid) => login.jid = jid.into(),
        Err(error) => return unseen(rooms, &error.to_string()),
    }
    match look::look(login, &rooms, PATIENCE).await {
        Ok(found) => found,
        Err(error) => unseen(rooms, &error.to_string()),
    }
}

fn unseen(rooms: Vec<RoomJid>, why: &str) -> Found {
    rooms.into_iter().map(|it| (it, Err(format!("not looked at: {why}")))).collect()
}

fn seen(config: &Config, plugins: &[Manifest], room: &RoomJid, report: RoomReport, look: RoomLook) -> RoomReport {
    let features = look.features;
    let (rights, affiliation) = match look.rank {
        Rank::Is(affiliation) => (Some(affiliation.as_str().to_owned()), Some(affiliation)),
        // What a member lacks, the bot lacks for certain.
        Rank::BelowAdmin => (Some("neither owner nor admin".to_owned()), Some(Affiliation::Member)),
        Rank::Unknown => (None, None),
    };
    let lacks = |it: Affiliation| doctor::lacks(config, plugins.iter(), room, (role_on_entry(it), it), &features);
    let lacks = affiliation.map(lacks).unwrap_or_default();
    let state = "looked at from outside, since no bot runs".to_owned();
    RoomReport { state, rights, lacks, features: Some(features), ..report }
}

/// The role that a room gives on entry to whom it lets in with this affiliation (XEP-0045 §5.1.2).
const fn role_on_entry(affiliation: Affiliation) -> Role {
    match affiliation {
        Affiliation::Owner | Affiliation::Admin => Role::Moderator,
        Affiliation::Member | Affiliation::None => Role::Participant,
        Affiliation::Outcast => Role::None,
    }
}
