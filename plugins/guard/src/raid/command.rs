//! `gate`: a room's own questions for newcomers.

use domovoi_plugin::{Asked, Fault, Text, arg, commands::BoundCommand};

use super::questions::{self, Question};
use crate::{Guard, commands::specs::command};

/// The commands.
pub(crate) fn all() -> Vec<BoundCommand<Guard>> {
    vec![
        command("gate list", &[("ru", "калитка список")], "help-gate-list").run(list),
        command("gate add", &[("ru", "калитка добавить")], "help-gate-add")
            .arg(arg::rest("line"))
            .example("gate add What is our mascot? = penguin | a penguin")
            .example_in("ru", "калитка добавить Кто наш талисман? = пингвин | это пингвин")
            .run(add),
        command("gate del", &[("ru", "калитка убрать")], "help-gate-del")
            .arg(arg::number("number", 1..=50))
            .example("gate del 1")
            .run(remove),
    ]
}

/// The answers are nobody's business but the owners': the list goes to private.
async fn list(_: &Guard, cx: Asked<'_>) -> Result<(), Fault> {
    let questions = questions::of_room(cx.here()?, &cx).await?;
    if questions.is_empty() {
        cx.reply(Text::key("gate-none")).await;
        return Ok(());
    }
    let line = |(n, it): (usize, &Question)| Text::plain(format!("{}. {}", n + 1, it.shown()));
    cx.private(Text::Lines(questions.iter().enumerate().map(line).collect())).await;
    Ok(())
}

async fn add(_: &Guard, cx: Asked<'_>, line: String) -> Result<(), Fault> {
    let mut questions = questions::of_room(cx.here()?, &cx).await?;
    let question = Question::parse(&line).ok_or_else(|| Fault::answer(Text::key("gate-malformed")))?;
    if questions::MOST <= questions.len() {
        return Err(Fault::answer(Text::key("gate-full")));
    }
    questions.push(question);
    questions::keep(cx.here()?, &questions, &cx).await?;
    cx.reply(count("gate-added", questions.len())).await;
    Ok(())
}

async fn remove(_: &Guard, cx: Asked<'_>, number: i64) -> Result<(), Fault> {
    let mut questions = questions::of_room(cx.here()?, &cx).await?;
    let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1)).filter(|it| *it < questions.len());
    let place = place.ok_or_else(|| Fault::answer(count("gate-no-such", questions.len())))?;
    questions.remove(place);
    questions::keep(cx.here()?, &questions, &cx).await?;
    cx.reply(count("gate-removed", questions.len())).await;
    Ok(())
}

fn count(key: &'static str, n: usize) -> Text {
    Text::key(key).with("n", u32::try_from(n).unwrap_or(u32::MAX))
}
