//! `domovoi run`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

use super::{Context, logging::Logging};
use crate::{
    bot::{Bot, Wish},
    bundle,
    clock::Clock,
    config::Loaded,
    store::{Store, StoreOptions},
};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the bot until it is told to stop.
///
/// # Errors
/// If the configuration is wrong, or the bot cannot start.
pub fn run(_arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let loaded = context.load()?;
    let logging = Logging::begin(loaded.config.log)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(serve(context, loaded, &logging))?;
    // What still hangs in a blocking call after the farewell must not keep the process.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

async fn serve(context: &Context, loaded: Loaded, logging: &Logging) -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut hup = signal(SignalKind::hangup())?;
    for warning in loaded.warnings.iter() {
        warn!("{warning}");
    }
    let data_dir = loaded.config.bot.data_dir.clone();
    let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
    let (store, _) = opening.await.context("opening the store failed")??;
    let bot = Bot::start(loaded.config, store, bundle::plugins(), Clock::System).await?;
    let mut wishes = bot.open_control()?;
    bot.open_web().await?;
    info!("started");
    loop {
        // Cancel-safe: signals and wishes wait for the next round.
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => drop(reload(context, &bot, logging).await),
            Some(wish) = wishes.recv() => match wish {
                // Whoever wished and went away hears nothing.
                Wish::Reload(reply) => drop(reply.send(reload(context, &bot, logging).await)),
                Wish::Stop => break,
            },
        }
    }
    info!("stopping; a second signal ends at once");
    tokio::select! {
        () = bot.stop() => info!("stopped"),
        _ = term.recv() => error!("ended at once"),
        _ = int.recv() => error!("ended at once"),
    }
    Ok(())
}

/// Reads the configuration again; a broken one changes nothing.
async fn reload(context: &Context, bot: &Bot, logging: &Logging) -> Result<(), Vec<String>> {
    match context.load() {
        Ok(loaded) => {
            logging.set_level(loaded.config.log.level);
            bot.reconfigure(loaded.config).await;
            info!("the configuration was read again");
            Ok(())
        }
        Err(mistakes) => {
            let lines: Vec<String> = mistakes.to_string().lines().map(str::to_owned).collect();
            for line in &lines {
                error!("{line}");
            }
            error!("the configuration is broken; the old one runs on");
            Err(lines)
        }
    }
}
