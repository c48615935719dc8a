//! Word lists that rooms name in their settings: files of the bot's owner, and the lists to begin with.

use std::sync::Arc;

use domovoi_plugin::{Context, Memo};
use serde_json::Value;

use super::{React, change};
use crate::lists::{
    STARTERS, file,
    file::BadLine,
    parse,
    words::{Book, Words},
};

/// So many lists are read.
const MOST_LISTS: usize = 100;

impl React {
    /// A room names these lists in its settings.
    pub(super) async fn add_named(&self, memo: &Memo, cx: &Context) {
        let names = memo.data.as_array().into_iter().flatten().filter_map(Value::as_str);
        let names: Vec<String> = names.filter(|it| parse::is_name(it)).map(str::to_owned).collect();
        {
            let mut inner = self.inner();
            for name in names {
                if inner.named.len() < MOST_LISTS {
                    inner.named.insert(name);
                }
            }
        }
        self.read_named(cx).await;
    }

    /// Reads every list that some room names. One that cannot be read now stays as it was.
    pub(super) async fn read_named(&self, cx: &Context) {
        let names: Vec<String> = self.inner().named.iter().cloned().collect();
        for name in names {
            let Some((book, _)) = read(cx, &name).await else { continue };
            let book = Arc::new(book);
            change(cx, |common| {
                let mut words: Words = (*common.words).clone();
                words.named.insert(name.clone(), book.clone());
                common.words = Arc::new(words);
            });
        }
    }
}

/// A list by its name, and its lines that are no entries; `None` if there is none of this name.
pub(crate) async fn read(cx: &Context, name: &str) -> Option<(Book, Vec<BadLine>)> {
    let starter = STARTERS.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
    let text = match starter {
        Some(text) => Some(text),
        // What cannot be read is told by `guard status`, where the list is missing then.
        None => cx.services.files.read(&format!("{name}.txt")).await.ok().flatten(),
    };
    let (entries, bad) = file::read(name, &text?);
    Some((Book::new(entries), bad))
}
