//! Hidden: writing that says one thing to people and another to filters.
//!
//! What scripts need themselves is not counted ([`Tricks`]), so that no language is suspicious.

use super::{Hit, Rule};
use crate::text::Tricks;

/// Letters with heaps of marks, from so many on, and from one in so many.
const LOADED: u32 = 3;
const LOADED_SHARE: u32 = 5;
/// Words cut by what shows nothing.
const SPLITS: u32 = 4;
/// Characters that show nothing.
const INVISIBLE: u32 = 10;
/// Words of two alphabets, from so many on, and from one in so many.
const MIXED: u32 = 3;
const MIXED_SHARE: u32 = 3;

/// Judges what was found in a message.
pub(crate) fn judge(found: Tricks) -> Option<Hit> {
    let hit = |points, n: u32| Some(Hit::new(Rule::Hidden, points, "reason-hidden", usize::try_from(n).unwrap_or(0)));
    if found.is_turned {
        return hit(25, 1);
    }
    if LOADED <= found.n_loaded && found.n_letters < found.n_loaded * LOADED_SHARE {
        return hit(25, found.n_loaded);
    }
    if SPLITS <= found.n_splits || INVISIBLE < found.n_invisible {
        return hit(20, found.n_invisible);
    }
    (MIXED <= found.n_mixed && found.n_words <= found.n_mixed * MIXED_SHARE).then_some(())?;
    hit(20, found.n_mixed)
}

/// Judges a nick, in which nobody needs any of that: one trick is enough.
pub(crate) fn is_in_name(found: Tricks) -> bool {
    found.is_turned || 0 < found.n_loaded || 0 < found.n_invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_are_offences_and_traces_of_them_are_none() {
        let points = |text: &str| judge(Tricks::of(text)).map(|it| it.points);
        assert_eq!(points("go to \u{202e}moc.elpmaxe"), Some(25));
        assert_eq!(points(&"Z\u{300}\u{301}\u{302}\u{303}\u{304}".repeat(6)), Some(25));
        assert_eq!(points("f\u{200b}r\u{200b}e\u{200b}e\u{200b} money"), None);
        assert_eq!(points("f\u{200b}r\u{200b}e\u{200b}e m\u{200b}oney"), Some(20));
        assert_eq!(points(&"\u{3164}".repeat(40)), Some(20));
        assert_eq!(points("сheap wаtches on sаle"), Some(20));
        for text in
            ["\u{feff}pasted from a page\u{200b}", "a typo: дeлаю so", "e\u{300}\u{301}\u{302}\u{303}!", "hello"]
        {
            assert_eq!(points(text), None, "{text}");
        }
    }
}
