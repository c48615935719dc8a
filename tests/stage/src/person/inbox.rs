//! What a person was told: a bounded backlog to wait on, and the answers that come without being asked for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::xml::{Element, escape};

/// How many of the last stanzas a failure shows.
const SHOWN: usize = 12;

#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Notify,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    backlog: VecDeque<Element>,
    n_received: u64,
    n_forgotten: u64,
    is_closed: bool,
    /// By namespace; `None` is silence.
    answers: HashMap<String, Option<String>>,
}

impl Inbox {
    pub(super) fn new(limit: usize) -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), limit }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, stanza: Element) {
        let mut state = self.state();
        state.n_received += 1;
        state.backlog.push_back(stanza);
        while state.backlog.len() > self.limit {
            state.backlog.pop_front();
            state.n_forgotten += 1;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_waiters();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    pub(super) fn clear(&self) {
        self.state().backlog.clear();
    }

    pub(super) fn retain(&self, stays: impl FnMut(&Element) -> bool) {
        self.state().backlog.retain(stays);
    }

    pub(super) fn all(&self) -> Vec<Element> {
        self.state().backlog.iter().cloned().collect()
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.n_received, state.n_forgotten)
    }

    /// Takes the first that fits.
    pub(super) async fn take(&self, limit: Duration, fits: impl Fn(&Element) -> bool) -> Result<Element> {
        let try_take = |state: &mut State| {
            let index = state.backlog.iter().position(&fits)?;
            state.backlog.remove(index)
        };
        self.until(limit, try_take).await
    }

    /// Copies the first that fits.
    pub(super) async fn see(&self, limit: Duration, fits: impl Fn(&Element) -> bool) -> Result<Element> {
        self.until(limit, |state: &mut State| state.backlog.iter().find(|it| fits(it)).cloned()).await
    }

    /// Takes the first that fits and tells what came before it, which stays.
    pub(super) async fn before(&self, limit: Duration, fits: impl Fn(&Element) -> bool) -> Result<Vec<Element>> {
        let try_take = |state: &mut State| {
            let index = state.backlog.iter().position(&fits)?;
            state.backlog.remove(index);
            Some(state.backlog.iter().take(index).cloned().collect())
        };
        self.until(limit, try_take).await
    }

    pub(super) async fn closed(&self, limit: Duration) -> Result<()> {
        let is_closed = |state: &mut State| state.is_closed.then_some(());
        self.until(limit, is_closed).await
    }

    async fn until<T>(&self, limit: Duration, mut look: impl FnMut(&mut State) -> Option<T>) -> Result<T> {
        let wait = async {
            loop {
                // Listening begins before looking, so that nothing falls between the two.
                let mut changed = std::pin::pin!(self.changed.notified());
                changed.as_mut().enable();
                {
                    let mut state = self.state();
                    if let Some(found) = look(&mut state) {
                        return Some(found);
                    }
                    if state.is_closed {
                        return None;
                    }
                }
                changed.await;
            }
        };
        match timeout(limit, wait).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => bail!("the connection ended; {}", self.story()),
            Err(_) => bail!("nothing within {limit:?}; {}", self.story()),
        }
    }

    fn story(&self) -> String {
        let state = self.state();
        let first = state.backlog.len().saturating_sub(SHOWN);
        let lines: Vec<String> = state.backlog.iter().skip(first).map(|it| format!("  {it}")).collect();
        format!("of {} stanzas received, the last not taken are\n{}", state.n_received, lines.join("\n"))
    }

    pub(super) fn answer(&self, ns: &str, payload: Option<&str>) {
        self.state().answers.insert(ns.to_owned(), payload.map(ToOwned::to_owned));
    }

    /// The stanza that any client sends back by itself, if any.
    pub(super) fn answer_to(&self, stanza: &Element) -> Option<String> {
        if stanza.name != "iq" || !matches!(stanza.kind(), "get" | "set") {
            return None;
        }
        let ns = stanza.children.first().map(|it| it.ns.to_string()).unwrap_or_default();
        let payload = match self.state().answers.get(&ns) {
            Some(chosen) => Some(chosen.clone()?),
            None => usual_answer(&ns).map(ToOwned::to_owned),
        };
        let (kind, payload) = match payload {
            Some(payload) => ("result", payload),
            None => ("error", UNAVAILABLE.to_owned()),
        };
        let (to, id) = (escape(stanza.from()), escape(stanza.attr("id").unwrap_or_default()));
        let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
        Some(format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>"))
    }
}

const UNAVAILABLE: &str = "<error type='cancel'><service-unavailable \
                           xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

fn usual_answer(ns: &str) -> Option<&'static str> {
    match ns {
        "urn:xmpp:ping" => Some(""),
        "http://jabber.org/protocol/disco#info" => Some(
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc'/>\
             <feature var='urn:xmpp:ping'/></query>",
        ),
        _ => None,
    }
}
