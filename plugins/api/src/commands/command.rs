//! One command as it is built.

use std::{future::Future, marker::PhantomData, pin::Pin};

use super::{Append, Asked, Handler, Take, Value, Values};
use crate::{ArgSpec, CommandSpec, Fault, Level};

/// A command without its function yet; `A` are the arguments so far.
#[derive(Debug)]
#[must_use = "a command is none before `run` gives it a function"]
pub struct Command<A = ()> {
    spec: CommandSpec,
    args: Vec<ArgSpec>,
    values: PhantomData<fn() -> A>,
}

impl Command {
    /// A command that takes nothing and needs [`Level::PARTICIPANT`].
    ///
    /// `name` is its English name, one word, or several for a sub-command (`words add`). `help` is the key of a
    /// message in the plugin's Fluent files that says in a sentence what it does.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { spec: CommandSpec::new(name, help), args: Vec::new(), values: PhantomData }
    }
}

impl<A> Command<A> {
    /// Its names in other languages, each with its language tag; a language may have several. In a room of that
    /// language the first is shown, and all are understood, beside the English name.
    pub const fn names(mut self, names: &'static [(&'static str, &'static str)]) -> Self {
        self.spec.names = names;
        self
    }

    /// Other words for it, in any language.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.spec.aliases = aliases;
        self
    }

    /// What whoever gives it needs.
    pub const fn level(mut self, level: Level) -> Self {
        self.spec.level = level;
        self
    }

    /// A line as an example, without the prefix: shown in help, and tried by [`crate::testing::Bench::try_examples`].
    /// Unless there is one the name stands for it, which does for a command that needs no argument.
    pub const fn example(mut self, example: &'static str) -> Self {
        self.spec.example = example;
        self
    }

    /// The example in another language, where its arguments are words too. Without it only its name is put into
    /// [`Command::example`].
    pub fn example_in(mut self, lang: &'static str, example: &'static str) -> Self {
        // A command is made once in the life of the program: `Commands` sees to that.
        self.spec.examples = Vec::leak([self.spec.examples, &[(lang, example)]].concat());
        self
    }

    /// It makes sense without a room, in a direct chat.
    pub const fn works_without_room(mut self) -> Self {
        self.spec.works_without_room = true;
        self
    }

    /// It is heard in direct chat only, because of what is said in it.
    pub const fn direct_only(mut self) -> Self {
        self.spec.is_direct_only = true;
        self.spec.works_without_room = true;
        self
    }

    /// One more argument, after those before it. An optional one may stand before others; whatever takes the rest of
    /// the line is the last.
    pub fn arg<T: Value>(mut self, arg: Take<T>) -> Command<A::With>
    where
        A: Append<T>,
    {
        self.args.push(arg.spec);
        Command { spec: self.spec, args: self.args, values: PhantomData }
    }

    /// The function that carries it out: `async fn(&P, Asked<'_>, …) -> Result<(), Fault>`, with the arguments in
    /// their order. Level, place and arguments are checked before.
    #[must_use]
    pub fn run<P, H>(self, handler: H) -> BoundCommand<P>
    where
        P: Sync + 'static,
        A: Values,
        H: for<'a> Handler<'a, P, A>,
    {
        // A command is made once in the life of the program: `Commands` sees to that.
        let args: &'static [ArgSpec] = if self.args.is_empty() { &[] } else { Vec::leak(self.args) };
        let run = boxed(move |plugin, cx| call(&handler, plugin, cx, args));
        BoundCommand { spec: CommandSpec { args, ..self.spec }, run }
    }
}

/// A command with its function.
pub struct BoundCommand<P> {
    pub(super) spec: CommandSpec,
    pub(super) run: Run<P>,
}

/// What a function gives, boxed.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;
/// A function that takes its arguments out of the call.
pub(super) type Run<P> = Box<dyn for<'a> Fn(&'a P, Asked<'a>) -> Running<'a> + Send + Sync>;

/// Says that a closure borrows for as long as its future lives, which the compiler does not find out by itself.
fn boxed<P>(run: impl for<'a> Fn(&'a P, Asked<'a>) -> Running<'a> + Send + Sync + 'static) -> Run<P> {
    Box::new(run)
}

fn call<'a, P, A: Values, H: Handler<'a, P, A>>(
    handler: &H,
    plugin: &'a P,
    cx: Asked<'a>,
    specs: &[ArgSpec],
) -> Running<'a> {
    match A::of(specs, &cx.call.args) {
        Some(args) => Box::pin(handler.call(plugin, cx, args)),
        None => {
            let what = format!("the arguments of `{}` are not those that it takes", cx.call.command);
            Box::pin(std::future::ready(Err(Fault::Broken(what))))
        }
    }
}
