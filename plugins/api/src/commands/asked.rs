//! What a command's function is given: who asked, and where.

use std::ops::Deref;

use crate::{ActError, Action, Asker, Call, Context, Outcome};

/// A command at hand: the [`Context`] of where it was given, and who gave it.
///
/// It stands for the context: `cx.reply(…)`, `cx.settings` and `cx.services` are those of [`Context`].
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The command as it was given.
    pub call: &'a Call,
    /// Where it was given, with the services.
    pub cx: &'a Context,
}

impl<'a> Asked<'a> {
    /// Whoever gave the command.
    #[must_use]
    pub const fn asker(&self) -> &'a Asker {
        &self.call.asker
    }

    /// Does something in the room where the command was given, by the word of whoever gave it: their rights are
    /// checked, and the reason carries their nick.
    ///
    /// # Errors
    /// [`ActError::NotInRoom`] where the command came without a room; else why it was not done. Given on with `?` it
    /// is the answer.
    pub async fn act(&self, action: Action) -> Result<Outcome, ActError> {
        self.cx.act_for(action, Some(&self.call.asker)).await
    }
}

impl Deref for Asked<'_> {
    type Target = Context;

    fn deref(&self) -> &Context {
        self.cx
    }
}
