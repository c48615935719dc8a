//! The outer tag of an element of the stream, and its end.

use super::{Attribute, Header, Kind, OpenElement, Report, Span, Top, Why, Work};
use crate::xmpp::fence::NS;
use crate::xmpp::fence::chars::clean_utf8;
use crate::xmpp::fence::stanza::{self, Mended, has};
use crate::xmpp::fence::tag::check_attributes;

impl Work {
    pub(super) fn outer_tag(&mut self, closed: bool) {
        let declaration = self.declaration.take();
        if self.depth == 0 {
            return self.header_tag(closed, declaration);
        }
        let attributes = self.sound_attributes();
        let kind = self.outer_kind();
        match kind {
            Kind::Header => return self.header_tag(closed, declaration),
            Kind::Unknown | Kind::Open => {
                self.drop_outer(Why::Unknown);
                self.depth += usize::from(!closed);
                return self.resume();
            }
            Kind::Message
            | Kind::Presence
            | Kind::Iq
            | Kind::StreamError
            | Kind::Nonza
            | Kind::Managed
            | Kind::Ack
            | Kind::Failed => {
                self.top.kind = kind;
            }
        }
        if kind.is_stanza() {
            self.stanza_tag(&attributes, closed);
        } else if self.top.why.is_some() {
            self.drop_outer(Why::BadXml);
            self.depth += usize::from(!closed);
            return self.resume();
        } else if kind == Kind::Failed && !has(&attributes, self.element(), b"h") {
            let unchanged: Vec<_> = attributes.iter().map(|attribute| (*attribute, None)).collect();
            self.write_tag(&unchanged, " h='0'", closed);
        }
        self.top.name = self.tag.name;
        self.top.tag_end = self.here();
        self.top.declared = self.top.scope.len();
        if closed {
            self.finish(true);
        } else {
            self.top.open.push(OpenElement { name: self.top.name, declared: 0 });
            self.depth = 2;
        }
    }

    fn header_tag(&mut self, closed: bool, declaration: Option<Vec<u8>>) {
        let header = Header::read(self.element(), self.tag.name, &self.tag.attributes);
        let Some(header) = header.filter(|_| !closed && self.top.why.is_none()) else {
            self.drop_outer(Why::Unknown);
            self.depth += usize::from(!closed);
            return self.resume();
        };
        if let Some(declaration) = declaration {
            self.buf.splice(self.ready..self.ready, declaration);
        }
        self.header = Some(header);
        self.managed = None;
        self.roots += 1;
        self.depth = 1;
        self.pass_on();
    }

    /// The attributes that XML allows; for the others the element is mended.
    fn sound_attributes(&mut self) -> Vec<Attribute> {
        let element = self.buf.get(self.ready..).unwrap_or_default();
        let empty = Header::default();
        let header = self.header.as_ref().unwrap_or(&empty);
        let mut sound: Vec<Attribute> = Vec::with_capacity(self.tag.attributes.len());
        let mut why = None;
        // Declarations first: another attribute may use a prefix that is declared after it.
        for declares in [true, false] {
            for attribute in &self.tag.attributes {
                let name = attribute.name.of(element);
                let is_declaration = name == b"xmlns" || name.starts_with(b"xmlns:");
                if is_declaration != declares {
                    continue;
                }
                sound.push(*attribute);
                let fine = match clean_utf8(name) && clean_utf8(attribute.value.of(element)) {
                    false => Err(Why::BadText),
                    true => check_attributes(&self.top.scope, element, header, &sound, sound.len() - 1),
                };
                let fine = match fine {
                    Ok(()) if declares => self.top.scope.declare(element, std::slice::from_ref(attribute)),
                    other => other,
                };
                if let Err(reason) = fine {
                    sound.pop();
                    why = Some(reason);
                }
            }
        }
        if let Some(why) = why {
            self.mend(why);
        }
        sound
    }

    fn outer_kind(&self) -> Kind {
        let element = self.element();
        let empty = Header::default();
        let header = self.header.as_ref().unwrap_or(&empty);
        let name = self.tag.name.of(element);
        if !clean_utf8(name) {
            return Kind::Unknown;
        }
        stanza::resolve(&self.top.scope, element, header, name)
            .map_or(Kind::Unknown, |(namespace, local)| Kind::of(&namespace, local))
    }

    /// Judges the attributes of a stanza and writes its tag anew where one of them has to change.
    fn stanza_tag(&mut self, attributes: &[Attribute], closed: bool) {
        let kind = self.top.kind;
        let mut changes = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let element = self.buf.get(self.ready..).unwrap_or_default();
            let (name, value) = (attribute.name.of(element), attribute.value.of(element));
            match stanza::attribute(kind, name, value, &mut self.top.seen, &mut self.jids) {
                Mended::Keep => changes.push((*attribute, None)),
                Mended::Leave(why) => self.mend(why),
                Mended::Replace(why, with) => {
                    changes.push((*attribute, Some(with)));
                    self.mend(why);
                }
            }
        }
        if !attributes.iter().any(|a| a.name.of(self.element()) == b"xml:lang")
            && let Some(header) = &self.header
        {
            self.top.seen.lang.clone_from(&header.lang);
        }
        let element = self.element();
        let lacks = |name: &[u8]| kind == Kind::Iq && !has(attributes, element, name);
        let mut extra = String::new();
        if lacks(b"type") {
            extra.push_str(" type='get'");
        }
        if lacks(b"id") {
            extra.push_str(" id=''");
        }
        if !extra.is_empty() {
            self.mend(Why::BadIq);
        }
        self.top.ruined = self.top.why.is_some_and(Why::is_limit);
        if self.top.why.is_some() {
            self.write_tag(&changes, &extra, closed);
        } else if kind != Kind::Iq {
            self.leave_out_to(attributes);
        }
    }

    /// Nobody asks under which of our names a message or a presence reached us, and reading an address takes long.
    fn leave_out_to(&mut self, attributes: &[Attribute]) {
        // Declarations are known by their places, and these must not move.
        if self.top.scope.len() != 0 {
            return;
        }
        let element = self.element();
        let Some(to) = attributes.iter().find(|it| it.name.of(element) == b"to") else { return };
        // With the blank before it and the quote behind it.
        let (start, end) = (self.ready + to.name.start - 1, self.ready + to.value.end + 1);
        self.buf.drain(start..end.min(self.buf.len()));
    }

    fn write_tag(&mut self, attributes: &[(Attribute, Option<String>)], extra: &str, closed: bool) {
        let element = self.element();
        let mut new = vec![b'<'];
        new.extend_from_slice(self.tag.name.of(element));
        let mut spans = Vec::new();
        for (attribute, with) in attributes {
            new.push(b' ');
            let name = Span { start: new.len(), end: new.len() + attribute.name.of(element).len() };
            new.extend_from_slice(attribute.name.of(element));
            let quote = if with.is_some() { b'\'' } else { element.get(attribute.value.end).copied().unwrap_or(b'\'') };
            new.extend([b'=', quote]);
            let start = new.len();
            match with {
                Some(with) => new.extend_from_slice(crate::xmpp::fence::chars::escape(with).as_bytes()),
                None => new.extend_from_slice(attribute.value.of(element)),
            }
            spans.push(Attribute { name, value: Span { start, end: new.len() } });
            new.push(quote);
        }
        new.extend_from_slice(extra.as_bytes());
        new.extend_from_slice(if closed { b"/>" } else { b">" });
        self.tag.name = Span { start: 1, end: 1 + self.tag.name.end - self.tag.name.start };
        self.cut(0);
        self.buf.extend_from_slice(&new);
        self.top.scope.truncate(0);
        if let Err(why) = self.top.scope.declare(&new, &spans) {
            self.mend(why);
        }
        self.tag.attributes = spans;
    }

    /// The element is whole. `closed`: its start tag was its end.
    pub(super) fn finish(&mut self, closed: bool) {
        let top = std::mem::take(&mut self.top);
        if top.kind.is_stanza() {
            self.managed = self.managed.map(|n| n.saturating_add(1));
            self.finish_stanza(&top, closed);
        } else if clean_utf8(self.element()) && top.why.is_none() {
            if top.kind == Kind::Managed {
                self.managed = Some(0);
                self.is_resumed = top.name.of(self.element()).ends_with(b"resumed");
            } else if top.kind == Kind::Ack {
                self.acks += 1;
            } else if top.kind == Kind::StreamError {
                self.report(Report::StreamError(top.seen.stream_error.clone()));
            }
        } else {
            self.cut(0);
            self.report(Report::Changed(top.why.unwrap_or(Why::BadText)));
        }
        self.top = top.emptied();
        self.pass_on();
        self.text_start();
    }

    fn finish_stanza(&mut self, top: &Top, closed: bool) {
        let fault = if top.kind == Kind::Iq { top.seen.iq_fault() } else { None };
        let Some(why) = top.why.or(fault) else { return };
        let name = top.name.of(self.element()).to_vec();
        if closed {
            self.cut(top.tag_end - 2);
            self.buf.push(b'>');
        } else if top.kind == Kind::Iq {
            self.cut(top.tag_end);
        } else {
            self.cut(self.tag.start);
        }
        if let Some(error) = (top.kind == Kind::Iq).then(|| top.seen.iq_error()).flatten() {
            self.buf.extend_from_slice(error.as_bytes());
        }
        let from = top.seen.from.as_ref().map_or_else(String::new, |from| format!(" from='{from}'"));
        let marker = format!("<malformed xmlns='{NS}' why='{}'{from}/></", why.as_str());
        self.buf.extend_from_slice(marker.as_bytes());
        self.buf.extend_from_slice(&name);
        self.buf.push(b'>');
        self.report(Report::Changed(why));
    }
}
