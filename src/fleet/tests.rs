//! Placing rooms on accounts: limits, names, standby, restart.

use super::*;
use crate::config;

const T0: Timestamp = Timestamp::from_millis(1_000_000_000);

fn at(seconds: u64) -> Timestamp {
    T0 + Duration::from_secs(seconds)
}

/// A configuration with these accounts (name, `max_rooms`, standby) and rooms (name, account).
fn config(accounts: &[(&str, u32, bool)], rooms: &[(&str, Option<&str>)]) -> Config {
    let mut text = String::from("[bot]\nowners = [\"o@x.example\"]\n");
    for (name, max, standby) in accounts {
        text += &format!(
            "[accounts.{name}]\njid = \"{name}@x.example\"\npassword = \"p\"\nmax_rooms = {max}\nstandby = {standby}\n"
        );
    }
    for (name, account) in rooms {
        text += &format!("[rooms.\"{name}@c.example\"]\n");
        text += &account.map_or_else(String::new, |it| format!("account = \"{it}\"\n"));
    }
    let surroundings = config::Surroundings { env: &|_| None, catalogue: &|_| Box::new(()) };
    config::load_text(std::path::Path::new("t.toml"), &text, surroundings, &[]).unwrap().config
}

fn room(name: &str) -> RoomJid {
    format!("{name}@c.example").parse().unwrap()
}

fn id(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn fleet(config: &Config) -> Fleet {
    let mut fleet = Fleet::default();
    fleet.configure(config, &BTreeMap::new(), T0);
    fleet
}

fn served(fleet: &Fleet, name: &str) -> Option<String> {
    fleet.serving(&room(name)).map(ToString::to_string)
}

#[test]
fn rooms_go_where_fewest_are_and_never_over_the_limit() {
    let config = config(&[("a", 2, false), ("b", 1, false)], &[("r1", None), ("r2", None), ("r3", None), ("r4", None)]);
    let mut fleet = fleet(&config);
    let moves = fleet.plan(T0);
    assert_eq!(moves.len(), 3, "{moves:?}");
    assert_eq!((fleet.load(&id("a")).0, fleet.load(&id("b")).0), (2, 1));
    assert_eq!(served(&fleet, "r4"), None);
}

#[test]
fn a_named_account_serves_its_room_whatever_the_load() {
    let config = config(&[("a", 10, false), ("b", 10, false)], &[("r1", Some("b")), ("r2", Some("b")), ("r3", None)]);
    let mut fleet = fleet(&config);
    fleet.plan(T0);
    assert_eq!(served(&fleet, "r1").as_deref(), Some("b"));
    assert_eq!(served(&fleet, "r2").as_deref(), Some("b"));
    assert_eq!(served(&fleet, "r3").as_deref(), Some("a"));
}

#[test]
fn standby_takes_over_after_30_s_and_gives_back() {
    let config = config(&[("a", 10, false), ("s", 10, true)], &[("r1", None), ("r2", None)]);
    let mut fleet = fleet(&config);
    fleet.online(&id("a"), T0);
    fleet.online(&id("s"), T0);
    assert_eq!(fleet.plan(T0).len(), 2);
    fleet.offline(&id("a"), at(10));
    assert_eq!(fleet.plan(at(39)), []);
    let moves = fleet.plan(at(40));
    assert_eq!(moves.len(), 2);
    assert_eq!(moves[0], Move { room: room("r1"), from: Some(id("a")), to: Some(id("s")), number: 2 });
    fleet.online(&id("a"), at(100));
    assert_eq!(fleet.plan(at(119)), []);
    let moves = fleet.plan(at(120));
    assert_eq!(moves[0], Move { room: room("r1"), from: Some(id("s")), to: Some(id("a")), number: 3 });
}

#[test]
fn without_a_standby_rooms_stay_with_their_account() {
    let config = config(&[("a", 10, false), ("b", 10, false)], &[("r1", Some("a"))]);
    let mut fleet = fleet(&config);
    fleet.online(&id("a"), T0);
    fleet.plan(T0);
    fleet.offline(&id("a"), at(1));
    assert_eq!(fleet.plan(at(1000)), []);
}

#[test]
fn rooms_of_a_final_account_go_elsewhere_unless_it_was_named() {
    let config = config(&[("a", 10, false), ("b", 10, false)], &[("r1", None), ("r2", Some("a"))]);
    let mut fleet = fleet(&config);
    fleet.plan(T0);
    let home = served(&fleet, "r1").unwrap();
    fleet.is_final(&id(&home));
    fleet.plan(at(1));
    assert_ne!(served(&fleet, "r1").unwrap(), home);
    assert_eq!(served(&fleet, "r2").as_deref(), Some("a"));
}

#[test]
fn a_refused_account_is_replaced_by_another() {
    let config = config(&[("a", 10, false), ("b", 10, false)], &[("r1", None)]);
    let mut fleet = fleet(&config);
    fleet.plan(T0);
    fleet.refused(&room("r1"), &id("a"), at(1));
    let moves = fleet.plan(at(1));
    assert_eq!(moves, [Move { room: room("r1"), from: Some(id("a")), to: Some(id("b")), number: 2 }]);
}

#[test]
fn homes_survive_a_restart_and_rooms_taken_out_are_left() {
    let before = config(&[("a", 10, false), ("b", 10, false)], &[("r1", None), ("r2", None)]);
    let mut fleet = fleet(&before);
    fleet.plan(T0);
    let kept: BTreeMap<RoomJid, AccountId> = fleet.homes().map(|(room, id)| (room.clone(), id.clone())).collect();
    let mut again = Fleet::default();
    again.configure(&before, &kept, at(10));
    again.plan(at(10));
    assert_eq!(served(&again, "r2"), served(&fleet, "r2"));
    let after = config(&[("a", 10, false), ("b", 10, false)], &[("r2", None)]);
    again.configure(&after, &kept, at(20));
    let moves = again.plan(at(20));
    assert_eq!(moves.len(), 1);
    assert_eq!((moves[0].room.clone(), moves[0].to.clone()), (room("r1"), None));
}

#[test]
fn a_new_session_gets_its_rooms_again_and_is_tried_though_it_was_given_up() {
    let config = config(&[("a", 10, false)], &[("r1", None)]);
    let mut fleet = fleet(&config);
    fleet.plan(T0);
    fleet.is_final(&id("a"));
    assert_eq!(fleet.plan(at(1)).len(), 1);
    assert_eq!(served(&fleet, "r1"), None);
    fleet.begins_anew(&id("a"), at(2));
    let again = Move { room: room("r1"), from: None, to: Some(id("a")), number: 3 };
    assert_eq!(fleet.plan(at(2)), [again]);
    fleet.online(&id("a"), at(3));
    fleet.begins_anew(&id("a"), at(4));
    let again = Move { room: room("r1"), from: None, to: Some(id("a")), number: 4 };
    assert_eq!(fleet.plan(at(4)), [again]);
}

#[test]
fn a_room_is_entered_again_by_whoever_serves_it() {
    let config = config(&[("a", 1, false)], &[("r1", None), ("r2", None)]);
    let mut fleet = fleet(&config);
    fleet.plan(T0);
    let again = Move { room: room("r1"), from: Some(id("a")), to: Some(id("a")), number: 2 };
    assert_eq!(fleet.again(&room("r1")), Some(again));
    assert_eq!(fleet.again(&room("r2")), None, "nobody serves it");
    assert_eq!(fleet.plan(at(1)), []);
}
