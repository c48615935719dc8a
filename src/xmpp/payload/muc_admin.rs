//! `muc#admin`: roles, affiliations and their lists (XEP-0045 §8, §9).

use domovoi_plugin::{Affiliation, ListEntry, Nick, Role, jid::BareJid, jid::Jid};
use minidom::Element;
use xso::{AsXml, FromXml};

/// The namespace.
pub const NS: &str = "http://jabber.org/protocol/muc#admin";

/// The query. It has one item, because Prosody carries out the first only and answers as if it had done all.
#[derive(FromXml, AsXml, Clone, PartialEq, Debug)]
#[xml(namespace = NS, name = "query")]
pub struct Query {
    /// Whom it is about, and what.
    #[xml(child)]
    pub item: Item,
}

/// What is to be set, or read.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug, Default)]
#[xml(namespace = NS, name = "item")]
pub struct Item {
    /// The affiliation.
    #[xml(attribute(default))]
    pub affiliation: Option<String>,
    /// The role.
    #[xml(attribute(default))]
    pub role: Option<String>,
    /// By bare JID, for affiliations.
    #[xml(attribute(default))]
    pub jid: Option<BareJid>,
    /// By nick, for roles.
    #[xml(attribute(default))]
    pub nick: Option<String>,
    /// Why.
    #[xml(extract(default, name = "reason", fields(text(type_ = String))))]
    pub reason: Option<String>,
}

impl Query {
    /// Sets a role.
    #[must_use]
    pub fn role(nick: &Nick, role: Role, reason: Option<String>) -> Self {
        let nick = Some(nick.as_str().to_owned());
        Self { item: Item { role: Some(role.as_str().to_owned()), nick, reason, ..Item::default() } }
    }

    /// Sets an affiliation.
    #[must_use]
    pub fn affiliation(jid: &BareJid, affiliation: Affiliation, reason: Option<String>) -> Self {
        let affiliation = Some(affiliation.as_str().to_owned());
        Self { item: Item { affiliation, jid: Some(jid.clone()), reason, ..Item::default() } }
    }

    /// Reads the list of an affiliation.
    #[must_use]
    pub fn list(affiliation: Affiliation) -> Self {
        Self { item: Item { affiliation: Some(affiliation.as_str().to_owned()), ..Item::default() } }
    }
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
