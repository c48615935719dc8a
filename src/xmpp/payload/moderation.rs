//! Taking back what others said (XEP-0425), in both versions that servers speak.

use domovoi_plugin::{Nick, StanzaId, jid::Jid};
use minidom::Element;
use xso::{AsXml, FromXml};

use super::retraction;
use crate::muc::inbound::Moderated;

/// The namespace of version 0, which wraps everything in XEP-0422.
pub const NS_0: &str = "urn:xmpp:message-moderate:0";
/// The namespace of version 1.
pub const NS_1: &str = "urn:xmpp:message-moderate:1";

/// The request of version 1.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug)]
#[xml(namespace = NS_1, name = "moderate")]
pub struct Moderate1 {
    /// The room's id of the message.
    #[xml(attribute)]
    pub id: String,
    /// What is to be done with it.
    #[xml(child)]
    pub retract: retraction::Retract1,
    /// Why.
    #[xml(extract(default, name = "reason", fields(text(type_ = String))))]
    pub reason: Option<String>,
}

/// The request of version 0.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug)]
#[xml(namespace = retraction::NS_FASTEN, name = "apply-to")]
pub struct ApplyTo {
    /// The room's id of the message.
    #[xml(attribute)]
    pub id: String,
    /// What is to be done with it.
    #[xml(child)]
    pub moderate: Moderate0,
}

/// The inner part of a request of version 0.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug)]
#[xml(namespace = NS_0, name = "moderate")]
pub struct Moderate0 {
    /// What is to be done.
    #[xml(child)]
    pub retract: retraction::Retract0,
    /// Why.
    #[xml(extract(default, name = "reason", fields(text(type_ = String))))]
    pub reason: Option<String>,
}

/// Reads an announcement: a `<retract/>` of version 1 or an `<apply-to/>` of version 0, with a `<moderated/>` inside.
/// Anyone can send one; only the room itself is to be believed.
#[must_use]
pub fn announcement(element: &Element) -> Option<Moderated> {
    let id = element.attr("id")?;
    if let Some(moderated) = element.get_child("moderated", NS_1) {
        return Some(moderation(id, moderated, element));
    }
    let moderated = element.get_child("moderated", NS_0)?;
    moderated.has_child("retract", retraction::NS_0).then(|| moderation(id, moderated, moderated))
}

fn moderation(id: &str, moderated: &Element, with_reason: &Element) -> Moderated {
    let by = moderated.attr("by").and_then(|by| Jid::new(by).ok());
    let reason = with_reason.children().find(|it| it.name() == "reason").map(Element::text);
    Moderated {
        target: StanzaId::new(id),
        by: by.as_ref().and_then(|it| it.resource()).map(Nick::from),
        reason: reason.filter(|it| !it.is_empty()),
    }
}
