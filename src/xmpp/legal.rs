//! What XML 1.0 can carry, and what is written in place of the rest.

use std::borrow::Cow;

/// The text with what XML 1.0 cannot carry replaced by U+FFFD.
#[must_use]
pub fn legal(text: &str) -> Cow<'_, str> {
    let is_illegal =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_illegal) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(is_illegal, "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_carry_is_replaced() {
        assert_eq!(legal("a\u{0}b\u{1b}[1mc\u{fffe}\u{ffff}\t\n\r"), "a\u{fffd}b\u{fffd}[1mc\u{fffd}\u{fffd}\t\n\r");
        assert!(matches!(legal("plain"), Cow::Borrowed("plain")));
    }
}
