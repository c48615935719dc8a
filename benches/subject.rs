//! domovoi as it is compared: the whole bot with one more plugin, whose one command gives back what it was given.
//!
//! A program of one's own around the engine, as anybody may write it. The extra command is there because the reference
//! bots echo too, and because the loop breaker rightly ignores the same line said six times.

use std::{path::Path, sync::Arc};

use anyhow::Result;
use domovoi::{
    bot::Bot,
    bundle,
    clock::Clock,
    config::{self, Config, Surroundings},
    host::live::Live,
    store::{Store, StoreOptions},
};
use domovoi_plugin::{
    ArgKind, ArgSpec, Call, CommandSpec, Context, Fault, Manifest, Plugin, PluginName, Power, Text, async_trait,
};

/// Says what it is told to say.
struct Echo;

const ARGS: &[ArgSpec] = &[ArgSpec::needed("text", ArgKind::Rest)];

#[async_trait]
impl Plugin for Echo {
    fn manifest(&self) -> Manifest {
        Manifest {
            powers: &[Power::Say, Power::Private],
            commands: vec![CommandSpec { args: ARGS, ..CommandSpec::new("echo", "help-echo") }],
            locales: &[("en", "echoed = { $text }\nhelp-echo = Gives it back.\n")],
            is_on_by_default: true,
            ..Manifest::new(PluginName::new("echo").expect("letters are a name"))
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        cx.reply(Text::key("echoed").with("text", call.args.text("text").unwrap_or_default())).await;
        Ok(())
    }
}

/// Reads a configuration file.
pub(crate) fn read(path: &Path) -> Result<Config> {
    let surroundings = Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
    Ok(config::load(path, surroundings, &[])?.config)
}

/// Starts the engine with this configuration.
pub(crate) async fn start(config: Config) -> Result<Bot> {
    let data_dir = config.bot.data_dir.clone();
    let opening = tokio::task::spawn_blocking(move || Store::open(&data_dir, StoreOptions::default()));
    let (store, _) = opening.await??;
    let plugins: Vec<Arc<dyn Plugin>> =
        bundle::plugins().into_iter().chain([Arc::new(Echo) as Arc<dyn Plugin>]).collect();
    Ok(Bot::start(Live::new(config), store, plugins, Clock::System).await?)
}

/// The runtime of that flavour: `one` thread, or `many` as the real binary has it.
pub(crate) fn runtime(flavour: &str) -> Result<tokio::runtime::Runtime> {
    let mut builder = match flavour {
        "one" => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    Ok(builder.enable_all().build()?)
}

/// Runs until the process is killed.
pub(crate) fn main(config: &str, flavour: &str) -> Result<()> {
    runtime(flavour)?.block_on(async {
        let _bot = start(read(Path::new(config))?).await?;
        std::future::pending().await
    })
}
