//! `domovoi man [VERB]`: manual pages, as `man` reads them.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_mangen::Man;

use super::UsageError;

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The verb to print the page of; none, the page of domovoi itself.
    pub verb: Option<String>,
}

/// Prints a manual page in roff.
///
/// # Errors
/// If there is no such verb, or stdout cannot be written.
pub fn run(arguments: &Arguments, mut command: Command) -> anyhow::Result<ExitCode> {
    // Gives the verbs their full names and the options that all of them take.
    command.build();
    let command = match &arguments.verb {
        None => command,
        Some(verb) => command.find_subcommand(verb).ok_or_else(|| UsageError::NoSuchVerb(verb.clone()))?.clone(),
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    super::print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}
