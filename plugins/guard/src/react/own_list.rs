//! The block list of our own, as others read it: what could not be told to its service is told later.

use std::{collections::BTreeMap, ops::Bound};

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
/// Kept while more waits than is kept of it: after a restart all that stands on the list is told anew.
const WHOLE: &str = "own list/whole";
/// So much is told at a time, the rest a minute later; and kept waiting in the store.
const MOST_AT_ONCE: usize = 500;
/// One value of the store holds 64 KiB; where more than this waits the reasons are not kept.
const MOST_REASONS: usize = 200;
/// A service that refuses so many in a row takes none at present; one that refuses fewer has something against those.
const MOST_REFUSED: usize = 3;
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
    /// When something failed last.
    tried: Option<Timestamp>,
    /// What was told last: what comes after it is next, so that what is refused for good holds up nothing.
    last: String,
}

/// What failed, by id, in the order in which it was tried.
type Failures = Vec<(String, ServiceError)>;

impl OwnList {
    fn at(node: Option<Node>, waiting: BTreeMap<String, News>) -> Self {
        Self { node, waiting, ..Self::default() }
    }

    /// What waits from this id on, and then what is before it.
    fn from(&self, id: &str) -> Vec<(String, News)> {
        let after = self.waiting.range::<str, _>((Bound::Included(id), Bound::Unbounded));
        let before = self.waiting.range::<str, _>((Bound::Unbounded, Bound::Excluded(id)));
        after.chain(before).take(MOST_AT_ONCE).map(|(id, news)| (id.clone(), news.clone())).collect()
    }

    /// So much of what waits as is kept; first of all who is gone, since the list still says who is not.
    fn kept(&self) -> BTreeMap<&str, News> {
        let with_reasons = self.waiting.len() <= MOST_REASONS;
        let (gone, there): (Vec<_>, Vec<_>) = self.waiting.iter().partition(|(_, news)| **news == News::Off);
        let kept = gone.into_iter().chain(there).take(MOST_AT_ONCE);
        kept.map(|(id, news)| {
            let news = if with_reasons || *news == News::Off { news.clone() } else { News::On(String::new()) };
            (id.as_str(), news)
        })
        .collect()
    }
}

impl React {
    pub(super) async fn load_own(&self, cx: &Context) -> Result<(), Fault> {
        let node = kept::get(cx, &Scope::Global, NODE).await?;
        let waiting = kept::get(cx, &Scope::Global, WAITING).await?.unwrap_or_default();
        let is_whole = kept::get(cx, &Scope::Global, WHOLE).await?.unwrap_or_default();
        self.inner().own_list = OwnList::at(node, waiting);
        if is_whole {
            self.wait_for_all();
        }
        Ok(())
    }

    /// All that stands on the list waits to be told.
    fn wait_for_all(&self) {
        let mut inner = self.inner();
        let entries = inner.blocks.get(OWN).map(|it| it.entries.clone()).unwrap_or_default();
        for key in entries.iter() {
            inner.own_list.waiting.entry(key.id()).or_insert_with(|| News::On(String::new()));
        }
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
            let waiting = std::mem::take(&mut inner.own_list.waiting);
            inner.own_list = OwnList::at(Some(node), waiting);
        }
        self.wait_for_all();
        let failed = self.tell_own(cx, "").await?;
        Ok(failed.into_iter().next().map_or(Ok(()), |it| Err(it.1)))
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
            inner.own_list.waiting.insert(id.clone(), news);
        }
        // This one first: whoever asked is told what came of it.
        let failed = self.tell_own(cx, &id).await?;
        Ok(failed.into_iter().find(|it| it.0 == id).map_or(Ok(()), |it| Err(it.1)))
    }

    /// What waits is told, if it was not tried a moment ago.
    pub(super) async fn tell_own_again(&self, cx: &Context) -> Result<(), Fault> {
        let is_due = {
            let inner = self.inner();
            let is_due = inner.own_list.tried.is_none_or(|it| RETRY <= cx.now().since(it));
            is_due && inner.own_list.node.is_some() && !inner.own_list.waiting.is_empty()
        };
        if is_due {
            // What fails now waits on.
            let next = format!("{}\0", self.inner().own_list.last);
            self.tell_own(cx, &next).await?;
        }
        Ok(())
    }

    /// Tells the service what it was not told yet, from there on, until it takes nothing more; gives what failed.
    async fn tell_own(&self, cx: &Context, from: &str) -> Result<Failures, Fault> {
        let (node, waiting) = {
            let inner = self.inner();
            let Some(node) = inner.own_list.node.clone() else { return Ok(Failures::new()) };
            (node, inner.own_list.from(from))
        };
        let (mut failed, mut n_refused) = (Failures::new(), 0);
        for (id, news) in waiting {
            let told = tell(cx, &node, &id, &news).await;
            let mut inner = self.inner();
            let own = &mut inner.own_list;
            own.last.clone_from(&id);
            match told {
                // Unless it changed once more meanwhile.
                Ok(()) if own.waiting.get(&id) == Some(&news) => drop(own.waiting.remove(&id)),
                Ok(()) => (),
                Err(error) => {
                    own.tried = Some(cx.now());
                    let is_there = matches!(error, ServiceError::Refused(_));
                    n_refused += 1;
                    failed.push((id, error));
                    if !is_there || MOST_REFUSED <= n_refused {
                        break;
                    }
                    continue;
                }
            }
            n_refused = 0;
        }
        self.keep_waiting(cx).await?;
        Ok(failed)
    }

    async fn keep_waiting(&self, cx: &Context) -> Result<(), Fault> {
        let (kept, is_whole) = {
            let inner = self.inner();
            let kept = inner.own_list.kept();
            let is_whole = kept.len() < inner.own_list.waiting.len();
            ((!kept.is_empty()).then(|| serde_json::json!(kept)), is_whole)
        };
        kept::put(cx, &Scope::Global, WAITING, kept.as_ref()).await?;
        kept::put(cx, &Scope::Global, WHOLE, is_whole.then_some(&true)).await
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
