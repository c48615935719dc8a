//! Words that a plugin says in its table for several languages: made into a Fluent file, as if it had brought one.

use std::collections::BTreeMap;

use domovoi_plugin::grammar::shown;
use mlua::Value;

use super::{
    intern::{list, word},
    reader::Node,
};

/// A text in the table that people read has at most so many characters.
const MAX_PROSE: usize = 500;

/// The words of the table, by language and key.
#[derive(Default)]
pub(super) struct Words(BTreeMap<String, BTreeMap<String, String>>);

impl Words {
    /// The words under a key: a text as it is (or as it is in the plugin's own Fluent files), or `{ en = …, ru = … }`.
    pub(super) fn take(&mut self, node: &Node<'_>, key: &str, fluent_key: &str) -> Option<&'static str> {
        if !matches!(node.get(key), Value::Table(_)) {
            return node.text(key).map(|it| word(&prose(node, key, &it)));
        }
        let by_lang = node.node(key)?;
        let is_like = format!("`{key}` is a text, or a table such as {{ en = \"…\", ru = \"…\" }}");
        for (lang, text) in each(&by_lang, &is_like) {
            self.add(&lang, fluent_key, &prose(&by_lang, &lang, &text));
        }
        Some(word(fluent_key))
    }

    /// How an argument is called in other languages. Arguments of the same name are called the same in all commands.
    pub(super) fn take_arg(&mut self, node: &Node<'_>, name: &str) {
        let Some(names) = node.node("names") else { return };
        if !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_') {
            node.wrong("names", format!("only an argument whose name is of a-z, 0-9, - and _ has others: `{name}`"));
            return;
        }
        for (lang, text) in each(&names, "`names` is a table such as { ru = \"ник\" }") {
            if let Some(other) = self.add(&lang, &format!("arg-{name}"), &text) {
                names.wrong(&lang, format!("`{name}` is called `{other}` in another command: choose another name"));
            }
        }
    }

    /// Gives what stood there before, if it is something else.
    fn add(&mut self, lang: &str, key: &str, text: &str) -> Option<String> {
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let before = self.0.entry(lang.to_owned()).or_default().insert(key.to_owned(), text.clone());
        before.filter(|it| *it != text)
    }

    /// The plugin's own Fluent files, and these.
    pub(super) fn over(self, own: &[(String, String)]) -> &'static [(&'static str, &'static str)] {
        let own = own.iter().map(|(lang, text)| (word(lang), word(text)));
        list(own.chain(self.0.iter().map(|(lang, words)| (word(lang), word(&fluent(words))))).collect())
    }
}

/// What people are to read, on one line: not too long for an answer that has more in it, and all of it to be seen.
fn prose(node: &Node<'_>, key: &str, text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if MAX_PROSE < text.chars().count() {
        node.wrong(key, format!("a text that people read here has at most {MAX_PROSE} characters"));
    }
    if text != shown(&text, MAX_PROSE.max(text.len())) {
        node.wrong(key, "a text that people read has no marks that steer the terminal or the direction of writing");
    }
    text
}

/// The texts of a table by language; `is_like` is what it should be.
fn each(by_lang: &Node<'_>, is_like: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (lang, _) in by_lang.pairs() {
        let lang = lang.as_string().map(|it| it.to_string_lossy()).unwrap_or_default();
        if lang.is_empty() || !lang.chars().all(|it| it.is_ascii_alphanumeric() || it == '-') {
            by_lang.wrong_here(is_like);
            continue;
        }
        found.extend(by_lang.text(&lang).map(|text| (lang, text)));
    }
    found
}

/// Each text as a literal, so that no sign in it means anything to Fluent.
fn fluent(words: &BTreeMap<String, String>) -> String {
    let literal = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    words.iter().map(|(key, text)| format!("{key} = {{ \"{}\" }}\n", literal(text))).collect()
}

/// A command's name as a part of a Fluent key.
pub(super) fn key_part(name: &str) -> String {
    let part = |it: char| if it.is_ascii_alphanumeric() { it.to_string() } else { format!("-{:x}", u32::from(it)) };
    name.chars().map(part).collect()
}
