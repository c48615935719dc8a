//! The stream header: what it declares holds for every stanza after it.

use super::chars::{clean_utf8, split_name, unescape};
use super::tag::{Attribute, Span};

/// The namespace of the stream's own elements.
pub(super) const STREAM: &[u8] = b"http://etherx.jabber.org/streams";

/// A stream header that was passed on.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    /// The name as written, which the footer has to repeat.
    pub(super) name: Vec<u8>,
    /// `xml:lang`, inherited by bodies.
    pub(super) lang: Vec<u8>,
    declarations: Vec<(Option<Vec<u8>>, Vec<u8>)>,
}

impl Header {
    /// Reads the header from its start tag; `None` where it is none.
    pub(super) fn read(element: &[u8], name: Span, attributes: &[Attribute]) -> Option<Self> {
        let mut header = Self { name: name.of(element).to_vec(), ..Self::default() };
        let mut seen = std::collections::BTreeSet::new();
        for attribute in attributes {
            let key = attribute.name.of(element);
            let (prefix, local) = split_name(key)?;
            if !seen.insert(key) {
                return None;
            }
            let value = unescape(attribute.value.of(element)).into_owned();
            match (prefix, local) {
                (None, b"xmlns") => header.declarations.push((None, value)),
                (Some(b"xmlns"), prefix) if !value.is_empty() => {
                    header.declarations.push((Some(prefix.to_vec()), value));
                }
                (Some(b"xml"), b"lang") => header.lang = value,
                (None, _) => {}
                // A header with attributes of other namespaces is refused by the parser as well.
                (Some(_), _) => return None,
            }
        }
        let (prefix, local) = split_name(name.of(element))?;
        (local == b"stream" && clean_utf8(element) && header.resolve(prefix) == Some(STREAM)).then_some(header)
    }

    /// What a prefix stands for.
    pub(super) fn resolve(&self, prefix: Option<&[u8]>) -> Option<&[u8]> {
        self.declarations.iter().find(|(p, _)| p.as_deref() == prefix).map(|(_, namespace)| namespace.as_slice())
    }
}
