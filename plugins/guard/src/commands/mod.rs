//! The commands of the guard: its switches, word lists, rules, block lists, and what people may ask and say.

pub(crate) mod blocks;
pub(crate) mod consent;
pub(crate) mod rules;
pub(crate) mod specs;
pub(crate) mod switches;
pub(crate) mod trial;
pub(crate) mod words;

use domovoi_plugin::{Call, Context, Fault, RoomJid, ServiceError, Text, grammar::shown};

use crate::react::React;

/// A command at hand.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) call: &'a Call,
    pub(crate) cx: &'a Context,
    pub(crate) react: &'a React,
}

impl Asked<'_> {
    /// A word or the rest, as it was given; empty if it was left out.
    fn text(&self, name: &str) -> &str {
        self.call.args.text(name).unwrap_or_default().trim()
    }

    /// The room it is about.
    fn room(&self) -> Result<&RoomJid, Fault> {
        self.cx.room.as_ref().ok_or_else(|| Fault::answer(Text::key("needs-room")))
    }

    /// Who gave it, as it is written down.
    fn by(&self) -> String {
        shown(&self.call.asker.nick, 60)
    }
}

/// Carries a command out.
pub(crate) async fn run(it: Asked<'_>) -> Result<(), Fault> {
    // What a room keeps may be newer than the last look at the rooms.
    it.react.load_one(it.cx, it.cx.room.as_ref()).await?;
    match it.call.command {
        "guard status" => switches::status(it).await,
        "guard on" => switches::mode(it, "enforce").await,
        "guard observe" => switches::mode(it, "observe").await,
        "guard off" => switches::mode(it, "off").await,
        "guard preset" => switches::set(it, "preset", it.text("preset")).await,
        "guard set" => switches::set(it, it.text("setting"), it.text("value")).await,
        "words add" => words::add(it).await,
        "words del" => words::del(it).await,
        "words list" => words::list(it).await,
        "words test" => words::test(it).await,
        "rule add" => rules::add(it).await,
        "rule del" => rules::del(it).await,
        "rule list" => rules::list(it).await,
        "rule show" => rules::show(it).await,
        "rule on" => rules::mode(it, crate::lists::own::Mode::On).await,
        "rule off" => rules::mode(it, crate::lists::own::Mode::Off).await,
        "rule observe" => rules::mode(it, crate::lists::own::Mode::Observe).await,
        "rule find" => trial::find(it).await,
        "rule test" => trial::test(it).await,
        "blocklist list" => blocks::list(it).await,
        "blocklist add" => blocks::add(it).await,
        "blocklist del" => blocks::del(it).await,
        "blocklist refresh" => blocks::refresh(it).await,
        "blocklist preview" => blocks::preview(it).await,
        "blocklist except" => blocks::except(it, true).await,
        "blocklist unexcept" => blocks::except(it, false).await,
        "blocklist publish" => blocks::publish(it).await,
        "blocklist block" => blocks::block(it, true).await,
        "blocklist unblock" => blocks::block(it, false).await,
        "mydata" => consent::mydata(it).await,
        "forgetme" => consent::forgetme(it).await,
        "report" => consent::report(it).await,
        other => Err(Fault::Broken(format!("no such command: {other}"))),
    }
}

/// A count for a text.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Why something that others had to do was not done, as an answer.
fn not_done(error: &ServiceError) -> Fault {
    Fault::answer(Text::key("not-done").with("why", shown(&error.to_string(), 300)))
}
