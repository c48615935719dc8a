//! One element of the stream while it is read: kept, mended, emptied or dropped.
//!
//! All editing happens at the end of the buffer: a child is cut off again when it turns out bad, so nothing has to be
//! moved and nothing is kept that will not be passed on.

use super::header::Header;
use super::jid::Cache;
use super::scanner::Cursor;
use super::stanza::{Kind, Role, Seen};
use super::tag::{Attribute, Scope, Span};
use super::{Limits, Report, Why};

mod inner;
mod outer;
mod text;

/// Bytes of an element's own start tag; beyond, its attributes are left out.
const TAG_BYTES: usize = 64 * 1024;
/// Beyond this many bytes of tag only the attributes that matter are kept.
const TAG_SPARE: usize = 32 * 1024;
/// What the payloads that services add may take in an emptied stanza.
const ESSENTIAL_BYTES: usize = 32 * 1024;
/// Reports kept until they are taken. The counters are for people; a few missing in a storm are no loss.
const MOST_REPORTS: usize = 1_024;

/// The start tag being read.
#[derive(Debug, Default)]
struct Tag {
    start: usize,
    name: Span,
    attributes: Vec<Attribute>,
    current: Attribute,
    /// Why the current attribute is left out.
    bad: Option<Why>,
    /// The end of what is whole in it.
    good: usize,
}

#[derive(Debug, Default)]
struct Child {
    start: usize,
    tag_end: usize,
    role: Role,
}

struct OpenElement {
    name: Span,
    declared: usize,
}

#[derive(Default)]
struct Top {
    kind: Kind,
    name: Span,
    tag_end: usize,
    declared: usize,
    why: Option<Why>,
    ruined: bool,
    elements: usize,
    open: Vec<OpenElement>,
    scope: Scope,
    child: Child,
    essentials: Vec<Span>,
    seen: Seen,
}

impl Top {
    /// One of which nothing is known yet, in the memory of this one.
    fn emptied(mut self) -> Self {
        self.open.clear();
        self.scope.truncate(0);
        self.essentials.clear();
        let Self { open, scope, essentials, .. } = self;
        Self { open, scope, essentials, ..Self::default() }
    }
}

/// The buffer and everything known about what is in it.
pub(super) struct Work {
    limits: Limits,
    buf: Vec<u8>,
    /// So many bytes at the front were consumed. The parser takes a few at a time, and the rest is not moved for each.
    taken: usize,
    ready: usize,
    depth: usize,
    /// Nothing is kept until this depth is reached again.
    skip: Option<usize>,
    /// Nothing is kept until the present token ends.
    discard: bool,
    header: Option<Header>,
    /// An XML declaration, passed on only in front of a stream header.
    declaration: Option<Vec<u8>>,
    instruction: Vec<u8>,
    tag: Tag,
    top: Top,
    /// Between the first byte of a start tag's name and its `>`.
    in_tag: bool,
    text_start: usize,
    text_blank: bool,
    stray: bool,
    roots: usize,
    /// Stanzas passed on since the stream is managed; `None` if it is not.
    managed: Option<u64>,
    is_resumed: bool,
    /// Acknowledgements passed on.
    acks: u64,
    jids: Cache,
    reports: Vec<Report>,
}

impl Work {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            buf: Vec::with_capacity(16 * 1024),
            taken: 0,
            ready: 0,
            depth: 0,
            skip: None,
            discard: false,
            header: None,
            declaration: None,
            instruction: Vec::new(),
            tag: Tag::default(),
            top: Top::default(),
            in_tag: false,
            text_start: 0,
            text_blank: true,
            stray: false,
            roots: 0,
            managed: None,
            is_resumed: false,
            acks: 0,
            jids: Cache::new(),
            reports: Vec::new(),
        }
    }

    pub(super) fn ready(&self) -> &[u8] {
        self.buf.get(self.taken..self.ready).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, length: usize) {
        self.taken = self.ready.min(self.taken + length);
        if self.taken == self.buf.len() {
            self.make_room();
        }
    }

    /// Gives the bytes that were consumed free; before more is read.
    pub(super) fn make_room(&mut self) {
        self.buf.drain(..self.taken);
        self.ready -= self.taken;
        self.taken = 0;
        if self.buf.is_empty() && self.buf.capacity() > 256 * 1024 {
            self.buf = Vec::with_capacity(16 * 1024);
        }
    }

    pub(super) fn held(&self) -> usize {
        self.buf.len() - self.taken
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    pub(super) const fn in_stream(&self) -> bool {
        self.header.is_some() && self.depth > 0
    }

    pub(super) const fn roots(&self) -> usize {
        self.roots
    }

    pub(super) const fn managed(&self) -> Option<u64> {
        self.managed
    }

    pub(super) const fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    pub(super) const fn acks(&self) -> u64 {
        self.acks
    }

    /// Passes this on behind what is whole, as if it had come there.
    pub(super) fn put(&mut self, element: &[u8]) {
        self.buf.splice(self.ready..self.ready, element.iter().copied());
        self.ready += element.len();
    }

    pub(super) fn reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    fn report(&mut self, report: Report) {
        if self.reports.len() < MOST_REPORTS {
            self.reports.push(report);
        }
    }

    fn live(&self) -> bool {
        self.skip.is_none() && !self.discard
    }

    fn element(&self) -> &[u8] {
        self.buf.get(self.ready..).unwrap_or_default()
    }

    fn here(&self) -> usize {
        self.buf.len() - self.ready
    }

    fn cut(&mut self, to: usize) {
        self.buf.truncate(self.ready + to);
    }

    fn pass_on(&mut self) {
        self.ready = self.buf.len();
    }

    pub(super) fn ends_with(&self, tail: &[u8]) -> bool {
        self.element().ends_with(tail)
    }

    /// Moves what was read into the buffer, or forgets it.
    pub(super) fn keep(&mut self, cur: &mut Cursor<'_>) {
        let piece = cur.take();
        if self.live() && !piece.is_empty() {
            self.buf.extend_from_slice(piece);
            if self.here() > self.most_bytes() {
                self.over(Why::TooLarge);
            }
        }
    }

    /// Puts a space where something else was read.
    pub(super) fn keep_as_space(&mut self, cur: &mut Cursor<'_>) {
        cur.take();
        if self.live() {
            self.buf.push(b' ');
        }
    }

    fn most_bytes(&self) -> usize {
        if self.depth <= 1 {
            TAG_BYTES
        } else if self.top.ruined {
            self.top.tag_end + ESSENTIAL_BYTES
        } else if matches!(self.top.kind, Kind::Iq | Kind::Nonza | Kind::Managed | Kind::Ack) {
            self.limits.iq_bytes
        } else {
            self.limits.stanza_bytes
        }
    }

    /// Remembers that the stanza is changed, and why.
    fn mend(&mut self, why: Why) {
        if self.top.why.is_none() || (why.is_limit() && self.top.why.is_some_and(|w| !w.is_limit())) {
            self.top.why = Some(why);
        }
    }

    fn mend_anywhere(&mut self, why: Why) {
        if self.depth > 1 {
            self.mend(why);
        } else {
            self.report(Report::Changed(why));
        }
    }

    /// The child being read is bad and goes; its end is still to come.
    pub(super) fn spoil(&mut self, why: Why) {
        if self.skip.is_some() || self.depth < 2 {
            return;
        }
        self.discard = false;
        if self.depth == 2 && !self.in_tag && self.top.kind.is_stanza() {
            self.text_blank = false;
        } else if self.top.kind.is_stanza() {
            self.mend(why);
            self.cut(self.top.child.start);
            self.skip = Some(2);
        } else {
            self.drop_all(why);
        }
    }

    /// The whole element goes; it is no stanza.
    fn drop_all(&mut self, why: Why) {
        self.report(Report::Changed(why));
        self.cut(0);
        self.skip = Some(1);
    }

    /// Something is over a limit.
    fn over(&mut self, why: Why) {
        if self.skip.is_some() {
            return;
        }
        if self.depth <= 1 {
            self.mend(why);
            if self.in_tag {
                self.leave_out_attribute(why);
            } else {
                self.cut(0);
                self.discard = true;
            }
            return;
        }
        if !self.top.kind.is_stanza() {
            return self.drop_all(why);
        }
        self.mend(why);
        self.empty();
        if self.depth > 2 || self.in_tag {
            self.skip = Some(2);
        } else {
            self.discard = true;
        }
    }

    /// Empties the stanza down to its tag and what services added.
    fn empty(&mut self) {
        if self.top.ruined {
            let end = self.top.essentials.iter().map(|s| s.end).max().unwrap_or(self.top.tag_end);
            self.cut(end);
        } else {
            self.top.ruined = true;
            let element = self.element();
            let mut kept = element.get(..self.top.tag_end).unwrap_or_default().to_vec();
            let mut spans = Vec::new();
            for span in &self.top.essentials {
                let bytes = span.of(element);
                if kept.len() + bytes.len() <= self.top.tag_end + ESSENTIAL_BYTES {
                    spans.push(Span { start: kept.len(), end: kept.len() + bytes.len() });
                    kept.extend_from_slice(bytes);
                }
            }
            self.top.essentials = spans;
            self.cut(0);
            self.buf.extend_from_slice(&kept);
        }
        self.top.child.start = self.here();
        self.tag.start = self.here();
        self.text_start();
    }
}
