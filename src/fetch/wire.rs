//! The connections: one client for each kind of gate, TLS with the certificates of the system, one hop at a time.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, redirect::Policy};
use tokio::sync::OnceCell;
use tokio_rustls::rustls::ClientConfig;

use super::{
    gate::Gate,
    names::{Guarded, Names},
};
use crate::{config::Allowed, trust};

/// How we introduce ourselves.
const USER_AGENT: &str = concat!("domovoi/", env!("CARGO_PKG_VERSION"), " (XMPP room bot)");
/// So many clients are kept, each with its idle connections: the usual two ports, and what the configuration names.
const MAX_CLIENTS: usize = 16;
/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const IDLE_FOR: Duration = Duration::from_secs(30);

/// The clients made so far, under the rules that they were made by.
#[derive(Default)]
struct Made {
    allow: Arc<[Allowed]>,
    clients: BTreeMap<Gate, Client>,
}

/// The connections of the guarded client.
pub(super) struct Wires {
    names: Arc<dyn Names>,
    tls: OnceCell<ClientConfig>,
    made: Mutex<Made>,
}

impl Wires {
    pub(super) fn new(names: Arc<dyn Names>) -> Self {
        Self { names, tls: OnceCell::new(), made: Mutex::default() }
    }

    /// The client for what this gate lets through. Connections made under other rules are not used any more.
    ///
    /// # Errors
    /// If there are no certificates to trust, or no client can be made of them.
    pub(super) async fn client(&self, gate: Gate, allow: &Arc<[Allowed]>) -> Result<Client, String> {
        let tls = self.tls.get_or_try_init(|| tls(None)).await?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.allow != *allow || (MAX_CLIENTS <= made.clients.len() && !made.clients.contains_key(&gate)) {
            *made = Made { allow: allow.clone(), clients: BTreeMap::new() };
        }
        if let Some(client) = made.clients.get(&gate) {
            return Ok(client.clone());
        }
        let client = self.make(gate, allow, tls.clone())?;
        made.clients.insert(gate, client.clone());
        Ok(client)
    }

    /// A client that believes what this file vouches for as well; it is not kept.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub(super) async fn trusting(&self, file: &Path, gate: Gate, allow: &Arc<[Allowed]>) -> Result<Client, String> {
        self.make(gate, allow, tls(Some(file)).await?)
    }

    fn make(&self, gate: Gate, allow: &Arc<[Allowed]>, tls: ClientConfig) -> Result<Client, String> {
        let resolver = Guarded { names: self.names.clone(), gate, allow: allow.clone() };
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(resolver)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_WITHIN)
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(2);
        builder.build().map_err(|error| error.to_string())
    }
}

async fn tls(file: Option<&Path>) -> Result<ClientConfig, String> {
    let file = file.map(Path::to_owned);
    let read = tokio::task::spawn_blocking(move || trust::client(file.as_deref())).await;
    read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
