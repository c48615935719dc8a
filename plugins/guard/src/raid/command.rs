//! `gate`: a room's own questions for newcomers.

use domovoi_plugin::{ArgKind, ArgSpec, Call, CommandSpec, Context, Fault, Level, RoomJid, Text};

use super::questions::{self, Question};

const LINE: &[ArgSpec] = &[ArgSpec::needed("line", ArgKind::Rest)];
const NUMBER: &[ArgSpec] = &[ArgSpec::needed("number", ArgKind::Number { min: 1, max: 50 })];

/// The commands.
pub(crate) fn specs() -> Vec<CommandSpec> {
    let spec = |name, names, args, help, example| CommandSpec {
        names,
        level: Level::ADMIN,
        args,
        example,
        ..CommandSpec::new(name, help)
    };
    vec![
        spec("gate list", &[("ru", "калитка список")], &[], "help-gate-list", "gate list"),
        spec(
            "gate add",
            &[("ru", "калитка добавить")],
            LINE,
            "help-gate-add",
            "gate add What is our mascot? = penguin | a penguin",
        ),
        spec("gate del", &[("ru", "калитка убрать")], NUMBER, "help-gate-del", "gate del 1"),
    ]
}

/// Carries one of them out; gives whether it was one.
///
/// # Errors
/// What the caller did wrong, or what the store did not do.
pub(crate) async fn run(call: &Call, room: &RoomJid, cx: &Context) -> Result<bool, Fault> {
    match call.command {
        "gate list" => list(room, cx).await?,
        "gate add" => add(call.args.text("line").unwrap_or_default(), room, cx).await?,
        "gate del" => remove(call.args.number("number").unwrap_or_default(), room, cx).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The answers are nobody's business but the owners': the list goes to private.
async fn list(room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    let questions = questions::of_room(room, cx).await?;
    if questions.is_empty() {
        cx.reply(Text::key("gate-none")).await;
        return Ok(());
    }
    let line = |(n, it): (usize, &Question)| Text::plain(format!("{}. {}", n + 1, it.shown()));
    cx.private(Text::Lines(questions.iter().enumerate().map(line).collect())).await;
    Ok(())
}

async fn add(line: &str, room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    let mut questions = questions::of_room(room, cx).await?;
    let question = Question::parse(line).ok_or_else(|| Fault::answer(Text::key("gate-malformed")))?;
    if questions::MOST <= questions.len() {
        return Err(Fault::answer(Text::key("gate-full")));
    }
    questions.push(question);
    questions::keep(room, &questions, cx).await?;
    cx.reply(count("gate-added", questions.len())).await;
    Ok(())
}

async fn remove(number: i64, room: &RoomJid, cx: &Context) -> Result<(), Fault> {
    let mut questions = questions::of_room(room, cx).await?;
    let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1)).filter(|it| *it < questions.len());
    let place = place.ok_or_else(|| Fault::answer(count("gate-no-such", questions.len())))?;
    questions.remove(place);
    questions::keep(room, &questions, cx).await?;
    cx.reply(count("gate-removed", questions.len())).await;
    Ok(())
}

fn count(key: &'static str, n: usize) -> Text {
    Text::key(key).with("n", u32::try_from(n).unwrap_or(u32::MAX))
}
