//! Who was kept out because of which entry of which list: written down, and lifted when the entry is gone.
//!
//! Only those bans are lifted. As soon as a person lets someone in, what we knew of why they were kept out is forgotten:
//! if they are banned again, that was not us.

use domovoi_plugin::{
    ActError, Action, Affiliation, Context, Fault, Memo, RoomJid, Scope, Target, Text, Timestamp, jid::BareJid,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{React, blocks::RETRY, kept};
use crate::lists::block::Key;

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
            // What cannot be read or done now is looked after later.
            let Ok(keys) = cx.services.state.keys(&scope, prefix).await else {
                self.inner().leftovers.are_some = true;
                continue;
            };
            for key in keys {
                if self.lift_one(cx, &room, &key).await.is_err() {
                    self.inner().leftovers.are_some = true;
                }
            }
        }
    }

    /// Lets in whom one entry kept out, unless another one does; what could not be done stays written down.
    async fn lift_one(&self, cx: &Context, room: &RoomJid, key: &str) -> Result<(), Fault> {
        let scope = Scope::Room(room.clone());
        if let Some(deed) = kept::get::<Deed>(cx, &scope, key).await? {
            let end = format!("/{}", deed.jid);
            let all = cx.services.state.keys(&scope, "blocked/").await?;
            if !all.iter().any(|it| it != key && it.ends_with(&end)) {
                let_in(cx, room, deed).await?;
            }
        }
        kept::put::<()>(cx, &scope, key, None).await
    }

    /// What stands on no list any more and could not be let in when that came about: the room was out of reach, or the
    /// bot was down.
    pub(super) async fn lift_leftovers(&self, cx: &Context) {
        if !self.inner().leftovers.are_due(cx.now()) {
            return;
        }
        for room in cx.services.rooms.all().await {
            let scope = Scope::Room(room.clone());
            let Ok(keys) = cx.services.state.keys(&scope, "blocked/").await else { continue };
            for key in keys.into_iter().filter(|it| !self.stands(it)) {
                if self.lift_one(cx, &room, &key).await.is_err() {
                    self.inner().leftovers.are_some = true;
                }
            }
        }
    }

    /// Whether the entry of `blocked/LIST/ID/JID` still stands on its list.
    fn stands(&self, key: &str) -> bool {
        let mut parts = key.splitn(3, '/').skip(1);
        let (Some(list), Some(rest)) = (parts.next(), parts.next()) else { return true };
        let Some((id, _)) = rest.rsplit_once('/') else { return true };
        self.inner().blocks.get(list).is_some_and(|it| it.entries.contains(&Key::of(id)))
    }
}

/// Who is still to be let in, as far as anybody is; the store says who.
#[derive(Debug)]
pub(super) struct Leftovers {
    are_some: bool,
    looked: Option<Timestamp>,
}

impl Default for Leftovers {
    /// When the bot starts there may be some from before.
    fn default() -> Self {
        Self { are_some: true, looked: None }
    }
}

impl Leftovers {
    fn are_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.are_some && self.looked.is_none_or(|it| RETRY <= now.since(it));
        if is_due {
            (self.are_some, self.looked) = (false, Some(now));
        }
        is_due
    }
}

async fn let_in(cx: &Context, room: &RoomJid, deed: Deed) -> Result<(), Fault> {
    let reason = cx.words(&Text::key("reason-unlisted"));
    let action = if deed.act == "mute" {
        Action::Unmute { target: deed.target, reason }
    } else {
        let list = cx.services.rooms.list(room, Affiliation::Outcast).await?;
        // Made a member meanwhile, or let in: there is nothing to lift.
        if list.iter().all(|it| it.jid != deed.jid) {
            return Ok(());
        }
        Action::Affiliation { jid: deed.jid, affiliation: Affiliation::None, reason }
    };
    match cx.services.rooms.act(room, action, None).await {
        // Whoever went meanwhile has voice when they return.
        Ok(_) | Err(ActError::Gone { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn key(list: &str, id: &str, jid: &BareJid) -> String {
    let id: String = id.chars().take(200).collect();
    format!("blocked/{list}/{id}/{jid}")
}
