//! Incidents from the first verdict to `undo`, with a guard that does as it is told.

use std::sync::{Arc, Mutex};

use domovoi::bundle;
use domovoi_plugin::{
    Answer, Because, Context, Event, EventKind, Fault, GuardSetup, Incident, Manifest, Memo, MemoKind, Plugin,
    PluginName, Power, RoomGuard, RoomJid, Shared, Target, Text, Timestamp, Verdict, View, async_trait,
};
use domovoi_stage::xml::Element;

use crate::{
    house::{House, room, says, secs, with_main},
    server::{Person, Server, jid},
};

const HUSH: &str = "muc#roomconfig_moderatedroom";

/// Does to whoever says so what they say: `mute me`, `kick me`, `ban me`, `ban me for good`, `raid`, `calm`; after
/// `only observe` nothing of it.
struct Judge {
    /// The incidents that it was asked to take back.
    undone: Arc<Mutex<Vec<Incident>>>,
}

struct JudgeOfRoom {
    room: RoomJid,
    memos: Vec<Memo>,
    is_observed: bool,
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
        Some(Box::new(JudgeOfRoom { room: setup.room.clone(), memos: Vec::new(), is_observed: false }))
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
        }
    }

    fn take_memos(&mut self) -> Vec<Memo> {
        std::mem::take(&mut self.memos)
    }
}

type Undone = Arc<Mutex<Vec<Incident>>>;

/// A bot with the judge in the garden, in which olga is an owner and mallory and alice nobody.
async fn court(server: Server, dir: tempfile::TempDir) -> (House, Undone) {
    let undone = Undone::default();
    let mut plugins = bundle::plugins();
    plugins.push(Arc::new(Judge { undone: undone.clone() }));
    let mut house = House::open_with(server, &with_main(&room("garden", "")), dir, plugins).await;
    house.joined("garden").await;
    house.server.skip();
    (house, undone)
}

async fn garden() -> (House, Undone) {
    let server = Server::start();
    server.room("garden", |it| it.bot_affiliation = "owner".to_owned());
    for person in [Person::new("olga").of("owner"), Person::new("mallory"), Person::new("alice")] {
        server.comes("garden", person);
    }
    court(server, tempfile::tempdir().unwrap()).await
}

fn is_role(nick: &str, role: &str) -> impl Fn(&Element) -> bool + use<> {
    let (nick, role) = (nick.to_owned(), role.to_owned());
    move |it| {
        let item = it.find("item").filter(|_| it.kind() == "set");
        item.is_some_and(|it| it.attr("nick") == Some(&nick) && it.attr("role") == Some(&role))
    }
}

fn is_affiliation(who: &str, affiliation: &str) -> impl Fn(&Element) -> bool + use<> {
    let (jid, affiliation) = (format!("{who}@example.net"), affiliation.to_owned());
    move |it| {
        let item = it.find("item").filter(|_| it.kind() == "set");
        item.is_some_and(|it| it.attr("jid") == Some(&jid) && it.attr("affiliation") == Some(&affiliation))
    }
}

fn is_form(value: &str) -> impl Fn(&Element) -> bool + use<> {
    let value = value.to_owned();
    move |it| {
        let is_set = it.kind() == "set" && it.child_ns("query", "http://jabber.org/protocol/muc#owner").is_some();
        is_set && it.find("value").is_some_and(|it| it.text == value)
    }
}

fn to(nick: &str, text: &str) -> impl Fn(&Element) -> bool + use<> {
    let (to, text) = (format!("{}/{nick}", jid("garden")), text.to_owned());
    move |it| it.attr("to") == Some(&to) && it.body().is_some_and(|body| body.contains(&text))
}

fn reason(it: &Element) -> String {
    it.find("reason").map(|it| it.text.clone()).unwrap_or_default()
}

impl House {
    fn whispers(&self, nick: &str, text: &str) {
        let from = format!("{}/{nick}", jid("garden"));
        self.server.tell_room("garden", &format!("<message type='chat' from='{from}'><body>{text}</body></message>"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_mute_is_numbered_told_once_explained_and_taken_back() {
    let (house, undone) = garden().await;
    house.server.says("garden", "mallory", "mute me");
    let muted = house.server.next("the mute", secs(5), is_role("mallory", "visitor")).await;
    assert_eq!(reason(&muted.stanza), "as you wish [case #1]");
    let told = house.server.next("olga is told", secs(5), to("olga", "#1")).await.stanza.body().unwrap().to_owned();
    for part in ["mallory@example.net", "wish, 60", "“mute me”", "undo 1"] {
        assert!(told.contains(part), "{told}");
    }
    house.server.says("garden", "mallory", "mute me");
    house.server.never("a second word", secs(5), to("olga", "#")).await;

    house.whispers("mallory", "why");
    let why = house.server.next("why", secs(5), to("mallory", "case #1")).await.stanza.body().unwrap().to_owned();
    assert!(why.contains("muted for 1 hour, automatically: as you wish") && !why.contains("60"), "{why}");
    house.whispers("alice", "why");
    house.server.next("nothing for alice", secs(5), to("alice", "nothing that was done to you")).await;
    house.whispers("olga", "explain mallory");
    house.server.next("the rules", secs(5), to("olga", "wish +60: wished for it")).await;
    house.whispers("olga", "case mallory");
    house.server.next("the history", secs(5), to("olga", "Known here as: mallory (mallory@example.net)")).await;
    house.whispers("alice", "incident 1");
    house.server.next("a refusal", secs(5), to("alice", "at least the level 15")).await;

    house.server.says("garden", "olga", "!undo 1");
    house.server.next("the difference", secs(5), says("mallory: muted → may speak")).await;
    let voice = house.server.next("the voice", secs(5), is_role("mallory", "participant")).await;
    assert_eq!(reason(&voice.stanza), "case #1 taken back (by olga)");
    house.server.next("the result", secs(5), says("Case #1 is taken back (1 restored).\nthe judge forgets")).await;
    house.server.says("garden", "olga", "!undo 1");
    house.server.next("the second time", secs(5), says("was taken back by olga")).await;
    house.server.never("a second voice", secs(5), is_role("mallory", "participant")).await;
    house.whispers("olga", "incident 1");
    let full = house.server.next("the case", secs(5), to("olga", "Taken back by olga")).await;
    assert!(full.stanza.body().unwrap().contains("muted mallory for 1 hour: done"), "{}", full.stanza);
    let undone = undone.lock().unwrap();
    assert_eq!((undone.len(), undone[0].number, undone[0].said[0].text.as_str()), (1, 1, "mute me"));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_banned_asks_from_outside_and_a_person_s_word_stays() {
    let (house, _) = garden().await;
    house.server.says("garden", "mallory", "ban me for good");
    house.server.next("the ban", secs(5), is_affiliation("mallory", "outcast")).await;
    house.server.tell("domovoi", "<message type='chat' from='mallory@example.net/x'><body>why</body></message>");
    let is_answer = |it: &Element| it.attr("to") == Some("mallory@example.net") && it.body().is_some();
    let answer = house.server.next("why", secs(5), is_answer).await.stanza.body().unwrap().to_owned();
    assert!(
        answer.contains(&jid("garden")) && answer.contains("you were banned, automatically: as you wish"),
        "{answer}"
    );
    house.server.tell("domovoi", "<message type='chat' from='eve@example.net/x'><body>why</body></message>");
    house.server.next("a stranger", secs(5), says("I am a bot that helps in rooms")).await;

    // Lifted by hand, and banned again by hand: this ban is olga's.
    let change = |affiliation: &str| {
        let item = format!("<item jid='mallory@example.net' affiliation='{affiliation}'><actor nick='olga'/></item>");
        let muc = "http://jabber.org/protocol/muc#user";
        format!("<message from='{}'><x xmlns='{muc}'>{item}</x></message>", jid("garden"))
    };
    house.server.tell_room("garden", &change("none"));
    house.server.tell_room("garden", &change("outcast"));
    house.server.says("garden", "olga", "!undo 1");
    house.server.next("what is left", secs(5), says("banned by someone else since, which stays")).await;
    house.server.never("an unban", secs(5), is_affiliation("mallory", "none")).await;

    house.server.says("garden", "alice", "ban me");
    house.server.next("the ban", secs(5), is_affiliation("alice", "outcast")).await;
    house.server.says("garden", "olga", "!undo #2");
    house.server.next("the unban", secs(5), is_affiliation("alice", "none")).await;
}

#[tokio::test(start_paused = true)]
async fn a_raid_is_one_incident_and_its_form_is_put_back() {
    let (mut house, _) = garden().await;
    house.server.says("garden", "alice", "raid");
    house.server.next("olga is told", secs(5), to("olga", "#1")).await;
    let shown = house.shown("the raid", secs(5), |it| it["what"] == "raid_on").await;
    assert_eq!((&shown["text"], &shown["incident"]), (&"many strangers".into(), &1.into()));
    house.server.next("the hush", secs(5), is_form("1")).await;
    for nick in ["mallory", "alice"] {
        house.server.says("garden", nick, "ban me");
        let ban = house.server.next("the ban", secs(5), is_affiliation(nick, "outcast")).await;
        assert_eq!(reason(&ban.stanza), "as you wish [case #1]");
        let shown = house.shown("the ban", secs(5), |it| it["what"] == "result" && it["action"] == "ban").await;
        assert_eq!(shown["incident"], 1);
    }
    house.server.never("a word on each", secs(5), to("olga", "#")).await;
    house.server.says("garden", "olga", "calm");
    house.server.next("the end is told", secs(5), to("olga", "#1")).await;
    house.whispers("olga", "incident 1");
    let full = house.server.next("the case", secs(5), to("olga", "a raid")).await.stanza.body().unwrap().to_owned();
    assert!(full.contains("banned for 1 hour, 2 times: done") && full.contains("room form changed: done"), "{full}");
    house.server.says("garden", "olga", "!undo 1");
    house
        .server
        .next(
            "the difference",
            secs(5),
            says(&format!("alice: banned → may come in\nmallory: banned → may come in\n{HUSH}: 1 → 0")),
        )
        .await;
    for nick in ["alice", "mallory"] {
        house.server.next("the unban", secs(5), is_affiliation(nick, "none")).await;
    }
    house.server.next("the form", secs(5), is_form("0")).await;
    house.server.next("the result", secs(5), says("Case #1 is taken back (3 restored).")).await;

    // What somebody changed since is theirs.
    house.server.says("garden", "olga", "raid");
    house.server.next("the hush", secs(5), is_form("1")).await;
    house.server.says("garden", "olga", "calm");
    house.server.room("garden", |it| it.form.insert(HUSH.to_owned(), "0".to_owned()));
    house.server.says("garden", "olga", "!undo 2");
    house.server.next("nothing left", secs(5), says("Of case #2 nothing is in force any more")).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_only_observed_is_told_and_not_done() {
    let (house, _) = garden().await;
    house.server.says("garden", "olga", "only observe");
    house.server.says("garden", "mallory", "ban me");
    let told = house.server.next("olga is told", secs(5), to("olga", "#1")).await.stanza.body().unwrap().to_owned();
    assert!(told.contains("banned for 1 hour: only observed, nothing was done"), "{told}");
    house.server.never("an act", secs(5), |it| it.kind() == "set" && it.find("item").is_some()).await;
    house.whispers("olga", "explain mallory");
    house.server.next("the rules", secs(5), to("olga", "would have been banned for 1 hour")).await;
    house.whispers("mallory", "why");
    house.server.next("nothing was done", secs(5), to("mallory", "nothing that was done to you")).await;
}

#[tokio::test(start_paused = true)]
async fn a_runaway_guard_is_stopped_and_the_owners_are_called_once() {
    let (house, _) = garden().await;
    for n in 0..90 {
        house.server.comes("garden", Person::new(&format!("p{n}")));
    }
    for n in 0..90 {
        house.server.says("garden", &format!("p{n}"), "kick me");
    }
    tokio::time::sleep(secs(20)).await;
    let sets = house.server.all(|it| it.kind() == "set" && it.find("item").is_some());
    let of = |role: &str| sets.iter().filter(|it| it.stanza.find("item").unwrap().attr("role") == Some(role)).count();
    assert_eq!((of("none"), of("visitor")), (30, 30), "beyond the kicks mutes, beyond the mutes nothing");
    let calls = house.server.all(|it| it.attr("to") == Some("boss@example.net") && it.body().is_some());
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert!(calls[0].stanza.body().unwrap().contains("incident 31"), "{:?}", calls[0]);
    let told = house.server.all(to("olga", "#"));
    assert_eq!(told.len(), 6, "moderators are not flooded");
    house.whispers("olga", "incident 90");
    house.server.next("what was held", secs(5), to("olga", "held, it would have been too much at once")).await;
}

#[tokio::test(start_paused = true)]
async fn numbers_and_what_is_open_survive_a_restart_and_records_name_them() {
    let (house, _) = garden().await;
    house.server.says("garden", "mallory", "kick me");
    house.server.next("the kick", secs(5), is_role("mallory", "none")).await;
    house.server.says("garden", "alice", "raid");
    house.server.next("olga is told", secs(5), to("olga", "#2")).await;
    let dir = house.close().await;
    let mut records = String::new();
    for day in walk(&dir.path().join("records")) {
        records += &std::fs::read_to_string(day).unwrap_or_default();
    }
    for part in [
        r#""action":"kick","rule":"wish","incident":"1","result":"done""#,
        r#""action":"raid_on","rule":"wave","incident":"2""#,
    ] {
        assert!(records.contains(part), "{records}");
    }
    let server = Server::start();
    server.room("garden", |it| it.bot_affiliation = "owner".to_owned());
    server.comes("garden", Person::new("olga").of("owner"));
    server.comes("garden", Person::new("bob"));
    let (house, _) = court(server, dir).await;
    house.server.says("garden", "bob", "kick me");
    let kick = house.server.next("the kick", secs(5), is_role("bob", "none")).await;
    assert_eq!(reason(&kick.stanza), "as you wish [case #2]", "the raid goes on");
    house.whispers("olga", "incidents");
    house.server.next("the list", secs(5), to("olga", "#1")).await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test(start_paused = true)]
async fn everybody_who_came_lately_is_kicked_after_a_look_and_members_are_spared() {
    let (house, _) = garden().await;
    tokio::time::sleep(secs(700)).await;
    for person in [Person::new("eve"), Person::new("mike").of("member"), Person::new("ivan")] {
        house.server.comes("garden", person);
    }
    house.server.says("garden", "alice", "!since 10m kick");
    house.server.next("a refusal", secs(5), says("at least the level 15")).await;
    house.server.says("garden", "olga", "!since 10m kick");
    house
        .server
        .next("the list", secs(5), says("That would kick 2 people: eve, ivan. To do it: !since 10m kick !"))
        .await;
    assert!(house.server.all(|it| it.kind() == "set" && it.find("item").is_some()).is_empty());
    house.server.says("garden", "olga", "!since 10m kick !");
    for nick in ["eve", "ivan"] {
        let kick = house.server.next("the kick", secs(5), is_role(nick, "none")).await;
        assert_eq!(reason(&kick.stanza), "came in within the last 10 minutes (by olga)");
    }
    house.server.next("the result", secs(5), says("Done (kick): 2")).await;
    assert!(house.server.all(is_role("mike", "none")).is_empty());
}
