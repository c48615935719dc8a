//! Files that a plugin uploads on the bench: kept, and given an address of the bench's own.

use async_trait::async_trait;

use super::{Bench, world::Shelf};
use crate::{Power, RoomJid, Upload, UploadError, UploadFile};

/// Where the bench's uploads are.
const PLACE: &str = "https://upload.example/";

/// The files of a bench.
#[derive(Debug, Default)]
pub(super) struct Files {
    uploaded: Vec<UploadFile>,
    refusal: Option<UploadError>,
}

impl Bench {
    /// Everything that was uploaded, in order. The address of the first is `https://upload.example/1/NAME`.
    #[must_use]
    pub fn uploads(&self) -> Vec<UploadFile> {
        self.world(|it| it.uploads.uploaded.clone())
    }

    /// No file is taken any more, for this reason.
    pub fn refuse_uploads(&self, error: UploadError) {
        self.world(|it| it.uploads.refusal = Some(error));
    }
}

#[async_trait]
impl Upload for Shelf {
    async fn upload(&self, _: Option<&RoomJid>, file: UploadFile) -> Result<String, UploadError> {
        let mut world = self.world();
        if !world.powers.contains(&Power::Upload) {
            return Err(UploadError::NotGranted);
        }
        if let Some(refusal) = &world.uploads.refusal {
            return Err(refusal.clone());
        }
        file.check()?;
        let url = format!("{PLACE}{}/{}", world.uploads.uploaded.len() + 1, file.name);
        world.uploads.uploaded.push(file);
        Ok(url)
    }
}
