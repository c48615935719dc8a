//! What a handler does most with its context: answering, in this room, and in the store.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ActError, Action, Asker, Context, Fault, HttpError, Outcome, Place, RoomJid, Scope, ServiceError, Snapshot, Text,
    Timestamp, UploadError,
};

impl Context {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Answers whom the event or command came from, where it came from.
    pub async fn reply(&self, text: Text) {
        let words = self.words(&text);
        self.replies.reply(self.room.as_ref(), &self.place, self.nick.as_ref(), words).await;
    }

    /// Answers in private, wherever the question was asked.
    pub async fn private(&self, text: Text) {
        let words = self.words(&text);
        let place = match (&self.place, &self.nick) {
            (Place::Room, Some(nick)) => Place::Private(nick.clone()),
            (place, _) => place.clone(),
        };
        self.replies.reply(self.room.as_ref(), &place, self.nick.as_ref(), words).await;
    }

    /// The text in the language of this place.
    #[must_use]
    pub fn words(&self, text: &Text) -> String {
        self.services.words.translate(&self.lang, text)
    }

    /// The room it is about.
    ///
    /// # Errors
    /// [`ActError::NotInRoom`] outside any room, as in a direct chat that names none. Given on with `?` it is the answer.
    pub fn here(&self) -> Result<&RoomJid, ActError> {
        self.room.as_ref().ok_or(ActError::NotInRoom)
    }

    /// This room as it is now.
    ///
    /// # Errors
    /// [`ActError::NotInRoom`] outside any room, and where we are not in it any more.
    pub async fn snapshot(&self) -> Result<Snapshot, ActError> {
        self.services.rooms.snapshot(self.here()?).await.ok_or(ActError::NotInRoom)
    }

    /// Does something in this room by the plugin's own decision: people whom the configuration spares are out of reach.
    /// What a person asked for is done with [`crate::Asked::act`].
    ///
    /// # Errors
    /// As for [`Context::here`], and whatever [`crate::Rooms::act`] says.
    pub async fn act(&self, action: Action) -> Result<Outcome, ActError> {
        self.act_for(action, None).await
    }

    pub(crate) async fn act_for(&self, action: Action, by: Option<&Asker>) -> Result<Outcome, ActError> {
        self.services.rooms.act(self.here()?, action, by).await
    }

    /// Says something in this room, to everybody.
    ///
    /// # Errors
    /// As for [`Context::act`].
    pub async fn say(&self, text: Text) -> Result<Outcome, ActError> {
        self.act(Action::Say { text: self.words(&text) }).await
    }

    /// What the plugin keeps there; `None` if nothing, or not any more.
    ///
    /// # Errors
    /// [`ServiceError::Unreadable`] if it is no `T`; else as for [`crate::State::get`].
    pub async fn kept<T: DeserializeOwned>(&self, scope: &Scope, key: &str) -> Result<Option<T>, ServiceError> {
        let kept = self.services.state.get(scope, key).await?;
        let read = |it| serde_json::from_value(it).map_err(|it| ServiceError::Unreadable(format!("{key}: {it}")));
        kept.map(read).transpose()
    }

    /// Keeps this there, for a while or for good. What is acknowledged survives a crash.
    ///
    /// # Errors
    /// As for [`crate::State::set`]: a value has at most 64 KiB as JSON, a key at most 512 bytes and no NUL.
    pub async fn keep<T: Serialize + Sync>(
        &self,
        scope: &Scope,
        key: &str,
        value: &T,
        span: Option<Duration>,
    ) -> Result<(), ServiceError> {
        let value = serde_json::to_value(value).map_err(|it| ServiceError::Store(format!("{key}: {it}")))?;
        self.services.state.set(scope, key, Some(value), span).await
    }

    /// Keeps nothing there any more.
    ///
    /// # Errors
    /// As for [`crate::State::set`].
    pub async fn forget(&self, scope: &Scope, key: &str) -> Result<(), ServiceError> {
        self.services.state.set(scope, key, None, None).await
    }
}

/// What did not come from the web is told to whoever asked: the sentence says what can be done about it.
impl From<HttpError> for Fault {
    fn from(error: HttpError) -> Self {
        Self::Answer(error.text())
    }
}

/// As for [`HttpError`].
impl From<UploadError> for Fault {
    fn from(error: UploadError) -> Self {
        Self::Answer(error.text())
    }
}
