//! Plugins and the world outside: fetching, reading pages, uploading, correcting what was said.

use std::sync::Arc;

use domovoi_plugin::Slot;

use super::loading::plugin;
use crate::{
    fetch::tests::server::{Piece, Server, text_of},
    host::testing::Scene,
};

const OK: &str = "HTTP/1.1 200 OK\nContent-Type: text/html; charset=koi8-r\nX-A: 1\nX-A: 2\n\n";

/// A server that answers a page, and to POST with what it was sent.
async fn server() -> Server {
    Server::start(|request| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
        let media_type =
            head.lines().find(|it| it.to_ascii_lowercase().starts_with("content-type")).unwrap_or_default();
        if head.starts_with("PUT") {
            return vec![text_of("HTTP/1.1 201 Created\nContent-Length: 0\n\n")];
        }
        if head.starts_with("POST") {
            return vec![text_of("HTTP/1.1 202 OK\n\n"), Piece::Bytes(format!("{media_type} {body}").into_bytes())];
        }
        if head.starts_with("GET /raw") {
            let head = "HTTP/1.1 200 OK\nContent-Type: image/png\n\n";
            return vec![text_of(head), Piece::Bytes(b"\x89PNG\x00\xff".to_vec())];
        }
        vec![text_of(OK), Piece::Bytes(b"<title>\xf0\xd2\xc9</title><a href=/x>one</a><a href=/y>two</a>".to_vec())]
    })
    .await
}

/// A scene with a plugin whose command `x` has this body, and which may fetch from the server.
async fn scene(server: &Server, powers: &str, body: &str) -> Scene {
    let config = format!(
        r#"
[bot]
owners = ["juliet@capulet.example"]
[accounts.main]
jid = "domovoi@example.org"
password = "x"
[rooms."garden@chat.example.org".plugins]
hello = true
[plugins.hello]
powers = [{powers}]
hosts = ["127.0.0.1:{port}", "closed.example"]
[http]
allow = ["127.0.0.1:{port}"]
"#,
        port = server.port
    );
    let text = format!(
        "return {{ name = 'hello', api = 1, powers = {{ 'http', 'upload' }}, commands = {{ {{ name = 'x', run = function(cx)\n\
         local URL = 'http://127.0.0.1:{}/'\n{body}\nend }} }} }}",
        server.port
    );
    Scene::with(&config, vec![Arc::new(plugin("hello", &text).await)]).await
}

async fn check(body: &str, expected: &[&str]) {
    let server = server().await;
    let scene = scene(&server, "\"http\", \"upload\"", body).await;
    let said = scene.say("alice", "!x").await;
    assert_eq!(said, expected, "{body}: {:?}", scene.host.faults.get(1).map(|it| it.what));
}

#[tokio::test]
async fn a_page_is_fetched_decoded_and_read() {
    check(
        "local page = cx.http:get(URL, { timeout = '5s', headers = { Accept = 'text/html' } })\n\
         cx:say(page.status .. ' ' .. tostring(page.ok) .. ' ' .. page.headers['x-a'] .. ' ' .. tostring(page.cut))\n\
         local html = cx.html.parse(page.body)\n\
         cx:say(html:first('title'):text())\n\
         for _, a in html:select('a[href]') do cx:say(a:attr('href') .. ' ' .. a:text()) end",
        &["200 true 1, 2 false", "При", "/x one", "/y two"],
    )
    .await;
}

#[tokio::test]
async fn what_is_sent_is_a_text_or_json() {
    check("cx:say(cx.http:post(URL, { a = 1 }).body)", &["content-type: application/json {\"a\":1}"]).await;
    check("cx:say(cx.http:post(URL, 'a\\0b').body)", &["content-type: text/plain; charset=utf-8 a\0b"]).await;
    check(
        "cx:say(cx.http:post(URL, 'a=b', { headers = { ['content-type'] = 'x/y' } }).body)",
        &["content-type: x/y a=b"],
    )
    .await;
}

#[tokio::test]
async fn what_is_no_text_comes_as_it_is() {
    check(
        "local b = cx.http:get(URL .. 'raw').body cx:say(#b .. ' ' .. b:byte(1) .. ' ' .. b:byte(6))",
        &["6 137 255"],
    )
    .await;
    check("local b = cx.http:get(URL, { raw = true }).body cx:say(tostring(b:byte(8)))", &["240"]).await;
    check(
        "local r = cx.http:get(URL, { max_bytes = 7, cut = true }) cx:say(r.body .. tostring(r.cut))",
        &["<title>true"],
    )
    .await;
}

#[tokio::test]
async fn what_cannot_be_fetched_says_why() {
    check(
        "local r, why = cx.http:get('http://closed.example:1/') cx:say(tostring(r) .. ' ' .. why)",
        &["nil I may not fetch from closed.example:1: an owner of mine would have to name it in “hosts” of the plugin hello."],
    )
    .await;
    check(
        "local r, why = cx.http:get('https://other.example/') cx:say(why)",
        &["I may not fetch from other.example: an owner of mine would have to name it in “hosts” of the plugin hello."],
    )
    .await;
    check(
        "local r, why = cx.http:get(URL, { max_bytes = 7 }) cx:say(why)",
        &["The answer of 127.0.0.1 is longer than 1 KiB."],
    )
    .await;
    check(
        "local ok, why = pcall(cx.http.get, cx.http, URL, { speed = 1 }) cx:say(why)",
        &["there is no option `speed`: there are headers, timeout, max_bytes, cut, raw"],
    )
    .await;
}

#[tokio::test]
async fn who_was_not_given_the_power_is_told_how_to_get_it() {
    let server = server().await;
    for (body, power) in [("cx.http:get(URL)", "http"), ("cx:upload('a.png', 'x', 'image/png')", "upload")] {
        let scene = scene(&server, "", body).await;
        assert!(scene.say("alice", "!x").await[0].starts_with("alice: That went wrong"));
        let what = scene.host.faults.get(1).unwrap().what;
        assert!(what.contains(&format!("was not given the power `{power}`")), "{what}");
        assert!(what.contains("init.lua:3:"), "{what}");
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_file_is_uploaded_and_shown() {
    let server = server().await;
    let body = "local url, why = cx:upload('a.png', '\\137PNG\\0', 'image/png')\n\
                if url then cx:share(url) else cx:say(why) end";
    let scene = scene(&server, "\"upload\"", body).await;
    assert_eq!(scene.say("alice", "!x").await, ["The server of my account takes no files."]);
    scene.stage.set_slot(Slot {
        put: format!("http://127.0.0.1:{}/put", server.port),
        get: "https://up.example/a.png".to_owned(),
        headers: vec![("Authorization".to_owned(), "k".to_owned())],
        server: Some("127.0.0.1".parse().unwrap()),
    });
    assert_eq!(scene.say("alice", "!x").await, ["shows https://up.example/a.png"]);
    let requests = server.requests();
    assert!(requests[0].starts_with("PUT /put") && requests[0].contains("PNG\0"), "{requests:?}");
}

#[tokio::test]
async fn own_words_are_corrected_by_their_id_or_as_the_last() {
    check(
        "local id = cx:say('one') cx:correct('1', id) cx:correct('2')",
        &["one", "corrects d7: 1", "corrects the last: 2"],
    )
    .await;
}

#[tokio::test]
async fn chance_can_be_given_a_seed() {
    let throws = async |seed| {
        let limits = super::super::limits::Limits { seed, ..Default::default() };
        let text = "return { name = 'hello', api = 1, commands = { { name = 'x', run = function(cx)\n\
                    cx:say(cx.random(1000000) .. ' ' .. cx.random(1000000)) end } } }";
        let code = super::super::code::Code::of_text("hello".parse().unwrap(), text);
        let plugin = super::super::LuaPlugin::of_code(code, limits).await.unwrap();
        let config = "[accounts.main]\njid = \"d@example.org\"\npassword = \"x\"\n\
                      [rooms.\"garden@chat.example.org\".plugins]\nhello = true\n";
        Scene::with(config, vec![Arc::new(plugin)]).await.say("alice", "!x").await
    };
    assert_eq!(throws(Some(7)).await, throws(Some(7)).await);
    assert_ne!(throws(Some(7)).await, throws(Some(8)).await);
    assert_ne!(throws(None).await, throws(None).await);
}
