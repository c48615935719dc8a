//! What a room remembers beyond single people: what strangers said first, who came lately, who is here, what was taken
//! back. Bounded, without texts.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use domovoi_plugin::{Event, EventKind, Identity, Occupant, Phase, StanzaId, Timestamp, View};
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaigns,
    filter::Filter,
    marks::{Marks, hash},
    nicks::Nicks,
    rules::{
        Hit, Speech,
        crowd::{self, Word, Words},
        mentions,
        wave::{Coming, Comings},
    },
    text::{Kind, Look, is_command, is_question, is_request, mark_of, site},
    undo::Undone,
    window::Window,
};

/// What strangers said is remembered for so long.
const KEEP_WORDS: Duration = Duration::from_secs(600);
const KEEP_COMINGS: Duration = Duration::from_secs(600);
/// What everybody said, for finding who throws it back.
const KEEP_ECHOES: Duration = Duration::from_secs(3_600);
const KEEP_REMOVED: Duration = Duration::from_secs(7 * 86_400);
/// A bot answers within this time.
const ANSWER: Duration = Duration::from_secs(5);
/// Someone who asks is answered within this time, by name; and at once within this one, without.
const REPLY: Duration = Duration::from_secs(300);
/// Whoever was called by name within this time is one whom people speak to.
const KEEP_CALLED: Duration = Duration::from_secs(600);
const KEEP_SITES: Duration = Duration::from_secs(7 * 86_400);
const NEXT: Duration = Duration::from_secs(45);
/// A message with fewer words calls no crowd.
const FEW_WORDS: usize = 6;
/// So many words of an answer are looked at for the name of who asked.
const MOST_WORDS: usize = 100;

/// The room's memory.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Company {
    words: Words,
    comings: Comings,
    echoes: Window<Echo, 128>,
    /// What is among them.
    #[serde(skip)]
    echoed: Filter,
    /// What was taken back here.
    pub(crate) removed: Campaigns,
    /// What may have been asked of a bot just now.
    #[serde(skip)]
    calls: Window<Call, 8>,
    /// Hashes of the nicks of who asked something lately.
    asked: Window<u32, 8>,
    /// Hashes of the nicks of who was called by name lately, by somebody else.
    #[serde(skip)]
    called: Window<u32, 32>,
    /// What was said lately, to be known when it is quoted.
    #[serde(skip)]
    quotable: Window<Quotable, 128>,
    /// Sites that people who talk here named, without doubles.
    sites: Window<u64, 64>,
    /// What was said last, and what before it.
    last: [Option<Heard>; 2],
    /// Hashes of the nicks of all who are here; `None` until someone asks.
    #[serde(skip)]
    nicks: Option<Nicks>,
    /// Who turned out to be one of a crowd after they had spoken.
    #[serde(skip)]
    pub(crate) due: VecDeque<Due>,
}

/// A hash of what somebody said, and of who it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Echo(u32, u32);

/// What somebody said: its mark, a hash of who it was, and whether it is of the first words of somebody who leads away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Quotable {
    mark: u64,
    who: u32,
    is_pitch: bool,
}

/// Something that a bot may answer: by whom, to which nick if to one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Call {
    who: u32,
    to: Option<u32>,
}

/// Something that somebody said: a hash of who, when, in milliseconds, and whether it asks something, people or bots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Heard(u32, i64, bool);

/// Someone to be answered for what they said before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Due {
    /// Who.
    pub(crate) who: Identity,
    /// What they said.
    pub(crate) stanza_id: Option<StanzaId>,
    /// Why.
    pub(crate) hit: Hit,
}

impl Company {
    /// Follows who is here, and who says something.
    pub(crate) fn notice(&mut self, event: &Event, marks: Option<Marks>) {
        let Some(nick) = event.nick() else { return };
        match &event.kind {
            EventKind::Join => self.enter(nick.as_str()),
            EventKind::Leave(_) => self.leave(nick.as_str()),
            EventKind::Nick { old } => {
                self.leave(old.as_str());
                self.enter(nick.as_str());
            }
            EventKind::Message(it) if event.phase == Phase::Live => self.listen(event, marks, &it.body),
            EventKind::Joined
            | EventKind::Message(_)
            | EventKind::Private(_)
            | EventKind::Correction(_)
            | EventKind::Retraction(_)
            | EventKind::Reaction(_)
            | EventKind::Subject { .. }
            | EventKind::Presence
            | EventKind::Role(_)
            | EventKind::Affiliation(_)
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Lost { .. }
            | EventKind::Malformed { .. } => {}
        }
    }

    fn listen(&mut self, event: &Event, marks: Option<Marks>, text: &str) {
        let Some((occupant, marks)) = event.occupant.as_deref().zip(marks) else { return };
        let is_question = is_question(text);
        if is_question {
            self.asked.push(event.at, marks.nick);
        }
        let first = text.split_whitespace().next().unwrap_or("");
        let name = first.strip_suffix([':', ',']).or_else(|| first.strip_prefix('@'));
        if let Some(name) = name.filter(|it| *it != occupant.nick.as_str()) {
            self.called.push(event.at, hash(name));
        }
        if !text.is_empty() {
            self.quotable.push(event.at, Quotable { mark: mark_of(text), who: marks.who, is_pitch: false });
        }
        let heard = Heard(marks.who, event.at.as_millis(), is_question || is_command(text));
        self.last = [Some(heard), self.last[0]];
    }

    /// Whether somebody else has called them by name lately.
    pub(crate) fn is_addressed(&self, marks: Marks, now: Timestamp) -> bool {
        self.called.within(now, KEEP_CALLED).any(|it| *it == marks.nick)
    }

    /// Whether somebody else said within the hour what is quoted.
    pub(crate) fn was_said(&self, quote: u64, marks: Marks, now: Timestamp) -> bool {
        self.quotable.within(now, KEEP_ECHOES).any(|it| it.mark == quote && it.who != marks.who)
    }

    /// What they said just now leads away, and is among their first words.
    pub(crate) fn note_pitch(&mut self, marks: Marks) {
        if let Some(it) = self.quotable.newest_mut().next().filter(|it| it.who == marks.who) {
            it.is_pitch = true;
        }
    }

    /// Whether what is quoted is such first words of somebody else.
    fn is_pitch(&self, quote: u64, marks: Marks, now: Timestamp) -> bool {
        self.quotable.within(now, KEEP_ECHOES).any(|it| it.is_pitch && it.mark == quote && it.who != marks.who)
    }

    /// What a message hands on of what others advertise; nobody asks, and nothing of its own.
    pub(crate) fn handed_on(&self, look: &Look<'_>, marks: Marks, now: Timestamp) -> Option<u32> {
        let quote = look.hands_on().filter(|it| self.is_pitch(*it, marks, now))?;
        u32::try_from(quote >> 32).ok()
    }

    /// Someone who talks here named these sites: they are of this room.
    pub(crate) fn note_sites(&mut self, look: &Look<'_>, now: Timestamp) {
        for lead in look.leads().iter().filter(|it| it.kind == Kind::Link) {
            let site = site(lead.hash);
            self.sites.retain(|it| *it != site);
            self.sites.push(now, site);
        }
    }

    /// Whether all sites that it leads to are of this room.
    pub(crate) fn is_at_home(&self, look: &Look<'_>) -> bool {
        let mut links = look.leads().iter().filter(|it| it.kind == Kind::Link).peekable();
        links.peek().is_some() && links.all(|it| self.sites.all().any(|site_of| *site_of == site(it.hash)))
    }

    /// Whether somebody else spoke before what is being judged.
    pub(crate) fn is_turn(&self, marks: Marks) -> bool {
        self.last[1].is_some_and(|it| it.0 != marks.who)
    }

    /// Whether a page is what somebody else has just asked for: it is given to one by name who asked something, or comes
    /// right after a question or a command. What shouts, and what leads to a person, is an advert all the same.
    pub(crate) fn is_answer(&self, look: &Look<'_>, marks: Marks, now: Timestamp) -> bool {
        let leads = look.leads();
        let is_page = leads.iter().all(|it| it.kind <= Kind::Link) && look.n_shouts() == 0;
        if leads.iter().next().is_none() || !is_page {
            return false;
        }
        let is_lately = |at: i64| now.since(Timestamp::from_millis(at)) < NEXT;
        let asked_by_other = |it: Heard| it.2 && it.0 != marks.who && is_lately(it.1);
        let is_next = self.last[1].is_some_and(asked_by_other);
        is_next || self.asked.within(now, REPLY).any(|nick| self.names(look, *nick))
    }

    /// Whether a text calls someone by name.
    fn names(&self, look: &Look<'_>, nick: u32) -> bool {
        let _ = self;
        let words = look.shown().iter().flat_map(|it| mentions::words(it)).take(MOST_WORDS);
        words.map(hash).any(|it| it == nick)
    }

    /// Forgets who is here; whoever asks next looks anew.
    pub(crate) fn forget_nicks(&mut self) {
        self.nicks = None;
    }

    fn enter(&mut self, nick: &str) {
        if let Some(nicks) = &mut self.nicks {
            nicks.add(nick);
        }
    }

    fn leave(&mut self, nick: &str) {
        if let Some(nicks) = &mut self.nicks {
            nicks.remove(nick);
        }
    }

    /// How many of those who are here a message calls, and of how many words it is.
    pub(crate) fn called(&mut self, look: &Look<'_>, view: &dyn View) -> (usize, usize) {
        let mut most = (0, 0);
        for text in look.shown() {
            let n_words = text.bytes().filter(|b| matches!(b, b' ' | b'\n' | b',')).take(FEW_WORDS).count() + 1;
            if n_words < FEW_WORDS {
                continue;
            }
            let nicks = self.nicks.get_or_insert_with(|| Nicks::of(view));
            most = most.max(nicks.called(text));
        }
        most
    }

    /// Someone came in.
    pub(crate) fn came(&mut self, occupant: &Occupant, marks: Marks, now: Timestamp) {
        self.comings.push(now, coming(occupant, marks));
    }

    /// What someone's looks say, where something else speaks against them already.
    pub(crate) fn wave(&self, occupant: &Occupant, marks: Marks, now: Timestamp) -> Option<Hit> {
        crate::rules::wave::judge(coming(occupant, marks), &self.comings, occupant.nick.as_str(), now)
    }

    /// Who else said the same, by a hash; remembers it.
    pub(crate) fn echo_of(&mut self, skeleton: &str, marks: Marks, now: Timestamp) -> Option<u32> {
        if skeleton.is_empty() {
            return None;
        }
        let (text, who) = (hash(skeleton), marks.who);
        let find = || self.echoes.within(now, KEEP_ECHOES).find(|it| it.0 == text && it.1 != who).map(|it| it.1);
        let echo_of = self.echoed.may_have(text).then(find).flatten();
        self.echoes.push(now, Echo(text, who));
        self.echoed.add(text);
        echo_of
    }

    /// Whether someone is being asked just now: somebody else said a command, or a link or their name and has talked here
    /// before. Bots answer so, the same to the same.
    pub(crate) fn is_asked(&self, marks: Marks, now: Timestamp) -> bool {
        let mut calls = self.calls.within(now, ANSWER);
        calls.any(|it| it.who != marks.who && it.to.is_none_or(|to| to == marks.nick))
    }

    /// Remembers that someone may have asked a bot something: a command is one whoever says it, a link or a name only of
    /// who `has_talked` here.
    pub(crate) fn note_call(&mut self, look: &Look<'_>, marks: Marks, has_talked: bool, now: Timestamp) {
        let Some(text) = look.shown().first() else { return };
        let leads = || look.leads().iter().next().is_some();
        let is_request = is_request(text) && (has_talked || !leads());
        if !is_request && !has_talked {
            return;
        }
        let is_call = is_request || leads();
        let name = text.split_whitespace().next().and_then(|it| it.strip_suffix([':', ',']));
        let to = name.filter(|_| !is_call).map(hash);
        if is_call || to.is_some() {
            self.calls.push(now, Call { who: marks.who, to });
        }
    }

    /// Judges one of a stranger's first words by those of the others, and remembers it. The others are due, should it
    /// make a crowd of them.
    pub(crate) fn heard(&mut self, mut word: Word, speech: &Speech<'_>) -> Option<Hit> {
        let hit = crowd::judge(&word, &self.words, speech);
        if let Some(hit) = &hit {
            word.is_done = true;
            for old in self.words.newest_mut().filter(|it| !it.is_done && crowd::is_akin(&word, it)) {
                old.is_done = true;
                if old.who != word.who {
                    let due = Due { who: old.who.clone(), stanza_id: old.stanza_id.clone(), hit: hit.clone() };
                    self.due.push_back(due);
                }
            }
        }
        self.words.push(speech.now, word);
        hit
    }

    /// A person took an incident back: what its people said is no crowd, and none of it was rightly taken back.
    pub(crate) fn undo(&mut self, undone: &Undone) {
        self.words.retain(|it| !undone.people.contains(&it.who));
        self.removed.retain_at(|at, it| !undone.is_about(at, it));
    }

    /// Whether nothing is kept of what strangers said first: of the rest rules look at what is recent only.
    pub(crate) fn is_silent(&self) -> bool {
        self.words.is_empty()
    }

    /// Forgets what no rule looks at any more.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.words.forget(now, KEEP_WORDS);
        self.comings.forget(now, KEEP_COMINGS);
        self.echoes.forget(now, KEEP_ECHOES);
        self.echoed = echoed(&self.echoes);
        self.asked.forget(now, REPLY);
        self.called.forget(now, KEEP_CALLED);
        self.quotable.forget(now, KEEP_ECHOES);
        self.sites.forget(now, KEEP_SITES);
        self.removed.forget(now, KEEP_REMOVED);
    }

    /// What of it survives: whoever we would not know again is left out.
    pub(crate) fn lasting(&self) -> Self {
        let mut words = self.words.clone();
        words.retain(|it| it.who.is_lasting());
        let (comings, echoes, removed) = (self.comings.clone(), self.echoes.clone(), self.removed.clone());
        let (asked, sites, last) = (self.asked.clone(), self.sites.clone(), self.last);
        Self { words, comings, echoes, removed, asked, sites, last, ..Self::default() }
    }

    /// Makes what was read from outside obey its bounds.
    pub(crate) fn sane(self) -> Self {
        let words = self.words.sane();
        let (comings, echoes, removed) = (self.comings.sane(), self.echoes.sane(), self.removed.sane());
        let (asked, sites, last, echoed) = (self.asked.sane(), self.sites.sane(), self.last, echoed(&echoes));
        Self { words, comings, echoes, echoed, removed, asked, sites, last, ..Self::default() }
    }
}

fn echoed(echoes: &Window<Echo, 128>) -> Filter {
    Filter::of(echoes.all().map(|it| it.0))
}

fn coming(occupant: &Occupant, marks: Marks) -> Coming {
    let text = |it: &Option<Arc<str>>| it.as_deref().unwrap_or("").to_owned();
    let (avatar, status) = (text(&occupant.avatar), text(&occupant.status));
    let caps = occupant.caps.as_ref().map_or("", |it| it.ver.as_str());
    let looks = if avatar.is_empty() && status.is_empty() { 0 } else { hash(format!("{avatar}\n{caps}\n{status}")) };
    Coming { who: marks.who, looks }
}
