//! Moderation by command: by nick, by JID, for those who left; what is refused; what lasts and how it ends.

use std::time::Duration;

use anyhow::{Result, bail};
use domovoi_stage::{
    person::Person,
    proxy::{Mode, Proxy},
    server::{Kind, Options},
    xml::Element,
};

use super::{has_role, is_away, is_here, on_both, with_log};
use crate::house::House;

on_both!(people_are_kicked_and_banned_by_nick_by_jid_and_after_they_left);
on_both!(nobody_acts_through_the_bot_beyond_their_own_rights);
on_both!(a_mute_holds_until_its_time_is_over);
on_both!(a_mute_survives_the_death_of_the_bot);
on_both!(what_a_person_changes_by_hand_sticks);
on_both!(what_a_person_changed_while_the_bot_was_away_sticks);
on_both!(a_temporary_ban_ends_by_itself);
on_both!(a_temporary_ban_ends_though_the_bot_died_before_the_answer);

/// A house in which `anna` is an admin of the room, and the bot is awake.
async fn awake(kind: Kind) -> Result<(House, Person)> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.owner.set_affiliation(&house.room, "anna@localhost", "admin").await?;
    house.wake().await?;
    let anna = house.person("anna").await?;
    Ok((house, anna))
}

/// Who has this affiliation, as the room's own list says.
async fn listed(house: &House, affiliation: &str) -> Result<Vec<String>> {
    let query =
        format!("<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='{affiliation}'/></query>");
    let answer = house.owner.iq_ok("get", &house.room, &query).await?;
    Ok(answer.find_all("item").iter().filter_map(|it| it.attr("jid")).map(str::to_owned).collect())
}

/// Waits until so many are banned, and tells who. Nobody is told of the end of a ban, so the list is asked for.
async fn until_banned_are(house: &House, n: usize) -> Result<Vec<String>> {
    for _ in 0..300 {
        let banned = listed(house, "outcast").await?;
        if banned.len() == n {
            return Ok(banned);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("not {n} are banned, but {:?}; the bot's log:\n{}", listed(house, "outcast").await?, house.bot.log_tail())
}

fn reason_of(presence: &Element) -> String {
    presence.find("reason").map(|it| it.text.clone()).unwrap_or_default()
}

async fn people_are_kicked_and_banned_by_nick_by_jid_and_after_they_left(kind: Kind) -> Result<()> {
    let (house, anna) = awake(kind).await?;
    let room = &house.room;
    let bob = house.person("bob").await?;
    let carl = house.person("carl").await?;
    let dora = house.person("dora").await?;

    house.order(&anna, "!kick bob please calm down", "kicked: bob").await?;
    let gone = bob.expect("the kick", is_away(room, "bob")).await?;
    assert!(gone.has_status("307"), "{gone}");
    assert_eq!(reason_of(&gone), "please calm down (by anna)");
    house.order(&anna, "domovoi: kick carl@localhost", "kicked: carl").await?;
    assert_eq!(reason_of(&carl.expect("the kick", is_away(room, "carl")).await?), "by anna");

    carl.say_in(room, "never heard").await?;
    dora.say_heard("famous last words").await?;
    dora.leave(room).await?;
    house.order(&anna, "domovoi, recent", "dora").await?;
    anna.expect("anna's own order", |it| it.nick() == "anna").await?;
    // Two in one line are two requests; Prosody would drop the second item of one.
    house.order(&anna, "!ban dora, bob: spam", "banned: dora, bob").await?;
    let banned = listed(&house, "outcast").await?;
    assert!(["dora@localhost", "bob@localhost"].iter().all(|it| banned.iter().any(|jid| jid == it)), "{banned:?}");
    let list = house.ask(&anna, "banlist").await?;
    assert!(list.contains("dora@localhost") && list.contains("bob@localhost"), "{list}");
    let refused = dora.try_join(room, "dora", "").await?;
    assert!(refused.find("forbidden").is_some(), "{refused}");

    house.order(&anna, "!unban dora@localhost", "not banned any more: dora@localhost").await?;
    dora.join(room, "dora").await?;
    house.order(&anna, "!unban carl@localhost", "carl@localhost is not banned").await?;
    house.order(&anna, "!member dora", "member now: dora").await?;
    assert_eq!(listed(&house, "member").await?, ["dora@localhost"]);
    house.order(&anna, "!none dora", "without affiliation now: dora").await?;
    assert!(listed(&house, "member").await?.is_empty());
    Ok(())
}

async fn nobody_acts_through_the_bot_beyond_their_own_rights(kind: Kind) -> Result<()> {
    let (house, anna) = awake(kind).await?;
    let room = &house.room;
    house.owner.set_affiliation(room, "adam@localhost", "admin").await?;
    let adam = house.person("adam").await?;
    let bob = house.person("bob").await?;
    house.order(&anna, "!kick olga", "olga").await?;
    house.order(&anna, "!kick adam", "adam").await?;
    house.order(&anna, "!ban olga@localhost", "olga").await?;
    house.order(&anna, "!kick domovoi", "domovoi").await?;
    house.order(&bob, "!kick anna", "moderator").await?;
    house.order(&anna, "!admin bob", "owner").await?;
    for nick in ["olga", "adam", "anna", "domovoi"] {
        adam.nothing_like("loss", is_away(room, nick))?;
    }
    assert!(!listed(&house, "admin").await?.iter().any(|it| it == "bob@localhost"));

    // Without its rights the bot says what it lacks.
    house.owner.set_affiliation(room, "keeper@localhost", "none").await?;
    let demoted = |it: &Element| {
        is_here(room, "domovoi")(it) && it.find("item").is_some_and(|it| it.attr("affiliation") == Some("none"))
    };
    anna.expect("the bot to lose its rights", demoted).await?;
    anna.say("!kick bob").await?;
    // On ejabberd it has lost its voice too, and whispers.
    let lacks = |it: &Element| it.body().is_some_and(|it| it.contains("I would have to be moderator"));
    anna.expect("what the bot lacks", lacks).await?;

    // A visitor may not speak; it whispers.
    house.owner.configure(room, &[("muc#roomconfig_moderatedroom", "1")]).await?;
    house.owner.set_role(room, "domovoi", "visitor").await?;
    anna.forget();
    anna.say("!subject").await?;
    let told = house.told(&anna, "domovoi").await?;
    assert_eq!(told, "There is no subject.");
    Ok(())
}

async fn a_mute_holds_until_its_time_is_over(kind: Kind) -> Result<()> {
    let (house, anna) = awake(kind).await?;
    let room = &house.room;
    let alice = house.person("alice").await?;
    house.order(&anna, "!mute alice 10m flood", "muted for 10").await?;
    let muted = anna.expect("the mute", has_role(room, "alice", "visitor")).await?;
    assert_eq!(reason_of(&muted), "flood (by anna)");

    // Prosody forgets the role of someone who leaves.
    alice.leave(room).await?;
    anna.forget();
    alice.join(room, "alice").await?;
    with_log(&house, anna.expect("the mute again", has_role(room, "alice", "visitor")).await)?;

    // Someone who is away can be freed: they come back with a voice.
    alice.leave(room).await?;
    house.order(&anna, "!unmute alice", "may speak again: alice").await?;
    anna.forget();
    alice.join(room, "alice").await?;
    // ejabberd remembers the role, so that she has to be given her voice.
    with_log(&house, anna.expect("alice with a voice", has_role(room, "alice", "participant")).await)?;
    house.order(&anna, "!mute alice 2s", "muted for 2").await?;
    anna.expect("the mute", has_role(room, "alice", "visitor")).await?;
    with_log(&house, anna.expect("the end of the mute", has_role(room, "alice", "participant")).await)?;
    Ok(())
}

async fn a_mute_survives_the_death_of_the_bot(kind: Kind) -> Result<()> {
    let (mut house, anna) = awake(kind).await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    let bob = house.person("bob").await?;
    house.order(&anna, "!mute alice 10m", "muted for 10").await?;
    house.order(&anna, "!mute bob 3s", "muted for 3").await?;
    house.bot.kill().await?;
    // The server keeps the dead bot's place for a while; it is the same account that comes again.
    house.owner.forget();
    anna.forget();
    house.wake().await?;
    // Three seconds are over by now or soon.
    with_log(&house, anna.expect("the end of bob's mute", has_role(&room, "bob", "participant")).await)?;
    alice.leave(&room).await?;
    anna.forget();
    alice.join(&room, "alice").await?;
    with_log(&house, anna.expect("alice's mute again", has_role(&room, "alice", "visitor")).await)?;
    drop(bob);
    Ok(())
}

async fn what_a_person_changes_by_hand_sticks(kind: Kind) -> Result<()> {
    let (house, anna) = awake(kind).await?;
    let room = &house.room;
    let alice = house.person("alice").await?;
    let bob = house.person("bob").await?;
    house.order(&anna, "!mute alice 10m", "muted for 10").await?;
    house.owner.set_role(room, "alice", "participant").await?;
    alice.expect("voice by olga's hand", has_role(room, "alice", "participant")).await?;
    alice.leave(room).await?;
    alice.forget();
    alice.join(room, "alice").await?;

    // Lifted and put again by hand: this ban is olga's, and has no end.
    house.order(&anna, "!tempban bob 1s", "banned for 1").await?;
    house.owner.set_affiliation(room, "bob@localhost", "none").await?;
    house.owner.set_affiliation(room, "bob@localhost", "outcast").await?;
    // Lifted by hand: nobody is banned again by the bot, here or at the door.
    let dora = house.person("dora").await?;
    house.order(&anna, "!tempban dora 10m", "banned for 10").await?;
    dora.expect("the ban", is_away(room, "dora")).await?;
    house.owner.set_affiliation(room, "dora@localhost", "none").await?;
    dora.join(room, "dora").await?;
    let carl = house.person("carl").await?;
    house.order(&anna, "!tempban carl 2s", "banned for 2").await?;
    drop((bob, carl));
    // When carl's ban ends, whatever the bot would do to the others has been done.
    assert_eq!(until_banned_are(&house, 1).await?, ["bob@localhost"]);
    alice.nothing_like("mute", has_role(room, "alice", "visitor"))?;
    dora.settle(room).await?;
    dora.nothing_like("second ban", is_away(room, "dora"))?;
    Ok(())
}

async fn what_a_person_changed_while_the_bot_was_away_sticks(kind: Kind) -> Result<()> {
    let (mut house, anna) = awake(kind).await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    let bob = house.person("bob").await?;
    house.order(&anna, "!mute alice 10m", "muted for 10").await?;
    alice.expect("the mute", has_role(&room, "alice", "visitor")).await?;
    house.order(&anna, "!tempban bob 10m", "banned for 10").await?;
    bob.expect("the ban", is_away(&room, "bob")).await?;
    house.bot.stop(Duration::from_secs(10)).await?;
    house.owner.set_role(&room, "alice", "participant").await?;
    house.owner.set_affiliation(&room, "bob@localhost", "none").await?;
    alice.expect("voice by olga's hand", has_role(&room, "alice", "participant")).await?;
    house.owner.forget();
    house.wake().await?;
    bob.join(&room, "bob").await?;
    // Whatever the bot would do to them at its return, or at his, it has done before this is over.
    house.order(&anna, "!tempban carl@localhost 1s", "banned for 1").await?;
    assert!(until_banned_are(&house, 0).await?.is_empty());
    alice.settle(&room).await?;
    alice.nothing_like("mute", has_role(&room, "alice", "visitor"))?;
    bob.nothing_like("second ban", is_away(&room, "bob"))?;
    Ok(())
}

async fn a_temporary_ban_ends_by_itself(kind: Kind) -> Result<()> {
    let (house, anna) = awake(kind).await?;
    let room = &house.room;
    let bob = house.person("bob").await?;
    let carl = house.person("carl").await?;
    house.order(&anna, "!tempban bob, carl 2s spam", "banned for 2").await?;
    bob.expect("the ban", is_away(room, "bob")).await?;
    // Someone makes carl a member meanwhile; the bot lets it be.
    house.owner.set_affiliation(room, "carl@localhost", "member").await?;
    until_banned_are(&house, 0).await?;
    bob.join(room, "bob").await?;
    house.order(&anna, "!subject", "There is no subject").await?;
    assert_eq!(listed(&house, "member").await?, ["carl@localhost"]);
    drop(carl);
    Ok(())
}

async fn a_temporary_ban_ends_though_the_bot_died_before_the_answer(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "").await?;
    house.owner.set_affiliation(&house.room, "anna@localhost", "admin").await?;
    let proxy = Proxy::start(house.server.address()).await?;
    let config = crate::house::config(&house.server, &house.room, "");
    house.bot.write_config(&config.replace(&house.server.address().to_string(), &proxy.address().to_string()))?;
    house.wake().await?;
    let room = house.room.clone();
    let anna = house.person("anna").await?;
    let bob = house.person("bob").await?;
    house.order(&anna, "!subject", "There is no subject").await?;
    // The answer is still on its way when everybody else sees the ban.
    proxy.set(Mode::Delay(Duration::from_secs(1))).await?;
    anna.say("!tempban bob 3s").await?;
    with_log(&house, bob.expect("the ban", is_away(&room, "bob")).await)?;
    house.bot.kill().await?;
    proxy.set(Mode::Clear).await?;
    assert_eq!(listed(&house, "outcast").await?, ["bob@localhost"]);
    house.owner.forget();
    house.wake().await?;
    until_banned_are(&house, 0).await?;
    bob.join(&room, "bob").await?;
    Ok(())
}
