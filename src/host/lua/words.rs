//! Words that a plugin says in its table for several languages: made into a Fluent file, as if it had brought one.

use std::collections::BTreeMap;

use mlua::Value;

use super::{
    intern::{list, word},
    reader::Node,
};

/// Fluent text made of the table, by language.
#[derive(Default)]
pub(super) struct Words(BTreeMap<String, String>);

impl Words {
    /// The words under a key: a text as it is (or as it is in the plugin's own Fluent files), or `{ en = …, ru = … }`.
    pub(super) fn take(&mut self, node: &Node<'_>, key: &str, fluent_key: &str) -> Option<&'static str> {
        if !matches!(node.get(key), Value::Table(_)) {
            return node.text(key).map(|it| word(&it));
        }
        let by_lang = node.node(key)?;
        for (lang, _) in by_lang.pairs() {
            let lang = lang.as_string().map(|it| it.to_string_lossy()).unwrap_or_default();
            if lang.is_empty() || !lang.chars().all(|it| it.is_ascii_alphanumeric() || it == '-') {
                by_lang.wrong_here(format!("`{key}` is a text, or a table such as {{ en = \"…\", ru = \"…\" }}"));
                continue;
            }
            if let Some(text) = by_lang.text(&lang) {
                self.add(&lang, fluent_key, &text);
            }
        }
        Some(word(fluent_key))
    }

    fn add(&mut self, lang: &str, key: &str, text: &str) {
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Written as a literal, so that no sign in it means anything to Fluent.
        let literal = text.replace('\\', "\\\\").replace('"', "\\\"");
        self.0.entry(lang.to_owned()).or_default().push_str(&format!("{key} = {{ \"{literal}\" }}\n"));
    }

    /// The plugin's own Fluent files, and these.
    pub(super) fn over(self, own: &[(String, String)]) -> &'static [(&'static str, &'static str)] {
        let own = own.iter().map(|(lang, text)| (word(lang), word(text)));
        list(own.chain(self.0.iter().map(|(lang, text)| (word(lang), word(text)))).collect())
    }
}

/// A command's name as a part of a Fluent key.
pub(super) fn key_part(name: &str) -> String {
    let part = |it: char| if it.is_ascii_alphanumeric() { it.to_string() } else { format!("-{:x}", u32::from(it)) };
    name.chars().map(part).collect()
}
