//! The commands of the guard: its switches, word lists, rules, block lists, and what people may ask and say.

pub(crate) mod blocks;
pub(crate) mod consent;
pub(crate) mod preview;
pub(crate) mod rules;
pub(crate) mod specs;
pub(crate) mod switches;
pub(crate) mod trial;
pub(crate) mod words;

use domovoi_plugin::{Asked, Call, Context, Fault, RoomJid, ServiceError, Text, grammar::shown};

use crate::{Guard, react::React};

/// A command at hand, with what the plugin knows beside its guards.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) call: &'a Call,
    pub(crate) cx: &'a Context,
    pub(crate) react: &'a React,
}

impl Guard {
    /// A command at hand.
    const fn at<'a>(&'a self, asked: Asked<'a>) -> At<'a> {
        At { call: asked.call, cx: asked.cx, react: &self.react }
    }
}

impl At<'_> {
    /// The room it is about.
    fn room(&self) -> Result<&RoomJid, Fault> {
        self.cx.room.as_ref().ok_or_else(|| Fault::answer(Text::key("needs-room")))
    }

    /// A guard that is off can neither say nor forget anything.
    fn is_awake(&self) -> Result<(), Fault> {
        if self.cx.settings.words("mode") == "off" {
            return Err(Fault::answer(Text::key("guard-sleeps")));
        }
        Ok(())
    }

    /// Who gave it, as it is written down.
    fn by(&self) -> String {
        shown(&self.call.asker.nick, 60)
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
