//! Waiting for what other threads do, however busy the machine is.

use std::time::Duration;

use crate::clock::Stopwatch;

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so, and fails with these words if it never is.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let watch = Stopwatch::start();
    while !is_so() {
        assert!(watch.elapsed() < PATIENCE, "{what}");
        tokio::task::yield_now().await;
    }
}
