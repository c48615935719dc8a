//! `guard status|on|observe|off|preset|set`: how the guard of a room is set, and what it keeps.

use domovoi_plugin::{
    Asked, Context, Fault, INCIDENTS_KEPT_FOR, MOST_INCIDENTS, RoomJid, ServiceError, Text, Timestamp,
    grammar::{option_text, shown},
};
use serde_json::Value;

use super::{At, count};
use crate::{
    Guard,
    lists::{Common, asks::What},
    options,
    people::MOST_PEOPLE,
};

/// What takes a change back, so that the configuration holds again.
const DEFAULTS: &[&str] = &["default", "-", "сброс"];

/// How the guard stands here.
pub(crate) async fn status(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?.clone();
    let settings = &it.cx.settings;
    let common = Common::of(&it.cx.services.shared.get()).cloned().unwrap_or_default();
    let named = settings.words("word_lists").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut lines = vec![
        Text::key("status-mode")
            .with("mode", Text::key(mode_key(settings.words("mode"))))
            .with("preset", settings.words("preset")),
    ];
    lines.extend(lists(it, &room, &common, &named));
    let missing: Vec<&str> =
        named.iter().filter(|it| !common.words.named.contains_key(*it)).map(String::as_str).collect();
    if !missing.is_empty() {
        lines.push(Text::key("status-missing").with("names", shown(&missing.join(", "), 200)));
    }
    let all = options::options();
    let changed = settings.shown(&all).filter(|(name, value)| is_changed(name, value));
    let changed: Vec<String> = changed.map(|(name, value)| format!("{name} = {value}")).collect();
    if !changed.is_empty() {
        lines.push(Text::key("status-settings").with("settings", shown(&changed.join(", "), 500)));
    }
    lines.push(keeps());
    if it.is_awake().is_err() {
        it.cx.reply(Text::Lines(lines)).await;
        return Ok(());
    }
    let asker = it.call.asker.identity.clone();
    it.react.ask(it.cx, (&room, &asker, What::State), false, move |_, cx, data| {
        // How it goes stands first, what is set after it.
        let now = state(data.get("state").unwrap_or(&Value::Null), cx);
        let rest = lines.split_off(1);
        Text::Lines(lines.into_iter().chain(now).chain(rest).collect())
    });
    Ok(())
}

/// What is written down and what is remembered for all rooms, as far as there is any.
fn lists(it: At<'_>, room: &RoomJid, common: &Common, named: &[String]) -> Vec<Text> {
    let named = named.iter().filter_map(|it| common.words.named.get(it)).map(|it| it.len()).sum::<usize>();
    let own = common.words.rooms.get(room).map_or(0, |it| it.len());
    let everywhere = common.words.everywhere.len();
    let words = Text::key("status-words").with("own", count(own)).with("named", count(named));
    let blocks = Text::key("status-blocks").with("n", count(common.blocks.lists.len()));
    let n_entries = common.blocks.lists.iter().map(|it| it.entries.len()).sum();
    let numbered = |key: &'static str, n: usize| (Text::key(key).with("n", count(n)), n);
    let all = [
        (words.with("all", count(everywhere)), own + named + everywhere),
        numbered("status-rules", common.rules.get(room).map_or(0, Vec::len)),
        (blocks.with("entries", count(n_entries)), common.blocks.lists.len()),
        numbered("status-campaigns", common.campaigns.len()),
        numbered("status-accounts", it.react.inner().accounts.len()),
    ];
    all.into_iter().filter(|it| it.1 != 0).map(|it| it.0).collect()
}

/// What is kept, how much of it at most, and for how long.
fn keeps() -> Text {
    let incidents = u32::try_from(MOST_INCIDENTS).unwrap_or(u32::MAX);
    let text = Text::key("status-keeps").with("people", count(MOST_PEOPLE));
    text.with("incidents", incidents).with("span", Text::span(INCIDENTS_KEPT_FOR))
}

/// How the room stands now, as its guard says.
fn state(told: &Value, cx: &Context) -> Vec<Text> {
    let number = |it: &Value, key: &str| it.get(key).and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
    let alarm = told.get("alarm").unwrap_or(&Value::Null);
    let mut lines = Vec::new();
    if let Some(since) = alarm.get("raid").and_then(Value::as_i64) {
        let ago = Text::span(cx.now().since(Timestamp::from_millis(since)));
        lines.push(Text::key("status-raid").with("ago", ago));
    }
    if let Some(hushed) = number(alarm, "hushed").filter(|it| *it != 0) {
        lines.push(Text::key("status-hushed").with("n", hushed));
    }
    let closed: Vec<&str> =
        alarm.get("closed").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !closed.is_empty() {
        lines.push(Text::key("status-closed").with("domains", shown(&closed.join(", "), 300)));
    }
    let (people, regulars) = (number(told, "people").unwrap_or(0), number(told, "regulars").unwrap_or(0));
    lines.push(Text::key("status-people").with("n", people).with("regulars", regulars));
    lines
}

fn mode_key(mode: &str) -> &'static str {
    match mode {
        "observe" => "mode-observe",
        "off" => "mode-off",
        _ => "mode-enforce",
    }
}

/// Whether a setting is another than by default; mode and preset are told apart.
fn is_changed(name: &str, value: &str) -> bool {
    let default = options::options().into_iter().find(|it| it.name == name).map(|it| it.default);
    !matches!(name, "mode" | "preset") && default.is_some_and(|it| it != value)
}

/// It acts.
pub(crate) async fn on(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    mode(guard.at(cx), "enforce").await
}

/// It only watches.
pub(crate) async fn observe(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    mode(guard.at(cx), "observe").await
}

/// It does nothing.
pub(crate) async fn off(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    mode(guard.at(cx), "off").await
}

async fn mode(it: At<'_>, mode: &str) -> Result<(), Fault> {
    change(it, "mode", Some(mode)).await?;
    it.cx.reply(Text::key(mode_key(mode))).await;
    Ok(())
}

/// Chooses a preset.
pub(crate) async fn preset(guard: &Guard, cx: Asked<'_>, preset: String) -> Result<(), Fault> {
    set(guard, cx, "preset".to_owned(), preset).await
}

/// Changes one setting of the room.
pub(crate) async fn set(guard: &Guard, cx: Asked<'_>, name: String, value: String) -> Result<(), Fault> {
    let it = guard.at(cx);
    let name = name.strip_prefix("guard.").unwrap_or(&name).to_lowercase();
    let all = options::options();
    let Some(option) = all.iter().find(|it| it.name == name) else {
        let names: Vec<&str> = all.iter().map(|it| it.name).collect();
        let text = Text::key("no-such-setting").with("given", shown(&name, 50)).with("all", names.join(", "));
        return Err(Fault::answer(text));
    };
    // Set for one room they would count nowhere.
    if option.name == "block_lists" {
        return Err(Fault::answer(Text::key("setting-for-all")));
    }
    if DEFAULTS.contains(&value.trim().to_lowercase().as_str()) {
        change(it, option.name, None).await?;
        it.cx.reply(Text::key("setting-default").with("setting", option.name)).await;
        return Ok(());
    }
    if option.parse(&value).is_err() {
        let text = Text::key("setting-wrong").with("setting", option.name).with("given", shown(&value, 50));
        return Err(Fault::answer(text.with("kind", option_text(&option.kind))));
    }
    change(it, option.name, Some(&value)).await?;
    let text = Text::key("setting-is").with("setting", option.name).with("value", shown(&value, 200));
    it.cx.reply(text.with("what", Text::key(option.help))).await;
    Ok(())
}

async fn change(it: At<'_>, name: &str, value: Option<&str>) -> Result<(), Fault> {
    let room = it.room()?;
    let done = it.cx.services.tuning.set(Some(room), name, value, &it.call.asker).await;
    done.map_err(|error| match error {
        ServiceError::Refused(why) => {
            Fault::answer(Text::key("setting-refused").with("setting", name).with("why", shown(&why, 300)))
        }
        ServiceError::Store(_) | ServiceError::NoAnswer(_) | ServiceError::Unreadable(_) => Fault::Service(error),
    })
}
