//! Addresses attached to a message: XEP-0066, XEP-0372 with XEP-0385, XEP-0447. What is linked is judged like text.

use minidom::Element;
use xmpp_parsers::ns;

const NS_REFERENCE: &str = "urn:xmpp:reference:0";
const NS_SIMS: &str = "urn:xmpp:sims:1";
const NS_SFS: &str = "urn:xmpp:sfs:0";

/// Adds the addresses that this payload attaches, if it is one of the kinds known.
pub fn collect(payload: &Element, addresses: &mut Vec<String>) {
    let is_known = payload.is("reference", NS_REFERENCE)
        || payload.is("media-sharing", NS_SIMS)
        || payload.is("file-sharing", NS_SFS)
        || payload.is("sources", NS_SFS);
    if payload.is("x", ns::OOB) {
        addresses.extend(payload.get_child("url", ns::OOB).map(Element::text).filter(|it| !it.is_empty()));
    } else if is_known {
        walk(payload, addresses);
    }
}

fn walk(payload: &Element, addresses: &mut Vec<String>) {
    let mut open = vec![payload];
    while let Some(element) = open.pop() {
        let address = match element.name() {
            // A mention points at a person, not at a file.
            "reference" if element.attr("type") != Some("mention") => element.attr("uri"),
            "url-data" => element.attr("target"),
            _ => None,
        };
        addresses.extend(address.filter(|it| !it.is_empty()).map(str::to_owned));
        open.extend(element.children());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read() {
        let check = |xml: &str, expected: &[&str]| {
            let mut addresses = Vec::new();
            collect(&xml.parse().unwrap(), &mut addresses);
            assert_eq!(addresses, expected);
        };
        check("<x xmlns='jabber:x:oob'><url>https://e.example/a.jpg</url></x>", &["https://e.example/a.jpg"]);
        check("<x xmlns='jabber:x:oob'><url/></x>", &[]);
        check(
            "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><sources>\
             <reference xmlns='urn:xmpp:reference:0' type='data' uri='https://e.example/b'/></sources></media-sharing>\
             </reference>",
            &["https://e.example/b"],
        );
        check(
            "<file-sharing xmlns='urn:xmpp:sfs:0'><sources><url-data xmlns='http://jabber.org/protocol/url-data' \
             target='https://e.example/c'/></sources></file-sharing>",
            &["https://e.example/c"],
        );
        check("<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:a@h'/>", &[]);
        check("<other xmlns='x'><url-data target='https://e.example/d'/></other>", &[]);
    }
}
