//! The guarded HTTP client: what plugins fetch, and where their files go.
//!
//! Plugins fetch what strangers name. So every address is looked at before anything connects to it ([`public`],
//! [`gate`]): names are resolved by ourselves (`names`), each hop of a redirect anew (`client`), and only allowed
//! addresses are handed to the connection (`wire`). Time, bytes, requests in flight and requests a minute are bounded
//! (`limits`). There are no cookies and no proxies, and the only module that names `reqwest` is this one.

mod client;
mod fault;
pub mod gate;
mod headers;
mod limits;
mod names;
pub mod public;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

pub use client::{Client, Errand, Put, PutError};
pub use gate::Hosts;
