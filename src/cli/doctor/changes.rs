//! What was changed by chat, for when no bot runs that would know: it lies in the store, not in the file.

use std::path::Path;

use crate::{
    cli::Context,
    config::Config,
    host::overlay::{Overlay, Source},
    store::{State, StateOptions, StoreError},
};

/// What the doctor goes by.
pub(super) enum Changes {
    /// The file is all there is.
    None,
    /// The store has changes, and this is what holds with them; what does not fit any more is left out, as at a start.
    Of(Box<Config>),
    /// The store could not be read.
    Unread(String),
}

/// Reads the changes. A folder without a store stays without one.
pub(super) async fn read(context: &Context, data_dir: &Path) -> anyhow::Result<Changes> {
    let dir = data_dir.join("state");
    if !dir.exists() {
        return Ok(Changes::None);
    }
    let opening = tokio::task::spawn_blocking(move || State::open(&dir, StateOptions::default()));
    let state = match opening.await? {
        Ok((state, _)) => state,
        Err(error) => return Ok(Changes::Unread(why(&error))),
    };
    let source = Source {
        path: context.config_path()?,
        env: Box::new(|name| std::env::var(name).ok()),
        catalogue: context.catalogue(),
    };
    let opened = Overlay::open(&state, source).await;
    state.close().await;
    Ok(match opened {
        Ok((overlay, _)) if overlay.is_empty().await => Changes::None,
        Ok((_, loaded)) => Changes::Of(Box::new(loaded.config)),
        Err(error) => Changes::Unread(error.to_string()),
    })
}

fn why(error: &StoreError) -> String {
    crate::store::chain(error)
}
