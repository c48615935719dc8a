//! Block lists of others: which there are, fetching them, taking in what is pushed, keeping them over a restart.
//!
//! Subscribed first and fetched after, so that nothing falls between. A list that cannot be fetched stays as it was.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domovoi_plugin::{Context, Fault, Item, News, Node, Push, Scope, ServiceError, Timestamp, jid::BareJid};
use serde::{Deserialize, Serialize};

use super::{React, change, ids, kept};
use crate::lists::{
    block::{BlockList, Blocks, Key, Worth},
    deed::Deed,
    parse,
};

/// How often a list is fetched anew; services forget their subscribers.
const REFRESH: Duration = Duration::from_secs(3_600);
/// How soon after a failure.
pub(super) const RETRY: Duration = Duration::from_secs(300);
/// Lists at most.
pub(crate) const MOST_LISTS: usize = 32;
/// The name of our own list.
pub(crate) const OWN: &str = "own";

/// What is said of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct BlockSpec {
    /// Where it is; `None` for our own list that nobody else is told of.
    pub(crate) node: Option<Node>,
    #[serde(default = "full")]
    pub(crate) weight: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deed: Option<String>,
    #[serde(default = "one")]
    pub(crate) quorum: usize,
    #[serde(default)]
    pub(crate) is_observed: bool,
}

const fn full() -> u32 {
    100
}

const fn one() -> usize {
    1
}

/// A list, as far as it was fetched.
#[derive(Clone, Debug)]
pub(crate) struct BlockState {
    pub(crate) spec: BlockSpec,
    /// Whether the configuration names it, so that it is not kept in the store.
    pub(crate) is_configured: bool,
    pub(crate) entries: Arc<BTreeSet<Key>>,
    /// When it was fetched last.
    pub(crate) fetched: Option<Timestamp>,
    /// When that was tried last.
    tried: Option<Timestamp>,
    /// What was said to the last try that failed.
    pub(crate) trouble: Option<String>,
}

impl BlockSpec {
    /// A list at a node, of full weight.
    pub(crate) fn at(node: Node) -> Self {
        Self { node: Some(node), weight: full(), deed: None, quorum: one(), is_observed: false }
    }

    fn worth(&self) -> Worth {
        let deed = self.deed.as_deref().and_then(|it| Deed::parse(it).ok());
        Worth { weight: self.weight, deed, quorum: self.quorum, is_observed: self.is_observed }
    }

    /// Takes in `weight=50`, `quorum=2`, `deed=ban`, `observe`; gives back the word that is none of these.
    pub(crate) fn set(&mut self, words: &[&str]) -> Result<(), String> {
        let mut rest = words.iter().peekable();
        while let Some(word) = rest.next() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let wrong = || (*word).to_owned();
            match key {
                "weight" => {
                    let weight = value.parse().ok().filter(|it| (1..=100).contains(it));
                    self.weight = weight.ok_or_else(wrong)?;
                }
                "quorum" => {
                    let quorum = value.parse().ok().filter(|it| (1..=MOST_LISTS).contains(it));
                    self.quorum = quorum.ok_or_else(wrong)?;
                }
                "deed" => {
                    let span = rest.next_if(|it| !it.contains('=') && **it != "observe");
                    let deed = span.map_or_else(|| value.to_owned(), |span| format!("{value} {span}"));
                    let deed = Deed::parse(&deed).map_err(|_| wrong())?;
                    // Points are what the weight is for.
                    self.deed = Some(deed).filter(|it| matches!(it, Deed::Answer(_))).map(|it| it.to_string());
                }
                "observe" if value.is_empty() => self.is_observed = true,
                _ => return Err(wrong()),
            }
        }
        Ok(())
    }
}

impl BlockState {
    pub(crate) fn new(spec: BlockSpec, is_configured: bool) -> Self {
        let entries = Arc::default();
        Self { spec, is_configured, entries, fetched: None, tried: None, trouble: None }
    }
}

/// Where a list is, as `service/node`.
pub(crate) fn node_of(text: &str) -> Option<Node> {
    let (service, name) = text.split_once('/')?;
    let service = BareJid::new(service).ok()?;
    (!name.is_empty()).then(|| Node::of(service, name))
}

impl React {
    /// The lists in the store, with what was fetched before.
    pub(super) async fn load_blocks(&self, cx: &Context) -> Result<(), Fault> {
        for key in cx.services.state.keys(&Scope::Global, "blocklist/").await? {
            let Some(name) = key.strip_prefix("blocklist/") else { continue };
            let Some(spec) = kept::get::<BlockSpec>(cx, &Scope::Global, &key).await? else { continue };
            let mut state = BlockState::new(spec, false);
            state.entries = Arc::new(ids::load(cx, name).await?);
            self.inner().blocks.entry(name.to_owned()).or_insert(state);
        }
        self.load_own(cx).await
    }

    /// Takes the lists of the configuration in; those that it names no more go, with what they led to, others stay.
    pub(super) async fn read_block_settings(&self, cx: &Context) -> Result<(), Fault> {
        let text = cx.settings.words("block_lists").to_owned();
        let mut named = BTreeSet::new();
        for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let words: Vec<&str> = part.split_whitespace().collect();
            let Some((first, rest)) = words.split_first() else { continue };
            let Some(node) = node_of(first) else { continue };
            let name = name_of(&node);
            let mut spec = BlockSpec::at(node);
            // What is none of the words is told by `blocklist list`, where the list then has its defaults.
            spec.set(rest).ok();
            named.insert(name.clone());
            let is_known = self.inner().blocks.contains_key(&name);
            // What was fetched before the bot ended holds until it is fetched anew.
            let entries = if is_known { BTreeSet::new() } else { ids::load(cx, &name).await? };
            let mut inner = self.inner();
            let n_lists = inner.blocks.len();
            match inner.blocks.get_mut(&name) {
                Some(known) => (known.spec, known.is_configured) = (spec, true),
                None if n_lists < MOST_LISTS => {
                    let state = BlockState { entries: Arc::new(entries), ..BlockState::new(spec, true) };
                    inner.blocks.insert(name, state);
                }
                None => (),
            }
        }
        let is_gone = |(name, it): &(&String, &BlockState)| it.is_configured && !named.contains(*name);
        let gone: Vec<String> = self.inner().blocks.iter().filter(is_gone).map(|it| it.0.clone()).collect();
        for name in gone {
            self.remove_list(cx, &name).await?;
        }
        Ok(())
    }

    /// Fetches every list.
    pub(crate) async fn refresh_blocks(&self, cx: &Context) {
        let names: Vec<String> = self.inner().blocks.keys().cloned().collect();
        for name in names {
            self.refresh(cx, &name).await;
        }
    }

    /// Fetches the lists whose time it is.
    pub(super) async fn refresh_due_blocks(&self, cx: &Context) {
        let now = cx.now();
        let is_due = |it: &BlockState| {
            let every = if it.trouble.is_some() { RETRY } else { REFRESH };
            it.tried.is_none_or(|tried| every <= now.since(tried))
        };
        let due: Vec<String> =
            self.inner().blocks.iter().filter(|(_, it)| is_due(it)).map(|(name, _)| name.clone()).collect();
        for name in due {
            self.refresh(cx, &name).await;
        }
    }

    /// Fetches one list: all of it, in the place of what was known.
    pub(crate) async fn refresh(&self, cx: &Context, name: &str) {
        let node = {
            let mut inner = self.inner();
            let Some(state) = inner.blocks.get_mut(name) else { return };
            state.tried = Some(cx.now());
            state.spec.node.clone()
        };
        let Some(node) = node else { return };
        match fetch(cx, &node).await {
            Ok(items) => self.replace(cx, name, items.iter().map(|it| Key::of(&it.id)).collect()).await,
            Err(error) => {
                if let Some(state) = self.inner().blocks.get_mut(name) {
                    state.trouble = Some(error.to_string());
                }
            }
        }
    }

    /// A list says this now. Whoever was kept out for an entry that is gone is let in again.
    async fn replace(&self, cx: &Context, name: &str, entries: BTreeSet<Key>) {
        let gone: Vec<Key> = {
            let mut inner = self.inner();
            let Some(state) = inner.blocks.get_mut(name) else { return };
            (state.fetched, state.trouble) = (Some(cx.now()), None);
            let gone = state.entries.difference(&entries).cloned().collect();
            if *state.entries == entries {
                return;
            }
            state.entries = Arc::new(entries.into_iter().take(ids::MOST_IDS).collect());
            gone
        };
        self.changed(cx, name, &gone).await;
    }

    /// The entries of a list changed: shared, written down, and whoever is not on it any more is let in.
    async fn changed(&self, cx: &Context, name: &str, gone: &[Key]) {
        self.share_blocks(cx);
        let state = self.inner().blocks.get(name).cloned();
        if let Some(state) = state.filter(|it| !it.is_configured || it.fetched.is_some())
            && let Err(error) = ids::save(cx, name, &state.entries).await
            && let Some(state) = self.inner().blocks.get_mut(name)
        {
            state.trouble = Some(error.to_string());
        }
        for key in gone {
            self.lift(cx, name, &key.id()).await;
        }
    }

    /// Adds to a list, or takes from it.
    pub(crate) async fn edit(&self, cx: &Context, name: &str, add: &[Key], remove: &[Key]) {
        {
            let mut inner = self.inner();
            let Some(state) = inner.blocks.get_mut(name) else { return };
            let mut entries = (*state.entries).clone();
            for key in remove {
                entries.remove(key);
            }
            entries.extend(add.iter().take(ids::MOST_IDS.saturating_sub(entries.len())).cloned());
            if entries == *state.entries {
                return;
            }
            state.entries = Arc::new(entries);
        }
        self.changed(cx, name, remove).await;
    }

    /// What a service told of a node.
    pub(super) async fn take_news(&self, push: &Push, cx: &Context) -> Result<(), Fault> {
        let names: Vec<String> = {
            let inner = self.inner();
            let is_it = |it: &BlockState| it.spec.node.as_ref() == Some(&push.node);
            inner.blocks.iter().filter(|(_, it)| is_it(it)).map(|(name, _)| name.clone()).collect()
        };
        for name in names {
            match &push.news {
                News::Items(items) => {
                    let add: Vec<Key> = items.iter().map(|it| Key::of(&it.id)).collect();
                    self.edit(cx, &name, &add, &[]).await;
                }
                News::Retracted(ids) => {
                    let remove: Vec<Key> = ids.iter().map(|it| Key::of(it)).collect();
                    self.edit(cx, &name, &[], &remove).await;
                }
                News::Purged => self.replace(cx, &name, BTreeSet::new()).await,
                // Perhaps it moves; what it said holds until an owner removes the list.
                News::Deleted => {
                    if let Some(state) = self.inner().blocks.get_mut(&name) {
                        state.trouble = Some("the list was deleted there".to_owned());
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds a list, or changes what one is worth.
    pub(crate) async fn add_list(&self, cx: &Context, name: &str, spec: BlockSpec) -> Result<bool, Fault> {
        {
            let mut inner = self.inner();
            let n_lists = inner.blocks.len();
            match inner.blocks.get_mut(name) {
                Some(known) if known.spec.node == spec.node => known.spec = spec.clone(),
                Some(known) => *known = BlockState::new(spec.clone(), false),
                None if n_lists < MOST_LISTS => {
                    inner.blocks.insert(name.to_owned(), BlockState::new(spec.clone(), false));
                }
                None => return Ok(false),
            }
        }
        kept::put(cx, &Scope::Global, &format!("blocklist/{name}"), Some(&spec)).await?;
        self.share_blocks(cx);
        Ok(true)
    }

    /// Removes a list; whoever was kept out because of it alone is let in again.
    pub(crate) async fn remove_list(&self, cx: &Context, name: &str) -> Result<bool, Fault> {
        let Some(state) = self.inner().blocks.remove(name) else { return Ok(false) };
        self.share_blocks(cx);
        kept::put::<()>(cx, &Scope::Global, &format!("blocklist/{name}"), None).await?;
        ids::save(cx, name, &BTreeSet::new()).await?;
        self.lift_all_of(cx, name).await;
        if let Some(node) = state.spec.node {
            // A service that does not hear it goes on telling us, and nobody listens.
            cx.services.pubsub.unsubscribe(&node).await.ok();
        }
        Ok(true)
    }

    /// All lists as they count now.
    pub(crate) fn followed(&self) -> Blocks {
        let inner = self.inner();
        let list = |(name, it): (&String, &BlockState)| BlockList {
            name: name.as_str().into(),
            worth: it.spec.worth(),
            entries: it.entries.clone(),
        };
        let exceptions = inner.kept.iter().map(|(room, it)| (room.clone(), it.exceptions.clone())).collect();
        Blocks { lists: inner.blocks.iter().map(list).collect(), exceptions, generation: 0 }
    }

    /// Puts the lists into what the rooms share; those present are looked at again.
    pub(crate) fn share_blocks(&self, cx: &Context) {
        let mut blocks = Some(self.followed());
        change(cx, |common| {
            if let Some(mut blocks) = blocks.take() {
                blocks.generation = common.blocks.generation + 1;
                common.blocks = Arc::new(blocks);
            }
        });
    }
}

/// The name of a list that the configuration names.
fn name_of(node: &Node) -> String {
    let name: String = node.to_string().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    // Two long ones may begin alike.
    let short = if name.chars().count() <= 32 {
        name
    } else {
        let digest = Key::hashed(&node.to_string()).id();
        name.chars().take(25).chain(['-']).chain(digest.chars().take(6)).collect()
    };
    if parse::is_name(&short) { short.to_lowercase() } else { "list".to_owned() }
}

async fn fetch(cx: &Context, node: &Node) -> Result<Vec<Item>, ServiceError> {
    // A service that takes no subscribers may give its items all the same; they are then fetched every hour.
    let subscribed = cx.services.pubsub.subscribe(node).await;
    let items = cx.services.pubsub.items(node).await;
    match (items, subscribed) {
        (Ok(items), _) => Ok(items),
        (Err(error), Ok(())) | (Err(_), Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_the_configuration_that_begin_alike_have_names_of_their_own() {
        let name = |text: &str| name_of(&node_of(text).unwrap());
        assert_eq!(name("blocks.example/bans"), "blocks-example-bans");
        let (one, two) = ("pubsub.community.example.org/muc_bans_sha256", "pubsub.community.example.org/muc_bans_own");
        assert_ne!(name(one), name(two));
        assert!([one, two].iter().all(|it| parse::is_name(&name(it)) && name(it).starts_with("pubsub-community")));
    }
}
