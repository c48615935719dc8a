//! Status: a status or a subject that advertises or fills the screen.
//!
//! Many put their page into their status: alone that is nothing.

use super::{Hit, Rule, hidden};
use crate::text::{Kind, Look};

/// Characters of a status that clients still show in one piece.
const LONG: u32 = 300;

/// Judges the status of a stranger.
pub(crate) fn judge_status(text: &str) -> Option<Hit> {
    let look = Look::text(text);
    let leads = look.leads();
    let points = match () {
        () if hidden::judge(look.tricks()).is_some() => 15,
        () if leads.has(Kind::Invite) || leads.has(Kind::Contact) => 15,
        () if leads.lead_away() && 2 <= look.n_shouts() => 15,
        () if leads.lead_away() || LONG < look.n_chars() => 12,
        () => return None,
    };
    Some(Hit::new(Rule::Status, points, "reason-status", 1))
}

/// Judges a subject that a stranger has set, which everyone sees who comes.
pub(crate) fn judge_subject(text: &str) -> Option<Hit> {
    let look = Look::text(text);
    let is_advert = look.leads().lead_away() || hidden::judge(look.tricks()).is_some();
    is_advert.then(|| Hit::new(Rule::Status, 30, "reason-subject", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_statuses_are_borne_and_adverts_are_not() {
        for text in ["", "away from keyboard", "gone fishing, back at 18:00", "на работе"] {
            assert_eq!(judge_status(text), None, "{text}");
        }
        assert_eq!(judge_status("my page: https://me.example/").map(|it| it.points), Some(12));
        assert_eq!(judge_status("come to fun@conference.jabber.example").map(|it| it.points), Some(15));
        assert!(judge_subject("buy at https://shop.example/").is_some() && judge_subject("welcome!").is_none());
    }
}
