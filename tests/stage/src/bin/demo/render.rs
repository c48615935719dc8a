//! One event of the bot as one line for people: what it saw, decided, did, and how long that took.

use serde_json::{Map, Value};

/// How much of a message is shown.
const TEXT_CHARS: usize = 72;

/// Whether the reader can see colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    /// ANSI sequences.
    On,
    /// Plain text.
    Off,
}

impl Colours {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Off => text.to_owned(),
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    fn of(self, what: &str, text: &str) -> String {
        match what {
            "verdict" => self.paint("33", text),
            "act" | "raid_on" => self.paint("1;31", text),
            "result" | "raid_off" => self.paint("32", text),
            "answer" => self.paint("36", text),
            _ => text.to_owned(),
        }
    }
}

/// The line for an event, or nothing if the object is none.
pub(crate) fn line(event: &Value, colours: Colours) -> Option<String> {
    let fields = event.as_object()?;
    let what = fields.get("what")?.as_str()?;
    let (verb, text) = match what {
        "message" => ("saw", format!("{}: {}", nick(fields), text(fields, "text"))),
        "join" => ("saw", format!("{} comes", nick(fields))),
        "leave" => ("saw", format!("{} goes{}", nick(fields), after(": ", &text(fields, "text")))),
        "joined" => ("saw", format!("the room, and is in it as {}", nick(fields))),
        "lost" => ("saw", format!("no more of the room{}", after(": ", &text(fields, "text")))),
        "subject" if text(fields, "text").is_empty() => ("saw", "no subject".to_owned()),
        "subject" => ("saw", format!("the subject: {}", text(fields, "text"))),
        "nick" => ("saw", format!("{} is now {}", text(fields, "text"), nick(fields))),
        "correction" => ("saw", format!("{} corrects: {}", nick(fields), text(fields, "text"))),
        "raid_on" => ("raid", format!("begins{}", after(": ", &text(fields, "text")))),
        "raid_off" => ("raid", format!("is over{}", after(": ", &text(fields, "text")))),
        "verdict" => ("decided", verdict(fields)),
        "act" => ("did", format!("{} {}{}", text(fields, "action"), nick(fields), because(fields))),
        "result" if text(fields, "action") == "retract" => {
            let what = counted(fields, "a message", "messages");
            ("server", format!("take {what} back: {}", text(fields, "result")))
        }
        "result" => ("server", format!("{} {}: {}", text(fields, "action"), nick(fields), text(fields, "result"))),
        "retraction" => {
            let what = counted(fields, "a message is", "messages are");
            ("saw", format!("{what} taken back"))
        }
        "role" => ("saw", format!("{} has another role", nick(fields))),
        "answer" => ("said", format!("to {}: {}", nick(fields), text(fields, "text"))),
        other => (other, plain(fields)),
    };
    let case = fields.get("incident").and_then(Value::as_u64).map(|it| format!(", case #{it}")).unwrap_or_default();
    let text = format!("{text}{case}");
    // What takes no time that could be shown has none beside it.
    let took = fields.get("ms").and_then(Value::as_f64).filter(|ms| 0.05 <= *ms);
    let took = took.map(|ms| format!("  {ms:.1} ms")).unwrap_or_default();
    Some(format!("{} {}{}", colours.of(what, &format!("{verb:<8}")), colours.of(what, &text), colours.dim(&took)))
}

/// One of them, or the number of a row.
fn counted(fields: &Map<String, Value>, one: &str, many: &str) -> String {
    match fields.get("n").and_then(Value::as_u64) {
        None | Some(1) => one.to_owned(),
        Some(n) => format!("{n} {many}"),
    }
}

fn verdict(fields: &Map<String, Value>) -> String {
    let score = fields.get("score").and_then(Value::as_f64).map(|it| format!(", score {it}")).unwrap_or_default();
    format!("{}: {}{score}{}", nick(fields), text(fields, "rule"), after(" → ", &text(fields, "action")))
}

fn because(fields: &Map<String, Value>) -> String {
    match (text(fields, "rule"), text(fields, "text")) {
        (rule, text) if rule.is_empty() => after(": ", &text),
        (rule, text) => format!(" because of {rule}{}", after(": ", &text)),
    }
}

fn nick(fields: &Map<String, Value>) -> String {
    let nick = text(fields, "nick");
    if nick.is_empty() { "the room".to_owned() } else { nick }
}

fn after(lead: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{lead}{text}") }
}

/// A field as text that cannot harm the terminal: no control characters, not too long.
fn text(fields: &Map<String, Value>, key: &str) -> String {
    match fields.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => harmless(text),
        Some(other) => harmless(&other.to_string()),
    }
}

fn harmless(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let mut shown: String = text.chars().take(TEXT_CHARS).map(|c| if is_hidden(c) { '·' } else { c }).collect();
    if text.chars().nth(TEXT_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// An event that this demo does not know: all that it says.
fn plain(fields: &Map<String, Value>) -> String {
    let is_shown = |key: &str| !matches!(key, "what" | "at" | "room" | "ms" | "incident");
    let pairs = fields.keys().filter(|it| is_shown(it)).map(|key| format!("{key}={}", text(fields, key)));
    pairs.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_one_line() {
        let cases = [
            (r#"{"what":"message","nick":"alice","text":"hi","at":"x","room":"r"}"#, "saw      alice: hi"),
            (r#"{"what":"message","nick":"m","text":"a\nb\u001b[2Jc\u202e"}"#, "saw      m: a·b·[2Jc·"),
            (r#"{"what":"join","nick":"boris"}"#, "saw      boris comes"),
            (r#"{"what":"leave","nick":"boris","text":"kicked"}"#, "saw      boris goes: kicked"),
            (r#"{"what":"nick","nick":"b","text":"a"}"#, "saw      a is now b"),
            (r#"{"what":"correction","nick":"a","text":"b"}"#, "saw      a corrects: b"),
            (
                r#"{"what":"verdict","nick":"m","rule":"rate","score":12.5,"action":"mute","ms":0.04}"#,
                "decided  m: rate, score 12.5 → mute",
            ),
            (r#"{"what":"act","nick":"m","action":"mute","rule":"rate"}"#, "did      mute m because of rate"),
            (
                r#"{"what":"result","nick":"m","action":"mute","result":"done","ms":3.21}"#,
                "server   mute m: done  3.2 ms",
            ),
            (r#"{"what":"answer","nick":"alice","text":"pong","ms":1}"#, "said     to alice: pong  1.0 ms"),
            (r#"{"what":"joined","nick":"domovoi","ms":0.01}"#, "saw      the room, and is in it as domovoi"),
            (r#"{"what":"lost","nick":"domovoi","text":"we left"}"#, "saw      no more of the room: we left"),
            (r#"{"what":"subject","text":""}"#, "saw      no subject"),
            (r#"{"what":"subject","nick":"a","text":"tea"}"#, "saw      the subject: tea"),
            (
                r#"{"what":"result","nick":"m","action":"kick","result":"done","incident":2}"#,
                "server   kick m: done, case #2",
            ),
            (r#"{"what":"raid_on","room":"r","text":"x","incident":3}"#, "raid     begins: x, case #3"),
            (r#"{"what":"raid_off","room":"r","text":"x","incident":3}"#, "raid     is over: x, case #3"),
            (r#"{"what":"news","on":true,"room":"r","text":"x"}"#, "news     on=true text=x"),
        ];
        for (event, wished) in cases {
            let event = serde_json::from_str(event).unwrap();
            assert_eq!(line(&event, Colours::Off).as_deref(), Some(wished), "{event}");
        }
    }

    #[test]
    fn what_is_no_event_is_not_shown() {
        for text in [r#"{"ok":true}"#, "[]", "1", r#"{"what":5}"#] {
            assert_eq!(line(&serde_json::from_str(text).unwrap(), Colours::Off), None, "{text}");
        }
    }

    #[test]
    fn colours_are_only_where_they_are_wanted() {
        let event = serde_json::from_str(r#"{"what":"act","nick":"m","action":"kick"}"#).unwrap();
        assert!(!line(&event, Colours::Off).unwrap().contains('\u{1b}'));
        assert!(line(&event, Colours::On).unwrap().contains("\u{1b}[1;31m"));
    }

    #[test]
    fn a_long_text_is_cut_by_characters() {
        let event = serde_json::json!({"what": "message", "nick": "m", "text": "й".repeat(500)});
        let line = line(&event, Colours::Off).unwrap();
        assert_eq!(line.matches('й').count(), TEXT_CHARS);
        assert!(line.ends_with('…'));
    }
}
