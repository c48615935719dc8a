//! The program: sets up what holds for the whole process, and leaves the rest to the command line.

use std::{
    panic::{self, PanicHookInfo},
    process::ExitCode,
};

use domovoi::cli;

fn main() -> ExitCode {
    panic::set_hook(Box::new(tell_panic));
    // Fails only if a provider is set already, and nothing before this line could.
    tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
    panic::catch_unwind(|| cli::main(std::env::args_os())).unwrap_or(ExitCode::FAILURE)
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
