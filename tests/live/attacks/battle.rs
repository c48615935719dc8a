//! A guarded room with friends in it, attackers with real connections, and what a bystander saw of it all.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use domovoi_stage::{
    Crowd,
    person::Person,
    server::{Kind, Options},
    xml::Element,
};
use tokio::{task::JoinSet, time::sleep};

use crate::house::{House, config};

/// Long enough for fifty sentences on a slow machine: each waits for its turn in the outbox.
const PATIENCE: Duration = Duration::from_secs(60);

/// A room in which friends have talked, and whose guard is on.
pub(super) struct Battle {
    pub(super) house: House,
    friends: Vec<Person>,
    kind: Kind,
}

/// How an attacker behaves.
#[derive(Clone)]
pub(super) struct Manner {
    /// What is said, line by line.
    pub(super) lines: Vec<String>,
    /// How long after coming, and after each line, the next one is said.
    pub(super) pause: Duration,
    /// How long after the attacker before this one comes.
    pub(super) gap: Duration,
}

/// What is expected of a scene.
pub(super) struct Goal {
    /// Name of the scene.
    pub(super) scene: &'static str,
    /// How much may reach the room where acts work at once.
    pub(super) goal: usize,
    /// How much may reach it here.
    pub(super) most: usize,
}

impl Battle {
    /// Friends come and talk, the bot comes and finds them there. It has this affiliation.
    pub(super) async fn begin(kind: Kind, affiliation: &str) -> Result<Self> {
        let mut house = House::build(kind, Options::default(), "").await?;
        house.owner.patience = PATIENCE;
        house.owner.set_affiliation(&house.room, "keeper@localhost", affiliation).await?;
        let other = house.server.room("orchard");
        let fields = [("muc#roomconfig_persistentroom", "1")];
        house.owner.create_room(&other, "olga", &fields).await?;
        house.owner.set_affiliation(&other, "keeper@localhost", affiliation).await?;
        let guarded = |room: &str| format!("[rooms.\"{room}\".plugins]\nguard = {{ preset = \"public\" }}\n");
        let more = format!("{}[rooms.\"{other}\"]\n{}", guarded(&house.room), guarded(&other));
        house.bot.write_config(&(config(&house.server, &house.room, "") + &more))?;
        let friends = vec![house.person("alice").await?, house.person("boris").await?];
        house.wake().await?;
        let bot_in = format!("{other}/domovoi");
        house.owner.see("the bot in the other room", |it| it.name == "presence" && it.from() == bot_in).await?;
        let battle = Self { house, friends, kind };
        battle.talk(&["good morning, has anybody watered the tomatoes?", "I did, before the rain came"]).await?;
        Ok(battle)
    }

    /// The second room of the same bot.
    pub(super) fn other_room(&self) -> String {
        self.house.server.room("orchard")
    }

    /// Each friend says something, and the others hear it.
    async fn talk(&self, lines: &[&str]) -> Result<()> {
        for (friend, line) in self.friends.iter().zip(lines) {
            friend.say_in(&self.house.room, line).await?;
            self.house.owner.expect_message_from(&friend.name, line).await?;
        }
        Ok(())
    }

    /// They come one after the other and all behave alike; gives how much they said in all, heard or not.
    pub(super) async fn attack(&self, room: &str, crowd: &Crowd, manner: impl Fn(usize) -> Manner) -> Result<usize> {
        let mut attacking = JoinSet::new();
        for (number, person) in crowd.people().iter().enumerate() {
            let (person, room, manner) = (Arc::clone(person), room.to_owned(), manner(number));
            attacking.spawn(attack_alone(person, room, manner, number));
        }
        let mut n_sent = 0;
        while let Some(sent) = attacking.join_next().await {
            n_sent += sent??;
        }
        Ok(n_sent)
    }

    /// Waits until each of them is without voice or outside.
    pub(super) async fn until_silent(&self, room: &str, crowd: &Crowd) -> Result<()> {
        for attacker in crowd.people() {
            let from = format!("{room}/{}", attacker.name);
            let what = format!("{} without voice or outside", attacker.name);
            let seen = self.house.owner.see(&what, |it| is_silenced(it, &from)).await;
            seen.with_context(|| format!("the bot's log:\n{}", self.house.bot.log_tail()))?;
        }
        Ok(())
    }

    /// How many messages of these people a bystander was told, of those that are `counted`.
    pub(super) fn heard(&self, room: &str, crowd: &Crowd, counted: impl Fn(&Element) -> bool) -> usize {
        let is_theirs = |it: &Element| crowd.people().iter().any(|person| person.name == it.nick());
        let seen = self.house.owner.remembered();
        let is_heard = |it: &&Element| {
            it.kind() == "groupchat" && it.from_bare() == room && it.body().is_some() && is_theirs(it) && counted(it)
        };
        seen.iter().filter(is_heard).count()
    }

    /// Prints the real number beside the goal and holds it against the bound.
    pub(super) fn judge(&self, goal: &Goal, (n_heard, n_sent): (usize, usize)) -> Result<()> {
        let (kind, Goal { scene, goal, most }) = (self.kind, goal);
        println!(
            "{scene} on {kind:?}: {n_heard} of {n_sent} reached the room; the goal is {goal}, at most {most} here"
        );
        if *most < n_heard {
            bail!("{scene}: {n_heard} reached the room; the bot's log:\n{}", self.house.bot.log_tail());
        }
        Ok(())
    }

    /// Nobody of the attackers has a voice, the friends have, were never without it, and go on talking in peace.
    pub(super) async fn end(&self, room: &str, crowd: &Crowd) -> Result<()> {
        self.talk(&["is it over?", "it seems so, back to the tomatoes"]).await?;
        let seen = self.house.owner.remembered();
        for attacker in crowd.people() {
            let from = format!("{room}/{}", attacker.name);
            let last = seen.iter().rfind(|it| it.name == "presence" && it.from() == from);
            assert!(last.is_some_and(|it| is_silenced(it, &from)), "{} still has a voice: {last:?}", attacker.name);
        }
        let domovoi = format!("{room}/domovoi");
        let spoke = |it: &Element| it.kind() == "groupchat" && it.from() == domovoi && it.body().is_some();
        self.house.owner.nothing_like("public line of the bot", spoke)?;
        for friend in &self.friends {
            let from = format!("{}/{}", self.house.room, friend.name);
            self.house.owner.nothing_like("friend being touched", |it| is_silenced(it, &from))?;
        }
        Ok(())
    }
}

/// Comes, says it all, and waits until the room has dealt with it; whoever is kept out says nothing.
async fn attack_alone(person: Arc<Person>, room: String, manner: Manner, number: usize) -> Result<usize> {
    sleep(manner.gap.saturating_mul(u32::try_from(number)?)).await;
    if person.nick_in(&room).is_none() && person.join(&room, &person.name).await.is_err() {
        return Ok(0);
    }
    for line in &manner.lines {
        sleep(manner.pause).await;
        person.say_in(&room, line).await?;
    }
    person.settle(&room).await?;
    Ok(manner.lines.len())
}

/// Presence of someone who has lost voice or place, or never had it.
fn is_silenced(it: &Element, from: &str) -> bool {
    let is_gone = it.kind() == "unavailable";
    it.name == "presence" && it.from() == from && (is_gone || it.item("role") == Some("visitor"))
}
