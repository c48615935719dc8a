//! Bytes of the web as text: by a byte order mark, else by the header, else by what the page says of itself.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Browsers look so far into a page for its charset.
const PRESCAN_BYTES: usize = 1024;

/// The text of a body with this `Content-Type`. What cannot be read becomes U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    // A byte order mark is stronger than what is said elsewhere, and is no part of the text.
    let (text, _, _) = encoding(bytes, content_type).decode(bytes);
    text.into_owned()
}

/// Whether a body is text that a person could read.
#[must_use]
pub fn is_text(bytes: &[u8], content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return std::str::from_utf8(bytes).is_ok() };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let ends = ["+json", "+xml", "/json", "/xml", "/javascript", "/x-www-form-urlencoded", "/toml", "/yaml"];
    essence.starts_with("text/") || ends.iter().any(|it| essence.ends_with(it))
}

fn encoding(bytes: &[u8], content_type: Option<&str>) -> &'static Encoding {
    let by_header = content_type.and_then(|it| label(it.as_bytes())).and_then(Encoding::for_label);
    let by_page = || label(bytes.get(..PRESCAN_BYTES).unwrap_or(bytes)).and_then(Encoding::for_label);
    // A page that can be read that far is not in UTF-16, whatever it says.
    by_header.or_else(|| by_page().map(Encoding::output_encoding)).unwrap_or_else(|| {
        // Unlabelled and no UTF-8: what browsers of the West take it for.
        if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 }
    })
}

/// What stands after the first `charset=`, or in XML after `encoding=`.
fn label(text: &[u8]) -> Option<&[u8]> {
    let after = |name: &[u8]| {
        let at = text.windows(name.len()).position(|it| it.eq_ignore_ascii_case(name))?;
        let rest = text.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let is_part = |it: &u8| it.is_ascii_alphanumeric() || b"-_:.".contains(it);
        let n = rest.iter().take_while(|it| is_part(it)).count();
        rest.get(..n).filter(|it| !it.is_empty())
    };
    after(b"charset").or_else(|| after(b"encoding"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(decode(bytes, content_type), expected, "{content_type:?}");
    }

    #[test]
    fn a_charset_is_found_where_it_is_named() {
        check("привет".as_bytes(), None, "привет");
        check(b"\xef\xf0\xe8\xe2\xe5\xf2", Some("text/plain; charset=windows-1251"), "привет");
        check(b"\xd0\xd2\xc9\xd7\xc5\xd4", Some("text/html; Charset = \"KOI8-R\""), "привет");
        check(b"<meta charset=windows-1251>\xef", Some("text/html"), "<meta charset=windows-1251>п");
        check(
            b"<META http-equiv=Content-Type content='text/html; charset=koi8-r'>\xd0",
            None,
            "<META http-equiv=Content-Type content='text/html; charset=koi8-r'>п",
        );
        check(
            b"<?xml version='1.0' encoding='windows-1251'?>\xef",
            None,
            "<?xml version='1.0' encoding='windows-1251'?>п",
        );
        check(b"caf\xe9", None, "café");
        check(b"\xef\xbb\xbfx", Some("text/plain; charset=koi8-r"), "x");
        check(b"\xff\xfe\x3f\x04", None, "п");
        check(b"a\xffb", Some("text/plain; charset=utf-8"), "a\u{fffd}b");
        check(b"x", Some("text/plain; charset=klingon"), "x");
        check(b"x", Some("charset="), "x");
    }

    #[test]
    fn text_is_told_from_pictures() {
        for (content_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("application/atom+xml", true),
            ("application/json", true),
            ("image/svg+xml", true),
            ("image/png", false),
            ("application/octet-stream", false),
        ] {
            assert_eq!(is_text(b"x", Some(content_type)), expected, "{content_type}");
        }
        assert!(is_text(b"x", None));
        assert!(!is_text(b"\x89PNG", None));
    }
}
