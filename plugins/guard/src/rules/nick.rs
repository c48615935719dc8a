//! Nick: a name that advertises, hides something, or passes for somebody else's.

use super::{Hit, Rule, hidden};
use crate::text::{Kind, Leads, Tricks};

/// Names longer than this fill the screen.
const LONG: usize = 60;

/// Judges a nick that someone came with or took.
pub(crate) fn judge(nick: &str) -> Option<Hit> {
    let mut leads = Leads::default();
    leads.add(nick);
    let n_chars = nick.chars().count();
    let points = match () {
        () if hidden::is_in_name(Tricks::of(nick)) => 20,
        () if leads.has(Kind::Invite) || leads.has(Kind::Contact) => 20,
        () if leads.has(Kind::Link) || LONG < n_chars => 15,
        () => return None,
    };
    Some(Hit::new(Rule::Nick, points, "reason-nick", n_chars))
}

/// A nick made to be taken for that of a moderator or a regular: certain enough to stop it at the door.
pub(crate) fn disguised() -> Hit {
    Hit::new(Rule::Nick, 60, "reason-disguise", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_nicks_of_any_script_are_borne() {
        for nick in ["alice", "Зоя", "김철수", "🦊fox🦊", "jo\u{2764}\u{fe0f}", "a.b", "user-1990", "محمد", "x_X_x"]
        {
            assert_eq!(judge(nick), None, "{nick}");
        }
    }

    #[test]
    fn nicks_that_advertise_or_hide_are_not() {
        for nick in
            ["best-shop.com", "fun@conference.jabber.example", "a\u{200b}lice", "x\u{202e}y", &"long".repeat(20)]
        {
            assert!(judge(nick).is_some(), "{nick}");
        }
    }
}
