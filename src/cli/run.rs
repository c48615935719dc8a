//! `domovoi run`.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, ExitCode},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use futures::FutureExt as _;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
};
use tracing::{error, info, warn};

use super::{Context, logging::Logging};
use crate::{
    bot::{Bot, Wish},
    clock::Clock,
    config::Loaded,
    host::{
        core::Ending,
        live::Live,
        lua::{self, Found},
        overlay::{Overlay, Source},
    },
    store::{Store, StoreOptions},
};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// So many threads read the store and other files at once. A thousand rooms are read at the start: with a thread for each
/// that comes nothing is read sooner, and each leaves some memory behind that is never given back.
const BLOCKING_THREADS: usize = 8;

/// Signals that come so close together are one wish; no person is that fast.
const ONE_WISH: Duration = Duration::from_millis(10);

/// Runs the bot until it is told to stop.
///
/// # Errors
/// If the configuration is wrong, or the bot cannot start.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let loaded = context.load()?;
    // Now, because a program that was replaced by a newer one does not know where it was.
    let program = std::env::current_exe();
    let logging = Logging::begin(loaded.config.log)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().max_blocking_threads(BLOCKING_THREADS);
    let runtime = runtime.build().context("cannot start the runtime")?;
    let ending = runtime.block_on(serve(context, loaded, &logging))?;
    // What still hangs in a blocking call after the farewell must not keep the process.
    runtime.shutdown_background();
    match ending {
        Ending::Quit => Ok(ExitCode::SUCCESS),
        Ending::Restart => Err(again(program)).context("cannot start again"),
    }
}

/// Replaces this process by a new one of this program, as it is there now, with the same arguments; comes back only if
/// that fails.
fn again(program: io::Result<PathBuf>) -> io::Error {
    match program {
        Ok(program) => Command::new(program).args(std::env::args_os().skip(1)).exec(),
        Err(error) => error,
    }
}

async fn serve(context: &Context, loaded: Loaded, logging: &Logging) -> anyhow::Result<Ending> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut hup = signal(SignalKind::hangup())?;
    for warning in loaded.warnings.iter() {
        warn!("{warning}");
    }
    let data_dir = loaded.config.bot.data_dir;
    let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
    let (store, _) = opening.await.context("opening the store failed")??;
    let source = Source {
        path: context.config_path()?,
        env: Box::new(|name| std::env::var(name).ok()),
        catalogue: context.catalogue(),
    };
    let (overlay, loaded) = Overlay::open(&store.state, source).await?;
    for skipped in loaded.skipped.iter() {
        warn!("a change made by chat does not fit any more and does not hold: {skipped}");
    }
    let Found { plugins, in_folders, wrong } = lua::load_all(&loaded.config, context.plugins.to_vec()).await;
    wrong.iter().for_each(|it| error!("a plugin is wrong and does not run: {it}"));
    let bot = Bot::start(Live::with_overlay(loaded.config, overlay), store, plugins, Clock::System).await?;
    in_folders.iter().for_each(|it| bot.host.adopt(it));
    drop(in_folders);
    if !wrong.is_empty() {
        bot.host.notice_plugins(&wrong);
    }
    let mut wishes = match open(&bot).await {
        Ok(wishes) => wishes,
        Err(error) => {
            // Its accounts may be on their way in.
            bot.stop().await;
            return Err(error);
        }
    };
    info!("started");
    let mut ending = bot.host.ending();
    let how = loop {
        // Cancel-safe: signals and wishes wait for the next round.
        tokio::select! {
            _ = term.recv() => break Ending::Quit,
            _ = int.recv() => break Ending::Quit,
            Ok(()) = ending.changed() => if let Some(how) = *ending.borrow_and_update() {
                break how;
            },
            _ = hup.recv() => drop(reload(&bot, logging).await),
            Some(wish) = wishes.recv() => match wish {
                // Whoever wished and went away hears nothing.
                Wish::Reload(reply) => drop(reply.send(reload(&bot, logging).await)),
                Wish::Stop => break Ending::Quit,
            },
        }
    };
    as_one_wish([&mut term, &mut int]).await;
    info!("stopping; a second signal ends at once");
    tokio::select! {
        () = bot.stop() => info!("stopped"),
        _ = term.recv() => error!("ended at once"),
        _ = int.recv() => error!("ended at once"),
    }
    Ok(how)
}

/// Opens all doors at which the bot is spoken to.
async fn open(bot: &Bot) -> anyhow::Result<mpsc::Receiver<Wish>> {
    let wishes = bot.open_control()?;
    bot.open_web().await?;
    Ok(wishes)
}

/// Swallows what comes together with the first signal, since it is the same wish: `timeout` and some supervisors send it
/// to the process and to its group.
async fn as_one_wish(signals: [&mut Signal; 2]) {
    tokio::time::sleep(ONE_WISH).await;
    for signal in signals {
        // Whether there was one does not matter.
        let _: Option<Option<()>> = signal.recv().now_or_never();
    }
}

/// Reads the configuration again; a broken one changes nothing, and an owner is told.
async fn reload(bot: &Bot, logging: &Logging) -> Result<(), Vec<String>> {
    match bot.host.reload().await {
        Ok(warnings) => {
            warnings.iter().for_each(|it| warn!("{it}"));
            logging.set_level(bot.host.live.config().log.level);
            info!("the configuration was read again");
            let wrong = bot.host.reload_plugins().await;
            if wrong.is_empty() {
                return Ok(());
            }
            wrong.iter().for_each(|it| error!("a plugin is wrong and runs on as it was: {it}"));
            bot.host.notice_plugins(&wrong);
            Err(wrong)
        }
        Err(mistakes) => {
            bot.host.notice_config(&mistakes);
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            for line in &lines {
                error!("{line}");
            }
            error!("the configuration is broken; the old one runs on");
            Err(lines)
        }
    }
}
