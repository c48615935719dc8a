//! What a line typed at the console means.

use std::time::Duration;

use domovoi_plugin::{Affiliation, Nick, parse_duration};

/// The longest time that the clock is turned on by at once.
const MAX_TURN: Duration = Duration::from_secs(7 * 86_400);
/// The most that come at once.
const MAX_RAID: u16 = 500;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Whoever speaks says this to the room.
    Say(String),
    /// Whoever speaks says this to the bot alone.
    Private(String),
    /// From now on this person speaks; with this affiliation from now on.
    As(Nick, Option<Affiliation>),
    /// Whoever speaks comes in.
    Join,
    /// Whoever speaks leaves.
    Leave,
    /// Whoever speaks takes another nick.
    Nick(Nick),
    /// Time passes.
    Clock(Duration),
    /// So many strangers come and say the same.
    Raid(u16),
    /// Whoever speaks takes the last thing said back.
    Retract,
    /// The plugins of the command line are loaded again.
    Reload,
    /// What can be typed.
    Help,
    /// The end.
    Quit,
}

/// What can be typed.
pub(super) const HELP: &str = "\
/as NICK [owner|admin|member|none]   speak as NICK, who comes in if not here
/join, /leave                        whoever speaks comes in, leaves
/nick NICK                           whoever speaks takes another nick
/private TEXT                        says it to the bot alone
/retract                             takes the last thing said back
/clock +10m                          lets time pass
/raid N                              N strangers come and say the same
/reload                              loads the plugins given with --plugin again
/help, /quit
anything else is said in the room";

/// Reads a line; nothing for an empty one.
///
/// Only the words of the table are taken for orders, because `/me` and whatever a client sends are said in rooms.
pub(super) fn read(line: &str) -> Result<Option<Input>, String> {
    let line = line.trim_end();
    if line.is_empty() {
        return Ok(None);
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let input = match word {
        "/as" => speaker(rest)?,
        "/join" => Input::Join,
        "/leave" => Input::Leave,
        "/nick" => Input::Nick(nick(rest)?),
        "/private" if rest.is_empty() => return Err("/private TEXT: say what".to_owned()),
        "/private" => Input::Private(rest.to_owned()),
        "/retract" => Input::Retract,
        "/clock" => Input::Clock(turn(rest)?),
        "/raid" => Input::Raid(number(rest)?),
        "/reload" => Input::Reload,
        "/help" => Input::Help,
        "/quit" => Input::Quit,
        _ => return Ok(Some(Input::Say(line.to_owned()))),
    };
    let is_alone =
        matches!(input, Input::Join | Input::Leave | Input::Retract | Input::Reload | Input::Help | Input::Quit);
    if is_alone && !rest.is_empty() {
        return Err(format!("{word} takes nothing after it; see /help"));
    }
    Ok(Some(input))
}

fn speaker(rest: &str) -> Result<Input, String> {
    // A nick may have blanks in it, so an affiliation is looked for at the end only.
    let (head, last) = rest.rsplit_once(char::is_whitespace).unwrap_or((rest, ""));
    match last.parse::<Affiliation>() {
        Ok(Affiliation::Outcast) | Err(_) => Ok(Input::As(nick(rest)?, None)),
        Ok(affiliation) => Ok(Input::As(nick(head.trim_end())?, Some(affiliation))),
    }
}

fn nick(text: &str) -> Result<Nick, String> {
    if text.is_empty() {
        return Err("a nick is missing; see /help".to_owned());
    }
    Nick::new(text).map_err(|error| format!("`{text}` is no nick: {error}"))
}

fn turn(text: &str) -> Result<Duration, String> {
    let span = parse_duration(text.trim_start_matches('+')).map_err(|error| error.to_string())?;
    if span <= MAX_TURN { Ok(span) } else { Err("the clock is turned on by 7 days at most".to_owned()) }
}

fn number(text: &str) -> Result<u16, String> {
    let number = text.parse::<u16>().ok().filter(|it| (1..=MAX_RAID).contains(it));
    number.ok_or_else(|| format!("/raid N: a number from 1 to {MAX_RAID}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Input) {
        assert_eq!(read(line), Ok(Some(expected)), "{line}");
    }

    #[test]
    fn lines_mean_what_the_help_says() {
        let alice = Nick::new("alice").unwrap();
        check("/as alice", Input::As(alice.clone(), None));
        check("/as alice owner", Input::As(alice, Some(Affiliation::Owner)));
        check("/as Alice in Chains none", Input::As(Nick::new("Alice in Chains").unwrap(), Some(Affiliation::None)));
        check("/clock +10m", Input::Clock(Duration::from_secs(600)));
        check("/clock 1h30m", Input::Clock(Duration::from_secs(5400)));
        check("/raid 30", Input::Raid(30));
        check("/quit", Input::Quit);
        assert_eq!(read("  "), Ok(None));
    }

    #[test]
    fn anything_else_is_said() {
        for line in ["hello", "!help", "/me waves", "/dance", "//", " /quit"] {
            check(line, Input::Say(line.to_owned()));
        }
    }

    #[test]
    fn mistakes_are_told() {
        for line in ["/as", "/nick", "/clock", "/clock soon", "/clock 8d", "/raid", "/raid 0", "/raid 501", "/join me"]
        {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
