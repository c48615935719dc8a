//! A whole program: what holds for the process, and the command line with the plugins that it is given.

use std::{
    panic::{self, PanicHookInfo},
    process::ExitCode,
    sync::Arc,
};

use domovoi_plugin::Plugin;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::cli;

/// Runs the program `domovoi` with these plugins compiled in, as its arguments say, and gives its exit code: 0 done,
/// 1 failed at run time, 2 wrong usage or wrong configuration. To be called once, from `main`.
///
/// The order of the plugins is the order in which guards judge and commands are found. [`crate::bundle::plugins`] are
/// those that come with domovoi; a program of one's own leaves some out and adds others:
///
/// ```no_run
/// # fn quotes() -> Box<dyn domovoi_plugin::Plugin> { unimplemented!() }
/// fn main() -> std::process::ExitCode {
///     let mut plugins = domovoi::bundle::plugins();
///     plugins.push(quotes().into());
///     domovoi::main(plugins)
/// }
/// ```
#[must_use]
pub fn main(plugins: Vec<Arc<dyn Plugin>>) -> ExitCode {
    panic::set_hook(Box::new(tell_panic));
    raise_open_files();
    // Fails only if a provider is set already, and then there is one.
    tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
    let run = panic::AssertUnwindSafe(|| cli::main(plugins, std::env::args_os()));
    panic::catch_unwind(run).unwrap_or(ExitCode::FAILURE)
}

/// No bot needs more files than this, and some libraries take their time over every number there could be.
const MOST_FILES: u64 = 65_536;

/// Lets this process open as many files as the system permits it. Without asking it is a thousand, for the sake of very old
/// programs; a bot in many rooms keeps a file of each open.
fn raise_open_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(MOST_FILES).min(MOST_FILES);
    if current.is_some_and(|it| it < wanted) {
        // Refused, fewer files stay open.
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).ok();
    }
}

/// A fault of ours is told in one line like any other error, without a backtrace.
fn tell_panic(info: &PanicHookInfo<'_>) {
    let what = info.payload_as_str().unwrap_or("no reason given").replace('\n', " ");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    if tracing::dispatcher::has_been_set() {
        tracing::error!(place, what, "fault in domovoi, please report it");
    } else {
        cli::print_error(&format!("domovoi: fault at {place}, please report it: {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_the_system_permits() {
        raise_open_files();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!(current, Some(maximum.unwrap_or(u64::MAX).min(MOST_FILES).max(current.unwrap())));
    }
}
