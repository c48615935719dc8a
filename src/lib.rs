//! domovoi: a conference bot for XMPP rooms, and the framework under it.

pub mod bot;
pub mod bundle;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod fleet;
pub mod host;
pub mod i18n;
pub mod metrics;
pub mod muc;
pub mod outbox;
pub mod store;
pub mod web;
pub mod xmpp;
