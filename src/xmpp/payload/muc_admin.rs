//! `muc#admin`: roles, affiliations and their lists (XEP-0045 §8, §9).
//!
//! Made by hand: what stops people goes this way, and a derived value is first made into the events of a parser and then
//! from these into an element.

use domovoi_plugin::{Affiliation, ListEntry, Nick, Role, jid::BareJid, jid::Jid};
use minidom::{Element, element::ElementBuilder};
use xso::exports::rxml::xml_ncname;

/// The namespace.
pub const NS: &str = "http://jabber.org/protocol/muc#admin";

/// The name of an attribute.
macro_rules! named {
    ($name:literal) => {
        xml_ncname!($name).to_owned()
    };
}

/// Sets a role. As all of these it has one item, because Prosody carries out the first only and answers as if it had
/// done all.
#[must_use]
pub fn role(nick: &Nick, role: Role, reason: Option<String>) -> Element {
    query(item().attr(named!("nick"), nick.as_str()).attr(named!("role"), role.as_str()), reason)
}

/// Sets an affiliation.
#[must_use]
pub fn affiliation(jid: &BareJid, affiliation: Affiliation, reason: Option<String>) -> Element {
    query(item().attr(named!("affiliation"), affiliation.as_str()).attr(named!("jid"), jid.as_str()), reason)
}

/// Reads the list of an affiliation.
#[must_use]
pub fn list(affiliation: Affiliation) -> Element {
    query(item().attr(named!("affiliation"), affiliation.as_str()), None)
}

fn item() -> ElementBuilder {
    Element::builder("item", NS)
}

fn query(item: ElementBuilder, reason: Option<String>) -> Element {
    let reason = reason.map(|it| Element::builder("reason", NS).append(it));
    Element::builder("query", NS).append(item.append_all(reason)).build()
}

/// The entries of an answered list; `None` if this is no such answer. Entries without a JID are left out.
#[must_use]
pub fn entries(answer: &Element) -> Option<Vec<ListEntry>> {
    let entry = |item: &Element| {
        let jid = Jid::new(item.attr("jid")?).ok()?.into_bare();
        let reason = item.get_child("reason", NS).map(Element::text).filter(|it| !it.is_empty());
        Some(ListEntry { jid, reason })
    };
    answer.is("query", NS).then(|| answer.children().filter(|it| it.name() == "item").filter_map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_servers_are_read() {
        let check = |xml: &str, expected: &[(&str, Option<&str>)]| {
            let entries = entries(&xml.parse().unwrap()).unwrap();
            let entries: Vec<_> = entries.iter().map(|it| (it.jid.as_str(), it.reason.as_deref())).collect();
            assert_eq!(entries, expected);
        };
        check(
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='carol@localhost'/>\
             <item affiliation='outcast' jid='evil.example'/><item affiliation='outcast'/></query>",
            &[("carol@localhost", None), ("evil.example", None)],
        );
        check(
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='evil.example' affiliation='outcast'>\
             <reason>domain</reason></item></query>",
            &[("evil.example", Some("domain"))],
        );
        assert_eq!(entries(&"<query xmlns='other'/>".parse().unwrap()), None);
    }
}
