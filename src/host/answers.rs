//! What leaves as an answer: addressed, cut where it is long, in private where we have no voice.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{
    ActError, Action, Event, EventKind, Identity, Nick, Place, PluginName, Role, RoomJid, Target, Text, Timestamp,
    jid::BareJid,
};

use super::{core::Host, feed::Shown, outlet::Errand};

/// The longest answer, in characters.
pub const MAX_CHARS: usize = 1000;
/// The longest answer, in lines.
pub const MAX_LINES: usize = 8;
/// How long the rest of a long answer can be asked for.
pub const MORE_FOR: Duration = Duration::from_secs(600);
/// So many rests are kept; the oldest makes way.
const MAX_RESTS: usize = 2000;
/// A rest is at most this long; how much was left out is its last line.
const MAX_REST_CHARS: usize = 20_000;

/// Who may ask for the rest of an answer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RestKey {
    /// Someone who was answered in a room, for all to read.
    Room(Option<RoomJid>, Option<Nick>),
    /// Someone who was answered in private, through a room.
    Private(Option<RoomJid>, Nick),
    /// Someone who was answered directly.
    Direct(BareJid),
}

/// Rests of long answers.
#[derive(Debug, Default)]
pub struct Rests(Mutex<BTreeMap<RestKey, (Timestamp, String)>>);

impl Rests {
    fn put(&self, key: RestKey, rest: String, now: Timestamp) {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rests.retain(|_, (at, _)| now.since(*at) < MORE_FOR);
        if MAX_RESTS <= rests.len() {
            let oldest = rests.iter().min_by_key(|(_, (at, _))| *at).map(|(key, _)| key.clone());
            oldest.and_then(|key| rests.remove(&key));
        }
        rests.insert(key, (now, rest));
    }

    /// Somebody left, or took another nick.
    pub fn event(&self, event: &Event) {
        if let (EventKind::Leave(_), Some(nick)) = (&event.kind, event.nick()) {
            self.forget(&event.room, nick);
        }
        if let EventKind::Nick { old } = &event.kind {
            self.forget(&event.room, old);
        }
    }

    /// Whoever has this nick next is somebody else.
    fn forget(&self, room: &RoomJid, nick: &Nick) {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !rests.is_empty() {
            rests.remove(&RestKey::Private(Some(room.clone()), nick.clone()));
            rests.remove(&RestKey::Room(Some(room.clone()), Some(nick.clone())));
        }
    }

    /// Whether there is a rest to be asked for.
    #[must_use]
    pub fn is_waiting(&self, key: &RestKey, now: Timestamp) -> bool {
        let rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rests.get(key).is_some_and(|(at, _)| now.since(*at) < MORE_FOR)
    }

    /// Takes the rest of the last long answer out, if there is one and it is not too old.
    #[must_use]
    pub fn take(&self, key: &RestKey, now: Timestamp) -> Option<String> {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rests.remove(key).filter(|(at, _)| now.since(*at) < MORE_FOR).map(|(_, rest)| rest)
    }
}

/// Whose answers these are, as a key for the rest.
#[must_use]
pub fn rest_key(room: Option<&RoomJid>, place: &Place, to: Option<&Nick>) -> RestKey {
    match place {
        Place::Direct(jid) => RestKey::Direct(jid.clone()),
        Place::Private(nick) => RestKey::Private(room.cloned(), nick.clone()),
        Place::Room => RestKey::Room(room.cloned(), to.cloned()),
    }
}

/// Cuts a rest after at most [`MAX_REST_CHARS`], at the end of a line where there is one, and counts the lines left out.
fn bounded(rest: &str) -> (&str, usize) {
    let Some((end, _)) = rest.char_indices().nth(MAX_REST_CHARS) else { return (rest, 0) };
    let (head, _) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let at = head.rfind('\n').filter(|at| 0 < *at).unwrap_or(end);
    let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
    (head, tail.trim().lines().count())
}

/// Cuts a text after at most [`MAX_CHARS`] characters and [`MAX_LINES`] lines, at a blank or line end where one is near.
#[must_use]
pub fn cut(text: &str) -> (String, Option<String>) {
    let by_lines: usize = text.split_inclusive('\n').take(MAX_LINES).map(|it| it.chars().count()).sum();
    let limit = by_lines.min(MAX_CHARS);
    if text.trim_end().chars().count() <= limit {
        return (text.trim_end().to_owned(), None);
    }
    let head: String = text.chars().take(limit).collect();
    // A word is not torn unless it is longer than a fifth of the answer.
    let at_blank = head.rfind([' ', '\n']).filter(|at| head.len() - at < MAX_CHARS / 5);
    let n_bytes = if head.ends_with('\n') { head.len() } else { at_blank.unwrap_or(head.len()) };
    let (head, rest) = text.split_at_checked(n_bytes).unwrap_or((text, ""));
    (head.trim_end().to_owned(), Some(rest.trim_start().to_owned()))
}

impl Host {
    /// Sends an answer where it belongs: in private to `to`, in a room to all, with the nick of `to` before it.
    pub async fn answer(
        &self,
        plugin: &PluginName,
        room: Option<&RoomJid>,
        place: &Place,
        to: Option<&Target>,
        text: String,
    ) {
        let nick = to.map(|it| &it.nick);
        if text.trim().is_empty() {
            return;
        }
        let (mut head, rest) = cut(&text);
        if let Some(rest) = rest {
            head.push('\n');
            let lang = self.reader_language(room, place, to);
            head.push_str(&self.more_hint(room, place, &lang));
            self.rests.put(rest_key(room, place, nick), self.kept_rest(&rest, &lang), self.clock.now());
        }
        if let Some(room) = room {
            self.feed.show(|| Shown {
                nick: nick.map(ToString::to_string),
                text: Some(head.clone()),
                ..Shown::new(self.clock.now(), room, "answer")
            });
        }
        match (place, room) {
            (Place::Direct(jid), _) => self.answer_direct(room, jid, head).await,
            (Place::Private(_), Some(room)) => {
                if let Some(to) = to {
                    self.say(plugin, room, private(to, head)).await;
                }
            }
            (Place::Room, Some(room)) => self.answer_room(plugin, room, to, head).await,
            (Place::Private(_) | Place::Room, None) => (),
        }
    }

    /// The language of whoever reads an answer.
    fn reader_language(&self, room: Option<&RoomJid>, place: &Place, to: Option<&Target>) -> Arc<str> {
        let reader = match place {
            Place::Direct(jid) => Some(Identity::Jid(jid.clone())),
            Place::Room | Place::Private(_) => to.map(|it| it.identity.clone()),
        };
        let of_room = || room.map_or_else(|| self.bot_language(), |it| self.room_language(it));
        reader.map_or_else(of_room, |it| self.language_for(room, place, &it))
    }

    /// What is kept of the rest of an answer, with a word on what is not.
    fn kept_rest(&self, rest: &str, lang: &str) -> String {
        let (kept, n_lines) = bounded(rest);
        if n_lines == 0 {
            return kept.to_owned();
        }
        let left_out = Text::key("answer-too-long").with("n", u32::try_from(n_lines).unwrap_or(u32::MAX));
        format!("{kept}\n{}", self.words.translate(lang, &left_out))
    }

    /// How the rest of an answer is asked for, as it has to be typed there.
    fn more_hint(&self, room: Option<&RoomJid>, place: &Place, lang: &str) -> String {
        let is_public = *place == Place::Room && !room.is_some_and(|it| self.is_voiceless(it));
        let prefix = if is_public { self.prefix(room).to_string() } else { String::new() };
        self.words.translate(lang, &Text::key("answer-more").with("prefix", prefix))
    }

    async fn answer_direct(&self, room: Option<&RoomJid>, jid: &BareJid, text: String) {
        if let Some(outlet) = self.outlet() {
            // Nobody is online: there is nobody left to tell either.
            outlet.direct(room, jid, text).await;
        }
    }

    async fn answer_room(&self, plugin: &PluginName, room: &RoomJid, to: Option<&Target>, text: String) {
        let Some(to) = to else {
            return self.say(plugin, room, Action::Say { text }).await;
        };
        if self.is_voiceless(room) {
            return self.say(plugin, room, private(to, text)).await;
        }
        let nick = Nick::addressed(to.nick.as_str());
        let text = if text.contains('\n') { format!("{nick}:\n{text}") } else { format!("{nick}: {text}") };
        self.say(plugin, room, Action::Say { text }).await;
    }

    async fn say(&self, plugin: &PluginName, room: &RoomJid, action: Action) {
        let Some(outlet) = self.outlet() else { return };
        let errand = Errand { room: room.clone(), plugin: plugin.clone(), action, by: None, is_bulk: false };
        match outlet.act(errand).await {
            Ok(_) => (),
            Err(ActError::Gone { .. } | ActError::NotInRoom) => {
                tracing::debug!(room.jid = %room, "an answer came too late: nobody to hear it");
            }
            Err(error) => tracing::warn!(room.jid = %room, %plugin, %error, "an answer was not sent"),
        }
    }

    /// Whether we could not be heard in this room.
    fn is_voiceless(&self, room: &RoomJid) -> bool {
        let roles = self.own_roles.read().unwrap_or_else(PoisonError::into_inner);
        roles.get(room).is_some_and(|it| *it < Role::Participant)
    }
}

fn private(to: &Target, text: String) -> Action {
    Action::Private { to: to.clone(), text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_answers_stay_whole() {
        assert_eq!(cut("pong"), ("pong".to_owned(), None));
        assert_eq!(cut("a\nb\n"), ("a\nb".to_owned(), None));
    }

    #[test]
    fn nine_lines_are_cut_after_eight() {
        let text = (1..=9).map(|it| it.to_string()).collect::<Vec<_>>().join("\n");
        let (head, rest) = cut(&text);
        assert_eq!(head, "1\n2\n3\n4\n5\n6\n7\n8");
        assert_eq!(rest.as_deref(), Some("9"));
    }

    #[test]
    fn what_is_too_long_to_be_kept_is_counted_by_its_lines() {
        assert_eq!(bounded("a\nb"), ("a\nb", 0));
        let line = "ё".repeat(99) + "\n";
        let text = line.repeat(250);
        let (kept, n_lines) = bounded(&text);
        assert_eq!((kept.chars().count(), n_lines), (19_999, 50));
        let text = "ё".repeat(20_001);
        let (kept, n_lines) = bounded(&text);
        assert_eq!((kept.chars().count(), n_lines), (20_000, 1));
    }

    #[test]
    fn rest_is_not_for_whoever_has_the_nick_next() {
        let (rests, now) = (Rests::default(), Timestamp::default());
        let room: RoomJid = "garden@chat.example".parse().unwrap();
        let nick = Nick::new("romeo").unwrap();
        let key = RestKey::Private(Some(room.clone()), nick.clone());
        rests.put(key.clone(), "juliet@capulet.example".to_owned(), now);
        let kind = EventKind::Nick { old: nick };
        let event = Event { at: now, room, phase: domovoi_plugin::Phase::Live, is_own: false, occupant: None, kind };
        rests.event(&event);
        assert_eq!(rests.take(&key, now), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_part_is_too_long(text in "[а-яa-z \n👍]{0,3000}") {
            let mut rest = Some(text.clone());
            let mut parts = Vec::new();
            while let Some(more) = rest {
                let (head, after) = cut(&more);
                prop_assert!(head.chars().count() <= MAX_CHARS);
                prop_assert!(head.lines().count() <= MAX_LINES);
                parts.push(head);
                rest = after.filter(|it| !it.is_empty());
                prop_assert!(parts.len() < 4000);
            }
            let squeeze = |it: &str| it.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(squeeze(&parts.concat()), squeeze(&text));
        }
    }
}
