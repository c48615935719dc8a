//! A bot of one's own: domovoi with a plugin that does not come with it.

mod quotes;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut plugins = domovoi::bundle::plugins();
    plugins.push(quotes::plugin().into());
    domovoi::main(plugins)
}
