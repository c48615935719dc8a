//! A row of events on its way through a VM: handed over with one waking, and told back of only where a handler waits or
//! fails.
//!
//! Who begins an event says so first, so that what a VM that is gone did not begin can be begun in another one, once.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use domovoi_plugin::Happened;
use serde_json::Value as Json;

use super::{line::Ear, thread::Said};

/// What a handler came to that did not simply end.
pub(super) enum First {
    /// It waits for this; the rest is heard there.
    Wants(String, Vec<Json>, Ear<Said>),
    /// It failed.
    Failed(String),
    /// It did not come back.
    Lost,
}

#[derive(Default)]
struct News {
    told: VecDeque<(usize, First)>,
    waker: Option<Waker>,
    /// Whether nothing more comes.
    is_over: bool,
}

/// The row itself.
struct Shared {
    happened: Arc<[Happened]>,
    /// The places of those that have handlers.
    which: Vec<usize>,
    first_id: u64,
    /// How many of these were begun; all of them once nobody may begin one any more.
    n_begun: AtomicUsize,
    n_done: AtomicUsize,
    news: Mutex<News>,
}

impl Shared {
    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut News)) {
        let waker = {
            let mut news = self.news();
            change(&mut news);
            news.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes those away that were not begun; gives how many were.
    fn take_rest(&self) -> usize {
        self.n_begun.swap(usize::MAX, Ordering::AcqRel)
    }
}

/// Of the VM. Dropped, nothing more comes.
pub(super) struct RowJob(Arc<Shared>);

/// Of whoever waits for it. Dropped, nothing more is begun.
pub(super) struct RowEar(Arc<Shared>);

/// Both ends of a row; `which` have handlers, `first_id` and what follows it are the ids of their calls.
pub(super) fn row(happened: Arc<[Happened]>, which: Vec<usize>, first_id: u64) -> (RowJob, RowEar) {
    let (n_begun, n_done, news) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::default());
    let shared = Arc::new(Shared { happened, which, first_id, n_begun, n_done, news });
    (RowJob(shared.clone()), RowEar(shared))
}

impl RowJob {
    /// The next event to be begun: its place, the id of its call, and what happened.
    pub(super) fn next(&self) -> Option<(usize, u64, &Happened)> {
        let row = &*self.0;
        let n = row.n_begun.load(Ordering::Acquire);
        let at = *row.which.get(n)?;
        row.n_begun.compare_exchange(n, n + 1, Ordering::AcqRel, Ordering::Acquire).ok()?;
        Some((at, row.first_id.wrapping_add(at as u64), row.happened.get(at)?))
    }

    /// The handler of the last one did not simply end.
    pub(super) fn tell(&self, at: usize, first: First) {
        self.0.tell(|news| news.told.push_back((at, first)));
    }

    /// The last one is back from the VM.
    pub(super) fn done(&self) {
        self.0.n_done.fetch_add(1, Ordering::AcqRel);
    }
}

impl Drop for RowJob {
    fn drop(&mut self) {
        self.0.tell(|news| news.is_over = true);
    }
}

impl RowEar {
    /// The next event that did not simply end; none once the VM is done with the row.
    pub(super) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<(usize, First)>> {
        let mut news = self.0.news();
        if let Some(first) = news.told.pop_front() {
            return Poll::Ready(Some(first));
        }
        if news.is_over {
            return Poll::Ready(None);
        }
        if !news.waker.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
            news.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// What was told and not heard.
    pub(super) fn told(&self) -> Option<(usize, First)> {
        self.0.news().told.pop_front()
    }

    /// The place of the one that never came back from the VM, and those that it did not begin, and now will not.
    pub(super) fn take_rest(&self) -> (Option<usize>, &[usize]) {
        let n_begun = self.0.take_rest();
        let is_lost = self.0.n_done.load(Ordering::Acquire) < n_begun.min(self.0.which.len());
        let lost = n_begun.checked_sub(1).filter(|_| is_lost).and_then(|it| self.0.which.get(it).copied());
        (lost, self.0.which.get(n_begun..).unwrap_or_default())
    }

    pub(super) fn id_of(&self, at: usize) -> u64 {
        self.0.first_id.wrapping_add(at as u64)
    }

    pub(super) fn happened(&self, at: usize) -> Option<&Happened> {
        self.0.happened.get(at)
    }
}

impl Drop for RowEar {
    fn drop(&mut self) {
        self.0.take_rest();
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Event, EventKind, Phase, Timestamp};
    use futures::FutureExt as _;

    use super::*;
    use crate::host::testing::{Scene, garden};

    async fn events(n: usize) -> Arc<[Happened]> {
        let scene = Scene::new().await;
        let installed = scene.host.roster().plugins[0].clone();
        let here = Arc::new(scene.host.context(&installed, None));
        let kind = EventKind::Joined;
        let (at, phase) = (Timestamp::default(), Phase::Live);
        let event = Arc::new(Event { at, room: garden(), phase, is_own: false, occupant: None, kind });
        (0..n).map(|_| Happened { event: event.clone(), here: here.clone() }).collect()
    }

    fn heard(ear: &RowEar) -> Option<Option<usize>> {
        let next = std::future::poll_fn(|cx| ear.poll_next(cx)).now_or_never()?;
        Some(next.map(|it| it.0))
    }

    #[tokio::test]
    async fn what_a_vm_did_not_begin_is_begun_elsewhere_and_nothing_twice() {
        let (job, ear) = row(events(5).await, vec![0, 2, 3, 4], 100);
        assert_eq!(job.next().map(|it| (it.0, it.1)), Some((0, 100)));
        job.done();
        assert_eq!(job.next().map(|it| (it.0, it.1)), Some((2, 102)));
        assert_eq!(heard(&ear), None);
        // It never came back from the second one.
        assert_eq!(ear.take_rest(), (Some(2), [3, 4].as_slice()));
        assert!(job.next().is_none());
    }

    #[tokio::test]
    async fn what_fails_is_told_and_the_end_too() {
        let (job, ear) = row(events(2).await, vec![0, 1], 0);
        while let Some((at, ..)) = job.next() {
            job.tell(at, First::Failed("no".to_owned()));
            job.done();
        }
        drop(job);
        assert_eq!((heard(&ear), heard(&ear), heard(&ear)), (Some(Some(0)), Some(Some(1)), Some(None)));
        assert_eq!(ear.take_rest(), (None, [].as_slice()));
        let (job, ear) = row(events(2).await, vec![0, 1], 0);
        drop(ear);
        assert!(job.next().is_none(), "nobody waits for it");
    }
}
