//! Answers that want to hurt: each costs no more than its time and its bytes.

use std::time::Duration;

use domovoi_plugin::{HttpError, HttpRequest};

use super::{
    Scene,
    server::{Piece, Server, text_of},
};

const OK: &str = "HTTP/1.1 200 OK\n";
/// One block of deflate that becomes 64 KiB of `a` and depends on nothing before it.
const BLOCK: &str = "ecc181000000008020d6fd2516a90a0000000000000000000000000000000000000000000000000000000000000000000000\
    000000000000000000000000000000000000000000000000000000006a000000ffff";

fn gzip_bomb() -> Piece {
    let pairs = BLOCK.as_bytes().chunks(2).map(|it| std::str::from_utf8(it).unwrap());
    let block: Vec<u8> = pairs.map(|it| u8::from_str_radix(it, 16).unwrap()).collect();
    Piece::Endless(block.repeat(16))
}

fn host() -> String {
    "site.example".to_owned()
}

async fn check(
    pieces: Vec<Piece>,
    request: impl FnOnce(HttpRequest) -> HttpRequest,
    expected: Result<usize, HttpError>,
) {
    let server = Server::always(pieces).await;
    let answer = Scene::open(server.port).fetch(request(HttpRequest::get(server.url("/")))).await;
    assert_eq!(answer.map(|it| it.body.len()), expected);
}

#[tokio::test]
async fn slow_answers_end_with_their_time() {
    let after = Duration::from_millis(300);
    let late = || Err(HttpError::Late { host: host(), after });
    let drip = || Piece::Drip(b"x".to_vec());
    check(vec![Piece::Silence], |it| it.within(after), late()).await;
    check(vec![text_of("HTTP/1.1 200 "), drip()], |it| it.within(after), late()).await;
    check(vec![text_of(OK), Piece::Drip(b"a: b\r\n".to_vec())], |it| it.within(after), late()).await;
    check(vec![text_of(&format!("{OK}\n")), drip()], |it| it.within(after), late()).await;
}

#[tokio::test]
async fn endless_answers_end_with_their_bytes() {
    let too_long = |max_bytes| Err(HttpError::TooLong { host: host(), max_bytes });
    let endless = || vec![text_of(&format!("{OK}\n")), Piece::Endless(vec![b'x'; 4096])];
    check(endless(), |it| it, too_long(1 << 20)).await;
    check(endless(), |it| it.up_to(10_000), too_long(10_000)).await;
    check(endless(), |it| it.first(10_000), Ok(10_000)).await;
    let announced = vec![text_of(&format!("{OK}Content-Length: 99999999\n\n")), Piece::Silence];
    check(announced, |it| it, too_long(1 << 20)).await;
    let chunks = vec![
        text_of(&format!("{OK}Transfer-Encoding: chunked\n\n")),
        Piece::Endless(format!("400\r\n{}\r\n", "x".repeat(1024)).into_bytes()),
    ];
    check(chunks, |it| it, too_long(1 << 20)).await;
}

#[tokio::test]
async fn what_is_packed_is_counted_unpacked() {
    let head = format!("{OK}Content-Encoding: gzip\nContent-Type: text/plain\n\n");
    let gzip = Piece::Bytes(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    let bomb = || vec![text_of(&head), gzip.clone(), gzip_bomb()];
    check(bomb(), |it| it, Err(HttpError::TooLong { host: host(), max_bytes: 1 << 20 })).await;
    check(bomb(), |it| it.first(200_000), Ok(200_000)).await;
    let broken = vec![text_of(&head), Piece::Bytes(b"no gzip at all".to_vec())];
    check(broken, |it| it, Err(HttpError::Broken { host: host() })).await;
}

#[tokio::test]
async fn what_is_no_http_or_ends_in_the_middle_is_broken() {
    let broken = || Err(HttpError::Broken { host: host() });
    let many: String = (0..500).map(|it| format!("x{it}: y\n")).collect();
    for text in [
        String::new(),
        "SSH-2.0-OpenSSH_9\n".to_owned(),
        "HTTP/1.1 two hundred\n\n".to_owned(),
        format!("{OK}Content-Length: 100\n\nshort"),
        format!("{OK}Content-Length: 5\nContent-Length: 6\n\nhello!"),
        format!("{OK}Transfer-Encoding: chunked\n\n5\nhel"),
        format!("{OK}Transfer-Encoding: chunked\n\nzz\nhello\n"),
        format!("{OK}{many}\n"),
        format!("{OK}x: {}\n\n", "y".repeat(1 << 20)),
        format!("{OK}x y\n\n"),
    ] {
        check(vec![text_of(&text)], |it| it, broken()).await;
    }
    check(vec![text_of(OK), Piece::Endless(b"x".repeat(4096))], |it| it, broken()).await;
    // What comes after the announced end is not read.
    check(vec![text_of(&format!("{OK}Content-Length: 2\n\nhello"))], |it| it, Ok(2)).await;
}

#[tokio::test]
async fn no_certificate_is_no_answer() {
    let server = Server::text(&format!("{OK}\n")).await;
    let scene = Scene::open(server.port);
    let answer = scene.get(&server.url("/").replace("http:", "https:")).await;
    assert!(matches!(answer, Err(HttpError::Insecure { .. })), "{answer:?}");
}

#[tokio::test]
async fn bytes_come_as_they_are_and_text_in_its_charset() {
    let head = format!("{OK}Content-Type: text/plain; charset=windows-1251\nX-Odd: \n\n");
    let server = Server::always(vec![text_of(&head), Piece::Bytes(b"\xef\xf0\xe8\x00\xff".to_vec())]).await;
    let answer = Scene::open(server.port).get(&server.url("/a?b#c")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"\xef\xf0\xe8\x00\xff".as_slice()));
    assert_eq!((answer.text(), answer.header("Content-Type").is_some()), ("при\0я".to_owned(), true));
    assert_eq!(answer.url, server.url("/a?b"));
}
