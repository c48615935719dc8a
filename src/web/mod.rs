//! The web listener: `/health`, `/metrics`, and calls to plugins below `/hook/`.
//!
//! It is meant for a loopback address or a reverse proxy, and yet trusts nobody: connections, their age, heads and
//! bodies are bounded, and every answer forbids the browser to do anything with it but show it.

mod health;
mod hooks;
mod metrics;
mod routes;
mod serve;
#[cfg(test)]
mod tests;

pub use self::serve::{WebError, bind, serve};
