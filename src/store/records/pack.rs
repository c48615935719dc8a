//! Packs the plain file of a day that is over: checked line by line, compressed, read back, then replaced.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use crate::store::{
    error::StoreError,
    records::{
        day::repair,
        line::decode,
        path::{packed, plain},
        reader::Reader,
    },
    state::{dump::encoder, opening::sync_dir},
};

/// Packs one day of a room. What was packed before stays, the plain file's lines go behind it.
pub(crate) fn pack(dir: &Path, day: &str) -> Result<(), StoreError> {
    let (from, to) = (plain(dir, day), packed(dir, day));
    let io = |error| StoreError::io("pack", &from)(error);
    let file = File::options().read(true).write(true).open(&from).map_err(io)?;
    repair(&file, &from).map_err(io)?;
    let temporary = dir.join(format!("{day}.jsonl.zst.new"));
    let done = write(dir, day, file, &temporary).and_then(|n_lines| check(&temporary, &from, n_lines));
    if let Err(error) = done {
        // A leftover is overwritten by the next try.
        fs::remove_file(&temporary).ok();
        return Err(error);
    }
    fs::rename(&temporary, &to).map_err(io)?;
    sync_dir(dir).map_err(io)?;
    // From here to its removal the plain file's records are there twice; readers know them by their `seq`.
    fs::remove_file(&from).map_err(io)
}

/// Writes the packed file beside its place; says how many lines it has.
fn write(dir: &Path, day: &str, plain_file: File, temporary: &Path) -> Result<u64, StoreError> {
    let (from, to) = (plain(dir, day), packed(dir, day));
    let io = |error| StoreError::io("pack", &from)(error);
    let mut target = BufWriter::new(File::create(temporary).map_err(io)?);
    let (mut n_lines, mut last_seq) = (0, None);
    if to.exists() {
        for record in Reader::of_file(&to)? {
            last_seq = last_seq.max(record?.seq);
            n_lines += 1;
        }
        io::copy(&mut File::open(&to).map_err(io)?, &mut target).map_err(io)?;
    }
    let mut frame = encoder(target).map_err(io)?;
    for (n, line) in BufReader::new(plain_file).split(b'\n').enumerate() {
        let line = line.map_err(io)?;
        let record = decode(&line).map_err(|it| StoreError::damaged(&from, format!("line {}: {it}", n + 1)))?;
        if record.seq <= last_seq && last_seq.is_some() {
            continue;
        }
        frame.write_all(&line).and_then(|()| frame.write_all(b"\n")).map_err(io)?;
        n_lines += 1;
    }
    let file = frame.finish().map_err(io)?.into_inner().map_err(|it| io(it.into_error()))?;
    file.sync_all().map_err(io)?;
    Ok(n_lines)
}

/// Reads the packed file back before the plain one goes.
fn check(temporary: &Path, from: &Path, n_lines: u64) -> Result<(), StoreError> {
    let mut n_found = 0;
    for record in Reader::of_file(temporary)? {
        record?;
        n_found += 1;
    }
    if n_found == n_lines {
        return Ok(());
    }
    let error = io::Error::other(format!("{n_found} of {n_lines} lines came back"));
    Err(StoreError::io("pack", from)(error))
}
