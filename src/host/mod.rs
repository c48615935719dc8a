//! Runs plugins and trusts none of them.

pub mod fault;
pub mod feed;
pub mod guard_chain;
