//! What the bench keeps beside rooms: nodes, records, settings changed by the plugin, files of an owner.

use async_trait::async_trait;
use jid::BareJid;

use super::{Bench, bench::bare, wait, world::Shelf};
use crate::{
    Account, Asker, Audience, Files, Item, News, Node, Page, Place, Power, Pubsub, Push, Query, Record, Records,
    RoomJid, ServiceError, Tuning,
};

impl Bench {
    /// A node of a service, with these items; it can be reached from now on.
    pub fn node(&self, node: &Node, items: Vec<Item>) {
        self.world(|it| it.nodes.insert(node.clone(), items));
    }

    /// A node cannot be reached any more.
    pub fn node_is_lost(&self, node: &Node) {
        self.world(|it| it.nodes.remove(node));
    }

    /// Nodes take no items from now on whose ids begin like one of these.
    pub fn refuse_items(&self, beginnings: &[&str]) {
        self.world(|it| it.refused_items = beginnings.iter().map(|&it| it.to_owned()).collect());
    }

    /// What is in a node now.
    #[must_use]
    pub fn items_of(&self, node: &Node) -> Vec<Item> {
        self.world(|it| it.nodes.get(node).cloned().unwrap_or_default())
    }

    /// Whether the plugin has subscribed to a node.
    #[must_use]
    pub fn is_subscribed(&self, node: &Node) -> bool {
        self.world(|it| it.subscribed.contains(node))
    }

    /// A service tells of news in a node. As in the host, only who has subscribed is told.
    pub fn push(&self, node: &Node, news: News) {
        if !self.is_subscribed(node) {
            return;
        }
        let cx = self.context(None, Place::Room, None);
        let push = Push { node: node.clone(), news };
        let result = wait::finish(self.0.plugin.pushed(&push, &cx));
        self.answer(&cx, result);
        self.settle();
    }

    /// What a server says of one of its accounts.
    ///
    /// # Panics
    /// If it is no JID.
    pub fn account(&self, jid: &str, account: Account) {
        let jid: BareJid = bare(jid);
        self.world(|it| it.accounts.insert(jid, account));
    }

    /// This was recorded.
    pub fn recorded(&self, records: Vec<Record>) {
        self.world(|it| it.records.extend(records));
    }

    /// A file that an owner put there for the plugin.
    pub fn file(&self, name: &str, text: &str) {
        self.world(|it| it.files.insert(name.to_owned(), text.to_owned()));
    }
}

fn lost(node: &Node) -> ServiceError {
    ServiceError::NoAnswer(node.to_string())
}

#[async_trait]
impl Pubsub for Shelf {
    async fn items(&self, node: &Node) -> Result<Vec<Item>, ServiceError> {
        self.world().nodes.get(node).cloned().ok_or_else(|| lost(node))
    }

    async fn subscribe(&self, node: &Node) -> Result<(), ServiceError> {
        let mut world = self.world();
        if !world.nodes.contains_key(node) {
            return Err(lost(node));
        }
        world.subscribed.insert(node.clone());
        Ok(())
    }

    async fn unsubscribe(&self, node: &Node) -> Result<(), ServiceError> {
        self.world().subscribed.remove(node);
        Ok(())
    }

    async fn publish(&self, node: &Node, item: Item, _: Audience) -> Result<(), ServiceError> {
        let mut world = self.world();
        if world.refused_items.iter().any(|it| item.id.starts_with(it)) {
            return Err(ServiceError::Refused("not-acceptable".to_owned()));
        }
        let items = world.nodes.entry(node.clone()).or_default();
        items.retain(|it| it.id != item.id);
        items.push(item);
        Ok(())
    }

    async fn retract(&self, node: &Node, id: &str) -> Result<(), ServiceError> {
        let mut world = self.world();
        let items = world.nodes.get_mut(node).ok_or_else(|| lost(node))?;
        items.retain(|it| it.id != id);
        Ok(())
    }
}

#[async_trait]
impl Records for Shelf {
    async fn query(&self, query: &Query) -> Result<Page, ServiceError> {
        let world = self.world();
        if !world.powers.contains(&Power::Records) {
            return Err(ServiceError::Refused("the power `records` was not given".to_owned()));
        }
        let is_meant = |it: &Record| it.room == query.room && query.since <= it.at && it.at < query.until;
        let first = query.after.and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
        let found = world.records.iter().enumerate().skip(first).filter(|(_, it)| is_meant(it));
        let mut page = Page::default();
        for (n, record) in found {
            if query.limit.clamp(1, 10_000) <= page.records.len() {
                page.next = u64::try_from(n).ok();
                break;
            }
            page.records.push(record.clone());
        }
        Ok(page)
    }
}

#[async_trait]
impl Tuning for Shelf {
    async fn set(&self, _: Option<&RoomJid>, name: &str, value: Option<&str>, _: &Asker) -> Result<(), ServiceError> {
        let mut world = self.world();
        let option = world.options.iter().find(|it| it.name == name);
        let option = option.ok_or_else(|| ServiceError::Refused("there is no such setting".to_owned()))?;
        if let Some(value) = value {
            option.parse(value).map_err(ServiceError::Refused)?;
        }
        world.tuned.retain(|it| it.0 != name);
        world.tuned.extend(value.map(|it| (name.to_owned(), it.to_owned())));
        Ok(())
    }
}

#[async_trait]
impl Files for Shelf {
    async fn read(&self, name: &str) -> Result<Option<String>, ServiceError> {
        Ok(self.world().files.get(name).cloned())
    }
}
