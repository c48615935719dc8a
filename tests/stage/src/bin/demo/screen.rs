//! Where the demo is watched: one line an event, with the seconds since the start, coloured where a terminal is.

use std::io::{self, IsTerminal, Write as _};

use tokio::time::Instant;

use crate::render::Colours;

/// Standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    since: Instant,
    colours: Colours,
}

impl Screen {
    /// Colours only on a terminal, and not where `NO_COLOR` asks for none.
    pub(crate) fn on_stdout() -> Self {
        let is_wanted = std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
        let colours = if io::stdout().is_terminal() && is_wanted { Colours::On } else { Colours::Off };
        Self { since: Instant::now(), colours }
    }

    pub(crate) fn colours(&self) -> Colours {
        self.colours
    }

    /// A part of the scene begins.
    pub(crate) fn heading(&self, text: &str) {
        self.line(&format!("\n{}", self.colours.bold(&format!("── {text}"))));
    }

    /// Something the bot told.
    pub(crate) fn event(&self, text: &str) {
        let seconds = self.since.elapsed().as_secs_f64();
        self.line(&format!("{} {text}", self.colours.dim(&format!("{seconds:7.2}"))));
    }

    pub(crate) fn line(&self, text: &str) {
        // Where nobody can read any more, there is nobody to tell either.
        writeln!(io::stdout().lock(), "{text}").ok();
    }
}
