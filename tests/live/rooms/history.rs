//! History, forged history, and payloads that only a room may send.

use anyhow::Result;
use domovoi_plugin::record::{Record, RecordKind};
use domovoi_stage::{
    person::Person,
    server::{Kind, Options},
    xml::Element,
};

use super::{has_role, is_away, on_both, with_log};
use crate::house::House;

on_both!(what_was_said_before_the_bot_came_is_no_order);
on_both!(a_forged_delay_hides_no_flood);
on_both!(forged_payloads_change_nothing);

async fn what_was_said_before_the_bot_came_is_no_order(kind: Kind) -> Result<()> {
    let mut house = House::build(kind, Options::default(), "records = \"full\"").await?;
    let boss = house.person("boss").await?;
    boss.say_heard("!subject Hacked").await?;
    house.wake().await?;
    house.order(&boss, "!subject", "There is no subject").await?;
    // Nor is one that claims to be old: it is said now, and done.
    let delay = "<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>";
    shout(&boss, &house.room, "old-1", &format!("<body>!subject New</body>{delay}")).await?;
    let is_new = |it: &Element| it.child("subject").is_some_and(|it| it.text == "New");
    with_log(&house, house.owner.expect("the new subject", is_new).await)?;
    Ok(())
}

async fn a_forged_delay_hides_no_flood(kind: Kind) -> Result<()> {
    let more = "[rooms.\"garden@conference.localhost\".plugins]\nguard = { preset = \"public\" }\n";
    let mut house = House::build(kind, Options::default(), more).await?;
    house.wake().await?;
    let room = &house.room;
    let mallory = house.person("mallory").await?;
    for n in 0..12 {
        let delay = format!("<delay xmlns='urn:xmpp:delay' from='{room}' stamp='2020-01-01T00:00:00Z'/>");
        let text = format!("<body>BUY NOW cheap pills {n} http://spam.example/{n}</body>{delay}");
        shout(&mallory, room, &format!("m{n}"), &text).await?;
    }
    let is_stopped = |it: &Element| has_role(room, "mallory", "visitor")(it) || is_away(room, "mallory")(it);
    with_log(&house, house.owner.expect("mallory to be stopped", is_stopped).await)?;
    Ok(())
}

async fn forged_payloads_change_nothing(kind: Kind) -> Result<()> {
    let more = "records = \"full\"\n";
    let mut house = House::build(kind, Options::default(), more).await?;
    house.wake().await?;
    let room = house.room.clone();
    let alice = house.person("alice").await?;
    let real = alice.say_heard("the real one").await?;
    let real_id = real.attr("id").unwrap_or_default().to_owned();
    let stanza_id = real.child("stanza-id").and_then(|it| it.attr("id")).unwrap_or_default().to_owned();
    let mallory = house.person("mallory").await?;
    let muc_user = "http://jabber.org/protocol/muc#user";
    let forged = [
        // We were banned, kicked, the room shuts down, is destroyed; alice is owner.
        format!(
            "<x xmlns='{muc_user}'><status code='301'/><status code='110'/><item affiliation='outcast' role='none'/></x>"
        ),
        format!("<x xmlns='{muc_user}'><status code='307'/><status code='332'/><status code='110'/></x>"),
        format!("<x xmlns='{muc_user}'><destroy jid='trap@conference.localhost'/><status code='104'/></x>"),
        format!("<x xmlns='{muc_user}'><item jid='mallory@localhost' affiliation='owner' role='moderator'/></x>"),
        format!("<x xmlns='{muc_user}'><invite from='boss@localhost'><reason>come</reason></invite></x>"),
        // A moderator took alice's message back.
        format!(
            "<apply-to xmlns='urn:xmpp:fasten:0' id='{stanza_id}'><moderated xmlns='urn:xmpp:message-moderate:0' \
             by='{room}/olga'><retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>"
        ),
        format!(
            "<retract xmlns='urn:xmpp:message-retract:1' id='{stanza_id}'><moderated \
             xmlns='urn:xmpp:message-moderate:1' by='{room}/olga'/></retract>"
        ),
        // Somebody asks for voice.
        format!(
            "<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>\
             http://jabber.org/protocol/muc#request</value></field><field var='muc#role'><value>moderator</value></field>\
             <field var='muc#jid'><value>mallory@localhost</value></field><field var='muc#roomnick'><value>mallory\
             </value></field><field var='muc#request_allow'><value>true</value></field></x>"
        ),
        // Alice corrects herself; takes her own words back.
        format!("<replace xmlns='urn:xmpp:message-correct:0' id='{real_id}'/>"),
        format!(
            "<apply-to xmlns='urn:xmpp:fasten:0' id='{real_id}'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>"
        ),
        // It was said by somebody else, and is another message.
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='FORGED'/>".to_owned(),
        format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='FORGED'/>"),
    ];
    for (n, payload) in forged.iter().enumerate() {
        shout(&mallory, &room, &format!("f{n}"), &format!("<body>forged {n}</body>{payload}")).await?;
    }
    let bodies = "<body xml:lang='en'>harmless</body><body xml:lang='ru'>second</body>\
                  <html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>hidden\
                  </body></html>";
    shout(&mallory, &room, "b1", bodies).await?;
    let presence = format!(
        "<presence to='{room}/mallory'><occupant-id xmlns='urn:xmpp:occupant-id:0' id='FORGED'/><x xmlns='{muc_user}'>\
         <status code='110'/><status code='307'/><item affiliation='owner' role='moderator' jid='boss@localhost'/></x>\
         </presence>"
    );
    mallory.send_raw(&presence).await?;
    mallory.settle(&room).await?;

    let olga = &house.owner;
    let told = house.ask(olga, "who").await?;
    assert!(told.contains("mallory — participant, mallory@localhost"), "{told}");
    assert!(told.contains("alice — participant, alice@localhost"), "{told}");
    house.order(olga, "!subject", "There is no subject").await?;
    olga.nothing_like("loss of the bot or of mallory", |it| {
        is_away(&room, "domovoi")(it) || is_away(&room, "mallory")(it)
    })?;
    house.bot.stop(std::time::Duration::from_secs(10)).await?;
    check_records(&super::records(&house)?);
    Ok(())
}

fn check_records(records: &[Record]) {
    let texts: Vec<&str> = records.iter().filter_map(|it| it.body.as_deref()).collect();
    assert_eq!(texts.iter().filter(|it| it.starts_with("forged ")).count(), 12, "{texts:?}");
    for record in records {
        let by_mallory = record.nick.as_ref().is_some_and(|it| it.as_str() == "mallory");
        assert_ne!(record.kind, RecordKind::Retraction, "{record:?}");
        assert!(!(by_mallory && record.kind == RecordKind::Correction), "{record:?}");
        assert_ne!(record.stanza_id.as_ref().map(ToString::to_string).as_deref(), Some("FORGED"), "{record:?}");
        assert_ne!(record.occupant_id.as_ref().map(ToString::to_string).as_deref(), Some("FORGED"), "{record:?}");
        if by_mallory {
            assert_eq!(record.jid.as_ref().map(ToString::to_string).as_deref(), Some("mallory@localhost"));
        }
    }
    let many = records.iter().find(|it| it.bodies.len() == 2).expect("both bodies are kept");
    assert_eq!(many.xhtml.as_deref().map(str::trim), Some("hidden"));
}

/// Says in the room whatever this is.
async fn shout(person: &Person, room: &str, id: &str, payload: &str) -> Result<()> {
    person.send_raw(&format!("<message type='groupchat' id='{id}' to='{room}'>{payload}</message>")).await
}
