//! The command line: `domovoi [--config FILE] VERB`, one file a verb.
//!
//! Here are the arguments, where the configuration is looked for, and how an end is told: exit code 0 done, 1 failed at
//! run time, 2 wrong usage or wrong configuration; errors on stderr, one a line, in words.

pub mod backup;
pub mod check;
pub mod completions;
pub mod console;
pub mod doctor;
pub mod init;
pub mod logging;
pub mod man;
pub mod plugin;
mod plugins;
pub mod replay;
pub mod run;
mod stage;

use std::{
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use domovoi_plugin::{AccountId, Plugin};

use self::plugins::Compiled;
use crate::{
    config::{self, Loaded, Mistakes, OverlayEntry, Surroundings},
    host::overlay::CatalogueOf,
};

/// A conference bot for XMPP rooms: it keeps order, answers commands, and remembers.
///
/// It reads one configuration file, which `init` writes and `check` verifies. A running bot reads it again at SIGHUP
/// and leaves its rooms politely at SIGTERM or SIGINT.
#[derive(Debug, Parser)]
#[command(name = "domovoi", version, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
#[command(after_help = "Exit codes: 0 done, 1 failed at run time, 2 wrong usage or wrong configuration.")]
pub struct Arguments {
    /// The configuration [default: $DOMOVOI_CONFIG, then config/domovoi.toml, then /etc/domovoi/domovoi.toml].
    #[arg(long, short, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a configuration to begin with, and the folders it names.
    Init(init::Arguments),
    /// Read the configuration without connecting, and say all that is wrong in it.
    Check(check::Arguments),
    /// Run the bot until SIGTERM or SIGINT.
    Run(run::Arguments),
    /// Talk to the bot in a room in this terminal, without a server.
    Console(console::Arguments),
    /// Say what accounts, servers and rooms can do, and which right the bot lacks for what.
    Doctor(doctor::Arguments),
    /// Begin, list, check and test plugins, without a server.
    Plugin(plugin::Arguments),
    /// Say what the guard would have done about records, and change nothing.
    Replay(replay::Arguments),
    /// Copy the store while the bot runs, verify a copy, or bring one back.
    Backup(backup::Arguments),
    /// Print completions for a shell.
    Completions(completions::Arguments),
    /// Print a manual page.
    Man(man::Arguments),
}

/// What every verb is given.
#[derive(Clone)]
pub struct Context {
    config: Option<PathBuf>,
    /// The plugins that are compiled in.
    plugins: Compiled,
}

/// The command line asks for something that cannot be: exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// No configuration was named, and none is where it is looked for.
    #[error(
        "there is no configuration: neither {} nor {} is there; write one with `domovoi init`, or name one with --config",
        LOCAL_CONFIG,
        SYSTEM_CONFIG
    )]
    NoConfiguration,
    /// No configuration was named, but the one that `init` writes is here.
    #[error("no configuration was named; there is one here: `domovoi --config {HERE} …`")]
    NotNamed,
    /// What `man` was asked about is no verb.
    #[error("there is no verb `{0}`")]
    NoSuchVerb(String),
    /// A plugin cannot be called so.
    #[error("a plugin cannot be called `{given}`: {why}")]
    BadPluginName {
        /// What was given.
        given: String,
        /// Why not.
        why: String,
    },
    /// The guard has no such preset.
    #[error("there is no preset `{given}`; there are {known}")]
    NoSuchPreset {
        /// What was given.
        given: String,
        /// Those there are.
        known: String,
    },
    /// What `doctor` was asked about is no account.
    #[error("there is no account `{0}` in the configuration")]
    NoSuchAccount(AccountId),
}

/// Where a configuration is looked for, from the folder we are started in.
const LOCAL_CONFIG: &str = "config/domovoi.toml";
/// Where `init` writes one.
const HERE: &str = "domovoi.toml";
/// Where else.
const SYSTEM_CONFIG: &str = "/etc/domovoi/domovoi.toml";

impl Context {
    /// The configuration's file: what `--config` or `$DOMOVOI_CONFIG` names, else the first that there is.
    ///
    /// # Errors
    /// [`UsageError::NoConfiguration`], [`UsageError::NotNamed`].
    pub fn config_path(&self) -> Result<PathBuf, UsageError> {
        if let Some(path) = &self.config {
            return Ok(path.clone());
        }
        let found = [LOCAL_CONFIG, SYSTEM_CONFIG].into_iter().map(Path::new).find(|path| path.exists());
        let missing = || if Path::new(HERE).exists() { UsageError::NotNamed } else { UsageError::NoConfiguration };
        found.map(Path::to_path_buf).ok_or_else(missing)
    }

    /// The plugins that a configuration can name, for who reads it again and again.
    fn catalogue(&self) -> CatalogueOf {
        let compiled = self.plugins.clone();
        Box::new(move |bot| plugins::installed(&compiled, bot))
    }

    /// Reads the configuration, without what chat changed.
    ///
    /// # Errors
    /// [`UsageError::NoConfiguration`], or [`Mistakes`].
    pub fn load(&self) -> anyhow::Result<Loaded> {
        self.load_with(&[])
    }

    /// Reads the configuration, with what chat changed laid over it.
    ///
    /// # Errors
    /// [`UsageError::NoConfiguration`], or [`Mistakes`].
    pub fn load_with(&self, overlay: &[OverlayEntry]) -> anyhow::Result<Loaded> {
        let catalogue = |bot: &config::Bot| plugins::installed(&self.plugins, bot);
        let surroundings = Surroundings { env: &|name| std::env::var(name).ok(), catalogue: &catalogue };
        Ok(config::load(&self.config_path()?, surroundings, overlay)?)
    }
}

/// Does with these plugins what the command line says, tells of errors, and gives the exit code.
#[must_use]
pub fn main(plugins: Vec<Arc<dyn Plugin>>, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return tell_usage(&error),
    };
    // An empty variable means that none was meant.
    let from_environment = || std::env::var_os("DOMOVOI_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = arguments.config.or_else(from_environment);
    match dispatch(arguments.verb, &Context { config, plugins: plugins.into() }) {
        Ok(code) => code,
        Err(error) => tell(&error),
    }
}

fn dispatch(verb: Verb, context: &Context) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Init(arguments) => init::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments, context),
        Verb::Run(arguments) => run::run(&arguments, context),
        Verb::Console(arguments) => console::run(&arguments, context),
        Verb::Doctor(arguments) => doctor::run(&arguments, context),
        Verb::Plugin(arguments) => plugin::run(&arguments, context),
        Verb::Replay(arguments) => replay::run(&arguments, context),
        Verb::Backup(arguments) => backup::run(&arguments, context),
        Verb::Completions(arguments) => completions::run(&arguments, Arguments::command()),
        Verb::Man(arguments) => man::run(&arguments, Arguments::command()),
    }
}

/// Prints to stdout. Somebody who closed it has read enough: that is no error.
///
/// # Errors
/// If stdout cannot be written for another reason.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot write to stdout"),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints one line to stderr.
pub fn print_error(line: &str) {
    // Where stderr is closed there is nobody left to tell.
    io::stderr().write_all(format!("{line}\n").as_bytes()).ok();
}

/// Tells an error: each mistake of a configuration as a line of its own, anything else with its causes in one line.
fn tell(error: &anyhow::Error) -> ExitCode {
    if let Some(mistakes) = error.downcast_ref::<Mistakes>() {
        mistakes.iter().for_each(|mistake| print_error(&mistake.to_string()));
        return ExitCode::from(2);
    }
    print_error(&format!("domovoi: {}", one_line(&with_causes(error))));
    ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
}

/// An error with its causes, each once: some say theirs themselves, for the log.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Help and version go out as they are; a mistake in the arguments becomes one line.
fn tell_usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return print(&text).map_or_else(|error| tell(&error), |()| ExitCode::SUCCESS);
    }
    if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        print_error(text.trim_end());
        return ExitCode::from(2);
    }
    let sense = text.split("\n\nUsage:").next().unwrap_or(&text);
    let sense = sense.split("\n\nFor more information").next().unwrap_or(sense);
    let sense = sense.strip_prefix("error: ").unwrap_or(sense);
    print_error(&format!("domovoi: {}; see `domovoi --help`", one_line(sense)));
    ExitCode::from(2)
}

/// The lines of a text as one line.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ").replace(":; ", ": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_defined_without_contradiction() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_cause_is_told_once() {
        let taken = || std::io::Error::other("taken");
        let address = "127.0.0.1:1".parse().unwrap();
        let said = anyhow::Error::from(crate::web::WebError::Bind { address, source: taken() });
        assert_eq!(with_causes(&said), "cannot listen on 127.0.0.1:1, the address in [web]: taken");
        assert_eq!(with_causes(&anyhow::Error::from(taken()).context("cannot begin")), "cannot begin: taken");
    }

    #[test]
    fn errors_become_one_line() {
        assert_eq!(one_line("a:\n  b\n\n  c\n"), "a: b; c");
    }
}
