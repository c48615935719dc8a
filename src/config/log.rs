//! `[log]`: what the process writes about itself, to stderr.

use super::section::Section;

/// From which gravity on lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// A person must act.
    Error,
    /// Carried on worse.
    Warn,
    /// Joined, kicked, started.
    Info,
    /// Each stanza.
    Debug,
    /// Everything but secrets.
    Trace,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The log of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// From which gravity on.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Text }
    }
}

impl Log {
    /// Reads `[log]`.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.section_or_empty("log");
        let levels = [
            ("error", LogLevel::Error),
            ("warn", LogLevel::Warn),
            ("info", LogLevel::Info),
            ("debug", LogLevel::Debug),
            ("trace", LogLevel::Trace),
        ];
        let level = section.choice("level", &levels).unwrap_or(LogLevel::Info);
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let format = section.choice("format", &formats).unwrap_or(LogFormat::Text);
        section.finish();
        Self { level, format }
    }
}
