//! Tests of both ends of the socket, in one process.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixListener as StdListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domovoi_plugin::Timestamp;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{doctor::Connection, *};
use crate::host::{feed::Shown, outlet::RoomState, stand::Stand};

/// Remembers what was asked of the bot.
#[derive(Default)]
struct Actions {
    n_stops: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

#[async_trait]
impl ControlActions for Actions {
    async fn reload(&self) -> Result<(), Vec<String>> {
        let wrong = self.wrong.lock().unwrap().clone();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn stop(&self) {
        self.n_stops.fetch_add(1, Ordering::SeqCst);
    }

    async fn connections(&self) -> Vec<Connection> {
        vec![Connection { account: "main".to_owned(), mechanism: "SCRAM-SHA-256".to_owned(), ..Connection::default() }]
    }
}

/// A served socket.
struct Served {
    stand: Stand,
    actions: Arc<Actions>,
    cancel: CancellationToken,
    serving: JoinHandle<()>,
}

#[expect(clippy::disallowed_methods, reason = "the test waits for it")]
fn served() -> Served {
    let stand = Stand::new(Vec::new(), "");
    stand.account(true, "online");
    let actions = Arc::new(Actions::default());
    let cancel = CancellationToken::new();
    let socket = bind(&socket_path(stand.folder.path())).unwrap();
    let serving = tokio::spawn(serve(socket, stand.host.clone(), actions.clone(), cancel.clone()));
    Served { stand, actions, cancel, serving }
}

/// Someone at the socket.
struct Caller(BufReader<UnixStream>);

impl Caller {
    async fn new(served: &Served) -> Self {
        Self(BufReader::new(UnixStream::connect(socket_path(served.stand.folder.path())).await.unwrap()))
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    /// The next line; nothing if the bot hung up.
    async fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        tokio::time::timeout(Duration::from_secs(20), reading).await.expect("no line came").unwrap_or(0);
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    async fn ask(&mut self, request: &str) -> Value {
        self.send(format!("{request}\n").as_bytes()).await;
        self.line().await.expect("the bot hung up")
    }
}

#[tokio::test]
async fn status_says_how_everything_is() {
    let served = served();
    let answer = Caller::new(&served).await.ask(r#"{"do":"status"}"#).await;
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["pid"], std::process::id());
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer["accounts"][0]["state"], "online");
    assert_eq!(answer["rooms"], json!([]));
    assert_eq!(answer["store"]["writable"], true);
    assert_eq!((&answer["faults"], answer["uptime_s"].is_u64()), (&json!(0), true));
}

#[tokio::test]
async fn only_the_owner_may_open_the_socket_and_nothing_is_left_beside_it() {
    let served = served();
    let folder = served.stand.folder.path();
    assert_eq!(fs::metadata(socket_path(folder)).unwrap().permissions().mode() & 0o777, 0o600);
    let left = fs::read_dir(folder).unwrap().filter(|it| {
        let name = it.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".ctl")
    });
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn dead_socket_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = socket_path(folder.path());
    drop(StdListener::bind(&path).unwrap());
    let socket = bind(&path).unwrap();
    let error = bind(&path).unwrap_err();
    assert!(matches!(error, ControlError::Live { .. }), "{error}");
    assert!(path.exists());
    drop(socket);
    assert!(!path.exists());
    fs::write(&path, "mine").unwrap();
    assert!(matches!(bind(&path).unwrap_err(), ControlError::NoSocket { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_connection_lives_on() {
    let served = served();
    let mut caller = Caller::new(&served).await;
    let garbage: [&[u8]; 6] =
        [b"\n", b"hello\n", b"\xff\xfe\0\n", b"[]\n", b"{\"do\":\"dance\"}\n", b"{\"do\":\"stop\",\"now\":1}\n"];
    for bytes in garbage {
        caller.send(bytes).await;
        let answer = caller.line().await.unwrap();
        assert_eq!(answer["ok"], false, "{bytes:?}");
        assert!(answer["error"].is_string());
    }
    assert_eq!(caller.ask(r#"{"do":"status"}"#).await["ok"], true);
    assert_eq!(served.actions.n_stops.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn endless_line_is_cut_off() {
    let served = served();
    let mut caller = Caller::new(&served).await;
    caller.send(&vec![b'x'; lines::MAX_LINE_BYTES + 1]).await;
    assert_eq!(caller.line().await.unwrap()["ok"], false);
    // Hung up: an end, or a reset because not everything was read.
    assert!(caller.0.read_u8().await.is_err());
}

#[tokio::test]
async fn requests_may_come_in_pieces_and_in_one_go() {
    let served = served();
    let mut caller = Caller::new(&served).await;
    caller.send(b"{\"do\":\"sta").await;
    tokio::task::yield_now().await;
    caller.send(b"tus\"}\n{\"do\":\"reload\"}\n").await;
    assert!(caller.line().await.unwrap()["pid"].is_u64());
    assert_eq!(caller.line().await.unwrap(), json!({"ok": true}));
}

#[tokio::test]
async fn seventeenth_caller_is_told_and_turned_away() {
    let served = served();
    let mut callers = Vec::new();
    for _ in 0..serve::MAX_CONNECTIONS {
        let mut caller = Caller::new(&served).await;
        assert_eq!(caller.ask(r#"{"do":"status"}"#).await["ok"], true);
        callers.push(caller);
    }
    let mut late = Caller::new(&served).await;
    let told = late.line().await.unwrap();
    assert!(told["error"].as_str().unwrap().contains("too many"), "{told}");
    assert_eq!(late.line().await, None);
    drop(callers.pop());
    // The place is free once the bot has seen the hang-up.
    let mut answer = Value::Null;
    while answer["ok"] != true {
        let mut next = Caller::new(&served).await;
        next.0.get_mut().write_all(b"{\"do\":\"status\"}\n").await.ok();
        answer = next.line().await.unwrap_or_default();
    }
}

#[tokio::test]
async fn watcher_sees_what_happens_and_may_ask_meanwhile() {
    let served = served();
    let mut caller = Caller::new(&served).await;
    assert_eq!(caller.ask(r#"{"do":"watch"}"#).await, json!({"ok": true}));
    let room = "garden@chat.example".parse().unwrap();
    let show = |text: String| {
        let shown = || Shown { text: Some(text), ..Shown::new(Timestamp::default(), &room, "message") };
        served.stand.host.feed.show(shown);
    };
    show("hello".to_owned());
    let line = caller.line().await.unwrap();
    assert_eq!((&line["what"], &line["text"]), (&json!("message"), &json!("hello")));
    assert!(caller.ask(r#"{"do":"status"}"#).await["pid"].is_u64());
    // No await in between: the watcher cannot keep up with these.
    for n in 0..1500 {
        show(n.to_string());
    }
    assert_eq!(caller.line().await.unwrap(), json!({"what": "missed", "n": 476}));
    assert_eq!(caller.line().await.unwrap()["text"], "476");
}

#[tokio::test]
async fn reload_tells_every_mistake_and_stop_stops() {
    let served = served();
    let mut caller = Caller::new(&served).await;
    assert_eq!(caller.ask(r#"{"do":"reload"}"#).await, json!({"ok": true}));
    *served.actions.wrong.lock().unwrap() = vec!["d.toml:1: a".to_owned(), "d.toml:2: b".to_owned()];
    let answer = caller.ask(r#"{"do":"reload"}"#).await;
    assert_eq!((&answer["ok"], &answer["mistakes"][1]), (&json!(false), &json!("d.toml:2: b")));
    assert_eq!(caller.ask(r#"{"do":"stop"}"#).await, json!({"ok": true}));
    // Whatever is answered next comes after the stop.
    caller.ask(r#"{"do":"status"}"#).await;
    assert_eq!(served.actions.n_stops.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_is_made_while_the_bot_runs() {
    let served = served();
    let data_dir = served.stand.host.live.config().bot.data_dir.clone();
    let answer = Caller::new(&served).await.ask(r#"{"do":"backup"}"#).await;
    assert_eq!(answer["ok"], true, "{answer}");
    let path = answer["report"]["path"].as_str().unwrap();
    assert!(path.starts_with(data_dir.join("backups").to_str().unwrap()));
    crate::store::backup::verify(path.as_ref()).unwrap();
    let answer = Caller::new(&served).await.ask(r#"{"do":"backup","dest":"here"}"#).await;
    assert!(answer["error"].as_str().unwrap().contains("absolute"), "{answer}");
}

#[tokio::test]
async fn doctor_reports_accounts_connections_and_rooms() {
    let served = served();
    let room = RoomState {
        room: "garden@chat.example".to_owned(),
        account: Some("main".to_owned()),
        state: "no answer".to_owned(),
        trouble: None,
        is_joined: false,
        n_occupants: 0,
        rights: String::new(),
        features: domovoi_plugin::Features::default(),
    };
    *served.stand.said.rooms.lock().unwrap() = vec![room];
    let answer = Caller::new(&served).await.ask(r#"{"do":"doctor"}"#).await;
    let report: doctor::Report = serde_json::from_value(answer["report"].clone()).unwrap();
    let connection = report.accounts.first().unwrap().connection.as_ref().unwrap();
    assert_eq!(connection.mechanism, "SCRAM-SHA-256");
    assert_eq!(report.rooms.first().unwrap().is_joined, Some(false));
    assert!(report.is_broken());
}

#[tokio::test(flavor = "multi_thread")]
async fn verbs_ask_and_are_told_where_no_bot_runs() {
    let served = served();
    let folder = served.stand.folder.path().to_owned();
    let patience = Duration::from_secs(20);
    let (answer, refused) = tokio::task::spawn_blocking({
        let folder = folder.clone();
        move || (ask(&folder, &json!({"do": "status"}), patience), ask(&folder, &json!({"do": "x"}), patience))
    })
    .await
    .unwrap();
    assert!(answer.unwrap().unwrap()["pid"].is_u64());
    assert!(matches!(refused.unwrap_err(), AskError::Refused(_)));
    served.cancel.cancel();
    served.serving.await.unwrap();
    assert!(!socket_path(&folder).exists());
    assert!(ask(&folder, &json!({"do": "status"}), patience).unwrap().is_none());
    // What a dead process left counts as no bot, too.
    drop(StdListener::bind(socket_path(&folder)).unwrap());
    assert!(ask(&folder, &json!({"do": "status"}), patience).unwrap().is_none());
}
