//! Taking back what one said oneself (XEP-0424), and the frame of its old version (XEP-0422).

use minidom::Element;
use xso::{AsXml, FromXml};

/// The namespace of version 0.
pub const NS_0: &str = "urn:xmpp:message-retract:0";
/// The namespace of version 1.
pub const NS_1: &str = "urn:xmpp:message-retract:1";
/// The namespace of `<apply-to/>`.
pub const NS_FASTEN: &str = "urn:xmpp:fasten:0";

/// `<retract/>` of version 0, as it stands inside other elements.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug)]
#[xml(namespace = NS_0, name = "retract")]
pub struct Retract0;

/// `<retract/>` of version 1, as it stands inside other elements.
#[derive(FromXml, AsXml, Clone, PartialEq, Eq, Debug)]
#[xml(namespace = NS_1, name = "retract")]
pub struct Retract1;

/// The id of the message that a `<retract/>` or an `<apply-to/>` takes back.
#[must_use]
pub fn target(element: &Element) -> Option<&str> {
    let is_fastened = element.is("apply-to", NS_FASTEN) && element.has_child("retract", NS_0);
    (is_fastened || element.is("retract", NS_1)).then(|| element.attr("id")).flatten()
}
