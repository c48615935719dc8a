//! Arguments of a command, each with the type in which its function is given it.

use std::{marker::PhantomData, ops::RangeInclusive, time::Duration};

use jid::Jid;

use crate::{Arg, ArgKind, ArgSpec, Nick, Who};

/// An argument whose value is a `T`.
///
/// Its name is shown in help and usage, in words if the Fluent files have a message `arg-NAME`.
#[derive(Debug)]
pub struct Take<T> {
    pub(super) spec: ArgSpec,
    value: PhantomData<fn() -> T>,
}

impl<T: Value> Take<T> {
    /// The same, and it may be left out: then there is `None`. An argument that does not fit is left out too if it may
    /// fit a later one.
    #[must_use]
    pub const fn optional(self) -> Take<Option<T>> {
        Take { spec: ArgSpec { is_optional: true, ..self.spec }, value: PhantomData }
    }
}

const fn needed<T>(name: &'static str, kind: ArgKind) -> Take<T> {
    Take { spec: ArgSpec::needed(name, kind), value: PhantomData }
}

/// Someone here or gone, by nick, or anyone by JID.
#[must_use]
pub const fn who(name: &'static str) -> Take<Who> {
    needed(name, ArgKind::Who)
}

/// People, at least one and at most [`crate::grammar::MAX_SEVERAL`], each once.
#[must_use]
pub const fn several(name: &'static str) -> Take<Vec<Who>> {
    needed(name, ArgKind::Several)
}

/// The nick of someone who is here.
#[must_use]
pub const fn nick(name: &'static str) -> Take<Nick> {
    needed(name, ArgKind::Nick)
}

/// A JID, bare or full.
#[must_use]
pub const fn jid(name: &'static str) -> Take<Jid> {
    needed(name, ArgKind::Jid)
}

/// A span such as `10m` or `1h30m`; it may be zero.
#[must_use]
pub const fn span(name: &'static str) -> Take<Duration> {
    needed(name, ArgKind::Duration)
}

/// A whole number within these bounds, both included.
#[must_use]
pub const fn number(name: &'static str, bounds: RangeInclusive<i64>) -> Take<i64> {
    needed(name, ArgKind::Number { min: *bounds.start(), max: *bounds.end() })
}

/// One of these words, whatever their case; given as it stands here.
#[must_use]
pub const fn choice(name: &'static str, words: &'static [&'static str]) -> Take<String> {
    needed(name, ArgKind::Choice(words))
}

/// One word, or several in quotes; never empty.
#[must_use]
pub const fn word(name: &'static str) -> Take<String> {
    needed(name, ArgKind::Word)
}

/// Everything to the end of the line, without blanks at its ends; never empty. It must be the last argument.
#[must_use]
pub const fn rest(name: &'static str) -> Take<String> {
    needed(name, ArgKind::Rest)
}

/// What an argument can be given as. Nothing else than what is here can be.
pub trait Value: Sized + Send + 'static + sealed::Sealed {
    /// The value of what was read; `None` if that is of another kind.
    #[doc(hidden)]
    fn of(arg: Option<Arg>) -> Option<Self>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! values {
    ($($type:ty: $variant:ident),+ $(,)?) => {
        $(
            impl sealed::Sealed for $type {}
            impl Value for $type {
                fn of(arg: Option<Arg>) -> Option<Self> {
                    match arg {
                        Some(Arg::$variant(value)) => Some(value),
                        _ => None,
                    }
                }
            }
        )+
    };
}

values! {
    Who: Who,
    Vec<Who>: Several,
    Nick: Nick,
    Jid: Jid,
    Duration: Duration,
    i64: Number,
    String: Text,
}

impl<T: Value> sealed::Sealed for Option<T> {}
impl<T: Value> Value for Option<T> {
    fn of(arg: Option<Arg>) -> Option<Self> {
        match arg {
            Some(arg) => T::of(Some(arg)).map(Some),
            None => Some(None),
        }
    }
}
