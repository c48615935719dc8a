//! The trait that makes a plugin.

use std::{pin::Pin, sync::Arc};

use async_trait::async_trait;
use futures_core::Stream;

use crate::{
    Call, Context, Event, Incident, Manifest, Memo, Push, RoomGuard, RoomJid, Secret, Settings, Shared, Signal, Text,
};

/// Code with a manifest: it may judge (pure, inline), and react (with powers, may wait).
#[async_trait]
pub trait Plugin: Send + Sync + 'static {
    /// What it is. Called once at start; the host keeps the answer.
    fn manifest(&self) -> Manifest;

    /// Its guard for one room, if it judges there. `setup.saved` is what an earlier guard of this room saved.
    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let _ = setup;
        None
    }

    /// Its guard for a room in which it is off now: only to give back what it took while it was on. `None` if there is
    /// nothing of that kind; such a guard judges nobody.
    fn farewell(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let _ = setup;
        None
    }

    /// What its rooms share once this memo of one of them is taken in; `None` if that changes nothing. Pure, quick and
    /// without waiting: it runs where the memo arises, so that the next room knows before its next event.
    fn share(&self, shared: &Shared, memo: &Memo) -> Option<Shared> {
        let _ = (shared, memo);
        None
    }

    /// One of its guards told something; [`Plugin::share`] has run already. The context is that room's.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn memo(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        let _ = (memo, cx);
        Ok(())
    }

    /// Time to look after what is not caused by any event: called at start, after every change of the configuration,
    /// and as often as [`Manifest::wakes_every`] says. The context is outside any room.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn wake(&self, why: Wake, cx: &Context) -> Result<(), Fault> {
        let _ = (why, cx);
        Ok(())
    }

    /// A node that it has subscribed to has news. The context is outside any room.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn pushed(&self, push: &Push, cx: &Context) -> Result<(), Fault> {
        let _ = (push, cx);
        Ok(())
    }

    /// Something happened in a room where it is on. An error or a panic is a fault of this plugin alone.
    ///
    /// # Errors
    /// Whatever the plugin could not do; the host numbers it and tells an owner of the bot.
    async fn on(&self, event: &Arc<Event>, cx: &Context) -> Result<(), Fault> {
        let _ = (event, cx);
        Ok(())
    }

    /// Its way to take several events at once, if that is better for it than [`Plugin::on`] for each by itself.
    fn rows(&self) -> Option<&dyn Rows> {
        None
    }

    /// A moderator takes an incident back in which this plugin decided. The host has restored what it did in the room;
    /// here the plugin takes back what only it knows of: entries of its lists, fingerprints, what it holds against the
    /// people concerned. Gives in words what that was, if anything. Asked again for the same incident it does nothing.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn undo(&self, incident: &Incident, cx: &Context) -> Result<Option<Text>, Fault> {
        let _ = (incident, cx);
        Ok(None)
    }

    /// Someone gave one of its commands; level, arguments and cool-down are checked already.
    ///
    /// # Errors
    /// As for [`Plugin::on`]; what the caller did wrong is [`Fault::Answer`].
    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let _ = (call, cx);
        Ok(())
    }

    /// One of its [`Manifest::schedules`] is due in the room of `cx`.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn timer(&self, name: &str, cx: &Context) -> Result<(), Fault> {
        let _ = (name, cx);
        Ok(())
    }

    /// Something reached it from elsewhere than a room: a timer that it set, an invitation, a call from the web.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn signal(&self, signal: &Signal, cx: &Context) -> Result<(), Fault> {
        let _ = (signal, cx);
        Ok(())
    }
}

/// Takes several events at once: for a plugin whose handlers run on a thread of their own, where handing over each by itself
/// costs more than most of them do.
pub trait Rows: Sync {
    /// Begins their handlers, in their order, without waiting.
    fn begin(&self, row: Arc<[Happened]>) -> Row<'_>;
}

/// An event of a row.
#[derive(Clone)]
pub struct Happened {
    /// What happened.
    pub event: Arc<Event>,
    /// What every handler in its room holds; who is answered is not in it.
    pub here: Arc<Context>,
}

/// The events of a row, each by its place in it, whose handlers did not simply end when they were begun. It is over once all
/// have been begun. Dropped before that, those that were not will not be.
pub type Row<'a> = Pin<Box<dyn Stream<Item = (usize, Box<dyn Rest + 'a>)> + Send + 'a>>;

/// What is left of a handler that was begun in a row.
#[async_trait]
pub trait Rest: Send {
    /// Goes on to its end, with the context of the event.
    ///
    /// # Errors
    /// As for [`Plugin::on`].
    async fn finish(self: Box<Self>, cx: &Context) -> Result<(), Fault>;
}

/// Why a plugin was woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// The bot has started; nothing was judged yet.
    Start,
    /// The configuration is another one.
    Config,
    /// An account is online again after a stream that was lost: what was pushed meanwhile did not arrive.
    Online,
    /// It is time again.
    Time,
}

/// What a guard is made of.
#[derive(Clone, Debug)]
pub struct GuardSetup<'a> {
    /// For which room.
    pub room: &'a RoomJid,
    /// The plugin's settings in this room, checked against the manifest.
    pub settings: &'a Settings,
    /// What [`RoomGuard::save`] gave before a restart or a move; a plugin must bear anything here.
    pub saved: Option<&'a [u8]>,
    /// The plugin's secret in this installation, as in [`Context::secret`].
    pub secret: Secret,
}

/// Why a handler did not do what it should.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The caller asked for something that cannot be; the text is the answer. Not counted as a fault.
    #[error("answered: {0:?}")]
    Answer(Text),
    /// A service failed.
    #[error(transparent)]
    Service(#[from] crate::ServiceError),
    /// An action failed. The host answers with the reason; not counted as a fault.
    #[error(transparent)]
    Act(#[from] crate::ActError),
    /// Something else, in words for whoever maintains the plugin.
    #[error("{0}")]
    Broken(String),
}

impl Fault {
    /// The caller's mistake, answered with the message of this key.
    #[must_use]
    pub fn answer(text: Text) -> Self {
        Self::Answer(text)
    }
}
