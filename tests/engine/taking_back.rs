//! What is taken back while the server has not answered yet, and what a guard that is set anew lets go of.

use domovoi_stage::xml::Element;

use crate::{
    house::{House, room, says, secs, with_main},
    judge::to,
    server::{Person, Server, jid, result},
};

const MODERATED: &str = "muc#roomconfig_moderatedroom";
const LINE: &str = "cheap watches for everybody, come to xmpp:deals@evil.example?join";

fn is_ban(it: &Element) -> bool {
    it.kind() == "set" && it.find("item").is_some_and(|it| it.attr("affiliation") == Some("outcast"))
}

fn is_affiliation(jid: &'static str, affiliation: &'static str) -> impl Fn(&Element) -> bool {
    move |it| {
        let item = it.find("item").filter(|_| it.kind() == "set");
        item.is_some_and(|it| it.attr("jid") == Some(jid) && it.attr("affiliation") == Some(affiliation))
    }
}

/// The configuration of a guarded room.
fn guarded(mode: &str) -> String {
    with_main(&room("garden", &format!("plugins = {{ guard = {{ preset = \"public\", mode = \"{mode}\" }} }}")))
}

/// Someone to whom the room gives no voice.
fn visitor(nick: &str) -> Person {
    let mut it = Person::new(nick);
    it.role = "visitor".to_owned();
    it
}

/// A room whose owner is olga, guarded.
async fn garden() -> House {
    let server = Server::start();
    server.room("garden", |it| it.bot_affiliation = "owner".to_owned());
    server.comes("garden", Person::new("olga").of("owner"));
    let mut house = House::open(server, &guarded("enforce")).await;
    house.joined("garden").await;
    house.server.skip();
    house
}

/// Someone says the same until they are banned: muted, kicked, and back again.
async fn until_banned(house: &House, nick: &str) -> Element {
    for _ in 0..4 {
        house.server.comes("garden", Person::new(nick));
        for n in 0..12 {
            house.server.says("garden", nick, &format!("{LINE} {n}"));
        }
        tokio::time::sleep(secs(7)).await;
        if let Some(ban) = house.server.all(is_ban).pop() {
            return ban.stanza;
        }
    }
    panic!("{nick} was never banned");
}

#[tokio::test(start_paused = true)]
async fn a_ban_that_is_not_answered_yet_is_taken_back_once_it_is() {
    let house = garden().await;
    // The server takes its time over bans, and over nothing else.
    house.server.script(|it| is_ban(it).then(Vec::new));
    let ban = until_banned(&house, "mallory").await;
    house.server.unscript();
    house.server.skip();
    house.server.says("garden", "olga", "!undo 1");
    house.server.never("a word before the answer", secs(2), says("ase #1")).await;
    house.server.leaves("garden", "mallory");
    house.server.room("garden", |it| it.outcasts.push("mallory@example.net".to_owned()));
    house.server.tell("domovoi", &result(&ban, ""));
    house.server.next("the difference", secs(2), says("mallory: banned → may come in")).await;
    house.server.next("the unban", secs(5), is_affiliation("mallory@example.net", "none")).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    let house = garden().await;
    house.server.script(|it| is_ban(it).then(Vec::new));
    until_banned(&house, "mallory").await;
    house.server.skip();
    house.server.says("garden", "olga", "!undo 1");
    house.server.next("a word after five seconds", secs(8), says("Not everything that I asked for is answered")).await;
}

fn is_form(value: &'static str) -> impl Fn(&Element) -> bool {
    move |it| {
        let is_set = it.kind() == "set" && it.child_ns("query", "http://jabber.org/protocol/muc#owner").is_some();
        is_set && it.find("value").is_some_and(|it| it.text == value)
    }
}

fn is_voice(nick: &'static str, role: &'static str) -> impl Fn(&Element) -> bool {
    move |it| {
        let item = it.find("item").filter(|_| it.kind() == "set");
        item.is_some_and(|it| it.attr("nick") == Some(nick) && it.attr("role") == Some(role))
    }
}

/// The configuration of a room in which the guard is put off altogether.
fn put_off() -> String {
    with_main(&room("garden", "plugins = { guard = false }"))
}

/// A raid: of six strangers three wipe, and the others are hushed.
async fn raided() -> House {
    let house = garden().await;
    for n in 0..6 {
        house.server.comes("garden", Person::new(&format!("p{n}")));
    }
    for nick in ["p0", "p1", "p2"] {
        house.server.says("garden", nick, &format!("{nick} wipes\n").repeat(100));
    }
    house.server.next("a hushed one", secs(5), is_voice("p4", "visitor")).await;
    house.server.next("the hush", secs(5), is_form("1")).await;
    assert_eq!(house.server.room("garden", |it| it.form[MODERATED].clone()), "1");
    house
}

#[tokio::test(start_paused = true)]
async fn a_guard_told_to_act_no_more_in_a_raid_gives_back_voice_and_form_at_once() {
    for (what, text) in [("observe", guarded("observe")), ("off", guarded("off")), ("put off", put_off())] {
        let house = raided().await;
        // The room gives whoever comes now no voice, so that the guard has none to take.
        house.server.comes("garden", visitor("p9"));
        house.server.next("the question", secs(5), to("p9", "Newcomers have no voice")).await;
        house.configure(&text);
        house.server.next("the form", secs(5), is_form("0")).await;
        for nick in ["p4", "p5", "p9"] {
            house.server.next("the voice", secs(5), is_voice(nick, "participant")).await;
        }
        house.server.says("garden", "olga", "!incidents");
        let told = house.server.next("the list", secs(5), says("#1, ")).await.stanza.body().unwrap().to_owned();
        assert!(!told.contains("#3"), "what is given back is no incident of its own: {told}");
        // From now on nothing is done any more.
        house.server.skip();
        house.server.comes("garden", Person::new("late"));
        house.server.says("garden", "p4", &"p4 wipes\n".repeat(100));
        house.server.says("garden", "p5", &"p5 wipes\n".repeat(100));
        house.server.never(what, secs(30), |it| it.kind() == "set" && it.attr("to") == Some(&jid("garden"))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_admin_ends_a_raid_that_is_none_and_the_form_is_given_back_with_it() {
    let house = raided().await;
    house.server.comes("garden", Person::new("ada").of("admin"));
    house.server.comes("garden", visitor("p9"));
    house.server.next("the question", secs(5), to("p9", "Newcomers have no voice")).await;
    house.whispers("ada", "explain p4");
    house
        .server
        .next("one line a rule", secs(5), to("ada", "by raid:\nraid: The room is under attack; newcomers"))
        .await;
    house.whispers("ada", "case p4");
    house.server.next("p4's part in it", secs(5), to("ada", "– muted p4 for 15 minutes: raid")).await;
    house.server.says("garden", "ada", "!incidents");
    let number = house.server.next("the list", secs(5), says(": a raid (")).await.stanza.body().unwrap().to_owned();
    let number: u32 = number.trim_start_matches(|c| c != '#').get(1..2).unwrap().parse().unwrap();
    house.server.says("garden", "ada", &format!("!undo {number}"));
    house.server.next("the difference", secs(5), says(&format!("{MODERATED}: 1 → 0, as the raid is over"))).await;
    house.server.next("all of it", secs(5), says(&format!("Case #{number} is taken back ("))).await;
    // The server is asked for the form while people are told.
    house.server.next("the voice", secs(5), is_voice("p9", "participant")).await;
    assert_eq!(house.server.room("garden", |it| it.form[MODERATED].clone()), "0");
    let told = house.server.sooner_or_later("olga hears of it", secs(5), to("olga", "taken back by ada")).await;
    let told = told.stanza.body().unwrap().to_owned();
    assert!(told.contains(&format!("More: incident {number}")) && !told.contains("undo"), "{told}");
    house.server.says("garden", "ada", "!incidents");
    let list = house.server.next("the list", secs(5), says(": a raid (")).await.stanza.body().unwrap().to_owned();
    assert!(!list.contains("given voice"), "what is given back is no incident of its own: {list}");
}

/// The bot is told to stop in a raid, and comes back so configured to the room as it left it.
async fn restarted_in_a_raid(text: &str) -> House {
    let dir = raided().await.close().await;
    let server = Server::start();
    server.room("garden", |it| {
        it.bot_affiliation = "owner".to_owned();
        it.form.insert(MODERATED.to_owned(), "1".to_owned());
    });
    server.comes("garden", Person::new("olga").of("owner"));
    server.comes("garden", visitor("p4"));
    House::open_in(server, text, dir).await
}

#[tokio::test(start_paused = true)]
async fn a_raid_goes_on_after_a_restart_and_what_it_took_is_given_back_when_it_is_over() {
    let mut house = restarted_in_a_raid(&guarded("enforce")).await;
    house.joined("garden").await;
    house.server.never("the form, while it lasts", secs(300), is_form("0")).await;
    house.server.next("the voice, when it is over", secs(700), is_voice("p4", "participant")).await;
    house.server.next("the form", secs(5), is_form("0")).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_puts_the_guard_off_while_the_bot_is_down_has_the_form_back_at_its_start() {
    for text in [put_off(), guarded("off")] {
        let mut house = restarted_in_a_raid(&text).await;
        house.joined("garden").await;
        house.server.next("the form", secs(10), is_form("0")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_guard_only_observes_what_a_person_asks_for_is_done_all_the_same() {
    let house = garden().await;
    until_banned(&house, "mallory").await;
    house.configure(&guarded("observe"));
    tokio::time::sleep(secs(3)).await;
    house.server.skip();
    house.server.says("garden", "olga", "!undo 1");
    house.server.next("the unban", secs(5), is_affiliation("mallory@example.net", "none")).await;
    house.server.says("garden", "olga", "!ban mallory@example.net");
    house.server.next("the ban", secs(5), is_ban).await;
    house.server.says("garden", "olga", "!unban mallory@example.net");
    house.server.next("the unban", secs(5), is_affiliation("mallory@example.net", "none")).await;
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_was_off_knows_its_people_again() {
    let house = garden().await;
    house.server.comes("garden", Person::new("mallory"));
    house.server.says("garden", "mallory", LINE);
    house.server.says("garden", "mallory", LINE);
    house.server.next("the answer to the second", secs(5), |it| it.kind() == "set").await;
    for mode in ["off", "enforce"] {
        house.configure(&guarded(mode));
        tokio::time::sleep(secs(3)).await;
    }
    house.server.comes("garden", Person::new("other"));
    house.server.skip();
    let id = house.server.says("garden", "other", LINE);
    let is_it = move |it: &Element| it.kind() == "set" && format!("{it}").contains(&id);
    house.server.next("what was taken back before is taken back again", secs(5), is_it).await;
}
