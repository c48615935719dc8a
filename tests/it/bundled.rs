//! The bundled plugins in Lua: what their tests say, by the verb that runs them.

use std::path::Path;

use crate::command_line::domovoi;

/// Every test and every example of one of them.
fn check(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended = domovoi(root, &["plugin", "test", &format!("plugins/{name}")]);
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    // A run that found nothing to run would be no test.
    assert!(ended.stdout.contains(&format!("plugins/{name}/tests/{name}.lua: ")), "{}", ended.stdout);
}

macro_rules! conversations {
    ($($name:ident),+) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )+
    };
}

conversations!(choose, clock, dice, facts, greet, karma, macros, notes, poll, quiz, remind, rules, seen, tell, turn);
