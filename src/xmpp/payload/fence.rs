//! The mark that the byte fence leaves in a stanza that it had to empty.

use minidom::Element;

/// The namespace of the mark; nothing on the wire uses it.
pub const NS: &str = "urn:x-domovoi:fence:0";

/// What the fence found wrong, if this element is its mark. A nick that only the JID parser does not know (most emoji)
/// is nothing wrong: it arrives encoded, and [`domovoi_plugin::Nick`] reads it back.
#[must_use]
pub fn why(element: &Element) -> Option<&str> {
    let why = element.is("malformed", NS).then(|| element.attr("why").unwrap_or("not well formed"))?;
    (why != "bad-jid").then_some(why)
}
