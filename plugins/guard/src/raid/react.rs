//! The half of raid mode that waits for servers and people: the room's form, the gate, voice given back.

use std::time::Duration;

use domovoi_plugin::{
    ActError, Action, Context, Fault, Memo, MemoKind, Nick, Place, RoomJid, Target, Text, jid::BareJid,
};
use serde_json::Value;

use super::{form, questions};

/// For how long a domain is kept out.
const DOMAIN_BAN: Duration = Duration::from_secs(86_400);

/// Does what a memo about a raid asks for; gives whether it was one.
///
/// # Errors
/// What the server or the store did not do.
pub(crate) async fn react(memo: &Memo, cx: &Context) -> Result<bool, Fault> {
    let room = &memo.room;
    match (memo.kind, &memo.about) {
        (MemoKind::RaidOn, _) => form::hush(room, cx).await?,
        (MemoKind::RaidOff, _) => {
            // First the form: whoever is given voice back in a moderated room would lose it again on coming back.
            let restored = form::restore(room, cx).await;
            release(&memo.data, room, cx).await?;
            restored?;
        }
        (MemoKind::Own("release"), _) => release(&memo.data, room, cx).await?,
        (MemoKind::Own("gate_ask"), Some(about)) => ask(memo, about, cx).await?,
        (MemoKind::Heard("gate_answer"), Some(about)) => answer(memo, about, cx).await?,
        (MemoKind::Own("give_voice"), Some(about)) => give_voice(about, room, "gate-known", cx).await?,
        (MemoKind::Own("ban_domain"), _) => ban_domain(memo, room, cx).await?,
        (MemoKind::Own("quarantine"), _) => {}
        (MemoKind::Own(_) | MemoKind::Heard(_), _) => return Ok(false),
    }
    Ok(true)
}

/// Looks after what a guard that lost its memory has left behind.
///
/// # Errors
/// What the server or the store did not do.
pub(crate) async fn look_after(cx: &Context) -> Result<(), Fault> {
    form::restore_forgotten(cx).await
}

/// Asks the question; whoever is asked in a raid is told why they have no voice.
async fn ask(memo: &Memo, about: &Target, cx: &Context) -> Result<(), Fault> {
    let question = questions::numbered(number(&memo.data, "question"), &memo.room, cx).await?;
    let key = if is_spam(&memo.data) { "gate-ask" } else { "gate-ask-always" };
    say(cx, &memo.room, &about.nick, Text::key(key).with("question", question.text)).await;
    Ok(())
}

async fn answer(memo: &Memo, about: &Target, cx: &Context) -> Result<(), Fault> {
    let question = questions::numbered(number(&memo.data, "question"), &memo.room, cx).await?;
    let given = memo.data.get("text").and_then(Value::as_str).unwrap_or_default();
    if question.is_answered(given) {
        give_voice(about, &memo.room, "gate-passed", cx).await?;
        say(cx, &memo.room, &about.nick, Text::key("gate-welcome")).await;
        return Ok(());
    }
    let left = number(&memo.data, "left");
    let text = match left {
        0 if is_spam(&memo.data) => Text::key("gate-closed"),
        0 => Text::key("gate-closed-always"),
        _ => Text::key("gate-wrong").with("left", left),
    };
    say(cx, &memo.room, &about.nick, text).await;
    Ok(())
}

async fn give_voice(about: &Target, room: &RoomJid, why: &'static str, cx: &Context) -> Result<(), Fault> {
    let action = Action::Unmute { target: about.clone(), reason: cx.words(&Text::key(why)) };
    match cx.services.rooms.act(room, action, None).await {
        // Whoever went meanwhile has voice when they return.
        Ok(_) | Err(ActError::Gone { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Everybody who was hushed for nothing has voice again. One who cannot be given it does not keep the others waiting.
async fn release(data: &Value, room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    let hushed: Vec<Target> =
        data.get("release").and_then(|it| serde_json::from_value(it.clone()).ok()).unwrap_or_default();
    let mut failed = Ok(());
    for target in &hushed {
        failed = give_voice(target, room, "gate-released", cx).await.and(failed);
    }
    failed
}

async fn ban_domain(memo: &Memo, room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    let domain = memo.data.get("domain").and_then(Value::as_str).unwrap_or_default();
    let Ok(jid) = BareJid::new(domain) else { return Ok(()) };
    let reason = cx.words(&Text::key("reason-domain"));
    match cx.services.rooms.act(room, Action::Ban { jid, span: Some(DOMAIN_BAN), reason }, None).await {
        Ok(_) | Err(ActError::TooLow { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn say(cx: &Context, room: &RoomJid, nick: &Nick, text: Text) {
    let words = cx.words(&text);
    cx.replies.reply(Some(room), &Place::Private(nick.clone()), Some(nick), words).await;
}

fn is_spam(data: &Value) -> bool {
    data.get("is_spam").and_then(Value::as_bool).unwrap_or(false)
}

fn number(data: &Value, key: &str) -> u32 {
    data.get(key).and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok()).unwrap_or(0)
}
