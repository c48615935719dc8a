//! Files for people in rooms: put where their clients fetch them (XEP-0363).

use std::{net::IpAddr, path::PathBuf};

use async_trait::async_trait;

use crate::{RoomJid, Text};

/// The largest file that is taken, whatever the service would take.
pub const UPLOAD_BYTES: usize = 8 << 20;

/// A file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UploadFile {
    /// Its name, without folders; clients tell by the part after the last dot how to show it.
    pub name: String,
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl UploadFile {
    /// Whether its name, its media type and its size are such as a service could take.
    ///
    /// # Errors
    /// Which of them is not.
    pub fn check(&self) -> Result<(), UploadError> {
        let is_name = |it: &str| {
            let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\');
            !it.is_empty() && it.len() <= 200 && !it.starts_with('.') && it.chars().all(is_plain)
        };
        let is_token =
            |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c));
        let is_type =
            |it: &str| it.len() <= 100 && it.split_once('/').is_some_and(|it| is_token(it.0) && is_token(it.1));
        if !is_name(&self.name) {
            return Err(UploadError::Name(cut(&self.name)));
        }
        if !is_type(&self.media_type) {
            return Err(UploadError::Name(cut(&self.media_type)));
        }
        if self.bytes.is_empty() || UPLOAD_BYTES < self.bytes.len() {
            return Err(UploadError::Size { max_bytes: UPLOAD_BYTES as u64 });
        }
        Ok(())
    }
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Why a file is nowhere.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UploadError {
    /// The plugin was not given the power.
    #[error("the plugin was not given the power `upload`")]
    NotGranted,
    /// The name or the media type cannot be one.
    #[error("`{0}` is no name or media type of a file")]
    Name(String),
    /// The server of our account takes no files.
    #[error("the server of this account takes no files")]
    NoService,
    /// It does not take as large ones.
    #[error("a file has at most {max_bytes} bytes here, and at least one")]
    Size {
        /// The most.
        max_bytes: u64,
    },
    /// It refused.
    #[error("the server refused the file: {why}")]
    Refused {
        /// The defined condition, or the status, in its own words.
        why: String,
    },
    /// The place that it named cannot be reached, or is not one that may be.
    #[error("the file could not be sent: {why}")]
    Failed {
        /// What went wrong.
        why: String,
    },
    /// No account is online.
    #[error("no account is online")]
    Offline,
}

impl UploadError {
    /// The same as one sentence in the language of whoever asked.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotGranted => Text::key("act-not-granted").with("power", "upload"),
            Self::Name(name) => Text::key("upload-name").with("name", name.as_str()),
            Self::NoService => Text::key("upload-no-service"),
            Self::Size { max_bytes } => {
                Text::key("upload-size").with("size", max_bytes.checked_div(1024).unwrap_or(0).to_string())
            }
            Self::Refused { why } => Text::key("upload-refused").with("why", why.as_str()),
            Self::Failed { why } => Text::key("upload-failed").with("why", why.as_str()),
            Self::Offline => Text::key("upload-offline"),
        }
    }
}

/// A place for one file at a service, as the host asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SlotAsk {
    /// The file's name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How many bytes it has.
    pub size: u64,
}

/// The place that it was given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Slot {
    /// Where to put the file.
    pub put: String,
    /// With which headers.
    pub headers: Vec<(String, String)>,
    /// Where it can be fetched then.
    pub get: String,
    /// The address of the server that named the place, where it is known.
    pub server: Option<IpAddr>,
    /// A file that vouches for that server besides the authorities of the system, if the account has one.
    pub ca_file: Option<PathBuf>,
}

/// The place for files.
#[async_trait]
pub trait Upload: Send + Sync {
    /// Puts a file at the service of the account that serves this room, else of any that is online, and gives the
    /// address at which everybody can fetch it; [`crate::Action::Share`] shows it in a room.
    ///
    /// # Errors
    /// Why it is nowhere.
    async fn upload(&self, room: Option<&RoomJid>, file: UploadFile) -> Result<String, UploadError>;
}
