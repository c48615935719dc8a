//! `[bot]`: what holds for the whole bot.

use std::{collections::BTreeSet, fs, path::PathBuf};

use domovoi_plugin::Nick;
use jid::BareJid;

use super::{
    Language, Prefix, TimeZoneName,
    section::Section,
    words::{read_language, read_nick, read_prefix, read_timezone},
};

/// What holds for the whole bot, and the defaults of its rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// Those who have every right.
    pub owners: BTreeSet<BareJid>,
    /// The nick in rooms that set none.
    pub nick: Nick,
    /// The language of rooms that set none.
    pub language: Language,
    /// The command prefix of rooms that set none.
    pub prefix: Prefix,
    /// The time zone of rooms that set none.
    pub timezone: TimeZoneName,
    /// The folder of the store, records and the control socket.
    pub data_dir: PathBuf,
    /// Folders in which each folder is a plugin.
    pub plugin_dirs: Vec<PathBuf>,
    /// A picture for the vCard of each account.
    pub avatar: Option<PathBuf>,
    /// The status text of its presence.
    pub presence: Option<String>,
}

impl Bot {
    /// Reads `[bot]`, with defaults for what is missing or wrong.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.section_or_empty("bot");
        let bot = Self {
            owners: read_owners(&section),
            nick: read_nick(&section).unwrap_or_else(default_nick),
            language: read_language(&section).unwrap_or_default(),
            prefix: read_prefix(&section).unwrap_or_default(),
            timezone: read_timezone(&section).unwrap_or_default(),
            data_dir: section.path("data_dir").unwrap_or_else(|| section.reader.resolve("data")),
            plugin_dirs: read_plugin_dirs(&section),
            avatar: read_avatar(&section),
            presence: section.parse("presence", "a text in quotes", read_status),
        };
        section.finish();
        bot
    }
}

#[expect(clippy::expect_used, reason = "a constant that is a nick")]
fn default_nick() -> Nick {
    Nick::new("domovoi").expect("the default nick is a nick")
}

fn read_owners(section: &Section<'_>) -> BTreeSet<BareJid> {
    let read = |text: &str| match BareJid::new(text) {
        Ok(jid) if jid.node().is_some() => Ok(jid),
        Ok(_) => Err(format!("`{text}` is not a person's JID: the part before @ is missing")),
        Err(error) => Err(format!("`{text}` is not a bare JID such as `juliet@capulet.example`: {error}")),
    };
    let owners: BTreeSet<_> = section
        .list("owners", "a bare JID such as \"juliet@capulet.example\"", read)
        .unwrap_or_default()
        .into_iter()
        .collect();
    if owners.is_empty() {
        let what = "nobody owns the bot, so nobody can change it by chat or hear of its troubles";
        section.reader.warn(section.origin, section.path.join("owners"), what);
    }
    owners
}

fn read_plugin_dirs(section: &Section<'_>) -> Vec<PathBuf> {
    let read = |text: &str| Ok::<_, String>(section.reader.resolve(text));
    let Some(folders) = section.list("plugin_dirs", "a folder in quotes", read) else {
        return vec![section.reader.resolve("plugins")];
    };
    for folder in folders.iter().filter(|folder| !folder.is_dir()) {
        section.warn("plugin_dirs", format!("there is no folder {}", folder.display()));
    }
    folders
}

/// A picture: PNG, JPEG, GIF or WebP, small enough to be sent as a stanza.
fn read_avatar(section: &Section<'_>) -> Option<PathBuf> {
    const MOST_BYTES: usize = 100 * 1024;
    section.parse("avatar", "a path in quotes", |text| {
        let path = section.reader.resolve(text);
        let bytes = fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        if !bytes.starts_with(b"\x89PNG") && !bytes.starts_with(b"\xff\xd8") && !bytes.starts_with(b"GIF8") && !is_webp
        {
            return Err(format!("{} is not a picture: use PNG, JPEG, GIF or WebP", path.display()));
        }
        if MOST_BYTES < bytes.len() {
            return Err(format!("{} has {} bytes, at most {MOST_BYTES} can be sent", path.display(), bytes.len()));
        }
        Ok(path)
    })
}

/// A status text: what XML can carry, and short enough to be read.
fn read_status(text: &str) -> Result<String, String> {
    const MOST: usize = 500;
    if MOST < text.chars().count() {
        return Err(format!("a status text has at most {MOST} characters, found {}", text.chars().count()));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err("a status text has no control characters".to_owned());
    }
    Ok(text.to_owned())
}
