//! The services of the contract, over the real rooms and the real store.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domovoi_plugin::{
    Account, ActError, Action, Affiliation, Asker, Entities, Form, FormChange, Identity, Level, ListEntry, Nick,
    Occupant, Outcome, People, Place, PluginName, Power, Question, Replies, Reply, RoomJid, Rooms, ServiceError,
    Services, Shared, SharedPart, Snapshot, Target, Text,
    jid::{BareJid, Jid},
};

use super::{
    commands::Line,
    core::{Host, OWN_NAME},
    incidents::alert,
    instance::Installed,
    keeper::Keep,
    outlet::Errand,
};

/// The services as one plugin sees them.
#[derive(Clone)]
pub(super) struct Of {
    pub(super) host: Arc<Host>,
    pub(super) plugin: PluginName,
    /// Who is answered, where that is known.
    asker: Option<Target>,
}

/// All services for this plugin.
pub(super) fn of(host: Arc<Host>, installed: &Installed) -> Services {
    let (words, plugin) = (installed.words.clone(), installed.name().clone());
    let clock = Arc::new(host.clock);
    let it = Arc::new(Of { host, plugin, asker: None });
    Services {
        rooms: it.clone(),
        people: it.clone(),
        state: it.clone(),
        entities: it.clone(),
        shared: it.clone(),
        pubsub: it.clone(),
        records: it.clone(),
        tuning: it.clone(),
        files: it.clone(),
        timers: it.clone(),
        answers: it.clone(),
        http: it.clone(),
        upload: it,
        clock,
        words,
    }
}

/// The way of this plugin's answers. What is said in private is for the one who asked, whoever has their nick later.
pub(super) fn replies(host: Arc<Host>, plugin: PluginName, asker: Option<Target>) -> Arc<dyn Replies> {
    Arc::new(Of { host, plugin, asker })
}

#[async_trait]
impl Rooms for Of {
    async fn snapshot(&self, room: &RoomJid) -> Option<Snapshot> {
        self.host.outlet()?.snapshot(room).await
    }

    async fn act(&self, room: &RoomJid, action: Action, by: Option<&Asker>) -> Result<Outcome, ActError> {
        let power = action.power();
        if self.plugin.as_str() != OWN_NAME && !self.is_granted(Some(room), power) {
            self.host.power_denied(&self.plugin, power);
            return Err(ActError::NotGranted(power));
        }
        let outlet = self.host.outlet().ok_or(ActError::NotInRoom)?;
        let errand =
            Errand { room: room.clone(), plugin: self.plugin.clone(), action, by: by.cloned(), is_bulk: false };
        let keeper = &self.host.keeper;
        let intent = match by {
            Some(by) => keeper.intend(room, &errand.action, &by.nick, self.host.clock.now()).await,
            None => None,
        };
        let lasts = errand.action.is_moderation();
        let result = outlet.act(errand).await;
        if let Some((kind, identity)) = intent
            && result != Err(ActError::NoAnswer)
        {
            // Answered, or refused before it was sent; what came of it the room has kept by now. What was not answered
            // may be in force: the room has made an entry of it, or else the next start does.
            keeper.keep(Keep::Answered { room: room.clone(), kind, identity });
        }
        if lasts && result.is_ok() {
            keeper.written().await;
        }
        result
    }

    async fn list(&self, room: &RoomJid, affiliation: Affiliation) -> Result<Vec<ListEntry>, ActError> {
        self.host.outlet().ok_or(ActError::NotInRoom)?.list(room, affiliation).await
    }

    async fn form(&self, room: &RoomJid) -> Result<Form, ActError> {
        let power = Power::RoomConfig;
        if !self.may(Some(room), power) {
            return Err(ActError::NotGranted(power));
        }
        self.host.outlet().ok_or(ActError::NotInRoom)?.form(room).await
    }

    async fn set_form(
        &self,
        room: &RoomJid,
        wanted: &[(String, Vec<String>)],
        by: Option<&Asker>,
    ) -> Result<Vec<FormChange>, ActError> {
        let changes = self.form(room).await?.changes(wanted);
        if changes.is_empty() {
            return Ok(changes);
        }
        let outcome = self.act(room, Action::Configure { changes: changes.clone() }, by).await?;
        Ok(if outcome == Outcome::Done { changes } else { Vec::new() })
    }

    async fn all(&self) -> Vec<RoomJid> {
        self.host.live.config().rooms.keys().cloned().collect()
    }

    fn denied(&self, power: Power) {
        self.host.power_denied(&self.plugin, power);
    }

    fn zone(&self, room: Option<&RoomJid>) -> String {
        let config = self.host.live.config();
        let zone = room.and_then(|it| config.rooms.get(it)).map_or(&config.bot.timezone, |it| &it.timezone);
        zone.as_str().to_owned()
    }

    async fn tell_elsewhere(&self, room: &RoomJid, text: &Text) -> bool {
        let words = |lang: &str| self.host.words_of(&self.plugin, lang, text);
        alert::elsewhere(&self.host, room, words).await
    }

    fn language(&self, room: &RoomJid, of: &Identity) -> String {
        self.host.private_language(Some(room), of).to_string()
    }

    async fn give(&self, room: Option<&RoomJid>, place: &Place, by: &Asker, line: &str) -> Result<(), ServiceError> {
        // Else a plugin that was given nothing could have whoever uses it give it everything.
        if !self.may(room, Power::Command) {
            return Err(ServiceError::Refused("the plugin was not given the power `command`".to_owned()));
        }
        let jid = match place {
            Place::Direct(jid) => Some(jid.clone().into()),
            Place::Room | Place::Private(_) => None,
        };
        self.host.take_command(Line {
            text: line.to_owned(),
            room: room.cloned(),
            place: place.clone(),
            occupant: self.as_of_now(room, by).await?,
            jid,
            from: Some(self.plugin.clone()),
        });
        Ok(())
    }
}

impl SharedPart for Of {
    fn get(&self) -> Shared {
        self.host.shared.get(&self.plugin)
    }

    fn change(&self, change: &mut dyn FnMut(&Shared) -> Shared) {
        self.host.shared.change(&self.plugin, |it| Some(change(it)));
    }
}

#[async_trait]
impl People for Of {
    async fn level(&self, room: &RoomJid, identity: &Identity) -> Level {
        let Some(snapshot) = self.snapshot(room).await else { return Level::VISITOR };
        let here = snapshot.occupants.values().find(|it| it.is(identity));
        self.host.access.level(&self.host, Some(room), identity, here.map(|it| it.as_ref())).0
    }
}

#[async_trait]
impl Entities for Of {
    async fn ping(&self, room: Option<&RoomJid>, to: &Jid) -> Result<Duration, ServiceError> {
        match self.ask(room, to, Question::Ping).await? {
            Reply::Span(span) => Ok(span),
            Reply::Words(_) | Reply::Account(_) => Err(unfit()),
        }
    }

    async fn version(&self, room: Option<&RoomJid>, of: &Jid) -> Result<String, ServiceError> {
        self.ask(room, of, Question::Version).await.map(words)
    }

    async fn time(&self, room: Option<&RoomJid>, of: &Jid) -> Result<String, ServiceError> {
        self.ask(room, of, Question::Time).await.map(words)
    }

    async fn last(&self, room: Option<&RoomJid>, of: &Jid) -> Result<Duration, ServiceError> {
        match self.ask(room, of, Question::Last).await? {
            Reply::Span(span) => Ok(span),
            Reply::Words(_) | Reply::Account(_) => Err(unfit()),
        }
    }

    async fn account(&self, room: Option<&RoomJid>, of: &BareJid) -> Result<Account, ServiceError> {
        match self.ask(room, &Jid::from(of.clone()), Question::Account).await? {
            Reply::Account(account) => Ok(account),
            Reply::Words(_) | Reply::Span(_) => Err(unfit()),
        }
    }
}

/// An answer to another question than was asked.
fn unfit() -> ServiceError {
    ServiceError::Unreadable("the answer is to something else".to_owned())
}

fn words(reply: Reply) -> String {
    match reply {
        Reply::Words(words) => words,
        Reply::Span(span) => domovoi_plugin::format_duration(span),
        Reply::Account(account) => account.affiliation,
    }
}

impl Of {
    fn is_granted(&self, room: Option<&RoomJid>, power: Power) -> bool {
        self.host.installed(&self.plugin).is_some_and(|it| self.host.powers(&it.manifest, room).contains(&power))
    }

    /// Whether the plugin may use this power here. Counted, either way.
    pub(super) fn may(&self, room: Option<&RoomJid>, power: Power) -> bool {
        let is_granted = self.is_granted(room, power);
        self.count(power, is_granted);
        is_granted
    }

    /// Whether it may use it anywhere, for what is of no room: it is enough that some room grants it. Counted too.
    pub(super) fn may_somewhere(&self, power: Power) -> bool {
        let config = self.host.live.config();
        let is_granted = self.is_granted(None, power) || config.rooms.keys().any(|it| self.is_granted(Some(it), power));
        self.count(power, is_granted);
        is_granted
    }

    fn count(&self, power: Power, is_granted: bool) {
        match is_granted {
            true => self.host.power_used(&self.plugin, power),
            false => self.host.power_denied(&self.plugin, power),
        }
    }

    async fn ask(&self, room: Option<&RoomJid>, to: &Jid, question: Question) -> Result<Reply, ServiceError> {
        let outlet = self.host.outlet().ok_or_else(|| ServiceError::NoAnswer(to.to_string()))?;
        outlet.ask(room, to, question).await
    }

    /// Whoever asked, as they are in the room now: the plugin may have waited, and they may have lost their rights since.
    async fn as_of_now(&self, room: Option<&RoomJid>, by: &Asker) -> Result<Option<Arc<Occupant>>, ServiceError> {
        let (Some(room), Some(was)) = (room, &by.occupant) else { return Ok(None) };
        let snapshot = self.snapshot(room).await;
        let here = snapshot.and_then(|it| it.occupants.values().find(|it| it.is(&was.identity())).cloned());
        here.map(Some).ok_or_else(|| ServiceError::Refused(format!("{} is not here any more", by.nick)))
    }

    /// Somebody of whom only the nick was given.
    async fn whoever_has(&self, room: Option<&RoomJid>, nick: &Nick) -> Option<Target> {
        let snapshot = self.host.outlet()?.snapshot(room?).await?;
        snapshot.occupants.get(nick).map(|it| Target { nick: it.nick.clone(), identity: it.identity() })
    }
}

#[async_trait]
impl Replies for Of {
    async fn reply(&self, room: Option<&RoomJid>, place: &Place, to: Option<&Nick>, text: String) {
        let to = match (to, &self.asker) {
            (Some(nick), Some(asker)) if asker.nick == *nick => Some(asker.clone()),
            (Some(nick), _) => self.whoever_has(room, nick).await,
            (None, _) => None,
        };
        self.host.answer(&self.plugin, room, place, to.as_ref(), text).await;
    }
}
