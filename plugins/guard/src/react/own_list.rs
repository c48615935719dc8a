//! The block list of our own, as others read it: what could not be told to its service is told later.

use std::collections::BTreeMap;

use domovoi_plugin::{Audience, Context, Fault, Item, Node, Payload, Scope, ServiceError, Timestamp, grammar::shown};
use serde::{Deserialize, Serialize};

use super::{
    React,
    blocks::{BlockSpec, OWN, RETRY},
    kept,
};
use crate::lists::block::Key;

/// Where it is kept which node it is, and what waits.
const NODE: &str = "own list";
const WAITING: &str = "own list/waiting";
/// So much is told at a time; the rest a minute later.
const MOST_AT_ONCE: usize = 500;
/// So much is kept waiting in the store, one value of which holds 64 KiB; of more the reasons are not kept.
const MOST_REASONS: usize = 200;
/// The namespace of reports of abuse (XEP-0377).
const NS_REPORTING: &str = "urn:xmpp:reporting:1";

/// What is to be told of an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum News {
    /// It stands on the list, for this reason.
    On(String),
    /// It is gone.
    Off,
}

/// The list as it is published.
#[derive(Debug, Default)]
pub(crate) struct OwnList {
    /// Where; `None` until it is published.
    node: Option<Node>,
    /// What its service was not told yet, by id.
    waiting: BTreeMap<String, News>,
    tried: Option<Timestamp>,
}

impl React {
    pub(super) async fn load_own(&self, cx: &Context) -> Result<(), Fault> {
        let node = kept::get(cx, &Scope::Global, NODE).await?;
        let waiting = kept::get(cx, &Scope::Global, WAITING).await?.unwrap_or_default();
        self.inner().own_list = OwnList { node, waiting, tried: None };
        Ok(())
    }

    /// Publishes the list at a node from now on, with all that stands on it already.
    ///
    /// # Errors
    /// If the store does not take it.
    pub(crate) async fn publish_own(&self, cx: &Context, node: Node) -> Result<Result<(), ServiceError>, Fault> {
        self.make_own(cx).await?;
        kept::put(cx, &Scope::Global, NODE, Some(&node)).await?;
        {
            let mut inner = self.inner();
            let entries = inner.blocks.get(OWN).map(|it| it.entries.clone()).unwrap_or_default();
            let mut waiting = std::mem::take(&mut inner.own_list.waiting);
            for key in entries.iter() {
                waiting.entry(key.id()).or_insert_with(|| News::On(String::new()));
            }
            inner.own_list = OwnList { node: Some(node), waiting, tried: None };
        }
        self.tell_own(cx).await
    }

    /// Our own list counts in our own rooms too.
    pub(crate) async fn make_own(&self, cx: &Context) -> Result<(), Fault> {
        if !self.inner().blocks.contains_key(OWN) {
            self.add_list(cx, OWN, BlockSpec { node: None, ..BlockSpec::at(Node::own(OWN)) }).await?;
        }
        Ok(())
    }

    /// Puts someone on our own list, or takes them off it. `Ok(Err(…))`: it holds here, and its service is told later.
    ///
    /// # Errors
    /// If the store does not take it.
    pub(crate) async fn change_own(
        &self,
        cx: &Context,
        key: Key,
        news: News,
    ) -> Result<Result<(), ServiceError>, Fault> {
        self.make_own(cx).await?;
        let id = key.id();
        match news {
            News::On(_) => self.edit(cx, OWN, &[key], &[]).await,
            News::Off => self.edit(cx, OWN, &[], &[key]).await,
        }
        {
            let mut inner = self.inner();
            if inner.own_list.node.is_none() {
                return Ok(Ok(()));
            }
            inner.own_list.waiting.insert(id, news);
        }
        self.tell_own(cx).await
    }

    /// What waits is told, if it was not tried a moment ago.
    pub(super) async fn tell_own_again(&self, cx: &Context) -> Result<(), Fault> {
        let is_due = {
            let inner = self.inner();
            let is_due = inner.own_list.tried.is_none_or(|it| RETRY <= cx.now().since(it));
            is_due && inner.own_list.node.is_some() && !inner.own_list.waiting.is_empty()
        };
        // What fails now waits on.
        if is_due { self.tell_own(cx).await.map(drop) } else { Ok(()) }
    }

    /// Tells the service what it was not told yet, until something fails.
    async fn tell_own(&self, cx: &Context) -> Result<Result<(), ServiceError>, Fault> {
        let (node, waiting) = {
            let inner = self.inner();
            let Some(node) = inner.own_list.node.clone() else { return Ok(Ok(())) };
            (node, inner.own_list.waiting.clone())
        };
        let mut told = Ok(());
        for (id, news) in waiting.into_iter().take(MOST_AT_ONCE) {
            told = tell(cx, &node, &id, &news).await;
            let mut inner = self.inner();
            if told.is_err() {
                inner.own_list.tried = Some(cx.now());
                break;
            }
            // Unless it changed once more meanwhile.
            if inner.own_list.waiting.get(&id) == Some(&news) {
                inner.own_list.waiting.remove(&id);
            }
        }
        let mut left = self.inner().own_list.waiting.clone();
        if MOST_REASONS < left.len() {
            left.values_mut().for_each(|it| {
                if let News::On(reason) = it {
                    reason.clear()
                }
            });
        }
        let left: BTreeMap<_, _> = left.into_iter().take(MOST_AT_ONCE).collect();
        kept::put(cx, &Scope::Global, WAITING, Some(&left).filter(|it| !it.is_empty())).await?;
        Ok(told)
    }
}

async fn tell(cx: &Context, node: &Node, id: &str, news: &News) -> Result<(), ServiceError> {
    match news {
        News::On(reason) => cx.services.pubsub.publish(node, item(id, reason), Audience::Open).await,
        News::Off => cx.services.pubsub.retract(node, id).await,
    }
}

/// An entry as other bots and servers read it.
fn item(id: &str, reason: &str) -> Item {
    let report = Payload::new("report", NS_REPORTING).with("reason", "urn:xmpp:reporting:spam");
    let report = if reason.is_empty() { report } else { report.with_text("text", shown(reason, 200)) };
    Item { id: id.to_owned(), payload: Some(report) }
}
