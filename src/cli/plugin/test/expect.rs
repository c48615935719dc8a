//! What a test expects of the bot: the next thing it said, told somebody, or did.

use domovoi_plugin::{Action, Affiliation, Nick, Role, RoomJid};
use serde_json::{Value as Json, json};

use super::{
    doings::{arg, word},
    world::{Did, Person, World},
};
use crate::host::lua::testing::Wish;

impl World {
    /// Looks whether it is as a test expects. Gives nothing if that is no expectation.
    pub(super) fn expect(&mut self, wish: &Wish) -> Option<Result<Json, String>> {
        Some(match wish.what.as_str() {
            "answers" => self.answers(wish),
            "room_hears" => self.room_hears(wish),
            "hears" => self.hears(wish),
            "next_said" => self.next_said(wish),
            "next_heard" => self.next_heard(wish),
            "next_fault" => Ok(self.faults.pop_front().map_or(Json::Null, |it| Json::from(vec![it.what]))),
            "unlike" => Err(unlike(word(wish, 0), arg(wish, 1).as_str())),
            "unequal" => Err(format!("expected {}, this is {}", word(wish, 1), word(wish, 0))),
            "silent" => self.silent(wish),
            "hears_nothing" => self.hears_nothing(wish),
            "does" => self.does(wish),
            "forget" => self.forget(wish),
            "subject" => self.subject(wish),
            "now" => Ok(json!(seconds(self.stage.now()))),
            "nick_of" => self.person(arg(wish, 0)).map(|it| Json::from(it.nick.as_str())),
            "role" => self.role(wish),
            _ => return None,
        })
    }

    fn answers(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        let expected = word(wish, 1);
        let said = self.said.entry(room).or_default().pop_front();
        match said {
            Some(said) if said == expected || self.without_nick(&said) == expected => Ok(Json::from(said)),
            // Shown as it was expected: with the nick only where one was written.
            Some(said) if self.without_nick(expected) == expected => {
                Err(differs(expected, Some(self.without_nick(&said))))
            }
            said => Err(differs(expected, said.as_deref())),
        }
    }

    fn room_hears(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        let expected = word(wish, 1);
        match self.said.entry(room).or_default().pop_front() {
            Some(said) if said == expected => Ok(Json::from(said)),
            said => Err(differs(expected, said.as_deref())),
        }
    }

    fn hears(&mut self, wish: &Wish) -> Result<Json, String> {
        let jid = self.person(arg(wish, 0))?.jid.to_bare();
        let expected = word(wish, 1);
        match self.heard.entry(jid).or_default().pop_front() {
            Some(heard) if heard == expected => Ok(Json::from(heard)),
            heard => Err(differs(expected, heard.as_deref())),
        }
    }

    fn next_said(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        let Some(said) = self.said.entry(room).or_default().pop_front() else { return Ok(Json::Null) };
        let bare = self.without_nick(&said).to_owned();
        Ok(json!([bare, said]))
    }

    fn next_heard(&mut self, wish: &Wish) -> Result<Json, String> {
        let jid = self.person(arg(wish, 0))?.jid.to_bare();
        Ok(self.heard.entry(jid).or_default().pop_front().map_or(Json::Null, |it| json!([it])))
    }

    /// What was said, without the nick that it is addressed to.
    fn without_nick<'a>(&self, said: &'a str) -> &'a str {
        let rest = |nick: &str| said.strip_prefix(nick)?.strip_prefix(": ");
        self.people.iter().find_map(|it| rest(&Nick::addressed(it.nick.as_str()))).unwrap_or(said)
    }

    fn silent(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        if let Some(said) = self.said.get(&room).and_then(|it| it.front()) {
            return Err(format!("expected nothing more, the bot said {said:?}"));
        }
        let here = self.people.iter().filter(|it| it.room.as_ref() == Some(&room));
        let told = |jid| self.heard.get(&jid).and_then(|it| it.front());
        if let Some((nick, heard)) = here.into_iter().find_map(|it| Some((&it.nick, told(it.jid.to_bare())?))) {
            return Err(format!("expected nothing more, the bot told {nick} in private {heard:?}"));
        }
        match self.did.get(&room).and_then(|it| it.front()) {
            Some(did) => Err(format!("expected nothing more, the bot did: {}", shown(did))),
            None => Ok(Json::Null),
        }
    }

    fn hears_nothing(&self, wish: &Wish) -> Result<Json, String> {
        let person = self.person(arg(wish, 0))?;
        match self.heard.get(&person.jid.to_bare()).and_then(|it| it.front()) {
            Some(heard) => Err(format!("expected nothing, {} was told {heard:?}", person.nick)),
            None => Ok(Json::Null),
        }
    }

    fn does(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        let (what, whom, reason) = (word(wish, 1), arg(wish, 2).as_str(), arg(wish, 3).as_str());
        let Some(did) = self.did.entry(room.clone()).or_default().pop_front() else {
            return Err(format!("expected the bot to do: {}; it did nothing more", wanted(what, whom, reason)));
        };
        let (word, target, because) = told(&did);
        let is_whom = whom.is_none_or(|it| it == target || self.is_jid_of(&room, it, &target));
        let is_why = reason.is_none_or(|it| because.contains(it));
        if word == what && is_whom && is_why {
            return Ok(Json::from(target));
        }
        Err(format!("expected the bot to do: {}; it did: {}", wanted(what, whom, reason), shown(&did)))
    }

    /// Whether this is the JID of whoever has that nick: what lasts is done to one.
    fn is_jid_of(&self, room: &RoomJid, nick: &str, jid: &str) -> bool {
        let is_theirs = |it: &Person| {
            it.room.as_ref() == Some(room) && it.nick.as_str() == nick && it.jid.to_bare().as_str() == jid
        };
        self.people.iter().any(is_theirs)
    }

    fn forget(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        self.said.remove(&room);
        self.did.remove(&room);
        for person in self.people.iter().filter(|it| it.room.as_ref() == Some(&room)) {
            self.heard.remove(&person.jid.to_bare());
        }
        Ok(Json::Null)
    }

    fn subject(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        Ok(Json::from(self.play(&room)?.snapshot().subject))
    }

    fn role(&mut self, wish: &Wish) -> Result<Json, String> {
        let person = self.person(arg(wish, 0))?;
        let (room, nick) = (person.room.clone(), person.nick.clone());
        let role = match room {
            Some(room) => self.play(&room)?.server.role(&nick),
            None => Role::None,
        };
        Ok(Json::from(role.as_str()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a few thousand years are exact")]
fn seconds(at: domovoi_plugin::Timestamp) -> f64 {
    at.as_millis() as f64 / 1000.0
}

fn differs(expected: &str, said: Option<&str>) -> String {
    match said {
        Some(said) => format!("expected {expected:?}, the bot said {said:?}"),
        None => format!("expected {expected:?}, the bot said nothing more"),
    }
}

fn unlike(pattern: &str, said: Option<&str>) -> String {
    match said {
        Some(said) => format!("expected something like {pattern:?}, this is {said:?}"),
        None => format!("expected something like {pattern:?}, there was nothing more"),
    }
}

fn wanted(what: &str, whom: Option<&str>, reason: Option<&str>) -> String {
    [Some(what), whom, reason].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn shown(did: &Did) -> String {
    let (word, target, because) = told(did);
    wanted(word, Some(target.as_str()).filter(|it| !it.is_empty()), Some(because).filter(|it| !it.is_empty()))
}

/// What was done in words: the deed, to whom or what, and why.
fn told(did: &Did) -> (&'static str, String, &str) {
    match &did.action {
        Action::Kick { target, reason } | Action::Role { target, role: Role::None, reason } => {
            ("kick", target.nick.to_string(), reason)
        }
        Action::Mute { target, reason, .. } => ("mute", target.nick.to_string(), reason),
        Action::Unmute { target, reason } => ("voice", target.nick.to_string(), reason),
        Action::Role { target, role, reason } => (role.as_str(), target.nick.to_string(), reason),
        Action::Ban { jid, reason, .. } => ("ban", jid.to_string(), reason),
        Action::Affiliation { jid, affiliation, reason } => (lists(*affiliation), jid.to_string(), reason),
        Action::Invite { jid, reason } => ("invite", jid.to_string(), reason),
        Action::Retract { message, reason } => {
            ("retract", did.text.clone().unwrap_or_else(|| message.as_str().to_owned()), reason)
        }
        Action::Share { url } => ("share", url.clone(), ""),
        Action::React { emojis, .. } => ("react", emojis.join(" "), ""),
        Action::Correct { text, .. } => ("correct", text.clone(), ""),
        Action::Subject { text } => ("subject", text.clone(), ""),
        Action::Say { text } | Action::Private { text, .. } => ("say", text.clone(), ""),
        Action::Configure { changes } => {
            ("configure", changes.iter().map(|it| it.key.as_str()).collect::<Vec<_>>().join(", "), "")
        }
    }
}

const fn lists(affiliation: Affiliation) -> &'static str {
    match affiliation {
        Affiliation::None => "unlist",
        Affiliation::Outcast | Affiliation::Member | Affiliation::Admin | Affiliation::Owner => affiliation.as_str(),
    }
}
