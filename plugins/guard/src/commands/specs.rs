//! What the commands of the guard are called, take, need and do.

use domovoi_plugin::{Command, Commands, Level, arg, commands::BoundCommand};

use super::{blocks, consent, preview, rules, switches, trial, words};
use crate::{Guard, preset::Preset, raid};

/// All of them.
pub(crate) static COMMANDS: Commands<Guard> = Commands::new(|| {
    let mut all = of_the_guard();
    all.extend(of_words());
    all.extend(of_rules());
    all.extend(of_block_lists());
    all.extend(of_our_own_list());
    all.extend(of_people());
    all.extend(raid::command::all());
    all
});

type Names = &'static [(&'static str, &'static str)];
type Bound = BoundCommand<Guard>;

/// A command for admins.
pub(crate) const fn command(name: &'static str, names: Names, help: &'static str) -> Command {
    Command::new(name, help).names(names).level(Level::ADMIN)
}

fn of_the_guard() -> Vec<Bound> {
    let owners = |name, names, help| command(name, names, help).level(Level::ROOM_OWNER);
    vec![
        command("guard status", &[("ru", "страж состояние"), ("ru", "страж")], "help-guard-status")
            .level(Level::MODERATOR)
            .aliases(&["guard"])
            .run(switches::status),
        owners("guard on", &[("ru", "страж вкл")], "help-guard-on").run(switches::on),
        owners("guard observe", &[("ru", "страж наблюдать")], "help-guard-observe").run(switches::observe),
        owners("guard off", &[("ru", "страж выкл")], "help-guard-off").run(switches::off),
        owners("guard preset", &[("ru", "страж набор")], "help-guard-preset")
            .arg(arg::choice("preset", Preset::WORDS))
            .example("guard preset strict")
            .run(switches::preset),
        owners("guard set", &[("ru", "страж задать")], "help-guard-set")
            .arg(arg::word("setting"))
            .arg(arg::rest("value"))
            .example("guard set rate_burst 8")
            .run(switches::set),
    ]
}

fn of_words() -> Vec<Bound> {
    vec![
        command("words add", &[("ru", "слова добавить")], "help-words-add")
            .works_without_room()
            .arg(arg::rest("text"))
            .example("words add casino mute 10m")
            .example_in("ru", "слова добавить казино mute 10m")
            .run(words::add),
        command("words del", &[("ru", "слова убрать")], "help-words-del")
            .works_without_room()
            .arg(arg::rest("text"))
            .example("words del casino")
            .example_in("ru", "слова убрать казино")
            .run(words::del),
        command("words list", &[("ru", "слова список"), ("ru", "слова")], "help-words-list")
            .level(Level::MODERATOR)
            .aliases(&["words"])
            .works_without_room()
            .arg(arg::word("name").optional())
            .run(words::list),
        command("words test", &[("ru", "слова проверить")], "help-words-test")
            .level(Level::MODERATOR)
            .arg(arg::rest("text"))
            .example("words test win big at our casino")
            .example_in("ru", "слова проверить выиграй миллион в нашем казино")
            .run(words::test),
    ]
}

fn of_rules() -> Vec<Bound> {
    let named = |name, names, help, example| command(name, names, help).arg(arg::word("name")).example(example);
    vec![
        command("rule add", &[("ru", "правило добавить")], "help-rule-add")
            .arg(arg::rest("text"))
            .example("rule add adverts if links > 0 and age < 10m then mute 10m")
            .example_in("ru", "правило добавить реклама if links > 0 and age < 10m then mute 10m")
            .run(rules::add),
        named("rule del", &[("ru", "правило убрать")], "help-rule-del", "rule del adverts").run(rules::del),
        command("rule list", &[("ru", "правило список"), ("ru", "правило")], "help-rule-list")
            .level(Level::MODERATOR)
            .aliases(&["rule"])
            .run(rules::list),
        named("rule show", &[("ru", "правило показать")], "help-rule-show", "rule show adverts")
            .level(Level::MODERATOR)
            .run(rules::show),
        named("rule on", &[("ru", "правило вкл")], "help-rule-on", "rule on adverts").run(rules::on),
        named("rule off", &[("ru", "правило выкл")], "help-rule-off", "rule off adverts").run(rules::off),
        named("rule observe", &[("ru", "правило наблюдать")], "help-rule-observe", "rule observe adverts")
            .run(rules::observe),
        command("rule find", &[("ru", "правило найти")], "help-rule-find")
            .level(Level::MODERATOR)
            .arg(arg::who("who"))
            .example("rule find bob")
            .run(trial::find),
        named("rule test", &[("ru", "правило проверить")], "help-rule-test", "rule test adverts last 30d")
            .example_in("ru", "правило проверить реклама last 30d")
            .level(Level::MODERATOR)
            .arg(arg::rest("text").optional())
            .run(trial::test),
    ]
}

fn of_block_lists() -> Vec<Bound> {
    let owners = |name, names, help| command(name, names, help).level(Level::BOT_OWNER).works_without_room();
    vec![
        command("blocklist list", &[("ru", "чёрный список"), ("ru", "чёрные списки")], "help-block-list")
            .level(Level::MODERATOR)
            .aliases(&["blocklists", "blocklist"])
            .works_without_room()
            .run(blocks::list),
        owners("blocklist add", &[("ru", "чёрный список добавить")], "help-block-add")
            .arg(arg::word("name"))
            .arg(arg::rest("text"))
            .example("blocklist add spam blocks.example/muc_bans_sha256 weight=50")
            .example_in("ru", "чёрный список добавить спам blocks.example/muc_bans_sha256 weight=50")
            .run(blocks::add),
        owners("blocklist del", &[("ru", "чёрный список убрать")], "help-block-del")
            .arg(arg::word("name"))
            .example("blocklist del spam")
            .example_in("ru", "чёрный список убрать спам")
            .run(blocks::del),
        owners("blocklist refresh", &[("ru", "чёрный список обновить")], "help-block-refresh").run(blocks::refresh),
        owners("blocklist preview", &[("ru", "чёрный список примерить")], "help-block-preview")
            .arg(arg::word("name"))
            .example("blocklist preview blocks.example/muc_bans_sha256")
            .run(preview::preview),
        command("blocklist except", &[("ru", "чёрный список исключить")], "help-block-except")
            .works_without_room()
            .arg(arg::word("name"))
            .example("blocklist except bob@people.example")
            .run(blocks::except),
        command("blocklist unexcept", &[("ru", "чёрный список вернуть")], "help-block-unexcept")
            .works_without_room()
            .arg(arg::word("name"))
            .example("blocklist unexcept bob@people.example")
            .run(blocks::unexcept),
    ]
}

fn of_our_own_list() -> Vec<Bound> {
    let owners = |name, names, help| command(name, names, help).level(Level::BOT_OWNER).works_without_room();
    vec![
        owners("blocklist publish", &[("ru", "чёрный список издавать")], "help-block-publish")
            .arg(arg::word("name"))
            .example("blocklist publish muc_bans_sha256")
            .run(blocks::publish),
        owners("blocklist block", &[("ru", "чёрный список внести")], "help-block-block")
            .arg(arg::word("name"))
            .arg(arg::rest("text").optional())
            .example("blocklist block spammer@bad.example adverts")
            .example_in("ru", "чёрный список внести spammer@bad.example реклама")
            .run(blocks::block),
        owners("blocklist unblock", &[("ru", "чёрный список вычеркнуть")], "help-block-unblock")
            .arg(arg::word("name"))
            .example("blocklist unblock spammer@bad.example")
            .run(blocks::unblock),
    ]
}

fn of_people() -> Vec<Bound> {
    vec![
        command("mydata", &[("ru", "моиданные")], "help-mydata").level(Level::VISITOR).run(consent::mydata),
        command("forgetme", &[("ru", "забудьменя")], "help-forgetme").level(Level::VISITOR).run(consent::forgetme),
        command("report", &[("ru", "жалоба")], "help-report")
            .level(Level::PARTICIPANT)
            .arg(arg::who("who"))
            .arg(arg::rest("text").optional())
            .example("report bob adverts in private messages")
            .example_in("ru", "жалоба bob реклама в личных сообщениях")
            .run(consent::report),
    ]
}
