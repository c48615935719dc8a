//! `mydata`, `forgetme`, `report`: what everybody may ask of the guard, and tell it.

use std::time::Duration;

use domovoi_plugin::{
    Account, Action, Asked, Context, Fault, Level, Scope, Target, Text, Timestamp, Who, grammar::shown,
};
use serde_json::Value;

use super::At;
use crate::{
    Guard,
    lists::asks::What,
    react::{kept, reports::Came},
};

/// How often someone may have themselves forgotten: whoever does it again and again stays a stranger.
const FORGET_EVERY: Duration = Duration::from_secs(86_400);
/// Characters of a reason that moderators are told.
const MOST_REASON: usize = 200;

/// Shows what the guard keeps of whoever asks. The guard of the room answers within a second.
pub(crate) async fn mydata(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?;
    it.is_awake()?;
    let identity = it.call.asker.identity.clone();
    it.react.ask(it.cx, (room, &identity.clone(), What::Tell), true, move |react, cx, data| {
        let account = identity.jid().and_then(|it| react.inner().accounts.of(it).cloned());
        told(data.get("kept").unwrap_or(&Value::Null), account.as_ref(), cx)
    });
    Ok(())
}

/// What a guard keeps of someone, in words.
pub(crate) fn told(kept: &Value, account: Option<&Account>, cx: &Context) -> Text {
    if kept.is_null() {
        return Text::key("mydata-nothing");
    }
    let number = |key: &str| kept.get(key).and_then(Value::as_i64).unwrap_or_default();
    let small = |key: &str| u32::try_from(number(key)).unwrap_or(u32::MAX);
    let ago = cx.now().since(Timestamp::from_millis(number("first")));
    let mut lines = vec![
        Text::key("mydata")
            .with("ago", Text::span(ago))
            .with("clean", small("clean"))
            .with("days", small("days"))
            .with("recent", small("recent"))
            .with("points", small("points")),
    ];
    let is = |key: &str| kept.get(key).and_then(Value::as_bool).unwrap_or_default();
    if is("sentenced") {
        lines.push(Text::key(if is("observed") { "mydata-observed" } else { "mydata-sentenced" }));
    }
    if let Some(account) = account {
        lines.push(Text::key("mydata-account").with("affiliation", shown(&account.affiliation, 32)));
    }
    lines.push(Text::key("mydata-how-long"));
    Text::Lines(lines)
}

/// Forgets whoever asks.
pub(crate) async fn forgetme(guard: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let (room, identity) = (it.room()?, &it.call.asker.identity);
    it.is_awake()?;
    let scope = Scope::PersonIn(room.clone(), identity.clone());
    let last: Option<Timestamp> = kept::get(it.cx, &scope, "forgot").await?;
    if last.is_some_and(|at| it.cx.now().since(at) < FORGET_EVERY) {
        return Err(Fault::answer(Text::key("forgot-already")));
    }
    let at = serde_json::to_value(it.cx.now()).map_err(|error| Fault::Broken(error.to_string()))?;
    it.cx.services.state.set(&scope, "forgot", Some(at), Some(FORGET_EVERY)).await?;
    {
        let mut inner = it.react.inner();
        inner.reports.drop_of(identity);
        if let Some(jid) = identity.jid() {
            inner.accounts.drop(jid);
        }
    }
    it.react.ask(it.cx, (room, identity, What::Forget), true, |_, _, _| Text::key("forgot"));
    Ok(())
}

/// Takes a report in: moderators are told once, several reports speak against the person.
pub(crate) async fn report(guard: &Guard, cx: Asked<'_>, who: Who, reason: Option<String>) -> Result<(), Fault> {
    let it = guard.at(cx);
    let room = it.room()?.clone();
    let target = match who {
        Who::Here(target) | Who::Gone(target) => target,
        Who::Jid(_) => return Err(Fault::answer(Text::key("report-whom"))),
    };
    let by = &it.call.asker;
    if target.identity == by.identity {
        return Err(Fault::answer(Text::key("report-yourself")));
    }
    let came = it.react.inner().reports.add(it.cx.now(), &room, &by.identity, &target.identity);
    let is_moderator = Level::MODERATOR <= by.level;
    let is_told = match came {
        Came::TooMany => return Err(Fault::answer(Text::key("report-too-many"))),
        Came::Again => return Err(Fault::answer(Text::key("report-again"))),
        Came::First => tell_moderators(it, &target, reason.as_deref().unwrap_or_default()).await,
        Came::Several(people) => {
            it.react.word(it.cx, &room, &target.identity, What::Reported(people));
            true
        }
    };
    let key = if is_told || is_moderator { "report-thanks" } else { "report-thanks-alone" };
    // Whom someone reports is nobody else's business.
    it.cx.private(Text::key(key).with("who", shown(target.nick.as_str(), 60))).await;
    Ok(())
}

/// Tells the moderators once, with what to answer: in their room, or each who is here in private. Gives whether there
/// was anybody to tell.
async fn tell_moderators(it: At<'_>, target: &Target, reason: &str) -> bool {
    let Some(room) = it.cx.room.clone() else { return false };
    let text = |aim: &str| {
        let reason: String = shown(reason, MOST_REASON);
        let key = if reason.is_empty() { "report-told-bare" } else { "report-told" };
        let nick = shown(target.nick.as_str(), 60);
        let who = target.identity.jid().map_or_else(|| nick.clone(), |jid| format!("{nick} ({jid})"));
        let told = Text::key(key).with("by", shown(&it.call.asker.nick, 60)).with("who", who).with("reason", reason);
        Text::Lines(vec![told, Text::key("report-commands").with("nick", nick).with("aim", aim)])
    };
    if it.cx.services.rooms.tell_elsewhere(&room, &text(&format!("{room} "))).await {
        return true;
    }
    let Some(snapshot) = it.cx.services.rooms.snapshot(&room).await else { return false };
    let mut is_anybody_told = false;
    for occupant in snapshot.occupants.values() {
        let is_moderator = Level::MODERATOR <= Level::of(occupant.role, occupant.affiliation);
        if is_moderator && !occupant.is_self && !occupant.is(&it.call.asker.identity) && !occupant.is(&target.identity)
        {
            let to = Target { nick: occupant.nick.clone(), identity: occupant.identity() };
            let lang = it.cx.services.rooms.language(&room, &to.identity);
            let action = Action::Private { to, text: it.cx.services.words.translate(&lang, &text("")) };
            // One who is gone by now is not told; the others are.
            is_anybody_told |= it.cx.services.rooms.act(&room, action, None).await.is_ok();
        }
    }
    is_anybody_told
}
