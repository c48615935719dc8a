//! Why we are not in a room, or an account is not online, in the reader's language.
//!
//! The layers below say it in English, for the log and the doctor. Here those words are known again by how they begin;
//! what is not known stays as it is, so that nothing is hidden.

use domovoi_plugin::{Text, grammar::shown};

/// How long what a server or a person wrote may be.
const MAX_CHARS: usize = 200;

/// The words, and the messages that say the same. Of two that begin alike the longer one comes first.
const KNOWN: &[(&str, &str)] = &[
    ("we are banned there", "out-banned"),
    ("we were banned", "out-outcast"),
    ("only members may enter", "out-members"),
    ("only members may stay, and we are none", "out-removed"),
    ("the password is missing or wrong", "out-password"),
    ("the room is full, or this account is in too many rooms", "out-too-many"),
    ("the room is full", "out-full"),
    ("the room does not exist, and we may not create it", "out-may-not-create"),
    ("the room does not exist", "out-missing"),
    ("the room did not exist; we left again at once", "out-created"),
    ("the room does not accept our nick", "out-nick-policy"),
    ("our nick is taken, and those like it too", "out-nick-taken"),
    ("the room is gone", "out-gone"),
    ("the room was destroyed", "out-destroyed"),
    ("the room asks for a CAPTCHA", "out-captcha"),
    ("the server of the room cannot be reached", "out-remote"),
    ("the room did not answer", "out-silent"),
    ("we were kicked", "out-kicked"),
    ("the service is shutting down", "out-shutdown"),
    ("we were removed for a technical reason", "out-technical"),
    ("the room had lost us without a word", "out-lost"),
    ("the server was restarted", "out-restarted"),
    ("the stream of the account ended", "out-stream"),
    ("the room refused", "out-refused"),
    ("waiting for its turn to join", "out-waiting"),
    ("joining", "out-joining"),
    ("left", "out-left"),
    ("the account does not answer", "out-no-account"),
    ("connecting", "out-connecting"),
    ("the connection was lost", "out-connection"),
    ("cannot reach the server", "out-unreachable"),
    ("the server does not accept the address and password; check both", "out-credentials"),
    ("the account is disabled; ask the server's operator", "out-disabled"),
    ("the password has expired; set a new one", "out-expired"),
    ("another session logs in with the same address and resource; give each bot a resource of its own", "out-replaced"),
    ("the server is shutting down", "out-server-down"),
    ("the certificate of", "out-certificate"),
];

/// What stands before the words, and what stands behind them and asks for something.
const BEFORE: [&str; 2] = ["offline: ", "given up: "];

/// The words in the reader's language.
#[must_use]
pub fn why_text(words: &str) -> Text {
    let words = BEFORE.iter().find_map(|it| words.strip_prefix(it)).unwrap_or(words);
    if let Some(why) = words.strip_suffix("; a person has to do something") {
        return Text::key("out-person").with("why", known(why));
    }
    if let Some((why, at)) = words.rsplit_once("; next try at ") {
        return Text::key("out-again-at").with("why", known(why)).with("at", at);
    }
    match words.rsplit_once("; trying again in ") {
        Some((why, span)) => {
            Text::key("out-again-in").with("why", known(why)).with("span", span.trim_end_matches(" s"))
        }
        None => known(words),
    }
}

fn known(words: &str) -> Text {
    let found = KNOWN.iter().find_map(|(start, key)| Some((*key, words.strip_prefix(start)?)));
    found.map_or_else(|| Text::plain(shown(words, MAX_CHARS)), |(key, rest)| Text::key(key).with("more", more(rest)))
}

/// By whom, why, or where to: names and words of others, which are not translated.
fn more(rest: &str) -> Text {
    if let Some(place) = rest.strip_prefix("; people went to ") {
        return Text::key("out-went").with("place", shown(place, MAX_CHARS));
    }
    match rest.strip_prefix(" by ") {
        Some(who) => Text::key("out-by").with("who", shown(who, MAX_CHARS)),
        None if rest.is_empty() => Text::empty(),
        // Without its first blank, which the message has.
        None => Text::plain(format!("{}{}", lead(rest), shown(rest, MAX_CHARS))),
    }
}

/// The blank that what follows begins with, if it does.
fn lead(rest: &str) -> &'static str {
    if rest.starts_with(' ') { " " } else { "" }
}
