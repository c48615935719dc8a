//! Panics of plugins, caught where a plugin is called, and told with their place.
//!
//! Only the panic hook knows where a panic came from, and it runs on the thread that panics, before anything is caught.
//! So the hook that was there before is asked only for panics that nobody here catches: what is caught becomes a fault of
//! its plugin, and is told as such, once.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    future::poll_fn,
    panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind},
    pin::pin,
    sync::Once,
    task::Poll,
};

thread_local! {
    /// How many fences deep this thread is.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic inside one came from.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static WATCHED: Once = Once::new();

/// One fence more, as long as it lives.
struct Fence;

impl Fence {
    fn new() -> Self {
        WATCHED.call_once(watch);
        DEPTH.set(DEPTH.get() + 1);
        Self
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

/// Notes where panics inside a fence come from; all others are for the hook that was there before.
fn watch() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if DEPTH.get() == 0 {
            return before(info);
        }
        // Fails only while the thread ends, or if this is a panic within a panic.
        PLACE.try_with(|it| it.try_borrow_mut().map(|mut it| *it = info.location().map(ToString::to_string)).ok()).ok();
    }));
}

/// Runs it; a panic in it is an error in words, with its place: `panicked at src/tea.rs:5:9: no water`.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    let fence = Fence::new();
    let done = catch_unwind(AssertUnwindSafe(f));
    drop(fence);
    done.map_err(|payload| told(payload.as_ref()))
}

/// The same for a future, at each of its steps.
pub(crate) async fn caught_in<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    poll_fn(|cx| match caught(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(what) => Poll::Ready(Err(what)),
    })
    .await
}

fn told(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let what = text.unwrap_or("without words");
    match PLACE.take() {
        Some(place) => format!("panicked at {place}: {what}"),
        None => format!("panicked: {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u32) -> String {
        format!("panicked at {}:{line}:", file!())
    }

    #[test]
    fn a_panic_is_told_with_its_place_and_words() {
        let what = caught(|| panic!("no {}", "water")).unwrap_err();
        assert!(what.starts_with(&place(line!() - 1)) && what.ends_with(": no water"), "{what}");
        let what = caught(|| std::panic::panic_any(7)).map(|()| 0).unwrap_err();
        assert!(what.ends_with(": without words"), "{what}");
        assert_eq!(caught(|| 7), Ok(7));
    }

    #[tokio::test]
    async fn a_future_is_caught_at_each_of_its_steps() {
        let what = caught_in(async {
            tokio::task::yield_now().await;
            let cups: Vec<u8> = Vec::new();
            cups[3]
        });
        let what = what.await.unwrap_err();
        assert!(what.starts_with(&place(line!() - 3)) && what.contains("index out of bounds"), "{what}");
        assert_eq!(caught_in(async { 7 }).await, Ok(7));
        assert_eq!(DEPTH.get(), 0);
    }

    #[test]
    fn what_nobody_here_catches_is_for_the_hook_that_was_there() {
        caught(|| ()).unwrap();
        let thread = std::thread::spawn(|| {
            let inner = caught(|| panic!("caught"));
            let outer = catch_unwind(|| panic!("not ours"));
            (inner.is_err() && outer.is_err(), PLACE.take())
        });
        assert_eq!(thread.join().unwrap(), (true, None), "the place was taken with the panic that it is of");
    }
}
