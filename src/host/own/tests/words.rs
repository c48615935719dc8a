//! Every text is there in both languages, and none too many.

use std::collections::BTreeSet;

use domovoi_plugin::testing::{check_locales, keys_in};

use crate::{host::own::manifest, i18n::LOCALES};

/// Where texts of the host are made.
const SOURCES: &[&str] = &[
    include_str!("../access.rs"),
    include_str!("../asked.rs"),
    include_str!("../entities.rs"),
    include_str!("../help.rs"),
    include_str!("../mod.rs"),
    include_str!("../plugins.rs"),
    include_str!("../report.rs"),
    include_str!("../rooms.rs"),
    include_str!("../settings.rs"),
    include_str!("../setup.rs"),
    include_str!("../../answers.rs"),
    include_str!("../../commands.rs"),
    include_str!("../../instance.rs"),
    include_str!("../../invites.rs"),
    include_str!("../../notices.rs"),
    include_str!("../../standing.rs"),
];

/// Keys that stand in the sources as words and reach a text by way of a variable.
fn by_variable() -> BTreeSet<String> {
    let literals = SOURCES.iter().flat_map(|it| it.split('"')).filter(|it| it.contains('-'));
    literals.map(str::to_owned).collect()
}

#[test]
fn every_text_is_there_in_both_languages_and_none_too_many() {
    let manifest = manifest();
    let mut used: Vec<String> = SOURCES.iter().flat_map(|it| keys_in(it)).filter(|it| !it.ends_with('-')).collect();
    used.retain(|it| {
        !["refusal-level", "refusal-needs-room", "mistake-jid", "mistake-not-here"].contains(&it.as_str())
    });
    used.retain(|it| !it.ends_with("-{}"));
    used.push(manifest.description.to_owned());
    for spec in &manifest.commands {
        used.push(spec.help.to_owned());
        used.extend(spec.args.iter().map(|it| format!("arg-{}", it.name)));
    }
    used.extend(crate::host::rights::Need::ALL.map(|it| format!("need-{}", it.as_str())));
    used.push("power-*".to_owned());
    let texts = LOCALES.iter().flat_map(|(_, text)| text.lines()).filter_map(|it| it.split_once(" = ")).map(|it| it.0);
    let texts: BTreeSet<&str> = texts.collect();
    used.extend(by_variable().into_iter().filter(|it| texts.contains(it.as_str())));
    used.sort();
    used.dedup();
    assert_eq!(check_locales(LOCALES, &used), [""; 0]);
}
