//! Questions and answers.

use insta::assert_snapshot;

use super::*;

fn element(xml: &str) -> Element {
    xml.parse().unwrap()
}

#[test]
fn questions_are_written() {
    let to = || Jid::new("room@muc/alice").unwrap();
    let all = [
        ping(to(), "1".into()),
        version(to(), "2".into()),
        time(to(), "3".into()),
        last(to(), "4".into()),
        disco_info(to(), "5".into()),
    ];
    let text: Vec<_> = all.iter().map(|it| String::from_utf8(xso::to_vec(it).unwrap()).unwrap()).collect();
    assert_snapshot!(text.join("\n"), @r"
    <iq xmlns='jabber:client' type='get' to='room@muc/alice' id='1'><ping xmlns='urn:xmpp:ping'></ping></iq>
    <iq xmlns='jabber:client' type='get' to='room@muc/alice' id='2'><query xmlns='jabber:iq:version'></query></iq>
    <iq xmlns='jabber:client' type='get' to='room@muc/alice' id='3'><time xmlns='urn:xmpp:time'></time></iq>
    <iq xmlns='jabber:client' type='get' to='room@muc/alice' id='4'><query xmlns='jabber:iq:last'></query></iq>
    <iq xmlns='jabber:client' type='get' to='room@muc/alice' id='5'><query xmlns='http://jabber.org/protocol/disco#info'></query></iq>
    ");
}

#[test]
fn version_is_put_together() {
    let check = |inner: &str, expected: Option<&str>| {
        let xml = format!("<query xmlns='jabber:iq:version'>{inner}</query>");
        assert_eq!(read_version(&element(&xml)).as_deref(), expected);
    };
    check("<name>Gajim</name><version>2.4</version><os>Debian</os>", Some("Gajim 2.4 (Debian)"));
    check("<name>Gajim</name><version/>", Some("Gajim"));
    check("<os>Debian</os>", None);
}

#[test]
fn time_is_told_in_its_own_zone() {
    let check = |utc: &str, tzo: &str, expected: Option<&str>| {
        let xml = format!("<time xmlns='urn:xmpp:time'><tzo>{tzo}</tzo><utc>{utc}</utc></time>");
        assert_eq!(read_time(&element(&xml)).as_deref(), expected, "{utc} {tzo}");
    };
    check("2026-11-22T15:29:01Z", "+02:00", Some("2026-11-22 17:29:01 +02:00"));
    check("2026-11-22T15:29:01.5Z", "-03:30", Some("2026-11-22 11:59:01 -03:30"));
    check("2026-11-22T15:29:01Z", "Z", Some("2026-11-22 15:29:01 +00:00"));
    for tzo in ["+99:00", "two", "+1:", "", "é"] {
        check("2026-11-22T15:29:01Z", tzo, Some("2026-11-22 15:29:01 +00:00"));
    }
    check("now", "+02:00", None);
}

#[test]
fn last_activity_is_a_span() {
    assert_eq!(read_last(&element("<query xmlns='jabber:iq:last' seconds='90'/>")), Some(Duration::from_secs(90)));
    assert_eq!(read_last(&element("<query xmlns='jabber:iq:last' seconds='-1'/>")), None);
    assert_eq!(read_last(&element("<query xmlns='jabber:iq:last'/>")), None);
}

fn room(features: &[&str], rest: &str) -> Features {
    let list: String = features.iter().map(|var| format!("<feature var='{var}'/>")).collect();
    super::features(&element(&format!("<query xmlns='http://jabber.org/protocol/disco#info'>{list}{rest}</query>")))
}

#[test]
fn features_of_prosody() {
    let features = room(
        &[
            "muc_unmoderated",
            "muc_persistent",
            "http://jabber.org/protocol/muc#request",
            "jabber:iq:register",
            "muc_unsecured",
            "urn:xmpp:mam:2",
            "urn:xmpp:mam:2#extended",
            "urn:xmpp:sid:0",
            "urn:xmpp:message-moderate:0",
            "muc_open",
            "urn:xmpp:occupant-id:0",
            "muc_semianonymous",
            "muc_public",
            "http://jabber.org/protocol/muc",
        ],
        "<identity category='conference' type='text' name='Garden'/><x xmlns='jabber:x:data' type='result'>\
         <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roominfo</value></field>\
         <field type='text-single' var='muc#roominfo_lang'><value>en</value></field>\
         <field type='text-single' var='muc#roominfo_description'><value/></field></x>",
    );
    let expected = Features {
        is_persistent: true,
        has_archive: true,
        has_stanza_ids: true,
        has_occupant_ids: true,
        moderation: Moderation::V0,
        name: Some("Garden".to_owned()),
        lang: Some("en".to_owned()),
        ..Features::default()
    };
    assert_eq!(features, expected);
}

#[test]
fn features_of_ejabberd() {
    let features = room(
        &[
            "vcard-temp",
            "http://jabber.org/protocol/muc",
            "http://jabber.org/protocol/disco#info",
            "muc_public",
            "muc_membersonly",
            "muc_nonanonymous",
            "muc_moderated",
            "muc_passwordprotected",
            "urn:xmpp:mam:1",
            "urn:xmpp:message-moderate:1",
            "urn:xmpp:message-moderate:0",
        ],
        "<identity type='text' category='conference'/><x xmlns='jabber:x:data' type='result'>\
         <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roominfo</value></field>\
         <field var='muc#roomconfig_roomname' type='of a kind nobody knows'><value>Сад</value></field></x>",
    );
    let expected = Features {
        is_moderated: true,
        is_members_only: true,
        is_non_anonymous: true,
        has_password: true,
        moderation: Moderation::V1,
        name: Some("Сад".to_owned()),
        ..Features::default()
    };
    assert_eq!(features, expected);
}

#[test]
fn page_of_an_archive_is_closed() {
    let check = |inner: &str, is_complete, last: Option<&str>| {
        let xml = format!("<fin xmlns='urn:xmpp:mam:2' {inner}</fin>");
        assert_eq!(read_page(&element(&xml)), Some(Page { is_complete, last: last.map(str::to_owned) }));
    };
    let set = "<set xmlns='http://jabber.org/protocol/rsm'><count>15</count><first>1</first><last>2</last></set>";
    check(&format!("complete='false'>{set}"), false, Some("2"));
    check(&format!(">{set}"), false, Some("2"));
    check("complete='true'><set xmlns='http://jabber.org/protocol/rsm'/>", true, None);
    assert_eq!(read_page(&element("<query xmlns='urn:xmpp:mam:2'/>")), None);
}

#[test]
fn an_account_is_read_as_far_as_its_server_tells() {
    let read = |xml: &str| read_account(&xml.parse().unwrap());
    let full = read("<info xmlns='urn:xmpp:raa:0' affiliation='registered' since='2024-01-02T00:00:00Z' trust='47'/>");
    assert_eq!(
        full,
        Some(Account {
            affiliation: "registered".to_owned(),
            since: "2024-01-02T00:00:00Z".parse().ok(),
            trust: Some(47)
        })
    );
    let odd = read("<query xmlns='urn:xmpp:raa:0'><info affiliation='anonymous' since='soon' trust='999'/></query>");
    assert_eq!(odd, Some(Account { affiliation: "anonymous".to_owned(), since: None, trust: None }));
    assert_eq!(read("<query xmlns='urn:xmpp:raa:0'/>"), None);
}
