//! What coroutines wait for, done where waiting is possible: in the task of the plugin's instance.

use std::{pin::Pin, time::Duration};

use domovoi_plugin::{
    ActError, Asker, Context, Identity, Outcome, Place, Power, Scope, ServiceError, Text, grammar::act_error_text,
    parse_duration,
};
use futures::future::maybe_done;
use serde_json::Value as Json;
use tokio::sync::OwnedMutexGuard;

use super::{
    acts,
    budget::{Kind, MAX_SAID},
    event::Sight,
    outside,
    plugin::LuaPlugin,
    thread::Answer,
    yielded::PAIR,
};
use crate::host::in_hand::aside;

/// How long a question waits for its answer unless it says.
const ASK_FOR: Duration = Duration::from_secs(60);
/// The longest wait: the host drops a handler after two minutes.
const LONGEST: Duration = Duration::from_secs(100);
/// A command given in somebody's name is at most so long.
const MAX_LINE_BYTES: usize = 4096;
/// The shortest sleep, so that a loop of sleeps is none.
const SHORTEST: Duration = Duration::from_millis(10);

/// What one call may use.
pub(super) struct Service<'a> {
    pub(super) plugin: &'a LuaPlugin,
    pub(super) cx: &'a Context,
    /// On whose behalf is acted: rights are checked against them.
    pub(super) by: Option<&'a Asker>,
    identity: Option<Identity>,
    pub(super) sight: Sight,
    /// What is held between reading and writing a value.
    changing: Option<(OwnedMutexGuard<()>, Scope)>,
}

impl<'a> Service<'a> {
    pub(super) fn new(
        plugin: &'a LuaPlugin,
        cx: &'a Context,
        by: Option<&'a Asker>,
        identity: Option<Identity>,
    ) -> Self {
        Self { plugin, cx, by, identity, sight: Sight::of(cx), changing: None }
    }

    /// Does what was asked for. An error is raised in the plugin.
    pub(super) async fn serve(&mut self, what: &str, args: &[Json]) -> Answer {
        if let Some(kind) = Kind::of(what) {
            self.plugin.budget.take(kind, self.cx.room.as_ref(), self.cx.now())?;
            let is_too_long = |it: &Json| it.as_str().is_some_and(|it| MAX_SAID < it.len());
            if matches!(kind, Kind::Say | Kind::Act) && args.iter().any(is_too_long) {
                return Err(format!("what is said has at most {MAX_SAID} bytes"));
            }
        }
        match what {
            "reply" => self.reply(args).await,
            "private" => self.private(args).await,
            "ask" => self.ask(args).await,
            "sleep" => self.sleep(args).await,
            "timer" => self.timer(args).await,
            "cancel_timer" => {
                let timers = &self.cx.services.timers;
                timers.cancel(self.cx.room.as_ref(), &text(args, 0)?).await.map(Json::from).map_err(|it| failed(&it))
            }
            "run" => self.run(args).await,
            "http" => outside::http(self, args).await,
            "upload" => outside::upload(self, args).await,
            "store_get" => self.get(args).await,
            "store_set" => self.set(args).await,
            "store_keys" => self.keys(args).await,
            "store_hold" => self.hold(args).await,
            "store_put" => self.put(args).await,
            "store_release" => {
                self.changing = None;
                Ok(Json::Null)
            }
            other => acts::serve(self, other, args).await,
        }
    }

    /// Refuses what was not granted; the plugin sees that, and so does the owner.
    pub(super) fn need(&self, power: Power) -> Result<(), String> {
        if self.cx.powers.contains(&power) {
            return Ok(());
        }
        self.cx.services.rooms.denied(power);
        let (plugin, power) = (&self.cx.plugin, power.as_str());
        Err(format!(
            "the plugin was not given the power `{power}`: it says `powers = {{ \"{power}\" }}` in its table, and the \
             configuration the same under [plugins.{plugin}]"
        ))
    }

    async fn reply(&self, args: &[Json]) -> Answer {
        self.need(if self.cx.place == Place::Room { Power::Say } else { Power::Private })?;
        self.cx.reply(Text::plain(text(args, 0)?)).await;
        Ok(Json::Null)
    }

    async fn private(&self, args: &[Json]) -> Answer {
        self.need(Power::Private)?;
        self.cx.private(Text::plain(text(args, 0)?)).await;
        Ok(Json::Null)
    }

    /// Asks whom the call came from, and waits for what they say next in the same place.
    async fn ask(&self, args: &[Json]) -> Answer {
        let patience = span(args, 1)?.unwrap_or(ASK_FOR).min(LONGEST);
        if let Place::Direct(jid) = &self.cx.place {
            // Listens before it asks, so that no answer can come too early.
            let mut answer = maybe_done(self.cx.services.answers.next_from(jid, patience));
            let is_over = futures::poll!(&mut answer).is_ready();
            self.reply(args).await?;
            if !is_over {
                aside(&mut answer).await;
            }
            return Ok(Pin::new(&mut answer).take_output().flatten().map_or(Json::Null, Json::from));
        }
        let (Some(room), Some(identity)) = (self.cx.room.clone(), self.identity.clone()) else {
            return Err("there is nobody here to be asked".to_owned());
        };
        let is_private = self.cx.place != Place::Room;
        let Some(answered) = self.plugin.asks.open(room, identity, is_private) else {
            return Err("too many questions are open".to_owned());
        };
        self.reply(args).await?;
        let answer = aside(async {
            tokio::select! {
                biased;
                // An error means that a newer question took this one's place.
                answer = answered => answer.ok(),
                () = self.cx.services.clock.sleep(patience) => None,
            }
        });
        Ok(answer.await.map_or(Json::Null, Json::from))
    }

    async fn sleep(&self, args: &[Json]) -> Answer {
        let span = span(args, 0)?.ok_or("how long? write cx:sleep(\"10s\")")?;
        aside(self.cx.services.clock.sleep(span.clamp(SHORTEST, LONGEST))).await;
        Ok(Json::Null)
    }

    async fn timer(&self, args: &[Json]) -> Answer {
        self.need(Power::Schedule)?;
        let after = span(args, 0)?.ok_or("when? write cx:timer(\"10m\", \"name\")")?;
        let data = args.get(2).cloned().unwrap_or_default();
        let set = self.cx.services.timers.set(self.cx.room.as_ref(), &text(args, 1)?, after, data).await;
        set.map(|()| Json::from(true)).map_err(|it| failed(&it))
    }

    /// Gives a command in the name of whoever gave this one.
    async fn run(&self, args: &[Json]) -> Answer {
        self.need(Power::Command)?;
        let by = self.by.ok_or("a command is given in somebody's name: only a command of the plugin can do that")?;
        let line = text(args, 0)?;
        if MAX_LINE_BYTES < line.len() || line.contains('\n') {
            return Err("a command is one line that is not too long".to_owned());
        }
        let given = self.cx.services.rooms.give(self.cx.room.as_ref(), &self.cx.place, by, &line).await;
        given.map(|()| Json::Null).map_err(|it| failed(&it))
    }

    fn scope(&self, args: &[Json]) -> Result<Scope, String> {
        self.need(Power::Store)?;
        let room = || self.cx.room.clone().ok_or_else(|| "there is no room here: use cx.store.plugin".to_owned());
        let who = || self.identity.clone().ok_or_else(|| "there is nobody here whose store this could be".to_owned());
        Ok(match args.first().and_then(Json::as_str).unwrap_or_default() {
            "plugin" => Scope::Global,
            "room" => Scope::Room(room()?),
            "person" => Scope::Person(who()?),
            "person_here" => Scope::PersonIn(room()?, who()?),
            _ => self.cx.room.clone().map_or(Scope::Global, Scope::Room),
        })
    }

    async fn get(&self, args: &[Json]) -> Answer {
        let value = self.cx.services.state.get(&self.scope(args)?, &text(args, 1)?).await;
        Ok(value.map_err(|it| failed(&it))?.unwrap_or_default())
    }

    async fn keys(&self, args: &[Json]) -> Answer {
        let keys = self.cx.services.state.keys(&self.scope(args)?, &text(args, 1)?).await;
        keys.map(Json::from).map_err(|it| failed(&it))
    }

    async fn set(&self, args: &[Json]) -> Answer {
        let scope = self.scope(args)?;
        // Nothing is written between somebody's reading and writing, except by them.
        let _held = if self.changing.is_none() { Some(self.plugin.changing.lock().await) } else { None };
        self.write(&scope, args).await
    }

    async fn write(&self, scope: &Scope, args: &[Json]) -> Answer {
        let value = args.get(2).filter(|it| !it.is_null()).cloned();
        let written = self.cx.services.state.set(scope, &text(args, 1)?, value, span(args, 3)?).await;
        written.map(|()| Json::Null).map_err(|it| failed(&it))
    }

    async fn hold(&mut self, args: &[Json]) -> Answer {
        let scope = self.scope(args)?;
        if self.changing.is_some() {
            return Err("an update inside an update would wait for itself".to_owned());
        }
        let held = self.plugin.changing.clone().lock_owned().await;
        let value = self.get(args).await?;
        self.changing = Some((held, scope));
        Ok(value)
    }

    async fn put(&mut self, args: &[Json]) -> Answer {
        let Some((held, scope)) = self.changing.take() else { return Err("nothing is being updated".to_owned()) };
        let written = self.write(&scope, args).await;
        drop(held);
        written
    }

    /// What came of an act: true, the id of what was said, or nil and why not. What was not granted is raised.
    pub(super) fn came_of(&self, result: Result<Outcome, ActError>) -> Answer {
        match result {
            Ok(Outcome::Said(id)) => Ok(Json::from(id.to_string())),
            Ok(Outcome::Done | Outcome::Already | Outcome::Observed | Outcome::AtReturn) => Ok(Json::from(true)),
            Err(ActError::NotGranted(power)) => {
                self.need(power)?;
                Err(format!("the plugin was not given the power `{}` in this room", power.as_str()))
            }
            Err(error) => {
                Ok(Json::from(vec![Json::from(PAIR), Json::Null, Json::from(self.cx.words(&act_error_text(&error)))]))
            }
        }
    }
}

fn failed(error: &ServiceError) -> String {
    error.to_string()
}

/// Words at this place.
pub(super) fn text(args: &[Json], at: usize) -> Result<String, String> {
    args.get(at).and_then(Json::as_str).map(str::to_owned).ok_or_else(|| "a text is missing".to_owned())
}

/// Words at this place, or none.
pub(super) fn words(args: &[Json], at: usize) -> String {
    args.get(at).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// A span at this place: seconds, or words such as `10m`; none if it was left out.
pub(super) fn span(args: &[Json], at: usize) -> Result<Option<Duration>, String> {
    match args.get(at) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => parse_duration(text).map(Some).map_err(|it| it.to_string()),
        Some(Json::Number(number)) => {
            let span = number.as_f64().and_then(|it| Duration::try_from_secs_f64(it).ok());
            span.map(Some).ok_or_else(|| format!("{number} seconds are no span"))
        }
        Some(other) => Err(format!("a span is seconds or words such as \"10m\", not {other}")),
    }
}
