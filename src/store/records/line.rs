//! One record as a line of a day file: JSON with a checksum as its last key.
//!
//! The checksum is there so that a flipped bit is noticed; whoever reads the files with another tool ignores it.

use domovoi_plugin::Record;

/// The longest line, in bytes. A stanza is shorter, whatever it is made of.
pub(crate) const MAX_LINE_BYTES: usize = 1024 * 1024;
const BEFORE: &[u8] = b",\"crc\":\"";
const AFTER: &[u8] = b"\"}";

/// Makes it the line of this record, with its line end.
pub(crate) fn encode(record: &Record, line: &mut Vec<u8>) -> serde_json::Result<()> {
    line.clear();
    serde_json::to_writer(&mut *line, record)?;
    // The closing brace; the checksum comes before it.
    line.pop();
    let sum = crc32fast::hash(line);
    line.extend_from_slice(BEFORE);
    line.extend_from_slice(format!("{sum:08x}").as_bytes());
    line.extend_from_slice(AFTER);
    line.push(b'\n');
    Ok(())
}

/// The record of a line without its line end.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn decode(line: &[u8]) -> Result<Record, String> {
    let (json, sum) = split(line).ok_or("it has no checksum")?;
    if crc32fast::hash(json) != sum {
        return Err("its checksum is wrong".to_owned());
    }
    serde_json::from_slice(line).map_err(|it| format!("it is no record: {it}"))
}

fn split(line: &[u8]) -> Option<(&[u8], u32)> {
    let rest = line.strip_suffix(AFTER)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
    let sum = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((rest.strip_suffix(BEFORE)?, sum))
}

/// What stands after the last line end of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Tail {
    /// Nothing, as it should be.
    Clean,
    /// A whole line, but for its line end.
    Unended(Box<Record>),
    /// A whole line whose line end is another byte.
    BadEnd(Box<Record>),
    /// The beginning of a line that was being written in a crash; never acknowledged.
    Torn,
}

impl Tail {
    pub(crate) fn of(tail: &[u8]) -> Self {
        if tail.is_empty() {
            return Self::Clean;
        }
        if let Ok(record) = decode(tail) {
            return Self::Unended(Box::new(record));
        }
        match tail.split_last().map(|(_, line)| decode(line)) {
            Some(Ok(record)) => Self::BadEnd(Box::new(record)),
            _ => Self::Torn,
        }
    }

    /// The record that can still be read.
    pub(crate) fn into_record(self) -> Option<Record> {
        match self {
            Self::Unended(record) | Self::BadEnd(record) => Some(*record),
            Self::Clean | Self::Torn => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domovoi_plugin::{RecordKind, Timestamp};

    fn line() -> (Record, Vec<u8>) {
        let mut record =
            Record::new(Timestamp::from_millis(1), "garden@chat.example".parse().unwrap(), RecordKind::Message);
        record.body = Some("line\nbreak \"quoted\" ёж".to_owned());
        record.seq = Some(7);
        let mut line = Vec::new();
        encode(&record, &mut line).unwrap();
        (record, line)
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (record, line) = line();
        let line = line.strip_suffix(b"\n").unwrap();
        assert_eq!(decode(line), Ok(record.clone()));
        assert_eq!(serde_json::from_slice::<Record>(line).unwrap(), record, "other tools read it too");
        for n in 0..line.len() * 8 {
            let mut bad = line.to_vec();
            bad[n / 8] ^= 1 << (n % 8);
            // The case of a hex digit means nothing.
            assert!(decode(&bad).map_or(true, |it| it == record), "bit {n}");
        }
    }

    #[test]
    fn a_tail_is_torn_only_if_nothing_whole_is_in_it() {
        let (record, line) = line();
        let record = Box::new(record);
        for n in 1..line.len() - 1 {
            assert_eq!(Tail::of(&line[..n]), Tail::Torn, "{n} bytes");
        }
        assert_eq!(Tail::of(&line[..line.len() - 1]), Tail::Unended(record.clone()));
        let mut flipped = line.clone();
        *flipped.last_mut().unwrap() ^= 4;
        assert_eq!(Tail::of(&flipped), Tail::BadEnd(record));
        assert_eq!(Tail::of(&[0; 4096]), Tail::Torn);
        assert_eq!(Tail::of(b""), Tail::Clean);
    }
}
