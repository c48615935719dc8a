//! Plugins in Lua: one more kind of plugin, trusted as little as any.
//!
//! Each plugin has a VM on a thread of its own ([`vm`]), in which nothing of the machine is in reach, memory is limited
//! ([`limits`]) and every entry has a deadline ([`meter`]).

mod bounded;
pub mod limits;
mod meter;
mod vm;

#[cfg(test)]
mod tests;
