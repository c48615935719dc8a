//! What a plugin of domovoi and its host say to each other.
//!
//! A plugin is a type that implements [`Plugin`]. It says what it is in a [`Manifest`], declares its commands with
//! [`Commands`], judges events in a pure [`RoomGuard`] if it guards rooms, and reacts to events and commands with a
//! [`Context`] in hand. It acts only through that context: it has no clock, no socket, no thread and no global state of
//! its own, so that the same code runs in the bot, on the bench and in a replay. Neither an async runtime nor a wire type
//! is in sight here.
//!
//! # A whole plugin, with its test
//!
//! It greets whoever comes in, unless it is told not to, and counts how often it was asked to greet someone.
//!
//! ```
//! use std::sync::Arc;
//!
//! use domovoi_plugin::{prelude::*, testing::Bench};
//!
//! /// The plugin.
//! struct Hello;
//!
//! /// What it can be told: `!hello`, `!hello alice`; in a Russian room `!привет` too.
//! static COMMANDS: Commands<Hello> = Commands::new(|| {
//!     vec![
//!         Command::new("hello", "help-hello")
//!             .names(&[("ru", "привет")])
//!             .arg(arg::nick("who").optional())
//!             .example("hello alice")
//!             .run(Hello::hello),
//!     ]
//! });
//!
//! #[async_trait]
//! impl Plugin for Hello {
//!     fn manifest(&self) -> Manifest {
//!         Manifest {
//!             commands: COMMANDS.specs(),
//!             options: vec![OptionSpec::flag("welcome", true, "Whether newcomers are greeted.")],
//!             powers: &[Power::Say, Power::Private, Power::Store],
//!             // In a crate: `locales!("en", "ru")`, which are the files `locales/en.ftl` and `locales/ru.ftl`.
//!             locales: &[("en", ENGLISH), ("ru", RUSSIAN)],
//!             wants_events: true,
//!             ..Manifest::named("hello")
//!         }
//!     }
//!
//!     async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
//!         COMMANDS.run(self, call, cx).await
//!     }
//!
//!     async fn on(&self, event: &Arc<Event>, cx: &Context) -> Result<(), Fault> {
//!         if let (EventKind::Join, Some(nick)) = (&event.kind, event.nick())
//!             && cx.settings.flag("welcome")
//!         {
//!             cx.private(Text::key("welcome").with("nick", nick.as_str())).await;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! impl Hello {
//!     /// What the command declares is what this is given: `Option<Nick>`, since the argument may be left out.
//!     async fn hello(&self, cx: Asked<'_>, who: Option<Nick>) -> Result<(), Fault> {
//!         let who = who.map_or(cx.asker().nick.clone(), |it| it.to_string());
//!         let scope = Scope::Room(cx.here()?.clone());
//!         let n = cx.kept::<u32>(&scope, &who).await?.unwrap_or(0) + 1;
//!         cx.keep(&scope, &who, &n, None).await?;
//!         cx.reply(Text::key("hello").with("who", who).with("n", n)).await;
//!         Ok(())
//!     }
//! }
//!
//! const ENGLISH: &str = "
//! description = Greets people.
//! help-hello = Greets someone, or you.
//! arg-who = nick
//! hello = hello, { $who }, for the { $n }. time
//! welcome = Welcome, { $nick }!";
//! const RUSSIAN: &str = "
//! description = Приветствует людей.
//! help-hello = Приветствует кого-нибудь или вас.
//! arg-who = ник
//! hello = привет, { $who }, в { $n }-й раз
//! welcome = Добро пожаловать, { $nick }!";
//!
//! let bench = Bench::new(Box::new(Hello));
//! let room = bench.room("garden@chat.example", Affiliation::None);
//! bench.play(
//!     &room,
//!     "
//!     alice joins
//!     bot to alice: Welcome, alice!
//!     alice: !hello
//!     bot: alice: hello, alice, for the 1. time
//!     alice whispers: hello alice
//!     bot to alice: hello, alice, for the 2. time
//!     alice: !hello bob
//!     bot to alice: Nobody here, and nobody who left lately, is called “bob”. A JID works too. | Usage: hello [nick] — for example: hello alice
//!     ",
//! );
//! bench.set("welcome", "false");
//! bench.language("ru");
//! bench.play(
//!     &room,
//!     "
//!     bob joins
//!     bob: !привет alice
//!     bot: bob: привет, alice, в 3-й раз
//!     ",
//! );
//! assert_eq!(bench.kept(&Scope::Room(room.jid().clone()), "alice"), Some(3.into()));
//! ```
//!
//! `domovoi plugin new NAME --rust` writes such a crate; one line in `src/bundle.rs` brings it into the bot, or a `main`
//! of ten lines into a bot of one's own.
//!
//! # In reading order
//!
//! [`ids`] and [`time`]; what is in a room ([`occupant`], [`event`], [`view`], [`record`]); what is decided about it
//! ([`verdict`]); what may be done ([`action`]); what a plugin is ([`manifest`], [`settings`], [`plugin`]); what it can be
//! told ([`commands`], [`command`], [`level`], [`grammar`]); what it holds ([`context`], [`text`]); and what it is tested on
//! ([`testing`]).

pub mod action;
pub mod catalog;
pub mod charset;
pub mod command;
pub mod commands;
pub mod context;
mod entity;
pub mod event;
pub mod form;
pub mod grammar;
mod here;
pub mod http;
pub mod ids;
pub mod incident;
pub mod level;
pub mod manifest;
pub mod memo;
pub mod nick;
pub mod occupant;
pub mod plugin;
pub mod prelude;
pub mod pubsub;
pub mod record;
pub mod records;
pub mod schedule;
mod secret;
pub mod settings;
pub mod signal;
pub mod testing;
pub mod text;
pub mod time;
pub mod tuning;
pub mod upload;
pub mod verdict;
pub mod view;

pub use action::{ActError, Action, Outcome};
pub use async_trait::async_trait;
pub use catalog::{Catalog, CatalogError};
pub use command::{Arg, ArgKind, ArgSpec, Args, Call, CommandSpec, Who};
pub use commands::{Asked, Command, Commands, arg};
pub use context::{
    Asker, Clock, Context, Gone, ListEntry, People, Place, Replies, Rooms, Scope, ServiceError, Services, SharedPart,
    Snapshot, State,
};
pub use entity::{Account, Entities, Question, Reply};
pub use event::{
    AbsentChange, Cause, Change, Correction, Event, EventKind, LangText, Leave, Message, Phase, Reaction, Retraction,
};
pub use form::{Form, FormChange, FormField};
pub use http::{
    HTTP_BYTES, HTTP_BYTES_MAX, HTTP_TIMEOUT, HTTP_TIMEOUT_MAX, Http, HttpAnswer, HttpError, HttpMethod, HttpRequest,
};
pub use ids::{
    AccountId, IdError, Identity, MessageId, OccupantId, OccupantJid, PluginName, RoomJid, SaidId, StanzaId,
};
pub use incident::{INCIDENTS_KEPT_FOR, Incident, MOST_INCIDENTS, Said};
pub use jid;
pub use level::Level;
pub use manifest::{Manifest, OptionKind, OptionSpec, Power};
pub use memo::{Memo, MemoKind};
pub use nick::Nick;
pub use occupant::{Affiliation, Caps, Occupant, Role, Show, UnknownWord};
pub use plugin::{Fault, GuardSetup, Happened, Plugin, Rest, Row, Rows, Wake};
pub use pubsub::{Audience, Item, News, Node, NodeAsk, NodeReply, Payload, Pubsub, Push};
pub use record::{Filled, Record, RecordKind};
pub use records::{Page, Query, Records};
pub use schedule::{Cron, CronError, Minute, Schedule, When};
pub use secret::Secret;
pub use settings::{Setting, SettingError, Settings};
pub use signal::{Answers, Called, Invited, Ring, Signal, Timers};
pub use text::{Text, Translate, Value};
pub use time::{DurationError, Timestamp, format_duration, parse_duration};
pub use tuning::{Files, Tuning};
pub use upload::{Slot, SlotAsk, UPLOAD_BYTES, Upload, UploadError, UploadFile};
pub use verdict::{Answer, Because, RoomGuard, Shared, Target, Verdict};
pub use view::{Features, Moderation, View};
