//! What to write instead: for globals that other Luas have and this one has not.
//!
//! Luau says of such a call no more than that nothing can be called. Which it was stands in the line.

use super::code::Code;

/// Globals that are not here, and what is.
const MISSING: &[(&str, &str)] = &[
    ("print", "cx.log writes a line to the log"),
    ("os", "cx.time knows what time it is"),
    ("io", "cx.file reads the plugin's own files, and cx.store keeps things"),
    ("dofile", "require reads another file of the plugin"),
    ("loadfile", "require reads another file of the plugin"),
    ("load", "require reads another file of the plugin, and cx.json and cx.toml read data"),
    ("loadstring", "require reads another file of the plugin, and cx.json and cx.toml read data"),
    ("package", "require reads another file of the plugin"),
    ("debug", "a fault is told with file and line"),
    ("collectgarbage", "memory is cleared up by itself"),
    ("wait", "cx:sleep waits"),
    ("sleep", "cx:sleep waits"),
];
/// What Luau says where something that is not there was to be used.
const SIGNS: &[&str] = &["attempt to call a nil value", "attempt to index nil"];

/// What went wrong, with what to write instead if that is known.
pub(super) fn with_hint(code: &Code, what: String) -> String {
    match hint(code, &what) {
        Some((name, instead)) => format!("{what}: there is no `{name}` here, {instead}"),
        None => what,
    }
}

fn hint(code: &Code, what: &str) -> Option<(&'static str, &'static str)> {
    let (path, rest) = what.strip_prefix(&code.label)?.strip_prefix('/')?.split_once(':')?;
    let (line, said) = rest.split_once(": ")?;
    SIGNS.iter().any(|it| said.starts_with(it)).then_some(())?;
    let n: usize = line.parse().ok()?;
    let line = code.lua.get(path)?.lines().nth(n.checked_sub(1)?)?;
    MISSING.iter().copied().find(|(name, _)| is_used(line, name))
}

/// Whether a line calls a global of this name, or looks into it.
fn is_used(line: &str, name: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|it| it.chars().next_back());
        let after = line.get(at + name.len()..).and_then(|it| it.trim_start().chars().next());
        !before.is_some_and(|it| is_word(it) || it == '.' || it == ':')
            && after.is_some_and(|it| matches!(it, '(' | '.' | '"' | '\'' | '['))
    })
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::PluginName;

    use super::*;

    #[track_caller]
    fn check(line: &str, said: &str, hint: &str) {
        let code = Code::of_text(PluginName::new("hello").unwrap(), &format!("local x\n{line}\n"));
        let what = format!("{}/init.lua:2: {said}", code.label);
        let expected = if hint.is_empty() { what.clone() } else { format!("{what}: there is no {hint}") };
        assert_eq!(with_hint(&code, what), expected, "{line}");
    }

    #[test]
    fn what_other_luas_have_is_named_with_what_is_here_instead() {
        let call = "attempt to call a nil value";
        check("print('x')", call, "`print` here, cx.log writes a line to the log");
        check(
            "x = y + load [[ return 1 ]]",
            call,
            "`load` here, require reads another file of the plugin, and cx.json and cx.toml read data",
        );
        check("local t = os.date()", "attempt to index nil with 'date'", "`os` here, cx.time knows what time it is");
        check("cx.print('x') footprint(1) print_all(2) t:load(3)", call, "");
        check("print('x')", "attempt to add nil", "");
        let code = Code::of_text(PluginName::new("hello").unwrap(), "print()");
        for what in ["", "x", "plugins/hello", "plugins/hello/init.lua:9: attempt to call a nil value"] {
            assert_eq!(with_hint(&code, what.to_owned()), what);
        }
    }
}
