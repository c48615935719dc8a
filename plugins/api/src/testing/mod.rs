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
//! use domovoi_plugin::{HttpAnswer, HttpError, HttpRequest, prelude::*, testing::Bench};
//!
//! /// Reads the motto of the day once, and remembers it for a day.
//! struct Motto;
//!
//! # static COMMANDS: Commands<Motto> = Commands::new(|| vec![Command::new("motto", "help-motto").run(Motto::show)]);
//! # #[async_trait]
//! # impl Plugin for Motto {
//! #     fn manifest(&self) -> Manifest {
//! #         let powers = &[Power::Say, Power::Http, Power::Store];
//! #         Manifest { commands: COMMANDS.specs(), powers, ..Manifest::named("motto") }
//! #     }
//! #     async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
//! #         COMMANDS.run(self, call, cx).await
//! #     }
//! # }
//! #
//! impl Motto {
//!     async fn show(&self, cx: Asked<'_>) -> Result<(), Fault> {
//!         let motto = match cx.kept::<String>(&Scope::Global, "motto").await? {
//!             Some(motto) => motto,
//!             None => cx.services.http.fetch(HttpRequest::get("https://mottos.example/")).await?.text(),
//!         };
//!         let day = std::time::Duration::from_secs(86_400);
//!         cx.keep(&Scope::Global, "motto", &motto, Some(day)).await?;
//!         cx.reply(Text::plain(motto)).await;
//!         Ok(())
//!     }
//! }
//!
//! let bench = Bench::new(Box::new(Motto));
//! let room = bench.room("garden@chat.example", Affiliation::None);
//! room.join("alice", Affiliation::None);
//!
//! bench.http("https://mottos.example/", HttpAnswer::ok("Tea first."));
//! room.says("alice", "!motto", &["bot: alice: Tea first."]);
//! bench.http_fails("https://mottos.example/", HttpError::NoHost { host: "mottos.example".to_owned() });
//! room.says("alice", "!motto", &["bot: alice: Tea first."]);
//! bench.advance("1d");
//! room.says("alice", "!motto", &["bot: alice: There is no host mottos.example."]);
//! bench.store_fails();
//! room.says("alice", "!motto", &["bot fails: not stored: the disk is full"]);
//!
//! assert_eq!(bench.http_requests().len(), 2);
//! println!("{}", bench.transcript());
//! ```
//!
//! What goes otherwise is a panic that tells all that happened in the scene. Texts are checked with [`check_texts`],
//! examples with [`Bench::try_examples`], and a test of a sound plugin ends with [`Bench::faults`] being empty.

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
mod signals;
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
