//! What the commands of the guard are called, take and need.

use domovoi_plugin::{ArgKind, ArgSpec, CommandSpec, Level};

use crate::preset::Preset;

const NAME: ArgSpec = ArgSpec::needed("name", ArgKind::Word);
const REST: ArgSpec = ArgSpec::needed("text", ArgKind::Rest);
const MAYBE_REST: ArgSpec = ArgSpec::optional("text", ArgKind::Rest);
const WHO: ArgSpec = ArgSpec::needed("who", ArgKind::Who);
const PRESET: ArgSpec = ArgSpec::needed("preset", ArgKind::Choice(Preset::WORDS));
const SETTING: ArgSpec = ArgSpec::needed("setting", ArgKind::Word);
const VALUE: ArgSpec = ArgSpec::needed("value", ArgKind::Rest);
const MAYBE_NAME: ArgSpec = ArgSpec::optional("name", ArgKind::Word);

const fn spec(name: &'static str, ru: &'static [(&'static str, &'static str)], help: &'static str) -> CommandSpec {
    CommandSpec { names: ru, level: Level::ADMIN, ..CommandSpec::new(name, help) }
}

/// All of them.
pub(crate) fn all() -> Vec<CommandSpec> {
    let mut all = switches();
    all.extend(words());
    all.extend(rules());
    all.extend(block_lists());
    all.extend(people());
    all
}

fn switches() -> Vec<CommandSpec> {
    let owner = |it: CommandSpec| CommandSpec { level: Level::ROOM_OWNER, ..it };
    vec![
        CommandSpec {
            level: Level::MODERATOR,
            aliases: &["guard"],
            ..spec("guard status", &[("ru", "страж состояние"), ("ru", "страж")], "help-guard-status")
        },
        owner(spec("guard on", &[("ru", "страж вкл")], "help-guard-on")),
        owner(spec("guard observe", &[("ru", "страж наблюдать")], "help-guard-observe")),
        owner(spec("guard off", &[("ru", "страж выкл")], "help-guard-off")),
        CommandSpec {
            args: &[PRESET],
            example: "guard preset strict",
            ..owner(spec("guard preset", &[("ru", "страж набор")], "help-guard-preset"))
        },
        CommandSpec {
            args: &[SETTING, VALUE],
            example: "guard set rate_burst 8",
            ..owner(spec("guard set", &[("ru", "страж задать")], "help-guard-set"))
        },
    ]
}

fn words() -> Vec<CommandSpec> {
    vec![
        CommandSpec {
            args: &[REST],
            example: "words add casino mute 10m",
            works_without_room: true,
            ..spec("words add", &[("ru", "слова добавить")], "help-words-add")
        },
        CommandSpec {
            args: &[REST],
            example: "words del casino",
            works_without_room: true,
            ..spec("words del", &[("ru", "слова убрать")], "help-words-del")
        },
        CommandSpec {
            args: &[MAYBE_NAME],
            level: Level::MODERATOR,
            aliases: &["words"],
            works_without_room: true,
            ..spec("words list", &[("ru", "слова список"), ("ru", "слова")], "help-words-list")
        },
        CommandSpec {
            args: &[REST],
            level: Level::MODERATOR,
            example: "words test win big at our casino",
            ..spec("words test", &[("ru", "слова проверить")], "help-words-test")
        },
    ]
}

fn rules() -> Vec<CommandSpec> {
    const NAMED: &[ArgSpec] = &[NAME];
    vec![
        CommandSpec {
            args: &[REST],
            example: "rule add adverts if links > 0 and age < 10m then mute 10m",
            ..spec("rule add", &[("ru", "правило добавить")], "help-rule-add")
        },
        CommandSpec {
            args: NAMED,
            example: "rule del adverts",
            ..spec("rule del", &[("ru", "правило убрать")], "help-rule-del")
        },
        CommandSpec {
            level: Level::MODERATOR,
            aliases: &["rule"],
            ..spec("rule list", &[("ru", "правило список"), ("ru", "правило")], "help-rule-list")
        },
        CommandSpec {
            args: NAMED,
            level: Level::MODERATOR,
            example: "rule show adverts",
            ..spec("rule show", &[("ru", "правило показать")], "help-rule-show")
        },
        CommandSpec {
            args: NAMED,
            example: "rule on adverts",
            ..spec("rule on", &[("ru", "правило вкл")], "help-rule-on")
        },
        CommandSpec {
            args: NAMED,
            example: "rule off adverts",
            ..spec("rule off", &[("ru", "правило выкл")], "help-rule-off")
        },
        CommandSpec {
            args: NAMED,
            example: "rule observe adverts",
            ..spec("rule observe", &[("ru", "правило наблюдать")], "help-rule-observe")
        },
        CommandSpec {
            args: &[WHO],
            level: Level::MODERATOR,
            example: "rule find bob",
            ..spec("rule find", &[("ru", "правило найти")], "help-rule-find")
        },
        CommandSpec {
            args: &[NAME, MAYBE_REST],
            level: Level::MODERATOR,
            example: "rule test adverts last 30d",
            ..spec("rule test", &[("ru", "правило проверить")], "help-rule-test")
        },
    ]
}

fn block_lists() -> Vec<CommandSpec> {
    let owner = |it: CommandSpec| CommandSpec { level: Level::BOT_OWNER, works_without_room: true, ..it };
    vec![
        CommandSpec {
            level: Level::MODERATOR,
            aliases: &["blocklists", "blocklist"],
            works_without_room: true,
            ..spec("blocklist list", &[("ru", "чёрный список"), ("ru", "чёрные списки")], "help-block-list")
        },
        CommandSpec {
            args: &[NAME, REST],
            example: "blocklist add spam blocks.example/muc_bans_sha256 weight=50",
            ..owner(spec("blocklist add", &[("ru", "чёрный список добавить")], "help-block-add"))
        },
        CommandSpec {
            args: &[NAME],
            example: "blocklist del spam",
            ..owner(spec("blocklist del", &[("ru", "чёрный список убрать")], "help-block-del"))
        },
        owner(spec("blocklist refresh", &[("ru", "чёрный список обновить")], "help-block-refresh")),
        CommandSpec {
            args: &[NAME],
            example: "blocklist preview blocks.example/muc_bans_sha256",
            ..owner(spec("blocklist preview", &[("ru", "чёрный список примерить")], "help-block-preview"))
        },
        CommandSpec {
            args: &[NAME],
            example: "blocklist except bob@people.example",
            works_without_room: true,
            ..spec("blocklist except", &[("ru", "чёрный список исключить")], "help-block-except")
        },
        CommandSpec {
            args: &[NAME],
            example: "blocklist unexcept bob@people.example",
            works_without_room: true,
            ..spec("blocklist unexcept", &[("ru", "чёрный список вернуть")], "help-block-unexcept")
        },
        CommandSpec {
            args: &[NAME],
            example: "blocklist publish muc_bans_sha256",
            ..owner(spec("blocklist publish", &[("ru", "чёрный список издавать")], "help-block-publish"))
        },
        CommandSpec {
            args: &[NAME, MAYBE_REST],
            example: "blocklist block spammer@bad.example adverts",
            ..owner(spec("blocklist block", &[("ru", "чёрный список внести")], "help-block-block"))
        },
        CommandSpec {
            args: &[NAME],
            example: "blocklist unblock spammer@bad.example",
            ..owner(spec("blocklist unblock", &[("ru", "чёрный список вычеркнуть")], "help-block-unblock"))
        },
    ]
}

fn people() -> Vec<CommandSpec> {
    vec![
        CommandSpec { level: Level::VISITOR, ..spec("mydata", &[("ru", "моиданные")], "help-mydata") },
        CommandSpec { level: Level::VISITOR, ..spec("forgetme", &[("ru", "забудьменя")], "help-forgetme") },
        CommandSpec {
            args: &[WHO, MAYBE_REST],
            level: Level::PARTICIPANT,
            example: "report bob adverts in private messages",
            ..spec("report", &[("ru", "жалоба")], "help-report")
        },
    ]
}
