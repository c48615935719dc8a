//! Which part of a text stands for the message that it answers: XEP-0428 for XEP-0461.
//!
//! Read only; what we say ourselves carries none. Strangers write it, so it is a claim about their own text and nothing
//! more: whether it quotes anything is for others to find out.

use minidom::Element;

const NS: &str = "urn:xmpp:fallback:0";
const NS_REPLY: &str = "urn:xmpp:reply:0";

/// Whether the payload says such a thing of a reply.
#[must_use]
pub fn matches(payload: &Element) -> bool {
    payload.is("fallback", NS) && payload.attr("for") == Some(NS_REPLY)
}

/// From which character of the text up to which; `None` where it names no part of the text or all of it, or does not
/// make sense. Characters are code points (XEP-0428 §3, XEP-0426).
#[must_use]
pub fn read(payload: &Element) -> Option<(u32, u32)> {
    let body = payload.get_child("body", NS)?;
    let number = |name| body.attr(name).and_then(|it| it.trim().parse::<u32>().ok());
    let (start, end) = (number("start")?, number("end")?);
    (start < end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_text_is_read_and_nothing_else() {
        let check = |xml: &str, expected: Option<(u32, u32)>| {
            let payload: Element = xml.parse().unwrap();
            assert_eq!(Some(payload).filter(matches).as_ref().and_then(read), expected, "{xml}");
        };
        let whole =
            |inner: &str| format!("<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>{inner}</fallback>");
        check(&whole("<body start='0' end='33'/>"), Some((0, 33)));
        check(&whole("<subject/><body end='9' start=' 2 '/>"), Some((2, 9)));
        for none in ["", "<body/>", "<body start='0'/>", "<body start='9' end='9'/>", "<body start='9' end='2'/>"] {
            check(&whole(none), None);
        }
        for none in
            ["<body start='-1' end='5'/>", "<body start='0' end='99999999999'/>", "<subject start='0' end='5'/>"]
        {
            check(&whole(none), None);
        }
        check(
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'><body start='0' end='5'/></fallback>",
            None,
        );
        check("<fallback xmlns='urn:xmpp:fallback:0'><body start='0' end='5'/></fallback>", None);
    }
}
