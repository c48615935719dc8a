//! Block lists of others.

use std::time::Duration;

use domovoi_plugin::{
    AbsentChange, Affiliation, EventKind, Item, Level, News, Node, Record, RecordKind, Wake,
    testing::{Bench, BenchRoom},
};

use crate::{deeds, garden};

/// SHA-256 of `bob@people.example`, by `printf %s bob@people.example | sha256sum`.
const BOB: &str = "5150fbdb7d112ff5c0b07e10a2fb9f65867db74bbabcfde9514b9b1d307fbcf3";

fn node() -> Node {
    Node::of("blocks.example".parse().unwrap(), "muc_bans_sha256")
}

fn items(ids: &[&str]) -> Vec<Item> {
    ids.iter().map(|it| Item { id: (*it).to_owned(), payload: None }).collect()
}

/// A room, and a list that an owner of the bot follows, with a deed of its own.
fn followed(ids: &[&str], options: &str) -> (Bench, BenchRoom) {
    let (bench, room) = garden();
    bench.node(&node(), items(ids));
    bench.give_level("olga@people.example", Level::BOT_OWNER);
    bench.direct("olga@people.example", &format!("blocklist add spam blocks.example/muc_bans_sha256 {options}"));
    (bench, room)
}

#[test]
fn whoever_stands_on_a_list_is_kept_out_when_they_come() {
    let (bench, room) = followed(&[BOB], "deed=ban");
    assert_eq!(
        bench.answers().last().unwrap(),
        "bot to olga@people.example: spam (blocks.example/muc_bans_sha256): one entry, ban. Fetched 0 seconds ago."
    );
    assert!(bench.is_subscribed(&node()));
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&bench), ["bot bans bob@people.example: On the block list “spam”"]);
    room.join("carl", Affiliation::None).says("hello");
    assert!(deeds(&bench).is_empty());
}

#[test]
fn those_present_are_looked_at_when_an_entry_is_pushed_and_members_never() {
    let (bench, room) = followed(&[], "deed=kick");
    room.join("bob", Affiliation::None);
    room.join("mary", Affiliation::Member);
    drop(bench.answers());
    bench.push(&node(), News::Items(items(&[BOB, "mary@people.example"])));
    bench.advance("2s");
    assert_eq!(deeds(&bench), ["bot kicks bob: On the block list “spam”"]);
    bench.advance("10s");
    assert!(deeds(&bench).is_empty(), "once is enough");
}

#[test]
fn a_list_without_a_deed_gives_points_by_its_weight() {
    for (options, expected) in [("", 1), ("weight=10", 0), ("observe", 0), ("quorum=2", 0)] {
        let (bench, room) = followed(&[BOB], options);
        drop(bench.answers());
        room.join("bob", Affiliation::None);
        assert_eq!(deeds(&bench).len(), expected, "{options}");
    }
}

#[test]
fn only_bans_of_the_entry_that_is_gone_are_lifted() {
    let (bench, room) = followed(&[BOB, "eve@people.example", "carl@people.example"], "deed=ban");
    for name in ["bob", "eve", "carl"] {
        room.join(name, Affiliation::None);
    }
    // A person bans someone who never stood on a list, and lets carl in and bans him anew.
    room.set_affiliation("mallory@people.example", Affiliation::Outcast);
    for affiliation in [Affiliation::None, Affiliation::Outcast] {
        let jid = "carl@people.example".parse().unwrap();
        room.set_affiliation("carl@people.example", affiliation);
        room.person("anna").does(EventKind::Absent(AbsentChange { jid, affiliation, actor: None, reason: None }));
    }
    drop(bench.answers());
    bench.push(&node(), News::Retracted(vec![BOB.to_owned(), "carl@people.example".to_owned()]));
    bench.push(&node(), News::Retracted(vec!["mallory@people.example".to_owned()]));
    assert_eq!(deeds(&bench), ["bot makes bob@people.example none: Not on the block list any more"]);
    for (jid, expected) in
        [("eve", Affiliation::Outcast), ("mallory", Affiliation::Outcast), ("carl", Affiliation::Outcast)]
    {
        assert_eq!(room.affiliation_of(&format!("{jid}@people.example")), expected, "{jid}");
    }
}

#[test]
fn a_ban_that_two_lists_caused_stays_until_both_are_gone() {
    let (bench, room) = followed(&[BOB], "deed=ban");
    let other = Node::of("other.example".parse().unwrap(), "bans");
    bench.node(&other, items(&["bob@people.example"]));
    bench.direct("olga@people.example", "blocklist add second other.example/bans deed=ban");
    room.join("bob", Affiliation::None);
    drop(bench.answers());
    bench.push(&node(), News::Retracted(vec![BOB.to_owned()]));
    assert!(deeds(&bench).is_empty());
    bench.direct("olga@people.example", "blocklist del second");
    assert_eq!(deeds(&bench), ["bot makes bob@people.example none: Not on the block list any more"]);
    assert!(!bench.is_subscribed(&other));
}

#[test]
fn a_failed_fetch_keeps_what_was_known_and_a_later_one_takes_its_place() {
    let (bench, room) = followed(&[BOB], "deed=kick");
    bench.node_is_lost(&node());
    bench.advance("61m");
    bench.direct("olga@people.example", "blocklist list");
    let told = bench.answers().pop().unwrap();
    assert!(told.contains("one entry") && told.contains("Not fetched: no answer"), "{told}");
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&bench).len(), 1);
    // It is tried again sooner than an hour later; what was pushed meanwhile is in the snapshot.
    bench.node(&node(), items(&["eve@people.example"]));
    bench.advance("6m");
    room.join("eve", Affiliation::None);
    assert!(deeds(&bench)[0].starts_with("bot kicks eve"));
    assert!(room.try_join("bob", "bob@people.example").is_some());
    assert!(deeds(&bench).is_empty(), "bob is not on it any more");
}

#[test]
fn after_a_reconnect_lists_are_fetched_at_once() {
    let (bench, room) = followed(&[], "deed=kick");
    bench.node(&node(), items(&[BOB]));
    bench.wake(Wake::Online);
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&bench).len(), 1);
}

#[test]
fn exceptions_hold_here_or_everywhere() {
    let (bench, room) = followed(&[BOB, "people.example"], "deed=kick");
    bench.play(
        &room,
        "
        anna: !blocklist except bob@people.example
        bot: anna: No block list counts against bob@people.example.
        ",
    );
    room.join("bob", Affiliation::None);
    assert!(deeds(&bench).is_empty());
    bench.play(
        &room,
        "
        anna: !blocklist unexcept bob@people.example
        bot: anna: Block lists count against bob@people.example again.
        ",
    );
    bench.advance("2s");
    assert_eq!(deeds(&bench).len(), 1);
}

#[test]
fn a_domain_alone_keeps_nobody_out_whatever_the_deed() {
    let (bench, room) = followed(&["people.example"], "deed=ban");
    room.join("zed", Affiliation::None);
    assert!(deeds(&bench).iter().all(|it| !it.contains("ban") && !it.contains("kick")));
}

#[test]
fn a_preview_says_whom_a_list_would_hit() {
    let (bench, room) = garden();
    bench.give_level("olga@people.example", Level::BOT_OWNER);
    bench.node(&node(), items(&[BOB, "eve@people.example"]));
    room.join("bob", Affiliation::None);
    let at = bench.now() - Duration::from_secs(80 * 86_400);
    let join = |at, jid: &str| {
        let mut it = Record::new(at, room.jid().clone(), RecordKind::Join);
        it.jid = jid.parse().ok();
        it
    };
    let long_ago = bench.now() - Duration::from_secs(100 * 86_400);
    bench.recorded(vec![
        join(at, "eve@people.example"),
        join(at, "carl@people.example"),
        join(long_ago, "bob@people.example"),
    ]);
    drop(bench.answers());
    bench.direct("olga@people.example", "blocklist preview blocks.example/muc_bans_sha256");
    assert_eq!(
        bench.answers(),
        ["bot to olga@people.example: The list has 2 entries. It would hit 1 who is here now, and hit 1 who came in \
          the last 90 days. | bob (bob@people.example) in garden@chat.example: 100 points | eve@people.example, once: 100 points"]
    );
    assert!(!bench.is_subscribed(&node()), "a preview follows nothing");
    assert!(deeds(&bench).is_empty());
}

#[test]
fn an_own_list_is_published_and_counts_here_too() {
    let (bench, room) = garden();
    bench.give_level("olga@people.example", Level::BOT_OWNER);
    bench.direct("olga@people.example", "blocklist publish muc_bans_sha256");
    bench.direct("olga@people.example", "blocklist block bob@people.example adverts");
    let published = bench.items_of(&Node::own("muc_bans_sha256"));
    assert_eq!(published[0].id, BOB);
    let payload = published[0].payload.clone().unwrap();
    assert_eq!(
        (payload.attrs["reason"].as_str(), payload.children[0].text.as_str()),
        ("urn:xmpp:reporting:spam", "adverts")
    );
    drop(bench.answers());
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&bench).len(), 1);
    bench.direct("olga@people.example", "blocklist unblock bob@people.example");
    assert!(bench.items_of(&Node::own("muc_bans_sha256")).is_empty());
}

#[test]
fn lists_of_the_configuration_are_followed_from_the_start_and_survive_a_restart() {
    let bench = Bench::new(domovoi_guard::plugin());
    bench.node(&node(), items(&[BOB]));
    bench.set("block_lists", "blocks.example/muc_bans_sha256 deed=kick, nonsense");
    bench.wake(Wake::Config);
    let room = crate::room_of(&bench, "garden@chat.example");
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&bench).len(), 1);
    // After a restart its service is away: what was known holds.
    let again = bench.restarted(domovoi_guard::plugin());
    again.set("block_lists", "blocks.example/muc_bans_sha256 deed=kick, nonsense");
    again.wake(Wake::Config);
    let room = crate::room_of(&again, "garden@chat.example");
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&again), ["bot kicks bob: On the block list “blocks-example-muc-bans-sha256”"]);
}

#[test]
fn a_list_that_the_configuration_names_no_more_takes_its_bans_along() {
    let (bench, room) = garden();
    bench.node(&node(), items(&[BOB]));
    bench.set("block_lists", "blocks.example/muc_bans_sha256 deed=ban");
    bench.wake(Wake::Config);
    room.join("bob", Affiliation::None);
    assert_eq!(deeds(&bench).len(), 1);
    bench.set("block_lists", "");
    bench.wake(Wake::Config);
    assert_eq!(deeds(&bench), ["bot makes bob@people.example none: Not on the block list any more"]);
    assert!(!bench.is_subscribed(&node()));
}

#[test]
fn who_could_not_be_let_in_when_an_entry_went_is_let_in_later_also_after_a_restart() {
    let (bench, room) = followed(&[BOB], "deed=ban");
    room.join("bob", Affiliation::None);
    drop(bench.answers());
    bench.refuse(domovoi_plugin::ActError::TooLow { needed: "admin" });
    bench.push(&node(), News::Retracted(vec![BOB.to_owned()]));
    assert!(deeds(&bench).is_empty());
    assert_eq!(room.affiliation_of("bob@people.example"), Affiliation::Outcast);

    let again = bench.restarted(domovoi_guard::plugin());
    let room = crate::room_of(&again, "garden@chat.example");
    room.set_affiliation("bob@people.example", Affiliation::Outcast);
    again.advance("2m");
    assert_eq!(deeds(&again), ["bot makes bob@people.example none: Not on the block list any more"]);

    bench.advance("6m");
    assert_eq!(deeds(&bench), ["bot makes bob@people.example none: Not on the block list any more"]);
    bench.advance("20m");
    assert!(deeds(&bench).is_empty(), "once is enough");
}

#[test]
fn a_preview_counts_as_the_list_does_and_says_of_whom_nothing_is_known() {
    let (bench, room) = followed(&[BOB, "mary@people.example"], "deed=mute 10m quorum=2");
    let other = Node::of("other.example".parse().unwrap(), "bans");
    bench.node(&other, items(&[BOB, "carl@people.example"]));
    bench.direct("olga@people.example", "blocklist add second other.example/bans observe weight=50");
    room.join("bob", Affiliation::None);
    room.join("mary", Affiliation::Member);
    drop(room.try_join("carl", "carl@people.example"));
    drop(bench.answers());
    let preview = |name: &str| {
        bench.direct("olga@people.example", &format!("blocklist preview {name}"));
        bench.answers().pop().unwrap()
    };
    let told = preview("spam");
    assert!(told.contains("It would hit 1 who is here now") && told.contains(": muted for 10 minutes"), "{told}");
    let told = preview("second");
    assert!(told.contains("It would hit 2 who are here now"), "{told}");
    assert!(told.contains("carl (carl@people.example) in garden@chat.example: only watched (50 points)"), "{told}");
    bench.push(&other, News::Purged);
    let told = preview("spam");
    assert!(told.contains("It would hit 0 who are here now"), "{told}");
}

#[test]
fn what_stood_on_our_list_before_is_published_too_and_what_failed_is_told_later() {
    let (bench, _room) = garden();
    let own = Node::own("muc_bans_sha256");
    bench.give_level("olga@people.example", Level::BOT_OWNER);
    bench.direct("olga@people.example", "blocklist block bob@people.example adverts");
    assert!(bench.items_of(&own).is_empty());
    bench.direct("olga@people.example", "blocklist publish muc_bans_sha256");
    assert_eq!(bench.items_of(&own).iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), [BOB]);

    bench.node_is_lost(&own);
    drop(bench.answers());
    bench.direct("olga@people.example", "blocklist unblock bob@people.example");
    let told = bench.answers().pop().unwrap();
    assert!(told.contains("is not on our own list. It holds here.") && told.contains("no answer"), "{told}");
    bench.node(&own, items(&[BOB]));
    let again = bench.restarted(domovoi_guard::plugin());
    again.node(&own, items(&[BOB]));
    for bench in [&bench, &again] {
        bench.advance("6m");
        assert!(bench.items_of(&own).is_empty());
    }
}

/// The own list, published, with so many people on it whose items were refused.
fn refused(n_people: usize, beginnings: &[&str]) -> Bench {
    let (bench, _room) = garden();
    bench.give_level("olga@people.example", Level::BOT_OWNER);
    bench.direct("olga@people.example", "blocklist publish muc_bans_sha256");
    bench.refuse_items(beginnings);
    for n in 0..n_people {
        bench.direct("olga@people.example", &format!("blocklist block p{n}@people.example"));
    }
    bench
}

fn published(bench: &Bench) -> Vec<String> {
    let mut ids: Vec<_> = bench.items_of(&Node::own("muc_bans_sha256")).into_iter().map(|it| it.id).collect();
    ids.sort();
    ids
}

#[test]
fn what_is_refused_for_good_holds_up_nothing() {
    let all = published(&refused(12, &[]));
    // More in a row than are tried at a time, and first of all.
    let (bad, good) = all.split_at(7);
    let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
    let bench = refused(12, &bad);
    let told = bench.answers().join("\n");
    assert_eq!(told.matches("not-acceptable").count(), 7, "each is told of their own: {told}");
    assert_eq!(published(&bench), good);
    // What waits is told once it is taken, and what did not fail is not told again.
    let bench = refused(12, &[""]);
    assert_eq!(published(&bench), [""; 0]);
    bench.refuse_items(&bad);
    for _ in 0..5 {
        bench.advance("6m");
    }
    assert_eq!(published(&bench), good);
    bench.refuse_items(&[]);
    for _ in 0..5 {
        bench.advance("6m");
    }
    assert_eq!(published(&bench), all);
}

#[test]
fn more_than_is_kept_waiting_is_told_all_the_same_after_a_restart() {
    let bench = refused(600, &[""]);
    let again = bench.restarted(domovoi_guard::plugin());
    again.refuse_items(&[]);
    for _ in 0..3 {
        again.advance("6m");
    }
    assert_eq!(published(&again).len(), 600);
}

#[test]
fn an_exception_too_many_is_refused_and_not_promised() {
    let (bench, _room) = garden();
    bench.give_level("olga@people.example", Level::BOT_OWNER);
    for n in 0..500 {
        bench.direct("olga@people.example", &format!("blocklist except p{n}@people.example"));
    }
    drop(bench.answers());
    bench.direct("olga@people.example", "blocklist except one.more@people.example");
    let told = bench.answers().pop().unwrap();
    assert!(told.contains("at most 500 exceptions"), "{told}");
}
