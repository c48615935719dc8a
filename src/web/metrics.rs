//! Figures that are read when somebody asks for them, because nobody counts them.

use crate::host::core::Host;

/// The form of those who ask for it by name.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The form of everybody else; the text is fit for both.
pub(super) const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Reads them.
pub(super) fn refresh(host: &Host) {
    let metrics = &host.metrics;
    for installed in &host.roster().plugins {
        let mailbox = &installed.mailbox;
        metrics.plugin(installed.name());
        metrics.queue_depth(installed.name().as_str(), mailbox.max_capacity() - mailbox.capacity());
    }
    metrics.queue_depth("commands", host.in_hand.count());
    metrics.queue_depth("records", host.store.records.n_queued());
    let state = host.store.state.health().borrow().clone();
    metrics.store("state_writable", u64::from(state.writable));
    metrics.store("state_pending", u64::try_from(state.pending).unwrap_or(u64::MAX));
    metrics.store("state_dropped", state.dropped);
    metrics.store("state_commits", state.commits);
    let records = host.store.records.health().borrow().clone();
    metrics.store("records_writable", u64::from(records.writable));
    metrics.store("records_written", records.written);
    metrics.store("records_dropped", records.dropped);
    metrics.store("records_gaps", records.gaps);
}
