//! The demo: a throwaway Prosody, the bot, a short scene, and a verdict. `scripts/demo` builds both and calls this.
//!
//! What the bot saw, decided and did comes from the bot (its control socket); whether it did right is judged from what
//! the other people's own clients saw.

mod jury;
mod render;
mod rows;
mod scene;
mod screen;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domovoi_stage::ports::Port;
use domovoi_stage::{Bot, Control, Options, Prosody, Server};
use rows::Rows;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use scene::Scene;
use screen::Screen;

/// A row of the same is over after so long without another.
const ROW_ENDS: Duration = Duration::from_millis(300);
const PASSWORD: &str = "pw-domovoi";
/// The account that is kept free for whoever watches.
const GUEST: (&str, &str) = ("guest", "garden");

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    bot: PathBuf,
    leaves: bool,
}

fn main() -> ExitCode {
    let screen = Arc::new(Screen::on_stdout());
    let outcome = arguments(std::env::args().skip(1)).and_then(|arguments| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(run(&arguments, &screen))
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(err) => {
            screen.line(&format!("demo: {err:#}"));
            ExitCode::FAILURE
        }
    }
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments> {
    let (mut bot, mut leaves) = (None, false);
    for argument in given {
        match argument.as_str() {
            "--once" => leaves = true,
            other if bot.is_none() && !other.starts_with('-') => bot = Some(PathBuf::from(other)),
            other => bail!("usage: demo [--once] PATH-OF-DOMOVOI (what is {other:?}?)"),
        }
    }
    let bot = bot.context("usage: demo [--once] PATH-OF-DOMOVOI")?;
    Ok(Arguments { bot, leaves })
}

async fn run(arguments: &Arguments, screen: &Arc<Screen>) -> Result<bool> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stopped = async {
        tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
    };
    tokio::select! {
        outcome = show(arguments, screen) => outcome,
        () = stopped => {
            screen.line("\nstopping; the server, the bot and their folders are gone in a moment");
            Ok(!arguments.leaves)
        }
    }
}

async fn show(arguments: &Arguments, screen: &Arc<Screen>) -> Result<bool> {
    screen.heading("a Prosody of its own on loopback");
    let server = Prosody::start(Options { persistent: true, ..Options::default() }).await?;
    server.register("domovoi", PASSWORD).await?;
    server.register(GUEST.0, GUEST.1).await?;
    let scene = Scene::set(&server, beat()).await?;
    screen.line(&format!("{} accounts and the room {} are made", scene::N_ACCOUNTS + 2, scene.room));

    screen.heading("the bot comes");
    let web = Port::claim()?;
    let config = config(&server, &scene.room, web.number())?;
    let begin = Instant::now();
    // It runs in a folder of its own, where a relative path would lead nowhere.
    let binary = arguments.bot.canonicalize();
    let binary = binary.with_context(|| format!("there is no {}", arguments.bot.display()))?;
    let mut bot = Bot::start(&binary, &config).await?;
    let (n_lines, ready_ms) = (config.lines().count(), begin.elapsed().as_millis());
    screen.line(&format!("{n_lines} lines of configuration, ready after {ready_ms} ms"));
    let mut watching = JoinSet::new();
    watching.spawn(watch(Control::connect(&bot.control()).await?, Arc::clone(screen)));
    let played = match scene.bot_is_in().await {
        Ok(()) => scene.play(|text| screen.heading(text)).await,
        Err(err) => Err(err),
    };
    let report = played.with_context(|| format!("the end of the bot's log:\n{}", bot.log_tail()))?;
    screen.heading("what the others' own clients saw");
    for line in report.lines(screen.colours()) {
        screen.line(&line);
    }
    if !arguments.leaves {
        invite(screen, &server, &scene.room, web.number(), &bot);
        // Until Ctrl-C; or until the bot ends, which it should not.
        let ended = bot.wait_exit(Duration::MAX).await?;
        bail!("the bot ended with {ended}; the end of its log:\n{}", bot.log_tail());
    }
    scene.curtain().await?;
    let status = bot.stop(Duration::from_secs(10)).await?;
    if !status.success() {
        bail!("the bot did not stop well: {status}; the end of its log:\n{}", bot.log_tail());
    }
    Ok(report.is_good())
}

/// How long people think before they speak; a test may hurry them.
fn beat() -> Duration {
    let given = std::env::var("DOMOVOI_DEMO_BEAT_MS").ok().and_then(|it| it.parse().ok());
    Duration::from_millis(given.unwrap_or(700))
}

/// Fifteen lines are all that it takes.
fn config(server: &Server, room: &str, web_port: u16) -> Result<String> {
    let mut text = String::from("[bot]\nowners = [\"olga@localhost\"]\nnick = \"domovoi\"\ndata_dir = \"data\"\n");
    writeln!(text, "[accounts.main]\njid = \"domovoi@localhost\"\npassword = \"{PASSWORD}\"")?;
    writeln!(text, "address = \"{}\"\nca_file = \"{}\"", server.address(), server.ca_file().display())?;
    writeln!(text, "[rooms.\"{room}\"]\n[rooms.\"{room}\".plugins]")?;
    writeln!(text, "guard = {{ preset = \"public\", mode = \"enforce\" }}\n[web]\nlisten = \"127.0.0.1:{web_port}\"")?;
    Ok(text)
}

async fn watch(mut control: Control, screen: Arc<Screen>) {
    let asked = control.send(&json!({"do": "watch"})).await;
    if let Err(err) = asked {
        screen.line(&format!("the bot does not tell what it sees: {err:#}"));
    }
    let show = |event: &Value| {
        if let Some(line) = render::line(event, screen.colours()) {
            screen.event(&line);
        }
    };
    let mut rows = Rows::default();
    loop {
        // Cancel-safe, as `next` says. What is kept back is shown once nothing more comes.
        let Ok(next) = timeout(ROW_ENDS, control.next()).await else {
            rows.end().for_each(|it| show(&it));
            continue;
        };
        match next {
            Ok(Some(event)) => {
                if let Some(event) = rows.take(event) {
                    rows.end().for_each(|it| show(&it));
                    show(&event);
                }
            }
            Ok(None) => return rows.end().for_each(|it| show(&it)),
            Err(err) => {
                screen.line(&format!("the bot tells no more: {err:#}"));
                return;
            }
        }
    }
}

fn invite(screen: &Screen, server: &Server, room: &str, web_port: u16, bot: &Bot) {
    screen.heading("come in");
    let (user, password) = GUEST;
    let port = server.address().port();
    for line in [
        "everything stays up until Ctrl-C. Join with any XMPP client on this machine:".to_owned(),
        format!("  account   {user}@localhost, password {password}"),
        format!(
            "  server    127.0.0.1, port {port} (STARTTLS or none), or {} (direct TLS)",
            server.direct_tls().port()
        ),
        format!("  authority {} (or accept the certificate when asked)", server.ca_file().display()),
        format!("  room      {room}; try !help, or a flood of your own"),
        format!("  e.g.      profanity, then: /connect {user}@localhost server 127.0.0.1 port {port} tls trust"),
        format!("            and: /join {room}"),
        format!("  web       http://127.0.0.1:{web_port}/health and http://127.0.0.1:{web_port}/metrics"),
        format!("  bot       configuration and data are in {}", bot.dir().display()),
    ] {
        screen.line(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_a_path_and_a_wish_to_leave() {
        let given = |text: &str| arguments(text.split_whitespace().map(ToOwned::to_owned));
        assert_eq!(given("a/b").unwrap(), Arguments { bot: "a/b".into(), leaves: false });
        assert_eq!(given("--once a").unwrap(), Arguments { bot: "a".into(), leaves: true });
        assert!(given("").is_err() && given("a b").is_err() && given("--twice a").is_err());
    }
}
