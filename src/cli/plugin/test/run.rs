//! Runs one file of tests, in a world of its own for each of its cases.

use super::world::{Subject, World};
use crate::host::lua::testing::{Next, TestFile, TestRun, Wish};

/// What a test came to.
pub(super) struct Came {
    /// Why it failed: with file and line, then what happened.
    pub(super) failure: Option<String>,
    /// The cases that the file has, if it was run outside of them.
    pub(super) cases: Vec<String>,
}

/// Runs a case of a file, or what stands outside cases.
pub(super) async fn run(subject: &Subject, file: &TestFile, case: Option<&str>) -> anyhow::Result<Came> {
    let mut world = World::new(subject).await?;
    let mut run = TestRun::start(file, case)?;
    let ended = loop {
        match run.next().await {
            Next::Wants(wish) => run.answer(fulfil(&mut world, &wish).await),
            Next::Ended(ended) => break ended,
        }
    };
    let ended = ended.and_then(|()| match world.faults.pop_front() {
        Some(failed) => Err(format!("{}: the plugin failed: {}", failed.place, failed.what)),
        None => Ok(()),
    });
    let story = world.story();
    let failure = ended.err().map(|what| match story.is_empty() {
        true => what,
        false => format!("{what}\n    what happened:\n{}", story.trim_end_matches('\n')),
    });
    let cases = std::mem::take(&mut world.cases);
    world.stage.end().await;
    Ok(Came { failure, cases })
}

async fn fulfil(world: &mut World, wish: &Wish) -> Result<serde_json::Value, String> {
    if let Some(done) = world.expect(wish) {
        return done;
    }
    let done = world.perform(wish).await;
    done.unwrap_or_else(|| Err(format!("there is no `{}` in tests", wish.what)))
}
