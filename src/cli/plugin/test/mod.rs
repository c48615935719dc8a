//! `domovoi plugin test`: the tests of plugins and the examples of their commands, on a real host with made-up rooms.

mod conditions;
mod doings;
mod examples;
mod expect;
mod pages;
mod run;
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;

use self::{run::Came, world::Subject};
use super::inspect;
use crate::{
    cli::{Context, print},
    host::lua::{LuaPlugin, clashes, limits::Limits, testing::TestFile},
};

/// Arguments of `plugin test`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of plugins.
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Run only tests with this text in their name.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

/// How many went well and how many did not.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
}

/// Runs them.
pub(super) fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut count, mut is_wrong) = (Count::default(), false);
    for folder in &arguments.folders {
        let tested = runtime.block_on(test(folder, (context, arguments.filter.as_deref()), &mut count));
        if let Err(mistakes) = tested? {
            mistakes.iter().for_each(|it| crate::cli::print_error(it));
            is_wrong = true;
        }
    }
    print(&format!("{} passed, {} failed\n", count.passed, count.failed))?;
    Ok(match (is_wrong, count.failed) {
        (true, _) => ExitCode::from(2),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::FAILURE,
    })
}

/// Tests the plugin of one folder; gives what is wrong if it is none.
async fn test(
    folder: &Path,
    (context, filter): (&Context, Option<&str>),
    count: &mut Count,
) -> anyhow::Result<Result<(), Vec<String>>> {
    // The name of a plugin is that of its folder, also where it was called `.`.
    let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let plugin = match LuaPlugin::load(&folder, Limits::default()).await {
        Ok(plugin) => plugin,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    // What another command hides would be tried in vain.
    let wrong = clashes(&plugin, inspect::company(context).iter());
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let label = plugin.label().to_owned();
    let files = match TestFile::all(&folder, &label) {
        Ok(files) => files,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let subject = Subject { folder, compiled: context.plugins.clone() };
    let is_meant = |name: &str| filter.is_none_or(|it| name.contains(it));
    for file in &files {
        // Only by running a file is known which cases it has; what was not meant is not told.
        let came = run::run(&subject, file, None).await?;
        let (cases, is_alone) = (came.cases.clone(), came.cases.is_empty());
        if (is_alone || came.failure.is_some()) && is_meant(&file.label) {
            tell(&file.label, &came, count)?;
        }
        for case in cases {
            let name = format!("{}: {case}", file.label);
            if is_meant(&name) {
                tell(&name, &run::run(&subject, file, Some(&case)).await?, count)?;
            }
        }
    }
    for example in &plugin.shape().examples {
        let name = format!("{}: example `{}`", example.place, example.typed);
        if is_meant(&name) {
            tell(&name, &examples::run(&subject, example).await?, count)?;
        }
    }
    Ok(Ok(()))
}

fn tell(name: &str, came: &Came, count: &mut Count) -> anyhow::Result<()> {
    match &came.failure {
        None => {
            count.passed += 1;
            print(&format!("ok      {name}\n"))
        }
        Some(failure) => {
            count.failed += 1;
            print(&format!("FAILED  {name}\n    {failure}\n"))
        }
    }
}
