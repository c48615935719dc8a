//! Messages: what is said in a room, through it, by it, and past it.

use std::collections::BTreeMap;

use domovoi_plugin::{
    LangText, MessageId, Nick, OccupantId, Push, RoomJid, StanzaId, Timestamp, jid::BareJid, jid::Jid, jid::ResourceRef,
};
use minidom::Element;
use xmpp_parsers::{
    message::{Lang, Message as Wire, MessageType},
    ns,
};

use super::{Archived, Decoded, DirectMessage, Invite, InviteKind, Sender, from_room};
use crate::{
    muc::inbound::{Inbound, InboundKind, Message, StanzaError},
    xmpp::payload::{
        attachments,
        attribute::attr,
        data_form,
        direct_invite::{self, DirectInvite},
        fallback, fence, moderation,
        muc_user::{MucUser, Word},
        pubsub, retraction, stanza_error, xhtml,
    },
};

const NS_REPLY: &str = "urn:xmpp:reply:0";
const NS_MUC_REQUEST: &str = "http://jabber.org/protocol/muc#request";
const NS_CAPTCHA: &str = "urn:xmpp:captcha";
const NS_LEGACY_DELAY: &str = "jabber:x:delay";
/// Payloads by which the real text is encrypted: OMEMO in its three versions, OpenPGP old and new.
const NS_ENCRYPTED: [&str; 3] = [ns::LEGACY_OMEMO, "urn:xmpp:omemo:1", "urn:xmpp:omemo:2"];
const NS_LEGACY_PGP: &str = "jabber:x:encrypted";

/// A message and what it carries besides.
#[derive(Default)]
struct Read {
    message: Message,
    lang: String,
    invite: Option<(Word, Option<String>)>,
    decline: Option<Word>,
    direct_invite: Option<DirectInvite>,
    error: Option<StanzaError>,
    archived: Option<Element>,
    event: Option<Element>,
}

pub(super) fn decode(mut wire: Wire, rooms: &impl Fn(&BareJid) -> bool) -> Decoded {
    let Some(from) = wire.from.take() else { return Decoded::Ignored { why: "message without a sender" } };
    let type_ = wire.type_.clone();
    let bare = from.clone().into_bare();
    let mut read = read(wire, &bare);
    if type_ != MessageType::Error
        && type_ != MessageType::Groupchat
        && let Some(invitation) = invitation(&mut read, &from)
    {
        return invitation;
    }
    let sender = Sender { bare, nick: from.resource().map(Nick::from) };
    if !rooms(&sender.bare) {
        // A service speaks as itself; whatever a client sends has a resource.
        if let (Some(event), None, false) = (&read.event, &sender.nick, type_ == MessageType::Error) {
            return pushed(&sender.bare, event);
        }
        return outside(sender, &type_, read);
    }
    if let (Some(result), None, MessageType::Normal) = (&read.archived, &sender.nick, &type_) {
        return archived(sender.bare, result);
    }
    let kind = kind(&type_, sender.nick.is_some(), read);
    Decoded::Room(from_room(sender, kind))
}

/// Invitations come from anywhere. Only a bare JID can be a room that mediates; clients always send from a full one.
fn invitation(read: &mut Read, from: &Jid) -> Option<Decoded> {
    let room = || (from.is_bare() && from.node().is_some()).then(|| RoomJid::new(from.to_bare()));
    if let Some((word, password)) = read.invite.take_if(|_| from.is_bare()) {
        let (room, kind, via) = (room()?, InviteKind::Mediated, from.clone());
        return Some(Decoded::Invite(Invite { room, inviter: word.from, reason: word.reason, password, kind, via }));
    }
    if let Some(word) = read.decline.take_if(|_| from.is_bare()) {
        return Some(Decoded::Declined { room: room()?, from: word.from, reason: word.reason });
    }
    let DirectInvite { room, reason, password } = read.direct_invite.take()?;
    let (inviter, kind, via) = (Some(from.clone()), InviteKind::Direct, from.clone());
    Some(Decoded::Invite(Invite { room, inviter, reason, password, kind, via }))
}

fn outside(sender: Sender, type_: &MessageType, read: Read) -> Decoded {
    match type_ {
        MessageType::Chat | MessageType::Normal => {}
        MessageType::Groupchat => return Decoded::Ignored { why: "message of a room that we are not in" },
        MessageType::Error => return Decoded::Ignored { why: "error to a message outside of rooms" },
        MessageType::Headline => return Decoded::Ignored { why: "headline" },
    }
    let Some(body) = read.message.body else { return Decoded::Ignored { why: "message without a text" } };
    let from = match sender.nick {
        Some(nick) => sender.bare.with_resource_str(nick.as_str()).map_or_else(|_| sender.bare.into(), Jid::from),
        None => sender.bare.into(),
    };
    Decoded::Direct(DirectMessage {
        from,
        id: read.message.id,
        body,
        lang: read.lang,
        replaces: read.message.replaces,
        is_encrypted: read.message.is_encrypted,
        is_delayed: read.message.has_delay,
    })
}

fn kind(type_: &MessageType, is_occupant: bool, mut read: Read) -> InboundKind {
    if *type_ == MessageType::Error {
        let error = read.error.unwrap_or_else(stanza_error::unknown);
        return InboundKind::MessageError { id: read.message.id, error };
    }
    if is_empty(&read.message)
        && let Some(why) = read.message.malformed.take()
    {
        return InboundKind::Malformed { why };
    }
    if *type_ == MessageType::Groupchat {
        InboundKind::Groupchat(read.message)
    } else if is_occupant {
        InboundKind::Private(read.message)
    } else {
        InboundKind::Notice(read.message)
    }
}

fn is_empty(message: &Message) -> bool {
    let has_text = message.body.is_some() || message.subject.is_some() || message.xhtml.is_some();
    let has_target = message.retracts.is_some() || message.moderated.is_some() || message.reactions.is_some();
    let has_news = !message.statuses.is_empty() || !message.items.is_empty() || message.voice_request.is_some();
    let has_else = message.is_encrypted || message.has_captcha || !message.oob.is_empty();
    !(has_text || has_target || has_news || has_else)
}

fn pushed(service: &BareJid, event: &Element) -> Decoded {
    match pubsub::news(service, event) {
        Some((node, news)) => Decoded::Pushed(Push { node, news }),
        None => Decoded::Ignored { why: "news of a node that say nothing" },
    }
}

/// A result of an archive query. The message inside is of the room or nothing.
fn archived(room: BareJid, result: &Element) -> Decoded {
    let Some(forwarded) = result.get_child("forwarded", ns::FORWARD) else {
        return Decoded::Ignored { why: "archive result without a message" };
    };
    let stamp = forwarded.get_child("delay", ns::DELAY).and_then(|delay| delay.attr("stamp"));
    let room = RoomJid::new(room);
    Decoded::Archive(Archived {
        query: result.attr("queryid").map(str::to_owned),
        id: StanzaId::new(result.attr("id").unwrap_or_default()),
        at: stamp.and_then(|stamp| stamp.parse::<Timestamp>().ok()),
        inbound: archived_message(&room, forwarded),
        room,
    })
}

fn archived_message(room: &RoomJid, forwarded: &Element) -> Inbound {
    let malformed = |nick: Option<Nick>, why: &str| {
        let kind = InboundKind::Malformed { why: why.to_owned() };
        Inbound { room: room.clone(), nick, kind }
    };
    let Some(inner) = forwarded.get_child("message", ns::DEFAULT_NS) else {
        return malformed(None, "archive result without a message");
    };
    let from = inner.attr("from").and_then(|from| Jid::new(from).ok());
    let nick = from.as_ref().and_then(|from| from.resource()).map(|it: &ResourceRef| Nick::from(it));
    if from.is_none_or(|from| from.into_bare() != *room.as_bare()) {
        return malformed(None, "archived message of another room");
    }
    let Ok(wire) = Wire::try_from(inner.clone()) else {
        return malformed(nick, "archived message that is not well formed");
    };
    let type_ = wire.type_.clone();
    let kind = kind(&type_, nick.is_some(), read(wire, room.as_bare()));
    Inbound { room: room.clone(), nick, kind }
}

fn read(wire: Wire, from: &BareJid) -> Read {
    let mut read = Read::default();
    read.message.id = wire.id.map(|id| MessageId::new(id.0));
    read.message.subject = wire.subjects.into_values().next();
    read.message.has_thread = wire.thread.is_some();
    read.texts(wire.bodies);
    for payload in wire.payloads {
        read.payload(payload, from);
    }
    read
}

impl Read {
    /// The key of a text is the inherited language, so even a lone text seldom has the empty one. Of several, the one
    /// without a language sorts first and wins.
    fn texts(&mut self, mut bodies: BTreeMap<Lang, String>) {
        if bodies.len() <= 1 {
            let body = bodies.pop_first();
            self.message.body = body.map(|(lang, body)| {
                self.lang = lang.0;
                body
            });
            return;
        }
        self.message.bodies = bodies.into_iter().map(|(lang, body)| LangText { lang: lang.0, body }).collect();
        if let Some(best) = self.message.bodies.first() {
            self.lang.clone_from(&best.lang);
            self.message.body = Some(best.body.clone());
        }
    }

    fn payload(&mut self, payload: Element, from: &BareJid) {
        let message = &mut self.message;
        match payload.name() {
            "stanza-id" if payload.has_ns(ns::SID) => {
                // Nearly always the room itself, and then there is nothing to parse.
                let by = |by| if by == from.as_str() { Some(from.clone()) } else { BareJid::new(by).ok() };
                let by = attr(&payload, "by").and_then(by);
                message.stanza_ids.extend(attr(&payload, "id").map(|id| (by, StanzaId::new(id))));
            }
            "occupant-id" if payload.has_ns(ns::OID) => {
                message.occupant_ids.extend(attr(&payload, "id").map(OccupantId::new));
            }
            "x" => self.x(&payload),
            "fallback" if fallback::matches(&payload) => {
                message.fallback = message.fallback.or(fallback::read(&payload))
            }
            "reply" if payload.has_ns(NS_REPLY) => message.reply_to = attr(&payload, "id").map(str::to_owned),
            "replace" if payload.has_ns(ns::MESSAGE_CORRECT) => {
                message.replaces = attr(&payload, "id").map(MessageId::new);
            }
            "retract" | "apply-to" => self.retraction(&payload),
            "reactions" if payload.has_ns(ns::REACTIONS) => self.reactions(&payload),
            "html" if payload.has_ns(ns::XHTML_IM) => message.xhtml = xhtml::text(&payload),
            "delay" if payload.has_ns(ns::DELAY) => message.has_delay = true,
            "captcha" if payload.has_ns(NS_CAPTCHA) => message.has_captcha = true,
            "encryption" if payload.has_ns(ns::EME) => message.is_encrypted = true,
            "encrypted" if NS_ENCRYPTED.iter().any(|ns| payload.has_ns(*ns)) => message.is_encrypted = true,
            "openpgp" if payload.has_ns(ns::OX) => message.is_encrypted = true,
            "reference" | "media-sharing" | "file-sharing" | "sources" => {
                attachments::collect(&payload, &mut message.oob);
            }
            "error" if stanza_error::matches(&payload) => self.error = Some(stanza_error::read(&payload)),
            "result" if payload.has_ns(ns::MAM) => self.archived = Some(payload),
            "event" if payload.has_ns(pubsub::NS_EVENT) => self.event = Some(payload),
            "malformed" => {
                if let Some(why) = fence::why(&payload) {
                    self.note(why);
                }
            }
            _ => {}
        }
    }

    fn x(&mut self, payload: &Element) {
        let message = &mut self.message;
        if MucUser::matches(payload) {
            let user = MucUser::read(payload);
            message.statuses.extend(user.statuses);
            message.items.extend(user.items);
            self.invite = user.invite.map(|word| (word, user.password)).or(self.invite.take());
            self.decline = user.decline.or(self.decline.take());
            if let Some(why) = user.malformed {
                self.note(why);
            }
        } else if payload.has_ns(ns::OOB) {
            attachments::collect(payload, &mut message.oob);
        } else if payload.has_ns(ns::DATA_FORMS) {
            message.voice_request = voice_request(payload).or(message.voice_request.take());
        } else if payload.has_ns(direct_invite::NS) {
            self.direct_invite = direct_invite::read(payload);
        } else if payload.has_ns(NS_LEGACY_PGP) {
            message.is_encrypted = true;
        } else if payload.has_ns(NS_LEGACY_DELAY) {
            message.has_delay = true;
        }
    }

    fn retraction(&mut self, payload: &Element) {
        let is_one = payload.has_ns(retraction::NS_1) || payload.has_ns(retraction::NS_FASTEN);
        if !is_one {
            return;
        }
        if let Some(moderated) = moderation::announcement(payload) {
            self.message.moderated.get_or_insert(moderated);
        } else if let Some(id) = retraction::target(payload) {
            self.message.retracts.get_or_insert_with(|| id.to_owned());
        }
    }

    fn reactions(&mut self, payload: &Element) {
        let Some(id) = attr(payload, "id") else { return self.note("reactions to nothing") };
        let emojis = payload.children().filter(|it| it.is("reaction", ns::REACTIONS)).map(Element::text).collect();
        self.message.reactions = Some((id.to_owned(), emojis));
    }

    fn note(&mut self, why: &str) {
        self.message.malformed.get_or_insert_with(|| why.to_owned());
    }
}

fn voice_request(form: &Element) -> Option<(Nick, Option<Jid>)> {
    if data_form::form_type(form)? != NS_MUC_REQUEST {
        return None;
    }
    let nick = Nick::new(&data_form::value(form, "muc#roomnick")?).ok()?;
    Some((nick, data_form::value(form, "muc#jid").and_then(|jid| Jid::new(&jid).ok())))
}
