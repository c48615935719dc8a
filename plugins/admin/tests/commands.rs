//! Each command as a conversation on the bench: what people say, what the bot does and answers.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

mod scene;

use domovoi_admin::Admin;
use domovoi_plugin::{Affiliation, testing::Bench};

use scene::{check, garden};

#[test]
fn kick() {
    check(
        "
        mike: !kick bob \u{202e}please\u{2066} calm down
        bot kicks bob: please calm down (by mike)
        bot: mike: kicked: bob
        mike: !kick bob
        bot: mike: bob is not here. To keep them out: ban bob
        mike: domovoi: kick Big Bad Wolf
        bot kicks Big Bad Wolf: by mike
        bot: mike: kicked: Big Bad Wolf
        mike: !kick mary@people.example
        bot kicks mary: by mike
        bot: mike: kicked: mary@people.example
        mike: !kick stranger@people.example
        bot: mike: stranger@people.example is not here. To keep them out: ban stranger@people.example
        ",
    );
}

#[test]
fn several_people_have_each_their_own_result() {
    check(
        "
        mike: !kick bob, Big Bad Wolf olga mary: all of you
        bot kicks bob: all of you (by mike)
        bot kicks Big Bad Wolf: all of you (by mike)
        bot kicks mary: all of you (by mike)
        bot: mike: kicked: bob, Big Bad Wolf, mary | olga is room owner and out of reach.
        ",
    );
}

#[test]
fn ban_and_unban() {
    check(
        "
        anna: !ban bob spam
        bot bans bob@people.example: spam (by anna)
        bot: anna: banned: bob
        anna: !ban bob
        bot: anna: it was so already: bob
        Big Bad Wolf leaves
        anna: !ban Big Bad Wolf
        bot bans big-20bad-20wolf@people.example: by anna
        bot: anna: banned: Big Bad Wolf
        anna: !ban eve@elsewhere.example
        bot bans eve@elsewhere.example: by anna
        bot: anna: banned: eve@elsewhere.example
        anna: !banlist
        bot to anna: 3 are banned: | big-20bad-20wolf@people.example — by anna | bob@people.example — spam (by anna) | eve@elsewhere.example — by anna
        bot: anna: I have sent it to you in private.
        anna whispers: banlist SPAM
        bot to anna: One is banned: | bob@people.example — spam (by anna)
        anna: !unban bob@people.example
        bot makes bob@people.example none: by anna
        bot: anna: not banned any more: bob@people.example
        anna: !unban bob@people.example mary
        bot: anna: bob@people.example is not banned. | mary@people.example is not banned.
        anna: !banlist nobody
        bot: anna: Nobody is banned.
        ",
    );
}

#[test]
fn a_ban_needs_a_jid_and_says_what_would_help() {
    let bench = Bench::new(Box::new(Admin));
    let room = bench.room("garden@chat.example", Affiliation::None);
    room.join("bob", Affiliation::None);
    room.join("anna", Affiliation::Admin);
    bench.play(
        &room,
        "
        anna: !ban bob
        bot: anna: I do not know the JID of bob: I would have to be moderator or admin here to see it. Make me admin, or name them by JID.
        anna: !kick bob
        bot: anna: bob: I would have to be moderator in this room for that.
        anna: !ban bob@people.example
        bot: anna: bob@people.example: I would have to be admin in this room for that.
        anna: !banlist
        bot: anna: I would have to be admin in this room for that.
        ",
    );
}

#[test]
fn tempban_ends_by_itself() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        anna: !tempban bob 2h spam
        bot bans bob@people.example for 2h: spam (by anna)
        bot: anna: banned for 2 hours: bob
        anna: !tempban Big Bad Wolf
        bot bans big-20bad-20wolf@people.example for 1d: by anna
        bot: anna: banned for 1 day: Big Bad Wolf
        anna: !tempban mary 0s
        bot: anna: A span has to be longer than nothing.
        clock +2h
        ",
    );
    assert!(room.try_join("bob", "bob@people.example").is_some());
    assert!(room.try_join("wolf", "big-20bad-20wolf@people.example").is_none());
}

#[test]
fn mute_and_unmute() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        mike: !mute 10m bob flood
        bot mutes bob for 10m: flood (by mike)
        bot: mike: muted for 10 minutes: bob
        mike: !mute mary
        bot mutes mary for 1h: by mike
        bot: mike: muted for 1 hour: mary
        bob leaves
        mike: !unmute bob
        bot unmutes bob: by mike
        bot: mike: may speak again: bob
        bob joins
        mike: !unmute bob mary
        bot unmutes mary: by mike
        bot: mike: may speak again: mary | it was so already: bob
        bob leaves
        mike: !mute 10m bob
        bot: mike: not here; it will be done when they return: bob
        bob joins
        mike: !mute bob 10
        bot to mike: “10” is no span of time: write 30s, 10m, 2h, 7d or 1h30m. | Usage: mute <nick or JID…> [span] [reason] — for example: mute bob 10m flood
        ",
    );
}

#[test]
fn the_usual_spans_can_be_set() {
    let (bench, room) = garden();
    bench.set("mute_span", "5m");
    bench.set("ban_span", "7d");
    bench.play(
        &room,
        "
        anna: !mute bob
        bot mutes bob for 5m: by anna
        bot: anna: muted for 5 minutes: bob
        anna: !tempban bob
        bot bans bob@people.example for 7d: by anna
        bot: anna: banned for 7 days: bob
        ",
    );
}

#[test]
fn voice_is_given_and_taken_and_never_taken_by_giving() {
    check(
        "
        mike: !devoice bob
        bot makes bob visitor: by mike
        bot: mike: has no voice now: bob
        mike: !devoice bob
        bot: mike: it was so already: bob
        mike: !voice bob mike
        bot unmutes bob: by mike
        bot: mike: has voice now: bob | it was so already: mike
        anna: !moderator bob
        bot makes bob moderator: by anna
        bot: anna: moderator for this stay: bob
        mike: !devoice bob
        bot: mike: bob is moderator and out of reach.
        anna: !devoice bob
        bot makes bob visitor: by anna
        bot: anna: has no voice now: bob
        ",
    );
}

#[test]
fn affiliations() {
    check(
        "
        anna: !member bob
        bot makes bob@people.example member: by anna
        bot: anna: member now: bob
        anna: !none bob mary@people.example
        bot makes bob@people.example none: by anna
        bot makes mary@people.example none: by anna
        bot: anna: without affiliation now: bob, mary@people.example
        anna: !admin bob
        bot: anna: That takes at least the level 30 (room owner).
        olga: !admin bob
        bot makes bob@people.example admin: by olga
        bot: olga: admin now: bob
        olga: !owner friend@elsewhere.example well deserved
        bot makes friend@elsewhere.example owner: well deserved (by olga)
        bot: olga: owner now: friend@elsewhere.example
        olga: !none friend@elsewhere.example
        bot: olga: friend@elsewhere.example is room owner and out of reach.
        ",
    );
}

#[test]
fn subject_and_say() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        anna: !subject
        bot: anna: There is no subject.
        anna: !subject Weeds «and» roses
        bot sets the subject: Weeds «and» roses
        anna: !subject
        bot: anna: The subject is: Weeds «and» roses
        anna: !subject \"\"
        bot sets the subject:
        anna whispers: say Tea is ready.
        bot says: Tea is ready.
        bot to anna: Said.
        anna whispers: subject Tea
        bot sets the subject: Tea
        bot to anna: That is the subject now.
        mike: !say I am mike
        bot: mike: That takes at least the level 20 (admin).
        ",
    );
    bench.direct("olga@people.example", "garden@chat.example say Good night.");
    assert_eq!(bench.answers(), ["bot says: Good night.", "bot to olga@people.example: Said."]);
}

#[test]
fn who_is_here_and_who_left() {
    let (bench, room) = garden();
    bench.play(
        &room,
        "
        mike: !recent
        bot: mike: Nobody left lately.
        bob: So long, and thanks for all the fish.
        bob leaves
        clock +5m
        mary leaves
        mike: !recent
        bot: mike: mary, 0 seconds ago, without a word | bob, 5 minutes ago: “So long, and thanks for all the fish.”
        mike: !recent 1
        bot: mike: mary, 0 seconds ago, without a word
        mike: !who
        bot to mike: 4 are here besides me: | olga — room owner, olga@people.example | anna — admin, anna@people.example | mike — moderator, mike@people.example | Big Bad Wolf — participant, big-20bad-20wolf@people.example
        bot: mike: I have sent it to you in private.
        mike whispers: who anna
        bot to mike: anna — admin, anna@people.example | Here for 5 minutes.
        mike: !who carol
        bot to mike: Nobody here, and nobody who left lately, is called “carol”. A JID works too. | Usage: who [nick] — for example: who
        mike: !recent 0
        bot to mike: “0” is no whole number from 1 to 50. | Usage: recent [number] — for example: recent 5
        ",
    );
    for name in ["a", "b", "c", "d"] {
        room.join(name, Affiliation::None).leaves();
    }
    room.person("mike").says("!recent");
    assert_eq!(bench.answers().last().unwrap(), "bot: mike: I have sent it to you in private.");
}
