//! `domovoi plugin`: begins, lists, checks and tests plugins, without a server.

mod check;
mod inspect;
mod list;
mod new;
pub mod new_rust;
mod test;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Context;

/// Arguments of `plugin`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do with plugins.
    #[command(subcommand)]
    verb: Verb,
}

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Begin a plugin: a folder with its code, its words and a test.
    New(new::Arguments),
    /// List the plugins there are.
    List(list::Arguments),
    /// Say all that is wrong with plugins, without running them.
    Check(check::Arguments),
    /// Run the tests of plugins and the examples of their commands.
    Test(test::Arguments),
}

/// Does it.
///
/// # Errors
/// As its verbs.
pub fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    match &arguments.verb {
        Verb::New(arguments) => new::run(arguments, context),
        Verb::List(arguments) => list::run(arguments, context),
        Verb::Check(arguments) => check::run(arguments, context),
        Verb::Test(arguments) => test::run(arguments, context),
    }
}
