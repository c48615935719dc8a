//! `domovoi man [VERB…]`: manual pages, as `man` reads them.
//!
//! What is known of the arguments comes from their definition; what else a page has to say is written here.

use std::{io, process::ExitCode};

use clap::{Args, Command};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::UsageError;

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The verb to print the page of, such as `backup restore`; none, the page of domovoi itself.
    pub verb: Vec<String>,
}

/// A section of the page of domovoi itself: its title, and what it tells of what.
type Section = (&'static str, &'static [(&'static str, &'static str)]);

const SECTIONS: &[Section] = &[
    ("EXIT STATUS", &[("0", "Done."), ("1", "Failed at run time."), ("2", "Wrong usage, or a wrong configuration.")]),
    (
        "SIGNALS",
        &[
            (
                "SIGTERM, SIGINT",
                "The running bot leaves its rooms, writes everything down and ends, within five seconds; the second one ends it at once.",
            ),
            (
                "SIGHUP",
                "The running bot reads its configuration again. A broken one changes nothing, and every mistake is logged and told to an owner.",
            ),
        ],
    ),
    ("ENVIRONMENT", &[("DOMOVOI_CONFIG", "The configuration, where --config names none.")]),
    (
        "FILES",
        &[
            (
                "config/domovoi.toml, /etc/domovoi/domovoi.toml",
                "Where the configuration is looked for, in this order, if nothing names it.",
            ),
            (
                "DATA_DIR/control.sock",
                "How verbs reach the running bot; DATA_DIR is bot.data_dir of the configuration.",
            ),
            (
                "DATA_DIR/state, DATA_DIR/records, DATA_DIR/backups",
                "What the bot keeps, and copies of it that were given no other place.",
            ),
        ],
    ),
    (
        "EXAMPLES",
        &[
            ("domovoi init garden", "Writes garden/domovoi.toml, to be filled in."),
            ("domovoi --config garden/domovoi.toml check", "Names all that is wrong in it."),
            ("domovoi --config garden/domovoi.toml run", "Runs the bot."),
            ("domovoi man backup create | man -l -", "Shows the page of a verb."),
        ],
    ),
];

/// Prints a manual page in roff.
///
/// # Errors
/// If there is no such verb, or stdout cannot be written.
pub fn run(arguments: &Arguments, mut command: Command) -> anyhow::Result<ExitCode> {
    // Gives the verbs their full names and the options that all of them take.
    command.build();
    let mut wanted = &command;
    for verb in &arguments.verb {
        let found = wanted.find_subcommand(verb);
        wanted = found.ok_or_else(|| UsageError::NoSuchVerb(arguments.verb.join(" ")))?;
    }
    let page = page(wanted, arguments.verb.is_empty())?;
    super::print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

fn page(command: &Command, is_whole: bool) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).manual("domovoi");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let sections = if is_whole { SECTIONS } else { &[] };
    for (title, entries) in sections {
        section(title, entries).to_writer(&mut page)?;
    }
    Ok(page)
}

fn section(title: &str, entries: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, what) in entries {
        roff.control("TP", []).text([bold(*term)]).text([roman(*what)]);
    }
    roff
}
