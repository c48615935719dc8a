//! Incidents from the first verdict to `undo`, with a guard that does as it is told.

use domovoi_stage::xml::Element;

use crate::{
    house::{says, secs},
    judge::{HUSH, court, garden, is_affiliation, is_role, people, to},
    server::{OCCUPANT_ID, Person, Server, error, jid},
};

fn is_form(value: &str) -> impl Fn(&Element) -> bool + use<> {
    let value = value.to_owned();
    move |it| {
        let is_set = it.kind() == "set" && it.child_ns("query", "http://jabber.org/protocol/muc#owner").is_some();
        is_set && it.find("value").is_some_and(|it| it.text == value)
    }
}

fn reason(it: &Element) -> String {
    it.find("reason").map(|it| it.text.clone()).unwrap_or_default()
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
    house.whispers("olga", "incidents");
    house.server.next("the list", secs(5), to("olga", "as you wish (wish, 60) — taken back by olga")).await;
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
    house.server.tell("domovoi", "<message type='chat' from='mallory@example.net/x'><body>почему</body></message>");
    let answer = house.server.next("why, in the asker's language", secs(5), is_answer).await;
    assert!(answer.stanza.body().unwrap().contains("вас забанили"), "{}", answer.stanza);
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
async fn whoever_is_banned_without_a_jid_is_turned_away_at_every_return_and_banned_once_it_is_seen() {
    let server = people();
    server.room("garden", |it| it.offers(&["muc_open", "urn:xmpp:sid:0", OCCUPANT_ID]));
    server.leaves("garden", "mallory");
    server.comes("garden", Person::new("mallory").hidden());
    let (mut house, _) = court(server, tempfile::tempdir().unwrap()).await;
    let kick = || is_role("mallory", "none");
    house.server.says("garden", "mallory", "ban me");
    house.server.next("the kick", secs(5), kick()).await;
    house.server.comes("garden", Person::new("mallory").hidden());
    house.server.next("the kick at the return", secs(5), kick()).await;

    // They come in while we are away, and are here when we are back.
    house.server.set_up(false);
    house.server.cut("domovoi", false);
    house.server.room("garden", |it| it.people.insert("mallory".to_owned(), Person::new("mallory").hidden()));
    house.server.set_up(true);
    house.joined("garden").await;
    house.server.next("the kick of who came meanwhile", secs(5), kick()).await;

    house.server.skip();
    house.server.comes("garden", Person::new("mallory"));
    let ban = house.server.next("the ban", secs(5), is_affiliation("mallory", "outcast")).await;
    assert_eq!(reason(&ban.stanza), "as you wish [case #1]");
    house.server.next("its end, an hour after it was said", secs(3_600), is_affiliation("mallory", "none")).await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_takes_back_themselves_is_evidence_all_the_same() {
    let (house, _) = garden().await;
    house.server.says("garden", "mallory", "buy my watches");
    let from = format!("{}/mallory", jid("garden"));
    let retract = "<retract xmlns='urn:xmpp:message-retract:1' id='s1'/>";
    house.server.tell_room("garden", &format!("<message type='groupchat' from='{from}' id='r1'>{retract}</message>"));
    house.server.says("garden", "mallory", "mute me");
    house.server.next("olga is told", secs(5), to("olga", "#1")).await;
    house.server.skip();
    house.whispers("olga", "incident 1");
    house.server.next("what was said", secs(5), to("olga", "“buy my watches”")).await;
}

#[tokio::test(start_paused = true)]
async fn a_raid_is_one_incident_and_its_form_is_put_back() {
    let (mut house, _) = garden().await;
    house.server.says("garden", "alice", "raid");
    house.server.next("olga is told", secs(5), to("olga", "#1")).await;
    let shown = house.shown("the raid", secs(5), |it| it["what"] == "raid_on").await;
    assert_eq!((&shown["text"], &shown["incident"]), (&"many strangers".into(), &1.into()));
    house.server.sooner_or_later("the hush", secs(5), is_form("1")).await;
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
async fn a_kick_that_crosses_with_their_leaving_is_no_failure_and_told_with_what_led_to_it() {
    let (house, _) = garden().await;
    let is_kick = is_role("mallory", "none");
    house.server.script(move |it| is_kick(it).then(|| vec![error(it, "cancel", "item-not-found")]));
    house.server.says("garden", "mallory", "kick me");
    let told = house.server.next("olga is told", secs(5), to("olga", "#1")).await.stanza.body().unwrap().to_owned();
    assert!(told.contains("kicked: they had left already. as you wish (wish, 60)"), "{told}");
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
    house.server.says("garden", "olga", "!since 10m kik");
    house.server.next("a question", secs(5), says("I do not know what to do with “kik”")).await;
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
