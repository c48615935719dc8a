//! The scene: friends talk, one asks the bot something, a spammer floods, a raid comes, and the friends talk on.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use domovoi_stage::{Element, Person, Server};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::jury::{self, Report, Row, Wish};

/// The bot's account and nick.
const BOT: &str = "domovoi";
const SPAMMER: &str = "CheapMeds";
/// The spammer gives up after so many, stopped or not.
const N_SPAM: usize = 40;
/// He goes on for so many after he was stopped, to see that they are not heard.
const N_SPAM_AFTER: usize = 5;
const N_RAIDERS: usize = 7;
const N_RAID_LINES: usize = 5;
/// Olga, Alice, Boris, Vera, the spammer, the raiders.
pub(crate) const N_ACCOUNTS: usize = 5 + N_RAIDERS;

/// The people, in place.
pub(crate) struct Scene {
    /// The room it plays in.
    pub(crate) room: String,
    /// She made the room, says little, and is the witness.
    olga: Person,
    alice: Person,
    boris: Person,
    vera: Person,
    spammer: Person,
    raiders: Vec<Arc<Person>>,
    /// How long people think before they speak.
    beat: Duration,
}

impl Scene {
    /// Makes the accounts and the room, with the bot as an admin; the friends are in, the others outside.
    pub(crate) async fn set(server: &Server, beat: Duration) -> Result<Self> {
        let room = server.room("garden");
        let olga = Person::connect(server, "olga").await?;
        let fields = [("muc#roomconfig_persistentroom", "1"), ("muc#roomconfig_roomname", "The garden")];
        olga.create_room(&room, "olga", &fields).await?;
        olga.set_affiliation(&room, &format!("{BOT}@{}", server.domain()), "admin").await?;
        let mut raiders = Vec::new();
        for number in 1..=N_RAIDERS {
            raiders.push(Arc::new(Person::connect(server, &format!("raider{number}")).await?));
        }
        let scene = Self {
            olga,
            alice: Person::connect(server, "alice").await?,
            boris: Person::connect(server, "boris").await?,
            vera: Person::connect(server, "vera").await?,
            spammer: Person::connect(server, "spammer").await?,
            raiders,
            room,
            beat,
        };
        for friend in [&scene.alice, &scene.boris, &scene.vera] {
            friend.join(&scene.room, &friend.name).await?;
        }
        Ok(scene)
    }

    /// Waits until the bot is in the room with the power to act.
    pub(crate) async fn bot_is_in(&self) -> Result<()> {
        let is_bot = |it: &Element| {
            it.name == "presence" && it.from() == format!("{}/{BOT}", self.room) && it.item("role") == Some("moderator")
        };
        self.olga.see("the bot in the room", is_bot).await?;
        Ok(())
    }

    /// Plays it all and judges.
    pub(crate) async fn play(&self, mut heading: impl FnMut(&str)) -> Result<Report> {
        heading("people talk");
        let first = [
            (&self.alice, "good evening! who watered the tomatoes?"),
            (&self.boris, "I did, before the rain came"),
            (&self.vera, "so they are watered twice now"),
        ];
        let mut n_friends = self.talk(&first).await?;
        heading("someone asks the bot");
        let mut n_answered = 0;
        for (friend, command) in [(&self.alice, "!ping"), (&self.boris, "!help")] {
            n_answered += usize::from(self.is_answered(friend, command).await?);
        }
        n_friends += 2;
        heading("a spammer floods, while the others talk on");
        let flood = async {
            let second = [(&self.vera, "who is that?"), (&self.alice, "just ignore him")];
            tokio::try_join!(self.flood(), self.talk(&second))
        };
        let ((n_spam, stopped_after), n_said) = flood.await?;
        n_friends += n_said;
        heading("a raid comes");
        let n_raid = self.raid().await?;
        heading("and the friends are still here");
        let last =
            [(&self.boris, "is it over?"), (&self.vera, "it seems so. back to the tomatoes"), (&self.alice, "finally")];
        n_friends += self.talk(&last).await?;
        self.olga.settle(&self.room).await?;
        let fates = jury::fates(&self.olga.remembered(), &self.room);
        let rows = self.rows(n_friends, n_spam, n_raid);
        Ok(Report { rows, fates, stopped_after, commands: (2, n_answered) })
    }

    fn rows(&self, n_friends: usize, n_spam: usize, n_raid: usize) -> Vec<Row> {
        let friends = [&self.olga, &self.alice, &self.boris, &self.vera].map(|it| it.name.clone()).to_vec();
        let raiders = self.raiders.iter().map(|it| it.name.clone()).collect();
        vec![
            Row { name: "friends".into(), nicks: friends, n_sent: n_friends, wish: Wish::Peace },
            Row { name: SPAMMER.into(), nicks: vec![SPAMMER.into()], n_sent: n_spam, wish: Wish::Stop },
            Row { name: "raiders".into(), nicks: raiders, n_sent: n_raid, wish: Wish::Show },
        ]
    }

    async fn talk(&self, lines: &[(&Person, &str)]) -> Result<usize> {
        for (friend, text) in lines {
            sleep(self.beat).await;
            friend.say(text).await?;
        }
        sleep(self.beat).await;
        Ok(lines.len())
    }

    /// Gives a command and waits for the bot's answer, in the room or in private.
    async fn is_answered(&self, friend: &Person, command: &str) -> Result<bool> {
        sleep(self.beat).await;
        friend.forget();
        friend.say(command).await?;
        let bot = format!("{}/{BOT}", self.room);
        let is_answer = |it: &Element| it.name == "message" && it.from() == bot && it.body().is_some();
        Ok(friend.expect("an answer of the bot", is_answer).await.is_ok())
    }

    /// Floods until a little after the others saw it stopped; gives how many were sent, and when that was.
    async fn flood(&self) -> Result<(usize, Option<Duration>)> {
        self.spammer.join(&self.room, SPAMMER).await?;
        let begin = Instant::now();
        let mut stopped_after = None;
        let mut n_left = N_SPAM;
        let mut n_sent = 0;
        while n_left > 0 {
            self.spammer.say(&format!("CHEAP MEDS, best prices!!! https://meds.example/{n_sent}")).await?;
            n_sent += 1;
            n_left -= 1;
            sleep(self.beat / 10).await;
            if stopped_after.is_none() && self.is_stopped(SPAMMER) {
                stopped_after = Some(begin.elapsed());
                n_left = n_left.min(N_SPAM_AFTER);
            }
        }
        if stopped_after.is_none() {
            // The bot may be slow; what it does late counts, but it is no error here if it does nothing.
            let is_end = |it: &Element| it.nick() == SPAMMER && it.name == "presence" && is_end_of_speech(it);
            stopped_after = self.olga.see("the end of the flood", is_end).await.is_ok().then(|| begin.elapsed());
        }
        Ok((n_sent, stopped_after))
    }

    fn is_stopped(&self, nick: &str) -> bool {
        jury::fates(&self.olga.remembered(), &self.room).get(nick).is_some_and(jury::Fate::is_stopped)
    }

    async fn raid(&self) -> Result<usize> {
        let mut raiding = JoinSet::new();
        for raider in &self.raiders {
            raiding.spawn(raid_alone(Arc::clone(raider), self.room.clone(), self.beat / 8));
        }
        let mut n_sent = 0;
        while let Some(raided) = raiding.join_next().await {
            n_sent += raided??;
        }
        self.olga.settle(&self.room).await?;
        sleep(self.beat).await;
        Ok(n_sent)
    }

    /// Everybody goes home.
    pub(crate) async fn curtain(self) -> Result<()> {
        let raiders = self.raiders.into_iter().filter_map(Arc::into_inner);
        for person in [self.alice, self.boris, self.vera, self.spammer, self.olga].into_iter().chain(raiders) {
            person.disconnect().await.context("the curtain")?;
        }
        Ok(())
    }
}

/// Comes, repeats himself, and takes what he gets; gives how many messages he sent.
async fn raid_alone(raider: Arc<Person>, room: String, pause: Duration) -> Result<usize> {
    // Being kept out is not a failure of the scene.
    if raider.join(&room, &raider.name).await.is_err() {
        return Ok(0);
    }
    for number in 0..N_RAID_LINES {
        raider.say(&format!("RAID RAID RAID join us at https://raid.example !!! {number}")).await?;
        sleep(pause).await;
    }
    Ok(N_RAID_LINES)
}

fn is_end_of_speech(presence: &Element) -> bool {
    presence.item("role") == Some("visitor") || presence.has_status("307") || presence.has_status("301")
}

#[cfg(test)]
mod live {
    use domovoi_stage::{Options, Prosody};

    use super::*;

    /// What stands in for the bot: an admin who answers commands and mutes whom he is told to.
    async fn stand_in(server: &Server, room: &str) -> Arc<Person> {
        let bot = Arc::new(Person::connect(server, BOT).await.unwrap());
        bot.join(room, BOT).await.unwrap();
        bot
    }

    async fn guard(bot: Arc<Person>, room: String, n_allowed: usize, victims: &'static [&'static str]) {
        let mut n_spam = 0;
        loop {
            let is_speech = |it: &Element| it.kind() == "groupchat" && it.body().is_some() && it.nick() != BOT;
            let Ok(message) = bot.expect("speech", is_speech).await else { return };
            if message.body().is_some_and(|it| it.starts_with('!')) {
                bot.say("here you are").await.unwrap();
            }
            n_spam += usize::from(message.nick() == SPAMMER);
            if n_spam == n_allowed && message.nick() == SPAMMER {
                for victim in victims {
                    bot.set_role(&room, victim, "visitor").await.unwrap();
                }
            }
        }
    }

    async fn played(victims: &'static [&'static str]) -> Report {
        let server = Prosody::start(Options::default()).await.unwrap();
        let mut scene = Scene::set(&server, Duration::from_millis(50)).await.unwrap();
        scene.olga.patience = Duration::from_secs(1);
        let bot = stand_in(&server, &scene.room).await;
        scene.bot_is_in().await.unwrap();
        let mut guarding = JoinSet::new();
        guarding.spawn(guard(bot, scene.room.clone(), 6, victims));
        let report = scene.play(|_| ()).await.unwrap();
        scene.curtain().await.unwrap();
        report
    }

    #[tokio::test]
    async fn a_guarded_scene_ends_well() {
        let report = played(&[SPAMMER]).await;
        let text = report.lines(crate::render::Colours::Off).join("\n");
        assert!(report.is_good(), "{text}");
        assert!(report.stopped_after.is_some(), "{text}");
        let spammer = report.fates.get(SPAMMER).unwrap();
        assert!((6..N_SPAM).contains(&spammer.n_heard), "{text}");
        assert!(text.contains("commands answered: 2 of 2"), "{text}");
    }

    #[tokio::test]
    async fn a_scene_without_a_guard_ends_badly() {
        let report = played(&[]).await;
        let text = report.lines(crate::render::Colours::Off).join("\n");
        assert!(!report.is_good(), "{text}");
        assert!(text.contains("not stopped"), "{text}");
        assert_eq!(report.fates.get(SPAMMER).map(|it| it.n_heard), Some(N_SPAM), "{text}");
    }

    #[tokio::test]
    async fn a_guard_that_touches_a_friend_ends_badly() {
        let report = played(&[SPAMMER, "vera"]).await;
        let text = report.lines(crate::render::Colours::Off).join("\n");
        assert!(!report.is_good(), "{text}");
        assert!(text.contains("touched without need"), "{text}");
    }
}
