//! The program: domovoi with its bundled plugins. All it does is in the library, for programs with other plugins too.

use std::process::ExitCode;

use domovoi::bundle;

fn main() -> ExitCode {
    domovoi::main(bundle::plugins())
}
