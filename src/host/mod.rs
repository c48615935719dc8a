//! Runs plugins and trusts none of them.
//!
//! One message comes in through [`room`] (the value a session holds for each room it serves), is judged by
//! [`guard_chain`], goes to the records and to plugins ([`instance`]), and if it is a command through [`commands`] to
//! its handler, which answers through [`answers`] and acts through [`outlet`]. What must not wait for the store goes to
//! [`keeper`]. The host's own commands are in [`own`].

pub mod access;
pub mod acts;
pub mod answers;
mod asker;
mod below;
pub mod bots;
pub mod commands;
mod contexts;
mod cooldowns;
pub mod core;
mod direct_answers;
pub mod fault;
pub mod feed;
mod finding;
pub mod guard_chain;
pub mod hooks;
pub mod in_hand;
pub mod incidents;
pub mod instance;
pub mod invites;
pub mod keeper;
pub mod languages;
mod leash;
pub mod live;
pub mod loading;
pub mod loops;
pub mod lua;
pub mod nodes;
pub mod notices;
pub mod outlet;
pub mod outside_words;
pub mod overlay;
pub mod own;
mod panics;
mod pauses;
pub mod recording;
mod removals;
pub mod replay;
pub mod rights;
pub mod room;
pub mod roster;
mod rows;
pub mod secrets;
mod sentence;
mod services;
mod services_kept;
mod services_outside;
mod shelves;
pub mod signatures;
#[cfg(test)]
pub(crate) mod stand;
pub mod standing;
mod steward;
mod strangers;
mod tape;
pub mod timed;
mod timers;
pub mod under_way;
pub mod usage;
mod wakes;
pub mod watching;

#[cfg(test)]
pub(crate) mod testing;
