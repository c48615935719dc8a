//! The examples of a plugin's commands, each typed in a room of its own.

use domovoi_plugin::Level;
use serde_json::json;

use super::{
    run::Came,
    world::{Subject, World},
};
use crate::host::lua::{shape::Example, testing::Wish};

/// Types an example and compares what is answered, if it says what should be.
pub(super) async fn run(subject: &Subject, example: &Example) -> anyhow::Result<Came> {
    let mut world = World::new(subject).await?;
    let failure = play(&mut world, example).await.err();
    let story = world.story();
    let failure = failure.map(|what| format!("{what}\n    what happened:\n{}", story.trim_end_matches('\n')));
    world.stage.end().await;
    Ok(Came { failure, cases: Vec::new() })
}

async fn play(world: &mut World, example: &Example) -> Result<(), String> {
    let place = &example.place;
    let mut step = async |what: &str, args: Vec<serde_json::Value>| {
        let wish = Wish { what: what.to_owned(), place: place.clone(), args };
        let done = match world.expect(&wish) {
            Some(done) => Some(done),
            None => world.perform(&wish).await,
        };
        done.unwrap_or_else(|| Err(format!("there is no `{what}`"))).map_err(|what| format!("{place}: {what}"))
    };
    let affiliation = affiliation(example.level);
    step("room", vec![json!({ "bot": "owner", "language": example.lang.unwrap_or("en") })]).await?;
    for nick in ["bob", "carol"] {
        step("join", vec![json!(1), json!(nick)]).await?;
    }
    let jid = if Level::BOT_OWNER <= example.level { super::conditions::OWNER } else { "alice@people.example" };
    let alice = step("join", vec![json!(1), json!("alice"), json!(affiliation), json!({ "jid": jid })]).await?;
    let alice = alice.get("person").cloned().unwrap_or_default();
    step("forget", vec![json!(1)]).await?;
    step("says", vec![alice, json!(format!("!{}", example.typed))]).await?;
    if let Some(answer) = &example.answer {
        step("answers", vec![json!(1), json!(answer)]).await?;
    }
    match world.faults.pop_front() {
        Some(failed) => Err(format!("{place}: the plugin failed: {}", failed.what)),
        None => Ok(()),
    }
}

/// Who may give a command of this level.
fn affiliation(level: Level) -> &'static str {
    if level <= Level::PARTICIPANT {
        "none"
    } else if level <= Level::MEMBER {
        "member"
    } else if level <= Level::ADMIN {
        "admin"
    } else {
        "owner"
    }
}
