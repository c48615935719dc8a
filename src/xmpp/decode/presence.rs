//! Presence: occupants that come, change and go.

use std::sync::Arc;

use domovoi_plugin::{Caps, OccupantId, Show, jid::BareJid};
use minidom::Element;
use xmpp_parsers::{
    ns,
    presence::{Presence as Wire, Show as WireShow, Type},
};

use super::{Decoded, Subscription, SubscriptionKind, from_room, sender};
use crate::{
    muc::inbound::{InboundKind, Presence, StanzaError},
    xmpp::payload::{attribute::attr, fence, muc_user::MucUser, stanza_error},
};

/// What a presence says, and whether it said it in the way of a room.
#[derive(Default)]
struct Read {
    presence: Presence,
    error: Option<StanzaError>,
    has_muc_user: bool,
}

pub(super) fn decode(mut wire: Wire, rooms: &impl Fn(&BareJid) -> bool) -> Decoded {
    let Some(from) = wire.from.take() else { return Decoded::Ignored { why: "presence without a sender" } };
    let sender = sender(from);
    if !rooms(&sender.bare) {
        return outside(sender.bare, &wire.type_);
    }
    let type_ = wire.type_.clone();
    let read = read(wire);
    let kind = match type_ {
        Type::None => match (read.presence.malformed, read.has_muc_user) {
            (Some(why), false) => InboundKind::Malformed { why },
            (malformed, _) => InboundKind::Available(Presence { malformed, ..read.presence }),
        },
        Type::Unavailable => InboundKind::Unavailable(read.presence),
        Type::Error => InboundKind::PresenceError(read.error.unwrap_or_else(stanza_error::unknown)),
        Type::Probe | Type::Subscribe | Type::Subscribed | Type::Unsubscribe | Type::Unsubscribed => {
            InboundKind::Malformed { why: "presence of a type that rooms do not send".to_owned() }
        }
    };
    Decoded::Room(from_room(sender, kind))
}

fn outside(from: BareJid, type_: &Type) -> Decoded {
    let kind = match type_ {
        Type::Subscribe => SubscriptionKind::Subscribe,
        Type::Subscribed => SubscriptionKind::Subscribed,
        Type::Unsubscribe => SubscriptionKind::Unsubscribe,
        Type::Unsubscribed => SubscriptionKind::Unsubscribed,
        Type::None | Type::Unavailable | Type::Error | Type::Probe => {
            return Decoded::Ignored { why: "presence of an entity that is no room of ours" };
        }
    };
    Decoded::Subscription(Subscription { from, kind })
}

fn read(wire: Wire) -> Read {
    let mut read = Read::default();
    read.presence.id = wire.id;
    read.presence.show = wire.show.map(|show| match show {
        WireShow::Away => Show::Away,
        WireShow::Chat => Show::Chat,
        WireShow::Dnd => Show::Dnd,
        WireShow::Xa => Show::Xa,
    });
    // The texts are keyed by language; the one without a language sorts first.
    read.presence.status_text = wire.statuses.into_values().next().map(Arc::from);
    for payload in &wire.payloads {
        read.payload(payload);
    }
    read
}

impl Read {
    fn payload(&mut self, payload: &Element) {
        let presence = &mut self.presence;
        match payload.name() {
            "x" if MucUser::matches(payload) => self.muc_user(MucUser::read(payload)),
            "x" if payload.has_ns(ns::VCARD_UPDATE) => {
                let photo = payload.get_child("photo", ns::VCARD_UPDATE).map(Element::text);
                presence.avatar = photo.filter(|it| !it.is_empty()).map(Arc::from);
            }
            "c" if payload.has_ns(ns::CAPS) => {
                if let (Some(node), Some(ver)) = (attr(payload, "node"), attr(payload, "ver")) {
                    presence.caps = Some(Arc::new(Caps { node: node.into(), ver: ver.into() }));
                }
            }
            "occupant-id" if payload.has_ns(ns::OID) => {
                presence.occupant_ids.extend(attr(payload, "id").map(OccupantId::new));
            }
            "error" if stanza_error::matches(payload) => self.error = Some(stanza_error::read(payload)),
            _ => {
                if let Some(why) = fence::why(payload) {
                    presence.malformed.get_or_insert_with(|| why.to_owned());
                }
            }
        }
    }

    fn muc_user(&mut self, user: MucUser) {
        // Rooms take away what an occupant puts here and add their own at the end, so the last one is the room's.
        let why = if self.has_muc_user { Some("more than one muc#user in a presence") } else { user.malformed };
        if let Some(why) = why {
            self.presence.malformed.get_or_insert_with(|| why.to_owned());
        }
        self.has_muc_user = true;
        self.presence.statuses = user.statuses;
        self.presence.items = user.items;
        self.presence.destroy = user.destroy;
    }
}
