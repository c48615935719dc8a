//! Names to addresses, by a resolver of our own, and none that may not be connected to.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::OnceCell;

use super::{fault::Refusal, gate::Gate};
use crate::config::Allowed;

/// So many addresses of one name are tried at most.
const MAX_ADDRESSES: usize = 8;

/// Where names are looked up.
#[async_trait]
pub(super) trait Names: Send + Sync {
    /// The addresses of a name; none if there is no such name, or nobody who knows.
    async fn lookup(&self, name: &str) -> Vec<IpAddr>;
}

/// The resolver of the system's configuration, its file of hosts included. Keeps answers as long as they hold.
#[derive(Default)]
pub(super) struct SystemNames(OnceCell<Option<TokioResolver>>);

#[async_trait]
impl Names for SystemNames {
    async fn lookup(&self, name: &str) -> Vec<IpAddr> {
        let make = || async { TokioResolver::builder_tokio().and_then(ResolverBuilder::build).ok() };
        let Some(resolver) = self.0.get_or_init(make).await else { return Vec::new() };
        match resolver.lookup_ip(name).await {
            Ok(found) => found.iter().take(MAX_ADDRESSES).collect(),
            Err(error) => {
                tracing::debug!(host = name, %error, "no address");
                Vec::new()
            }
        }
    }
}

/// What a connection asks: it gets only addresses that may be connected to.
pub(super) struct Guarded {
    pub(super) names: Arc<dyn Names>,
    pub(super) gate: Gate,
    pub(super) allow: Arc<[Allowed]>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, gate, allow) = (self.names.clone(), self.gate, self.allow.clone());
        Box::pin(async move {
            let all = names.lookup(name.as_str()).await;
            if all.is_empty() {
                return Err(Refusal::NoHost.into());
            }
            let open = all.into_iter().filter(|it| gate.lets_through(*it, &allow));
            let open: Vec<SocketAddr> = open.map(|it| SocketAddr::new(it, 0)).collect();
            if open.is_empty() {
                return Err(Refusal::Closed.into());
            }
            let addresses: Addrs = Box::new(open.into_iter());
            Ok(addresses)
        })
    }
}
