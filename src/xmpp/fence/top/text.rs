//! Text, and what stands between tags without being text: comments, declarations, instructions.

use super::{Cursor, Report, Why, Work};
use crate::xmpp::fence::chars::{SPACE, blank, is};

impl Work {
    /// Whether text is looked at character by character here. It is not where it is thrown away, or allowed only blank.
    pub(in crate::xmpp::fence) fn checks_text(&self) -> bool {
        self.live() && self.depth >= 2 && !(self.depth == 2 && self.top.kind.is_stanza())
    }

    /// A run of text without `<` where it is not checked.
    pub(in crate::xmpp::fence) fn plain_text(&mut self, cur: &mut Cursor<'_>) {
        if self.depth > 1 || !self.live() {
            if self.live() {
                let before = self.here();
                self.keep(cur);
                let blank = blank(self.element().get(before..).unwrap_or_default());
                self.text_blank &= blank;
            } else {
                cur.take();
            }
            return;
        }
        let piece = cur.take();
        if self.depth == 1 && self.declaration.is_none() {
            self.buf.extend(piece.iter().filter(|b| is(**b, SPACE)));
            self.pass_on();
        }
        if self.depth == 1 && !self.stray && !blank(piece) {
            self.stray = true;
            self.report(Report::Changed(Why::StrayText));
        }
    }

    /// Text ends at a `<`.
    pub(in crate::xmpp::fence) fn text_end(&mut self, cur: &mut Cursor<'_>) {
        self.keep(cur);
        self.stray = false;
        if self.skip.is_some() {
            return;
        }
        self.discard = false;
        if self.depth == 2 && self.top.kind.is_stanza() && !self.text_blank {
            self.cut(self.text_start);
            self.mend(Why::StrayText);
        }
        self.tag.start = self.here();
        self.text_start = self.tag.start;
        self.text_blank = true;
    }

    pub(super) fn text_start(&mut self) {
        self.text_start = self.here();
        self.text_blank = true;
    }

    pub(in crate::xmpp::fence) fn cdata_start(&mut self, cur: &mut Cursor<'_>) {
        self.keep(cur);
        if self.skip.is_some() {
            return;
        }
        if self.depth < 2 {
            self.aside_start(cur);
        } else {
            self.text_blank = false;
        }
    }

    pub(in crate::xmpp::fence) fn cdata_end(&mut self, cur: &mut Cursor<'_>) {
        if self.depth < 2 {
            self.aside_end(Why::StrayText, cur);
        } else {
            // Text goes on after it, and the whole run started where the section did.
            self.discard = self.discard && self.skip.is_none();
        }
    }

    /// A comment or the like starts: nothing of it is kept.
    pub(in crate::xmpp::fence) fn aside_start(&mut self, cur: &mut Cursor<'_>) {
        cur.take();
        if self.skip.is_none() {
            self.cut(self.tag.start);
            self.discard = true;
        }
    }

    pub(in crate::xmpp::fence) fn aside_end(&mut self, why: Why, cur: &mut Cursor<'_>) {
        cur.take();
        if self.skip.is_none() {
            self.discard = false;
            self.mend_anywhere(why);
            self.text_start();
        }
    }

    pub(in crate::xmpp::fence) fn instruction_start(&mut self, cur: &mut Cursor<'_>) {
        self.aside_start(cur);
        self.instruction.clear();
        self.instruction.extend_from_slice(b"<?");
    }

    pub(in crate::xmpp::fence) fn instruction_byte(&mut self, byte: u8) {
        if self.instruction.len() < 128 {
            self.instruction.push(byte);
        }
    }

    pub(in crate::xmpp::fence) fn instruction_end(&mut self, cur: &mut Cursor<'_>) {
        cur.take();
        if self.depth > 1 || self.skip.is_some() || !self.instruction.starts_with(b"<?xml ") {
            return self.aside_end(Why::Comment, cur);
        }
        self.discard = false;
        let plain = |quote: &str| {
            let text = String::from_utf8_lossy(&self.instruction).replace('"', quote).to_ascii_lowercase();
            matches!(text.as_str(), "<?xml version='1.0'?>" | "<?xml version='1.0' encoding='utf-8'?>")
        };
        let known = plain("'");
        self.declaration =
            Some(if known { std::mem::take(&mut self.instruction) } else { b"<?xml version='1.0'?>".to_vec() });
    }
}
