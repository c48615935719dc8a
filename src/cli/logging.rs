//! The log of the process, on stderr: `tracing`, and what libraries say through the `log` crate.

use std::io::{self, IsTerminal};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    reload,
    util::SubscriberInitExt,
};

use crate::config::{Log, LogFormat, LogLevel};

/// A log that has begun.
#[derive(Debug, Clone)]
pub struct Logging(reload::Handle<Targets, Registry>);

/// The log was begun twice.
#[derive(Debug, thiserror::Error)]
#[error("the log was begun already")]
pub struct AlreadyBegun;

impl Logging {
    /// Begins to log, for the whole process.
    ///
    /// # Errors
    /// If there is a log already.
    pub fn begin(log: Log) -> Result<Self, AlreadyBegun> {
        let (subscriber, logging) = build(log, has_colours(), io::stderr);
        subscriber.try_init().map_err(|_| AlreadyBegun)?;
        Ok(logging)
    }

    /// Logs from another gravity on.
    pub fn set_level(&self, level: LogLevel) {
        // Fails only where the log is gone, and then there is nothing to set.
        self.0.reload(filter(level)).ok();
    }
}

fn build<W>(log: Log, has_colours: bool, writer: W) -> (impl Subscriber + Send + Sync, Logging)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(filter(log.level));
    let layer = match log.format {
        LogFormat::Text => fmt::layer().with_writer(writer).with_ansi(has_colours).boxed(),
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(writer).boxed(),
    };
    (tracing_subscriber::registry().with(layer.with_filter(filter)), Logging(handle))
}

/// What is logged. Of the libraries only warnings, whatever the level: tokio_xmpp prints logins when it traces.
fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("domovoi", level)
}

/// Colours are for a terminal, and for people who did not say no (no-color.org).
fn has_colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use tracing::Level;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    fn begin(level: LogLevel, format: LogFormat) -> (Written, Logging, tracing::subscriber::DefaultGuard) {
        let written = Written::default();
        let writer = written.clone();
        let (subscriber, logging) = build(Log { level, format }, false, move || writer.clone());
        (written, logging, subscriber.set_default())
    }

    #[test]
    fn what_libraries_say_through_the_log_crate_is_filtered_alike() {
        let (written, _logging, _guard) = begin(LogLevel::Trace, LogFormat::Text);
        log::trace!(target: "tokio_xmpp::xmlstream::capture", "<auth>AGFsaWNlAHNlY3JldA==</auth>");
        log::info!(target: "tokio_xmpp", "connecting");
        assert_eq!(written.take(), "");
        log::warn!(target: "tokio_xmpp", "stream management is gone");
        let line = written.take();
        assert!(line.contains("WARN tokio_xmpp: stream management is gone"), "{line}");
    }

    #[test]
    fn json_is_one_object_a_line_with_its_fields_and_spans() {
        let (written, _logging, _guard) = begin(LogLevel::Info, LogFormat::Json);
        tracing::info_span!("room", room.jid = "a@b.example").in_scope(|| {
            tracing::info!(occupant.nick = "al\nice", "joined");
        });
        let line = written.take();
        assert_eq!(line.lines().count(), 1, "{line}");
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&object["level"], &object["message"]), (&"INFO".into(), &"joined".into()));
        assert_eq!(object["occupant.nick"], "al\nice");
        assert_eq!(object["spans"][0]["room.jid"], "a@b.example");
    }

    #[test]
    fn level_can_change_while_running() {
        let (written, logging, _guard) = begin(LogLevel::Info, LogFormat::Text);
        tracing::debug!("before");
        logging.set_level(LogLevel::Debug);
        tracing::debug!("after");
        let text = written.take();
        assert!(text.contains("after") && !text.contains("before"), "{text}");
    }

    #[test]
    fn logins_never_reach_the_log_whatever_the_level() {
        let filter = filter(LogLevel::Trace);
        for (target, level, expected) in [
            ("domovoi::xmpp::session", Level::TRACE, true),
            ("domovoi_guard", Level::TRACE, true),
            ("tokio_xmpp::client::login", Level::TRACE, false),
            ("tokio_xmpp", Level::DEBUG, false),
            ("tokio_xmpp", Level::INFO, false),
            ("tokio_xmpp", Level::WARN, true),
            ("sasl", Level::TRACE, false),
            ("rustls::client", Level::DEBUG, false),
        ] {
            assert_eq!(filter.would_enable(target, &level), expected, "{target} {level}");
        }
    }

    #[test]
    fn level_holds_for_the_bot_and_caps_the_libraries() {
        let filter = filter(LogLevel::Error);
        assert!(filter.would_enable("domovoi", &Level::ERROR) && !filter.would_enable("domovoi", &Level::WARN));
        assert!(!filter.would_enable("tokio_xmpp", &Level::WARN));
    }
}
