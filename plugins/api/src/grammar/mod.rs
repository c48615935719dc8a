//! The grammar of commands: from a line that someone typed to a command with typed arguments, or a clear refusal.
//!
//! Pure code, used by the host and by the bench alike: who is asked ([`address`]), what is asked ([`Commands`]), with
//! what ([`parse`]), and whether the asker may ([`decide`], [`may`]). It never acts and never waits; a line of any
//! size and any script costs a bounded amount of work.

mod address;
mod args;
mod mistake;
mod people;
mod rights;
mod table;
mod tokens;
mod usage;

pub use address::{PlaceKind, address};
pub use args::{Around, MAX_SEVERAL, parse};
pub use mistake::{Mistake, act_error_text, act_failure_text, level_text, option_text, outcome_text};
pub use people::who_is;
pub use rights::{Refusal, decide, may, may_to_absent};
pub use table::{Collision, Commands, Entry, Found};
pub use tokens::{MAX_LINE_BYTES, shown};
pub use usage::{example_in, name_in, shows_more, usage, usage_text};

#[cfg(test)]
mod testing {
    use crate::{Affiliation, Nick, Occupant, Role, Show, Timestamp};

    /// Someone, of whom nothing is known but this.
    pub(super) fn occupant(nick: &str, role: Role, affiliation: Affiliation, stay: u64) -> Occupant {
        Occupant {
            nick: Nick::new(nick).unwrap(),
            role,
            affiliation,
            jids: Vec::new(),
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: Timestamp::from_millis(0),
            stay,
            is_self: false,
        }
    }
}
