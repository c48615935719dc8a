//! Looks after the store: packs old days, forgets what is past its retention, and says once when the disk refuses.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Record, RoomJid, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::core::Host;
use crate::{
    config,
    store::{
        Batch, Tree,
        records::{Days, KeepRecord},
    },
};

/// How often the store is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How many looks pass between two rounds of packing and forgetting: an hour.
const LOOKS_A_ROUND: u32 = 720;
/// How many pass before the first: in its first minute a bot enters its rooms, and has no time to clean up.
const LOOKS_BEFORE: u32 = 12;

/// What is kept of what strangers say, where a room keeps events only, and for how long.
const KINDS: [Kind; 2] = [
    Kind { name: "fingerprints", kept_for: Duration::from_secs(7 * 86_400), is_kept: is_no_fingerprint_or_evidence },
    Kind { name: "evidence", kept_for: Duration::from_secs(30 * 86_400), is_kept: is_no_fingerprint },
];

/// A kind of records that is kept for a shorter time than the rest.
struct Kind {
    name: &'static str,
    kept_for: Duration,
    is_kept: fn(&Record) -> bool,
}

fn is_no_fingerprint(record: &Record) -> bool {
    record.fingerprint.is_none()
}

/// What a rule spoke against is evidence.
fn is_no_fingerprint_or_evidence(record: &Record) -> bool {
    record.fingerprint.is_none() || record.rule.is_some()
}

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
        if n_looks % LOOKS_A_ROUND == LOOKS_BEFORE {
            host.store.records.maintain(host.clock.now()).await;
            forget(&host).await;
            thin(&host).await;
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

/// Takes fingerprints of strangers' messages out of the records of rooms that keep events, when their time is over.
pub(super) async fn thin(host: &Host) {
    let config = host.live.config();
    let now = host.clock.now();
    let rooms = config.rooms.iter().filter(|(_, it)| it.records == config::Records::Events);
    let rooms: Vec<RoomJid> = rooms.map(|(room, _)| room.clone()).collect();
    for room in rooms {
        for kind in &KINDS {
            match thin_kind(host, &room, kind, now).await {
                Ok(0) => (),
                Ok(n_records) => {
                    info!(room.jid = %room, n_records, "{} past their time were deleted from the records", kind.name);
                }
                Err(error) => warn!(room.jid = %room, %error, "{} past their time were not deleted", kind.name),
            }
        }
    }
}

/// Each day is read once for each kind: up to which one it was done is written down.
async fn thin_kind(host: &Host, room: &RoomJid, kind: &Kind, now: Timestamp) -> Result<u64, crate::store::StoreError> {
    let key = format!("thinned\0{}\0{room}", kind.name);
    let from: String = host.store.state.get_json(Tree::Counters, key.clone()).await?.unwrap_or_default();
    let before = (now - kind.kept_for).utc_day();
    if before <= from {
        return Ok(0);
    }
    let keep: KeepRecord = Arc::new(kind.is_kept);
    let n = host.store.records.thin(room, Days { from, before: before.clone() }, keep).await?;
    crate::store::held(host.store.state.commit(Batch::new().put_json(Tree::Counters, key, &before)?).await)?;
    Ok(n)
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::RecordKind;

    use super::*;
    use crate::{
        host::testing::{Scene, bundled, garden},
        store::records::From,
    };

    const DAY: Duration = Duration::from_secs(86_400);

    async fn write(it: &Scene, id: &str, fingerprint: Option<&str>, rule: Option<&str>) {
        let record = Record {
            id: Some(domovoi_plugin::MessageId::new(id)),
            fingerprint: fingerprint.map(str::to_owned),
            rule: rule.map(str::to_owned),
            ..Record::new(it.host.clock.now(), garden(), RecordKind::Message)
        };
        it.host.store.records.append(record).await.unwrap();
    }

    async fn left(it: &Scene, n_days: u32) -> Vec<String> {
        it.advance(DAY * n_days);
        it.host.store.records.maintain(it.host.clock.now()).await;
        thin(&it.host).await;
        let reader = it.host.store.records.read(&garden(), &From::Start).unwrap();
        reader.map(|it| it.unwrap().id.unwrap().to_string()).collect()
    }

    #[tokio::test]
    async fn what_strangers_say_is_kept_for_a_week_and_evidence_for_a_month() {
        let it = Scene::with(crate::host::testing::CONFIG, bundled()).await;
        write(&it, "said", Some("f00"), None).await;
        write(&it, "spam", Some("f01"), Some("rate")).await;
        write(&it, "else", None, None).await;
        assert_eq!(left(&it, 7).await, ["said", "spam", "else"]);
        assert_eq!(left(&it, 1).await, ["spam", "else"]);
        assert_eq!(left(&it, 22).await, ["spam", "else"]);
        assert_eq!(left(&it, 1).await, ["else"]);
        assert_eq!(left(&it, 10).await, ["else"]);
    }

    #[tokio::test]
    async fn a_log_that_is_on_is_left_alone() {
        let text = format!("{}records = \"full\"\n", crate::host::testing::CONFIG);
        let it = Scene::with(&text, bundled()).await;
        write(&it, "said", Some("f00"), None).await;
        assert_eq!(left(&it, 60).await, ["said"]);
    }
}
