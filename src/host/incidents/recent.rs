//! What was said in a room in the last minutes, raw, for evidence. Only in memory, bounded, and soon forgotten.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use domovoi_plugin::{Event, EventKind, Identity, Message, Occupant, StanzaId, Timestamp};

use super::case::Quote;

/// So many messages of a room are remembered.
const MAX_MESSAGES: usize = 200;
/// So many bytes of them.
const MAX_BYTES: usize = 128 * 1024;
/// And none for longer than this.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// So many characters of one message are kept.
const MAX_CHARS: usize = 2000;
/// So many messages of one person make the evidence of one decision.
const MAX_EVIDENCE: usize = 12;
/// And none that is older than this.
const EVIDENCE_WITHIN: Duration = Duration::from_secs(120);

/// The last messages of a room.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    said: VecDeque<Said>,
    n_bytes: usize,
}

/// One message. Who its author is is looked up when somebody asks, which is seldom.
#[derive(Clone, Debug)]
struct Said {
    at: Timestamp,
    occupant: Arc<Occupant>,
    text: String,
    stanza_id: Option<StanzaId>,
    is_private: bool,
}

impl Said {
    fn to_quote(&self) -> Quote {
        let nick = self.occupant.nick.as_str().to_owned();
        Quote { at: self.at, nick, text: self.text.clone(), stanza_id: self.stanza_id.clone() }
    }
}

impl Recent {
    /// Something happened; if it has words of someone, they are remembered.
    pub fn event(&mut self, event: &Event) {
        self.forget(event.at);
        let (Some(occupant), false) = (&event.occupant, event.is_own) else { return };
        let Some(mut text) = raw(event) else { return };
        // What is not longer in bytes is not longer in characters.
        let end = if MAX_CHARS < text.len() { text.char_indices().nth(MAX_CHARS) } else { None };
        if let Some((end, _)) = end {
            text.truncate(end);
            text.shrink_to_fit();
        }
        self.n_bytes += text.len();
        let is_private = matches!(event.kind, EventKind::Private(_));
        let stanza_id = event.message().and_then(|it| it.stanza_id.clone());
        self.said.push_back(Said { at: event.at, occupant: Arc::clone(occupant), text, stanza_id, is_private });
        self.forget(event.at);
    }

    /// What someone said lately, and the messages of these ids, oldest first. Of what was said to us in private only what
    /// came just now, and may be the reason itself: moderators read no talk that was not for them.
    #[must_use]
    pub fn evidence(&self, of: &Identity, ids: &[StanzaId], now: Timestamp) -> Vec<Quote> {
        let named = |it: &Said| it.stanza_id.as_ref().is_some_and(|id| ids.contains(id));
        let is_open = |it: &Said| !it.is_private || now <= it.at;
        let theirs = |it: &Said| now.since(it.at) < EVIDENCE_WITHIN && is_open(it) && it.occupant.identity() == *of;
        let fitting = self.said.iter().rev().filter(|it| named(it) || theirs(it));
        let mut quotes: Vec<Quote> = fitting.take(MAX_EVIDENCE).map(Said::to_quote).collect();
        quotes.reverse();
        quotes
    }

    /// Drops what is too old or too much.
    pub fn forget(&mut self, now: Timestamp) {
        let is_too_much = |it: &Self| MAX_MESSAGES < it.said.len() || MAX_BYTES < it.n_bytes;
        let is_old = |it: &Self| it.said.front().is_some_and(|said| KEPT_FOR < now.since(said.at));
        while is_too_much(self) || is_old(self) {
            let Some(gone) = self.said.pop_front() else { return };
            self.n_bytes = self.n_bytes.saturating_sub(gone.text.len());
        }
    }
}

/// The words of an event as they were sent; `None` where it has none.
fn raw(event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::Message(it) | EventKind::Private(it) => message(it),
        EventKind::Correction(it) => message(&it.message),
        EventKind::Subject { text } => Some(text.clone()),
        EventKind::Presence | EventKind::Join => {
            event.occupant.as_ref()?.status.as_ref().map(ToString::to_string).filter(|it| !it.is_empty())
        }
        EventKind::Retraction(_)
        | EventKind::Reaction(_)
        | EventKind::Leave(_)
        | EventKind::Nick { .. }
        | EventKind::Role(_)
        | EventKind::Affiliation(_)
        | EventKind::Absent(_)
        | EventKind::VoiceRequest { .. }
        | EventKind::Config
        | EventKind::Joined
        | EventKind::Lost { .. }
        | EventKind::Malformed { .. } => None,
    }
}

/// Every form of it that some client shows, each once.
fn message(message: &Message) -> Option<String> {
    if message.is_encrypted {
        return None;
    }
    if message.bodies.is_empty() && message.subject.is_none() && message.xhtml.is_none() && message.oob.is_empty() {
        return (!message.body.is_empty()).then(|| message.body.clone());
    }
    let mut parts: Vec<&str> = vec![&message.body];
    parts.extend(message.bodies.iter().map(|it| it.body.as_str()));
    parts.extend(message.subject.as_deref());
    parts.extend(message.xhtml.as_deref());
    parts.extend(message.oob.iter().map(String::as_str));
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        if !part.is_empty() && !seen.contains(&part) {
            seen.push(part);
        }
    }
    (!seen.is_empty()).then(|| seen.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domovoi_plugin::{Affiliation, Nick, Occupant, Phase, Role, Show};
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn said(nick: &str, body: &str, seconds: i64) -> Event {
        let occupant = Occupant {
            nick: Nick::new(nick).unwrap(),
            role: Role::Participant,
            affiliation: Affiliation::None,
            jids: vec![format!("{nick}@x.example/a").parse().unwrap()],
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: at(0),
            stay: 1,
            is_self: false,
        };
        let stanza_id = Some(StanzaId::new(format!("s{seconds}")));
        let message = Message { body: body.to_owned(), stanza_id, ..Message::default() };
        Event {
            at: at(seconds),
            room: "garden@chat.example".parse().unwrap(),
            phase: Phase::Live,
            is_own: false,
            occupant: Some(Arc::new(occupant)),
            kind: EventKind::Message(message),
        }
    }

    #[test]
    fn evidence_is_what_one_person_said_lately_and_what_is_named() {
        let mut recent = Recent::default();
        for (nick, body, seconds) in [
            ("mallory", "early", 0),
            ("alice", "hello", 190),
            ("mallory", "B\u{200b}UY", 200),
            ("mallory", "", 201),
            ("bob", "BUY", 202),
        ] {
            recent.event(&said(nick, body, seconds));
        }
        let mallory = Identity::Jid("mallory@x.example".parse().unwrap());
        let texts = |ids: &[&str]| {
            let ids: Vec<StanzaId> = ids.iter().map(|it| StanzaId::new(*it)).collect();
            recent.evidence(&mallory, &ids, at(203)).into_iter().map(|it| it.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[]), ["B\u{200b}UY"], "raw, as it was sent");
        assert_eq!(texts(&["s202", "s0"]), ["early", "B\u{200b}UY", "BUY"]);
    }

    #[test]
    fn what_was_said_in_private_is_evidence_only_where_it_is_the_reason() {
        let mut recent = Recent::default();
        let whispered = |body: &str, seconds| {
            let event = said("mallory", body, seconds);
            let EventKind::Message(message) = event.kind else { unreachable!("a message is one") };
            Event { kind: EventKind::Private(message), ..event }
        };
        recent.event(&whispered("tell bob that I love him", 1));
        recent.event(&said("mallory", "hello", 2));
        recent.event(&whispered("BUY", 3));
        let mallory = Identity::Jid("mallory@x.example".parse().unwrap());
        let texts = |now| recent.evidence(&mallory, &[], now).into_iter().map(|it| it.text).collect::<Vec<_>>();
        assert_eq!(texts(at(3)), ["hello", "BUY"]);
        assert_eq!(texts(at(4)), ["hello"]);
    }

    proptest! {
        #[test]
        fn memory_is_bounded(bodies in prop::collection::vec((".{0,50}", 0_i64..30), 0..600)) {
            let (mut recent, mut now) = (Recent::default(), 0);
            for (body, step) in bodies {
                now += step;
                recent.event(&said("mallory", &body.repeat(60), now));
                prop_assert!(recent.said.len() <= MAX_MESSAGES && recent.n_bytes <= MAX_BYTES);
                let n_bytes: usize = recent.said.iter().map(|it| it.text.len()).sum();
                prop_assert_eq!(n_bytes, recent.n_bytes);
                prop_assert!(recent.said.iter().all(|it| at(now).since(it.at) <= KEPT_FOR));
            }
        }
    }
}
