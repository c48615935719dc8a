//! One attribute of an element, for what is read of every stanza.

use minidom::Element;

/// The attribute of this name that has no prefix.
///
/// An element has a few, and going through them is quicker than [`Element::attr`]: that one compares empty namespaces
/// first, and comparing nothing takes some C libraries a hundred times as long as comparing a name.
#[must_use]
pub fn attr<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    let mut all = element.attrs().iter();
    all.find(|((namespace, key), _)| namespace.is_none() && key.as_str() == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_known_by_its_whole_name() {
        let element: Element =
            "<x xmlns='a' xmlns:p='b' p:id='other' xml:id='xml' idx='no' id='1' empty=''/>".parse().unwrap();
        for name in ["id", "idx", "empty", "p:id", "xmlns", "lang", ""] {
            assert_eq!(attr(&element, name), element.attr(name), "{name}");
        }
        assert_eq!(attr(&element, "id"), Some("1"));
    }
}
