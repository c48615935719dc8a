//! Looks at the folders of plugins in Lua each second, and loads what was saved.
//!
//! It asks for times and sizes of files rather than to be told by the system: that works the same on every file system
//! (over the network, in containers, where an editor puts a new file in the place of the old), needs no watches that
//! run out, and costs less than a millisecond a second for as many files as plugins have. What changed is loaded once it
//! has stayed as it is for a second, so that a row of saves is one new version.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domovoi_plugin::{Identity, Place, PluginName, Text, grammar::shown, jid::BareJid};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{
    core::Host,
    loading::{LoadError, Loaded, Which},
    lua::{self, limits::Limits, stamp::Stamp},
};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);
/// So many mistakes are told at once.
const MOST_TOLD: usize = 10;

/// Looks until it is cancelled.
pub async fn run(host: Arc<Host>, cancel: CancellationToken) {
    let mut watch = Watch::default();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // Cancel-safe: a tick that is lost comes again.
        tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            _ = look.tick() => (),
        }
        watch.look(&host).await;
    }
}

/// A folder as it was seen.
#[derive(Default)]
struct Seen {
    /// When it was loaded, or tried to be.
    tried: Option<Stamp>,
    /// At the last look.
    last: Option<Stamp>,
}

/// What was seen of the folders so far.
#[derive(Default)]
pub struct Watch {
    folders: BTreeMap<PathBuf, Seen>,
    /// With which new limits plugins were tried that have the old ones yet.
    limits: BTreeMap<PluginName, Limits>,
    has_looked: bool,
}

impl Watch {
    /// Looks once.
    pub async fn look(&mut self, host: &Arc<Host>) {
        let dirs = host.live.config().bot.plugin_dirs.clone();
        // An error means that the runtime ends.
        let Ok(stamps) = tokio::task::spawn_blocking(move || stamps(&dirs)).await else { return };
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        for (folder, stamp) in &stamps {
            let seen = self.folders.entry(folder.clone()).or_default();
            let was = seen.last.replace(stamp.clone());
            if is_first {
                // As it was loaded at the start.
                seen.tried = Some(stamp.clone());
            } else if seen.tried.as_ref() != Some(stamp) && was.as_ref() == Some(stamp) {
                seen.tried = Some(stamp.clone());
                saved(host, folder).await;
            }
        }
        self.notice_gone(host, &stamps).await;
        self.notice_limits(host).await;
    }

    /// What a plugin may use up changed: it is loaded again, once for each change. What is in its folder by now may be
    /// wrong, and it runs on as it was until that is mended.
    async fn notice_limits(&mut self, host: &Arc<Host>) {
        let wanted = host.with_old_limits();
        self.limits.retain(|name, _| wanted.contains_key(name));
        for (name, limits) in wanted {
            if self.limits.insert(name.clone(), limits) != Some(limits) {
                saved(host, Path::new(name.as_str())).await;
            }
        }
    }

    /// What is gone for two looks in a row is gone: an editor may put a folder in the place of another.
    async fn notice_gone(&mut self, host: &Arc<Host>, stamps: &BTreeMap<PathBuf, Stamp>) {
        let mut is_any_gone = false;
        self.folders.retain(|folder, seen| {
            let is_there = stamps.contains_key(folder);
            let was_there = seen.last.is_some();
            if !is_there {
                seen.last = None;
            }
            is_any_gone |= !is_there && !was_there;
            is_there || was_there
        });
        if is_any_gone {
            host.drop_plugins_without_folder().await;
        }
    }
}

fn stamps(dirs: &[PathBuf]) -> BTreeMap<PathBuf, Stamp> {
    let stamp = |folder: PathBuf| {
        let stamp = Stamp::of(&folder);
        (folder, stamp)
    };
    lua::folders(dirs).into_iter().map(stamp).collect()
}

/// The files of a plugin changed, or what it may use up. Who loaded it last by a command hears what became of that, else
/// the owners of the bot if it is wrong.
async fn saved(host: &Arc<Host>, folder: &Path) {
    let Some(name) = folder.file_name().and_then(|it| it.to_str()) else { return };
    let loader = PluginName::new(name).ok().and_then(|it| host.loader_of(&it));
    match host.load_plugin(name, Which::Changed, None).await {
        Ok(Loaded::Now(name)) => {
            if let Some(loader) = loader {
                tell(host, &loader, &Text::key("plugin-reloaded").with("plugin", name.as_str())).await;
            }
        }
        Ok(Loaded::Already(_)) | Err(LoadError::CompiledIn(_) | LoadError::NoFolder(_)) => (),
        Err(LoadError::Wrong(mistakes)) => {
            mistakes.iter().for_each(|it| error!("a plugin was saved and is wrong; the old one runs on: {it}"));
            match loader {
                Some(loader) => tell(host, &loader, &wrong(name, &mistakes)).await,
                None => host.notice_plugins(&mistakes),
            }
        }
    }
}

/// That a plugin was not loaded, and why: each mistake a line.
pub(super) fn wrong(name: &str, mistakes: &[String]) -> Text {
    let head = Text::key("plugin-not-reloaded").with("plugin", shown(name, 50));
    let lines = mistakes.iter().take(MOST_TOLD).map(|it| Text::plain(shown(it, 300)));
    Text::Lines(std::iter::once(head).chain(lines).collect())
}

async fn tell(host: &Host, to: &BareJid, text: &Text) {
    let Some(outlet) = host.outlet() else { return };
    let lang = host.language_for(None, &Place::Direct(to.clone()), &Identity::Jid(to.clone()));
    // Nobody is online: the log has it.
    outlet.direct(None, to, host.words.translate(&lang, text)).await;
}
