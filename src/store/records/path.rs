//! Where records lie: a folder a room, in it a file a UTC day, packed or plain.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use domovoi_plugin::RoomJid;
use sha2::{Digest, Sha256};

/// Names longer than this are cut and get a digest; file systems stop at 255 bytes.
const MAX_NAME_BYTES: usize = 200;

/// The folder of a room, a name that is safe on any file system and that a person can read.
pub(crate) fn room_dir(root: &Path, room: &RoomJid) -> PathBuf {
    root.join(escape(room.as_str()))
}

/// The room of a folder; `None` if the name is not one, or was cut.
pub(crate) fn room_of_dir(dir: &Path) -> Option<RoomJid> {
    unescape(dir.file_name()?.to_str()?)?.parse().ok()
}

fn escape(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@_-".contains(&byte);
        if is_plain || (byte == b'.' && !name.is_empty()) {
            name.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            write!(name, "%{byte:02X}").ok();
        }
    }
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    name.truncate(MAX_NAME_BYTES - 40);
    name.push('~');
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        write!(name, "{byte:02x}").ok();
    }
    name
}

fn unescape(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'~' => return None,
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The files of one day of one room. Both may be there: what came after packing is in the plain one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct DayFiles {
    pub(crate) packed: bool,
    pub(crate) plain: bool,
}

/// The days of a room, in order; none if it has no folder.
pub(crate) fn days(dir: &Path) -> io::Result<BTreeMap<String, DayFiles>> {
    let mut days: BTreeMap<String, DayFiles> = BTreeMap::new();
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(days),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry?.file_name();
        let Some((day, kind)) = name.to_str().and_then(|it| it.split_once('.')) else { continue };
        if !is_day(day) {
            continue;
        }
        match kind {
            "jsonl" => days.entry(day.to_owned()).or_default().plain = true,
            "jsonl.zst" => days.entry(day.to_owned()).or_default().packed = true,
            _ => (),
        }
    }
    Ok(days)
}

/// The folders of all rooms.
pub(crate) fn room_dirs(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut dirs = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            dirs.push(entry.path());
        }
    }
    dirs.sort();
    Ok(dirs)
}

pub(crate) fn plain(dir: &Path, day: &str) -> PathBuf {
    dir.join(format!("{day}.jsonl"))
}

pub(crate) fn packed(dir: &Path, day: &str) -> PathBuf {
    dir.join(format!("{day}.jsonl.zst"))
}

/// Whether a text looks like `2026-11-22`.
pub(crate) fn is_day(text: &str) -> bool {
    let fits = |(n, byte): (usize, u8)| if n == 4 || n == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_readable_and_safe() {
        assert_eq!(escape("garden@chat.example.org"), "garden@chat.example.org");
        assert_eq!(escape("../x@b.example"), "%2E.%2Fx@b.example");
        assert_eq!(escape("ёж@b.example"), "%D1%91%D0%B6@b.example");
        let long = escape(&"ж".repeat(500));
        assert!(long.len() <= MAX_NAME_BYTES, "{long}");
        assert_ne!(long, escape(&"ж".repeat(501)));
    }

    proptest! {
        #[test]
        fn names_lead_back_to_the_room(text in "\\PC{1,30}") {
            let name = escape(&text);
            prop_assert!(!name.contains('/') && !name.starts_with('.') && !name.contains('\0'));
            if !name.contains('~') {
                prop_assert_eq!(unescape(&name), Some(text));
            }
        }
    }

    #[test]
    fn only_days_are_days() {
        for (text, expected) in
            [("2026-11-22", true), ("2026-11-2", false), ("2026/11/22", false), ("latest-day", false)]
        {
            assert_eq!(is_day(text), expected, "{text}");
        }
    }
}
