//! The mark that the byte fence leaves in a stanza that it had to empty.

use minidom::Element;

/// The namespace of the mark; nothing on the wire uses it.
pub const NS: &str = "urn:x-domovoi:fence:0";

/// What the fence found wrong, if this element is its mark.
#[must_use]
pub fn why(element: &Element) -> Option<&str> {
    element.is("malformed", NS).then(|| element.attr("why").unwrap_or("not well formed"))
}
