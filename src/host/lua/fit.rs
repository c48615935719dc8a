//! Whether a plugin fits beside the others: nobody's command is hidden, and its examples are commands of its own.

use domovoi_plugin::{
    CommandSpec, Manifest,
    grammar::{self, Around, Collision, Commands, Mistake},
};

use super::{
    code::MAIN,
    outline::{Outline, Step},
    plugin::LuaPlugin,
};
use crate::{config::Config, host::rights};

/// What does not fit, each as `plugins/hello/init.lua:5: …`. A plugin that is on nowhere hides nobody's commands.
#[must_use]
pub fn misfits<'m>(plugin: &'m LuaPlugin, config: &Config, others: impl Iterator<Item = &'m Manifest>) -> Vec<String> {
    let own = &plugin.shape().manifest;
    let others = others.filter(|it| it.name != own.name && rights::is_on_anywhere(config, it));
    let (table, collisions) = Commands::build(others.chain([own]));
    let check = Check { plugin, outline: Outline::of(plugin.main()) };
    let mut wrong = check.clashes(&collisions);
    wrong.extend(plugin.shape().examples.iter().filter_map(|it| check.example(&table, &it.typed)));
    wrong
}

/// Commands of a plugin that hide each other, or that these have before it; each as `plugins/hello/init.lua:5: …`.
#[must_use]
pub fn clashes<'m>(plugin: &'m LuaPlugin, others: impl Iterator<Item = &'m Manifest>) -> Vec<String> {
    let own = &plugin.shape().manifest;
    let (_, collisions) = Commands::build(others.filter(|it| it.name != own.name).chain([own]));
    Check { plugin, outline: Outline::of(plugin.main()) }.clashes(&collisions)
}

struct Check<'a> {
    plugin: &'a LuaPlugin,
    outline: Outline,
}

impl Check<'_> {
    /// The names that are taken, each with its line.
    fn clashes(&self, collisions: &[Collision]) -> Vec<String> {
        let own = &self.plugin.shape().manifest;
        let told = collisions.iter().filter(|it| it.second == own.name).map(|it| {
            let is_named = |spec: &CommandSpec| {
                let names = spec.names.iter().map(|it| it.1).chain(spec.aliases.iter().copied());
                names.chain([spec.name]).any(|name| name == it.word)
            };
            let (n, whose) = match it.first == own.name {
                // Of two of its own the later one is the one that nobody hears.
                true => (own.commands.iter().rposition(is_named), "another command of this plugin".to_owned()),
                false => (own.commands.iter().position(is_named), format!("`{}`", it.first)),
            };
            self.at(n, None, &format!("`{}` is taken by {whose}: choose another name", it.word))
        });
        told.collect()
    }

    /// A mistake at the n-th command, if it is known which.
    fn at(&self, n: Option<usize>, key: Option<&str>, what: &str) -> String {
        let mut path = vec![Step::Key("commands".to_owned())];
        path.extend(n.map(|n| Step::Item(n + 1)));
        path.extend(key.map(|it| Step::Key(it.to_owned())));
        format!("{}/{MAIN}:{}: {what}", self.plugin.label(), self.outline.line(&path))
    }

    fn example(&self, table: &Commands, typed: &str) -> Option<String> {
        let own = &self.plugin.shape().manifest;
        let langs = own.commands.iter().flat_map(|it| it.names).map(|it| it.0);
        let found = ["en"].into_iter().chain(langs).find_map(|lang| table.find(typed, lang, |it| *it == own.name));
        let Some(found) = found else {
            return Some(self.at(None, None, &format!("the example `{typed}` gives no command of this plugin")));
        };
        let spec = &found.entry.spec;
        let mistake = grammar::parse(spec, found.rest, Around { room: None, snapshot: None }).err()?;
        let why = why(&mistake)?;
        let n = own.commands.iter().position(|it| it.name == spec.name);
        Some(self.at(n, Some("examples"), &format!("the example `{typed}` does not fit `{}`: {why}", spec.name)))
    }
}

/// What is wrong with the arguments of an example; nothing where it takes people, who are not here yet.
fn why(mistake: &Mistake) -> Option<String> {
    Some(match mistake {
        Mistake::Missing { arg, .. } => format!("`{arg}` is missing"),
        Mistake::Nobody { .. } | Mistake::NotHere { .. } | Mistake::Ambiguous { .. } => return None,
        Mistake::NotJid { given } => format!("`{given}` is no JID"),
        Mistake::NotSpan { given } => format!("`{given}` is no span such as 10m"),
        Mistake::NotNumber { given, min, max } => format!("`{given}` is no whole number from {min} to {max}"),
        Mistake::NotChoice { given, .. } => format!("`{given}` is none of the choices"),
        Mistake::TooMany { max } => format!("more than {max} people are named"),
        Mistake::TooMuch { given } => format!("nothing takes `{given}`"),
        Mistake::TooLong => "it is too long".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::PluginName;

    use super::{
        super::{code::Code, limits::Limits},
        *,
    };
    use crate::host::testing::{CONFIG, Scene};

    async fn plugin(name: &str, text: &str) -> LuaPlugin {
        LuaPlugin::of_code(Code::of_text(PluginName::new(name).unwrap(), text), Limits::default()).await.unwrap()
    }

    #[tokio::test]
    async fn what_does_not_fit_is_told_with_its_line() {
        let other = plugin(
            "other",
            "return { name = 'other', api = 1, commands = { { name = 'roll', run = print or error } } }",
        )
        .await;
        let text = "return {\n name = 'dice', api = 1,\n commands = {\n\
                    { name = 'dice', aliases = { 'roll' }, run = error },\n\
                    { name = 'sum', names = { ru = 'сумма' }, args = { { 'n', 'number', min = 1, max = 5 } },\n\
                    examples = { { 'sum 3' }, { 'сумма 5' }, { 'sum 9' }, { 'sum' }, { 'summ 3' } }, run = error },\n\
                    { name = 'sum', run = error },\n\
                    { name = 'greet', args = { { 'who', 'nick' } }, examples = { { 'greet bob' } }, run = error },\n } }";
        let mut manifest = other.shape().manifest.clone();
        let scene = Scene::with(CONFIG, Vec::new()).await;
        let config = scene.host.live.config();
        let dice = plugin("dice", text).await;
        assert_eq!(misfits(&dice, &config, [&manifest].into_iter()).len(), 4, "the other one is on nowhere");
        manifest.is_on_by_default = true;
        let told = misfits(&dice, &config, [&manifest].into_iter());
        let expected = [
            "plugins/dice/init.lua:4: `roll` is taken by `other`: choose another name",
            "plugins/dice/init.lua:7: `sum` is taken by another command of this plugin: choose another name",
            "plugins/dice/init.lua:6: the example `sum 9` does not fit `sum`: `9` is no whole number from 1 to 5",
            "plugins/dice/init.lua:6: the example `sum` does not fit `sum`: `n` is missing",
            "plugins/dice/init.lua:3: the example `summ 3` gives no command of this plugin",
        ];
        assert_eq!(told, expected);
    }
}
