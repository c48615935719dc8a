//! The report as a person reads it: a line for each finding, marked `ok`, `??` (works, but with less) or `!!` (does not).

use std::{collections::BTreeMap, fmt::Write as _};

use domovoi_plugin::{Features, Moderation};

use crate::{
    control::doctor::{AccountReport, Connection, LackReport, Report, RoomReport},
    host::rights::Need,
};

/// How it is with something.
#[derive(Clone, Copy)]
enum Mark {
    Good,
    Less,
    Broken,
}

/// The text, being written.
struct Page {
    text: String,
    has_colours: bool,
}

/// The report as text.
pub(super) fn text(report: &Report, how: &str, has_colours: bool) -> String {
    let mut page = Page { text: format!("{how}\n"), has_colours };
    for account in &report.accounts {
        page.account(account);
    }
    let (seen, unseen): (Vec<_>, Vec<_>) = report.rooms.iter().partition(|it| !it.state.is_empty());
    for room in seen {
        page.room(room);
    }
    if !unseen.is_empty() {
        let rooms: Vec<&str> = unseen.iter().map(|it| it.room.as_str()).collect();
        page.head(&format!("rooms: {}", rooms.join(", ")));
        page.line(Mark::Less, "not looked at: there is no account that could log in and look");
    }
    page.text
}

impl Page {
    fn head(&mut self, what: &str) {
        let what = if self.has_colours { format!("\x1b[1m{what}\x1b[0m") } else { what.to_owned() };
        // Writing to a string does not fail, here and below.
        writeln!(self.text, "\n{what}").ok();
    }

    fn line(&mut self, mark: Mark, what: &str) {
        let (sign, colour) = match mark {
            Mark::Good => ("ok", "\x1b[32m"),
            Mark::Less => ("??", "\x1b[33m"),
            Mark::Broken => ("!!", "\x1b[1;31m"),
        };
        let sign = if self.has_colours { format!("{colour}{sign}\x1b[0m") } else { sign.to_owned() };
        writeln!(self.text, "  {sign}  {what}").ok();
    }

    fn account(&mut self, account: &AccountReport) {
        self.head(&format!("account {} ({})", account.account, account.jid));
        let mark = if account.is_online { Mark::Good } else { Mark::Broken };
        self.line(mark, &account.state);
        if let Some(advice) = &account.advice {
            self.line(Mark::Less, advice);
        }
        if let Some(connection) = &account.connection {
            self.connection(connection);
        }
    }

    fn connection(&mut self, connection: &Connection) {
        if let Some(server) = &connection.server {
            self.line(Mark::Good, &format!("server {server}"));
        }
        match &connection.tls {
            Some(tls) => self.line(Mark::Good, tls),
            None => self.line(Mark::Less, "not encrypted, which is fit for a server on this machine only"),
        }
        let is_plain = connection.mechanism == "PLAIN";
        let offered = connection.offered.join(", ");
        let mechanism = format!("mechanism {} (offered: {offered})", connection.mechanism);
        self.line(if is_plain { Mark::Less } else { Mark::Good }, &mechanism);
        if is_plain {
            self.line(Mark::Less, "the server learns the password at each login; ask its operator for SCRAM-SHA-256");
        }
        if connection.can_resume {
            self.line(Mark::Good, "the server resumes a stream that was cut (XEP-0198)");
        } else {
            let what = "the server resumes no stream that was cut (XEP-0198): rooms are entered again each time, and \
                        what was said meanwhile comes from their archives only";
            self.line(Mark::Less, what);
        }
        if !connection.features.is_empty() {
            self.line(Mark::Good, &format!("the server offers: {}", connection.features.join("; ")));
        }
    }

    fn room(&mut self, room: &RoomReport) {
        let account = room.account.as_deref().unwrap_or("none");
        self.head(&format!("room {} (account {account})", room.room));
        let rights = room.rights.as_ref().map_or_else(String::new, |it| format!(", as {it}"));
        let mark = match room.is_joined {
            Some(true) => Mark::Good,
            Some(false) => Mark::Broken,
            None => Mark::Less,
        };
        self.line(mark, &format!("{}{rights}", room.state));
        if let (None, Some(_)) = (room.is_joined, &room.features) {
            self.unseen(room.rights.as_deref());
        }
        if let Some(features) = &room.features {
            self.features(features);
        }
        self.lacks(room);
    }

    /// What does not show from outside, and how to see it.
    fn unseen(&mut self, rights: Option<&str>) {
        let what = match rights {
            // Whom a room lets in as a moderator has a voice.
            Some("owner" | "admin") => return,
            Some(_) => "whether the bot has a voice there",
            None => "which rights the bot has there, and whether it has a voice",
        };
        self.line(Mark::Less, &format!("does not show from outside: {what}; start the bot, and ask the doctor again"));
    }

    fn features(&mut self, features: &Features) {
        let has = [
            (features.is_moderated, "moderated"),
            (features.is_members_only, "members only"),
            (features.is_non_anonymous, "real JIDs for everybody"),
            (features.has_password, "a password"),
            (features.is_persistent, "persistent"),
            (features.has_archive, "an archive (XEP-0313)"),
            (features.has_stanza_ids, "stanza ids (XEP-0359)"),
            (features.has_occupant_ids, "occupant ids (XEP-0421)"),
            (features.moderation != Moderation::None, "message moderation (XEP-0425)"),
        ];
        let names: Vec<&str> = has.iter().filter(|it| it.0).map(|it| it.1).collect();
        let what = if names.is_empty() { "nothing in particular".to_owned() } else { names.join(", ") };
        self.line(Mark::Good, &format!("the room has: {what}"));
        if !features.has_archive {
            self.line(Mark::Less, "no archive: what is said while the bot is away stays unknown to it");
        }
    }

    /// What cannot be done, by what would have to change: each change is named once.
    fn lacks(&mut self, room: &RoomReport) {
        // It can be done, and may be of no use.
        let is_unsure = |it: &&LackReport| it.needs == Need::ModeratedRoom.as_str();
        let (unsure, lacking): (Vec<_>, Vec<_>) = room.lacks.iter().partition(is_unsure);
        let mut by_advice: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for lack in lacking {
            let who = format!("{} ({})", words(&lack.power), lack.plugins.join(", "));
            by_advice.entry(&lack.advice).or_default().push(who);
        }
        for (advice, powers) in by_advice {
            self.line(Mark::Less, &format!("cannot {}: {advice}", powers.join(", ")));
        }
        for lack in unsure {
            self.line(Mark::Less, &format!("{} (wanted by {})", lack.advice, lack.plugins.join(", ")));
        }
        if room.lacks.is_empty() && room.is_joined == Some(true) {
            self.line(Mark::Good, "the bot may do there what its plugins want to do");
        }
    }
}

/// A power as people call it; what has no such words here is called by its name.
fn words(power: &str) -> &str {
    match power {
        "say" => "speak",
        "private" => "write in private",
        "voice" => "give and take voice",
        "affiliation" => "change affiliations",
        "moderate" => "take messages back",
        "room-config" => "change the room's configuration",
        "subject" => "change the subject",
        "people" => "see the addresses of people",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lack(power: &str, plugins: &[&str], advice: &str) -> LackReport {
        let plugins = plugins.iter().map(|it| (*it).to_owned()).collect();
        LackReport { power: power.to_owned(), plugins, needs: String::new(), advice: advice.to_owned() }
    }

    fn report() -> Report {
        let connection = Connection {
            account: "main".to_owned(),
            server: Some("127.0.0.1:5222".to_owned()),
            tls: Some("TLSv1.3 AES".to_owned()),
            mechanism: "SCRAM-SHA-256".to_owned(),
            offered: vec!["SCRAM-SHA-256".to_owned(), "PLAIN".to_owned()],
            can_resume: true,
            features: Vec::new(),
        };
        let account = AccountReport {
            account: "main".to_owned(),
            jid: "a@b.example".to_owned(),
            is_online: true,
            state: "online".to_owned(),
            advice: None,
            connection: Some(connection),
        };
        let room = RoomReport {
            room: "garden@chat.example".to_owned(),
            account: Some("main".to_owned()),
            state: "joined".to_owned(),
            is_joined: Some(true),
            rights: Some("none participant".to_owned()),
            features: Some(Features { has_archive: true, is_moderated: true, ..Features::default() }),
            lacks: vec![
                lack("kick", &["admin", "guard"], "make the bot an admin"),
                lack("voice", &["guard"], "make the bot an admin"),
                LackReport {
                    needs: "moderated-room".to_owned(),
                    ..lack("voice", &["guard"], "make the room moderated")
                },
            ],
        };
        Report { accounts: vec![account], rooms: vec![room] }
    }

    #[test]
    fn good_report_reads_line_by_line() {
        let expected = "\
how

account main (a@b.example)
  ok  online
  ok  server 127.0.0.1:5222
  ok  TLSv1.3 AES
  ok  mechanism SCRAM-SHA-256 (offered: SCRAM-SHA-256, PLAIN)
  ok  the server resumes a stream that was cut (XEP-0198)

room garden@chat.example (account main)
  ok  joined, as none participant
  ok  the room has: moderated, an archive (XEP-0313)
  ??  cannot kick (admin, guard), give and take voice (guard): make the bot an admin
  ??  make the room moderated (wanted by guard)
";
        assert_eq!(text(&report(), "how", false), expected);
        assert!(!report().is_broken());
    }

    #[test]
    fn what_does_not_show_from_outside_is_said() {
        let mut report = report();
        let mut check = |rights: Option<&str>, expected: &str| {
            for room in &mut report.rooms {
                (room.is_joined, room.rights) = (None, rights.map(str::to_owned));
            }
            let text = text(&report, "how", false);
            let line = text.lines().find(|it| it.contains("does not show from outside"));
            assert!(line.unwrap_or_default().contains(expected) && line.is_some() != expected.is_empty(), "{text}");
        };
        check(None, "which rights the bot has there, and whether it has a voice; start the bot");
        check(Some("neither owner nor admin"), "whether the bot has a voice there; start the bot");
        check(Some("admin"), "");
    }

    #[test]
    fn what_is_broken_is_marked_and_breaks_the_report() {
        let mut report = report();
        for account in &mut report.accounts {
            account.is_online = false;
            account.connection = None;
            account.state = "the password was refused".to_owned();
        }
        for room in &mut report.rooms {
            *room = RoomReport { room: room.room.clone(), ..RoomReport::default() };
        }
        let text = text(&report, "how", true);
        assert!(text.contains("\x1b[1;31m!!\x1b[0m  the password was refused\n"), "{text}");
        assert!(text.contains("rooms: garden@chat.example"), "{text}");
        assert!(report.is_broken());
    }
}
