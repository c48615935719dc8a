//! More services of the contract: nodes, records, a plugin's own settings, files that an owner put there.

use std::{io, path::Path};

use async_trait::async_trait;
use domovoi_plugin::{
    Asker, Audience, Files, Item, Node, OptionKind, Page, Power, Pubsub, Query, Record, Records, RoomJid, ServiceError,
    Setting, Tuning, format_duration,
};

use super::{
    overlay::{Change, ChangeError},
    services::Of,
};
use crate::{
    config::KeyPath,
    store::{StoreError, records::From as RecordsFrom},
};

/// So many records are read for one page at most; a page may then be short, or empty, and not the last.
const MOST_READ: usize = 200_000;
/// A page holds at most so many.
const MOST_RECORDS: usize = 10_000;
/// A file has at most so many bytes.
const MAX_FILE_BYTES: u64 = 1_000_000;

#[async_trait]
impl Pubsub for Of {
    async fn items(&self, node: &Node) -> Result<Vec<Item>, ServiceError> {
        self.host.node_items(node).await
    }

    async fn subscribe(&self, node: &Node) -> Result<(), ServiceError> {
        self.host.subscribe_node(node, &self.plugin).await
    }

    async fn unsubscribe(&self, node: &Node) -> Result<(), ServiceError> {
        self.host.unsubscribe_node(node, &self.plugin).await
    }

    async fn publish(&self, node: &Node, item: Item, audience: Audience) -> Result<(), ServiceError> {
        self.host.publish_item(node, item, audience).await
    }

    async fn retract(&self, node: &Node, id: &str) -> Result<(), ServiceError> {
        self.host.retract_item(node, id).await
    }
}

#[async_trait]
impl Records for Of {
    async fn query(&self, query: &Query) -> Result<Page, ServiceError> {
        if !self.may(Some(&query.room), Power::Records) {
            return Err(ServiceError::Refused("the plugin was not given the power `records`".to_owned()));
        }
        let (records, query) = (self.host.store.records.clone(), query.clone());
        records.flush_rooms([query.room.clone()]).await;
        let from = match query.after {
            Some(seq) => RecordsFrom::Seq(seq.saturating_add(1)),
            // What came late stands under the day on which it came, never an earlier one.
            None => RecordsFrom::Day(query.since.utc_day()),
        };
        let read = tokio::task::spawn_blocking(move || {
            let reader = records.read(&query.room, &from)?;
            Ok::<Page, StoreError>(page(reader, &query))
        });
        // Fails only if the runtime ends.
        let read = read.await.map_err(|_| ServiceError::Store("the bot is ending".to_owned()))?;
        read.map_err(|it| ServiceError::Store(it.to_string()))
    }
}

/// One page out of what is read. A damaged line is passed over: the rest is still true.
fn page(reader: impl Iterator<Item = Result<Record, StoreError>>, query: &Query) -> Page {
    let limit = query.limit.clamp(1, MOST_RECORDS);
    let mut page = Page::default();
    let mut last = query.after;
    for (n_read, record) in reader.filter_map(Result::ok).enumerate() {
        if limit <= page.records.len() || MOST_READ <= n_read {
            page.next = last;
            return page;
        }
        last = record.seq.or(last);
        if query.since <= record.at && record.at < query.until {
            page.records.push(record);
        }
    }
    page
}

#[async_trait]
impl Tuning for Of {
    async fn set(
        &self,
        room: Option<&RoomJid>,
        name: &str,
        value: Option<&str>,
        by: &Asker,
    ) -> Result<(), ServiceError> {
        let refused = |why: String| ServiceError::Refused(why);
        let installed =
            self.host.installed(&self.plugin).ok_or_else(|| refused("there is no such plugin".to_owned()))?;
        let option = installed.manifest.options.iter().find(|it| it.name == name);
        let option = option.ok_or_else(|| refused(format!("there is no setting `{name}`")))?;
        let table = match room {
            Some(room) => KeyPath::new(["rooms", room.as_str(), "plugins"]),
            None => KeyPath::new(["plugins"]),
        };
        let path = table.join(self.plugin.as_str()).join(option.name);
        let change = match value {
            Some(value) => {
                let is_secret = option.kind == OptionKind::Secret;
                Change { is_secret, ..Change::set(path, to_toml(&option.parse(value).map_err(refused)?)) }
            }
            None => Change::unset(path),
        };
        let by = by.identity.jid().map_or_else(|| by.nick.clone(), ToString::to_string);
        self.host.change(vec![change], &by).await.map_err(|error| match error {
            ChangeError::Wrong(why) => ServiceError::Refused(why),
            ChangeError::Store(error) => ServiceError::Store(error.to_string()),
            ChangeError::Fixed => ServiceError::Refused(error.to_string()),
        })
    }
}

fn to_toml(value: &Setting) -> toml::Value {
    match value {
        Setting::Flag(flag) => toml::Value::Boolean(*flag),
        Setting::Number(number) => toml::Value::Integer(*number),
        Setting::Span(span) => toml::Value::String(format_duration(*span)),
        Setting::Words(words) => toml::Value::String(words.clone()),
    }
}

#[async_trait]
impl Files for Of {
    async fn read(&self, name: &str) -> Result<Option<String>, ServiceError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.starts_with('.') || 100 < name.len() || !name.chars().all(fits) {
            return Err(ServiceError::Refused(format!("`{name}` is not the name of a file here")));
        }
        let Some(folder) = self.host.live.overlay().and_then(super::overlay::Overlay::folder) else { return Ok(None) };
        let path = folder.join(self.plugin.as_str()).join(name);
        // Fails only if the runtime ends.
        let read = tokio::task::spawn_blocking(move || read_file(&path)).await;
        let read = read.map_err(|_| ServiceError::Store("the bot is ending".to_owned()))?;
        read.map_err(|error| ServiceError::Unreadable(format!("{name}: {error}")))
    }
}

fn read_file(path: &Path) -> io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Ok(it) if MAX_FILE_BYTES < it.len() => {
            Err(io::Error::other(format!("it has more than {MAX_FILE_BYTES} bytes")))
        }
        Ok(_) => std::fs::read_to_string(path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{RecordKind, Timestamp};

    use super::*;

    fn record(seq: u64, at: i64) -> Result<Record, StoreError> {
        let room = "garden@chat.example".parse().unwrap();
        Ok(Record { seq: Some(seq), ..Record::new(Timestamp::from_millis(at), room, RecordKind::Message) })
    }

    fn query(after: Option<u64>, limit: usize) -> Query {
        let (since, until) = (Timestamp::from_millis(100), Timestamp::from_millis(200));
        Query { after, limit, ..Query::new("garden@chat.example".parse().unwrap(), since, until) }
    }

    #[test]
    fn a_page_ends_where_the_next_begins_and_the_last_says_so() {
        let all = [(1, 50), (2, 100), (3, 150), (4, 250), (5, 199), (6, 200)];
        let read = |after: Option<u64>, limit| {
            let rest = all.iter().filter(|it| after.is_none_or(|after| after < it.0)).map(|it| record(it.0, it.1));
            let page = page(rest, &query(after, limit));
            (page.records.iter().filter_map(|it| it.seq).collect::<Vec<_>>(), page.next)
        };
        assert_eq!(read(None, 2), (vec![2, 3], Some(3)));
        assert_eq!(read(Some(3), 2), (vec![5], None));
        assert_eq!(read(None, 10), (vec![2, 3, 5], None));
    }

    #[test]
    fn a_damaged_line_does_not_end_a_page() {
        let damaged = Err(StoreError::Closed);
        let page = page([record(1, 100), damaged, record(2, 101)].into_iter(), &query(None, 10));
        assert_eq!(page.records.len(), 2);
    }
}
