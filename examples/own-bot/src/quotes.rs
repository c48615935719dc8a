//! What people in a room have said and others want to remember.

use domovoi_plugin::prelude::*;

/// A room keeps no more of them than fit into one value of the store.
const MOST: i64 = 100;
/// A longer one is an essay.
const MAX_CHARS: usize = 300;
/// Where they are kept, in each room.
const KEY: &str = "quotes";

/// The plugin, for the list in `main`.
pub(crate) fn plugin() -> Box<dyn Plugin> {
    Box::new(Quotes)
}

struct Quotes;

static COMMANDS: Commands<Quotes> = Commands::new(|| {
    vec![
        Command::new("quote", "help-quote")
            .names(&[("ru", "цитата")])
            .arg(arg::number("number", 1..=MOST).optional())
            .run(Quotes::show),
        Command::new("quote add", "help-quote-add")
            .names(&[("ru", "цитата добавить")])
            .level(Level::MEMBER)
            .arg(arg::rest("text"))
            .example("quote add Tea is never a bad idea.")
            .run(Quotes::add),
    ]
});

#[async_trait]
impl Plugin for Quotes {
    fn manifest(&self) -> Manifest {
        Manifest {
            commands: COMMANDS.specs(),
            options: vec![OptionSpec::number("most", 1..=MOST, "50", "How many a room keeps.")],
            powers: &[Power::Say, Power::Private, Power::Store],
            locales: locales!("en", "ru"),
            ..Manifest::named("quotes")
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        COMMANDS.run(self, call, cx).await
    }
}

impl Quotes {
    /// The one of this number, else the latest.
    async fn show(&self, cx: Asked<'_>, number: Option<i64>) -> Result<(), Fault> {
        let (_, quotes) = kept(&cx).await?;
        let index = number.map_or(quotes.len(), |it| usize::try_from(it).unwrap_or(usize::MAX)).checked_sub(1);
        let quote = index.and_then(|it| quotes.get(it));
        let quote = quote.ok_or_else(|| Fault::answer(Text::key("quote-none").with("n", count(&quotes))))?;
        cx.reply(Text::plain(format!("“{quote}”"))).await;
        Ok(())
    }

    async fn add(&self, cx: Asked<'_>, text: String) -> Result<(), Fault> {
        let (scope, mut quotes) = kept(&cx).await?;
        if MAX_CHARS < text.chars().count() {
            return Err(Fault::answer(Text::key("quote-long")));
        }
        if cx.settings.number("most") <= i64::from(count(&quotes)) {
            return Err(Fault::answer(Text::key("quote-full")));
        }
        quotes.push(text);
        cx.keep(&scope, KEY, &quotes, None).await?;
        cx.reply(Text::key("quote-added").with("n", count(&quotes))).await;
        Ok(())
    }
}

/// Those of this room, and where they are kept.
async fn kept(cx: &Context) -> Result<(Scope, Vec<String>), Fault> {
    let scope = Scope::Room(cx.here()?.clone());
    let quotes = cx.kept(&scope, KEY).await?.unwrap_or_default();
    Ok((scope, quotes))
}

fn count(quotes: &[String]) -> u32 {
    u32::try_from(quotes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::testing::{Bench, check_texts};

    use super::*;

    #[test]
    fn quotes_are_kept_and_shown() {
        let bench = Bench::new(plugin());
        let room = bench.room("garden@chat.example", Affiliation::None);
        bench.set("most", "2");
        bench.play(
            &room,
            "
            alice joins as member
            bob joins
            bob: !quote
            bot: bob: There is no such quote; there are 0.
            bob: !quote add I was here.
            bot: bob: That takes at least the level 11 (member).
            alice: !quote add Tea is never a bad idea.
            bot: alice: It is number 1.
            alice: !quote add Weeds are flowers too.
            bot: alice: It is number 2.
            alice: !quote add One more.
            bot: alice: There is no room for more quotes.
            bob: !quote
            bot: bob: “Weeds are flowers too.”
            bob: !quote 1
            bot: bob: “Tea is never a bad idea.”
            bob: !quote 3
            bot: bob: There is no such quote; there are 2.
            ",
        );
        assert_eq!(bench.faults(), []);
        bench.store_fails();
        room.says("bob", "!quote", &["bot fails: not stored: the disk is full"]);
    }

    #[test]
    fn examples_and_texts_are_right_in_both_languages() {
        let bench = Bench::new(plugin());
        let room = bench.room("garden@chat.example", Affiliation::None);
        bench.language("ru");
        bench.try_examples(&room.join("alice", Affiliation::Member), |_| ());
        assert_eq!(check_texts(bench.manifest(), &[include_str!("quotes.rs")], &[]), [""; 0]);
    }
}
