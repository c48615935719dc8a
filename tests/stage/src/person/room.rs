//! What a person does in rooms (XEP-0045).

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use super::Person;
use crate::xml::{Element, escape};

impl Person {
    /// Joins a room and waits for the own presence and the subject, that is, until the history is over.
    ///
    /// # Errors
    /// When the room refuses; the message carries its answer.
    pub async fn join(&self, room: &str, nick: &str) -> Result<Element> {
        self.join_with(room, nick, "<history maxstanzas='0'/>").await
    }

    /// As [`join`](Self::join), with this inside `<x xmlns='…muc'>`: a password, a wish for history.
    ///
    /// # Errors
    /// When the room refuses; the message carries its answer.
    pub async fn join_with(&self, room: &str, nick: &str, inside: &str) -> Result<Element> {
        let answer = self.try_join(room, nick, inside).await?;
        if answer.kind() == "error" {
            bail!("{} cannot join {room}: {answer}", self.name);
        }
        let is_subject = |it: &Element| {
            it.name == "message"
                && it.from_bare() == room
                && it.child("subject").is_some()
                && it.child("body").is_none()
        };
        self.expect("the subject", is_subject).await?;
        Ok(answer)
    }

    /// Asks to join and gives the room's answer: the own presence, or the error.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn try_join(&self, room: &str, nick: &str, inside: &str) -> Result<Element> {
        let to = escape(&format!("{room}/{nick}"));
        // What an earlier stay has left behind must not be taken for the answer.
        self.inbox.retain(|it| it.name != "presence" || it.from_bare() != room);
        self.send_raw(&format!(
            "<presence to='{to}'><x xmlns='http://jabber.org/protocol/muc'>{inside}</x></presence>"
        ))
        .await?;
        let is_answer =
            |it: &Element| it.name == "presence" && it.from_bare() == room && (it.kind() == "error" || is_own(it));
        let answer = self.expect(&format!("the way into {room}"), is_answer).await?;
        if answer.kind() != "error" {
            self.note_nick(room, answer.nick());
        }
        Ok(answer)
    }

    /// Joins a room that is not there yet and configures it; fields that are not named keep the server's default.
    ///
    /// # Errors
    /// When the room refuses either.
    pub async fn create_room(&self, room: &str, nick: &str, fields: &[(&str, &str)]) -> Result<()> {
        self.join(room, nick).await?;
        self.configure(room, fields).await
    }

    /// Submits these fields of a room's configuration, as an owner may.
    ///
    /// # Errors
    /// When the room refuses.
    pub async fn configure(&self, room: &str, fields: &[(&str, &str)]) -> Result<()> {
        let mut form = field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")?;
        for (name, value) in fields {
            form.push_str(&field(name, value)?);
        }
        let payload = format!(
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>{form}</x></query>"
        );
        self.iq_ok("set", room, &payload).await?;
        Ok(())
    }

    /// Says something in the room joined last, and gives the message's id.
    ///
    /// # Errors
    /// When no room was joined or the connection is gone.
    pub async fn say(&self, text: &str) -> Result<String> {
        let room = self.rooms().last().map(|(room, _)| room.clone()).context("no room was joined")?;
        self.say_in(&room, text).await
    }

    /// Says something in a room, and gives the message's id.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn say_in(&self, room: &str, text: &str) -> Result<String> {
        let id = self.new_id();
        self.send_raw(&format!(
            "<message type='groupchat' id='{id}' to='{}'><body>{}</body></message>",
            escape(room),
            escape(text)
        ))
        .await?;
        Ok(id)
    }

    /// Says something in the room joined last and waits until the room has passed it on (or refused it).
    ///
    /// # Errors
    /// When neither comes in time.
    pub async fn say_heard(&self, text: &str) -> Result<Element> {
        let id = self.say(text).await?;
        let is_echo = |it: &Element| it.name == "message" && it.attr("id") == Some(id.as_str());
        self.expect(&format!("the own {text:?} back"), is_echo).await
    }

    /// Sends a private message to an occupant of the room joined last.
    ///
    /// # Errors
    /// When no room was joined or the connection is gone.
    pub async fn private(&self, nick: &str, text: &str) -> Result<String> {
        let room = self.rooms().last().map(|(room, _)| room.clone()).context("no room was joined")?;
        self.chat(&format!("{room}/{nick}"), text).await
    }

    /// Sends a chat message to any JID.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn chat(&self, to: &str, text: &str) -> Result<String> {
        let id = self.new_id();
        let (to, text) = (escape(to), escape(text));
        self.send_raw(&format!("<message type='chat' id='{id}' to='{to}'><body>{text}</body></message>")).await?;
        Ok(id)
    }

    /// Takes another nick and waits until the room has agreed.
    ///
    /// # Errors
    /// When the room refuses.
    pub async fn change_nick(&self, room: &str, nick: &str) -> Result<()> {
        let to = escape(&format!("{room}/{nick}"));
        self.send_raw(&format!("<presence to='{to}'/>")).await?;
        let is_answer = |it: &Element| {
            let is_renamed = it.nick() == nick && is_own(it);
            it.name == "presence" && it.from_bare() == room && (is_renamed || it.kind() == "error")
        };
        let answer = self.expect(&format!("the new nick {nick}"), is_answer).await?;
        if answer.kind() == "error" {
            bail!("{} cannot become {nick}: {answer}", self.name);
        }
        self.note_nick(room, nick);
        Ok(())
    }

    /// Leaves a room and waits until it has let go.
    ///
    /// # Errors
    /// When the room does not answer.
    pub async fn leave(&self, room: &str) -> Result<()> {
        let nick = self.nick_in(room).with_context(|| format!("{} is not in {room}", self.name))?;
        let occupant = format!("{room}/{nick}");
        self.send_raw(&format!("<presence type='unavailable' to='{}'/>", escape(&occupant))).await?;
        let is_gone = |it: &Element| it.name == "presence" && it.from() == occupant && it.kind() == "unavailable";
        self.expect("the way out", is_gone).await?;
        self.rooms().retain(|(it, _)| it != room);
        Ok(())
    }

    /// Waits until the room has handled all that we sent it before, and we have received what it told us about it.
    ///
    /// A ping to ourselves through the room (XEP-0410): nobody else sees it, and it stays in line.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn settle(&self, room: &str) -> Result<()> {
        let nick = self.nick_in(room).with_context(|| format!("{} is not in {room}", self.name))?;
        self.iq("get", &format!("{room}/{nick}"), "<ping xmlns='urn:xmpp:ping'/>").await?;
        Ok(())
    }

    /// Gives an account an affiliation in a room.
    ///
    /// # Errors
    /// When the room refuses.
    pub async fn set_affiliation(&self, room: &str, jid: &str, affiliation: &str) -> Result<()> {
        self.set_item(room, &format!("jid='{}' affiliation='{affiliation}'", escape(jid))).await
    }

    /// Gives an occupant a role in a room; `none` is a kick.
    ///
    /// # Errors
    /// When the room refuses.
    pub async fn set_role(&self, room: &str, nick: &str, role: &str) -> Result<()> {
        self.set_item(room, &format!("nick='{}' role='{role}'", escape(nick))).await
    }

    async fn set_item(&self, room: &str, attributes: &str) -> Result<()> {
        let payload = format!("<query xmlns='http://jabber.org/protocol/muc#admin'><item {attributes}/></query>");
        self.iq_ok("set", room, &payload).await?;
        Ok(())
    }

    /// The features that a JID offers (XEP-0030).
    ///
    /// # Errors
    /// When it refuses to tell.
    pub async fn features(&self, jid: &str) -> Result<Vec<String>> {
        let answer = self.iq_ok("get", jid, "<query xmlns='http://jabber.org/protocol/disco#info'/>").await?;
        Ok(answer.find_all("feature").iter().filter_map(|it| it.attr("var")).map(ToOwned::to_owned).collect())
    }

    /// Our nick in a room we are in.
    #[must_use]
    pub fn nick_in(&self, room: &str) -> Option<String> {
        self.rooms().iter().find(|(it, _)| it == room).map(|(_, nick)| nick.clone())
    }

    fn note_nick(&self, room: &str, nick: &str) {
        let mut rooms = self.rooms();
        rooms.retain(|(it, _)| it != room);
        rooms.push((room.to_owned(), nick.to_owned()));
    }
}

/// The own presence as long as we are in: a goodbye and a change of nick carry status 110 too.
fn is_own(presence: &Element) -> bool {
    presence.kind().is_empty() && presence.has_status("110")
}

fn field(name: &str, value: &str) -> Result<String> {
    let mut text = String::new();
    write!(text, "<field var='{}'><value>{}</value></field>", escape(name), escape(value))?;
    Ok(text)
}
