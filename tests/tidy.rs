//! House rules that neither rustc nor clippy checks. Run by `cargo test` like any other test.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file before its tests.
const MAX_CODE_LINES: usize = 400;
/// Files allowed past the limit, each with its reason.
const LONGER: &[(&str, &str)] = &[];

/// A module of `src/` and the sibling modules it may name. `bot`, `main`, `lib` and `cli` may name all; a module that
/// is not here may name none. Changing a line is a change of architecture.
const MAY_USE: &[(&str, &[&str])] = &[
    ("program", &["cli"]),
    ("bundle", &["host"]),
    ("clock", &[]),
    ("metrics", &[]),
    ("config", &[]),
    ("muc", &[]),
    ("trust", &[]),
    ("xmpp", &["clock", "config", "muc", "outbox", "trust"]),
    ("outbox", &["config"]),
    ("host", &["clock", "config", "fetch", "i18n", "metrics", "store"]),
    ("fetch", &["clock", "config", "trust"]),
    ("fleet", &["config", "store"]),
    ("store", &["config"]),
    ("i18n", &["config"]),
    ("listen", &[]),
    ("web", &["clock", "config", "fleet", "host", "i18n", "listen", "store"]),
    ("control", &["clock", "config", "fleet", "host", "i18n", "listen", "store"]),
];
/// Modules that wire the others together.
const MAY_USE_ALL: &[&str] = &["bot", "cli", "lib", "main"];

/// A crate, and the only place below the root that may name it. Each is a boundary that keeps a decision changeable.
const ONLY_IN: &[(&str, &str)] = &[
    ("tokio_xmpp", "src/xmpp/"),
    ("xmpp_parsers", "src/xmpp/"),
    ("sled", "src/store/"),
    ("mlua", "src/host/lua/"),
    ("reqwest", "src/fetch/"),
    ("axum", "src/web/"),
];
/// What `plugins/` and `src/muc` must not name: the contract and the room state know neither runtime nor wire.
const NOT_IN_PURE_CODE: &[&str] = &["tokio", "tokio_xmpp", "xmpp_parsers", "mlua", "sled"];

#[test]
fn sources_are_tidy() {
    let mut bad = Vec::new();
    for path in files(&["src", "plugins", "tests", "benches", "examples"], "rs") {
        let text = fs::read_to_string(&path).unwrap();
        let code = before_tests(&text);
        let n_lines = code.lines().count();
        if n_lines > MAX_CODE_LINES && !LONGER.iter().any(|(it, _)| *it == path) {
            bad.push(format!("{path}: {n_lines} lines of code, at most {MAX_CODE_LINES}"));
        }
        if !text.starts_with("//!") {
            bad.push(format!("{path}: does not begin with a `//!` saying what it is for"));
        }
        bad.extend(wrong_arrows(&path, code));
        bad.extend(wrong_crates(&path, code));
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[test]
fn exceptions_are_still_needed() {
    for (path, reason) in LONGER {
        let text = fs::read_to_string(path).unwrap_or_default();
        let n_lines = before_tests(&text).lines().count();
        assert!(n_lines > MAX_CODE_LINES, "{path} needs no exception any more ({reason})");
    }
}

#[test]
fn each_plugin_is_one_folder_in_one_language() {
    for dir in fs::read_dir("plugins").unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_dir()) {
        let has = |name: &str| dir.join(name).exists();
        assert!(has("README.md"), "{}: no README.md", dir.display());
        assert!(has("Cargo.toml") != has("init.lua"), "{}: Rust or Lua?", dir.display());
        let manifest = fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
        for line in manifest.lines().filter(|it| it.contains("path = ") && !it.starts_with("path = \"src/")) {
            assert!(line.contains("\"../api\""), "{}: a plugin uses only ../api", dir.display());
        }
        if has("Cargo.toml") {
            assert!(manifest.contains("[lints]\nworkspace = true"), "{}: not under the house lints", dir.display());
        }
    }
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // Put together here, so that this file does not find itself.
    let marks =
        [["/ho", "me/"], ["/wo", "rk/"], ["/ro", "ot/"], ["/Us", "ers/"], ["../sha", "red"]].map(|it| it.concat());
    let roots = ["src", "plugins", "tests", "benches", "examples", "config", "scripts", ".ci", ".config", "."];
    let mut bad = Vec::new();
    for extension in ["rs", "toml", "md", "lua", "ftl", "json", "jsonl", "xml", ""] {
        for path in files(&roots, extension) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            for (index, line) in text.lines().enumerate() {
                if marks.iter().any(|it| line.contains(it.as_str())) {
                    bad.push(format!("{path}:{}: {line}", index + 1));
                }
            }
        }
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[test]
fn scripts_can_be_run_and_are_careful() {
    use std::os::unix::fs::PermissionsExt;
    for path in files(&["scripts", ".ci"], "") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#!/usr/bin/env bash\n# "), "{path}: says neither its language nor what it is for");
        assert!(text.contains("\nset -euo pipefail\n"), "{path}: goes on after a failure");
        assert!(fs::metadata(&path).unwrap().permissions().mode() & 0o111 != 0, "{path}: cannot be run");
    }
}

fn wrong_arrows(path: &str, code: &str) -> Vec<String> {
    let Some(module) = path.strip_prefix("src/").and_then(|it| it.split(['/', '.']).next()) else { return Vec::new() };
    if MAY_USE_ALL.contains(&module) {
        return Vec::new();
    }
    let allowed = MAY_USE.iter().find(|(it, _)| *it == module).map_or(&[][..], |(_, allowed)| allowed);
    let wrong = siblings_named(code).into_iter().filter(|it| it != module && !allowed.contains(&it.as_str()));
    wrong.map(|it| format!("{path}: `{module}` may not use `{it}`")).collect()
}

fn wrong_crates(path: &str, code: &str) -> Vec<String> {
    let is_pure = path.starts_with("src/muc") || path.starts_with("plugins/") && path.contains("/src/");
    let is_engine = path.starts_with("src/");
    let mut bad = Vec::new();
    for name in NOT_IN_PURE_CODE.iter().filter(|it| is_pure && names_crate(code, it)) {
        bad.push(format!("{path}: names `{name}`, which is none of its business"));
    }
    for (name, place) in ONLY_IN.iter().filter(|(name, _)| is_engine && names_crate(code, name)) {
        if !path.starts_with(place) {
            bad.push(format!("{path}: names `{name}`, which only {place} may"));
        }
    }
    bad
}

/// Whether code (not a comment) says `name::`.
fn names_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let is_boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
    code.lines().filter(|it| !it.trim_start().starts_with("//")).any(|line| {
        line.match_indices(&path).any(|(at, _)| is_boundary(line.get(..at).and_then(|it| it.chars().next_back())))
    })
}

/// A file up to its unit tests.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
}

/// The names after each `crate::` in code, those in a group such as `crate::{a, b::C}` too.
fn siblings_named(code: &str) -> Vec<String> {
    let without_comments: Vec<&str> = code.lines().filter(|it| !it.trim_start().starts_with("//")).collect();
    let mut names = Vec::new();
    for rest in without_comments.join("\n").split("crate::").skip(1) {
        let mut depth = 0;
        let mut name = String::new();
        for c in rest.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => names.push(std::mem::take(&mut name)),
                c if depth <= 1 => name.push(c),
                _ => (),
            }
            if depth == 0 && !c.is_alphanumeric() && c != '_' {
                break;
            }
        }
        names.push(name);
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let head = |it: String| it.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
    names.into_iter().map(head).filter(|it| it.starts_with(char::is_lowercase)).collect()
}

/// The files with this extension below the roots; the root `.` is not descended into.
fn files(roots: &[&str], extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = roots.iter().filter(|it| Path::new(it).exists()).map(PathBuf::from).collect();
    while let Some(dir) = todo.pop() {
        let is_top = dir == Path::new(".");
        for path in fs::read_dir(&dir).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                todo.extend((!is_top).then_some(path));
            } else if path.file_name().is_some_and(|it| it != ".git")
                && path.extension().unwrap_or_default() == extension
            {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn siblings_are_found_in_groups() {
    let code = "use crate::muc::Room;\nuse crate::{\n    host::{a, b},\n    config as _,\n};\n\
                // crate::comment::x\nlet x = crate::outbox::Outbox::new();";
    assert_eq!(siblings_named(code), ["muc", "host", "config", "outbox"]);
}

#[test]
fn wrong_uses_are_found() {
    assert_eq!(wrong_arrows("src/muc/room.rs", "use crate::host::Host;").len(), 1);
    assert_eq!(wrong_arrows("src/stray.rs", "use crate::host::Host;").len(), 1);
    assert!(wrong_arrows("src/xmpp/session.rs", "use crate::muc::Room;").is_empty());
    assert!(wrong_arrows("src/bot.rs", "use crate::host::Host;").is_empty());
    assert_eq!(wrong_crates("src/host/mod.rs", "use sled::Db;").len(), 1);
    assert_eq!(wrong_crates("plugins/guard/src/lib.rs", "tokio::spawn(x)").len(), 1);
    assert!(wrong_crates("src/store/state.rs", "use sled::Db; // a unsled::x").is_empty());
    assert!(!names_crate("use my_sled::x; crate::sled::y; // sled::z is not it", "tokio"));
    assert!(!names_crate("my_sled::x; crate::sled::y;", "sled"));
}
