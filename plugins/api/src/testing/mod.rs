//! The bench: a plugin in made-up rooms, with people who come and talk and a clock turned by hand.
//!
//! What the host does between a room and a plugin is done here with the same pure code: lines are read by
//! [`crate::grammar`], guards judge before anybody reacts, actions are checked against the rights of whoever asked.
//! There is no server, no runtime and no waiting.
//!
//! A scene is played as a conversation, where lines that begin with `bot` are what is expected ([`Bench::play`], as on
//! the front page of this crate), or step by step:
//!
//! ```
//! # use domovoi_plugin::{prelude::*, testing::Bench};
//! # struct Tea;
//! # impl Plugin for Tea { fn manifest(&self) -> Manifest { Manifest::named("tea") } }
//! let bench = Bench::new(Box::new(Tea));
//! let room = bench.room("garden@chat.example", Affiliation::Admin);
//! room.join("alice", Affiliation::Owner);
//! room.says("alice", "!no-such-command", &[]);
//! bench.advance("10m");
//! bench.expect(&[]);
//! println!("{}", bench.transcript());
//! ```
//!
//! What goes otherwise is a panic that tells all that happened in the scene. Texts are checked with [`check_texts`],
//! examples with [`Bench::try_examples`], and a test of a sound plugin ends with `bench.faults()` being empty.

#![expect(clippy::panic, reason = "a mistake in a test's scene ends the test, which is what a panic does")]

mod acting;
mod bench;
mod clock;
mod deliver;
mod http;
mod kept;
mod locales;
mod made_room;
mod people;
mod play;
mod room;
mod store;
mod transcript;
mod upload;
mod wait;
mod world;

pub use bench::Bench;
pub use locales::{check_locales, check_texts, keys_in, keys_of};
pub use people::{BenchRoom, Person};
pub use room::PlainRoom;
pub use world::{Act, Entity, Line};
