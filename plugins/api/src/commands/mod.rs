//! Commands with typed arguments: what is declared here is what the function is given, or it does not compile.
//!
//! A plugin writes its commands down once, each with its arguments and the function that carries it out:
//!
//! ```
//! use std::time::Duration;
//!
//! use domovoi_plugin::{Asked, Command, Commands, Fault, Level, Text, Who, arg};
//!
//! struct Tea;
//!
//! static COMMANDS: Commands<Tea> = Commands::new(|| {
//!     vec![
//!         Command::new("tea", "help-tea")
//!             .names(&[("ru", "чай")])
//!             .level(Level::MEMBER)
//!             .arg(arg::who("who"))
//!             .arg(arg::span("wait").optional())
//!             .example("tea bob 5m")
//!             .run(Tea::tea),
//!     ]
//! });
//!
//! impl Tea {
//!     async fn tea(&self, cx: Asked<'_>, who: Who, wait: Option<Duration>) -> Result<(), Fault> {
//!         let wait = Text::span(wait.unwrap_or(Duration::from_secs(180)));
//!         cx.reply(Text::key("tea").with("nick", who.name()).with("wait", wait)).await;
//!         Ok(())
//!     }
//! }
//! # assert_eq!(COMMANDS.specs()[0].args.len(), 2);
//! ```
//!
//! [`Commands::specs`] goes into [`crate::Manifest::commands`], and [`crate::Plugin::command`] hands on to
//! [`Commands::run`]. The function is a method of the plugin (or a function that takes it first) and is given what was
//! asked, then the arguments in their order: at most four, which is more than anybody remembers.
//!
//! A function that takes something else than what is declared is a mistake that the compiler finds:
//!
//! ```compile_fail
//! # use domovoi_plugin::{Asked, Command, Commands, Fault, Nick, arg};
//! # struct Tea;
//! static COMMANDS: Commands<Tea> =
//!     Commands::new(|| vec![Command::new("tea", "help-tea").arg(arg::number("cups", 1..=9)).run(Tea::tea)]);
//! impl Tea {
//!     async fn tea(&self, cx: Asked<'_>, cups: Nick) -> Result<(), Fault> {
//!         Ok(())
//!     }
//! }
//! ```

pub mod arg;
mod asked;
mod command;
mod handler;
mod table;

pub use arg::{Take, Value};
pub use asked::Asked;
pub use command::{BoundCommand, Command};
pub use handler::{Append, Handler, Values};
pub use table::Commands;
