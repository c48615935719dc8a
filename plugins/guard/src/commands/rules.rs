//! `rule add|del|list|show|on|off|observe`: rules that owners of a room write.

use domovoi_plugin::{Asked, Fault, RoomJid, Scope, Text, grammar::shown};

use super::{At, count};
use crate::{
    Guard,
    lists::{
        own::{MOST_RULES, Mode},
        parse,
    },
    react::{kept, kept::RuleEntry},
};

/// Adds a rule, or writes one anew.
pub(crate) async fn add(guard: &Guard, cx: Asked<'_>, source: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?.clone();
    let parsed = parse::parse(&source).map_err(|mistake| Fault::answer(mistake.text()))?;
    let (name, now) = (parsed.name.clone(), it.cx.now());
    let is_full = {
        let mut inner = it.react.inner();
        let rules = &mut inner.kept.entry(Some(room.clone())).or_default().rules;
        let old = rules.get(&name).map_or(0, |it| it.n_hits);
        let is_full = MOST_RULES <= rules.len() && !rules.contains_key(&name);
        if !is_full {
            let mode = if parsed.is_observed { Mode::Observe } else { Mode::On };
            let until = parsed.expires.map(|span| now + span);
            rules.insert(name.clone(), RuleEntry { source, mode, until, n_hits: old, by: it.by(), at: now });
        }
        is_full
    };
    if is_full {
        return Err(Fault::answer(Text::key("rules-full").with("most", count(MOST_RULES))));
    }
    save(it, &room, &name).await?;
    let deed = super::words::deed_text(parsed.deed, parsed.is_observed, it.cx);
    let key = if parsed.condition.is_about_text() { "rule-added-text" } else { "rule-added" };
    it.cx.reply(Text::key(key).with("name", name).with("deed", deed)).await;
    Ok(())
}

/// Removes a rule.
pub(crate) async fn del(guard: &Guard, cx: Asked<'_>, name: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let (room, name) = (it.room()?.clone(), name.to_lowercase());
    let removed = it.react.inner().kept.entry(Some(room.clone())).or_default().rules.remove(&name);
    if removed.is_none() {
        return Err(unknown(it, &room, &name));
    }
    save(it, &room, &name).await?;
    it.cx.reply(Text::key("rule-removed").with("name", name)).await;
    Ok(())
}

/// A rule acts.
pub(crate) async fn on(guard: &Guard, cx: Asked<'_>, name: String) -> Result<(), Fault> {
    set_mode(guard.at(cx), &name, Mode::On).await
}

/// A rule does nothing.
pub(crate) async fn off(guard: &Guard, cx: Asked<'_>, name: String) -> Result<(), Fault> {
    set_mode(guard.at(cx), &name, Mode::Off).await
}

/// A rule only watches.
pub(crate) async fn observe(guard: &Guard, cx: Asked<'_>, name: String) -> Result<(), Fault> {
    set_mode(guard.at(cx), &name, Mode::Observe).await
}

async fn set_mode(it: At<'_>, name: &str, mode: Mode) -> Result<(), Fault> {
    let (room, name) = (it.room()?.clone(), name.to_lowercase());
    let is_known = {
        let mut inner = it.react.inner();
        let rule = inner.kept.entry(Some(room.clone())).or_default().rules.get_mut(&name);
        rule.map(|it| it.mode = mode).is_some()
    };
    if !is_known {
        return Err(unknown(it, &room, &name));
    }
    save(it, &room, &name).await?;
    it.cx.reply(Text::key(mode_key(mode)).with("name", name)).await;
    Ok(())
}

const fn mode_key(mode: Mode) -> &'static str {
    match mode {
        Mode::On => "rule-on",
        Mode::Observe => "rule-observed",
        Mode::Off => "rule-off",
    }
}

async fn save(it: At<'_>, room: &RoomJid, name: &str) -> Result<(), Fault> {
    it.react.share(it.cx, Some(room));
    let rule = rule(it, room, name);
    kept::put(it.cx, &Scope::Room(room.clone()), &format!("rule/{name}"), rule.as_ref()).await
}

/// A rule of the room.
pub(super) fn rule(it: At<'_>, room: &RoomJid, name: &str) -> Option<RuleEntry> {
    it.react.inner().kept.get(&Some(room.clone()))?.rules.get(name).cloned()
}

/// There is no such rule; here are those that there are.
pub(super) fn unknown(it: At<'_>, room: &RoomJid, name: &str) -> Fault {
    let inner = it.react.inner();
    let known = inner.kept.get(&Some(room.clone())).map(|it| it.rules.keys().cloned().collect::<Vec<_>>());
    let known = known.unwrap_or_default().join(", ");
    if known.is_empty() {
        return Fault::answer(Text::key("rules-none"));
    }
    Fault::answer(Text::key("rule-unknown").with("given", shown(name, 40)).with("known", shown(&known, 300)))
}

/// All rules.
pub(crate) async fn list(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?.clone();
    let rules = it.react.inner().kept.get(&Some(room)).map(|it| it.rules.clone()).unwrap_or_default();
    if rules.is_empty() {
        it.cx.reply(Text::key("rules-none")).await;
        return Ok(());
    }
    let line = |(name, rule): (&String, &RuleEntry)| {
        let text = Text::key("rule-line").with("name", name.as_str()).with("mode", rule.mode.as_str());
        text.with("n", rule.n_hits).with("source", shown(&rule.source, 200))
    };
    it.cx.reply(Text::Lines(rules.iter().map(line).collect())).await;
    Ok(())
}

/// One rule, with who wrote it and when.
pub(crate) async fn show(guard: &Guard, cx: Asked<'_>, name: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let (room, name) = (it.room()?.clone(), name.to_lowercase());
    let Some(rule) = rule(it, &room, &name) else { return Err(unknown(it, &room, &name)) };
    let now = it.cx.now();
    let text = Text::key("rule-shown").with("source", rule.source.as_str()).with("mode", rule.mode.as_str());
    let text = text.with("n", rule.n_hits).with("by", rule.by.as_str()).with("ago", Text::span(now.since(rule.at)));
    let mut lines = vec![text];
    if let Some(until) = rule.until {
        lines.push(Text::key("rule-expires").with("span", Text::span(until.since(now))));
    }
    it.cx.reply(Text::Lines(lines)).await;
    Ok(())
}
