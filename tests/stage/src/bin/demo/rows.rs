//! Forty messages that are taken back are one line, not eighty: rows of the same are counted until something else happens.

use serde_json::{Value, json};

/// What is kept back to be counted.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<Row>);

#[derive(Debug)]
struct Row {
    /// The event as it came first, without what differs between those of a row.
    event: Value,
    n: u64,
    ms: f64,
}

impl Rows {
    /// Keeps an event if it is one of those that come in rows; gives it back otherwise.
    pub(crate) fn take(&mut self, mut event: Value) -> Option<Value> {
        let is = |key: &str, value: &str| event.get(key).and_then(Value::as_str) == Some(value);
        let is_one = is("what", "retraction") || is("what", "result") && is("action", "retract");
        if !is_one {
            return Some(event);
        }
        let ms = event.get("ms").and_then(Value::as_f64).unwrap_or(0.0);
        if let Some(fields) = event.as_object_mut() {
            ["at", "ms", "nick", "text"].iter().for_each(|key| drop(fields.remove(*key)));
        }
        match self.0.iter_mut().find(|it| it.event == event) {
            Some(row) => (row.n, row.ms) = (row.n + 1, row.ms.max(ms)),
            None => self.0.push(Row { event, n: 1, ms }),
        }
        None
    }

    /// What was kept back: an event for each row, with the number `n` and the longest `ms`.
    pub(crate) fn end(&mut self) -> impl Iterator<Item = Value> {
        self.0.drain(..).map(|Row { mut event, n, ms }| {
            if let Some(fields) = event.as_object_mut() {
                fields.insert("n".to_owned(), json!(n));
                fields.insert("ms".to_owned(), json!(ms));
            }
            event
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Colours, line};

    #[test]
    fn rows_of_messages_taken_back_are_a_line_each() {
        let mut rows = Rows::default();
        for n in 0..40 {
            let saw = json!({"what": "retraction", "room": "r", "nick": format!("m{n}"), "at": n});
            assert_eq!(rows.take(saw), None);
            let did = json!({"what": "result", "action": "retract", "result": "done", "incident": 2, "ms": n, "at": n});
            assert_eq!(rows.take(did), None);
        }
        assert_eq!(rows.take(json!({"what": "result", "action": "retract", "result": "item-not-found"})), None);
        let other = json!({"what": "result", "action": "kick", "nick": "m", "result": "done"});
        assert_eq!(rows.take(other.clone()), Some(other));
        let lines: Vec<_> = rows.end().filter_map(|it| line(&it, Colours::Off)).collect();
        let expected = [
            "saw      40 messages are taken back",
            "server   take 40 messages back: done, case #2  39.0 ms",
            "server   take a message back: item-not-found",
        ];
        assert_eq!(lines, expected);
        assert!(rows.end().next().is_none());
    }
}
