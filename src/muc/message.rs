//! Messages: what was said, and what the room itself has to say. What a payload is worth depends on where it came from.

use std::sync::Arc;

use domovoi_plugin::{
    AbsentChange, Affiliation, Correction, Event, EventKind, Message, Nick, Occupant, OccupantId, Phase, Reaction,
    Retraction, Role, Show, StanzaId, Timestamp,
};

use super::{
    Membership, Room,
    inbound::{self, Item, Status},
    occupants::bare_str,
    talk::author_key,
};

impl Room {
    /// A message of type `groupchat`.
    pub(super) fn on_groupchat(&mut self, nick: Option<Nick>, mut message: inbound::Message, events: &mut Vec<Event>) {
        if !matches!(self.membership, Membership::Joined { .. } | Membership::Joining { .. }) {
            return;
        }
        self.prolong_history();
        let stanza_id = self.stanza_id(&message);
        if let Some(id) = &stanza_id {
            if !self.talk.is_new(id) {
                return;
            }
            self.talk.last_stanza_id = Some(id.clone());
        }
        let malformed = message.malformed.take();
        let occupant = nick.as_ref().and_then(|it| self.speaker(it, &message.occupant_ids));
        if is_subject(&message) {
            self.on_subject(occupant.clone(), message.subject, events);
        } else if nick.is_some() {
            self.on_speech(occupant.clone(), message, stanza_id, events);
        } else {
            self.on_room_speech(message, stanza_id, events);
        }
        if let Some(why) = malformed {
            events.push(self.event(occupant, EventKind::Malformed { why }));
        }
    }

    /// The room's id of a message: only by this room, and only if the room gives such ids (XEP-0359 §3).
    fn stanza_id(&self, message: &inbound::Message) -> Option<StanzaId> {
        if !self.features.has_stanza_ids {
            return None;
        }
        let mut by_room = message.stanza_ids.iter().filter(|(by, _)| by.as_ref() == Some(self.plan.room.as_bare()));
        let (_, id) = by_room.next()?;
        // Where there are two, the room lets forged ones through, and neither is worth anything.
        by_room.next().is_none().then(|| id.clone())
    }

    /// Who speaks. In history that is not who has the nick now, unless the occupant id says so.
    fn speaker(&self, nick: &Nick, ids: &[OccupantId]) -> Option<Arc<Occupant>> {
        if self.phase() == Phase::Live {
            return self.occupants.get(nick).cloned();
        }
        Some(self.stranger(nick, self.believed_id(ids)))
    }

    /// Someone who spoke before we listened: rights none, identity as far as the room vouches for it.
    fn stranger(&self, nick: &Nick, occupant_id: Option<OccupantId>) -> Arc<Occupant> {
        let known = occupant_id.as_ref().and_then(|id| {
            let gone = self.gone().map(|it| &it.occupant);
            self.occupants.iter().chain(gone).find(|it| it.occupant_id.as_ref() == Some(id))
        });
        if let Some(known) = known.filter(|it| it.nick == *nick) {
            return Arc::clone(known);
        }
        Arc::new(Occupant {
            nick: nick.clone(),
            role: Role::None,
            affiliation: known.map_or(Affiliation::None, |it| it.affiliation),
            jids: known.map_or_else(Vec::new, |it| it.jids.clone()),
            occupant_id,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: self.now,
            stay: known.map_or_else(|| self.plan.stays.next(), |it| it.stay),
            is_self: known.is_some_and(|it| it.is_self),
        })
    }

    /// The subject was changed, or told to us, which ends history (XEP-0045 §7.2.15).
    fn on_subject(&mut self, occupant: Option<Arc<Occupant>>, subject: Option<String>, events: &mut Vec<Event>) {
        self.enter_without_110();
        self.subject = subject.unwrap_or_default();
        events.push(self.event(occupant, EventKind::Subject { text: self.subject.clone() }));
        self.end_history(events);
    }

    /// A subject comes only to those who are in. Services that send neither 110 nor JIDs leave only this sign.
    fn enter_without_110(&mut self) {
        let Membership::Joining { nick, .. } = &self.membership else { return };
        let nick = nick.clone();
        if self.occupants.get(&nick).is_some() {
            self.occupants.become_self(&nick);
            self.entered(&nick, &inbound::Presence::default());
        }
    }

    fn on_speech(
        &mut self,
        occupant: Option<Arc<Occupant>>,
        message: inbound::Message,
        stanza_id: Option<StanzaId>,
        events: &mut Vec<Event>,
    ) {
        let author = occupant.as_deref().map(author_key);
        if let (Some(occupant), Some(id)) = (&occupant, &message.id)
            && occupant.is_self
        {
            self.talk.echoes.came(id);
        }
        let id = message.id.clone();
        let Some(kind) = self.kind(author, message, stanza_id.as_ref()) else { return };
        let event = self.event(occupant, kind);
        if let (Some(occupant), Some(author)) = (&event.occupant, author) {
            self.talk.wrote(author, id.as_ref(), stanza_id.as_ref());
            if let Some(said) = event.message().filter(|_| event.phase == Phase::Live) {
                self.talk.speakers.said(occupant.stay, &said.body, stanza_id.as_ref(), self.now);
            }
        }
        events.push(event);
    }

    /// What an occupant's message is. Statuses, items, moderation and forms in it are theirs, not the room's.
    fn kind(&self, author: Option<u64>, message: inbound::Message, stanza_id: Option<&StanzaId>) -> Option<EventKind> {
        let wrote = |id: &str| self.talk.authors_of(id).any(|it| Some(it) == author);
        if let Some(target) = &message.retracts
            && (wrote(target) || self.talk.authors_of(target).next().is_none())
        {
            return Some(EventKind::Retraction(Retraction { target: target.clone(), moderator: None, reason: None }));
        }
        if let Some((target, emojis)) = message.reactions {
            return Some(EventKind::Reaction(Reaction { target, emojis }));
        }
        if !has_content(&message) {
            return None;
        }
        let replaces = message.replaces.clone().filter(|it| wrote(it.as_str()));
        let message = into_message(message, stanza_id.cloned());
        Some(match replaces {
            Some(replaces) => EventKind::Correction(Correction { replaces, message }),
            None => EventKind::Message(message),
        })
    }

    /// The room itself speaks to all: configuration, moderation, absent affiliations, notices of the service.
    fn on_room_speech(&mut self, mut message: inbound::Message, stanza_id: Option<StanzaId>, events: &mut Vec<Event>) {
        self.on_room_notes(&mut message, events);
        if let Some(moderated) = message.moderated.take() {
            let occupant = moderated.by.as_ref().and_then(|it| self.occupants.get(it)).cloned();
            let target = moderated.target.as_str().to_owned();
            let retraction = Retraction { target, moderator: moderated.by, reason: moderated.reason };
            events.push(self.event(occupant, EventKind::Retraction(retraction)));
        } else if has_content(&message) {
            events.push(self.event(None, EventKind::Message(into_message(message, stanza_id))));
        }
    }

    /// A message of type `normal` from the bare JID of the room; from an occupant it is worth nothing here.
    pub(super) fn on_notice(&mut self, nick: Option<Nick>, mut message: inbound::Message, events: &mut Vec<Event>) {
        if nick.is_some() {
            return;
        }
        if matches!(self.membership, Membership::Joining { .. }) {
            self.has_captcha |= message.has_captcha;
            return;
        }
        if !self.is_joined() {
            return;
        }
        self.on_room_notes(&mut message, events);
        if let Some((nick, _)) = message.voice_request.take() {
            let occupant = self.occupants.get(&nick).cloned();
            events.push(self.event(occupant, EventKind::VoiceRequest { nick }));
        }
        if let Some(why) = message.malformed.take() {
            events.push(self.event(None, EventKind::Malformed { why }));
        }
    }

    /// Status codes and items of the room's own messages.
    fn on_room_notes(&mut self, message: &mut inbound::Message, events: &mut Vec<Event>) {
        let is_config =
            |it: &Status| matches!(it, Status::ConfigChanged | Status::LoggingChanged | Status::AnonymityChanged);
        if message.statuses.iter().any(is_config) {
            self.ask_features();
            events.push(self.event(None, EventKind::Config));
        }
        for Item { affiliation, jid, actor, reason, .. } in message.items.drain(..) {
            if let Some(jid) = jid {
                let change = AbsentChange { jid: jid.to_bare(), affiliation, actor, reason };
                events.push(self.event(None, EventKind::Absent(change)));
            }
        }
    }

    /// A private message through the room (XEP-0045 §7.5). Who has the nick now is who sent it.
    pub(super) fn on_private(&mut self, nick: Option<Nick>, mut message: inbound::Message, events: &mut Vec<Event>) {
        let Some(nick) = nick.filter(|_| self.is_joined()) else { return };
        let occupant = self.occupants.get(&nick).cloned();
        if let Some(why) = message.malformed.take() {
            events.push(self.event(occupant.clone(), EventKind::Malformed { why }));
        }
        if has_content(&message) {
            events.push(self.event(occupant, EventKind::Private(into_message(message, None))));
        }
    }

    /// A message from the room's archive (XEP-0313), for the gap of an absence; `None` if it came before or says
    /// nothing.
    pub fn fill(
        &mut self,
        nick: Option<Nick>,
        id: StanzaId,
        message: inbound::Message,
        at: Timestamp,
    ) -> Option<Event> {
        if !self.talk.is_new(&id) {
            return None;
        }
        let occupant = nick.map(|it| self.absentee(&it, &message));
        let author = occupant.as_deref().map(author_key);
        let message_id = message.id.clone();
        let kind = match (&message.moderated, &occupant) {
            (Some(moderated), None) => EventKind::Retraction(Retraction {
                target: moderated.target.as_str().to_owned(),
                moderator: moderated.by.clone(),
                reason: moderated.reason.clone(),
            }),
            _ if is_subject(&message) => EventKind::Subject { text: message.subject.unwrap_or_default() },
            _ => self.kind(author, message, Some(&id))?,
        };
        if let Some(author) = author {
            self.talk.wrote(author, message_id.as_ref(), Some(&id));
        }
        let mut event = self.event(occupant, kind);
        event.at = at;
        event.phase = Phase::Filled;
        Some(event)
    }

    /// Who said something in our absence. By the occupant id if the room gives such ids; else by the real JID that the
    /// archive tells, if every occupant sees such; else whoever says something under the same nick, or from the same
    /// JID, within one gap counts as one, whom nothing can happen to but that their words are taken back.
    ///
    /// Everybody can put an item into a message. A room that shows JIDs adds its own (XEP-0313 §7.1), so that a forged one
    /// makes two, and neither is believed. COMPAT: ejabberd 23.01 adds one for moderators of other rooms too, and Prosody
    /// 0.12 takes all out there; what others do with a forged one is not known, so that it never names somebody to ban.
    fn absentee(&mut self, nick: &Nick, message: &inbound::Message) -> Arc<Occupant> {
        let stranger = self.stranger(nick, self.believed_id(&message.occupant_ids));
        if stranger.identity().is_lasting() {
            return stranger;
        }
        let (jid, name) = match message.items.as_slice() {
            [Item { jid: Some(jid), .. }] => (Some(jid.clone()), bare_str(jid).to_owned()),
            _ => (None, format!("/{nick}")),
        };
        let jids: Vec<_> = jid.filter(|_| self.features.is_non_anonymous).into_iter().collect();
        // Whoever has the nick now may be somebody else, but perhaps is not: those who belong here are never taken for
        // one stranger.
        let belongs = |it: &Arc<Occupant>| Affiliation::Member <= it.affiliation || it.role == Role::Moderator;
        if jids.is_empty() && self.occupants.get(nick).is_some_and(belongs) {
            return stranger;
        }
        let known = jids.first().and_then(|jid| self.occupants.iter().find(|it| it.has_jid(&jid.to_bare())));
        let affiliation = known.map_or(stranger.affiliation, |it| it.affiliation);
        let stay = self.talk.absentees.stay(&name, stranger.stay);
        Arc::new(Occupant { jids, affiliation, stay, ..Arc::unwrap_or_clone(stranger) })
    }
}

/// A change of the subject has neither body nor thread (XEP-0045 §8.1, #subject-mod).
fn is_subject(message: &inbound::Message) -> bool {
    message.subject.is_some() && message.body.is_none() && message.bodies.is_empty() && !message.has_thread
}

fn has_content(message: &inbound::Message) -> bool {
    message.body.is_some()
        || !message.bodies.is_empty()
        || message.xhtml.is_some()
        || !message.oob.is_empty()
        || message.is_encrypted
        || message.subject.is_some()
}

fn into_message(message: inbound::Message, stanza_id: Option<StanzaId>) -> Message {
    Message {
        id: message.id,
        stanza_id,
        body: message.body.unwrap_or_default(),
        bodies: message.bodies,
        xhtml: message.xhtml,
        oob: message.oob,
        reply_to: message.reply_to,
        fallback: message.fallback,
        is_encrypted: message.is_encrypted,
        subject: message.subject,
    }
}
