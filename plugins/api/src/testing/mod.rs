//! The bench: a plugin in made-up rooms, with people who come and talk and a clock turned by hand.
//!
//! What the host does between a room and a plugin is done here with the same pure code: lines are read by
//! [`crate::grammar`], guards judge before anybody reacts, actions are checked against the rights of whoever asked.
//! There is no server, no runtime and no waiting.
//!
//! ```no_run
//! # fn plugin() -> Box<dyn domovoi_plugin::Plugin> { unimplemented!() }
//! use domovoi_plugin::{Affiliation, testing::Bench};
//!
//! let bench = Bench::new(plugin());
//! let room = bench.room("garden@chat.example", Affiliation::Admin);
//! let alice = room.join("alice", Affiliation::Owner);
//! alice.says("!hello");
//! assert_eq!(bench.answers(), ["bot: alice: hello, alice"]);
//! ```
//!
//! Or as a conversation, where lines that begin with `bot` are what is expected: see [`Bench::play`].

#![expect(clippy::panic, reason = "a mistake in a test's scene ends the test, which is what a panic does")]

mod acting;
mod bench;
mod deliver;
mod http;
mod kept;
mod locales;
mod made_room;
mod people;
mod play;
mod upload;
mod wait;
mod world;

pub use bench::Bench;
pub use locales::{check_locales, keys_in, keys_of};
pub use people::{BenchRoom, Person};
pub use world::{Act, Entity, Line};
