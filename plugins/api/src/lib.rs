//! What a plugin of domovoi and its host say to each other.
//!
//! A plugin is a type that implements [`Plugin`]. It says what it is in a [`Manifest`], judges events in a pure
//! [`RoomGuard`] if it guards rooms, and reacts to events and commands with a [`Context`] in hand. It acts only
//! through that context: it has no clock, no socket, no thread and no global state of its own, so that the same code
//! runs in the bot, on the bench and in a replay. Neither an async runtime nor a wire type is in sight here.
//!
//! In reading order: [`ids`] and [`time`], what is in a room ([`occupant`], [`event`], [`view`], [`record`]), what is decided
//! about it ([`verdict`]), what may be done ([`action`]), what a plugin is ([`manifest`], [`settings`], [`plugin`]),
//! what it can be told ([`command`], [`level`], [`grammar`]) and what it holds ([`context`], [`text`]).

pub mod action;
pub mod catalog;
pub mod charset;
pub mod command;
pub mod context;
pub mod event;
pub mod form;
pub mod grammar;
pub mod http;
pub mod ids;
pub mod incident;
pub mod level;
pub mod manifest;
pub mod memo;
pub mod nick;
pub mod occupant;
pub mod plugin;
pub mod pubsub;
pub mod record;
pub mod records;
pub mod schedule;
pub mod settings;
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
pub use context::{
    Account, Asker, Clock, Context, Entities, Gone, ListEntry, People, Place, Question, Replies, Reply, Rooms, Scope,
    ServiceError, Services, SharedPart, Snapshot, State,
};
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
pub use incident::{Incident, Said};
pub use jid;
pub use level::Level;
pub use manifest::{Manifest, OptionKind, OptionSpec, Power};
pub use memo::{Memo, MemoKind};
pub use nick::Nick;
pub use occupant::{Affiliation, Caps, Occupant, Role, Show, UnknownWord};
pub use plugin::{Fault, GuardSetup, Plugin, Wake};
pub use pubsub::{Audience, Item, News, Node, NodeAsk, NodeReply, Payload, Pubsub, Push};
pub use record::{Filled, Record, RecordKind};
pub use records::{Page, Query, Records};
pub use schedule::{Cron, CronError, Minute, Schedule, When};
pub use settings::{Setting, SettingError, Settings};
pub use text::{Text, Translate, Value};
pub use time::{DurationError, Timestamp, format_duration, parse_duration};
pub use tuning::{Files, Tuning};
pub use upload::{Slot, SlotAsk, UPLOAD_BYTES, Upload, UploadError, UploadFile};
pub use verdict::{Answer, Because, RoomGuard, Shared, Target, Verdict};
pub use view::{Features, Moderation, View};
