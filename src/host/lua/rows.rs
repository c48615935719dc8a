//! Rows of events: handed to the VM at once, and of each that does not simply end its rest.

use std::{collections::VecDeque, future::poll_fn, sync::Arc};

use domovoi_plugin::{Context, Event, Fault, Happened, Rest, Row, Rows, async_trait};
use futures::stream;

use super::{
    plugin::{LuaPlugin, Waiting},
    row::{First, RowEar, row},
    serve::Service,
    thread::{Job, Running, Said, What},
};

impl Rows for LuaPlugin {
    fn begin(&self, happened: Arc<[Happened]>) -> Row<'_> {
        let meant = happened.iter().enumerate().filter(|(_, it)| self.is_for_handler(&it.event));
        let which: Vec<usize> = meant.map(|(at, _)| at).collect();
        if which.is_empty() {
            return Box::pin(stream::empty());
        }
        let first_id = self.ids(happened.len());
        let (job, ear) = row(happened, which.clone(), first_id);
        let handed = self.running().and_then(|running| self.hand(&running, Job::Row(job)).map(|()| running));
        match handed {
            Ok(running) => Box::pin(stream::unfold(Begun { plugin: self, running, ear, rest: None }, Begun::next)),
            Err(fault) => {
                let failed = move |at| (at, Box::new(Failed(fault.clone())) as Box<dyn Rest>);
                Box::pin(stream::iter(which.into_iter().map(failed)))
            }
        }
    }
}

/// A row in a VM.
struct Begun<'a> {
    plugin: &'a LuaPlugin,
    running: Running,
    ear: RowEar,
    /// What is left once the VM is done with it.
    rest: Option<VecDeque<(usize, Option<First>)>>,
}

impl<'a> Begun<'a> {
    /// The next event that did not simply end.
    async fn next(mut self) -> Option<((usize, Box<dyn Rest + 'a>), Self)> {
        if self.rest.is_none() {
            match self.hear().await {
                Some((at, first)) => return Some((self.left(at, Some(first))?, self)),
                None => self.take_rest(),
            }
        }
        let (at, first) = self.rest.as_mut()?.pop_front()?;
        Some((self.left(at, first)?, self))
    }

    async fn hear(&self) -> Option<(usize, First)> {
        tokio::select! {
            biased;
            next = poll_fn(|cx| self.ear.poll_next(cx)) => next,
            // A thread that ends drops what it had; one that was given up never says anything again.
            () = self.running.pulse.gone.cancelled() => match self.running.pulse.is_abandoned() {
                true => None,
                false => poll_fn(|cx| self.ear.poll_next(cx)).await,
            },
        }
    }

    /// What the VM did not come to, because it is gone, goes to the next one; what it did not come back from is lost.
    fn take_rest(&mut self) {
        let mut rest = VecDeque::new();
        // Told, and not heard yet.
        let told = std::iter::from_fn(|| self.ear.told());
        rest.extend(told.map(|(at, first)| (at, Some(first))));
        let (lost, others) = self.ear.take_rest();
        rest.extend(lost.map(|at| (at, Some(First::Lost))));
        rest.extend(others.iter().map(|at| (*at, None)));
        self.rest = Some(rest);
    }

    fn left(&self, at: usize, first: Option<First>) -> Option<(usize, Box<dyn Rest + 'a>)> {
        let event = self.ear.happened(at)?.event.clone();
        let (plugin, running, id) = (self.plugin, self.running.clone(), self.ear.id_of(at));
        Some((at, Box::new(Left { plugin, running, id, event, first })))
    }
}

/// What is left of one event.
struct Left<'a> {
    plugin: &'a LuaPlugin,
    running: Running,
    id: u64,
    event: Arc<Event>,
    /// None if it was not begun.
    first: Option<First>,
}

#[async_trait]
impl Rest for Left<'_> {
    async fn finish(self: Box<Self>, cx: &Context) -> Result<(), Fault> {
        let Self { plugin, running, id, event, first } = *self;
        let identity = event.occupant.as_ref().map(|it| it.identity());
        match first {
            None => plugin.call(What::Event(event), cx, None, identity).await,
            Some(First::Failed(what)) => Err(plugin.broken(&what)),
            Some(First::Lost) => Err(plugin.lost(&running)),
            Some(First::Wants(what, args, heard)) => {
                let service = Service::new(plugin, cx, None, identity);
                plugin.attend(Waiting { id, running, heard }, Some(Said::Wants(what, args)), service).await
            }
        }
    }
}

/// Nothing of the row could be begun.
struct Failed(Fault);

#[async_trait]
impl Rest for Failed {
    async fn finish(self: Box<Self>, _: &Context) -> Result<(), Fault> {
        Err(self.0)
    }
}
