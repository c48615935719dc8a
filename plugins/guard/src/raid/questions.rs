//! The questions at the gate: own ones in English and Russian, and those a room's owner adds.

use domovoi_plugin::{Context, Fault, RoomJid, Scope, Text};
use serde::{Deserialize, Serialize};

use crate::text;

/// Questions of our own, `gate-question-1` and so on, with their answers.
const OWN: u32 = 8;
/// A room's own questions; more are refused.
pub(crate) const MOST: usize = 50;
/// Where a room's own questions are kept.
const KEY: &str = "gate_questions";
/// An answer has at most so many words around the right one.
const MOST_WORDS: usize = 5;

/// A question and what answers it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The question.
    pub(crate) text: String,
    /// Every right answer.
    pub(crate) answers: Vec<String>,
}

impl Question {
    /// From `QUESTION = ANSWER | ANSWER`; `None` where either side is missing.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (text, answers) = line.rsplit_once('=')?;
        let answers: Vec<String> =
            answers.split('|').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
        let text = text.trim().to_owned();
        (!text.is_empty() && !answers.is_empty()).then_some(Self { text, answers })
    }

    /// As [`Question::parse`] reads it.
    pub(crate) fn shown(&self) -> String {
        format!("{} = {}", self.text, self.answers.join(" | "))
    }

    /// Whether this answers it: the answer alone, or among a few other words.
    pub(crate) fn is_answered(&self, given: &str) -> bool {
        let given = plain(given);
        let words: Vec<&str> = given.split(' ').collect();
        self.answers.iter().map(|it| plain(it)).filter(|it| !it.is_empty()).any(|answer| {
            let n_words = answer.split(' ').count();
            let is_among = words.windows(n_words).any(|it| it.join(" ") == answer);
            given == answer || (words.len() <= n_words + MOST_WORDS && is_among)
        })
    }
}

/// As it is compared: normal form, letters and digits only.
fn plain(answer: &str) -> String {
    let normal = text::normal(answer);
    let words = normal.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A room's own questions.
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn of_room(room: &RoomJid, cx: &Context) -> Result<Vec<Question>, Fault> {
    let kept = cx.services.state.get(&Scope::Room(room.clone()), KEY).await?;
    // Whatever is not ours is nothing: the own questions are there in any case.
    Ok(kept.and_then(|it| serde_json::from_value(it).ok()).unwrap_or_default())
}

/// Keeps a room's own questions.
///
/// # Errors
/// If the store does not take them.
pub(crate) async fn keep(room: &RoomJid, questions: &[Question], cx: &Context) -> Result<(), Fault> {
    let value = (!questions.is_empty()).then(|| serde_json::json!(questions));
    Ok(cx.services.state.set(&Scope::Room(room.clone()), KEY, value, None).await?)
}

/// The question of this number: of the room's own where it has any, else of ours in the room's language.
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn numbered(number: u32, room: &RoomJid, cx: &Context) -> Result<Question, Fault> {
    let of_room = of_room(room, cx).await?;
    let place = usize::try_from(number).unwrap_or(0).checked_rem(of_room.len());
    if let Some(question) = place.and_then(|it| of_room.into_iter().nth(it)) {
        return Ok(question);
    }
    let n = number % OWN + 1;
    let words = |key: &str| cx.words(&Text::key(format!("{key}-{n}")));
    let answers = words("gate-answer").split('|').map(|it| it.trim().to_owned()).collect();
    Ok(Question { text: words("gate-question"), answers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_question_with_answers() {
        let question = Question::parse("What is 2 = 1 + ? = one | 1").unwrap();
        assert_eq!(question.text, "What is 2 = 1 + ?");
        assert_eq!(question.answers, ["one", "1"]);
        assert_eq!(question.shown(), "What is 2 = 1 + ? = one | 1");
        for wrong in ["", "no answer", "no answer =", "= no question", "q = |"] {
            assert_eq!(Question::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn people_answer_in_their_own_way_and_lists_of_words_do_not() {
        let question = Question::parse("Сколько лап у кошки? = 4 | четыре | четыре лапы").unwrap();
        for right in ["4", "Четыре!", " четыре лапы ", "у кошки четыре лапы, конечно", "ЧЕТЫРЕ"]
        {
            assert!(question.is_answered(right), "{right}");
        }
        for wrong in ["", "14", "пять", "один два три четыре пять шесть семь восемь"]
        {
            assert!(!question.is_answered(wrong), "{wrong}");
        }
    }
}
