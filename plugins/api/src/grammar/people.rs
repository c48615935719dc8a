//! Finding whom a command names, by nick here, by nick of someone who left, or by JID.

use std::collections::BTreeMap;

use jid::{BareJid, Jid};

use super::{
    args::Around,
    mistake::Mistake,
    tokens::{Word, next_word, shown, trim, word_ends},
};
use crate::{Nick, Occupant, Snapshot, Target, Who};

/// No nick is longer (RFC 7622 §3.4), in bytes after preparation; typed forms may be a little longer.
const MAX_NICK_BYTES: usize = 1_200;
/// Nicks of more words must be quoted.
const MAX_NICK_WORDS: usize = 24;
/// What may end a name in a list or before a reason: `alice, bob: spam`.
const ENDINGS: [char; 6] = [',', ':', ';', '，', '：', '；'];

/// Someone found at the start of a text.
#[derive(Debug)]
pub(super) struct Hit<'a> {
    pub(super) who: Who,
    /// What follows, without leading blanks.
    pub(super) after: &'a str,
    /// Whether a colon ended the name, so that what follows is no further name.
    pub(super) is_last: bool,
}

/// Those whom a nick can mean.
#[derive(Debug, Default)]
pub(super) struct Crowd<'a> {
    around: Around<'a>,
    folded: BTreeMap<String, Vec<&'a Occupant>>,
    max_words: usize,
}

impl<'a> Crowd<'a> {
    pub(super) fn new(around: Around<'a>) -> Self {
        let mut crowd = Self { around, folded: BTreeMap::new(), max_words: 1 };
        let Some(snapshot) = around.snapshot else { return crowd };
        for occupant in snapshot.occupants.values() {
            crowd.folded.entry(occupant.nick.folded()).or_default().push(occupant);
        }
        let gone = snapshot.gone.iter().map(|it| &it.occupant.nick);
        let n_words = |nick: &Nick| nick.as_str().split_whitespace().count();
        let most = snapshot.occupants.keys().chain(gone).map(n_words).max().unwrap_or(1);
        crowd.max_words = most.clamp(1, MAX_NICK_WORDS);
        crowd
    }

    /// Someone named at the start of `rest`: in quotes a nick and else a JID, without quotes a JID and else the longest
    /// nick that fits. So nobody can take a nick that looks like another's JID and be made owner in their place.
    ///
    /// # Errors
    /// If several nicks differ from what was typed in the case of letters only.
    pub(super) fn find<'t>(&self, rest: &'t str) -> Result<Option<Hit<'t>>, Mistake> {
        let Some(word) = next_word(rest) else { return Ok(None) };
        if word.is_quoted {
            let who = self.by_nick(&word.text)?.or_else(|| self.by_jid(&word.text));
            return Ok(who.map(|who| hit_of_word(who, &word)));
        }
        if let Some(who) = self.by_jid(word.text.trim_end_matches(ENDINGS)) {
            let is_last = word.text.ends_with([':', '：']);
            return Ok(Some(Hit { who, after: word.after, is_last }));
        }
        if let Some(hit) = self.longest(rest)? {
            return Ok(Some(hit));
        }
        // Only here may backslashes have joined words.
        Ok(self.by_nick(&word.text)?.map(|who| hit_of_word(who, &word)))
    }

    fn longest<'t>(&self, rest: &'t str) -> Result<Option<Hit<'t>>, Mistake> {
        let rest = trim(rest);
        for end in word_ends(rest, self.max_words).into_iter().rev().filter(|it| *it <= MAX_NICK_BYTES) {
            let Some((typed, after)) = rest.split_at_checked(end) else { continue };
            let bare = typed.trim_end_matches(ENDINGS);
            for name in [typed, bare, bare.trim_start_matches('@')] {
                if let Some(who) = self.by_nick(name)? {
                    let is_last = name.len() < typed.len() && typed.ends_with([':', '：']);
                    return Ok(Some(Hit { who, after: trim(after), is_last }));
                }
            }
        }
        Ok(None)
    }

    /// By exact nick here, else gone; else by nick in any case of letters.
    fn by_nick(&self, text: &str) -> Result<Option<Who>, Mistake> {
        let (Some(snapshot), Ok(nick)) = (self.around.snapshot, Nick::new(trim(text))) else { return Ok(None) };
        if let Some(occupant) = snapshot.occupants.get(&nick) {
            return Ok(Some(Who::Here(target(occupant))));
        }
        if let Some(gone) = snapshot.gone.iter().find(|it| it.occupant.nick == nick) {
            return Ok(Some(Who::Gone(target(&gone.occupant))));
        }
        let folded = nick.folded();
        match self.folded.get(&folded).map(Vec::as_slice) {
            Some([occupant]) => return Ok(Some(Who::Here(target(occupant)))),
            Some([_, _, ..]) => return Err(Mistake::Ambiguous { given: shown(text, 50) }),
            Some([]) | None => (),
        }
        let gone = snapshot.gone.iter().find(|it| it.occupant.nick.folded() == folded);
        Ok(gone.map(|it| Who::Gone(target(&it.occupant))))
    }

    /// By `name@domain`; an occupant JID of this room is a nick.
    fn by_jid(&self, text: &str) -> Option<Who> {
        let text = text.strip_prefix("xmpp:").unwrap_or(text);
        let jid = Some(text).filter(|it| it.contains('@')).and_then(|it| Jid::new(it).ok())?;
        let bare = jid.to_bare();
        if self.around.room.is_some_and(|room| *room.as_bare() == bare) {
            return jid.resource().and_then(|nick| self.by_nick(nick.as_str()).ok().flatten());
        }
        bare.node().is_some().then_some(Who::Jid(bare))
    }

    /// The nick here that looks most like this, for "did you mean".
    pub(super) fn near(&self, text: &str) -> Option<String> {
        let text = text.to_lowercase();
        let near = |it: &&String| 0.85 < strsim::jaro_winkler(it, &text);
        let n_most = 300;
        let found = self.folded.keys().take(n_most).filter(|it| it.len() <= 64).filter(near);
        let best = found.max_by(|a, b| strsim::jaro_winkler(a, &text).total_cmp(&strsim::jaro_winkler(b, &text)))?;
        self.folded.get(best).and_then(|it| it.first()).map(|it| it.nick.to_string())
    }
}

fn hit_of_word<'t>(who: Who, word: &Word<'t>) -> Hit<'t> {
    let is_last = word.after.starts_with([':', '：']);
    Hit { who, after: trim(word.after.trim_start_matches(ENDINGS)), is_last }
}

fn target(occupant: &Occupant) -> Target {
    Target { nick: occupant.nick.clone(), identity: occupant.identity() }
}

/// Everybody here behind this name: the occupant if they are still who they were, or all occupants of the JID.
#[must_use]
pub fn who_is<'a>(who: &Who, snapshot: &'a Snapshot) -> Vec<&'a Occupant> {
    let has = |jid: &BareJid| snapshot.occupants.values().filter(|it| it.has_jid(jid)).map(|it| &**it).collect();
    match who {
        Who::Here(target) | Who::Gone(target) => {
            let by_nick = snapshot.occupants.get(&target.nick).filter(|it| it.is(&target.identity));
            let same = || snapshot.occupants.values().find(|it| it.is(&target.identity));
            by_nick.or_else(same).map(|it| &**it).into_iter().collect()
        }
        Who::Jid(jid) => has(jid),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jid::Jid;

    use super::*;
    use crate::{Affiliation, Identity, Role, grammar::testing::occupant};

    #[test]
    fn someone_is_found_by_identity_whatever_their_nick_is_now() {
        let mut snapshot = Snapshot::default();
        let mut add = |nick: &str, stay, jid: Option<&str>| {
            let mut it = occupant(nick, Role::Participant, Affiliation::None, stay);
            it.jids.extend(jid.map(|it| Jid::new(it).unwrap()));
            snapshot.occupants.insert(it.nick.clone(), Arc::new(it));
        };
        add("carol", 1, None);
        add("bob", 2, None);
        add("dave", 3, Some("dave@x.example/phone"));
        add("dave2", 4, Some("dave@x.example/desk"));
        let names =
            |who: &Who| -> Vec<String> { who_is(who, &snapshot).iter().map(|it| it.nick.to_string()).collect() };
        let seen = |nick, stay| Target { nick: Nick::new(nick).unwrap(), identity: Identity::Occupancy(stay) };
        assert_eq!(names(&Who::Here(seen("bob", 2))), ["bob"]);
        assert_eq!(names(&Who::Here(seen("bob", 1))), ["carol"], "bob is now carol, someone else is bob");
        assert_eq!(names(&Who::Gone(seen("bob", 9))), [""; 0]);
        assert_eq!(names(&Who::Jid("dave@x.example".parse().unwrap())), ["dave", "dave2"]);
    }
}
