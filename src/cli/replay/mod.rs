//! `domovoi replay FILE…`: what the guard would have done about records, by their own clock.
//!
//! It needs neither configuration nor store and changes nothing. Files in order of time are streamed, several of them
//! merged; only where a line is older than one before it are they read again, sorted (`source`).

mod progress;
mod show;
mod source;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use domovoi_plugin::{OptionKind, Plugin, Settings};

use self::{progress::Progress, source::Flow};
use super::{Context, UsageError};
use crate::host::replay::{Player, Report, Seat};

/// The setting that presets are chosen by.
const PRESET: &str = "preset";

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Records as JSON lines, also compressed with zstd; several files are played as one, whatever their order.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The guard's preset: public, support, friends, strict.
    #[arg(long, value_name = "P", default_value = "public")]
    pub preset: String,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How it is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// For people: a line an act, and a summary.
    Text,
    /// One object.
    Json,
}

/// Replays records and prints what would have been done.
///
/// # Errors
/// If there is no such preset, or a file cannot be read.
pub fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let seats = seats(&context.plugins, &arguments.preset)?;
    anyhow::ensure!(!seats.is_empty(), "this build has no guard to replay with");
    let files = source::look_at(&arguments.files)?;
    let mut progress = Progress::new(files.iter().map(|it| it.n_bytes).sum());
    let (report, n_rooms) = play(&seats, &files, &mut progress)?;
    progress.end();
    match arguments.format {
        Format::Text => super::print(&show::text(&report, n_rooms))?,
        Format::Json => {
            let json = serde_json::to_string(&report).context("cannot write the report")?;
            super::print(&format!("{json}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every one of these plugins with its settings for this preset; those that do not guard take no part.
///
/// # Errors
/// If no such preset is known.
pub fn seats(plugins: &[Arc<dyn Plugin>], preset: &str) -> Result<Vec<Seat>, UsageError> {
    let mut seats = Vec::new();
    for plugin in plugins {
        let manifest = plugin.manifest();
        let Some(option) = manifest.options.iter().find(|it| it.name == PRESET) else { continue };
        if let OptionKind::Choice(presets) = option.kind
            && !presets.contains(&preset)
        {
            return Err(UsageError::NoSuchPreset { given: preset.to_owned(), known: presets.join(", ") });
        }
        let (settings, _) = Settings::read(&manifest.options, [(PRESET, preset.to_owned())]);
        seats.push(Seat { plugin: plugin.clone(), settings });
    }
    Ok(seats)
}

fn play(seats: &[Seat], files: &[source::File], progress: &mut Progress) -> anyhow::Result<(Report, usize)> {
    let mut player = player(seats, files)?;
    let flow = source::stream(files, &mut |line, n_bytes| {
        player.line(line);
        progress.at(n_bytes);
    })?;
    if flow == Flow::OutOfOrder {
        player = self::player(seats, files)?;
        source::sorted(files, &mut |line, n_bytes| {
            player.line(line);
            progress.at(n_bytes);
        })?;
    }
    let n_rooms = player.n_rooms();
    Ok((player.finish(), n_rooms))
}

/// A player that knows what the times in these files look like.
fn player(seats: &[Seat], files: &[source::File]) -> anyhow::Result<Player> {
    let mut player = Player::new(seats.to_vec());
    source::heads(files, &mut |line| player.foresee(line))?;
    Ok(player)
}
