//! Runs what may panic on damaged files, and turns the panic into a sentence.
//!
//! sled panics where it should refuse. The panic must neither end the writer nor print a backtrace at the owner.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    static IS_FENCED: Cell<bool> = const { Cell::new(false) };
}

static QUIET: Once = Once::new();

/// Runs `f`; a panic in it is the error, in words, and prints nothing.
pub(crate) fn fenced<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    QUIET.call_once(quiet_fenced_panics);
    let before = IS_FENCED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    IS_FENCED.set(before);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
        // One line: the rest of an assertion is of no use to an owner.
        text.and_then(|it| it.lines().next()).unwrap_or("it cannot be read").to_owned()
    })
}

/// Panics inside the fence, and in sled's own threads, which only pass them on, print nothing.
fn quiet_fenced_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_sled = std::thread::current().name().is_some_and(|it| it.starts_with("sled"));
        if is_sled || IS_FENCED.get() {
            tracing::debug!(panic = %info, "a panic was caught");
        } else {
            before(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_its_first_line() {
        assert_eq!(fenced(|| 7), Ok(7));
        assert_eq!(fenced(|| -> u8 { panic!("bad page\nleft: 1") }), Err("bad page".to_owned()));
    }
}
