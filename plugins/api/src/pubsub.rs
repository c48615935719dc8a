//! Nodes that are published to and subscribed to (XEP-0060), one's own among them (XEP-0163).

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use jid::BareJid;
use serde::{Deserialize, Serialize};

use crate::ServiceError;

/// A node at a service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Node {
    /// Who keeps it; `None` is the bot's own account (XEP-0163).
    pub service: Option<BareJid>,
    /// Its name there.
    pub name: String,
}

impl Node {
    /// A node of a service.
    #[must_use]
    pub fn of(service: BareJid, name: impl Into<String>) -> Self {
        Self { service: Some(service), name: name.into() }
    }

    /// A node of the bot's own account.
    #[must_use]
    pub fn own(name: impl Into<String>) -> Self {
        Self { service: None, name: name.into() }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.service {
            Some(service) => write!(f, "{service}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Something published under an id.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// Its id, unique in its node.
    pub id: String,
    /// What it is; `None` where only the id says something.
    pub payload: Option<Payload>,
}

/// An XML element as plain data: what items carry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Payload {
    /// The element's name.
    pub name: String,
    /// Its namespace.
    pub ns: String,
    /// Its attributes.
    pub attrs: BTreeMap<String, String>,
    /// The text directly in it.
    pub text: String,
    /// The elements in it, in order.
    pub children: Vec<Payload>,
}

impl Payload {
    /// An element with nothing in it.
    #[must_use]
    pub fn new(name: &str, ns: &str) -> Self {
        Self { name: name.to_owned(), ns: ns.to_owned(), ..Self::default() }
    }

    /// The same with this attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attrs.insert(name.to_owned(), value.into());
        self
    }

    /// The same with this element in it, in the same namespace, holding this text.
    #[must_use]
    pub fn with_text(mut self, name: &str, text: impl Into<String>) -> Self {
        let child = Self { text: text.into(), ..Self::new(name, &self.ns) };
        self.children.push(child);
        self
    }

    /// The first element of this name in it.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name)
    }
}

/// Something that a service told of a node which this plugin has subscribed to. The sender was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Push {
    /// Which node.
    pub node: Node,
    /// What happened to it.
    pub news: News,
}

/// What happened to a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// These were published, or published anew.
    Items(Vec<Item>),
    /// These are gone, by id.
    Retracted(Vec<String>),
    /// All are gone.
    Purged,
    /// The node itself is gone.
    Deleted,
}

/// Who may read an own node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    /// Anybody.
    Open,
    /// Nobody but the bot.
    Own,
}

/// One question to a service about a node. What the host's [`Pubsub`] is made of; plugins have no use for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NodeAsk {
    /// A page of its items.
    Items {
        /// After the item of this id; the first page for `None`.
        after: Option<String>,
    },
    /// To be told of news.
    Subscribe,
    /// Not to be told any more.
    Unsubscribe,
    /// To be made.
    Create(Audience),
    /// To hold an item.
    Publish(Item),
    /// To hold the item of this id no more.
    Retract(String),
}

/// The answer to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NodeReply {
    /// It is done.
    Done,
    /// A page.
    Items {
        /// The items on it.
        items: Vec<Item>,
        /// After which the next page comes; `None` if there is none.
        next: Option<String>,
    },
}

/// Nodes of others and of one's own. Items are read in pages behind the scenes; nothing is cached.
#[async_trait]
pub trait Pubsub: Send + Sync {
    /// All items of a node, at most 100,000.
    ///
    /// # Errors
    /// If the service refuses, does not answer within 30 s, or answers half.
    async fn items(&self, node: &Node) -> Result<Vec<Item>, ServiceError>;

    /// Wants to be told of what is published; [`crate::Plugin::pushed`] is called from now on. Doing it again does no
    /// harm and is needed after a while, since services forget.
    ///
    /// # Errors
    /// As for [`Pubsub::items`].
    async fn subscribe(&self, node: &Node) -> Result<(), ServiceError>;

    /// Does not want to be told any more.
    ///
    /// # Errors
    /// As for [`Pubsub::items`].
    async fn unsubscribe(&self, node: &Node) -> Result<(), ServiceError>;

    /// Publishes an item. A node that is not there is made first, so that this audience may read it.
    ///
    /// # Errors
    /// As for [`Pubsub::items`].
    async fn publish(&self, node: &Node, item: Item, audience: Audience) -> Result<(), ServiceError>;

    /// Takes an item back and tells the subscribers.
    ///
    /// # Errors
    /// As for [`Pubsub::items`].
    async fn retract(&self, node: &Node, id: &str) -> Result<(), ServiceError>;
}
