//! Text as people see it, so that what looks the same is judged the same.
//!
//! The raw text is never changed: what is made here is for comparing only. Three forms, each coarser than the last:
//! the text as [shown](Look::shown), its [normal form](normal), its [skeleton](Skeleton). A [`Look`] makes each of them
//! once a message, and only when a rule asks for it.

mod chars;
mod code;
mod confusable;
mod courtesy;
mod fold;
mod hosts;
mod leads;
mod look;
mod number;
mod paste;
mod print;
mod signs;
mod skeleton;
mod tricks;

pub(crate) use self::{
    fold::{is_invisible, normal},
    leads::{Kind, Leads, site},
    look::{Look, mark_of},
    print::Print,
    signs::{is_bare, is_command, is_one_letter, is_quote, is_request, is_vote},
    skeleton::{Skeleton, skeleton},
    tricks::{Tricks, is_disguise_of, looks_of},
};

/// Whether a text asks something; the mark within an address asks nothing.
pub(crate) fn is_question(text: &str) -> bool {
    let asks = |word: &str| word.trim_end_matches(['!', ')', '"', '\'', '.']).ends_with(['?', '？', '؟']);
    // The others cannot be in what is ASCII, and most texts are.
    (!text.is_ascii() && (text.contains('？') || text.contains('؟')))
        || text.contains('?') && text.split_whitespace().any(asks)
}

/// The fingerprint of a text.
pub(crate) fn print_of(text: &str) -> Print {
    let bones = skeleton(text);
    Print::new(&bones.text, bones.n_chars)
}
