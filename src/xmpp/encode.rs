//! From values to stanzas, in exactly the forms that rooms understand.
//!
//! Texts may come from people and plugins: characters that XML cannot carry are replaced, since a stream ends at the
//! first one. What may be sent, and when, is decided elsewhere.

use domovoi_plugin::{MessageId, Moderation, Nick, RoomJid, StanzaId, jid::BareJid, jid::Jid};
use minidom::Element;
use xmpp_parsers::{
    data_forms::{DataForm, DataFormType, Field},
    disco::DiscoInfoQuery,
    iq::{Iq, IqHeader, IqPayload},
    mam,
    message::{Id, Lang, Message, MessageType},
    message_correct::Replace,
    muc::{Muc, MucUser, muc::History, user},
    ns,
    oob::Oob,
    ping::Ping,
    presence::{Presence, Type},
    reactions::{Reaction, Reactions},
    rsm::SetQuery,
    stanza::Stanza,
};

use super::{
    entity::Entity,
    legal::legal,
    payload::{
        moderation::{ApplyTo, Moderate0, Moderate1},
        muc_admin, muc_owner,
        retraction::{Retract0, Retract1},
    },
};
use crate::muc::{ArchivePage, Outbound};

/// Asks archives to keep a message that has no text (XEP-0334).
const NS_HINTS: &str = "urn:xmpp:hints";

/// The stanza for something to be sent to a room.
///
/// `entity` is what our presence says of us. `id` is that of the iq, from [`super::iq::IqTable`], and of a presence if
/// given; messages bring their own or take this one. An iq without an id is no iq: it gets an empty one.
#[must_use]
pub fn encode(room: &RoomJid, outbound: &Outbound, id: Option<&str>, entity: &Entity) -> Stanza {
    let to = To { room, id: id.map(str::to_owned) };
    match outbound {
        Outbound::Join { nick, password } => {
            let muc = Muc { password: password.as_deref().map(text), history: Some(History::new().with_maxstanzas(0)) };
            let mut presence = entity.presence();
            presence.payloads.insert(0, muc.into());
            to.occupant(nick, presence)
        }
        Outbound::ChangeNick { nick } => to.occupant(nick, entity.presence()),
        Outbound::Leave { nick, status } => {
            let mut presence = Presence::new(Type::Unavailable);
            presence.statuses.extend(status.as_deref().map(|it| (Lang::new(), text(it))));
            to.occupant(nick, presence)
        }
        Outbound::Say { id, text, replaces } => to.say(id, text, replaces.as_ref()),
        Outbound::Share { id, url } => to.share(id, url),
        Outbound::Private { id, to: nick, text } => to.private(id, nick, text),
        Outbound::React { id, to: message, emojis } => to.react(id, message, emojis),
        Outbound::Subject { text: subject } => {
            let mut message = to.all(to.id.clone().map(Id));
            message.subjects.insert(Lang::new(), text(subject));
            message.into()
        }
        Outbound::Invite { jid, reason: why } => to.invite(jid, why),
        Outbound::AcceptDefaults => {
            let form = DataForm { type_: DataFormType::Submit, title: None, instructions: None, fields: Vec::new() };
            to.set(muc_owner::Query { form: Some(form) })
        }
        Outbound::SelfPing { nick } => {
            let ping = IqPayload::Get(Ping.into());
            Iq::assemble(IqHeader { from: None, to: Some(to.address(nick)), ..to.header() }, ping).into()
        }
        Outbound::QueryFeatures => to.get(DiscoInfoQuery { node: None }),
        Outbound::QueryReservedNick => to.get(DiscoInfoQuery { node: Some("x-roomuser-item".to_owned()) }),
        Outbound::SetRole { nick, role, reason: why } => to.set(muc_admin::role(nick, *role, reason(why))),
        Outbound::SetAffiliation { jid, affiliation, reason: why } => {
            to.set(muc_admin::affiliation(jid, *affiliation, reason(why)))
        }
        Outbound::QueryList { affiliation } => to.get(muc_admin::list(*affiliation)),
        Outbound::QueryForm => to.get(muc_owner::Query::default()),
        Outbound::SubmitForm { fields } => {
            let legal = |it: &String| text(it);
            let fields: Vec<_> =
                fields.iter().map(|(var, values)| (text(var), values.iter().map(legal).collect())).collect();
            to.set(muc_owner::submit(&fields))
        }
        Outbound::Moderate { message, reason: why, version } => to.set(moderate(message, why, *version)),
        Outbound::QueryArchive { query, page, max } => to.set(archive(query, page, *max)),
    }
}

/// Whom a stanza to a room goes to, and who has to answer it.
#[must_use]
pub fn addressee(room: &RoomJid, outbound: &Outbound) -> Jid {
    let to = To { room, id: None };
    if let Outbound::SelfPing { nick } = outbound { to.address(nick) } else { to.bare() }
}

/// A message to someone outside of rooms, or an answer to one.
#[must_use]
pub fn direct(to: &Jid, id: &MessageId, body: &str) -> Stanza {
    let mut message = Message::chat(to.clone()).with_body(Lang::new(), text(body));
    message.id = Some(wire_id(id));
    message.into()
}

fn text(text: &str) -> String {
    legal(text).into_owned()
}

/// A reason, or nothing where there is none to give.
fn reason(reason: &str) -> Option<String> {
    (!reason.is_empty()).then(|| text(reason))
}

/// Where a stanza goes, and under which id.
struct To<'a> {
    room: &'a RoomJid,
    id: Option<String>,
}

impl To<'_> {
    fn bare(&self) -> Jid {
        Jid::from(self.room.as_bare().clone())
    }

    /// An occupant's address. A nick is a resource by its type; were it none, the room is asked instead and refuses.
    fn address(&self, nick: &Nick) -> Jid {
        self.room.occupant(nick).to_full().map_or_else(|| self.bare(), Jid::from)
    }

    fn occupant(&self, nick: &Nick, mut presence: Presence) -> Stanza {
        presence.to = Some(self.address(nick));
        presence.id.clone_from(&self.id);
        presence.into()
    }

    fn all(&self, id: Option<Id>) -> Message {
        let mut message = Message::new_with_type(MessageType::Groupchat, self.bare());
        message.id = id;
        message
    }

    fn say(&self, id: &MessageId, body: &str, replaces: Option<&MessageId>) -> Stanza {
        let mut message = self.all(Some(wire_id(id))).with_body(Lang::new(), text(body));
        message.payloads.extend(replaces.map(|id| Replace { id: wire_id(id) }.into()));
        message.into()
    }

    /// Clients show a picture in place only where the body is the address and nothing else.
    fn share(&self, id: &MessageId, url: &str) -> Stanza {
        let mut message = self.all(Some(wire_id(id))).with_body(Lang::new(), text(url));
        message.payloads.push(Oob { url: text(url), desc: None }.into());
        message.into()
    }

    fn private(&self, id: &MessageId, nick: &Nick, body: &str) -> Stanza {
        let mut message = Message::chat(self.address(nick)).with_body(Lang::new(), text(body));
        message.id = Some(wire_id(id));
        message.payloads.push(MucUser::new().into());
        message.into()
    }

    fn react(&self, id: &MessageId, to: &StanzaId, emojis: &[String]) -> Stanza {
        let mut message = self.all(Some(wire_id(id)));
        let reactions = emojis.iter().map(|emoji| Reaction { emoji: text(emoji) }).collect();
        message.payloads.push(Reactions { id: text(to.as_str()), reactions }.into());
        message.payloads.push(Element::bare("store", NS_HINTS));
        message.into()
    }

    fn invite(&self, jid: &BareJid, why: &str) -> Stanza {
        let invite = user::Invite { from: None, to: Some(jid.clone().into()), reason: reason(why) };
        let mut message = Message::normal(self.bare());
        message.id = self.id.clone().map(Id);
        message.payloads.push(MucUser { invite: Some(invite), ..MucUser::new() }.into());
        message.into()
    }

    fn header(&self) -> IqHeader {
        IqHeader { from: None, to: Some(self.bare()), id: self.id.clone().unwrap_or_default() }
    }

    fn get(&self, payload: impl Into<Element>) -> Stanza {
        Iq::assemble(self.header(), IqPayload::Get(payload.into())).into()
    }

    fn set(&self, payload: impl Into<Element>) -> Stanza {
        Iq::assemble(self.header(), IqPayload::Set(payload.into())).into()
    }
}

fn wire_id(id: &MessageId) -> Id {
    Id(text(id.as_str()))
}

fn moderate(message: &StanzaId, why: &str, version: Moderation) -> Element {
    let (id, reason) = (text(message.as_str()), reason(why));
    match version {
        Moderation::V0 => ApplyTo { id, moderate: Moderate0 { retract: Retract0, reason } }.into(),
        // A room that speaks neither form refuses this one in words, which is what the asker is to read.
        Moderation::V1 | Moderation::None => Moderate1 { id, retract: Retract1, reason }.into(),
    }
}

fn archive(query: &str, page: &ArchivePage, max: u16) -> mam::Query {
    let id = |id: &StanzaId| text(id.as_str());
    let (since, after, before) = match page {
        ArchivePage::After(after) => (None, Some(id(after)), None),
        ArchivePage::Since(since) => (Some(since), None, None),
        // An empty `<before/>` asks for the last page.
        ArchivePage::Newest { since, before } => (Some(since), None, Some(before.as_ref().map(id).unwrap_or_default())),
    };
    let start = since.map(|it| Field::text_single("start", &it.to_string()));
    let form = DataForm::new(DataFormType::Submit, ns::MAM, start.into_iter().collect());
    let page = SetQuery { max: Some(usize::from(max)), after, before, index: None };
    mam::Query {
        queryid: Some(mam::QueryId(text(query))),
        node: None,
        form: Some(form),
        set: Some(page),
        flip_page: false,
    }
}

#[cfg(test)]
mod tests;
