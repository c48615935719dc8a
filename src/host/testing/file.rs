//! A scene's configuration file and clock, and the same bot after a restart.

use std::{path::PathBuf, time::Duration};

use super::{Scene, bundled};

impl Scene {
    /// Time passes; nothing happens in it by itself.
    pub(crate) fn advance(&self, span: Duration) {
        self.clock.turn(span);
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("domovoi.toml")
    }

    /// Rewrites the configuration file.
    pub(crate) fn write_config(&self, text: &str) {
        std::fs::write(self.file(), text).unwrap();
    }

    /// The same bot after a restart, in the same rooms.
    pub(crate) async fn restart(self) -> Self {
        let text = std::fs::read_to_string(self.file()).unwrap();
        let (old, clock) = (self.stage.clone(), self.clock);
        let again = Self::in_dir(&text, bundled(), self.stop().await, clock).await;
        again.stage.state().rooms = std::mem::take(&mut old.state().rooms);
        again
    }
}
