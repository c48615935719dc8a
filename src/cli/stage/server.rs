//! The made-up service: what a server would make of what people and the bot do in one room (XEP-0045).
//!
//! It gives what it would send to the bot as [`Inbound`] values; what they mean is for the real `muc::Room` to find.

mod people;

use std::collections::{BTreeMap, BTreeSet};

use domovoi_plugin::{
    ActError, Affiliation, Features, ListEntry, MessageId, Moderation, Nick, OccupantId, Role, RoomJid, StanzaId,
    jid::{BareJid, Jid},
};

use crate::muc::{
    Inbound, InboundKind, Outbound,
    inbound::{Item, Message, Moderated, Presence, Status},
};

/// Someone in the room.
struct Person {
    jid: Jid,
    role: Role,
}

/// A change of someone's standing: by whom, and why.
#[derive(Clone, Default)]
pub(in crate::cli) struct Cause {
    pub(in crate::cli) actor: Option<Nick>,
    pub(in crate::cli) reason: Option<String>,
}

/// How a room is.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Terms {
    /// The bot's affiliation.
    pub(in crate::cli) own: Affiliation,
    /// The role in which someone without affiliation comes in.
    pub(in crate::cli) newcomer: Role,
    /// Whether everybody sees real JIDs; else moderators do.
    pub(in crate::cli) is_non_anonymous: bool,
    /// Whether the room gives occupant ids (XEP-0421).
    pub(in crate::cli) has_occupant_ids: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { own: Affiliation::Owner, newcomer: Role::Participant, is_non_anonymous: true, has_occupant_ids: true }
    }
}

/// Something that was said to the room.
struct Said {
    jid: BareJid,
    id: MessageId,
    stanza_id: StanzaId,
    body: String,
}

/// So much of what was said last can be referred to.
const MAX_SAID: usize = 1000;

/// The service with its one room.
pub(in crate::cli) struct Server {
    terms: Terms,
    room: RoomJid,
    own: Nick,
    people: BTreeMap<Nick, Person>,
    known: BTreeSet<Nick>,
    affiliations: BTreeMap<BareJid, (Affiliation, Option<String>)>,
    /// What was said last.
    said: Vec<Said>,
    n_messages: u64,
}

impl Server {
    /// A room with nobody in it.
    pub(in crate::cli) fn new(room: RoomJid, own: Nick, account: BareJid, terms: Terms) -> Self {
        let affiliations = BTreeMap::from([(account, (terms.own, None))]);
        Self {
            terms,
            room,
            own,
            people: BTreeMap::new(),
            known: BTreeSet::new(),
            affiliations,
            said: Vec::new(),
            n_messages: 0,
        }
    }

    /// What the room offers.
    pub(in crate::cli) fn features(&self) -> Features {
        Features {
            is_moderated: true,
            is_non_anonymous: self.terms.is_non_anonymous,
            is_persistent: true,
            has_stanza_ids: true,
            has_occupant_ids: self.terms.has_occupant_ids,
            moderation: Moderation::V1,
            ..Features::default()
        }
    }

    pub(in crate::cli) fn is_here(&self, nick: &Nick) -> bool {
        self.people.contains_key(nick)
    }

    /// Whether somebody with this nick has been here.
    pub(in crate::cli) fn is_known(&self, nick: &Nick) -> bool {
        self.known.contains(nick)
    }

    /// The JID of whoever has this nick now.
    pub(in crate::cli) fn jid_of(&self, nick: &Nick) -> Option<Jid> {
        self.people.get(nick).map(|it| it.jid.clone())
    }

    pub(in crate::cli) fn affiliation(&self, jid: &BareJid) -> Affiliation {
        self.affiliations.get(jid).map_or(Affiliation::None, |it| it.0)
    }

    /// The bot enters, and hears that there is no subject.
    pub(in crate::cli) fn bot_enters(&mut self, jid: Jid) -> Vec<Inbound> {
        let own = self.own.clone();
        let role = self.role_of(self.terms.own);
        self.people.insert(own.clone(), Person { jid, role });
        let mut statuses = vec![Status::OwnPresence];
        statuses.extend(self.terms.is_non_anonymous.then_some(Status::NonAnonymous));
        let subject = Message { subject: Some(String::new()), ..Message::default() };
        vec![self.available(&own, statuses, Cause::default()), self.of_room(InboundKind::Groupchat(subject))]
    }

    /// Someone comes in.
    pub(in crate::cli) fn joins(&mut self, nick: &Nick, jid: Jid) -> Result<Vec<Inbound>, String> {
        let affiliation = self.affiliation(&jid.to_bare());
        if affiliation == Affiliation::Outcast {
            return Err(format!("{nick} is banned"));
        }
        if self.is_here(nick) {
            return Err(format!("somebody with the nick {nick} is here already"));
        }
        let role = self.role_of(affiliation);
        self.people.insert(nick.clone(), Person { jid, role });
        self.known.insert(nick.clone());
        Ok(vec![self.available(nick, Vec::new(), Cause::default())])
    }

    /// Someone leaves.
    pub(in crate::cli) fn leaves(&mut self, nick: &Nick) -> Vec<Inbound> {
        self.removes(nick, Vec::new(), Cause::default()).into_iter().collect()
    }

    /// Someone takes another nick.
    pub(in crate::cli) fn renames(&mut self, old: &Nick, new: &Nick) -> Result<Vec<Inbound>, String> {
        if self.is_here(new) {
            return Err(format!("somebody with the nick {new} is here already"));
        }
        let Some(person) = self.people.get(old) else { return Err(format!("{old} is not here")) };
        let item = Item { nick: Some(new.clone()), ..self.item(person, Cause::default()) };
        let gone = Presence { statuses: vec![Status::NickChanged], items: vec![item], ..self.presence(person) };
        let gone = self.of(old, InboundKind::Unavailable(gone));
        let moved = self.people.remove(old);
        self.people.extend(moved.map(|it| (new.clone(), it)));
        Ok(vec![gone, self.available(new, Vec::new(), Cause::default())])
    }

    /// What a message of this id said.
    pub(in crate::cli) fn body_of(&self, id: &StanzaId) -> Option<&str> {
        self.said.iter().rfind(|it| it.stanza_id == *id).map(|it| it.body.as_str())
    }

    /// The role of whoever has this nick now.
    pub(in crate::cli) fn role(&self, nick: &Nick) -> Role {
        self.people.get(nick).map_or(Role::None, |it| it.role)
    }

    /// The role in which someone comes in.
    const fn role_of(&self, affiliation: Affiliation) -> Role {
        match affiliation {
            Affiliation::Owner | Affiliation::Admin => Role::Moderator,
            Affiliation::Member => Role::Participant,
            Affiliation::None | Affiliation::Outcast => self.terms.newcomer,
        }
    }

    fn note_said(&mut self, jid: BareJid, message: &Message) {
        if let (Some(id), Some((_, stanza_id)), Some(body)) = (&message.id, message.stanza_ids.first(), &message.body) {
            self.said.push(Said { jid, id: id.clone(), stanza_id: stanza_id.clone(), body: body.clone() });
        }
        if MAX_SAID < self.said.len() {
            self.said.remove(0);
        }
    }

    /// Someone's affiliation becomes another; whoever is here changes with it.
    pub(in crate::cli) fn sets_affiliation(
        &mut self,
        jid: &BareJid,
        affiliation: Affiliation,
        cause: &Cause,
    ) -> Vec<Inbound> {
        let was = self.affiliation(jid);
        self.affiliations.insert(jid.clone(), (affiliation, cause.reason.clone()));
        let here = self.people.iter().filter(|(_, it)| it.jid.to_bare() == *jid).map(|(nick, _)| nick.clone());
        let mut sent = Vec::new();
        for nick in here.collect::<Vec<_>>() {
            if affiliation == Affiliation::Outcast {
                sent.extend(self.removes(&nick, vec![Status::Banned], cause.clone()));
                continue;
            }
            if let Some(person) = self.people.get_mut(&nick) {
                person.role = role_after(person.role, was, affiliation);
            }
            sent.push(self.available(&nick, Vec::new(), cause.clone()));
        }
        sent
    }

    /// What comes of something that the bot sends: the answer, and what everybody then sees.
    pub(in crate::cli) fn answer(&mut self, outbound: &Outbound) -> (Result<(), ActError>, Vec<Inbound>) {
        let own = self.own.clone();
        let by_bot = |reason: &str| Cause {
            actor: Some(own.clone()),
            reason: Some(reason.to_owned()).filter(|it| !it.is_empty()),
        };
        match outbound {
            Outbound::SetRole { nick, role, reason } => self.sets_role(nick, *role, by_bot(reason)),
            Outbound::SetAffiliation { jid, affiliation, reason } => {
                (Ok(()), self.sets_affiliation(jid, *affiliation, &by_bot(reason)))
            }
            Outbound::Moderate { message, reason, .. } => {
                let reason = by_bot(reason).reason;
                let moderated = Moderated { target: message.clone(), by: Some(own), reason };
                let notice = Message { moderated: Some(moderated), ..Message::default() };
                (Ok(()), vec![self.of_room(InboundKind::Groupchat(notice))])
            }
            Outbound::Say { id, text, replaces } => {
                let said = self.message(Some(id));
                let message = Message { body: Some(text.clone()), replaces: replaces.clone(), ..said };
                if let Some(jid) = self.jid_of(&own).filter(|_| message.replaces.is_none()) {
                    self.note_said(jid.to_bare(), &message);
                }
                (Ok(()), vec![self.of(&own, InboundKind::Groupchat(message))])
            }
            Outbound::Share { id, url } => {
                let message = Message { body: Some(url.clone()), oob: vec![url.clone()], ..self.message(Some(id)) };
                if let Some(jid) = self.jid_of(&own) {
                    self.note_said(jid.to_bare(), &message);
                }
                (Ok(()), vec![self.of(&own, InboundKind::Groupchat(message))])
            }
            Outbound::React { id, to, emojis } => {
                let reactions = Some((to.as_str().to_owned(), emojis.clone()));
                let message = Message { reactions, ..self.message(Some(id)) };
                (Ok(()), vec![self.of(&own, InboundKind::Groupchat(message))])
            }
            Outbound::Subject { text } => {
                let message = Message { subject: Some(text.clone()), ..self.message(None) };
                (Ok(()), vec![self.of(&own, InboundKind::Groupchat(message))])
            }
            Outbound::QueryForm | Outbound::SubmitForm { .. } => (Err(ActError::Unsupported), Vec::new()),
            Outbound::Join { .. }
            | Outbound::Leave { .. }
            | Outbound::ChangeNick { .. }
            | Outbound::AcceptDefaults
            | Outbound::SelfPing { .. }
            | Outbound::QueryFeatures
            | Outbound::QueryReservedNick
            | Outbound::QueryList { .. }
            | Outbound::Private { .. }
            | Outbound::Invite { .. }
            | Outbound::QueryArchive { .. } => (Ok(()), Vec::new()),
        }
    }

    /// One of the room's lists.
    pub(in crate::cli) fn list(&self, affiliation: Affiliation) -> Vec<ListEntry> {
        let on_it = self.affiliations.iter().filter(|(_, it)| it.0 == affiliation);
        on_it.map(|(jid, (_, reason))| ListEntry { jid: jid.clone(), reason: reason.clone() }).collect()
    }

    fn sets_role(&mut self, nick: &Nick, role: Role, cause: Cause) -> (Result<(), ActError>, Vec<Inbound>) {
        let Some(person) = self.people.get_mut(nick) else {
            return (Err(ActError::Gone { nick: nick.to_string() }), Vec::new());
        };
        if role == Role::None {
            return (Ok(()), self.removes(nick, vec![Status::Kicked], cause).into_iter().collect());
        }
        person.role = role;
        (Ok(()), vec![self.available(nick, Vec::new(), cause)])
    }

    fn removes(&mut self, nick: &Nick, statuses: Vec<Status>, cause: Cause) -> Option<Inbound> {
        let mut person = self.people.remove(nick)?;
        person.role = Role::None;
        let presence = Presence { statuses, items: vec![self.item(&person, cause)], ..self.presence(&person) };
        Some(self.of(nick, InboundKind::Unavailable(presence)))
    }

    fn available(&self, nick: &Nick, statuses: Vec<Status>, cause: Cause) -> Inbound {
        let presence = self.people.get(nick).map(|person| Presence {
            statuses,
            items: vec![self.item(person, cause)],
            ..self.presence(person)
        });
        self.of(nick, InboundKind::Available(presence.unwrap_or_default()))
    }

    fn presence(&self, person: &Person) -> Presence {
        // An occupant id is an opaque word; this one says whose it is, which harms nobody here.
        let id = OccupantId::new(format!("{}-in-{}", person.jid.to_bare(), self.room));
        let occupant_ids = if self.terms.has_occupant_ids { vec![id] } else { Vec::new() };
        Presence { occupant_ids, ..Presence::default() }
    }

    fn item(&self, person: &Person, cause: Cause) -> Item {
        Item {
            affiliation: self.affiliation(&person.jid.to_bare()),
            role: person.role,
            jid: self.shows_jids().then(|| person.jid.clone()),
            nick: None,
            actor: cause.actor,
            reason: cause.reason,
        }
    }

    /// Whether the bot is shown real JIDs.
    fn shows_jids(&self) -> bool {
        self.terms.is_non_anonymous || self.role(&self.own) == Role::Moderator
    }

    /// A message with a new id of the room, and the sender's.
    fn message(&mut self, id: Option<&MessageId>) -> Message {
        self.n_messages += 1;
        let stanza_id = StanzaId::new(format!("s{}", self.n_messages));
        let id = id.cloned().unwrap_or_else(|| MessageId::new(format!("m{}", self.n_messages)));
        let stanza_ids = vec![(Some(self.room.as_bare().clone()), stanza_id)];
        Message { id: Some(id), stanza_ids, ..Message::default() }
    }

    fn of(&self, nick: &Nick, kind: InboundKind) -> Inbound {
        Inbound { room: self.room.clone(), nick: Some(nick.clone()), kind }
    }

    fn of_room(&self, kind: InboundKind) -> Inbound {
        Inbound { room: self.room.clone(), nick: None, kind }
    }
}

/// The role that goes with a new affiliation, in a moderated room where everybody comes in with voice.
fn role_after(role: Role, was: Affiliation, is: Affiliation) -> Role {
    if Affiliation::Admin <= is {
        Role::Moderator
    } else if Affiliation::Admin <= was {
        Role::Participant
    } else if is == Affiliation::Member {
        role.max(Role::Participant)
    } else {
        role
    }
}
