//! Every text is there in both languages, and none too many.

use std::{collections::BTreeSet, path::Path};

use domovoi_plugin::testing::{check_locales, keys_in};

use crate::{host::own::manifest, i18n::LOCALES};

/// Every source in which texts of the host are made.
fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (["host", "bot", "muc"].map(|it| root.join(it)).to_vec(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            match path.extension() {
                None => folders.push(path),
                // What tests expect is no use of a text.
                Some(it) if it == "rs" && !path.components().any(|it| it.as_os_str() == "tests") => {
                    sources.push(std::fs::read_to_string(path).unwrap());
                }
                Some(_) => (),
            }
        }
    }
    sources
}

/// Keys that stand in the sources as words and reach a text by way of a variable.
fn by_variable(sources: &[String]) -> BTreeSet<String> {
    let literals = sources.iter().flat_map(|it| it.split('"')).filter(|it| it.contains('-'));
    literals.map(str::to_owned).collect()
}

/// Keys in lines that choose one, which must all be there: `let key = if … { "a" } else { "b" };`.
fn chosen(sources: &[String]) -> Vec<String> {
    let lines =
        sources.iter().flat_map(|it| it.lines()).filter(|it| it.contains("let key = ") && it.contains(" else "));
    let quoted = lines.flat_map(|it| it.split('"').skip(1).step_by(2));
    quoted.filter(|it| it.contains('-')).map(str::to_owned).collect()
}

#[test]
fn every_text_is_there_in_both_languages_and_none_too_many() {
    let (manifest, sources) = (manifest(), sources());
    let mut used: Vec<String> = sources.iter().flat_map(|it| keys_in(it)).filter(|it| !it.ends_with('-')).collect();
    used.retain(|it| {
        !["refusal-level", "refusal-needs-room", "mistake-jid", "mistake-not-here", "mistake-too-much"]
            .contains(&it.as_str())
    });
    used.retain(|it| !it.ends_with("-{}"));
    used.push(manifest.description.to_owned());
    for spec in &manifest.commands {
        used.push(spec.help.to_owned());
        used.extend(spec.args.iter().map(|it| format!("arg-{}", it.name)));
    }
    used.extend(crate::host::rights::Need::ALL.map(|it| format!("need-{}", it.as_str())));
    used.extend(["power-*", "affiliation-*"].map(str::to_owned));
    used.extend(chosen(&sources));
    let texts = LOCALES.iter().flat_map(|(_, text)| text.lines()).filter_map(|it| it.split_once(" = ")).map(|it| it.0);
    let texts: BTreeSet<&str> = texts.collect();
    used.extend(by_variable(&sources).into_iter().filter(|it| texts.contains(it.as_str())));
    used.sort();
    used.dedup();
    assert_eq!(check_locales(LOCALES, &used), [""; 0]);
}
