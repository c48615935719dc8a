//! Invitations that bypass the room (XEP-0249).

use domovoi_plugin::{RoomJid, jid::Jid};
use minidom::Element;

/// The namespace.
pub const NS: &str = "jabber:x:conference";

/// What such an invitation says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirectInvite {
    /// To which room.
    pub room: RoomJid,
    /// Why.
    pub reason: Option<String>,
    /// The password there.
    pub password: Option<String>,
}

/// Reads one; `None` if it names no room.
#[must_use]
pub fn read(element: &Element) -> Option<DirectInvite> {
    let room = Jid::new(element.attr("jid")?).ok()?.into_bare();
    let word = |name: &str| element.attr(name).filter(|it| !it.is_empty()).map(str::to_owned);
    room.node().is_some().then(|| DirectInvite {
        room: RoomJid::new(room.clone()),
        reason: word("reason"),
        password: word("password"),
    })
}
