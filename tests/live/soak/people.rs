//! What each of the people does: talks, gives commands, changes the nick, goes and comes back, and counts.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use domovoi_stage::{Person, xml::Element};
use tokio::time::{Instant, timeout};

/// How long a room may take to pass on what was said, or the bot to answer: a cut lies in between, and the machine may have
/// other things to do. What counts here is that nothing is lost, not how fast it is.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between the answer to a person's command and the next one, so that neither cool-down nor loop breaker has reason to
/// keep the bot silent, however late the commands of a cut reach it.
const COMMAND_EVERY: Duration = Duration::from_secs(26);
/// Between two deeds of one person.
const PAUSE_MS: std::ops::Range<u64> = 1_500..4_500;

/// Nobody pauses for longer than this.
const MAX_PAUSE: Duration = Duration::from_secs(20);

/// What was done.
#[derive(Default)]
pub(super) struct Tally {
    /// What rooms have passed on.
    pub(super) said: Vec<String>,
    n_commands: u64,
    n_nicks: u64,
    n_returns: u64,
}

/// Where everybody's deeds are counted.
#[derive(Clone, Default)]
pub(super) struct Board(Arc<Mutex<Tally>>);

impl Board {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { said, n_commands, n_nicks, n_returns } = self;
        write!(f, "{} messages, {n_commands} commands, {n_nicks} new nicks, {n_returns} returns", said.len())
    }
}

/// One person's part.
pub(super) struct Play {
    person: Arc<Person>,
    room: String,
    began: Instant,
    next_command: Instant,
    n_commands: u64,
    /// Answers of the bot to us.
    n_answers: u64,
    board: Board,
}

impl Play {
    pub(super) fn new(person: Arc<Person>, room: String, began: Instant, board: Board) -> Self {
        let next_command = Instant::now() + Duration::from_millis(below(10_000));
        Self { person, room, began, next_command, n_commands: 0, n_answers: 0, board }
    }

    /// Plays until then.
    pub(super) async fn until(mut self, end: Instant) -> Result<()> {
        let mut took = Duration::ZERO;
        while Instant::now() < end {
            let pause = Duration::from_millis(PAUSE_MS.start + below(PAUSE_MS.end - PAUSE_MS.start));
            // Whoever is served slowly asks for less: the server sets the rate.
            let pause = pause.max(took * 3).min(MAX_PAUSE);
            self.listen(pause.min(end - Instant::now())).await?;
            let began = Instant::now();
            self.deed().await.with_context(|| format!("{} in {}", self.person.name, self.room))?;
            took = began.elapsed();
        }
        // What the room sends after its answer to this comes too late to be ours.
        self.person.settle(&self.room).await?;
        self.listen(Duration::from_secs(1)).await?;
        if self.n_answers != self.n_commands {
            bail!("{} gave {} commands and got {} answers", self.person.name, self.n_commands, self.n_answers);
        }
        Ok(())
    }

    async fn deed(&mut self) -> Result<()> {
        if self.next_command <= Instant::now() {
            return self.command().await;
        }
        match below(10) {
            0 => self.rename().await,
            1 => self.come_back().await,
            _ => self.say().await,
        }
    }

    async fn say(&mut self) -> Result<()> {
        let id = self.person.new_id();
        let text = format!("{} says at {} ms: {id}", self.person.name, self.began.elapsed().as_millis());
        let (to, id) = (self.room.clone(), id.clone());
        let xml = format!("<message type='groupchat' id='{id}' to='{to}'><body>{text}</body></message>");
        self.person.send_raw(&xml).await?;
        let is_own = |it: &Element| it.name == "message" && it.attr("id") == Some(&id);
        self.hear("the own words", is_own).await?;
        self.board.tally().said.push(text);
        Ok(())
    }

    async fn command(&mut self) -> Result<()> {
        let n_before = self.n_answers;
        self.n_commands += 1;
        self.person.say_in(&self.room, "!about").await?;
        let names = self.names();
        self.hear("an answer", |it| is_answer(it, &names)).await?;
        if self.n_answers != n_before + 1 {
            bail!("answered {} times", self.n_answers - n_before);
        }
        self.next_command = Instant::now() + COMMAND_EVERY;
        self.board.tally().n_commands += 1;
        Ok(())
    }

    async fn rename(&mut self) -> Result<()> {
        let [name, other] = self.names();
        let is_other = self.person.nick_in(&self.room).as_deref() == Some(other.as_str());
        self.person.change_nick(&self.room, if is_other { &name } else { &other }).await?;
        self.board.tally().n_nicks += 1;
        Ok(())
    }

    async fn come_back(&mut self) -> Result<()> {
        self.person.leave(&self.room).await?;
        self.listen(Duration::from_millis(below(500))).await?;
        self.person.join(&self.room, &self.person.name).await?;
        self.board.tally().n_returns += 1;
        Ok(())
    }

    /// The nicks that are ours.
    fn names(&self) -> [String; 2] {
        [self.person.name.clone(), format!("{}-too", self.person.name)]
    }

    /// Takes in what comes, for so long.
    async fn listen(&mut self, span: Duration) -> Result<()> {
        let end = Instant::now() + span;
        while let Ok(heard) = timeout(end - Instant::now(), self.person.expect("anything", |_| true)).await {
            // Nothing for longer than anybody's patience is no fault here.
            let Ok(heard) = heard else { return Ok(()) };
            self.count(&heard);
        }
        Ok(())
    }

    /// Takes in what comes, until this does.
    async fn hear(&mut self, what: &str, fits: impl Fn(&Element) -> bool) -> Result<()> {
        let all = async {
            loop {
                let heard = match self.person.expect(what, |_| true).await {
                    Ok(heard) => heard,
                    // A room may well be quiet for longer than a person usually waits.
                    Err(_) if self.person.is_connected() => continue,
                    Err(error) => return Err(error),
                };
                self.count(&heard);
                if fits(&heard) {
                    return anyhow::Ok(());
                }
            }
        };
        timeout(PATIENCE, all).await.with_context(|| format!("no {what} within {PATIENCE:?}"))?
    }

    fn count(&mut self, heard: &Element) {
        if is_answer(heard, &self.names()) {
            self.n_answers += 1;
        }
    }
}

fn is_answer(it: &Element, names: &[String]) -> bool {
    let is_ours = |body: &str| body.split_once(':').is_some_and(|(nick, _)| names.iter().any(|it| it == nick));
    it.name == "message" && it.nick() == "domovoi" && it.body().is_some_and(is_ours)
}

/// A number below this; which one does not matter.
fn below(limit: u64) -> u64 {
    RandomState::new().hash_one(0_u8) % limit.max(1)
}
