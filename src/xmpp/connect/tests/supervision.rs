//! What happens between connections: waiting, giving up, ending. No socket is involved, and time is paused
//! (`start_paused`): it moves to the next timer once everybody waits, so that an hour takes no time and a sleep says when
//! something happens, never how long it is hoped to take.

use super::*;

type Server = Arc<dyn Fn(Peer<tokio::io::DuplexStream>) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

/// An account whose server runs in this process.
struct Account {
    stream: StanzaStream,
    status: mpsc::Receiver<Status>,
    tasks: TaskTracker,
    cancel: CancellationToken,
    attempts: Arc<AtomicUsize>,
}

fn account(server: Server) -> Account {
    let (tasks, cancel, kill) = (TaskTracker::new(), CancellationToken::new(), CancellationToken::new());
    let attempts = Arc::new(AtomicUsize::new(0));
    let (counted, servers, killed) = (Arc::clone(&attempts), TaskTracker::new(), kill.clone());
    let attempt = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let (near, far) = tokio::io::duplex(64 * 1024);
        servers.spawn(server(Peer::new(far)));
        let kill = killed.clone();
        async move { session(near, kill).await }
    };
    let (stream, status) = supervise::start(attempt, login().jid, &tasks, cancel.clone(), kill);
    tasks.close();
    Account { stream, status, tasks, cancel, attempts }
}

async fn session(io: tokio::io::DuplexStream, kill: CancellationToken) -> Result<Session, ConnectError> {
    let reports = Reports::default();
    let fence = Fence::new(Wire::plain(io, None), Limits::default(), reports.clone(), kill);
    let timeouts = Timeouts { read_timeout: Duration::from_secs(35), response_timeout: Duration::from_secs(15) };
    let fail = |e: std::io::Error| ConnectError::Io(e.to_string());
    let pending = initiate_stream(fence, "jabber:client", StreamHeader::default(), timeouts).await.map_err(fail)?;
    let (features, stream) = pending.recv_features().await.map_err(|e| ConnectError::Io(e.to_string()))?;
    let connection = Connection { stream: stream.box_stream(), features, identity: login().jid };
    let facts =
        Facts { peer: None, tls: None, offered: vec![], mechanism: String::new(), resumption: true, features: vec![] };
    Ok(Session { connection, facts, reports })
}

fn server<F>(run: impl Fn(Peer<tokio::io::DuplexStream>) -> F + Send + Sync + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    Arc::new(move |peer| Box::pin(run(peer)))
}

const CONFLICT: &str =
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";

/// Ends the account as a session does and says how long it took.
async fn stop(account: Account) -> Duration {
    let began = tokio::time::Instant::now();
    account.cancel.cancel();
    tokio::time::timeout(Duration::from_secs(60), account.stream.close()).await.expect("the stream closes");
    tokio::time::timeout(Duration::from_secs(60), account.tasks.wait()).await.expect("the task ends");
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn connections_that_break_after_the_login_are_made_less_and_less_often() {
    let mut account = account(server(|mut peer| async move { peer.bind().await }));
    let end = tokio::time::Instant::now() + Duration::from_secs(3_600);
    while let Ok(Some(_)) = tokio::time::timeout_at(end, account.stream.next()).await {}
    let attempts = account.attempts.load(Ordering::SeqCst);
    assert!((60..220).contains(&attempts), "{attempts} attempts in an hour, 120 and some are expected");
    assert!(stop(account).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_stable_minute_starts_the_waits_over() {
    let mut account = account(server(|mut peer| async move {
        peer.bind().await;
        peer.serve_until(tokio::time::sleep(Duration::from_secs(61))).await;
    }));
    let end = tokio::time::Instant::now() + Duration::from_secs(3_600);
    let mut first = 0;
    loop {
        tokio::select! {
            event = account.stream.next() => assert!(event.is_some()),
            Some(status) = account.status.recv() => first += usize::from(matches!(status, Status::Connecting { attempt: ..=2 })),
            () = tokio::time::sleep_until(end) => break,
        }
    }
    // A minute and at most a second each.
    assert!((55..=60).contains(&first), "{first}");
    assert!(stop(account).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn two_bots_with_one_address_do_not_fight_for_ever() {
    // Whoever comes throws out whoever is there.
    let there: Arc<Mutex<CancellationToken>> = Arc::default();
    let shared = server(move |mut peer| {
        let there = Arc::clone(&there);
        async move {
            peer.bind().await;
            let me = CancellationToken::new();
            std::mem::replace(&mut *there.lock().expect("not poisoned"), me.clone()).cancel();
            peer.serve_until(me.cancelled()).await;
            peer.say(CONFLICT).await;
            peer.until("</stream:stream>").await;
        }
    });
    let (mut one, mut two) = (account(Arc::clone(&shared)), account(shared));
    let end = tokio::time::Instant::now() + Duration::from_secs(7_200);
    let mut finals = 0;
    loop {
        tokio::select! {
            event = one.stream.next() => assert!(event.is_some()),
            event = two.stream.next() => assert!(event.is_some()),
            Some(status) = one.status.recv() => finals += usize::from(matches!(status, Status::Final(ConnectError::Replaced))),
            Some(status) = two.status.recv() => finals += usize::from(matches!(status, Status::Final(ConnectError::Replaced))),
            () = tokio::time::sleep_until(end) => break,
        }
    }
    let logins = one.attempts.load(Ordering::SeqCst) + two.attempts.load(Ordering::SeqCst);
    assert_eq!((finals, logins <= 6), (1, true), "{logins} logins");
    assert!(stop(one).await < Duration::from_secs(5));
    assert!(stop(two).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_found_within_a_minute() {
    let mut account = account(server(|mut peer| async move {
        peer.bind().await;
        // It reads and never says anything more.
        peer.until("never").await;
    }));
    assert!(matches!(account.stream.next().await, Some(Event::Stream(StreamEvent::Reset { .. }))));
    let began = tokio::time::Instant::now();
    assert!(matches!(account.stream.next().await, Some(Event::Stream(StreamEvent::Suspended))));
    let took = began.elapsed();
    assert!((Duration::from_secs(35)..Duration::from_secs(60)).contains(&took), "{took:?}");
    assert!(stop(account).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_long_stanza_that_trickles_in_is_no_dead_server() {
    let mut account = account(server(|mut peer| async move {
        peer.bind().await;
        peer.say("<message from='r@c/n' type='groupchat'><body>").await;
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_secs(10)).await;
            peer.say("text").await;
        }
        peer.say("</body></message>").await;
        peer.until("never").await;
    }));
    assert!(matches!(account.stream.next().await, Some(Event::Stream(StreamEvent::Reset { .. }))));
    let Some(Event::Stanza(tokio_xmpp::Stanza::Message(message))) = account.stream.next().await else {
        panic!("the connection was given up");
    };
    assert_eq!(message.get_best_body(vec![]).map(|(_, body)| body.len()), Some(160));
    assert_eq!(account.attempts.load(Ordering::SeqCst), 1);
    assert!(stop(account).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn traps_in_a_resumable_stream_are_acknowledged_and_cost_no_connection() {
    let bomb = format!("<message from='r@c/n'>{}{}</message>", "<a>".repeat(3_000), "</a>".repeat(3_000));
    let traps = [
        bomb,
        format!("<message from='r@c/n' id='{}'/>", "x".repeat(9_000)),
        "<message from='r@c/n'>stray</message>".to_owned(),
        "<presence from='r@c/🦀'><show>odd</show></presence>".to_owned(),
        "<iq from='r@c/n' type='get' id='1'/>".to_owned(),
        "<unknown/>text<message from='r@c/n'><body>fine</body></message>".to_owned(),
    ];
    let (seen, mut acks) = mpsc::channel(4);
    let all = traps.concat();
    let mut account = account(server(move |mut peer| {
        let (all, seen) = (all.clone(), seen.clone());
        async move {
            peer.bind().await;
            peer.say(&all).await;
            peer.say("<r xmlns='urn:xmpp:sm:3'/>").await;
            while let Some(read) = peer.until("</a>").await {
                seen.send(read).await.expect("the test runs");
            }
        }
    }));
    assert!(matches!(account.stream.next().await, Some(Event::Stream(StreamEvent::Reset { .. }))));
    for _ in 0..6 {
        assert!(matches!(account.stream.next().await, Some(Event::Stanza(_))));
    }
    let ack = tokio::select! {
        ack = acks.recv() => ack.expect("an acknowledgement"),
        event = account.stream.next() => panic!("{event:?}"),
    };
    assert!(ack.contains('6'), "{ack}");
    assert_eq!(account.attempts.load(Ordering::SeqCst), 1);
    assert!(stop(account).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_in_every_state() {
    // While an attempt hangs.
    let hangs = account(server(|mut peer| async move { drop(peer.until("never").await) }));
    assert!(stop(hangs).await < Duration::from_secs(5));
    // While waiting for the next one, with nobody reading.
    let waits = account(server(|peer| async move { drop(peer) }));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(stop(waits).await < Duration::from_secs(5));
    // While binding.
    let binds = account(server(|mut peer| async move {
        peer.say(HEADER).await;
        peer.say(AFTER).await;
        peer.until("never").await;
    }));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(stop(binds).await < Duration::from_secs(5));
    // Connected to a server that says good-bye.
    let mut polite = account(server(|mut peer| async move {
        peer.bind().await;
        peer.until("</stream:stream>").await;
        peer.say("</stream:stream>").await;
    }));
    assert!(polite.stream.next().await.is_some());
    assert!(stop(polite).await < Duration::from_secs(1));
    // Connected to one that does not, and does not read either.
    let mut rude = account(server(|mut peer| async move {
        peer.bind().await;
        tokio::time::sleep(Duration::from_secs(10_000)).await;
    }));
    assert!(rude.stream.next().await.is_some());
    assert!(stop(rude).await < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_and_cancelled_leaves_nothing() {
    for connected in [true, false] {
        let mut account = account(server(move |mut peer| async move {
            if connected {
                peer.bind().await;
            }
            peer.until("never").await;
        }));
        if connected {
            assert!(account.stream.next().await.is_some());
        }
        drop(account.stream);
        account.cancel.cancel();
        tokio::time::timeout(Duration::from_secs(5), account.tasks.wait()).await.expect("everything ends");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_final_error_nothing_happens_until_the_account_is_cancelled() {
    let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let attempt = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Err(ConnectError::NoTls) }
    };
    let (stream, mut status) = supervise::start(attempt, login().jid, &tasks, cancel.clone(), CancellationToken::new());
    tasks.close();
    assert!(matches!(status.recv().await, Some(Status::Connecting { attempt: 1 })));
    assert!(matches!(status.recv().await, Some(Status::Final(ConnectError::NoTls))));
    let reading = TaskTracker::new();
    let ended = reading.spawn(drain(stream));
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    assert!(!ended.is_finished(), "the stream waits, and its worker has not panicked");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    assert!(status.try_recv().is_err());
    ended.abort();
    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(5), tasks.wait()).await.expect("it ends");
}
