//! What people in the room do besides coming and going.

use std::sync::Arc;

use domovoi_plugin::{Nick, Role, Show};

use super::{Cause, Server};
use crate::muc::{
    Inbound, InboundKind,
    inbound::{Message, Presence, Status},
};

impl Server {
    /// Someone says something to the room.
    pub(in crate::cli) fn says(&mut self, nick: &Nick, body: &str) -> Result<Vec<Inbound>, String> {
        let Some(person) = self.people.get(nick) else { return Err(format!("{nick} is not here; /join comes in")) };
        if person.role < Role::Participant {
            return Err(format!("{nick} has no voice: nobody heard that"));
        }
        let jid = person.jid.to_bare();
        let message = Message { body: Some(body.to_owned()), ..self.message(None) };
        self.note_said(jid, &message);
        Ok(vec![self.of(nick, InboundKind::Groupchat(message))])
    }

    /// Someone says something to the bot alone.
    pub(in crate::cli) fn whispers(&mut self, nick: &Nick, body: &str) -> Result<Vec<Inbound>, String> {
        if !self.is_here(nick) {
            return Err(format!("{nick} is not here; /join comes in"));
        }
        let message = Message { body: Some(body.to_owned()), stanza_ids: Vec::new(), ..self.message(None) };
        Ok(vec![self.of(nick, InboundKind::Private(message))])
    }

    /// Someone takes back what they said last (XEP-0424).
    pub(in crate::cli) fn retracts(&mut self, nick: &Nick) -> Result<Vec<Inbound>, String> {
        let at = self.last_of(nick)?;
        let id = self.said.remove(at).stanza_id;
        let message = Message { retracts: Some(id.as_str().to_owned()), ..self.message(None) };
        Ok(vec![self.of(nick, InboundKind::Groupchat(message))])
    }

    /// Someone corrects what they said last (XEP-0308).
    pub(in crate::cli) fn corrects(&mut self, nick: &Nick, body: &str) -> Result<Vec<Inbound>, String> {
        let at = self.last_of(nick)?;
        let replaces = self.said.get_mut(at).map(|it| {
            body.clone_into(&mut it.body);
            it.id.clone()
        });
        let message = Message { body: Some(body.to_owned()), replaces, ..self.message(None) };
        Ok(vec![self.of(nick, InboundKind::Groupchat(message))])
    }

    /// Someone reacts to what was said last, or to the last that was said so (XEP-0444).
    pub(in crate::cli) fn reacts(
        &mut self,
        nick: &Nick,
        emoji: &str,
        to: Option<&str>,
    ) -> Result<Vec<Inbound>, String> {
        if !self.is_here(nick) {
            return Err(format!("{nick} is not here"));
        }
        let meant = self.said.iter().rfind(|it| to.is_none_or(|to| it.body == to));
        let target = meant.map(|it| it.stanza_id.as_str().to_owned());
        let target = target.ok_or("nothing of that kind was said that could be reacted to")?;
        let message = Message { reactions: Some((target, vec![emoji.to_owned()])), ..self.message(None) };
        Ok(vec![self.of(nick, InboundKind::Groupchat(message))])
    }

    /// Someone sets the subject.
    pub(in crate::cli) fn sets_subject(&mut self, nick: &Nick, text: &str) -> Result<Vec<Inbound>, String> {
        if !self.is_here(nick) {
            return Err(format!("{nick} is not here"));
        }
        let message = Message { subject: Some(text.to_owned()), ..self.message(None) };
        Ok(vec![self.of(nick, InboundKind::Groupchat(message))])
    }

    /// Someone shows that they are away, or here again.
    pub(in crate::cli) fn shows(
        &mut self,
        nick: &Nick,
        show: Show,
        status: Option<&str>,
    ) -> Result<Vec<Inbound>, String> {
        let Some(person) = self.people.get(nick) else { return Err(format!("{nick} is not here")) };
        let presence = Presence {
            items: vec![self.item(person, Cause::default())],
            show: Some(show),
            status_text: status.map(Arc::from),
            ..self.presence(person)
        };
        Ok(vec![self.of(nick, InboundKind::Available(presence))])
    }

    /// A moderator throws someone out.
    pub(in crate::cli) fn kicks(&mut self, moderator: &Nick, nick: &Nick) -> Result<Vec<Inbound>, String> {
        let is_moderator = self.people.get(moderator).is_some_and(|it| it.role == Role::Moderator);
        if !is_moderator {
            return Err(format!("{moderator} is no moderator"));
        }
        let cause = Cause { actor: Some(moderator.clone()), reason: None };
        let gone = self.removes(nick, vec![Status::Kicked], cause);
        gone.map(|it| vec![it]).ok_or_else(|| format!("{nick} is not here"))
    }

    fn last_of(&self, nick: &Nick) -> Result<usize, String> {
        let jid = self.people.get(nick).map(|it| it.jid.to_bare()).ok_or_else(|| format!("{nick} is not here"))?;
        let at = self.said.iter().rposition(|it| it.jid == jid);
        at.ok_or_else(|| format!("{nick} has said nothing that could be taken back or corrected"))
    }
}
