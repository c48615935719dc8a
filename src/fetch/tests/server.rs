//! A server that sends just the bytes that a test wants, well-formed or not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::TaskTracker;

/// What is sent next.
#[derive(Clone)]
pub(crate) enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These again and again, until nobody takes them any more.
    Endless(Vec<u8>),
    /// These again and again, one every 20 ms.
    Drip(Vec<u8>),
    /// Nothing, for as long as the other side waits.
    Silence,
}

/// A running server; it ends with the test.
pub(crate) struct Server {
    /// On loopback.
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: TaskTracker,
}

impl Server {
    /// Answers each request by what `answer` makes of it, then closes the connection.
    pub(crate) async fn start(answer: impl Fn(&str) -> Vec<Piece> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, tasks) = (Arc::new(Mutex::new(Vec::new())), TaskTracker::new());
        let (seen, answer, connections) = (requests.clone(), Arc::new(answer), tasks.clone());
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, seen.clone(), answer.clone()));
            }
        });
        Self { port, requests, _tasks: tasks }
    }

    /// The same whatever is asked.
    pub(crate) async fn always(pieces: Vec<Piece>) -> Self {
        Self::start(move |_| pieces.clone()).await
    }

    /// Answers with this text.
    pub(crate) async fn text(text: &str) -> Self {
        Self::always(vec![text_of(text)]).await
    }

    /// Everything that was asked.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://site.example:{}{path}", self.port)
    }
}

/// Bytes as they are, line ends made those of HTTP.
pub(crate) fn text_of(text: &str) -> Piece {
    Piece::Bytes(text.replace('\n', "\r\n").into_bytes())
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<String>>>,
    answer: Arc<impl Fn(&str) -> Vec<Piece> + Send + Sync>,
) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    seen.lock().unwrap().push(request.clone());
    for piece in answer(&request) {
        if send(&mut stream, piece).await.is_err() {
            return;
        }
    }
    // Whoever was answered may have closed it already.
    drop(stream.shutdown().await);
}

/// Whether a request with its body has come, or something that is none.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    if !text.is_empty() && !text.starts_with(['g', 'p']) {
        return true;
    }
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")).and_then(|it| it.parse().ok());
    length.unwrap_or(0_usize) <= body.len()
}

async fn send(stream: &mut TcpStream, piece: Piece) -> std::io::Result<()> {
    match piece {
        Piece::Bytes(bytes) => stream.write_all(&bytes).await,
        Piece::Endless(bytes) => loop {
            stream.write_all(&bytes).await?;
        },
        Piece::Drip(bytes) => {
            let mut each = tokio::time::interval(Duration::from_millis(20));
            loop {
                each.tick().await;
                stream.write_all(&bytes).await?;
            }
        }
        // Ends when the other side goes away.
        Piece::Silence => stream.read(&mut [0]).await.map(drop),
    }
}
