//! `ping`, `version`, `time`, `uptime`: questions to someone's client or to a server.

use std::time::Duration;

use domovoi_plugin::{
    Arg, ArgKind, ArgSpec, CommandSpec, Fault, Level, ServiceError, Text, Who,
    grammar::Mistake,
    jid::{BareJid, Jid},
};

use super::asked::{Answer, Answered, Asked};

/// Someone here, else a server.
const OF: &[ArgSpec] = &[ArgSpec::optional("who", ArgKind::Who), ArgSpec::optional("server", ArgKind::Jid)];

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        names: &[("ru", "пинг")],
        args: OF,
        level: Level::VISITOR,
        works_without_room: true,
        ..CommandSpec::new("ping", "help-ping")
    },
    CommandSpec {
        names: &[("ru", "версия")],
        args: OF,
        works_without_room: true,
        ..CommandSpec::new("version", "help-version")
    },
    CommandSpec {
        names: &[("ru", "время")],
        args: OF,
        works_without_room: true,
        ..CommandSpec::new("time", "help-time")
    },
    CommandSpec {
        names: &[("ru", "аптайм")],
        args: &[ArgSpec::optional("server", ArgKind::Jid)],
        works_without_room: true,
        ..CommandSpec::new("uptime", "help-uptime")
    },
];

/// Here for whoever asks; for someone or a server, the round trip.
pub(super) async fn ping(it: &Asked<'_>) -> Answered {
    let Some((jid, name)) = named(it)? else { return Ok(Answer::Here(Text::key("ping-pong"))) };
    let took = it.cx.services.entities.ping(it.cx.room.as_ref(), &jid).await;
    let took = took.map_err(|error| no_answer(&name, &error))?;
    Ok(Answer::Here(Text::key("ping-took").with("name", name).with("seconds", seconds(took))))
}

/// The software of someone's client, of a server, or of whoever asks.
pub(super) async fn version(it: &Asked<'_>) -> Answered {
    let Some((jid, name)) = named_or_asker(it)? else {
        return Ok(Answer::Here(Text::key("version-own").with("version", env!("CARGO_PKG_VERSION"))));
    };
    let version = it.cx.services.entities.version(it.cx.room.as_ref(), &jid).await;
    let version = version.map_err(|error| no_answer(&name, &error))?;
    Ok(Answer::Here(Text::key("version-of").with("name", name).with("version", plain(&version))))
}

/// The time on someone's clock, on a server's, or on that of whoever asks.
pub(super) async fn time(it: &Asked<'_>) -> Answered {
    let Some((jid, name)) = named_or_asker(it)? else {
        let config = it.host.live.config();
        let now = it.cx.now().in_zone(config.bot.timezone.as_str());
        return Ok(Answer::Here(Text::key("time-own").with("time", now).with("zone", config.bot.timezone.as_str())));
    };
    let time = it.cx.services.entities.time(it.cx.room.as_ref(), &jid).await;
    let time = time.map_err(|error| no_answer(&name, &error))?;
    Ok(Answer::Here(Text::key("time-of").with("name", name).with("time", plain(&time))))
}

/// How long a server has been up, or the bot.
pub(super) async fn uptime(it: &Asked<'_>) -> Answered {
    let Some(jid) = it.call.args.jid("server") else {
        let up = it.cx.now().since(it.host.started);
        return Ok(Answer::Here(Text::key("uptime-own").with("span", Text::span(up))));
    };
    let jid = server(it, jid)?;
    let name = jid.to_string();
    let up = it.cx.services.entities.last(it.cx.room.as_ref(), &jid).await;
    let up = up.map_err(|error| no_answer(&name, &error))?;
    Ok(Answer::Here(Text::key("uptime-of").with("name", name).with("span", Text::span(up))))
}

/// Whom the command names, and how to call them.
fn named(it: &Asked<'_>) -> Result<Option<(Jid, String)>, Fault> {
    match it.call.args.0.get("who") {
        None if it.call.args.jid("server").is_some_and(is_me) => Ok(asker(it)),
        Some(Arg::Who(who @ Who::Here(target))) => {
            let jid = it.room()?.occupant(&target.nick).to_full();
            Ok(jid.map(|jid| (jid.into(), who.name())))
        }
        Some(Arg::Who(who @ Who::Gone(_))) => {
            Err(Fault::answer(Text::key("mistake-not-here").with("given", who.name())))
        }
        Some(Arg::Who(Who::Jid(jid))) => Ok(Some((server(it, &jid.clone().into())?, jid.to_string()))),
        _ => match it.call.args.jid("server") {
            // A word without a dot was meant as a nick, and nobody has it.
            Some(jid) if !jid.domain().contains('.') && !is_ours(it, jid) => {
                Err(Fault::answer(Mistake::Nobody { given: jid.to_string(), near: None }.text()))
            }
            Some(jid) => Ok(Some((server(it, jid)?, jid.to_string()))),
            None => Ok(None),
        },
    }
}

/// `ping me`, where nobody is called that.
fn is_me(jid: &Jid) -> bool {
    jid.node().is_none() && ["me", "я", "меня", "мне"].contains(&jid.domain().as_str())
}

/// Whoever asks, if in a room.
fn asker(it: &Asked<'_>) -> Option<(Jid, String)> {
    let (room, occupant) = (it.cx.room.as_ref()?, it.call.asker.occupant.as_ref()?);
    Some((room.occupant(&occupant.nick).to_full()?.into(), occupant.nick.to_string()))
}

/// Whether it is the server of an account of ours, or has one of our rooms.
fn is_ours(it: &Asked<'_>, jid: &Jid) -> bool {
    let config = it.host.live.config();
    let hosts = |room: &domovoi_plugin::RoomJid| room.as_bare().domain() == jid.domain();
    config.accounts.values().any(|it| it.jid.domain() == jid.domain()) || config.rooms.keys().any(hosts)
}

/// The same, else whoever asks, if in a room.
fn named_or_asker(it: &Asked<'_>) -> Result<Option<(Jid, String)>, Fault> {
    Ok(named(it)?.or_else(|| asker(it)))
}

/// Servers may be asked for anybody. People by their JID are asked for an owner of the bot only: whoever wants to know
/// something of a stranger shall not have us ask.
fn server(it: &Asked<'_>, jid: &Jid) -> Result<Jid, Fault> {
    if jid.node().is_none() || it.is_bot_owner() {
        return Ok(jid.clone());
    }
    let domain = BareJid::from_parts(None, jid.domain());
    Err(Fault::answer(Text::key("entity-only-servers").with("server", domain.to_string())))
}

fn no_answer(name: &str, error: &ServiceError) -> Fault {
    Fault::answer(match error {
        ServiceError::NoAnswer(_) => Text::key("entity-no-answer").with("name", name),
        ServiceError::Refused(why) | ServiceError::Store(why) | ServiceError::Unreadable(why) => {
            // `remote-server-not-found: what the server says of it`
            let condition = why.split(':').next().unwrap_or_default();
            Text::key("entity-refused").with("name", name).with("condition", condition).with("why", plain(why))
        }
    })
}

/// A round trip with three digits.
fn seconds(span: Duration) -> String {
    format!("{:.3}", span.as_secs_f64())
}

/// What a stranger's client said, in one line of bounded length.
fn plain(text: &str) -> String {
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    domovoi_plugin::grammar::shown(&one_line, 200)
}
