//! The verdict, from what one of the people saw on the wire: who said how much, and to whom something was done.

use std::collections::BTreeMap;
use std::time::Duration;

use domovoi_stage::Element;

use crate::render::Colours;

/// What happened to one occupant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// Messages that the room passed on.
    pub(crate) n_heard: usize,
    /// Messages that a moderator took back.
    pub(crate) n_retracted: usize,
    /// What was done: a changed role or affiliation, a kick, a ban, in the order seen.
    pub(crate) touched: Vec<String>,
    role: String,
    affiliation: String,
}

impl Fate {
    /// Whether anybody did anything to this occupant.
    pub(crate) fn is_touched(&self) -> bool {
        !self.touched.is_empty() || self.n_retracted > 0
    }

    /// Whether this occupant can say no more: mute, or out.
    pub(crate) fn is_stopped(&self) -> bool {
        self.touched.iter().any(|it| matches!(it.as_str(), "muted" | "kicked" | "banned"))
    }
}

/// Reads the fates of all occupants of `room` from what a witness remembers, oldest first.
pub(crate) fn fates(seen: &[Element], room: &str) -> BTreeMap<String, Fate> {
    let mut fates: BTreeMap<String, Fate> = BTreeMap::new();
    let mut said_by: BTreeMap<String, String> = BTreeMap::new();
    for stanza in seen.iter().filter(|it| it.from_bare() == room) {
        match (stanza.name.as_str(), stanza.nick()) {
            ("presence", nick) if !nick.is_empty() && stanza.kind() != "error" => {
                on_presence(fates.entry(nick.to_owned()).or_default(), stanza);
            }
            ("message", "") => {
                if let Some(author) = retracted(stanza).and_then(|id| said_by.get(id)) {
                    fates.entry(author.clone()).or_default().n_retracted += 1;
                }
            }
            ("message", nick) if stanza.kind() == "groupchat" && stanza.body().is_some() => {
                fates.entry(nick.to_owned()).or_default().n_heard += 1;
                if let Some(id) = stanza.child("stanza-id").and_then(|it| it.attr("id")) {
                    said_by.insert(id.to_owned(), nick.to_owned());
                }
            }
            _ => (),
        }
    }
    fates
}

fn on_presence(fate: &mut Fate, presence: &Element) {
    if presence.kind() == "unavailable" {
        for (code, what) in [("301", "banned"), ("307", "kicked"), ("321", "removed"), ("322", "removed")] {
            if presence.has_status(code) {
                fate.touched.push(what.to_owned());
            }
        }
        // Whoever comes back comes as somebody new.
        fate.role.clear();
        fate.affiliation.clear();
        return;
    }
    let role = presence.item("role").unwrap_or_default();
    let affiliation = presence.item("affiliation").unwrap_or_default();
    if !fate.role.is_empty() && fate.role != role {
        let what = if role == "visitor" { "muted".to_owned() } else { format!("made {role}") };
        fate.touched.push(what);
    }
    if !fate.affiliation.is_empty() && fate.affiliation != affiliation {
        fate.touched.push(format!("affiliation {affiliation}"));
    }
    role.clone_into(&mut fate.role);
    affiliation.clone_into(&mut fate.affiliation);
}

/// The stanza id that a room says a moderator has taken back, in either form of XEP-0425.
fn retracted(notice: &Element) -> Option<&str> {
    notice.find("moderated")?;
    notice.child("apply-to").or_else(|| notice.child("retract"))?.attr("id")
}

/// One row of the table: people of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What they are called in the table.
    pub(crate) name: String,
    /// Their nicks.
    pub(crate) nicks: Vec<String>,
    /// How many messages they sent in all.
    pub(crate) n_sent: usize,
    /// What should become of them.
    pub(crate) wish: Wish,
}

/// What should become of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing at all.
    Peace,
    /// They must be stopped.
    Stop,
    /// They may be stopped; the demo only shows it.
    Show,
}

/// The verdict.
#[derive(Debug)]
pub(crate) struct Report {
    /// Who is judged.
    pub(crate) rows: Vec<Row>,
    /// What became of everybody.
    pub(crate) fates: BTreeMap<String, Fate>,
    /// From the spammer's first message to the others seeing him stopped.
    pub(crate) stopped_after: Option<Duration>,
    /// Commands given, and those that were answered.
    pub(crate) commands: (usize, usize),
}

impl Report {
    /// Whether the spammer was stopped, nobody else was touched, and commands were answered.
    pub(crate) fn is_good(&self) -> bool {
        let (n_given, n_answered) = self.commands;
        n_given == n_answered && self.rows.iter().all(|row| self.is_row_good(row))
    }

    fn is_row_good(&self, row: &Row) -> bool {
        let mut fates = row.nicks.iter().map(|nick| self.fates.get(nick));
        match row.wish {
            Wish::Peace => !fates.any(|it| it.is_some_and(Fate::is_touched)),
            Wish::Stop => fates.all(|it| it.is_some_and(Fate::is_stopped)),
            Wish::Show => true,
        }
    }

    /// The table, and one sentence under it.
    pub(crate) fn lines(&self, colours: Colours) -> Vec<String> {
        let head =
            format!("{:<12} {:>5} {:>7} {:>10}  {:<34} {}", "who", "sent", "heard", "taken back", "done to them", "");
        let mut lines = vec![colours.dim(head.trim_end())];
        for row in &self.rows {
            let fates: Vec<&Fate> = row.nicks.iter().filter_map(|nick| self.fates.get(nick)).collect();
            let verdict = match (row.wish, self.is_row_good(row)) {
                (Wish::Peace, true) => colours.good("left in peace"),
                (Wish::Peace, false) => colours.bad("touched without need"),
                (Wish::Stop, true) => colours.good("stopped"),
                (Wish::Stop, false) => colours.bad("not stopped"),
                (Wish::Show, _) => {
                    format!("{} of {} stopped", fates.iter().filter(|it| it.is_stopped()).count(), row.nicks.len())
                }
            };
            let n_heard: usize = fates.iter().map(|it| it.n_heard).sum();
            let n_retracted: usize = fates.iter().map(|it| it.n_retracted).sum();
            let (name, done) = (&row.name, tally(&fates));
            lines.push(format!("{name:<12} {:>5} {n_heard:>7} {n_retracted:>10}  {done:<34} {verdict}", row.n_sent));
        }
        let (n_given, n_answered) = self.commands;
        lines.push(format!("commands answered: {n_answered} of {n_given}"));
        if let Some(after) = self.stopped_after {
            lines.push(format!("the spammer was stopped {} ms after his first message", after.as_millis()));
        }
        lines.push(if self.is_good() {
            colours.good("good: the spammer was stopped and nobody else was touched")
        } else {
            colours.bad("bad: see the table")
        });
        lines
    }
}

/// What was done to a group, with how many times where more than once.
fn tally(fates: &[&Fate]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for what in fates.iter().flat_map(|it| &it.touched) {
        *counts.entry(what).or_default() += 1;
    }
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    let words = counts.iter().map(|(what, n)| if *n == 1 { (*what).to_owned() } else { format!("{what} {n} times") });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use domovoi_stage::xml::{Reader, Step};

    use super::*;

    const MUC: &str = "xmlns='http://jabber.org/protocol/muc#user'";

    fn seen(stanzas: &[String]) -> BTreeMap<String, Fate> {
        let mut reader = Reader::default();
        reader.feed(format!("<s xmlns='jabber:client'>{}", stanzas.concat()).as_bytes());
        let mut found = Vec::new();
        while let Some(step) = reader.next_step().unwrap() {
            if let Step::Stanza(stanza) = step {
                found.push(stanza);
            }
        }
        fates(&found, "r@c")
    }

    fn presence(nick: &str, role: &str, more: &str) -> String {
        format!("<presence from='r@c/{nick}'><x {MUC}><item affiliation='none' role='{role}'/>{more}</x></presence>")
    }

    fn gone(nick: &str, code: &str) -> String {
        format!("<presence from='r@c/{nick}' type='unavailable'><x {MUC}><status code='{code}'/></x></presence>")
    }

    fn says(nick: &str, id: &str) -> String {
        format!("<message type='groupchat' from='r@c/{nick}'><body>x</body><stanza-id by='r@c' id='{id}'/></message>")
    }

    #[test]
    fn who_comes_and_talks_and_goes_is_untouched() {
        let fates =
            seen(&[presence("a", "participant", ""), says("a", "1"), gone("a", "110"), presence("a", "visitor", "")]);
        let fate = fates.get("a").unwrap();
        assert_eq!((fate.n_heard, fate.is_touched()), (1, false));
    }

    #[test]
    fn mutes_kicks_and_bans_are_seen() {
        let muted = seen(&[presence("m", "participant", ""), presence("m", "visitor", "")]);
        let kicked = seen(&[presence("m", "participant", ""), gone("m", "307")]);
        let banned = seen(&[presence("m", "participant", ""), gone("m", "301")]);
        for (fates, word) in [(muted, "muted"), (kicked, "kicked"), (banned, "banned")] {
            let fate = fates.get("m").unwrap();
            assert!(fate.is_stopped());
            assert_eq!(fate.touched, [word]);
        }
    }

    #[test]
    fn a_promotion_is_a_touch_and_no_stop() {
        let fates = seen(&[presence("a", "participant", ""), presence("a", "moderator", "")]);
        assert!(fates.get("a").is_some_and(|it| it.is_touched() && !it.is_stopped()));
    }

    #[test]
    fn retractions_count_only_from_the_room_itself() {
        let old = "<message type='groupchat' from='r@c'><apply-to id='1'><moderated><retract/></moderated></apply-to></message>";
        let new = "<message type='groupchat' from='r@c'><retract id='2'><moderated/></retract></message>";
        let forged = new.replace("from='r@c'", "from='r@c/x'");
        let fates = seen(&[says("m", "1"), says("m", "2"), old.into(), new.into(), forged]);
        assert_eq!(fates.get("m").map(|it| it.n_retracted), Some(2));
    }

    #[test]
    fn other_rooms_and_errors_do_not_count() {
        let other = says("a", "1").replace("r@c", "q@c");
        let error = "<presence type='error' from='r@c/a'/>".to_owned();
        assert!(seen(&[other, error]).is_empty());
    }
}
