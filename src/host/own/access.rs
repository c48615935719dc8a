//! `access show|set|unset`, `ignore`, `unignore`: levels that are given to people, whatever the room says they are.
//!
//! Nobody gives more than they have, nor changes anything about someone who has as much as they. What holds everywhere
//! is for owners of the bot; what is given in a room ends at a room owner's level. Who is away has what the lists of the
//! room say, so that an admin is nobody's to silence while they sleep.

use domovoi_plugin::{
    Affiliation, ArgKind, ArgSpec, CommandSpec, Fault, Identity, Level, Place, Role, RoomJid, Text, Who,
    grammar::{level_text, shown, who_is},
};

use super::{
    asked::{Answer, Answered, Asked},
    not_stored,
};
use crate::host::access::Given;

const EVERYWHERE: &[&str] = &["here", "everywhere"];

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "доступ показать"), ("ru", "доступ")],
        aliases: &["access"],
        args: &[ArgSpec::optional("who", ArgKind::Who)],
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("access show", "help-access-show")
    },
    CommandSpec {
        names: &[("ru", "доступ дать")],
        args: &[
            ArgSpec::needed("who", ArgKind::Who),
            ArgSpec::needed("level", ArgKind::Word),
            ArgSpec::optional("span", ArgKind::Duration),
            ArgSpec::optional("where", ArgKind::Choice(EVERYWHERE)),
        ],
        level: Level::ROOM_OWNER,
        works_without_room: true,
        example: "access set alice@alice.example moderator 7d",
        ..CommandSpec::new("access set", "help-access-set")
    },
    CommandSpec {
        names: &[("ru", "доступ снять")],
        args: &[ArgSpec::needed("who", ArgKind::Who), ArgSpec::optional("where", ArgKind::Choice(EVERYWHERE))],
        level: Level::ROOM_OWNER,
        works_without_room: true,
        example: "access unset alice@alice.example",
        ..CommandSpec::new("access unset", "help-access-unset")
    },
    CommandSpec {
        names: &[("ru", "игнор")],
        args: &[ArgSpec::needed("who", ArgKind::Who), ArgSpec::optional("span", ArgKind::Duration)],
        level: Level::MODERATOR,
        example: "ignore alice@alice.example 10m",
        ..CommandSpec::new("ignore", "help-ignore")
    },
    CommandSpec {
        names: &[("ru", "снять игнор")],
        args: &[ArgSpec::needed("who", ArgKind::Who)],
        level: Level::MODERATOR,
        example: "unignore alice@alice.example",
        ..CommandSpec::new("unignore", "help-unignore")
    },
];

/// Someone whose level is asked about or changed.
struct Person {
    name: String,
    identity: Identity,
    level: Level,
    is_here: bool,
}

/// What level someone has, or which ones were given here.
pub(super) async fn show(it: &Asked<'_>) -> Answered {
    if let Some(who) = it.call.args.who("who") {
        let person = person(it, who).await;
        return Ok(Answer::Here(is_text(it, &person)));
    }
    let own = &it.call.asker;
    let yours = Text::key("access-yours").with("level", level_text(own.level)).with("number", own.level.0);
    if own.level < Level::MODERATOR {
        return Ok(Answer::Here(yours));
    }
    let lines = it.host.access.list(it.cx.room.as_ref(), it.cx.now()).into_iter().map(|given| given_text(it, &given));
    Ok(Answer::Private(Text::Lines(std::iter::once(yours).chain(lines).collect())))
}

/// Gives a level.
pub(super) async fn set(it: &Asked<'_>) -> Answered {
    let level = level_of(it.call.args.text("level").unwrap_or_default())?;
    let who = it.call.args.who("who").ok_or_else(nobody)?;
    give(it, who, level, place(it)?).await
}

/// Takes a given level back.
pub(super) async fn unset(it: &Asked<'_>) -> Answered {
    let who = it.call.args.who("who").ok_or_else(nobody)?;
    take_back(it, who, place(it)?, |_| true).await
}

/// Has the bot not hear someone.
pub(super) async fn ignore(it: &Asked<'_>) -> Answered {
    let who = it.call.args.who("who").ok_or_else(nobody)?;
    give(it, who, Level::IGNORED, Some(it.room()?.clone())).await
}

/// Has the bot hear someone again.
pub(super) async fn unignore(it: &Asked<'_>) -> Answered {
    let who = it.call.args.who("who").ok_or_else(nobody)?;
    take_back(it, who, Some(it.room()?.clone()), |given| given.level <= Level::IGNORED).await
}

async fn give(it: &Asked<'_>, who: &Who, level: Level, room: Option<RoomJid>) -> Answered {
    let mut person = person(it, who).await;
    if !person.is_here && !it.is_bot_owner() {
        person.level = level_away(it, &person, room.as_ref()).await?;
    }
    check(it, &person, level, room.as_ref())?;
    let given = Given {
        until: it.call.args.duration("span").map(|span| it.cx.now() + span),
        room,
        identity: person.identity.clone(),
        level,
        by: it.by(),
        at: it.cx.now(),
        is_by_bot_owner: it.is_bot_owner(),
    };
    let done = it.host.access.set(&it.host.store.state, given.clone()).await;
    done.map_err(|error| not_stored(&error))?;
    Ok(Answer::Here(told_text(it, &person, &given)))
}

async fn take_back(it: &Asked<'_>, who: &Who, room: Option<RoomJid>, fits: impl Fn(&Given) -> bool) -> Answered {
    let person = person(it, who).await;
    let given = it.host.access.list(room.as_ref(), it.cx.now());
    let given = given.into_iter().find(|it| it.identity == person.identity && it.room == room && fits(it));
    let Some(given) = given else {
        return Ok(Answer::Here(Text::key("access-nothing").with("name", person.name)));
    };
    let is_above = given.is_by_bot_owner || it.call.asker.level < given.level;
    if is_above && !it.is_bot_owner() {
        // Who that is may be an address, which is nobody's business in public.
        let key = if is_public(it) { "access-given-above-open" } else { "access-given-above" };
        return Err(Fault::answer(Text::key(key).with("by", given.by)));
    }
    let done = it.host.access.unset(&it.host.store.state, room, person.identity.clone()).await;
    done.map_err(|error| not_stored(&error))?;
    Ok(Answer::Here(is_text(it, &self::person(it, who).await)))
}

/// Whether this level may be given to this person here.
fn check(it: &Asked<'_>, person: &Person, level: Level, room: Option<&RoomJid>) -> Result<(), Fault> {
    let refuse = |text: Text| Err(Fault::answer(text));
    if person.identity == it.call.asker.identity {
        return refuse(Text::key("access-yourself"));
    }
    let is_bot_owner = it.is_bot_owner();
    if !is_bot_owner && it.call.asker.level <= person.level {
        return refuse(Text::key("access-above").with("name", person.name.as_str()));
    }
    let most = if room.is_some() { it.call.asker.level.min(Level::ROOM_OWNER) } else { it.call.asker.level };
    if most < level && most < it.call.asker.level {
        let text = Text::key("access-too-high-here").with("level", level_text(most)).with("number", most.0);
        return refuse(text.with("name", person.name.as_str()).with("asked", level.0));
    }
    if most < level {
        return refuse(Text::key("access-too-high").with("level", level_text(most)).with("number", most.0));
    }
    let config = it.host.live.config();
    if person.identity.jid().is_some_and(|jid| config.bot.owners.contains(jid)) {
        return refuse(Text::key("access-in-file").with("name", person.name.as_str()));
    }
    if room.is_none() && person.identity.jid().is_none() {
        return refuse(Text::key("access-needs-jid").with("name", person.name.as_str()));
    }
    // An ignored stranger is ignored for the stay; any more would be worth nothing to whoever has it.
    if !person.identity.is_lasting() && Level::IGNORED < level {
        return refuse(Text::key("access-unknown-again").with("name", person.name.as_str()));
    }
    Ok(())
}

/// Where the level is to hold; `None` everywhere.
fn place(it: &Asked<'_>) -> Result<Option<RoomJid>, Fault> {
    let is_everywhere = it.call.args.text("where") == Some("everywhere") || it.cx.room.is_none();
    if is_everywhere {
        it.need_bot_owner()?;
        return Ok(None);
    }
    Ok(it.cx.room.clone())
}

async fn person(it: &Asked<'_>, who: &Who) -> Person {
    let room = it.cx.room.as_ref();
    let snapshot = match room {
        Some(room) => it.cx.services.rooms.snapshot(room).await.unwrap_or_default(),
        None => domovoi_plugin::Snapshot::default(),
    };
    let here = who_is(who, &snapshot);
    let identity = match who {
        Who::Here(target) | Who::Gone(target) => target.identity.clone(),
        Who::Jid(jid) => Identity::Jid(jid.clone()),
    };
    // Of several at once under one JID the highest protects them all.
    let is_here = !here.is_empty();
    let levels = here.iter().map(|occupant| it.host.access.level(&it.host, room, &identity, Some(occupant)).0);
    let level = levels.max().unwrap_or_else(|| it.host.access.level(&it.host, room, &identity, None).0);
    Person { name: who.name(), identity, level, is_here }
}

/// What someone has who is not there: what was given to them, else what the lists of the room say.
async fn level_away(it: &Asked<'_>, person: &Person, room: Option<&RoomJid>) -> Result<Level, Fault> {
    let (Some(room), Some(jid)) = (room, person.identity.jid()) else { return Ok(person.level) };
    if it.host.access.given(Some(room), &person.identity, it.cx.now()).is_some() {
        return Ok(person.level);
    }
    for affiliation in [Affiliation::Owner, Affiliation::Admin, Affiliation::Member] {
        let listed = Level::of(Role::Participant, affiliation);
        if affiliation == Affiliation::Member && listed < it.call.asker.level {
            // It may be long, and whoever is on it has less than the asker anyway.
            break;
        }
        let list = it.cx.services.rooms.list(room, affiliation).await;
        let list = list.map_err(|_| Fault::answer(Text::key("access-unsure").with("name", person.name.as_str())))?;
        if list.iter().any(|entry| entry.jid == *jid) {
            return Ok(person.level.max(listed));
        }
    }
    Ok(person.level)
}

/// A level by its number or its name, in either language.
fn level_of(given: &str) -> Result<Level, Fault> {
    let word = given.trim().to_lowercase().replace(['_', '-'], " ");
    let named = match word.as_str() {
        "ignored" | "игнор" | "игнорируемый" => Some(Level::IGNORED),
        "visitor" | "гость" => Some(Level::VISITOR),
        "participant" | "участник" => Some(Level::PARTICIPANT),
        "member" | "постоянный" | "постоянный участник" | "член" => Some(Level::MEMBER),
        "moderator" | "модератор" => Some(Level::MODERATOR),
        "admin" | "администратор" | "админ" => Some(Level::ADMIN),
        "owner" | "room owner" | "владелец" | "владелец комнаты" => Some(Level::ROOM_OWNER),
        "bot owner" | "владелец бота" => Some(Level::BOT_OWNER),
        _ => None,
    };
    let number = || given.trim().parse::<i16>().ok().filter(|it| (-100..=100).contains(it)).map(Level);
    named.or_else(number).ok_or_else(|| Fault::answer(Text::key("access-no-level").with("given", shown(given, 50))))
}

fn is_text(it: &Asked<'_>, person: &Person) -> Text {
    let here = it.host.access.list(it.cx.room.as_ref(), it.cx.now());
    let given = here.iter().rfind(|given| given.identity == person.identity);
    match given {
        Some(given) => told_text(it, person, given),
        None => Text::key("access-is")
            .with("name", person.name.as_str())
            .with("level", level_text(person.level))
            .with("number", person.level.0),
    }
}

fn is_public(it: &Asked<'_>) -> bool {
    matches!(it.cx.place, Place::Room)
}

/// What was given to someone who was named: in public by the name that was used, and no address besides.
fn told_text(it: &Asked<'_>, person: &Person, given: &Given) -> Text {
    if !is_public(it) {
        return given_text(it, given);
    }
    let key = if given.until.is_some() { "access-has-until" } else { "access-has" };
    worded(it, key, given).with("name", person.name.as_str())
}

fn given_text(it: &Asked<'_>, given: &Given) -> Text {
    let key = if given.until.is_some() { "access-given-until" } else { "access-given" };
    worded(it, key, given).with("name", given.identity.to_string()).with("by", given.by.as_str())
}

fn worded(it: &Asked<'_>, key: &'static str, given: &Given) -> Text {
    let place = Text::key(if given.room.is_some() { "access-here" } else { "access-everywhere" });
    let text = Text::key(key).with("level", level_text(given.level)).with("number", given.level.0).with("place", place);
    match given.until {
        Some(until) => {
            let left = until.since(it.cx.now()).max(std::time::Duration::from_secs(1));
            text.with("left", Text::span(left))
        }
        None => text,
    }
}

fn nobody() -> Fault {
    Fault::Broken("the grammar let a command through without whom it is for".to_owned())
}
