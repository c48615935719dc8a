//! Makes the reference page and the types for editors, and compares them with the files.

use std::fmt::Write as _;

use mlua::Lua;

use super::{Api, Section, Word, folder};

/// What both files begin with.
const MADE: &str = "Made of api.toml; change that, and see there how this is made again.";

/// Types that are no tables.
const PLAIN: &str = "export type Words = string | { [string]: string }\n\
                     export type Handler = (cx: Cx, event: Event) -> ()\n\
                     --- An event of somebody, who is always known in it.\n\
                     export type OfSomebody = Event & { nick: string, identity: string }\n\
                     --- Something that somebody said.\n\
                     export type Said = OfSomebody & { body: string }\n";

fn types(api: &Api) -> String {
    let mut text =
        format!("-- {MADE}\n-- Types of domovoi's Lua API, for editors with a Luau language server.\n\n{PLAIN}");
    for Section { r#type, title, doc, fields, indexer, word, .. } in &api.section {
        write!(text, "\n--- {}. {doc}\nexport type {type} = {{\n", title.replace('`', "")).unwrap();
        if let Some(indexer) = indexer {
            writeln!(text, "\t{indexer},").unwrap();
        }
        fields.iter().for_each(|it| writeln!(text, "\t{it},").unwrap());
        for Word { name, sig, doc, .. } in word {
            writeln!(text, "\t--- {doc}\n\t{name}: {sig},").unwrap();
        }
        text.push_str("}\n");
    }
    text + "\ndeclare test: Test\ndeclare function require(name: string): any\n"
}

fn page(api: &Api) -> String {
    let mut text = format!(
        "<!-- {MADE} -->\n# The Lua API\n\nPlugins are written in [Luau](https://luau.org). Here is every word that domovoi adds to it; \
         [TUTORIAL.md](TUTORIAL.md) shows how they go together, [COOKBOOK.md](COOKBOOK.md) what can be made of them.\n\n\
         Of Luau's own libraries there are `string`, `table`, `math`, `utf8`, `bit32`, `buffer` and `coroutine`; \
         `require(\"name\")` takes another file of the plugin's folder. Nothing of the machine is in reach. Spans are seconds, or words such as `\"10m\"`.\n\n"
    );
    for Section { title, .. } in &api.section {
        writeln!(text, "- [{}](#{})", title, anchor(title)).unwrap();
    }
    for Section { r#type, title, doc, fields, word, example, .. } in &api.section {
        write!(text, "\n## {title}\n\n{doc} In types: `{type}`.\n").unwrap();
        put_example(&mut text, example.as_ref());
        if !fields.is_empty() {
            let fields: Vec<_> = fields.iter().map(|it| format!("`{it}`")).collect();
            write!(text, "\nIt has {}.\n", fields.join(", ")).unwrap();
        }
        for Word { name, sig, doc, example } in word {
            write!(text, "\n### `{name}`\n\n`{sig}`\n\n{doc}\n").unwrap();
            put_example(&mut text, example.as_ref());
        }
    }
    text
}

fn put_example(text: &mut String, example: Option<&String>) {
    if let Some(example) = example {
        write!(text, "\n```lua\n{}\n```\n", example.trim()).unwrap();
    }
}

/// The part of an address that pages give to a title.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-'));
    kept.map(|it| if it == ' ' { '-' } else { it.to_ascii_lowercase() }).collect()
}

#[test]
fn reference_files_are_what_they_are_made_of() {
    let api = Api::read();
    for (name, made) in [("domovoi.d.luau", types(&api)), ("REFERENCE.md", page(&api))] {
        let path = folder().join(name);
        if std::env::var_os("WRITE_REFERENCE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == made,
            "{name} is not what api.toml makes: WRITE_REFERENCE=1 cargo test -p domovoi --lib reference"
        );
    }
}

#[test]
fn types_can_be_read_by_luau() {
    // What declares something is for analysers only.
    let types = types(&Api::read());
    let types: String = types.lines().filter(|it| !it.starts_with("declare")).map(|it| format!("{it}\n")).collect();
    Lua::new().load(types).into_function().unwrap();
}
