//! One tag while it is read: its attributes by their places in the buffer, and what namespaces make of its names.

use super::Why;
use super::chars::{split_name, unescape};
use super::header::Header;

pub(super) const XML: &[u8] = b"http://www.w3.org/XML/1998/namespace";
const XMLNS: &[u8] = b"http://www.w3.org/2000/xmlns/";
/// Declarations in scope at once; a lookup walks over them.
const MOST_DECLARATIONS: usize = 256;

/// A stretch of the element in the buffer, counted from the element's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its last.
    pub(super) end: usize,
}

impl Span {
    /// The bytes it stands for.
    pub(super) fn of(self, element: &[u8]) -> &[u8] {
        element.get(self.start..self.end).unwrap_or_default()
    }
}

/// One attribute: its name, and its value without the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Attribute {
    pub(super) name: Span,
    pub(super) value: Span,
}

/// A namespace declaration in force: `xmlns='…'` has no prefix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declaration {
    prefix: Option<Span>,
    namespace: Span,
}

/// What the declarations in force say, the innermost last; the stream header's come after all of these.
#[derive(Debug, Default)]
pub(super) struct Scope(Vec<Declaration>);

impl Scope {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// Takes the declarations of a tag into force.
    pub(super) fn declare(&mut self, element: &[u8], attributes: &[Attribute]) -> Result<(), Why> {
        for attribute in attributes {
            let name = attribute.name.of(element);
            let prefix = match name.strip_prefix(b"xmlns") {
                Some([]) => None,
                Some([b':', ..]) => Some(Span { start: attribute.name.start + 6, end: attribute.name.end }),
                _ => continue,
            };
            let value = unescape(attribute.value.of(element));
            let reserved = prefix.is_some_and(|p| matches!(p.of(element), b"xml" | b"xmlns"));
            if reserved || *value == *XML || *value == *XMLNS || (prefix.is_some() && value.is_empty()) {
                return Err(Why::BadNamespace);
            }
            if self.0.len() >= MOST_DECLARATIONS {
                return Err(Why::TooWide);
            }
            self.0.push(Declaration { prefix, namespace: attribute.value });
        }
        Ok(())
    }

    /// The namespace of a prefix, or the default one; `None` where nobody declared the prefix.
    pub(super) fn resolve<'a>(&self, prefix: Option<&[u8]>, element: &'a [u8], header: &'a Header) -> Option<&'a [u8]> {
        if prefix == Some(b"xml") {
            return Some(XML);
        }
        let inner = self.0.iter().rev().find(|d| d.prefix.map(|p| p.of(element)) == prefix);
        inner.map(|d| d.namespace.of(element)).or_else(|| header.resolve(prefix))
    }
}

/// Checks the names of a tag; the declarations of the tag itself are already in force.
pub(super) fn check_names(
    scope: &Scope,
    element: &[u8],
    header: &Header,
    name: Span,
    attributes: &[Attribute],
) -> Result<(), Why> {
    let (prefix, _) = split_name(name.of(element)).ok_or(Why::BadXml)?;
    if prefix.is_some() && scope.resolve(prefix, element, header).is_none() {
        return Err(Why::BadNamespace);
    }
    check_attributes(scope, element, header, attributes, 0)
}

/// Checks the names of attributes from one of them on; those before it were checked.
pub(super) fn check_attributes(
    scope: &Scope,
    element: &[u8],
    header: &Header,
    attributes: &[Attribute],
    first: usize,
) -> Result<(), Why> {
    for (at, attribute) in attributes.iter().enumerate().skip(first) {
        let (prefix, local) = split_name(attribute.name.of(element)).ok_or(Why::BadXml)?;
        let namespace = match prefix {
            None | Some(b"xmlns") => None,
            Some(_) => Some(scope.resolve(prefix, element, header).ok_or(Why::BadNamespace)?),
        };
        let twice = attributes.iter().take(at).any(|earlier| {
            let earlier = earlier.name.of(element);
            earlier == attribute.name.of(element)
                || (namespace.is_some()
                    && split_name(earlier).is_some_and(|(p, l)| {
                        l == local
                            && p.is_some_and(|p| p != b"xmlns")
                            && scope.resolve(p, element, header).map(unescape) == namespace.map(unescape)
                    }))
        });
        if twice {
            return Err(Why::BadXml);
        }
    }
    Ok(())
}
