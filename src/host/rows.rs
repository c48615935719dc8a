//! Events that are handed to a plugin together, where it can take them so.

use std::sync::Arc;

use domovoi_plugin::{Context, Event, Happened, Rest};
use futures::{StreamExt as _, stream::FuturesUnordered};

use super::{
    in_hand::Held,
    instance::{Version, Went, caught, note},
    leash::Leash,
    panics::caught_in,
};
use crate::clock::Stopwatch;

/// What one of them happened in, until its handler is done.
type Open = (Arc<Event>, Held);

/// Runs the handlers of several events.
pub(super) async fn handle(version: &Version, row: Vec<Open>, leash: &Leash) {
    let (host, name) = (&version.host, version.installed.name());
    let watch = Stopwatch::start();
    let Some(rows) = version.installed.plugin.rows() else { return };
    if host.pauses.rest(name, host.clock.now()).is_some() {
        return;
    }
    let mut begun = rows.begin(happened(version, &row)).fuse();
    let mut open: Vec<Option<Open>> = row.into_iter().map(Some).collect();
    let mut going = FuturesUnordered::new();
    while !begun.is_done() || !going.is_empty() {
        // Cancel-safe: what is begun and what goes on are kept by the stream and the list.
        tokio::select! {
            biased;
            Some(()) = going.next(), if !going.is_empty() => (),
            next = caught_in(begun.next()), if !begun.is_done() => match next {
                Ok(Some((at, rest))) => {
                    if let Some(it) = open.get_mut(at).and_then(Option::take) {
                        going.push(finish(version, it, rest, watch));
                    }
                }
                // All others are done.
                Ok(None) => {
                    // Counted before they are let go: whoever waits for them finds them counted.
                    host.metrics.handlers(name, open.iter().flatten().count(), watch.elapsed());
                    open.clear();
                }
                Err(what) => return note(version, None, "event", Went::Panicked(what)),
            },
            why = leash.pulled() => {
                let n = going.len() + usize::from(!begun.is_done());
                (0..n).for_each(|_| note(version, None, "event", why.into()));
                return;
            }
        }
    }
}

fn happened(version: &Version, row: &[Open]) -> Arc<[Happened]> {
    let mut last: Option<Arc<Context>> = None;
    let here = |(event, _): &Open| {
        // Much of what happens together happens in one room.
        let same = last.take().filter(|it| it.room.as_ref() == Some(&event.room));
        let here = same.unwrap_or_else(|| version.contexts.of(Some(&event.room)));
        last = Some(here.clone());
        Happened { event: event.clone(), here }
    };
    row.iter().map(here).collect()
}

/// What is left of a handler.
async fn finish(version: &Version, (event, held): Open, rest: Box<dyn Rest + '_>, watch: Stopwatch) {
    let cx = version.contexts.of_event(&event);
    if let Err(went) = held.during(caught(rest.finish(&cx))).await {
        note(version, Some(&event.room), "event", went);
    }
    version.host.metrics.handler(version.installed.name(), watch.elapsed());
}
