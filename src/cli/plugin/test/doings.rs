//! What a test lets happen: people come and talk, time passes, the plugin is set and loaded again.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Nick, RoomJid, Show, Timestamp, jid::Jid, parse_duration};
use serde_json::{Value as Json, json};

use super::{
    conditions::affiliation,
    world::{Person, World},
};
use crate::{
    cli::stage::{jid_of, play::Play},
    host::lua::testing::Wish,
    muc::Inbound,
};

/// The longest time that passes at once.
const MAX_SPAN: Duration = Duration::from_secs(370 * 86_400);

impl World {
    /// Does what a test wants done. Gives nothing if that is no doing.
    pub(super) async fn perform(&mut self, wish: &Wish) -> Option<Result<Json, String>> {
        let done = match wish.what.as_str() {
            "room" => self.make_room(wish).await,
            "join" => self.join(wish),
            "outside" => self.outside(wish),
            "advance" => self.pass(wish).await,
            "set_clock" => self.set_clock(wish).await,
            "option" => self.set_option(wish).await,
            "powers" => match self.conditions.set_powers(arg(wish, 0)) {
                Ok(()) => self.configure().await.map(|()| Json::Null),
                Err(what) => Err(what),
            },
            "seed" => {
                let seed = arg(wish, 0).as_f64().unwrap_or_default().to_bits();
                self.seed(seed).map(|()| Json::Null)
            }
            "reload" => self.reload().await.map(|()| Json::Null),
            "http" => self.prepare_page(wish),
            "requested" => self.requested(wish),
            "case" => {
                self.cases.push(word(wish, 0).to_owned());
                Ok(Json::Null)
            }
            "writes" => self.person(arg(wish, 0)).map(|it| it.jid.to_bare()).map(|jid| {
                self.stage.writes(&jid, word(wish, 1));
                Json::Null
            }),
            "renames" => self.renames(wish),
            "becomes" => self.becomes(wish),
            _ => self.in_room(wish)?,
        };
        Some(match done {
            Ok(answer) => self.settle(&wish.place).await.map(|()| answer),
            Err(what) => Err(what),
        })
    }

    async fn make_room(&mut self, wish: &Wish) -> Result<Json, String> {
        let (room, terms) = self.conditions.add_room(arg(wish, 0))?;
        if let Err(what) = self.configure().await {
            self.conditions.remove_room(&room);
            return Err(what);
        }
        self.stage.add_room(&room, terms).map_err(|it| it.to_string())?;
        self.rooms.push(room.clone());
        let name = room.as_str().split('@').next().unwrap_or_default();
        Ok(json!({ "room": self.rooms.len(), "name": name, "jid": room.as_str() }))
    }

    fn join(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = self.room(arg(wish, 0))?;
        let nick = nick(word(wish, 1))?;
        let given = arg(wish, 3).get("jid").and_then(Json::as_str);
        let jid = match given {
            Some(jid) => full_jid(jid)?,
            None => jid_of(&nick)?,
        };
        let is_given = arg(wish, 2).is_string();
        let affiliation = if is_given { affiliation(word(wish, 2))? } else { Affiliation::None };
        let play = self.play(&room)?;
        if is_given {
            play.set_affiliation(&jid.to_bare(), affiliation);
        }
        let inbounds = play.server.joins(&nick, jid.clone())?;
        play.happen(inbounds);
        Ok(self.add_person(Some(room), nick, jid))
    }

    fn outside(&mut self, wish: &Wish) -> Result<Json, String> {
        let jid = full_jid(word(wish, 0))?;
        let name = jid.node().map_or_else(|| jid.to_string(), ToString::to_string);
        Ok(self.add_person(None, nick(&name)?, jid))
    }

    fn add_person(&mut self, room: Option<RoomJid>, nick: Nick, jid: Jid) -> Json {
        let shown = json!({ "person": self.people.len() + 1, "name": nick.as_str(), "jid": jid.to_bare().as_str() });
        self.people.push(Person { room, nick, jid });
        shown
    }

    async fn pass(&mut self, wish: &Wish) -> Result<Json, String> {
        let given = arg(wish, 0);
        let span = match given.as_str() {
            Some(text) => parse_duration(text).map_err(|it| it.to_string())?,
            None => {
                let span = given.as_f64().and_then(|it| Duration::try_from_secs_f64(it).ok());
                span.ok_or_else(|| format!("{given} seconds are no span"))?
            }
        };
        if MAX_SPAN < span {
            return Err("the clock is turned on by a year at most".to_owned());
        }
        self.advance(span, &wish.place).await;
        Ok(Json::Null)
    }

    async fn set_clock(&mut self, wish: &Wish) -> Result<Json, String> {
        let text = word(wish, 0);
        let at: jiff::Timestamp =
            text.parse().map_err(|_| format!("`{text}` is no time such as \"2026-01-01T09:00:00Z\""))?;
        let at = Timestamp::from_millis(at.as_millisecond());
        let now = self.stage.now();
        if at < now {
            return Err(format!("the clock goes forward only, and it is {now} already"));
        }
        self.advance(at.since(now), &wish.place).await;
        Ok(Json::Null)
    }

    async fn set_option(&mut self, wish: &Wish) -> Result<Json, String> {
        let room = if arg(wish, 0).is_null() { None } else { Some(self.room(arg(wish, 0))?) };
        self.conditions.set_option(room.as_ref(), word(wish, 1), arg(wish, 2).clone());
        self.configure().await.map(|()| Json::Null)
    }

    fn renames(&mut self, wish: &Wish) -> Result<Json, String> {
        let (index, new) = (self.index(arg(wish, 0))?, nick(word(wish, 1))?);
        let taken = new.clone();
        self.of_person(arg(wish, 0), |play, old| play.server.renames(old, &taken))?;
        if let Some(person) = self.people.get_mut(index) {
            person.nick = new;
        }
        Ok(Json::Null)
    }

    fn becomes(&mut self, wish: &Wish) -> Result<Json, String> {
        let affiliation = affiliation(word(wish, 1))?;
        let jid = self.person(arg(wish, 0))?.jid.to_bare();
        self.of_person(arg(wish, 0), |play, _| {
            play.set_affiliation(&jid, affiliation);
            Ok(Vec::new())
        })
    }

    /// What people do in their room. Gives nothing if it is none of that.
    fn in_room(&mut self, wish: &Wish) -> Option<Result<Json, String>> {
        let who = arg(wish, 0);
        let text = word(wish, 1);
        Some(match wish.what.as_str() {
            "says" => self.of_person(who, |play, nick| play.server.says(nick, text)),
            "tells" => self.of_person(who, |play, nick| play.server.whispers(nick, text)),
            "leaves" => self.of_person(who, |play, nick| Ok(play.server.leaves(nick))),
            "edits" => self.of_person(who, |play, nick| play.server.corrects(nick, text)),
            "retracts" => self.of_person(who, |play, nick| play.server.retracts(nick)),
            "reacts" => self.of_person(who, |play, nick| play.server.reacts(nick, text, arg(wish, 2).as_str())),
            "sets_subject" => self.of_person(who, |play, nick| play.server.sets_subject(nick, text)),
            "kicks" => self.of_person(who, |play, by| play.server.kicks(by, &nick(text)?)),
            "shows" => self.of_person(who, |play, nick| {
                let show: Show = text
                    .parse()
                    .map_err(|_| format!("`{text}` cannot be shown: there are online, chat, away, xa, dnd"))?;
                play.server.shows(nick, show, arg(wish, 2).as_str())
            }),
            "returns" => {
                let jid = self.person(who).map(|it| it.jid.clone());
                self.of_person(who, |play, nick| play.server.joins(nick, jid?))
            }
            _ => return None,
        })
    }

    fn of_person(
        &mut self,
        number: &Json,
        doing: impl FnOnce(&mut Play, &Nick) -> Result<Vec<Inbound>, String>,
    ) -> Result<Json, String> {
        let person = self.person(number)?;
        let nick = person.nick.clone();
        let Some(room) = person.room.clone() else {
            return Err(format!("{nick} is in no room: write to the bot with {nick}:writes \"…\""));
        };
        let play = self.play(&room)?;
        let inbounds = doing(play, &nick)?;
        play.happen(inbounds);
        Ok(Json::Null)
    }

    pub(super) fn play(&mut self, room: &RoomJid) -> Result<&mut Play, String> {
        self.stage.play(room).ok_or_else(|| format!("there is no room {room}"))
    }
}

/// An argument.
pub(super) fn arg(wish: &Wish, at: usize) -> &Json {
    wish.args.get(at).unwrap_or(&Json::Null)
}

/// An argument in words.
pub(super) fn word(wish: &Wish, at: usize) -> &str {
    arg(wish, at).as_str().unwrap_or_default()
}

fn nick(text: &str) -> Result<Nick, String> {
    Nick::new(text).map_err(|error| format!("`{text}` is no nick: {error}"))
}

/// A JID of a client of someone's.
fn full_jid(text: &str) -> Result<Jid, String> {
    let text = if text.contains('/') { text.to_owned() } else { format!("{text}/console") };
    Jid::new(&text).map_err(|error| format!("`{text}` is no JID: {error}"))
}
