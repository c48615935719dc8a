//! Signatures of calls from the web: whoever signs has the key, and what they signed is neither changed nor repeated.
//!
//! Two forms are understood: with the time in what is signed, `X-Domovoi-Signature: t=SECONDS,v1=HEX` over `SECONDS.BODY`,
//! and without, as code forges send it, `X-Hub-Signature-256: sha256=HEX` over the body. HEX is HMAC with SHA-256.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domovoi_plugin::{PluginName, Timestamp};
use ring::hmac;

/// The header with the time in it.
pub const STAMPED: &str = "x-domovoi-signature";
/// The header without.
pub const PLAIN: &str = "x-hub-signature-256";
/// A time may be so far from ours.
const WINDOW: Duration = Duration::from_secs(300);
/// What carries no time is remembered for so long ...
const PLAIN_FOR: Duration = Duration::from_secs(86_400);
/// ... and no more of a plugin's calls than the last so many. Those with a time are fewer than this within its window.
const MOST: usize = 1000;

/// What the signature of a call shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    /// There is none.
    Nothing,
    /// It is not what it should be: another key, another body, another time.
    Wrong,
    /// It is right, and must not come again before this.
    Right { mark: Vec<u8>, until: Timestamp },
}

/// When a call is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    /// Since when we remember what came: a time before that may have come already.
    pub(super) since: Timestamp,
}

/// What the headers of a call show of its body.
pub(super) fn look(key: &[u8], headers: &BTreeMap<String, String>, body: &str, moment: Moment) -> Shown {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let right = match (headers.get(STAMPED), headers.get(PLAIN)) {
        (Some(stamped), _) => stamped_mark(&key, stamped, body, moment),
        (None, Some(plain)) => plain_mark(&key, plain, body).map(|it| (it, moment.now + PLAIN_FOR)),
        (None, None) => return Shown::Nothing,
    };
    right.map_or(Shown::Wrong, |(mark, until)| Shown::Right { mark, until })
}

fn stamped_mark(key: &hmac::Key, header: &str, body: &str, moment: Moment) -> Option<(Vec<u8>, Timestamp)> {
    let parts = || header.split(',').filter_map(|it| it.trim().split_once('='));
    let stamp = parts().find(|it| it.0 == "t")?.1;
    let at = Timestamp::from_millis(stamp.parse::<i64>().ok()?.checked_mul(1000)?);
    let is_of_now = at.since(moment.now) <= WINDOW && moment.now.since(at) <= WINDOW;
    // Our clock counts milliseconds, theirs seconds.
    let is_of_before = at + Duration::from_secs(1) <= moment.since;
    if !is_of_now || is_of_before {
        return None;
    }
    let signed = format!("{stamp}.{body}");
    // While a key is changed a sender may sign with two.
    let mut marks = parts().filter(|it| it.0 == "v1").take(4).filter_map(|it| bytes_of(it.1));
    let mark = marks.find(|it| hmac::verify(key, signed.as_bytes(), it).is_ok())?;
    Some((mark, at + WINDOW + Duration::from_secs(1)))
}

fn plain_mark(key: &hmac::Key, header: &str, body: &str) -> Option<Vec<u8>> {
    let mark = bytes_of(header.trim().strip_prefix("sha256=")?)?;
    hmac::verify(key, body.as_bytes(), &mark).is_ok().then_some(mark)
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digit = |it: &u8| char::from(*it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(byte).collect()
}

/// Signatures, each with until when it must not come again.
type Marks = VecDeque<(Vec<u8>, Timestamp)>;

/// What came lately, of each plugin.
#[derive(Debug, Default)]
pub(super) struct Came(Mutex<BTreeMap<PluginName, Marks>>);

impl Came {
    /// Whether it comes for the first time; it is remembered then.
    pub(super) fn is_first(&self, plugin: &PluginName, mark: &[u8], until: Timestamp, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = all.entry(plugin.clone()).or_default();
        marks.retain(|it| now < it.1);
        if marks.iter().any(|it| it.0 == mark) {
            return false;
        }
        if MOST <= marks.len() {
            marks.pop_front();
        }
        marks.push_back((mark.to_vec(), until));
        true
    }

    /// It was not taken after all, and may come again.
    pub(super) fn forget(&self, plugin: &PluginName, mark: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(marks) = all.get_mut(plugin) {
            marks.retain(|it| it.0 != mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"key";
    const NOW: i64 = 1_795_000_000;

    fn hex(text: &str) -> String {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), text.as_bytes());
        tag.as_ref().iter().map(|it| format!("{it:02x}")).collect()
    }

    fn seen(name: &str, value: &str, body: &str) -> Shown {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let moment = Moment { now: at(NOW), since: at(NOW - 200) };
        look(KEY, &BTreeMap::from([(name.to_owned(), value.to_owned())]), body, moment)
    }

    #[test]
    fn a_stamped_signature_is_right_for_its_body_and_five_minutes() {
        let sign = |t: i64, body: &str| format!("t={t},v1={}", hex(&format!("{t}.{body}")));
        let is_right = |value: &str| matches!(seen(STAMPED, value, "x"), Shown::Right { .. });
        for t in [NOW - 200, NOW, NOW + 300] {
            assert!(is_right(&sign(t, "x")), "{t}");
        }
        for t in [NOW - 301, NOW - 201, NOW + 301, i64::MAX, i64::MIN, 0] {
            assert!(!is_right(&sign(t, "x")), "{t}: too old, too early, or from before we remember");
        }
        assert!(!is_right(&sign(NOW, "y")), "another body");
        let other = sign(NOW, "x").replace(&format!("t={NOW}"), &format!("t={}", NOW + 1));
        assert!(!is_right(&other), "another time");
        assert!(is_right(&format!("t={NOW}, v1=00ff, v1={}", hex(&format!("{NOW}.x")))), "one of two keys");
        for wrong in ["", "t=1", "v1=00", "t=,v1=", &format!("t={NOW},v1=0"), &format!("t={NOW},v1=яя")] {
            assert_eq!(seen(STAMPED, wrong, "x"), Shown::Wrong, "{wrong}");
        }
    }

    #[test]
    fn a_plain_signature_is_right_for_its_body() {
        let good = format!("sha256={}", hex("x"));
        assert!(matches!(seen(PLAIN, &good, "x"), Shown::Right { .. }));
        for wrong in ["", "sha256=", "sha256=zz", &hex("x"), &format!("sha1={}", hex("x"))] {
            assert_eq!(seen(PLAIN, wrong, "x"), Shown::Wrong, "{wrong}");
        }
        assert_eq!(seen(PLAIN, &good, "y"), Shown::Wrong);
        assert_eq!(seen("x-event", "push", "x"), Shown::Nothing);
    }

    #[test]
    fn what_came_is_remembered_as_long_as_it_could_come_again_and_never_too_much() {
        let (came, plugin) = (Came::default(), PluginName::new("dice").unwrap());
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        assert!(came.is_first(&plugin, b"a", at(10), at(0)) && !came.is_first(&plugin, b"a", at(10), at(9)));
        assert!(came.is_first(&PluginName::new("poll").unwrap(), b"a", at(10), at(9)));
        came.forget(&plugin, b"a");
        assert!(came.is_first(&plugin, b"a", at(10), at(9)) && came.is_first(&plugin, b"a", at(20), at(10)));
        for n in 0..2 * MOST {
            came.is_first(&plugin, n.to_string().as_bytes(), at(100), at(10));
        }
        assert_eq!(came.0.lock().unwrap()[&plugin].len(), MOST);
    }
}
