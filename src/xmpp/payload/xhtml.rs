//! The text of XHTML-IM (XEP-0071), which some clients show instead of the body, so that a filter must read it too.

use minidom::{Element, Node};

/// All text in it, a line a block, with the addresses of links and pictures; `None` if there is none.
#[must_use]
pub fn text(html: &Element) -> Option<String> {
    let mut text = String::new();
    let mut open = vec![html.nodes()];
    while let Some(nodes) = open.last_mut() {
        match nodes.next() {
            None => drop(open.pop()),
            Some(Node::Text(it)) => text.push_str(it),
            Some(Node::Element(element)) => {
                begin(element, &mut text);
                open.push(element.nodes());
            }
        }
    }
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn begin(element: &Element, text: &mut String) {
    const INLINE: [&str; 12] = ["a", "abbr", "acronym", "b", "cite", "code", "em", "i", "img", "q", "span", "strong"];
    if !INLINE.contains(&element.name()) && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for address in ["href", "src"].into_iter().filter_map(|name| element.attr(name)) {
        text.push_str(address);
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_addresses_of_all_bodies_are_read() {
        let check = |inner: &str, expected: Option<&str>| {
            let xml = format!("<html xmlns='http://jabber.org/protocol/xhtml-im'>{inner}</html>");
            assert_eq!(text(&xml.parse().unwrap()).as_deref(), expected);
        };
        check("<body xmlns='http://www.w3.org/1999/xhtml'><p>evil</p></body>", Some("evil"));
        check(
            "<body xmlns='http://www.w3.org/1999/xhtml'>a<br/>b <strong>c</strong></body>\
             <body xmlns='http://www.w3.org/1999/xhtml'>see <a href='http://e.example/'>this</a></body>",
            Some("a\nb c\nsee http://e.example/ this"),
        );
        check("<body xmlns='http://www.w3.org/1999/xhtml'/>", None);
    }
}
