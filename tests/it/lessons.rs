//! What the tutorial and the cookbook show, word for word: each plugin in them passes the test beside it.

use std::{collections::BTreeMap, fs, path::Path};

use crate::command_line::{domovoi, folder};

/// A plugin of a page: its name, the line where it begins, its files.
struct Lesson {
    name: String,
    line: usize,
    files: BTreeMap<String, String>,
}

/// The plugins of a page. A block is a file if a path follows its language; a heading begins the next plugin. The name is
/// that before the colon of the heading, or that in the code.
fn lessons(page: &str) -> Vec<Lesson> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/api/luau").join(page);
    let text = fs::read_to_string(path).unwrap();
    let (mut lessons, mut block): (Vec<Lesson>, Option<(String, String)>) = (Vec::new(), None);
    for (n, line) in text.lines().enumerate() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let path = info.split_once(' ').map(|it| it.1.to_owned()).unwrap_or_default();
                block = Some((path, String::new()));
            }
            (Some(_), Some(_)) => {
                let (path, text) = block.take().unwrap();
                if let Some(lesson) = lessons.last_mut().filter(|_| !path.is_empty()) {
                    lesson.files.insert(path, text);
                }
            }
            (Some((_, text)), None) => *text += &format!("{line}\n"),
            (None, None) if line.starts_with("## ") => {
                let name = line.split_once(". ").and_then(|it| it.1.split_once(':')).map_or("hello", |it| it.0);
                lessons.push(Lesson { name: name.to_owned(), line: n + 1, files: BTreeMap::new() });
            }
            (None, None) => (),
        }
    }
    lessons.into_iter().filter(|it| it.files.contains_key("init.lua")).collect()
}

/// Runs the tests of these plugins; gives how many plugins there are.
#[track_caller]
fn run(page: &str) -> usize {
    let lessons = lessons(page);
    let mut wrong = Vec::new();
    for Lesson { name, line, files } in &lessons {
        let folder = folder();
        for (path, text) in files {
            let path = folder.path().join(name).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let ended = domovoi(folder.path(), &["plugin", "test", name]);
        let has_test = files.keys().any(|it| it.starts_with("tests/"));
        if ended.code != 0 || has_test && ended.stdout.contains("0 passed") {
            wrong.push(format!("{page}:{line}, {name}:\n{}{}", ended.stdout, ended.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    lessons.len()
}

#[test]
fn every_recipe_of_the_cookbook_passes_its_test() {
    let n = run("COOKBOOK.md");
    assert!(20 <= n, "{n} recipes");
}

#[test]
fn every_step_of_the_tutorial_works() {
    let n = run("TUTORIAL.md");
    assert!(4 <= n, "{n} steps");
}
