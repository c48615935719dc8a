//! Asking others: servers, rooms, clients; and reading what they answer.
//!
//! Each question is a stanza under an id of [`super::iq::IqTable`]. Answers come from strangers: whatever is not
//! there, or not understood, is absent from the value.

use std::time::Duration;

use domovoi_plugin::{Account, Affiliation, Features, ListEntry, Moderation, jid::Jid};
use minidom::Element;
use xmpp_parsers::{
    disco::{DiscoInfoQuery, DiscoItemsQuery},
    iq::{Iq, IqHeader, IqPayload},
    ns,
    ping::Ping,
    stanza::Stanza,
    version::VersionQuery,
};

use super::payload::{data_form, last_activity::LastActivity, muc_admin, time::Time};

/// XEP-0489.
const NS_ACCOUNT: &str = "urn:xmpp:raa:0";

/// The page of an archive that an answer closes (XEP-0313 §4.3, XEP-0059).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// Whether it was the last one.
    pub is_complete: bool,
    /// The archive's id of its last message; `None` if the page was empty.
    pub last: Option<String>,
}

/// How long is the way there and back (XEP-0199)?
#[must_use]
pub fn ping(to: Jid, id: String) -> Stanza {
    get(to, id, Ping.into())
}

/// Which software is it (XEP-0092)?
#[must_use]
pub fn version(to: Jid, id: String) -> Stanza {
    get(to, id, VersionQuery.into())
}

/// What time is it there (XEP-0202)?
#[must_use]
pub fn time(to: Jid, id: String) -> Stanza {
    get(to, id, Time::default().into())
}

/// How long idle, or for a server, how long up (XEP-0012)?
#[must_use]
pub fn last(to: Jid, id: String) -> Stanza {
    get(to, id, LastActivity::default().into())
}

/// What does it offer (XEP-0030)?
#[must_use]
pub fn disco_info(to: Jid, id: String) -> Stanza {
    get(to, id, DiscoInfoQuery { node: None }.into())
}

/// What belongs to it (XEP-0030 §4)?
#[must_use]
pub fn disco_items(to: Jid, id: String) -> Stanza {
    get(to, id, DiscoItemsQuery { node: None, rsm: None }.into())
}

/// What does its server say of this account (XEP-0489)?
#[must_use]
pub fn account(to: Jid, id: String) -> Stanza {
    get(to, id, Element::builder("query", NS_ACCOUNT).build())
}

/// Who has this affiliation (XEP-0045 §9)?
#[must_use]
pub fn list(to: Jid, id: String, affiliation: Affiliation) -> Stanza {
    get(to, id, muc_admin::list(affiliation))
}

/// A question of this kind.
#[must_use]
pub fn get(to: Jid, id: String, payload: Element) -> Stanza {
    Iq::assemble(IqHeader { from: None, to: Some(to), id }, IqPayload::Get(payload)).into()
}

/// The software as `name version (system)`, as far as it says.
#[must_use]
pub fn read_version(answer: &Element) -> Option<String> {
    let part = |name: &str| answer.get_child(name, ns::VERSION).map(Element::text).filter(|it| !it.is_empty());
    let named: Vec<String> = [part("name"), part("version")].into_iter().flatten().collect();
    let text = match (named.is_empty(), part("os")) {
        (true, _) => return None,
        (false, Some(os)) => format!("{} ({os})", named.join(" ")),
        (false, None) => named.join(" "),
    };
    Some(text)
}

/// The time there, `2026-11-22 17:29:01 +02:00`, by its own clock and in its own zone.
#[must_use]
pub fn read_time(answer: &Element) -> Option<String> {
    let part = |name: &str| answer.get_child(name, ns::TIME).map(Element::text);
    let utc: jiff::Timestamp = part("utc")?.trim().parse().ok()?;
    let tzo = part("tzo").unwrap_or_default().replace('Z', "+00:00");
    let seconds = offset_seconds(tzo.trim()).unwrap_or(0);
    let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
    Some(utc.to_zoned(offset.to_time_zone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string())
}

/// `+02:00` or `-03:30` in seconds.
fn offset_seconds(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| sign * (i32::from(hours) * 3_600 + i32::from(minutes) * 60))
}

/// How long idle, or up.
#[must_use]
pub fn read_last(answer: &Element) -> Option<Duration> {
    answer.attr("seconds")?.parse().ok().map(Duration::from_secs)
}

/// What kind of thing answered, `category/type`, from its disco#info; the bot among several.
#[must_use]
pub fn read_identity(answer: &Element) -> Option<String> {
    let is_identity = |it: &&Element| it.name() == "identity" && it.has_ns(ns::DISCO_INFO);
    let text = |it: &Element| Some(format!("{}/{}", it.attr("category")?, it.attr("type")?));
    let all: Vec<String> = answer.children().filter(is_identity).filter_map(text).collect();
    all.iter().find(|it| *it == "client/bot").or_else(|| all.first()).cloned()
}

/// What a server says of an account. The element may be the answer itself or stand in it.
#[must_use]
pub fn read_account(answer: &Element) -> Option<Account> {
    let is_info = |it: &Element| it.is("info", NS_ACCOUNT);
    let info = if is_info(answer) { answer } else { answer.children().find(|it| is_info(it))? };
    let trust = info.attr("trust").and_then(|it| it.trim().parse::<u8>().ok()).map(|it| it.min(100));
    Some(Account {
        affiliation: info.attr("affiliation")?.chars().take(32).collect(),
        since: info.attr("since").and_then(|it| it.trim().parse().ok()),
        trust,
    })
}

/// What a room offers (XEP-0045 §6.4), from its disco#info.
#[must_use]
pub fn features(answer: &Element) -> Features {
    let mut features = Features::default();
    for child in answer.children().filter(|it| it.has_ns(ns::DISCO_INFO)) {
        match (child.name(), child.attr("var")) {
            ("feature", Some(var)) => feature(&mut features, var),
            ("identity", _) if child.attr("category") == Some("conference") => {
                features.name = child.attr("name").filter(|it| !it.is_empty()).map(str::to_owned);
            }
            _ => {}
        }
    }
    let is_about_room =
        |form: &&Element| data_form::form_type(form).as_deref() == Some("http://jabber.org/protocol/muc#roominfo");
    let mut forms = answer.children().filter(|it| it.is("x", ns::DATA_FORMS));
    if let Some(form) = forms.find(is_about_room) {
        features.lang = data_form::value(form, "muc#roominfo_lang");
        features.name = features.name.or_else(|| data_form::value(form, "muc#roomconfig_roomname"));
    }
    features
}

fn feature(features: &mut Features, var: &str) {
    match var {
        "muc_moderated" => features.is_moderated = true,
        "muc_membersonly" => features.is_members_only = true,
        "muc_nonanonymous" => features.is_non_anonymous = true,
        "muc_passwordprotected" => features.has_password = true,
        "muc_persistent" => features.is_persistent = true,
        ns::MAM => features.has_archive = true,
        ns::SID => features.has_stanza_ids = true,
        ns::OID => features.has_occupant_ids = true,
        "urn:xmpp:message-moderate:0" => features.moderation = features.moderation.max(Moderation::V0),
        "urn:xmpp:message-moderate:1" => features.moderation = Moderation::V1,
        _ => {}
    }
}

/// One of a room's lists; `None` if this is no such answer.
#[must_use]
pub fn read_list(answer: &Element) -> Option<Vec<ListEntry>> {
    muc_admin::entries(answer)
}

/// The end of a page of an archive; `None` if this is no such answer.
#[must_use]
pub fn read_page(answer: &Element) -> Option<Page> {
    let last = || answer.get_child("set", ns::RSM)?.get_child("last", ns::RSM).map(Element::text);
    answer.is("fin", ns::MAM).then(|| Page {
        is_complete: matches!(answer.attr("complete"), Some("true" | "1")),
        last: last().filter(|it| !it.is_empty()),
    })
}

#[cfg(test)]
mod tests;
