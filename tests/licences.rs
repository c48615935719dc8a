//! What the program is built of: every crate's licence, where it comes from, and what must not be among them, by
//! `deny.toml`. It reads what cargo says, so that it holds wherever the tests run; cargo-deny reads the same file.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests say what they expect")]

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// Whether an SPDX expression leaves a choice that is allowed: `MIT OR Apache-2.0`, `(MIT OR ISC) AND Zlib`, and the old
/// `MIT/Apache-2.0`.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (is_allowed, rest) = any_of(&words, allowed);
    is_allowed && rest.is_empty()
}

fn any_of<'t>(words: &'t [&'t str], allowed: &BTreeSet<String>) -> (bool, &'t [&'t str]) {
    let (mut is, mut rest) = all_of(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (other, after) = all_of(after, allowed);
        (is, rest) = (is || other, after);
    }
    (is, rest)
}

fn all_of<'t>(words: &'t [&'t str], allowed: &BTreeSet<String>) -> (bool, &'t [&'t str]) {
    let (mut is, mut rest) = one(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (other, after) = one(after, allowed);
        (is, rest) = (is && other, after);
    }
    (is, rest)
}

fn one<'t>(words: &'t [&'t str], allowed: &BTreeSet<String>) -> (bool, &'t [&'t str]) {
    match words {
        ["(", inside @ ..] => match any_of(inside, allowed) {
            (is, [")", rest @ ..]) => (is, rest),
            (_, rest) => (false, rest),
        },
        [licence, "WITH", exception, rest @ ..] => (allowed.contains(&format!("{licence} WITH {exception}")), rest),
        [licence, rest @ ..] => (allowed.contains(*licence), rest),
        [] => (false, &[]),
    }
}

fn rules() -> toml::Table {
    std::fs::read_to_string("deny.toml").unwrap().parse().unwrap()
}

/// The crates that are built for this machine, with the features they are built with.
fn metadata() -> Value {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &platform])
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).unwrap()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[test]
fn everything_that_is_built_in_may_be() {
    let (rules, told) = (rules(), metadata());
    let allowed: BTreeSet<String> = rules["licenses"]["allow"].clone().try_into().unwrap();
    let denied: Vec<&str> =
        rules["bans"]["deny"].as_array().unwrap().iter().map(|it| it["crate"].as_str().unwrap()).collect();
    let used: BTreeSet<&str> =
        told["resolve"]["nodes"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
    let mut wrong = Vec::new();
    let mut n_others = 0;
    for package in told["packages"].as_array().unwrap() {
        let (id, name) = (package["id"].as_str().unwrap(), package["name"].as_str().unwrap());
        let Some(source) = package["source"].as_str().filter(|_| used.contains(id)) else { continue };
        n_others += 1;
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{name}: the licence `{licence}` is not among those that deny.toml allows"));
        }
        if !source.starts_with("registry+https://") {
            wrong.push(format!("{name}: comes from {source}, not from a registry"));
        }
        if denied.contains(&name) {
            wrong.push(format!("{name}: deny.toml keeps it out"));
        }
    }
    assert!(100 < n_others, "only {n_others} crates: is this the whole list?");
    for ban in rules["bans"]["features"].as_array().unwrap() {
        let name = ban["crate"].as_str().unwrap();
        let is_it = |id: &str| id.contains(&format!("#{name}@"));
        let node = told["resolve"]["nodes"].as_array().unwrap().iter().find(|it| it["id"].as_str().is_some_and(is_it));
        let on: Vec<&str> = texts(&node.unwrap_or_else(|| panic!("{name} is not used"))["features"]).collect();
        let kept_out: Vec<String> = ban["deny"].clone().try_into().unwrap();
        wrong.extend(kept_out.iter().filter(|it| on.contains(&it.as_str())).map(|it| format!("{name}: feature {it}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn licence_expressions_are_read_as_meant() {
    let allowed: BTreeSet<String> = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
    let check = |text: &str, expected: bool| assert_eq!(is_allowed(text, &allowed), expected, "{text}");
    check("MIT", true);
    check("MIT OR GPL-3.0", true);
    check("GPL-3.0/MIT", true);
    check("MIT AND GPL-3.0", false);
    check("(MIT OR GPL-3.0) AND ISC", true);
    check("(MIT OR GPL-3.0) AND (GPL-3.0 OR Zlib)", false);
    check("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true);
    check("Apache-2.0", false);
    check("GPL-3.0", false);
    check("", false);
    check("MIT nonsense", false);
}
