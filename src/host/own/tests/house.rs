//! Rooms, invitations, notices, the end; strangers, floods and what else comes in from outside.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Affiliation, Moderation, Role, RoomJid, Text};

use crate::host::{
    core::Ending,
    invites::Invitation,
    standing::{self, Standing},
    testing::{GARDEN, Scene, garden},
};

const OWNER: &str = "juliet@capulet.example";

fn hall() -> RoomJid {
    "hall@chat.example.org".parse().unwrap()
}

#[tokio::test]
async fn rooms_come_and_go_by_chat_and_the_fleet_is_told() {
    let it = Scene::new().await;
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let notes = seen.clone();
    it.host.on_config(Box::new(move |it| {
        let all = crate::config::differences(it.old, it.new);
        notes.lock().unwrap().extend(all.iter().map(ToString::to_string));
    }));
    let changes = || std::mem::take(&mut *seen.lock().unwrap());
    let said = it.direct(OWNER, "rooms join hall@chat.example.org other").await;
    assert_eq!(said, [format!("{OWNER}< I am entering hall@chat.example.org.")]);
    assert_eq!(changes(), ["room hall@chat.example.org is new"]);
    assert_eq!(it.host.live.config().rooms[&hall()].account.as_ref().unwrap().as_str(), "other");
    let said = it.direct(OWNER, "rooms join hall@chat.example.org").await;
    assert_eq!(said, [format!("{OWNER}< I am trying hall@chat.example.org again.")]);
    assert_eq!((it.stage.rejoined(), changes().len()), (vec![hall()], 0));
    let said = it.direct(OWNER, "rooms move hall@chat.example.org nobody").await;
    assert!(said[0].contains("I have no account “nobody”. There are: main, other."), "{said:?}");
    it.direct(OWNER, "rooms move hall@chat.example.org main").await;
    assert_eq!(changes(), ["room hall@chat.example.org changed: account"]);
    it.direct(OWNER, "rooms leave hall@chat.example.org").await;
    assert_eq!(changes(), ["room hall@chat.example.org is gone"]);
    assert!(it.host.changed().await.is_empty(), "nothing is left of a room that came by chat");
    it.direct(OWNER, &format!("rooms leave {GARDEN}")).await;
    assert_eq!(changes(), [format!("room {GARDEN} is gone")]);
    assert!(!it.host.live.config().rooms[&garden()].join);
    assert_eq!(
        it.direct(OWNER, "rooms list").await,
        [format!("{OWNER}< garden@chat.example.org: joined, main, 8 people, admin, moderator")]
    );
    let it = it.restart().await;
    assert!(!it.host.live.config().rooms[&garden()].join);
    it.direct(OWNER, &format!("rooms join {GARDEN}")).await;
    assert!(it.host.live.config().rooms[&garden()].join);
}

#[tokio::test]
async fn a_room_s_password_is_for_direct_chat() {
    let it = Scene::new().await;
    let said = it.say("juliet", "!rooms join hall@chat.example.org main sesame").await;
    assert_eq!(said, ["@juliet A password is a secret: tell me in a direct chat."]);
    assert!(!it.host.live.config().rooms.contains_key(&hall()));
    it.direct(OWNER, "rooms join hall@chat.example.org main sesame").await;
    let password = it.host.live.config().rooms[&hall()].password.clone().unwrap();
    assert_eq!(password.reveal(), "sesame");
    assert!(!it.direct(OWNER, "config diff").await[0].contains("sesame"));
}

fn invitation(room: &str, inviter: &str, is_direct: bool) -> Invitation {
    let reason = Some("come\nin".to_owned());
    Invitation {
        room: room.parse().unwrap(),
        inviter: Some(inviter.parse().unwrap()),
        is_direct,
        reason,
        password: None,
    }
}

async fn invited(it: &Scene, invitation: Invitation) -> Vec<String> {
    it.host.invited(invitation).await;
    it.settle().await;
    it.stage.said()
}

#[tokio::test]
async fn owners_are_followed_and_others_wait() {
    let it = Scene::new().await;
    let said = invited(&it, invitation("hall@chat.example.org", "juliet@capulet.example/phone", true)).await;
    assert_eq!((said.len(), it.host.live.config().rooms.contains_key(&hall())), (0, true));
    let said = invited(&it, invitation("crypt@chat.example.org", "tybalt@capulet.example/x", true)).await;
    assert_eq!(
        said,
        [format!(
            "{OWNER}< tybalt@capulet.example invites me to crypt@chat.example.org (“come in”). Answer \
        “invites accept crypt@chat.example.org” or “invites refuse crypt@chat.example.org”."
        )]
    );
    assert_eq!(invited(&it, invitation("crypt@chat.example.org", "tybalt@capulet.example", true)).await, [""; 0]);
    assert!(it.direct(OWNER, "invites").await[0].contains("crypt@chat.example.org"));
    let said = it.direct(OWNER, "invites accept crypt@chat.example.org").await;
    assert_eq!(said, [format!("{OWNER}< I am entering crypt@chat.example.org.")]);
    assert!(it.host.live.config().rooms.contains_key(&"crypt@chat.example.org".parse::<RoomJid>().unwrap()));
    assert_eq!(it.direct(OWNER, "invites").await, [format!("{OWNER}< No invitation is waiting.")]);
    invited(&it, invitation("tomb@chat.example.org", "tybalt@capulet.example", true)).await;
    let said = it.direct(OWNER, "invites refuse tomb@chat.example.org").await;
    assert_eq!(said, [format!("{OWNER}< Refused: tomb@chat.example.org.")]);
    assert_eq!(invited(&it, invitation("tomb@chat.example.org", "tybalt@capulet.example", true)).await, [""; 0]);
}

#[tokio::test]
async fn five_invitations_a_day_and_a_week_to_live() {
    let it = Scene::new().await;
    for n in 0..7 {
        let said = invited(&it, invitation(&format!("r{n}@chat.example.org"), "tybalt@capulet.example", true)).await;
        assert_eq!(said.len(), usize::from(n < 5), "invitation {n}");
    }
    // A room that only says that an owner invites is believed five times a day.
    for n in 0..7 {
        invited(&it, invitation(&format!("s{n}@evil.example"), OWNER, false)).await;
    }
    let n_followed = it.host.live.config().rooms.keys().filter(|it| it.service() == "evil.example").count();
    assert_eq!(n_followed, 5);
    // The same room again and again is no way around it.
    for _ in 0..5 {
        invited(&it, invitation("loop@evil.example", "benvolio@montague.example", true)).await;
    }
    let said = invited(&it, invitation("other@evil.example", "benvolio@montague.example", true)).await;
    assert_eq!(said, [""; 0]);
    it.advance(Duration::from_secs(7 * 86_400 - 60));
    assert!(!it.host.invitations().await.unwrap().is_empty(), "it is a week to the minute");
    it.advance(Duration::from_secs(120));
    assert_eq!(it.host.invitations().await.unwrap(), []);
}

#[tokio::test]
async fn a_room_that_was_left_takes_an_owner_s_own_word() {
    let it = Scene::new().await;
    it.direct(OWNER, &format!("rooms leave {GARDEN}")).await;
    let said = invited(&it, invitation(GARDEN, OWNER, false)).await;
    assert!(said.len() == 1 && said[0].contains(&format!("invites me to {GARDEN}")), "{said:?}");
    assert!(!it.host.live.config().rooms[&garden()].join);
    assert_eq!(invited(&it, invitation(GARDEN, OWNER, false)).await, [""; 0], "said once");
    invited(&it, invitation(GARDEN, OWNER, true)).await;
    assert!(it.host.live.config().rooms[&garden()].join);
}

#[tokio::test]
async fn notices_are_said_once_and_wait_until_someone_is_online() {
    let it = Scene::new().await;
    it.stage.set_offline(true);
    it.host.fault(&it.host.own_name(), None, "test", "broken");
    it.host.fault(&it.host.own_name(), None, "test", "broken");
    it.settle().await;
    assert_eq!(it.stage.said(), [""; 0]);
    it.stage.set_offline(false);
    it.host.notice_account(&"main".parse().unwrap(), "wrong password");
    it.settle().await;
    assert_eq!(
        it.stage.said(),
        [
            format!("{OWNER}< Fault 1: the plugin core failed (test): broken. “error 1” shows more."),
            format!(
                "{OWNER}< I have given up the account main: wrong password. It stays offline until its own settings \
            change, the configuration is read again, or I am restarted."
            ),
        ]
    );
    let said = it.direct(OWNER, "error 1").await;
    assert!(said[0].ends_with("2 times:\nbroken"), "{said:?}");
    for n in 0..50 {
        it.host.tell_owner(Text::plain(format!("notice {n}")));
    }
    it.settle().await;
    let said = it.stage.said();
    assert_eq!(said.len(), 20, "twenty an hour with the account's, and how many more there were");
    assert_eq!(said[19], format!("{OWNER}< 31 more notices were left out; the log has them."));
    // What is left out later is told too, though no notice gets through to tell it with.
    it.host.tell_owner(Text::plain("one more"));
    it.advance(Duration::from_secs(601));
    it.host.deliver_notices().await;
    it.settle().await;
    assert_eq!(it.stage.said(), [format!("{OWNER}< One more notice was left out; the log has it.")]);
}

#[tokio::test]
async fn when_everything_faults_at_once_what_matters_is_told() {
    let it = Scene::new().await;
    for n in 0..40 {
        it.host.fault(&it.host.own_name(), None, "test", &format!("broken {n}"));
    }
    it.host.notice_account(&"main".parse().unwrap(), "wrong password");
    it.settle().await;
    let said = it.stage.said();
    assert!(said.iter().any(|it| it.contains("I have given up the account main")), "{said:?}");
    assert!(said.iter().any(|it| it.contains("The plugin core failed ten times in a minute")), "{said:?}");
    assert_eq!(said.iter().filter(|it| it.contains("“error ")).count(), 20, "{said:?}");
    assert!(said.contains(&format!("{OWNER}< 20 more faults of plugins were not told; the log has them.")), "{said:?}");
}

#[tokio::test]
async fn invitations_do_not_cost_an_alarm() {
    let it = Scene::new().await;
    for n in 0..30 {
        it.host.tell_owner_aside(Text::plain(format!("invitation {n}")));
    }
    it.settle().await;
    assert_eq!(it.stage.said().len(), 11, "ten, and how many more there were");
    it.host.notice_store("no space");
    it.settle().await;
    let said = it.stage.said();
    assert!(said.len() == 1 && said[0].contains("no space"), "{said:?}");
    it.stage.set_offline(true);
    for hour in 0..6 {
        it.advance(Duration::from_secs(3600));
        it.host.notice_store(&format!("no space {hour}"));
        for n in 0..10 {
            it.host.tell_owner_aside(Text::plain(format!("invitation {hour} {n}")));
        }
    }
    it.settle().await;
    it.stage.set_offline(false);
    it.host.deliver_soon();
    it.host.tell_owner(Text::plain("online"));
    it.settle().await;
    let said = it.stage.said();
    assert_eq!(said.iter().filter(|it| it.contains("no space")).count(), 6, "alarms wait longer: {said:?}");
}

#[tokio::test]
async fn what_waits_for_the_disk_holds_already() {
    let it = Scene::new().await;
    // That the disk is full is told to an owner in between, whenever it is noticed.
    let quiet =
        |said: Vec<String>| said.into_iter().filter(|it| !it.contains("I cannot write down")).collect::<Vec<_>>();
    it.faults.fill_disk();
    let said = quiet(it.say("romeo", "!access set alice moderator 7d").await);
    assert_eq!(said, ["romeo: alice has the level moderator (15) in this room for 7 days."]);
    assert!(quiet(it.say("romeo", "!access unset alice").await)[0].contains("has the level participant (10)"));
    it.whisper("bob", "language ru").await;
    assert_eq!(quiet(it.whisper("bob", "access").await), ["@bob Ваш уровень: участник (10)."]);
    let said = invited(&it, invitation("crypt@chat.example.org", "tybalt@capulet.example", true)).await;
    assert!(said.iter().any(|it| it.contains("invites me to crypt@chat.example.org")), "{said:?}");
    let said = quiet(it.direct(OWNER, "invites refuse crypt@chat.example.org").await);
    assert_eq!(said, [format!("{OWNER}< Refused: crypt@chat.example.org.")]);
    invited(&it, invitation("hall@chat.example.org", OWNER, true)).await;
    assert!(it.host.live.config().rooms.contains_key(&hall()));
}

#[tokio::test]
async fn owners_of_a_room_hear_of_lost_rights_once() {
    let it = Scene::new().await;
    it.say("romeo", "!plugin on guard").await;
    let high = Standing {
        role: Role::Moderator,
        affiliation: Affiliation::Admin,
        is_moderated: true,
        is_members_only: false,
        is_non_anonymous: true,
        moderation: Moderation::V1,
    };
    let low = Standing { role: Role::Participant, affiliation: Affiliation::None, ..high };
    let tell = async |standing| {
        standing::tell(it.host.clone(), garden(), standing).await;
        it.settle().await;
        it.stage.said()
    };
    let said = tell(high).await;
    assert!(
        said.len() == 1 && said[0].starts_with("@romeo In garden@chat.example.org my level is: admin."),
        "{said:?}"
    );
    assert!(said[0].ends_with("I would also close the room to newcomers in a raid."), "{said:?}");
    assert_eq!(tell(high).await, [""; 0]);
    let said = tell(low).await;
    assert!(said.len() == 1 && said[0].contains("To change that, make me an admin of the room.\n"), "{said:?}");
    assert!(said[0].ends_with("My address, should your client ask for it: domovoi@domovoi.example"), "{said:?}");
    assert_eq!(tell(high).await, [""; 0], "what is gained is seen anyway");
    it.whisper("romeo", "language ru").await;
    assert!(tell(low).await[0].starts_with("@romeo В garden@chat.example.org мой уровень"));
    tell(high).await;
    it.stage.remove(&garden(), "romeo");
    let said = tell(low).await;
    assert!(said[0].starts_with(&format!("{OWNER}< In garden@chat.example.org my level is: participant.")), "{said:?}");
}

#[tokio::test]
async fn room_that_is_none_of_ours_is_said_to_be_none() {
    let it = Scene::new().await;
    let said = it.direct(OWNER, "yard@chat.example.org kick bob").await;
    assert_eq!(said, [format!("{OWNER}< yard@chat.example.org is no room of mine. “rooms” lists them.")]);
}

#[cfg(feature = "admin")]
#[tokio::test]
async fn whoever_writes_directly_is_not_named_to_the_room() {
    let it = Scene::new().await;
    it.stage.remove(&garden(), "juliet");
    let names =
        [("en", "an owner of the bot", "by an owner of the bot"), ("ru", "владелец бота", "по команде: владелец бота")];
    for (lang, name, signature) in names {
        it.say("romeo", &format!("!language {lang}")).await;
        it.direct(OWNER, &format!("{GARDEN} kick bob")).await;
        let askers = it.stage.askers();
        assert!(askers.iter().any(|it| it.identity.jid().is_some_and(|it| it.as_str() == OWNER)), "{askers:?}");
        assert!(askers.iter().all(|it| it.nick == name && it.signature == signature), "{askers:?}");
    }
}

#[tokio::test]
async fn only_owners_of_the_bot_end_it() {
    let it = Scene::new().await;
    let ending = it.host.ending();
    for nick in ["bob", "romeo"] {
        assert_eq!(it.say(nick, "!quit").await, [format!("{nick}: That takes at least the level 100 (bot owner).")]);
    }
    assert_eq!(*ending.borrow(), None);
    assert_eq!(it.say("juliet", "!restart").await, ["juliet: I will be right back."]);
    assert_eq!(*ending.borrow(), Some(Ending::Restart));
}

#[tokio::test]
async fn strangers_get_one_word_an_hour_and_our_own_accounts_none() {
    let it = Scene::new().await;
    let said = it.direct("mallory@evil.example", "help").await;
    assert!(said.len() == 1 && said[0].starts_with("mallory@evil.example< I am a bot"), "{said:?}");
    for line in ["help", "quit", "access set mallory@evil.example 100", &format!("{GARDEN} ping"), "rooms list"] {
        assert_eq!(it.direct("mallory@evil.example", line).await, [""; 0], "{line}");
    }
    assert_eq!(it.direct("brownie@example.org", "help").await, [""; 0]);
    it.stage.put(&garden(), "brownie", Some("brownie@example.org/x"), (Role::Moderator, Affiliation::Owner));
    assert_eq!(it.say("brownie", "!ping").await, [""; 0]);
    let mut n_answered = 0;
    for n in 0..100 {
        n_answered += it.direct(&format!("m{n}@evil.example"), "help").await.len();
    }
    assert_eq!(n_answered, 29, "thirty strangers an hour");
}

#[tokio::test]
async fn a_line_of_64_kib_does_no_harm() {
    let it = Scene::new().await;
    let long = "é".repeat(32 * 1024);
    for line in [format!("!help {long}"), format!("!access set {long} 5"), format!("!prefix {long}")] {
        for said in it.say("romeo", &line).await {
            assert!(said.chars().count() < 1100, "{}", said.chars().count());
        }
    }
    let said = it.say("romeo", &format!("!plugin get {long}")).await;
    assert!(said[0].chars().count() < 300, "{said:?}");
    assert_eq!(it.say("alice", "!ping").await, ["alice: pong"]);
}

#[tokio::test]
async fn status_counts_what_there_is() {
    let it = Scene::new().await;
    let said = it.say("nurse", "!status").await;
    let expected =
        "nurse:\nUp for 0 seconds; accounts online: 1 of 1; rooms: 1 of 1, with 8 people; faults: 0.\nMemory: ";
    assert!(said[0].starts_with(expected), "{said:?}");
    let said = it.direct(OWNER, "accounts").await;
    assert_eq!(said, [format!("{OWNER}< main (domovoi@example.org): online, rooms: 1 of 100")]);
}
