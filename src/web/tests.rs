//! Tests over loopback, byte by byte, as a stranger's client would.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::host::stand::Stand;

struct Served {
    stand: Stand,
    address: SocketAddr,
    cancel: CancellationToken,
    serving: JoinHandle<()>,
}

#[expect(clippy::disallowed_methods, reason = "the test waits for it")]
async fn served() -> Served {
    let stand = Stand::new(Vec::new(), "");
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, stand.host.clone(), cancel.clone()));
    Served { stand, address, cancel, serving }
}

/// Sends bytes and reads until the other end has enough.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The answer may come before everything is sent.
    stream.write_all(bytes).await.ok();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    // A reset after the answer is an end, too.
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("no end").ok();
    String::from_utf8(answer).unwrap()
}

async fn get(served: &Served, path: &str) -> (String, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = exchange(served.address, request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn health_is_ok_once_every_account_is_online() {
    let served = served().await;
    let (head, body) = get(&served, "/health").await;
    assert!(head.starts_with("http/1.1 503 "), "{head}");
    assert_eq!(body, "account main has not been started\n");
    served.stand.account(false, "the password was refused");
    assert_eq!(get(&served, "/health").await.1, "account main is not online: the password was refused\n");
    served.stand.account(true, "online");
    let (head, body) = get(&served, "/health").await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert_eq!(body, "ok");
}

#[tokio::test]
async fn calls_to_plugins_take_a_body_of_bounded_size_and_tell_strangers_nothing() {
    let served = served().await;
    let post = async |path: &str, body: &str| {
        let n = body.len();
        let request =
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {n}\r\n\r\n{body}");
        let answer = exchange(served.address, request.as_bytes()).await;
        answer.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    for path in ["/hook/core/abc", "/hook/nobody/abc", "/hook/core", "/hook/", "/hook/core/a?room=nowhere"] {
        assert_eq!(post(path, "{}").await, "404", "{path}");
    }
    assert_eq!(post("/hook/core/abc", &"x".repeat(64 * 1024)).await, "404");
    assert_eq!(post("/hook/core/abc", &"x".repeat(64 * 1024 + 1)).await, "413");
    assert_eq!(post("/health", "x").await, "413", "nothing else takes one");
    assert!(get(&served, "/hook/core/abc").await.0.starts_with("http/1.1 405 "));
}

#[tokio::test]
async fn metrics_have_what_was_counted_and_what_is_read_on_asking() {
    let served = served().await;
    served.stand.host.metrics.queue_drop("commands");
    let (head, body) = get(&served, "/metrics").await;
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    for line in ["domovoi_queue_drops_total{name=\"commands\"} 1", "domovoi_store{name=\"state_writable\"} 1.0"] {
        assert!(body.lines().any(|it| it == line), "{line} is not in\n{body}");
    }
    // What the host does at its start may be under way yet.
    let depth = body.lines().find_map(|it| it.strip_prefix("domovoi_queue_depth{name=\"records\"} "));
    assert!(depth.is_some_and(|it| it.parse::<u64>().is_ok()), "{depth:?}");
}

#[tokio::test]
async fn every_answer_forbids_the_browser_everything() {
    let served = served().await;
    for path in ["/health", "/metrics", "/", "/../../etc/passwd"] {
        let (head, _) = get(&served, path).await;
        for header in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(head.contains(header), "{path}: no {header} in\n{head}");
        }
    }
}

#[tokio::test]
async fn what_is_not_offered_is_refused_in_plain_words() {
    let served = served().await;
    let (head, body) = get(&served, "/favicon.ico").await;
    assert!(head.starts_with("http/1.1 404 ") && head.contains("content-type: text/plain"), "{head}");
    assert_eq!(body, "there is nothing here\n");
    let check = async |request: &str, status: &str| {
        let answer = exchange(served.address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
    };
    check("DELETE /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "405").await;
    check("GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\nx", "413").await;
    check("POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "413").await;
    check("hello\r\n\r\n", "400").await;
    check(&format!("GET /health HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000)), "431").await;
}

#[tokio::test(start_paused = true)]
async fn half_a_request_is_not_waited_for_for_ever() {
    let served = served().await;
    let answer = exchange(served.address, b"GET /health HT").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn several_requests_go_over_one_connection_until_the_bot_stops() {
    let served = served().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"there is nothing here\n") {
            assert!(0 < stream.read_buf(&mut answer).await.unwrap());
        }
    }
    served.cancel.cancel();
    served.serving.await.unwrap();
    let mut rest = Vec::new();
    assert_eq!(stream.read_to_end(&mut rest).await.unwrap(), 0);
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn taken_address_is_named() {
    let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = first.local_addr().unwrap();
    let error = bind(address).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {address}, the address in [web]: ")), "{error}");
}
