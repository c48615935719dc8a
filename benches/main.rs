//! The figures that domovoi promises, each as a ratio in one run on one machine: `scripts/bench [NAME]`.
//!
//! Ratios, because the machine is never as quiet as one would like: both sides of each are measured in turns, by CPU
//! time where that is what counts, and the median is taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot go on stops"
)]
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

mod attacks;
mod commands;
mod cpu;
mod guard;
mod latency;
mod lua;
mod memory;
mod pipeline;
mod recording;
#[path = "reference/echo.rs"]
mod reference_echo;
mod replay;
mod service;
mod subject;
mod table;
mod transit;
mod wire;

use anyhow::{Result, bail};

/// The real binary.
const DOMOVOI: &str = env!("CARGO_BIN_EXE_domovoi");

fn main() -> Result<()> {
    // Fails only if a provider is set already, and nothing before this line could.
    tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => [pipeline::run, guard::run, replay::run, commands::run, memory::run, latency::run, wire::run, lua::run]
            .into_iter()
            .try_for_each(|run| run()),
        ["pipeline"] => pipeline::run(),
        ["guard"] => guard::run(),
        ["replay"] => replay::run(),
        ["commands"] => commands::run(),
        ["memory"] => memory::run(),
        ["lua"] => lua::run(),
        ["latency"] => latency::run(),
        ["wire"] => wire::run(),
        // The bots that are compared run as processes of their own, so that each one's CPU time can be told apart.
        ["as-echo", rest @ ..] => reference_echo::main(rest),
        ["as-mirror", address] => transit::mirror(address),
        ["as-domovoi", config, flavour] => subject::main(config, flavour),
        _ => bail!("usage: scripts/bench [pipeline|guard|replay|commands|memory|latency|wire|lua]"),
    }
}
