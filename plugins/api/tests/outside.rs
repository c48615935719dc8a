//! The web, files and corrections, on the bench.
#![allow(clippy::unwrap_used, clippy::panic, reason = "allow-unwrap-in-tests does not reach helper functions")]

use domovoi_plugin::{
    ActError, Action, Affiliation, Call, CommandSpec, Context, Fault, HttpAnswer, HttpError, HttpRequest, Manifest,
    MessageId, Outcome, Plugin, PluginName, Power, Text, UploadError, UploadFile, async_trait, testing::Bench,
};

/// Fetches a page and says its first line; draws a picture and shows it; counts, and corrects itself.
struct Fetcher;

#[async_trait]
impl Plugin for Fetcher {
    fn manifest(&self) -> Manifest {
        Manifest {
            powers: &[Power::Say, Power::Http, Power::Upload],
            commands: vec![
                CommandSpec::new("page", "p"),
                CommandSpec::new("draw", "d"),
                CommandSpec::new("count", "c"),
            ],
            ..Manifest::new(PluginName::new("fetcher").unwrap())
        }
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let room = cx.room.clone().unwrap();
        let act = |action| cx.services.rooms.act(&room, action, None);
        match call.command {
            "page" => {
                let request = HttpRequest::get("https://example.org/").with_header("Accept", "text/html").first(20);
                match cx.services.http.fetch(request).await {
                    Ok(answer) => cx.reply(Text::plain(format!("{} {}", answer.status, answer.text()))).await,
                    Err(error) => cx.reply(error.text()).await,
                }
            }
            "draw" => {
                let file = UploadFile {
                    name: "a.png".to_owned(),
                    media_type: "image/png".to_owned(),
                    bytes: b"\x89PNG".to_vec(),
                };
                match cx.services.upload.upload(Some(&room), file).await {
                    Ok(url) => drop(act(Action::Share { url }).await?),
                    Err(error) => cx.reply(error.text()).await,
                }
            }
            _ => {
                let wrong = act(Action::Correct { replaces: Some(MessageId::new("x")), text: "y".to_owned() }).await;
                assert_eq!(wrong, Err(ActError::NotOurs));
                let Outcome::Said(first) = act(Action::Say { text: "one".to_owned() }).await? else { panic!() };
                act(Action::Say { text: "two".to_owned() }).await?;
                act(Action::Correct { replaces: Some(first.into()), text: "1".to_owned() }).await?;
                act(Action::Correct { replaces: None, text: "2".to_owned() }).await?;
            }
        }
        Ok(())
    }
}

fn scene(line: &str, prepare: impl FnOnce(&Bench)) -> Vec<String> {
    let bench = Bench::new(Box::new(Fetcher));
    let room = bench.room("garden@chat.example", Affiliation::Admin);
    let alice = room.join("alice", Affiliation::None);
    prepare(&bench);
    alice.says(line);
    bench.answers()
}

#[test]
fn what_is_fetched_is_answered_from_a_table() {
    let page = |answer: HttpAnswer| scene("!page", |it| it.http("https://example.org/", answer));
    assert_eq!(page(HttpAnswer::ok("hello")), ["bot: alice: 200 hello"]);
    let russian = HttpAnswer::ok(b"\xef".to_vec()).with_header("Content-Type", "text/plain; charset=windows-1251");
    assert_eq!(page(russian), ["bot: alice: 200 п"]);
    assert_eq!(page(HttpAnswer::ok("x".repeat(100))), [format!("bot: alice: 200 {}", "x".repeat(20))]);
    let error = HttpError::NoHost { host: "example.org".to_owned() };
    assert_eq!(
        scene("!page", |it| it.http_fails("https://example.org/", error)),
        ["bot: alice: There is no host example.org."]
    );
}

#[test]
#[should_panic(expected = "GET https://example.org/ has no answer on this bench")]
fn an_address_without_an_answer_fails_the_test_by_its_name() {
    scene("!page", |_| ());
}

#[test]
fn an_address_without_an_answer_can_be_asked_for_later() {
    let bench = Bench::new(Box::new(Fetcher));
    let room = bench.room("garden@chat.example", Affiliation::Admin);
    bench.note_unanswered();
    room.join("alice", Affiliation::None).says("!page");
    assert_eq!(bench.http_unanswered(), ["https://example.org/"]);
    assert_eq!(bench.http_requests().len(), 1);
}

#[test]
fn who_was_not_given_the_power_fetches_and_uploads_nothing() {
    let answers = scene("!page", |it| it.grant(&[Power::Say]));
    assert_eq!(answers, ["bot: alice: I was not given the power “http” here."]);
    let answers = scene("!draw", |it| it.grant(&[Power::Say]));
    assert_eq!(answers, ["bot: alice: I was not given the power “upload” here."]);
}

#[test]
fn a_file_is_uploaded_and_shown() {
    assert_eq!(scene("!draw", |_| ()), ["bot shows https://upload.example/1/a.png"]);
    let answers = scene("!draw", |it| it.refuse_uploads(UploadError::NoService));
    assert_eq!(answers, ["bot: alice: The server of my account takes no files."]);
}

#[test]
fn only_own_words_are_corrected() {
    assert_eq!(scene("!count", |_| ()), ["bot says: one", "bot says: two", "bot corrects d2: 1", "bot corrects: 2"]);
}

#[test]
fn names_and_types_of_files_are_checked() {
    let check = |name: &str, media_type: &str, bytes: &[u8], expected: bool| {
        let file = UploadFile { name: name.to_owned(), media_type: media_type.to_owned(), bytes: bytes.to_vec() };
        assert_eq!(file.check().is_ok(), expected, "{name} {media_type}");
    };
    check("a.png", "image/png", b"x", true);
    check("картинка.png", "image/svg+xml", b"x", true);
    check("../a.png", "image/png", b"x", false);
    check(".a", "image/png", b"x", false);
    check("a\nb", "image/png", b"x", false);
    check("", "image/png", b"x", false);
    check("a.png", "png", b"x", false);
    check("a.png", "image/png\r\nX: y", b"x", false);
    check("a.png", "image/png", b"", false);
}
