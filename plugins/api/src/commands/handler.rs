//! How a function of several typed arguments is kept as one of none: the part that only the compiler reads.

use std::future::Future;

use super::{Asked, Value};
use crate::{Arg, ArgSpec, Args, Fault};

/// A function that carries a command of plugin `P` out, given arguments `A`:
/// `async fn(&P, Asked<'_>, …) -> Result<(), Fault>`.
///
/// Every such function is one; a closure is not, since the compiler does not see that its future may borrow.
#[diagnostic::on_unimplemented(
    message = "this function does not take what the command declares",
    label = "expected `async fn(&{P}, Asked<'_>, …) -> Result<(), Fault>` with the arguments `{A}`",
    note = "its arguments are those of the `.arg(…)` above, in that order; `.optional()` makes a `T` an `Option<T>`"
)]
pub trait Handler<'a, P, A>: Send + Sync + 'static {
    /// What it gives.
    type Future: Future<Output = Result<(), Fault>> + Send + 'a;

    /// Calls it.
    #[doc(hidden)]
    fn call(&self, plugin: &'a P, cx: Asked<'a>, args: A) -> Self::Future;
}

/// The arguments of a command, all together.
pub trait Values: Sized + Send + 'static {
    /// Takes them out of what was read; `None` if that is not what the specification says.
    #[doc(hidden)]
    fn of(specs: &[ArgSpec], args: &Args) -> Option<Self>;
}

/// Arguments with one more behind.
pub trait Append<T> {
    /// All of them.
    type With: Values;
}

/// The next value, by the name in its specification.
fn next<'s, T: Value>(specs: &mut impl Iterator<Item = &'s ArgSpec>, args: &Args) -> Option<T> {
    let arg: Option<Arg> = args.0.get(specs.next()?.name).cloned();
    T::of(arg)
}

macro_rules! values {
    ($($type:ident),*) => {
        impl<$($type: Value),*> Values for ($($type,)*) {
            fn of(specs: &[ArgSpec], args: &Args) -> Option<Self> {
                #[allow(unused_mut, unused_variables, reason = "a command may take nothing")]
                let (mut specs, args) = (specs.iter(), args);
                Some(($(next::<$type>(&mut specs, args)?,)*))
            }
        }

        impl<'a, P, F, Given, $($type: Value),*> Handler<'a, P, ($($type,)*)> for F
        where
            P: 'a,
            F: Fn(&'a P, Asked<'a>, $($type),*) -> Given + Send + Sync + 'static,
            Given: Future<Output = Result<(), Fault>> + Send + 'a,
        {
            type Future = Given;

            #[allow(non_snake_case, reason = "each value is called by its type")]
            fn call(&self, plugin: &'a P, cx: Asked<'a>, ($($type,)*): ($($type,)*)) -> Given {
                self(plugin, cx, $($type),*)
            }
        }
    };
}

macro_rules! appends {
    ($($type:ident),*) => {
        impl<$($type: Value,)* Next: Value> Append<Next> for ($($type,)*) {
            type With = ($($type,)* Next,);
        }
    };
}

values!();
values!(A);
values!(A, B);
values!(A, B, C);
values!(A, B, C, D);
appends!();
appends!(A);
appends!(A, B);
appends!(A, B, C);
