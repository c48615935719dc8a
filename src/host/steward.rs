//! Looks after the store: packs old days, forgets what is past its retention, and says once when the disk refuses.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::RoomJid;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::core::Host;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How many looks pass between two rounds of packing and forgetting: an hour.
const LOOKS_A_ROUND: u32 = 720;

/// Runs until it is cancelled.
pub(super) async fn run(host: Arc<Host>, cancel: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    let mut was_writable = true;
    let mut n_looks = 0_u32;
    loop {
        // Cancel-safe: a tick that is lost comes again.
        tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            _ = look.tick() => (),
        }
        was_writable = check(&host, was_writable);
        if n_looks.is_multiple_of(LOOKS_A_ROUND) {
            host.store.records.maintain(host.clock.now()).await;
            forget(&host).await;
        }
        n_looks = n_looks.wrapping_add(1);
    }
}

/// Publishes how the store is doing; says so when that changes.
fn check(host: &Host, was_writable: bool) -> bool {
    let state = host.store.state.health().borrow().clone();
    let records = host.store.records.health().borrow().clone();
    let metrics = &host.metrics;
    metrics.store("state_writable", u64::from(state.writable));
    metrics.store("state_pending", state.pending as u64);
    metrics.store("state_dropped", state.dropped);
    metrics.store("state_commits", state.commits);
    metrics.store("records_writable", u64::from(records.writable));
    metrics.store("records_written", records.written);
    metrics.store("records_dropped", records.dropped);
    metrics.store("records_gaps", records.gaps);
    metrics.queue_depth("records", host.store.records.n_queued());
    let is_writable = state.writable && records.writable;
    if was_writable && !is_writable {
        let why = state.last_error.or(records.last_error).unwrap_or_default();
        host.notice_store(&why);
        warn!("the disk refuses to take what is to be kept: {why}; the bot goes on and tries again");
    }
    if !was_writable && is_writable {
        let (n_changes, n_records) = (state.dropped, records.dropped);
        info!(n_changes, n_records, "the disk takes everything again; the numbers say what was lost since the start");
    }
    is_writable
}

/// Deletes the days of records that are past their room's retention.
async fn forget(host: &Host) {
    let config = host.live.config();
    let now = host.clock.now();
    let kept = config.rooms.iter().filter_map(|(room, it)| Some((room, it.retention?)));
    let due: Vec<(RoomJid, _)> = kept.map(|(room, span)| (room.clone(), now - span)).collect();
    for (room, older_than) in due {
        match host.store.records.purge(&room, older_than).await {
            Ok(0) => (),
            Ok(n_days) => info!(room.jid = %room, n_days, "records past their retention were deleted"),
            Err(error) => warn!(room.jid = %room, %error, "records past their retention were not deleted"),
        }
    }
}
