//! Errors of stanzas (RFC 6120 §8.3), read leniently: an old server may leave out the condition.

use minidom::Element;
use xmpp_parsers::{ns, stanza_error as wire};

use crate::muc::inbound::StanzaError;

/// Whether this element is one.
#[must_use]
pub fn matches(element: &Element) -> bool {
    element.is("error", ns::DEFAULT_NS)
}

/// Reads the element.
#[must_use]
pub fn read(error: &Element) -> StanzaError {
    let mut it = unknown();
    if let Some(kind) = error.attr("type") {
        kind.clone_into(&mut it.kind);
    }
    for child in error.children().filter(|it| it.has_ns(ns::XMPP_STANZAS)) {
        let text = Some(child.text()).filter(|it| !it.is_empty());
        if child.name() == "text" {
            it.text = it.text.or(text);
        } else {
            child.name().clone_into(&mut it.condition);
            it.address = text;
        }
    }
    it
}

/// An error of which nothing is said.
#[must_use]
pub fn unknown() -> StanzaError {
    StanzaError { kind: "cancel".to_owned(), condition: "undefined-condition".to_owned(), text: None, address: None }
}

/// Reads what `xmpp-parsers` made of it.
#[must_use]
pub fn of_wire(error: wire::StanzaError) -> StanzaError {
    // There is no name of a condition to be had from the enum; the element has it.
    let condition: Element = error.defined_condition.into();
    StanzaError {
        kind: error.type_.to_string(),
        condition: condition.name().to_owned(),
        text: error.texts.into_values().next(),
        address: Some(condition.text()).filter(|it| !it.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_both_servers_are_read() {
        let check = |inner: &str, kind: &str, condition: &str, text: Option<&str>| {
            let xml = format!("<error xmlns='jabber:client' {inner}</error>");
            let error = read(&xml.parse().unwrap());
            assert_eq!((error.kind.as_str(), error.condition.as_str()), (kind, condition));
            assert_eq!(error.text.as_deref(), text);
        };
        let ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
        check(&format!("type='cancel' by='r@h'><conflict {ns}/>"), "cancel", "conflict", None);
        let said = format!("type='auth'><forbidden {ns}/><text {ns} xml:lang='en'>no</text>");
        check(&said, "auth", "forbidden", Some("no"));
        check("code='409'>", "cancel", "undefined-condition", None);
    }

    #[test]
    fn gone_has_an_address() {
        let ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
        let xml = format!("<error xmlns='jabber:client' type='cancel'><gone {ns}>xmpp:new@rooms?join</gone></error>");
        let element: Element = xml.parse().unwrap();
        assert_eq!(read(&element).address.as_deref(), Some("xmpp:new@rooms?join"));
        assert_eq!(of_wire(element.clone().try_into().unwrap()), read(&element));
    }
}
