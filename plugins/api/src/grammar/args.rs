//! The arguments of a command, typed as its specification says.

use std::collections::BTreeMap;

use jid::Jid;

use super::{
    mistake::Mistake,
    people::Crowd,
    tokens::{MAX_LINE_BYTES, next_word, shown, trim},
};
use crate::{Arg, ArgKind, ArgSpec, Args, CommandSpec, RoomJid, Snapshot, Who, parse_duration};

/// How many people one command may name.
pub const MAX_SEVERAL: usize = 20;

/// Where a command was given, as far as its arguments depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// In which room, if in any.
    pub room: Option<&'a RoomJid>,
    /// Who is there, and who left.
    pub snapshot: Option<&'a Snapshot>,
}

/// Reads the arguments of a command from what follows its name.
///
/// An optional argument is left out where the text does not fit it but may fit a later one. A span may also stand
/// before the people it is for (`mute 10m alice`). Of several people the list ends with the first word that is nobody,
/// or at a colon (`kick alice: bob was right`). After a comma, what is in quotes or stands before a span is meant to be
/// somebody, whom a slip of the pen must not turn into a reason (`mute alice, bbo 10m`).
///
/// # Errors
/// What was expected, and what was found.
pub fn parse(spec: &CommandSpec, text: &str, around: Around<'_>) -> Result<Args, Mistake> {
    if MAX_LINE_BYTES < text.len() {
        return Err(Mistake::TooLong);
    }
    let names_people = spec.args.iter().any(|it| matches!(it.kind, ArgKind::Who | ArgKind::Several | ArgKind::Nick));
    let crowd = if names_people { Crowd::new(around) } else { Crowd::default() };
    let mut reader = Reader { rest: trim(text), crowd, found: BTreeMap::new() };
    for (n, arg) in spec.args.iter().enumerate() {
        if !reader.found.contains_key(arg.name) {
            let later = spec.args.get(n + 1..).unwrap_or_default();
            reader.read(arg, later)?;
        }
    }
    if !reader.rest.is_empty() {
        return Err(Mistake::TooMuch { given: shown(reader.rest, 50) });
    }
    Ok(Args(reader.found))
}

struct Reader<'a> {
    rest: &'a str,
    crowd: Crowd<'a>,
    found: BTreeMap<&'static str, Arg>,
}

impl Reader<'_> {
    fn read(&mut self, arg: &ArgSpec, later: &[ArgSpec]) -> Result<(), Mistake> {
        if matches!(arg.kind, ArgKind::Who | ArgKind::Several) {
            self.take_early_span(later)?;
        }
        if self.rest.is_empty() {
            return if arg.is_optional { Ok(()) } else { Err(Mistake::Missing { arg: arg.name, kind: arg.kind }) };
        }
        match self.take(arg, later) {
            Ok(value) => {
                self.found.insert(arg.name, value);
                Ok(())
            }
            Err(_) if arg.is_optional && !later.is_empty() && !self.looks_like(arg.kind) => Ok(()),
            Err(mistake) => Err(mistake),
        }
    }

    /// `mute 10m alice`: a span before the people, unless it is someone's nick.
    fn take_early_span(&mut self, later: &[ArgSpec]) -> Result<(), Mistake> {
        let Some(arg) = later.iter().find(|it| it.kind == ArgKind::Duration) else { return Ok(()) };
        let Some(word) = next_word(self.rest).filter(|it| !it.is_quoted) else { return Ok(()) };
        let Ok(span) = parse_duration(&word.text) else { return Ok(()) };
        if self.crowd.find(self.rest)?.is_none() {
            self.found.insert(arg.name, Arg::Duration(span));
            self.rest = word.after;
        }
        Ok(())
    }

    /// Whether the text was meant for this kind although it does not fit, so that it is better asked about than taken
    /// for something else: `mute alice 10` lacks a unit, `mute alice -5m` is less than nothing, and neither is a reason.
    fn looks_like(&self, kind: ArgKind) -> bool {
        let unsigned = self.rest.strip_prefix(['-', '−', '+']).unwrap_or(self.rest);
        let starts_with_digit = || unsigned.starts_with(|c: char| c.is_ascii_digit());
        matches!(kind, ArgKind::Duration | ArgKind::Number { .. }) && starts_with_digit()
    }

    fn take(&mut self, arg: &ArgSpec, later: &[ArgSpec]) -> Result<Arg, Mistake> {
        match arg.kind {
            ArgKind::Who => self.take_who().map(Arg::Who),
            ArgKind::Several => self.take_several(later).map(Arg::Several),
            ArgKind::Nick => match self.crowd.find(self.rest)? {
                Some(hit) => match hit.who {
                    Who::Here(target) => {
                        self.rest = hit.after;
                        Ok(Arg::Nick(target.nick))
                    }
                    Who::Gone(_) | Who::Jid(_) => Err(Mistake::NotHere { given: hit.who.name() }),
                },
                None => Err(self.nobody()),
            },
            ArgKind::Rest => Ok(Arg::Text(std::mem::take(&mut self.rest).to_owned())),
            ArgKind::Jid | ArgKind::Duration | ArgKind::Number { .. } | ArgKind::Choice(_) | ArgKind::Word => {
                self.take_word(arg.kind)
            }
        }
    }

    fn take_who(&mut self) -> Result<Who, Mistake> {
        let hit = self.crowd.find(self.rest)?.ok_or_else(|| self.nobody())?;
        self.rest = hit.after;
        Ok(hit.who)
    }

    fn take_several(&mut self, later: &[ArgSpec]) -> Result<Vec<Who>, Mistake> {
        let awaits_span = later.iter().any(|it| it.kind == ArgKind::Duration && !self.found.contains_key(it.name));
        let mut several: Vec<Who> = Vec::new();
        let (mut n_named, mut is_listed) = (0, false);
        loop {
            let is_span = awaits_span && next_word(self.rest).is_some_and(|it| parse_duration(&it.text).is_ok());
            if is_span && !several.is_empty() {
                return Ok(several);
            }
            let Some(hit) = self.crowd.find(self.rest)? else {
                if is_listed && self.names_somebody(awaits_span) {
                    return Err(self.nobody());
                }
                break;
            };
            let n_taken = self.rest.len() - hit.after.len();
            is_listed = self.rest.get(..n_taken).is_some_and(|it| trim(it).ends_with([',', '，']));
            self.rest = hit.after;
            n_named += 1;
            if MAX_SEVERAL < n_named {
                return Err(Mistake::TooMany { max: MAX_SEVERAL });
            }
            if !several.contains(&hit.who) {
                several.push(hit.who);
            }
            if hit.is_last {
                break;
            }
        }
        if several.is_empty() { Err(self.nobody()) } else { Ok(several) }
    }

    /// Whether what follows a comma can only be a name: in quotes, or the one word before a span.
    fn names_somebody(&self, awaits_span: bool) -> bool {
        let Some(word) = next_word(self.rest) else { return false };
        let is_span = |it: &str| next_word(it).is_some_and(|it| parse_duration(&it.text).is_ok());
        word.is_quoted || awaits_span && is_span(word.after)
    }

    fn take_word(&mut self, kind: ArgKind) -> Result<Arg, Mistake> {
        let Some(word) = next_word(self.rest) else { return Err(Mistake::TooMuch { given: String::new() }) };
        let given = || shown(&word.text, 50);
        let value = match kind {
            ArgKind::Jid => {
                let text = word.text.strip_prefix("xmpp:").unwrap_or(&word.text);
                Arg::Jid(Jid::new(text).map_err(|_| Mistake::NotJid { given: given() })?)
            }
            ArgKind::Duration => {
                Arg::Duration(parse_duration(&word.text).map_err(|_| Mistake::NotSpan { given: given() })?)
            }
            ArgKind::Number { min, max } => match word.text.parse() {
                Ok(number) if (min..=max).contains(&number) => Arg::Number(number),
                _ => return Err(Mistake::NotNumber { given: given(), min, max }),
            },
            ArgKind::Choice(choices) => {
                let folded = word.text.to_lowercase();
                match choices.iter().find(|it| it.to_lowercase() == folded) {
                    Some(choice) => Arg::Text((*choice).to_owned()),
                    None => return Err(Mistake::NotChoice { given: given(), choices }),
                }
            }
            ArgKind::Who | ArgKind::Several | ArgKind::Nick | ArgKind::Word | ArgKind::Rest => {
                Arg::Text(word.text.into_owned())
            }
        };
        self.rest = word.after;
        Ok(value)
    }

    fn nobody(&self) -> Mistake {
        let word = next_word(self.rest).map(|it| it.text.into_owned()).unwrap_or_default();
        // Comparing is quadratic in length: nobody mistypes a novel.
        let near = Some(&word).filter(|it| it.len() <= 64).and_then(|it| self.crowd.near(it));
        Mistake::Nobody { given: shown(&word, 50), near }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{Affiliation, Gone, Level, Nick, Role, Timestamp, grammar::testing::occupant};

    const KICK: &[ArgSpec] = &[ArgSpec::needed("who", ArgKind::Several), ArgSpec::optional("reason", ArgKind::Rest)];
    const MUTE: &[ArgSpec] = &[
        ArgSpec::needed("who", ArgKind::Several),
        ArgSpec::optional("span", ArgKind::Duration),
        ArgSpec::optional("reason", ArgKind::Rest),
    ];

    fn spec(args: &'static [ArgSpec]) -> CommandSpec {
        CommandSpec { args, level: Level::MODERATOR, ..CommandSpec::new("kick", "kick-help") }
    }

    fn garden() -> (RoomJid, Snapshot) {
        let mut snapshot = Snapshot::default();
        let here =
            ["alice", "Bob", "bob2", "Big", "Big Bad Wolf", "🐺 волк", "שלום", "10m", "Zoe", "ZOE", "bob@x.example"];
        for (n, nick) in here.into_iter().enumerate() {
            let it = occupant(nick, Role::Participant, Affiliation::None, n as u64);
            snapshot.occupants.insert(it.nick.clone(), Arc::new(it));
        }
        for (n, nick) in ["gone girl", "alice", "Big Bad"].into_iter().enumerate() {
            let it = Arc::new(occupant(nick, Role::None, Affiliation::None, 100 + n as u64));
            let at = Timestamp::from_millis(0);
            snapshot.gone.push(Gone { occupant: it, at, last_said: None, messages: Vec::new() });
        }
        ("garden@chat.example".parse().unwrap(), snapshot)
    }

    /// What is understood, written as `name=value` in one line.
    fn understood(args: &'static [ArgSpec], text: &str) -> String {
        let (room, snapshot) = garden();
        let around = Around { room: Some(&room), snapshot: Some(&snapshot) };
        let who = |it: &Who| match it {
            Who::Here(target) => target.nick.to_string(),
            Who::Gone(target) => format!("-{}", target.nick),
            Who::Jid(jid) => format!("<{jid}>"),
        };
        let args = match parse(&spec(args), text, around) {
            Ok(args) => args,
            Err(mistake) => return format!("{mistake:?}"),
        };
        let one = |(name, arg): (&&str, &Arg)| match arg {
            Arg::Who(it) => format!("{name}={}", who(it)),
            Arg::Several(all) => format!("{name}={}", all.iter().map(who).collect::<Vec<_>>().join(",")),
            Arg::Nick(it) => format!("{name}={it}"),
            Arg::Jid(it) => format!("{name}={it}"),
            Arg::Duration(it) => format!("{name}={}s", it.as_secs()),
            Arg::Number(it) => format!("{name}={it}"),
            Arg::Text(it) => format!("{name}={it}"),
        };
        args.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn people_are_found_by_the_longest_nick() {
        let check = |text: &str, expected: &str| assert_eq!(understood(KICK, text), expected, "{text}");
        check("alice", "who=alice");
        check("ALICE", "who=alice");
        check("@alice go away", "reason=go away; who=alice");
        check("Big Bad Wolf spamming", "reason=spamming; who=Big Bad Wolf");
        check("big bad wolf", "who=Big Bad Wolf");
        check("\"Big\" Bad Wolf", "reason=Bad Wolf; who=Big");
        check("Big Bad sheep", "reason=sheep; who=-Big Bad");
        check("🐺\u{fe0f} волк flood", "reason=flood; who=🐺 волк");
        check("שלום\u{200f} ספאם", "reason=ספאם; who=שלום");
        check("gone girl", "who=-gone girl");
        check("garden@chat.example/Bob x", "reason=x; who=Bob");
        check("zoe", "Ambiguous { given: \"zoe\" }");
        check("Zoe", "who=Zoe");
        check("bbo", "Nobody { given: \"bbo\", near: None }");
        check("alcie", "Nobody { given: \"alcie\", near: Some(\"alice\") }");
        check("", "Missing { arg: \"who\", kind: Several }");
        check("\u{200b}\u{202e}", "Missing { arg: \"who\", kind: Several }");
    }

    #[test]
    fn several_people_end_where_the_reason_begins() {
        let check = |text: &str, expected: &str| assert_eq!(understood(KICK, text), expected, "{text}");
        check("alice bob2 spam", "reason=spam; who=alice,bob2");
        check("alice, Bob, Big Bad Wolf: bob2 was right", "reason=bob2 was right; who=alice,Bob,Big Bad Wolf");
        check("alice alice x@y.example", "who=alice,<x@y.example>");
        check("alice, please calm down", "reason=please calm down; who=alice");
        check("alice, \"bbo\" spam", "Nobody { given: \"bbo\", near: None }");
        let check = |text: &str, expected: &str| assert_eq!(understood(MUTE, text), expected, "{text}");
        check("alice, Big Bad Wolf 10m spam", "reason=spam; span=600s; who=alice,Big Bad Wolf");
        check("alice, bbo 10m", "Nobody { given: \"bbo\", near: None }");
        check("alice flood 10m", "reason=flood 10m; who=alice");
        check(&"alice ".repeat(200), "TooMany { max: 20 }");
        check(&"x@y.example ".repeat(5_000), "TooMany { max: 20 }");
        check(&"x".repeat(MAX_LINE_BYTES + 1), "TooLong");
    }

    #[test]
    fn a_jid_is_a_jid_even_if_someone_bears_it_as_nick() {
        let check = |text: &str, expected: &str| assert_eq!(understood(KICK, text), expected, "{text}");
        check("bob@x.example", "who=<bob@x.example>");
        check("\"bob@x.example\"", "who=bob@x.example");
        check("xmpp:bob@x.example/phone: spam", "reason=spam; who=<bob@x.example>");
        check("evil.test", "Nobody { given: \"evil.test\", near: None }");
    }

    #[test]
    fn spans_stand_before_or_after_people() {
        let check = |text: &str, expected: &str| assert_eq!(understood(MUTE, text), expected, "{text}");
        check("alice 1h30m loud", "reason=loud; span=5400s; who=alice");
        check("2h alice bob2 loud", "reason=loud; span=7200s; who=alice,bob2");
        check("alice 10m", "span=600s; who=alice");
        check("10m", "who=10m");
        check("alice loud", "reason=loud; who=alice");
        check("alice 10 times", "NotSpan { given: \"10\" }");
        check("alice -5m", "NotSpan { given: \"-5m\" }");
        check("alice - loud", "reason=- loud; who=alice");
    }

    #[test]
    fn other_kinds_say_what_they_want() {
        const ALL: &[ArgSpec] = &[
            ArgSpec::needed("on", ArgKind::Choice(&["on", "off"])),
            ArgSpec::needed("n", ArgKind::Number { min: 1, max: 9 }),
            ArgSpec::optional("jid", ArgKind::Jid),
            ArgSpec::optional("word", ArgKind::Word),
        ];
        let check = |text: &str, expected: &str| assert_eq!(understood(ALL, text), expected, "{text}");
        check("ON 3 chat.example 'a b'", "jid=chat.example; n=3; on=on; word=a b");
        check("maybe", "NotChoice { given: \"maybe\", choices: [\"on\", \"off\"] }");
        check("on 10", "NotNumber { given: \"10\", min: 1, max: 9 }");
        check("on", "Missing { arg: \"n\", kind: Number { min: 1, max: 9 } }");
        check("on 1 a@b c d", "TooMuch { given: \"d\" }");
        const NICK: &[ArgSpec] = &[ArgSpec::needed("nick", ArgKind::Nick)];
        assert_eq!(understood(NICK, "gone girl"), "NotHere { given: \"gone girl\" }");
        assert_eq!(understood(NICK, "ALICE"), "nick=alice");
    }

    #[test]
    fn a_thousand_nicks_and_a_full_line_are_read_at_once() {
        let mut snapshot = Snapshot::default();
        for n in 0..1_000 {
            let it = occupant(&format!("nick {n} of many words {n}"), Role::Participant, Affiliation::None, n);
            snapshot.occupants.insert(it.nick.clone(), Arc::new(it));
        }
        let around = Around { room: None, snapshot: Some(&snapshot) };
        for unit in ["'a ", "nick ", "\u{301}", "\\", "a:", "@", "\"", "🐺\u{200d}"] {
            let line = unit.repeat(MAX_LINE_BYTES / unit.len());
            drop(parse(&spec(MUTE), &line, around));
        }
    }

    proptest! {
        #[test]
        fn no_line_breaks_the_parser(line in "\\PC{0,200}", names in "[a-c@:'\"\\\\ ,2hm«»]{0,60}") {
            understood(MUTE, &line);
            understood(KICK, &names);
        }

        #[test]
        fn whoever_is_quoted_is_found(nick in "[a-zа-я\"'\\\\ ,:@]{1,12}") {
            let Ok(nick) = Nick::new(&nick) else { return Ok(()) };
            prop_assume!(nick.as_str().trim() == nick.as_str());
            let mut snapshot = Snapshot::default();
            let it = occupant(nick.as_str(), Role::Participant, Affiliation::None, 1);
            snapshot.occupants.insert(nick.clone(), Arc::new(it));
            let quoted = format!("\"{}\" because", nick.as_str().replace('\\', "\\\\").replace('"', "\\\""));
            let around = Around { room: None, snapshot: Some(&snapshot) };
            let args = parse(&spec(KICK), &quoted, around).unwrap();
            prop_assert_eq!(args.several("who").len(), 1);
            prop_assert_eq!(args.text("reason"), Some("because"));
        }
    }
}
