//! The worst attacks of `tests/transcripts/attacks`, played by real connections against the real bot on real servers.
//!
//! In a replay a sentence works at once; here it takes as long as it takes, and what was said meanwhile was heard. Each
//! scene prints how much that was, beside the goal:
//!
//! ```text
//! cargo nextest run -p domovoi -E 'binary(live) and test(attack)' --success-output immediate
//! ```
//!
//! What a scene asserts leaves room for machines that are slow and shared: for the messages that are under way while
//! the server is told who may not speak. How much that is, and why, is beside each scene.

mod babble;
mod battle;
mod campaigns;
mod lone;
mod raids;

/// An advert, and how one who has heard of filters puts it.
const ADVERTS: [&str; 6] = [
    "Cheap replica watches, 70% off only today, order at https://watches.example/sale",
    "CHEAP replica watches 75% off!!! only today!! order at https://watches.example/sale",
    "cheap  replica watches - 70% off - only TODAY - order now https://watches.example/sale 🔥",
    "Сhеар rерliса wаtсhеs, 70% оff оnly tоdаy, оrdеr аt https://watches.example/sale",
    "⌚ cheap replica watches ⌚ 70 % off ⌚ only today ⌚ https://watches.example/sale ⌚",
    "Ch3ap r3plica watch3s, 7O% 0ff 0nly t0day, 0rder at https://watches.example/sale?r=9",
];
