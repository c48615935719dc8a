//! A guard that does as it is told, in a garden of its own.

use std::sync::{Arc, Mutex};

use domovoi::bundle;
use domovoi_plugin::{
    Answer, Because, Context, Event, EventKind, Fault, GuardSetup, Incident, Manifest, Memo, MemoKind, Plugin,
    PluginName, Power, RoomGuard, RoomJid, Shared, Target, Text, Timestamp, Verdict, View, async_trait,
};
use domovoi_stage::xml::Element;

use crate::{
    house::{House, room, secs, with_main},
    server::{Person, Server, jid},
};

pub(crate) const HUSH: &str = "muc#roomconfig_moderatedroom";

/// Does to whoever says so what they say: `warn me`, `mute me`, `kick me`, `ban me`, `ban me for good`, `raid`, `calm`;
/// after `only observe` nothing of it, after `as always` as something that is done to everybody.
struct Judge {
    /// The incidents that it was asked to take back.
    undone: Arc<Mutex<Vec<Incident>>>,
}

struct JudgeOfRoom {
    room: RoomJid,
    memos: Vec<Memo>,
    is_observed: bool,
    is_routine: bool,
}

#[async_trait]
impl Plugin for Judge {
    fn manifest(&self) -> Manifest {
        Manifest {
            powers: &[Power::Voice, Power::Kick, Power::Ban, Power::Moderate, Power::Private, Power::RoomConfig],
            is_on_by_default: true,
            ..Manifest::new(PluginName::new("judge").unwrap())
        }
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        Some(Box::new(JudgeOfRoom {
            room: setup.room.clone(),
            memos: Vec::new(),
            is_observed: false,
            is_routine: false,
        }))
    }

    async fn memo(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        let value = if memo.kind == MemoKind::RaidOn { "1" } else { "0" };
        let wanted =
            [(HUSH.to_owned(), vec![value.to_owned()]), ("members_by_default".to_owned(), vec![value.to_owned()])];
        if memo.kind == MemoKind::RaidOn {
            let changed = cx.services.rooms.set_form(&memo.room, &wanted, None).await?;
            assert_eq!((changed.len(), changed[0].before[0].as_str()), (1, "0"));
        }
        Ok(())
    }

    async fn undo(&self, incident: &Incident, _: &Context) -> Result<Option<Text>, Fault> {
        self.undone.lock().unwrap().push(incident.clone());
        Ok(Some(Text::plain("the judge forgets")))
    }
}

impl JudgeOfRoom {
    fn memo(&self, kind: MemoKind, at: Timestamp) -> Memo {
        Memo {
            at,
            room: self.room.clone(),
            kind,
            about: None,
            rule: "wave",
            score: 99,
            reason: Text::plain("many strangers"),
            data: serde_json::Value::Null,
        }
    }
}

impl RoomGuard for JudgeOfRoom {
    fn judge(&mut self, event: &Event, _: &dyn View, _: &Shared) -> Verdict {
        let (Some(occupant), EventKind::Message(message)) = (&event.occupant, &event.kind) else {
            return Verdict::pass();
        };
        let hour = secs(3600);
        let answer = match message.body.as_str() {
            "raid" => {
                self.memos.push(self.memo(MemoKind::RaidOn, event.at));
                return Verdict::pass();
            }
            "calm" => {
                self.memos.push(self.memo(MemoKind::RaidOff, event.at));
                return Verdict::pass();
            }
            "only observe" => {
                self.is_observed = true;
                return Verdict::pass();
            }
            "as always" => {
                self.is_routine = true;
                return Verdict::pass();
            }
            "warn me" => Answer::Warn,
            "mute me" => Answer::Mute { span: hour },
            "kick me" => Answer::Kick,
            "ban me" => Answer::Ban { span: Some(hour) },
            "ban me for good" => Answer::Ban { span: None },
            _ => return Verdict::pass(),
        };
        let because = Because { rule: "wish", name: None, points: 60, reason: Text::plain("wished for it") };
        let shown = if self.is_observed { Answer::Note } else { answer };
        Verdict {
            answer: shown,
            target: Some(Target { nick: occupant.nick.clone(), identity: occupant.identity() }),
            rule: "wish",
            score: 60,
            reason: Text::plain("as you wish"),
            because: vec![because],
            observed: self.is_observed.then_some(answer),
            retract: Vec::new(),
            is_routine: self.is_routine,
        }
    }

    fn take_memos(&mut self) -> Vec<Memo> {
        std::mem::take(&mut self.memos)
    }
}

pub(crate) type Undone = Arc<Mutex<Vec<Incident>>>;

/// A bot with the judge in the garden, in which olga is an owner and mallory and alice nobody.
pub(crate) async fn court(server: Server, dir: tempfile::TempDir) -> (House, Undone) {
    court_with(&with_main(&room("garden", "")), server, dir).await
}

/// The same of this configuration.
pub(crate) async fn court_with(text: &str, server: Server, dir: tempfile::TempDir) -> (House, Undone) {
    let undone = Undone::default();
    let mut plugins = bundle::plugins();
    plugins.push(Arc::new(Judge { undone: undone.clone() }));
    let mut house = House::open_with(server, text, dir, plugins).await;
    house.joined("garden").await;
    house.server.skip();
    (house, undone)
}

pub(crate) async fn garden() -> (House, Undone) {
    court(people(), tempfile::tempdir().unwrap()).await
}

/// A server on which they are in the garden already.
pub(crate) fn people() -> Server {
    let server = Server::start();
    server.room("garden", |it| it.bot_affiliation = "owner".to_owned());
    for person in [Person::new("olga").of("owner"), Person::new("mallory"), Person::new("alice")] {
        server.comes("garden", person);
    }
    server
}

pub(crate) fn is_role(nick: &str, role: &str) -> impl Fn(&Element) -> bool + use<> {
    let (nick, role) = (nick.to_owned(), role.to_owned());
    move |it| {
        let item = it.find("item").filter(|_| it.kind() == "set");
        item.is_some_and(|it| it.attr("nick") == Some(&nick) && it.attr("role") == Some(&role))
    }
}

pub(crate) fn is_affiliation(who: &str, affiliation: &str) -> impl Fn(&Element) -> bool + use<> {
    let (jid, affiliation) = (format!("{who}@example.net"), affiliation.to_owned());
    move |it| {
        let item = it.find("item").filter(|_| it.kind() == "set");
        item.is_some_and(|it| it.attr("jid") == Some(&jid) && it.attr("affiliation") == Some(&affiliation))
    }
}

pub(crate) fn to(nick: &str, text: &str) -> impl Fn(&Element) -> bool + use<> {
    let (to, text) = (format!("{}/{nick}", jid("garden")), text.to_owned());
    move |it| it.attr("to") == Some(&to) && it.body().is_some_and(|body| body.contains(&text))
}

impl House {
    pub(crate) fn whispers(&self, nick: &str, text: &str) {
        let from = format!("{}/{nick}", jid("garden"));
        self.server.tell_room("garden", &format!("<message type='chat' from='{from}'><body>{text}</body></message>"));
    }
}
