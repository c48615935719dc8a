//! Ourselves as others see us.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domovoi_stage::{
    server::{Kind, Options},
    xml::Element,
};
use sha1::{Digest as _, Sha1};

use super::{Scene, account, head};

/// One white pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEANl9ngAAAAABJRU5ErkJggg==";

const DISCO: &str = "http://jabber.org/protocol/disco#info";

/// The hash of a client's features as XEP-0115 §5.1 says, from what it answers.
fn ver(query: &Element) -> String {
    let of = |it: &Element, name: &str| it.attr(name).unwrap_or_default().to_owned();
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all.into_iter().map(|it| it + "<").collect::<String>()
    };
    let children = |name: &'static str| query.children.iter().filter(move |it| it.name == name);
    let identity =
        |it: &Element| format!("{}/{}/{}/{}", of(it, "category"), of(it, "type"), of(it, "xml:lang"), of(it, "name"));
    let mut text = sorted(children("identity").map(identity).collect());
    text += &sorted(children("feature").map(|it| of(it, "var")).collect());
    for form in children("x") {
        let values = |field: &Element| sorted(field.find_all("value").iter().map(|it| it.text.clone()).collect());
        let fields = || form.children.iter().filter(|it| it.name == "field");
        text += &fields().filter(|it| it.attr("var") == Some("FORM_TYPE")).map(values).collect::<String>();
        let mut others: Vec<&Element> = fields().filter(|it| it.attr("var") != Some("FORM_TYPE")).collect();
        others.sort_by_key(|it| of(it, "var"));
        text += &others.iter().map(|it| format!("{}<{}", of(it, "var"), values(it))).collect::<String>();
    }
    STANDARD.encode(Sha1::digest(text))
}

async fn bot_is_a_polite_entity(kind: Kind) -> Result<()> {
    let mut scene = Scene::build(kind, Options::default()).await?;
    fs::write(scene.bot.dir().join("face.png"), STANDARD.decode(PNG)?)?;
    let config = head("avatar = \"face.png\"\npresence = \"I watch the house\"")
        + &account(&scene.server, "keeper", scene.proxy.address(), "")
        + &format!("[rooms.\"{}\"]\n", scene.room);
    scene.bot.write_config(&config)?;
    scene.bot.launch()?;
    let presence = scene.comes("domovoi").await?;
    ensure!(presence.child("status").is_some_and(|it| it.text == "I watch the house"), "{presence}");
    answers_questions(&scene, &presence).await.with_context(|| scene.tail())?;
    shows_its_face(&scene, &presence).await.with_context(|| scene.tail())?;
    sends_no_errors_to_rooms(&scene).await.with_context(|| scene.tail())
}

async fn answers_questions(scene: &Scene, presence: &Element) -> Result<()> {
    let (boss, occupant) = (&scene.boss, format!("{}/domovoi", scene.room));
    let full_jid = presence.item("jid").context("the room hides the bot's JID")?;
    let caps = presence.child("c").context("no capabilities in the presence")?;
    let (node, said) = (caps.attr("node").unwrap_or_default(), caps.attr("ver").unwrap_or_default());
    for to in [occupant.as_str(), full_jid] {
        let query = format!("<query xmlns='{DISCO}' node='{node}#{said}'/>");
        let info = boss.iq_ok("get", to, &query).await?;
        let info = info.child("query").context("an empty answer")?;
        let identity = info.child("identity").context("no identity")?;
        ensure!((identity.attr("category"), identity.attr("type")) == (Some("client"), Some("bot")), "{info}");
        ensure!(ver(info) == said, "{said} is not the hash of {info}");
        boss.iq_ok("get", to, "<ping xmlns='urn:xmpp:ping'/>").await?;
        let version = boss.iq_ok("get", to, "<query xmlns='jabber:iq:version'/>").await?;
        ensure!(version.find("name").is_some_and(|it| it.text == "domovoi"), "{version}");
        let time = boss.iq_ok("get", to, "<time xmlns='urn:xmpp:time'/>").await?;
        ensure!(time.find("utc").is_some_and(|it| it.text.ends_with('Z')), "{time}");
        // ejabberd keeps this question from everybody but subscribers.
        if scene.server.kind() == Kind::Prosody {
            let last = boss.iq_ok("get", to, "<query xmlns='jabber:iq:last'/>").await?;
            ensure!(last.child("query").is_some_and(|it| it.attr("seconds").is_some()), "{last}");
        }
        for kind in ["get", "set"] {
            let unknown = boss.iq(kind, to, "<query xmlns='urn:example:unknown'/>").await?;
            ensure!(unknown.condition() == Some("service-unavailable"), "{unknown}");
            ensure!(unknown.child("error").and_then(|it| it.attr("type")) == Some("cancel"), "{unknown}");
        }
    }
    Ok(())
}

async fn shows_its_face(scene: &Scene, presence: &Element) -> Result<()> {
    let hash: String = Sha1::digest(STANDARD.decode(PNG)?).iter().map(|it| format!("{it:02x}")).collect();
    let update = presence.child_ns("x", "vcard-temp:x:update").context("no photo in the presence")?;
    ensure!(update.child("photo").is_some_and(|it| it.text == hash), "{update}");
    // The presence goes out first, the picture after it; what the bot says in the room comes later than both.
    scene.echoes("have a look").await?;
    let vcard = scene.boss.iq_ok("get", "keeper@localhost", "<vCard xmlns='vcard-temp'/>").await?;
    let photo = vcard.find("BINVAL").map(|it| it.text.split_whitespace().collect::<String>());
    ensure!(photo.as_deref() == Some(PNG), "{vcard}");
    let items = |node: &str| {
        format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}' max_items='1'/></pubsub>")
    };
    let data = scene.boss.iq_ok("get", "keeper@localhost", &items("urn:xmpp:avatar:data")).await?;
    let item = data.find("item").context("no avatar")?;
    ensure!(item.attr("id") == Some(hash.as_str()), "{item}");
    ensure!(item.find("data").is_some_and(|it| it.text == PNG), "{item}");
    let metadata = scene.boss.iq_ok("get", "keeper@localhost", &items("urn:xmpp:avatar:metadata")).await?;
    ensure!(metadata.find("info").is_some_and(|it| it.attr("type") == Some("image/png")), "{metadata}");
    Ok(())
}

/// A room removes whoever answers its messages with errors.
async fn sends_no_errors_to_rooms(scene: &Scene) -> Result<()> {
    let (boss, room) = (&scene.boss, &scene.room);
    for what in [
        "<message type='groupchat' to='ROOM'><query xmlns='urn:example:odd'/></message>",
        "<message type='chat' to='ROOM/domovoi'><query xmlns='urn:example:odd'/></message>",
        "<message type='odd' to='ROOM/domovoi'><subject>odd</subject></message>",
        "<message type='groupchat' to='ROOM'><body/><body xml:lang='xx'/><thread/></message>",
        "<presence to='ROOM'><priority>odd</priority></presence>",
    ] {
        boss.send_raw(&what.replace("ROOM", room)).await?;
    }
    scene.echoes("unmoved").await?;
    boss.nothing_like("error of the bot", |it| it.kind() == "error" && it.nick() == "domovoi")
}

#[tokio::test]
async fn bot_is_a_polite_entity_on_prosody() -> Result<()> {
    bot_is_a_polite_entity(Kind::Prosody).await
}

#[tokio::test]
async fn bot_is_a_polite_entity_on_ejabberd() -> Result<()> {
    bot_is_a_polite_entity(Kind::Ejabberd).await
}
