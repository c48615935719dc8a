//! Where a request may go: hosts, addresses in every spelling, redirects, names that change their minds.

use domovoi_plugin::{HttpError, HttpRequest, PluginName};

use super::{
    Scene,
    server::{Piece, Server, text_of},
};
use crate::fetch::{Hosts, Put, PutError};

const OK: &str = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";

fn redirect(status: u16, to: &str) -> Vec<Piece> {
    vec![text_of(&format!("HTTP/1.1 {status} Elsewhere\nLocation: {to}\nContent-Length: 0\nConnection: close\n\n"))]
}

fn is_closed<T>(answer: &Result<T, HttpError>) -> bool {
    matches!(answer, Err(HttpError::Closed { .. }))
}

#[tokio::test]
async fn a_page_is_fetched_politely_and_without_cookies() {
    let server = Server::text(&OK.replace("\nContent", "\nSet-Cookie: a=b\nContent")).await;
    let scene = Scene::open(server.port);
    for _ in 0..2 {
        let answer = scene.fetch(HttpRequest::get(server.url("/x")).with_header("X-Key", "k")).await.unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    }
    for request in server.requests() {
        let request = request.to_ascii_lowercase();
        assert!(request.starts_with("get /x http/1.1\r\n") && request.contains("x-key: k\r\n"), "{request}");
        assert!(request.contains("user-agent: domovoi/") && !request.contains("cookie"), "{request}");
    }
}

#[tokio::test]
async fn closed_addresses_are_closed_in_every_spelling() {
    let scene = Scene::new(
        &[
            ("inner.example", &[&["10.0.0.1"]]),
            ("mapped.example", &[&["::ffff:127.0.0.1"]]),
            ("nat64.example", &[&["64:ff9b::7f00:1"]]),
        ],
        &[],
    );
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "0",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "inner.example",
        "inner.example.",
        "INNER.example",
        "mapped.example",
        "nat64.example",
    ] {
        for scheme in ["http", "https"] {
            let answer = scene.get(&format!("{scheme}://{host}/")).await;
            assert!(is_closed(&answer), "{host}: {answer:?}");
        }
    }
    assert!(matches!(scene.get("http://localhost/").await, Err(HttpError::NoHost { .. })));
}

#[tokio::test]
async fn addresses_of_other_kinds_are_no_addresses() {
    let scene = Scene::new(&[("site.example", &[&["127.0.0.1"]])], &[]);
    for url in [
        "ftp://site.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "site.example",
        "http://",
        "http://user@site.example/",
        "http://user:pass@site.example/",
        "http://site.example:8080/",
        "http://site.example:22/",
        "http://site.example:0/",
        "http://[fe80::1%25eth0]/",
        "http://site example/",
        "http://./",
        "http://1.2.3.256/",
        "",
    ] {
        let answer = scene.get(url).await;
        assert!(matches!(answer, Err(HttpError::Address { .. })), "{url}: {answer:?}");
    }
}

#[tokio::test]
async fn a_plugin_reaches_its_own_hosts_only() {
    let server = Server::text(OK).await;
    let mut scene = Scene::open(server.port);
    scene.errand.hosts = Hosts::Only(vec![format!("site.example:{}", server.port)]);
    assert_eq!(scene.get(&server.url("/")).await.unwrap().status, 200);
    let denied = scene.get("https://other.example/").await.unwrap_err();
    assert_eq!(
        denied.to_string(),
        "other.example is not among the hosts of this plugin: `hosts` under [plugins.links] would have to name it"
    );
    scene.errand.hosts = Hosts::Only(vec!["site.example".to_owned()]);
    let denied = scene.get("http://site.example:8080/").await.unwrap_err();
    assert!(denied.to_string().starts_with("site.example:8080 is not among the hosts"), "{denied}");
    scene.errand.hosts = Hosts::Only(Vec::new());
    assert!(matches!(scene.get(&server.url("/")).await, Err(HttpError::Denied { .. })));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn each_hop_of_a_redirect_is_checked() {
    let secret = Server::text(OK).await;
    let there = format!("http://127.0.0.1:{}/", secret.port);
    let server = Server::start(move |request| {
        let to = if request.starts_with("GET /literal") { there.clone() } else { "http://inner.example/".to_owned() };
        redirect(302, &to)
    })
    .await;
    let scene = Scene::new(
        &[("site.example", &[&["127.0.0.1"]]), ("inner.example", &[&["10.0.0.1"]])],
        &[format!("127.0.0.1:{}", server.port)],
    );
    let answer = scene.get(&server.url("/literal")).await;
    assert!(matches!(answer, Err(HttpError::Address { .. } | HttpError::Closed { .. })), "{answer:?}");
    assert!(is_closed(&scene.get(&server.url("/name")).await));
    assert_eq!(secret.requests(), [""; 0], "nobody came there");
}

#[tokio::test]
async fn redirects_are_followed_as_browsers_do_and_not_for_ever() {
    let server = Server::start(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        match path.trim_start_matches('/').split_once('/') {
            Some(("302", rest)) => redirect(302, &format!("../{rest}")),
            Some(("307", rest)) => redirect(307, &format!("/{rest}")),
            _ if path == "/loop" => redirect(301, "/loop"),
            _ if path == "/ftp" => redirect(301, "ftp://site.example/"),
            _ if path == "/nowhere" => vec![text_of("HTTP/1.1 302 Found\nContent-Length: 0\n\n")],
            _ => vec![text_of(OK)],
        }
    })
    .await;
    let scene = Scene::open(server.port);
    let answer = scene.fetch(HttpRequest::post(server.url("/307/end"), "body")).await.unwrap();
    assert_eq!(answer.url, server.url("/end"));
    assert!(server.requests()[1].starts_with("POST /end") && server.requests()[1].ends_with("\r\n\r\nbody"));
    scene.fetch(HttpRequest::post(server.url("/302/end"), "body")).await.unwrap();
    assert!(server.requests()[3].starts_with("GET /end") && !server.requests()[3].contains("body"));
    assert!(matches!(scene.get(&server.url("/loop")).await, Err(HttpError::Redirects { .. })));
    assert_eq!(server.requests().len(), 4 + 6);
    assert!(matches!(scene.get(&server.url("/ftp")).await, Err(HttpError::Address { .. })));
    assert_eq!(scene.get(&server.url("/nowhere")).await.unwrap().status, 302);
}

#[tokio::test]
async fn keys_stay_with_the_host_that_they_are_for() {
    let other = Server::text(OK).await;
    let there = format!("http://other.example:{}/", other.port);
    let server = Server::start(move |_| redirect(307, &there)).await;
    let ports = [format!("127.0.0.1:{}", server.port), format!("127.0.0.1:{}", other.port)];
    let scene = Scene::new(&[("site.example", &[&["127.0.0.1"]]), ("other.example", &[&["127.0.0.1"]])], &ports);
    let request = HttpRequest::get(server.url("/")).with_header("X-Api-Key", "secret").with_header("Accept", "a/b");
    scene.fetch(request).await.unwrap();
    assert!(server.requests()[0].contains("secret"));
    assert!(!other.requests()[0].contains("secret") && other.requests()[0].contains("a/b"));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_leads_nowhere() {
    let server =
        Server::start(
            |request| {
                if request.starts_with("GET /again") { redirect(302, "/inside") } else { vec![text_of(OK)] }
            },
        )
        .await;
    let names: &[(&str, &[&[&str]])] =
        &[("site.example", &[&["127.0.0.1"], &["127.0.0.2"]]), ("both.example", &[&["127.0.0.2", "127.0.0.1"]])];
    let scene = Scene::new(names, &[format!("127.0.0.1:{}", server.port)]);
    // The first connection goes to the address that is open, the second one would go to the other.
    assert!(is_closed(&scene.get(&server.url("/again")).await));
    let both = server.url("/").replace("site", "both");
    assert_eq!(scene.get(&both).await.unwrap().status, 200, "of several only what is open is connected to");
}

#[tokio::test]
async fn other_rules_make_other_connections() {
    let server = Server::text(OK).await;
    let mut scene = Scene::open(server.port);
    assert_eq!(scene.get(&server.url("/")).await.unwrap().status, 200);
    scene.errand.allow = std::sync::Arc::from([]);
    assert!(scene.get(&server.url("/")).await.is_err());
}

#[tokio::test]
async fn who_asks_too_often_is_told_so() {
    let server = Server::text(OK).await;
    let scene = Scene::open(server.port);
    let mut n_answers = 0;
    while scene.get(&server.url("/")).await.is_ok() {
        n_answers += 1;
    }
    assert_eq!(scene.get(&server.url("/")).await, Err(HttpError::Busy));
    assert!((20..40).contains(&n_answers), "{n_answers}");
}

#[tokio::test]
async fn headers_and_bodies_have_bounds() {
    let scene = Scene::open(1);
    let refused = |it: &Result<_, HttpError>| matches!(it, Err(HttpError::Request { .. }));
    assert!(refused(&scene.fetch(HttpRequest::get("http://site.example/").with_header("Host", "x")).await));
    assert!(refused(&scene.fetch(HttpRequest::post("http://site.example/", vec![0; (1 << 20) + 1])).await));
}

fn put(url: String, is_near: bool) -> Put {
    Put {
        plugin: PluginName::new("links").unwrap(),
        url,
        headers: vec![("Authorization".to_owned(), "k".to_owned()), ("X-Other".to_owned(), "no".to_owned())],
        media_type: "image/png".to_owned(),
        bytes: b"PNG".to_vec(),
        allow: std::sync::Arc::from([]),
        is_near,
    }
}

#[tokio::test]
async fn a_file_goes_where_its_slot_says_and_nowhere_else() {
    let server = Server::start(|request| {
        let is_good = request.starts_with("PUT /good");
        if is_good { vec![text_of("HTTP/1.1 201 Created\nContent-Length: 0\n\n")] } else { redirect(307, "/good") }
    })
    .await;
    let scene = Scene::open(server.port);
    scene.client.put(put(server.url("/good"), true)).await.unwrap();
    let request = server.requests().remove(0);
    let head = request.to_ascii_lowercase();
    assert!(head.contains("authorization: k") && head.contains("content-type: image/png"), "{request}");
    assert!(!head.contains("x-other") && request.ends_with("\r\n\r\nPNG"), "{request}");
    assert_eq!(scene.client.put(put(server.url("/elsewhere"), true)).await, Err(PutError::Status(307)));
    assert_eq!(server.requests().len(), 2);
    // A server out there names no place in our house, and none without encryption.
    let far = scene.client.put(put(server.url("/good"), false)).await;
    assert!(matches!(far, Err(PutError::Http(HttpError::Insecure { .. }))), "{far:?}");
    let far = scene.client.put(put(server.url("/good").replace("http:", "https:"), false)).await;
    assert!(matches!(far, Err(PutError::Http(HttpError::Closed { .. }))), "{far:?}");
    assert_eq!(server.requests().len(), 2);
}
