//! A plugin's own settings, changed by a command of its own; and files that an owner put there for it.

use async_trait::async_trait;

use crate::{Asker, RoomJid, ServiceError};

/// The plugin's own settings. What is changed holds like any change made by chat: over the file, listed, kept.
#[async_trait]
pub trait Tuning: Send + Sync {
    /// Sets one of its settings in a room, or for all rooms; `None` takes the change back, so that the file holds.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] in words for whoever asked, if it is no setting or no value of one; else why it was
    /// not written down.
    async fn set(
        &self,
        room: Option<&RoomJid>,
        name: &str,
        value: Option<&str>,
        by: &Asker,
    ) -> Result<(), ServiceError>;
}

/// Files of a plugin beside the configuration, in a folder that has the plugin's name. They are read, never written.
#[async_trait]
pub trait Files: Send + Sync {
    /// The text of a file; `None` if there is none of this name. A name has letters, digits, `-`, `_` and `.` only.
    ///
    /// # Errors
    /// If it cannot be read, is no UTF-8 or has more than a megabyte.
    async fn read(&self, name: &str) -> Result<Option<String>, ServiceError>;
}
