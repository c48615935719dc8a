//! `explain`: the last decision, rule by rule, also where nothing was done.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Level, Nick, Text, grammar::shown};

use super::{
    asked::{Answer, Answered, Asked},
    incidents::teller,
};
use crate::host::incidents::{decisions::Decision, words::what_text};

pub(super) const COMMANDS: &[CommandSpec] = &[CommandSpec {
    names: &[("ru", "объясни")],
    level: Level::MODERATOR,
    args: &[ArgSpec::optional("who", ArgKind::Rest)],
    example: "explain bob",
    ..CommandSpec::new("explain", "help-explain")
}];

/// What was decided last about someone, or about anybody.
pub(super) async fn explain(it: &Asked<'_>) -> Answered {
    let room = it.room()?;
    let who = it.call.args.text("who").map(str::trim).filter(|it| !it.is_empty());
    let here = it.cx.services.rooms.snapshot(room).await.unwrap_or_default();
    let is_nick = |nick: &Nick, who: &str| nick.as_str().to_lowercase() == who.to_lowercase();
    let known = who.and_then(|who| here.occupants.values().find(|it| is_nick(&it.nick, who)).cloned());
    let is_meant = |decision: &Decision| {
        let Some(who) = who else { return true };
        let about = &decision.about;
        let is_named = is_nick(&about.nick, who) || about.jid.as_ref().is_some_and(|it| it.as_str() == who);
        is_named || known.as_ref().is_some_and(|it| it.is(&about.identity))
    };
    let Some(decision) = it.host.decisions.last(room, is_meant) else {
        let text = match who {
            Some(who) => Text::key("explain-nothing").with("who", shown(who, 60)),
            None => Text::key("explain-nothing-at-all"),
        };
        return Ok(Answer::Here(text));
    };
    let teller = teller(it, room);
    let Decision { plugin, about, ground, .. } = &decision;
    let key = match (decision.is_observed, decision.is_act) {
        (true, _) => "explain-observed",
        (false, true) => "explain-done",
        (false, false) => "explain-noted",
    };
    let what = what_text(&ground.answer, ground.seconds, None);
    let head = Text::key(key).with("at", teller.at(ground.at)).with("who", shown(about.nick.as_str(), 60));
    // What is certain has no points.
    let points = if ground.score == 0 { Text::empty() } else { Text::key("explain-points").with("n", ground.score) };
    let head = head.with("what", what).with("points", points).with("rule", ground.rule.as_str());
    let mut lines = vec![head];
    lines.extend(teller.spoken(plugin, ground).into_iter().map(Text::plain));
    lines.extend(decision.incident.map(|it| Text::key("explain-case").with("number", it.to_string())));
    Ok(Answer::Private(Text::Lines(lines)))
}
