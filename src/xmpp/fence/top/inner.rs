//! Tags while they are read, and the elements inside an element of the stream.

use super::{Attribute, Child, Cursor, OpenElement, Span, TAG_SPARE, Work};
use crate::xmpp::fence::chars::clean_utf8;
use crate::xmpp::fence::header::Header;
use crate::xmpp::fence::scanner::whole::{self, Bounds, Whole};
use crate::xmpp::fence::stanza::{self, Fate, Kind, Role};
use crate::xmpp::fence::tag::check_names;
use crate::xmpp::fence::{Report, Why};

impl Work {
    /// At the first byte of a name; the `<` is the last byte in the buffer.
    pub(in crate::xmpp::fence) fn tag_start(&mut self) {
        if self.skip.is_some() {
            return;
        }
        if self.discard && self.depth >= 2 {
            self.discard = false;
            self.skip = Some(2);
            return;
        }
        self.in_tag = true;
        self.tag.current = Attribute::default();
        let start = self.here();
        self.tag.name = Span { start, end: start };
        self.tag.good = start;
        self.tag.bad = None;
        self.tag.attributes.clear();
        if self.depth <= 1 {
            self.top = std::mem::take(&mut self.top).emptied();
            return;
        }
        self.top.elements += 1;
        if self.depth == 2 {
            self.top.child.start = self.tag.start;
        }
        let most = if self.top.kind == Kind::Iq { self.limits.iq_elements } else { self.limits.stanza_elements };
        if self.depth > self.limits.depth {
            self.over(Why::TooDeep);
        } else if self.top.elements > most && !self.top.ruined {
            self.over(Why::TooWide);
        }
    }

    /// Takes in the tag that has just begun, if all of it is here and it is plain; the lexer need not look at it then.
    pub(in crate::xmpp::fence) fn whole_tag(&mut self, rest: &[u8]) -> Option<Whole> {
        if !self.live() || self.top.why.is_some() {
            return None;
        }
        let base = self.here();
        let most_bytes = if self.depth <= 1 { TAG_SPARE } else { self.most_bytes() };
        let bounds = Bounds {
            bytes: most_bytes.saturating_sub(base),
            value: self.limits.value,
            attributes: self.limits.attributes,
        };
        self.tag.attributes.clear();
        let Some(whole) = whole::read(rest, base, bounds, &mut self.tag.attributes) else {
            self.tag.attributes.clear();
            return None;
        };
        self.tag.name.end = base + whole.name_end;
        Some(whole)
    }

    pub(in crate::xmpp::fence) fn name_end(&mut self) {
        self.tag.name.end = self.here();
        self.tag.good = self.here();
    }

    /// White space in a tag. A stanza's own tag that is being shortened has no use for it.
    pub(in crate::xmpp::fence) fn keep_space(&mut self, cur: &mut Cursor<'_>) {
        if self.depth <= 1 && self.top.why.is_some() {
            cur.take();
        } else {
            self.keep(cur);
        }
    }

    pub(in crate::xmpp::fence) fn key_start(&mut self) {
        let start = self.here();
        self.tag.current = Attribute { name: Span { start, end: start }, value: Span::default() };
        self.tag.bad = None;
    }

    pub(in crate::xmpp::fence) fn key_end(&mut self) {
        self.tag.current.name.end = self.here();
    }

    pub(in crate::xmpp::fence) fn value_start(&mut self) {
        self.tag.current.value = Span { start: self.here(), end: self.here() };
    }

    pub(in crate::xmpp::fence) fn value_end(&mut self) {
        self.tag.current.value.end = self.here();
    }

    /// Looks whether the name being read is too long.
    pub(in crate::xmpp::fence) fn check_length(&mut self, in_name: bool) {
        let start = self.tag.current.name.start.max(self.tag.name.start);
        if in_name && self.live() && self.here().saturating_sub(start) > self.limits.value {
            if self.depth <= 1 && start == self.tag.name.start {
                self.drop_outer(Why::LongName);
            } else {
                self.over_attribute(Why::LongName);
            }
        }
    }

    /// Looks whether the value being read is too long.
    pub(in crate::xmpp::fence) fn check_value(&mut self) {
        if self.live() && self.here().saturating_sub(self.tag.current.value.start) > self.limits.value {
            self.over_attribute(Why::LongAttribute);
        }
    }

    pub(super) fn over_attribute(&mut self, why: Why) {
        if self.depth <= 1 {
            self.mend(why);
            self.leave_out_attribute(why);
        } else {
            self.over(why);
        }
    }

    /// The attribute being read in the outer tag is not kept.
    pub(super) fn leave_out_attribute(&mut self, why: Why) {
        self.tag.bad = Some(why);
        self.cut(self.tag.good);
        self.discard = true;
    }

    pub(in crate::xmpp::fence) fn bad_value(&mut self, why: Why) {
        if self.depth <= 1 {
            self.tag.bad.get_or_insert(why);
        } else {
            self.spoil(why);
        }
    }

    pub(in crate::xmpp::fence) fn attribute_end(&mut self) {
        if self.skip.is_some() {
            return;
        }
        self.discard = false;
        let outer = self.depth <= 1;
        if let Some(why) = self.tag.bad.take() {
            self.cut(self.tag.good);
            self.mend(why);
        } else if self.tag.attributes.len() >= self.limits.attributes || (outer && self.here() > TAG_SPARE) {
            let matters = matches!(
                self.tag.current.name.of(self.element()),
                b"from" | b"to" | b"type" | b"id" | b"xmlns" | b"xml:lang"
            );
            let name = self.tag.current.name.of(self.element());
            let twice = stanza::has(&self.tag.attributes, self.element(), name);
            if !outer {
                self.over(Why::ManyAttributes);
            } else if matters && !twice {
                self.attribute_good();
            } else {
                self.cut(self.tag.good);
                self.mend(if self.here() > TAG_SPARE / 2 { Why::TooLarge } else { Why::ManyAttributes });
            }
        } else {
            self.attribute_good();
        }
    }

    pub(super) fn attribute_good(&mut self) {
        self.tag.attributes.push(self.tag.current);
        self.tag.good = self.here();
    }

    pub(in crate::xmpp::fence) fn bad_tag(&mut self) {
        if self.depth <= 1 {
            if self.skip.is_none() {
                self.mend(Why::BadXml);
                self.cut(self.tag.good);
                self.discard = true;
            }
        } else {
            self.spoil(Why::BadXml);
        }
    }

    pub(super) fn drop_outer(&mut self, why: Why) {
        self.report(Report::Changed(why));
        self.cut(0);
        self.discard = false;
        self.skip = Some(self.depth);
    }

    /// A start tag is whole.
    pub(in crate::xmpp::fence) fn tag_end(&mut self, closed: bool, cur: &mut Cursor<'_>) {
        self.in_tag = false;
        if self.skip.is_none() {
            self.discard = false;
            cur.take();
            match self.depth {
                0 | 1 => self.outer_tag(closed),
                _ => {
                    self.in_tag = true;
                    self.inner_tag(closed);
                    self.in_tag = false;
                }
            }
        } else {
            self.depth += usize::from(!closed);
            self.resume();
        }
        if self.skip.is_none() {
            self.text_start();
        }
    }

    /// Goes on keeping where what had to be skipped has ended.
    pub(super) fn resume(&mut self) {
        if self.skip.is_some_and(|level| self.depth <= level) {
            self.skip = None;
            self.discard = false;
            if self.depth >= 2 {
                self.top.open.truncate(1);
                self.top.scope.truncate(self.top.declared);
            }
            self.text_start();
        }
    }

    pub(super) fn inner_tag(&mut self, closed: bool) {
        let declared = self.top.scope.len();
        let element = self.buf.get(self.ready..).unwrap_or_default();
        let (name, attributes) = (self.tag.name, self.tag.attributes.as_slice());
        let empty = Header::default();
        let header = self.header.as_ref().unwrap_or(&empty);
        let fine = self
            .top
            .scope
            .declare(element, attributes)
            .and_then(|()| check_names(&self.top.scope, element, header, name, attributes));
        let role = (self.depth == 2 && fine.is_ok()).then(|| {
            let resolved = stanza::resolve(&self.top.scope, element, header, name.of(element));
            resolved.map_or(Role::Other, |(namespace, local)| Role::of(self.top.kind, &namespace, local))
        });
        if let Err(why) = fine {
            if why.is_limit() {
                self.over(why);
            } else {
                self.spoil(why);
            }
        } else if let Some(role) = role {
            self.top.child.role = role;
            self.top.child.tag_end = self.here();
            if self.top.ruined && role != Role::Essential {
                self.cut(self.top.child.start);
                self.skip = Some(2);
            }
        }
        if self.skip.is_some() {
            self.depth += usize::from(!closed);
            return self.resume();
        }
        if closed {
            self.top.scope.truncate(declared);
            if self.depth == 2 {
                self.child_end();
            }
        } else {
            self.top.open.push(OpenElement { name, declared });
            self.depth += 1;
        }
    }

    /// An end tag is whole.
    pub(in crate::xmpp::fence) fn end_tag(&mut self, cur: &mut Cursor<'_>) {
        cur.take();
        if self.skip.is_some() {
            self.depth = self.depth.saturating_sub(1);
            return self.resume();
        }
        if self.depth <= 1 {
            return self.footer();
        }
        let emptied = self.discard;
        self.discard = false;
        let open = self.top.open.pop();
        let tag = self.element().get(self.tag.start..).unwrap_or_default();
        let written = tag.get(2..tag.len().saturating_sub(1)).unwrap_or_default().trim_ascii_end();
        let matching = open.as_ref().is_some_and(|open| open.name.of(self.element()) == written);
        if let Some(open) = &open {
            self.top.scope.truncate(open.declared);
        }
        if self.depth == 2 {
            if !matching && !emptied {
                self.mend(Why::BadXml);
            }
            self.depth = 1;
            return self.finish(false);
        }
        if !matching {
            self.spoil(Why::BadXml);
        }
        self.depth -= 1;
        if self.skip.is_some() {
            return self.resume();
        }
        if self.depth == 2 {
            self.child_end();
        }
        self.text_start();
    }

    pub(super) fn footer(&mut self) {
        self.cut(0);
        self.discard = false;
        if self.depth == 1
            && let Some(header) = &self.header
        {
            self.buf.extend_from_slice(b"</");
            self.buf.extend_from_slice(&header.name);
            self.buf.push(b'>');
            self.depth = 0;
            self.pass_on();
        }
        self.text_start();
    }

    pub(super) fn child_end(&mut self) {
        let Child { start, tag_end, role } = self.top.child;
        let child = self.buf.get(self.ready + start..).unwrap_or_default();
        let fate = if clean_utf8(child) { self.top.seen.child(role, child) } else { Fate::Drop(Why::BadText) };
        match fate {
            Fate::Keep => {}
            Fate::Remember => self.top.essentials.push(Span { start, end: self.here() }),
            Fate::Leave => self.cut(start),
            Fate::Drop(why) => {
                if self.top.kind.is_stanza() {
                    self.cut(start);
                    self.mend(why);
                } else {
                    self.drop_all(why);
                }
            }
            Fate::Rename(lang) => {
                self.rename(start, tag_end, &lang);
                self.mend(Why::SameLanguage);
            }
        }
    }

    /// Gives the child at the end of the buffer a language of its own.
    pub(super) fn rename(&mut self, start: usize, tag_end: usize, lang: &str) {
        let child = self.element().get(start..).unwrap_or_default();
        let Some((tag, rest)) = child.split_at_checked(tag_end - start) else { return };
        let inside = tag.get(1..tag.len().saturating_sub(1)).unwrap_or_default();
        let closed = inside.ends_with(b"/");
        let mut new = vec![b'<'];
        new.extend_from_slice(crate::xmpp::fence::token::name(inside));
        for (key, value) in crate::xmpp::fence::token::attributes(inside).filter(|(key, _)| *key != b"xml:lang") {
            let quote = if value.contains(&b'\'') { b'"' } else { b'\'' };
            new.extend([b" ", key, b"=", &[quote], value, &[quote]].concat());
        }
        new.extend_from_slice(format!(" xml:lang='{lang}'").as_bytes());
        new.extend_from_slice(if closed { b"/>" } else { b">" });
        new.extend_from_slice(rest);
        self.cut(start);
        self.buf.extend_from_slice(&new);
    }
}
