//! `<x xmlns='http://jabber.org/protocol/muc#user'/>` (XEP-0045), read leniently.
//!
//! `xmpp_parsers::muc::MucUser` refuses the whole element for one status code that it does not know, or for an `<item/>`
//! without a role, as archives of ejabberd have them.

use domovoi_plugin::{Affiliation, Nick, Role, jid::Jid};
use minidom::Element;
use xmpp_parsers::ns;

use super::attribute::attr;
use crate::muc::inbound::{Destroy, Item, Status};

/// What it says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MucUser {
    /// Status codes in their order.
    pub statuses: Vec<Status>,
    /// Items in their order.
    pub items: Vec<Item>,
    /// `<destroy/>`.
    pub destroy: Option<Destroy>,
    /// A mediated invitation to us (§7.8.2).
    pub invite: Option<Word>,
    /// Someone declined an invitation of ours.
    pub decline: Option<Word>,
    /// The password that goes with an invitation.
    pub password: Option<String>,
    /// The first thing that was not understood, and left out.
    pub malformed: Option<&'static str>,
}

/// What an `<invite/>` or a `<decline/>` says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Whose word it is, as the room claims.
    pub from: Option<Jid>,
    /// Why.
    pub reason: Option<String>,
}

impl MucUser {
    /// Whether this element is one.
    #[must_use]
    pub fn matches(element: &Element) -> bool {
        element.is("x", ns::MUC_USER)
    }

    /// Reads it.
    #[must_use]
    pub fn read(element: &Element) -> Self {
        let mut it = Self::default();
        for child in element.children().filter(|child| child.has_ns(ns::MUC_USER)) {
            it.child(child);
        }
        it
    }

    fn child(&mut self, child: &Element) {
        match child.name() {
            "status" => match attr(child, "code").and_then(|code| code.parse().ok()) {
                Some(code) => self.statuses.push(Status::from_code(code)),
                None => self.note("a status without a number"),
            },
            "item" => {
                let item = self.item(child);
                self.items.push(item);
            }
            "destroy" => {
                self.destroy = Some(Destroy {
                    venue: child.attr("jid").and_then(|jid| Jid::new(jid).ok()).map(Jid::into_bare),
                    reason: text_of(child, "reason"),
                    password: text_of(child, "password"),
                });
            }
            "invite" => self.invite = Some(word(child)),
            "decline" => self.decline = Some(word(child)),
            "password" => self.password = Some(child.text()),
            _ => {}
        }
    }

    fn item(&mut self, element: &Element) -> Item {
        let mut item = Item {
            affiliation: self.word(element, "affiliation").unwrap_or(Affiliation::None),
            role: self.word(element, "role").unwrap_or(Role::None),
            jid: self.word(element, "jid"),
            nick: self.word(element, "nick"),
            actor: None,
            reason: text_of(element, "reason"),
        };
        if let Some(actor) = element.children().find(|child| child.name() == "actor") {
            item.actor = self.word::<Nick>(actor, "nick");
        }
        item
    }

    fn word<T: std::str::FromStr>(&mut self, element: &Element, name: &'static str) -> Option<T> {
        let parsed = attr(element, name)?.parse().ok();
        if parsed.is_none() {
            self.note(match name {
                "affiliation" => "an unknown affiliation",
                "role" => "an unknown role",
                "jid" => "an item with a broken JID",
                _ => "an item with a broken nick",
            });
        }
        parsed
    }

    fn note(&mut self, why: &'static str) {
        self.malformed.get_or_insert(why);
    }
}

fn word(element: &Element) -> Word {
    Word { from: element.attr("from").and_then(|jid| Jid::new(jid).ok()), reason: text_of(element, "reason") }
}

fn text_of(element: &Element, name: &str) -> Option<String> {
    element.children().find(|child| child.name() == name).map(Element::text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> MucUser {
        let xml = format!("<x xmlns='http://jabber.org/protocol/muc#user'>{inner}</x>");
        MucUser::read(&xml.parse().unwrap())
    }

    #[test]
    fn unknown_status_is_kept_as_number() {
        let it = read("<status code='110'/><status code='999'/><status code='x'/><status/>");
        assert_eq!(it.statuses, [Status::OwnPresence, Status::Other(999)]);
        assert_eq!(it.malformed, Some("a status without a number"));
    }

    #[test]
    fn item_keeps_what_is_understood() {
        let it = read("<item affiliation='emperor' role='visitor' jid='@@' nick='new'><actor nick='boss'/></item>");
        assert_eq!(it.malformed, Some("an unknown affiliation"));
        let [item] = it.items.as_slice() else { panic!("one item: {it:?}") };
        assert_eq!((item.affiliation, item.role), (Affiliation::None, Role::Visitor));
        assert_eq!(item.jid, None);
        assert_eq!(item.nick, Some(Nick::new("new").unwrap()));
        assert_eq!(item.actor, Some(Nick::new("boss").unwrap()));
    }

    #[test]
    fn several_items_are_several_sessions() {
        let it = read("<item jid='a@h/x' role='participant'/><item jid='a@h/y' role='participant'/>");
        assert_eq!(it.items.len(), 2);
        assert_eq!(it.malformed, None);
    }

    #[test]
    fn destroy_names_the_venue() {
        let it = read("<destroy jid='new@rooms.localhost'><reason>moved</reason><password>p</password></destroy>");
        let destroy = it.destroy.unwrap();
        assert_eq!(destroy.venue.unwrap().as_str(), "new@rooms.localhost");
        assert_eq!((destroy.reason.as_deref(), destroy.password.as_deref()), (Some("moved"), Some("p")));
    }
}
