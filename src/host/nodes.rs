//! Nodes at pubsub services, for plugins: who has subscribed to what, and the questions of the contract made of single
//! stanzas.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use domovoi_plugin::{Audience, Item, Node, NodeAsk, NodeReply, PluginName, Push, ServiceError, Wake};

use super::{core::Host, instance::Job};

/// So many items of one node are read, and so many pages.
const MOST_ITEMS: usize = 100_000;
const MOST_PAGES: usize = 1_000;
/// So many nodes may be subscribed to; each is a word of some plugin's, so this stops only a plugin gone wrong.
const MOST_NODES: usize = 1_000;

/// Which plugin wants to hear of which node.
#[derive(Debug, Default)]
pub struct Nodes(Mutex<BTreeMap<Node, BTreeSet<PluginName>>>);

impl Nodes {
    fn add(&self, node: &Node, plugin: &PluginName) -> bool {
        let mut nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if MOST_NODES <= nodes.len() && !nodes.contains_key(node) {
            return false;
        }
        nodes.entry(node.clone()).or_default().insert(plugin.clone());
        true
    }

    /// Takes a plugin's wish back; whether nobody wants to hear of the node any more.
    fn remove(&self, node: &Node, plugin: &PluginName) -> bool {
        let mut nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(plugins) = nodes.get_mut(node) else { return true };
        plugins.remove(plugin);
        let is_empty = plugins.is_empty();
        if is_empty {
            nodes.remove(node);
        }
        is_empty
    }

    fn wanted_by(&self, node: &Node) -> BTreeSet<PluginName> {
        let nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.get(node).cloned().unwrap_or_default()
    }
}

impl Host {
    /// A service told of a node: handed to the plugins that have subscribed to it, and to nobody else.
    pub fn pushed(&self, push: &Push) {
        for plugin in self.nodes.wanted_by(&push.node) {
            let Some(installed) = self.installed(&plugin) else { continue };
            let job = Job::Push(Box::new(push.clone()), self.in_hand.hold());
            if installed.mailbox.try_send(job).is_err() {
                // What is missed is found when the plugin reads the node the next time.
                self.metrics.queue_drop(plugin.as_str());
            }
        }
    }

    /// An account is online again: plugins that look after something may have missed what was pushed.
    pub fn came_online(&self) {
        for installed in self.roster().plugins.iter().filter(|it| it.manifest.wakes_every.is_some()) {
            if installed.mailbox.try_send(Job::Wake(Wake::Online)).is_err() {
                self.metrics.queue_drop(installed.name().as_str());
            }
        }
    }

    async fn ask_node(&self, node: &Node, ask: NodeAsk) -> Result<NodeReply, ServiceError> {
        let outlet = self.outlet().ok_or_else(|| ServiceError::NoAnswer(node.to_string()))?;
        outlet.node(node.service.as_ref(), &node.name, ask).await
    }

    pub(super) async fn node_items(&self, node: &Node) -> Result<Vec<Item>, ServiceError> {
        let (mut all, mut after) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let NodeReply::Items { items, next } = self.ask_node(node, NodeAsk::Items { after }).await? else {
                return Err(ServiceError::Unreadable("no items".to_owned()));
            };
            all.extend(items);
            if MOST_ITEMS < all.len() {
                break;
            }
            let Some(next) = next else { return Ok(all) };
            after = Some(next);
        }
        Err(ServiceError::Unreadable(format!("{node} has more than {MOST_ITEMS} items")))
    }

    pub(super) async fn subscribe_node(&self, node: &Node, plugin: &PluginName) -> Result<(), ServiceError> {
        // Noted first, so that nothing that comes right after the answer is lost.
        if !self.nodes.add(node, plugin) {
            return Err(ServiceError::Refused("too many subscriptions".to_owned()));
        }
        self.ask_node(node, NodeAsk::Subscribe).await.map(drop)
    }

    pub(super) async fn unsubscribe_node(&self, node: &Node, plugin: &PluginName) -> Result<(), ServiceError> {
        if self.nodes.remove(node, plugin) {
            self.ask_node(node, NodeAsk::Unsubscribe).await?;
        }
        Ok(())
    }

    pub(super) async fn publish_item(&self, node: &Node, item: Item, audience: Audience) -> Result<(), ServiceError> {
        // Some services make the node by themselves, then as private as they like: asked for first, it is ours to set.
        // Whatever is said to that, `conflict` most often, the publishing itself tells whether all is well.
        let made = self.ask_node(node, NodeAsk::Create(audience)).await;
        let done = self.ask_node(node, NodeAsk::Publish(item)).await.map(drop);
        match (made, done) {
            (Err(ServiceError::Refused(why)), Err(_)) if !why.starts_with("conflict") => {
                Err(ServiceError::Refused(why))
            }
            (_, done) => done,
        }
    }

    pub(super) async fn retract_item(&self, node: &Node, id: &str) -> Result<(), ServiceError> {
        match self.ask_node(node, NodeAsk::Retract(id.to_owned())).await {
            // It is not there (XEP-0060 §7.2.3), which is what was wanted. Whoever asks until it is done would ask for ever.
            Err(ServiceError::Refused(why)) if why.starts_with("item-not-found") => Ok(()),
            done => done.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Scene;

    fn node() -> Node {
        Node::of("blocks.example".parse().unwrap(), "bans")
    }

    fn items(ids: &[&str], next: Option<&str>) -> Result<NodeReply, ServiceError> {
        let items = ids.iter().map(|it| Item { id: (*it).to_owned(), payload: None }).collect();
        Ok(NodeReply::Items { items, next: next.map(str::to_owned) })
    }

    fn refused(why: &str) -> Result<NodeReply, ServiceError> {
        Err(ServiceError::Refused(why.to_owned()))
    }

    #[tokio::test]
    async fn items_are_read_page_by_page_and_half_of_them_is_nothing() {
        let it = Scene::new().await;
        it.stage.nodes(vec![items(&["a", "b"], Some("b")), items(&["c"], None)]);
        let ids: Vec<String> = it.host.node_items(&node()).await.unwrap().into_iter().map(|it| it.id).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        let after = |it: &str| NodeAsk::Items { after: Some(it.to_owned()) };
        assert_eq!(it.stage.nodes(Vec::new()), [NodeAsk::Items { after: None }, after("b")]);
        it.stage.nodes(vec![items(&["a"], Some("a")), refused("internal-server-error")]);
        assert!(it.host.node_items(&node()).await.is_err());
    }

    #[tokio::test]
    async fn publishing_makes_the_node_first_and_minds_no_node_that_is_there() {
        let it = Scene::new().await;
        it.stage.nodes(vec![refused("conflict"), Ok(NodeReply::Done)]);
        let item = Item { id: "a".to_owned(), payload: None };
        it.host.publish_item(&node(), item.clone(), Audience::Open).await.unwrap();
        assert_eq!(it.stage.nodes(Vec::new()), [NodeAsk::Create(Audience::Open), NodeAsk::Publish(item.clone())]);
        it.stage.nodes(vec![refused("forbidden"), refused("item-not-found")]);
        let why = it.host.publish_item(&node(), item, Audience::Open).await.unwrap_err();
        assert_eq!(why, ServiceError::Refused("forbidden".to_owned()));
    }

    #[tokio::test]
    async fn an_item_that_is_not_there_is_retracted_and_one_that_may_not_be_is_not() {
        let it = Scene::new().await;
        it.stage.nodes(vec![refused("item-not-found: no such item"), refused("forbidden")]);
        it.host.retract_item(&node(), "a").await.unwrap();
        let why = it.host.retract_item(&node(), "a").await.unwrap_err();
        assert_eq!(why, ServiceError::Refused("forbidden".to_owned()));
    }

    #[tokio::test]
    async fn news_reach_whoever_subscribed_and_nobody_else() {
        let it = Scene::new().await;
        let plugin = it.host.own_name();
        it.stage.nodes(vec![Ok(NodeReply::Done)]);
        it.host.subscribe_node(&node(), &plugin).await.unwrap();
        assert!(it.host.nodes.wanted_by(&node()).contains(&plugin));
        let other = Node::of("evil.example".parse().unwrap(), "bans");
        assert!(it.host.nodes.wanted_by(&other).is_empty(), "the same node of another service is another node");
        it.stage.nodes(vec![Ok(NodeReply::Done)]);
        it.host.unsubscribe_node(&node(), &plugin).await.unwrap();
        assert!(it.host.nodes.wanted_by(&node()).is_empty());
    }
}
