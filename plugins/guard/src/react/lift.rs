//! Who was kept out because of which entry of which list: written down, and lifted when the entry is gone.
//!
//! Only those bans are lifted. As soon as a person lets someone in, what we knew of why they were kept out is forgotten:
//! if they are banned again, that was not us.

use domovoi_plugin::{Action, Affiliation, Context, Fault, Memo, Scope, Target, Text, jid::BareJid};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{React, kept};

/// What an entry led to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Deed {
    /// Whose, by JID and by what they were called.
    jid: BareJid,
    target: Target,
    /// `ban` or `mute`.
    act: String,
}

impl React {
    /// A guard kept someone out, or took their voice, because of these entries.
    pub(super) async fn note_blocked(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        let Some((target, jid)) = memo.about.as_ref().and_then(|it| Some((it, it.identity.jid()?))) else {
            return Ok(());
        };
        let act = memo.data.get("act").and_then(Value::as_str).unwrap_or_default().to_owned();
        let deed = Deed { jid: jid.clone(), target: target.clone(), act };
        let scope = Scope::Room(memo.room.clone());
        for by in memo.data.get("by").and_then(Value::as_array).into_iter().flatten() {
            let (Some(list), Some(id)) = (by.get(0).and_then(Value::as_str), by.get(1).and_then(Value::as_str)) else {
                continue;
            };
            kept::put(cx, &scope, &key(list, id, jid), Some(&deed)).await?;
        }
        Ok(())
    }

    /// Someone was let in: by us, or by a person whose word wins.
    pub(super) async fn note_let_in(&self, memo: &Memo, cx: &Context) -> Result<(), Fault> {
        let Some(jid) = memo.data.as_str() else { return Ok(()) };
        let scope = Scope::Room(memo.room.clone());
        let end = format!("/{jid}");
        for key in cx.services.state.keys(&scope, "blocked/").await?.iter().filter(|it| it.ends_with(&end)) {
            kept::put::<()>(cx, &scope, key, None).await?;
        }
        Ok(())
    }

    /// An entry of a list is gone: whoever was kept out for it, and stands on no other list, is let in again.
    pub(super) async fn lift(&self, cx: &Context, list: &str, id: &str) {
        self.lift_where(cx, &format!("blocked/{list}/{id}/")).await;
    }

    /// A list is gone.
    pub(super) async fn lift_all_of(&self, cx: &Context, list: &str) {
        self.lift_where(cx, &format!("blocked/{list}/")).await;
    }

    async fn lift_where(&self, cx: &Context, prefix: &str) {
        for room in cx.services.rooms.all().await {
            let scope = Scope::Room(room.clone());
            // What cannot be read or done now is found at the next change of the list, or by a person.
            let keys = cx.services.state.keys(&scope, prefix).await.unwrap_or_default();
            for key in keys {
                let Ok(Some(deed)) = kept::get::<Deed>(cx, &scope, &key).await else { continue };
                if let Err(error) = kept::put::<()>(cx, &scope, &key, None).await {
                    drop(error);
                    continue;
                }
                if self.is_blocked_still(cx, &scope, &deed.jid).await {
                    continue;
                }
                self.let_in(cx, &room, deed).await;
            }
        }
    }

    /// Whether another entry keeps them out.
    async fn is_blocked_still(&self, cx: &Context, scope: &Scope, jid: &BareJid) -> bool {
        let end = format!("/{jid}");
        let keys = cx.services.state.keys(scope, "blocked/").await.unwrap_or_default();
        keys.iter().any(|it| it.ends_with(&end))
    }

    async fn let_in(&self, cx: &Context, room: &domovoi_plugin::RoomJid, deed: Deed) {
        let reason = cx.words(&Text::key("reason-unlisted"));
        let action = if deed.act == "mute" {
            Action::Unmute { target: deed.target, reason }
        } else {
            let list = cx.services.rooms.list(room, Affiliation::Outcast).await;
            // Made a member meanwhile, or let in: there is nothing to lift.
            if list.is_ok_and(|it| it.iter().all(|it| it.jid != deed.jid)) {
                return;
            }
            Action::Affiliation { jid: deed.jid, affiliation: Affiliation::None, reason }
        };
        // The host records what came of it; a ban that could not be lifted is a person's business then.
        cx.services.rooms.act(room, action, None).await.ok();
    }
}

fn key(list: &str, id: &str, jid: &BareJid) -> String {
    let id: String = id.chars().take(200).collect();
    format!("blocked/{list}/{id}/{jid}")
}
