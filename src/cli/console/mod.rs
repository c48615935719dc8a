//! `domovoi console`: a room in the terminal, without a server, a configuration or a store that stays.
//!
//! The host, its guards and its plugins are the real ones; people are typed, the service is made up. With `--script` the
//! clock stands still but for `/clock`, so that the transcript is the same each time.

mod room;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use domovoi_plugin::{Affiliation, Nick, RoomJid, Timestamp};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use self::{room::Given, words::Input};
use super::{
    Context,
    stage::{Stage, jid_of, play::Play},
};
use crate::clock::{Clock, Stopwatch};

/// Who speaks until somebody says otherwise.
const FIRST: &str = "you";
/// When scripts begin: 2026-01-01T12:00:00Z, a Thursday.
const BEGIN: Timestamp = Timestamp::from_millis(1_767_268_800_000);
/// What a raid says.
const ADVERT: &str = "Cheap watches, only today: https://spam.example/watches";
/// A script has at most so many bytes.
const MAX_SCRIPT_BYTES: u64 = 4 * 1024 * 1024;

/// Arguments of `console`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A plugin's folder, to have that plugin in the room; may be given several times.
    #[arg(long = "plugin", value_name = "DIR")]
    pub plugins: Vec<PathBuf>,
    /// A host that these plugins may fetch from, such as `api.example` or `127.0.0.1:8000`; may be given several times.
    #[arg(long = "host", value_name = "HOST")]
    pub hosts: Vec<String>,
    /// Read what is said from a file instead of the terminal, line by line.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
}

/// Plays a room in the terminal.
///
/// # Errors
/// If a plugin or the script cannot be read, or a line of the script is wrong.
pub fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    for folder in &arguments.plugins {
        let code = folder.join("init.lua");
        anyhow::ensure!(code.is_file(), "{} is no plugin: there is no {}", folder.display(), code.display());
    }
    let given = Given { compiled: &context.plugins, folders: &arguments.plugins, hosts: &arguments.hosts };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(async {
        match &arguments.script {
            Some(path) => play_script(path, &given).await,
            None => play_terminal(&given).await,
        }
    });
    // A read from the terminal cannot be called off, and must not keep the process.
    runtime.shutdown_background();
    played.map(|()| ExitCode::SUCCESS)
}

async fn play_script(path: &Path, given: &Given<'_>) -> anyhow::Result<()> {
    let size = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    anyhow::ensure!(size <= MAX_SCRIPT_BYTES, "{} is too long for a script", path.display());
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut console = Console::new(BEGIN, false, given).await?;
    let mut played = Ok(());
    for (index, line) in text.lines().enumerate() {
        match console.line(line).await {
            Ok(true) => super::print(&console.transcript())?,
            Ok(false) => break,
            Err(what) => {
                played = Err(anyhow::anyhow!("{}:{}: {what}", path.display(), index + 1));
                break;
            }
        }
    }
    super::print(&console.transcript())?;
    console.stage.end().await;
    played
}

async fn play_terminal(given: &Given<'_>) -> anyhow::Result<()> {
    let mut console = Console::new(Clock::System.now(), true, given).await?;
    super::print("A room without a server; the bot is in it, and so are you. /help says what can be typed.\n")?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut watch = Stopwatch::start();
    loop {
        // Cancel-safe: what was read of a line stays in the reader.
        let line = tokio::select! {
            _ = second.tick() => None,
            line = lines.next_line() => match line.context("cannot read from the terminal")? {
                Some(line) => Some(line),
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        };
        let passed = std::mem::replace(&mut watch, Stopwatch::start()).elapsed();
        console.stage.advance(passed).await;
        let goes_on = match line {
            Some(line) => console.line(&line).await,
            None => Ok(true),
        };
        super::print(&console.transcript())?;
        match goes_on {
            Ok(true) => (),
            Ok(false) => break,
            Err(what) => super::print_error(&what),
        }
    }
    console.stage.end().await;
    Ok(())
}

/// Somebody at the keyboard, and the room.
struct Console<'a> {
    given: &'a Given<'a>,
    stage: Stage,
    room: RoomJid,
    speaker: Nick,
}

impl<'a> Console<'a> {
    async fn new(at: Timestamp, is_typed: bool, given: &'a Given<'a>) -> anyhow::Result<Self> {
        let (mut stage, room) = room::open(at, is_typed, given).await?;
        stage.settle().await;
        Ok(Self { given, stage, room, speaker: Nick::new(FIRST)? })
    }

    /// What was to be seen since it was last asked.
    fn transcript(&self) -> String {
        self.stage.log.borrow_mut().take()
    }

    fn note(&self, what: &str) {
        self.stage.log.borrow_mut().note(self.stage.now(), what);
    }

    fn play(&mut self) -> Result<&mut Play, String> {
        self.stage.play(&self.room).ok_or_else(|| "the room is gone".to_owned())
    }

    /// Does what a line says, and waits for all that comes of it. Gives whether to go on.
    ///
    /// What the room refuses people is part of the scene, and told in it; an error is a line that means nothing.
    async fn line(&mut self, line: &str) -> Result<bool, String> {
        let Some(input) = words::read(line)? else { return Ok(true) };
        if input == Input::Quit {
            return Ok(false);
        }
        if let Err(refusal) = self.perform(input).await {
            self.note(&refusal);
        }
        self.stage.settle().await;
        Ok(true)
    }

    async fn perform(&mut self, input: Input) -> Result<(), String> {
        let speaker = self.speaker.clone();
        if matches!(input, Input::Say(_) | Input::Private(_)) {
            self.present(&speaker)?;
        }
        let play = self.play()?;
        let inbounds = match input {
            Input::Say(text) => play.server.says(&speaker, &text)?,
            Input::Private(text) => play.server.whispers(&speaker, &text)?,
            Input::Join => return self.joins(&speaker),
            Input::Leave => play.server.leaves(&speaker),
            Input::Nick(nick) => {
                let inbounds = play.server.renames(&speaker, &nick)?;
                self.speaker = nick;
                inbounds
            }
            Input::Retract => play.server.retracts(&speaker)?,
            Input::As(nick, affiliation) => return self.speak_as(nick, affiliation),
            Input::Raid(n) => return self.raid(n).await,
            Input::Clock(span) => {
                self.stage.advance(span).await;
                Vec::new()
            }
            Input::Reload => {
                let told = room::reload(&mut self.stage, self.given).await;
                told.iter().for_each(|it| self.note(it));
                Vec::new()
            }
            Input::Help => {
                self.help();
                Vec::new()
            }
            Input::Quit => Vec::new(),
        };
        self.play()?.happen(inbounds);
        Ok(())
    }

    fn help(&self) {
        self.note(words::HELP);
        let commands = room::commands(&self.stage, self.given);
        if !commands.is_empty() {
            self.note(&format!("commands of the plugins: {}", commands.join(", ")));
        }
    }

    /// Whoever was never here comes in by speaking.
    fn present(&mut self, nick: &Nick) -> Result<(), String> {
        let is_new = nick.as_str() == FIRST && !self.play()?.server.is_known(nick);
        if is_new { self.joins(nick) } else { Ok(()) }
    }

    fn joins(&mut self, nick: &Nick) -> Result<(), String> {
        let play = self.play()?;
        let inbounds = play.server.joins(nick, jid_of(nick)?)?;
        play.happen(inbounds);
        Ok(())
    }

    fn speak_as(&mut self, nick: Nick, affiliation: Option<Affiliation>) -> Result<(), String> {
        let play = self.play()?;
        let jid = play.server.jid_of(&nick).map_or_else(|| jid_of(&nick), Ok)?;
        if let Some(affiliation) = affiliation {
            play.set_affiliation(&jid.to_bare(), affiliation);
        }
        let is_here = play.server.is_here(&nick);
        self.speaker = nick.clone();
        if is_here { Ok(()) } else { self.joins(&nick) }
    }

    async fn raid(&mut self, n: u16) -> Result<(), String> {
        let mut raiders = Vec::new();
        for number in 1..=n {
            let nick = Nick::new(&format!("raider{number}")).map_err(|error| error.to_string())?;
            if !self.play()?.server.is_here(&nick) {
                self.joins(&nick)?;
                self.stage.settle().await;
            }
            raiders.push(nick);
        }
        for nick in raiders {
            // Who was thrown out or muted meanwhile says nothing any more.
            let play = self.play()?;
            if let Ok(inbounds) = play.server.says(&nick, ADVERT) {
                play.happen(inbounds);
                self.stage.settle().await;
            }
        }
        Ok(())
    }
}
