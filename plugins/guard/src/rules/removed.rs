//! Removed: what was taken back here before, said again by someone who is new.
//!
//! The second wave of an attack comes from other accounts with the same text; its first copy is known already.

use super::{Hit, Rule, Speech};
use crate::{campaign::Campaigns, recent::Said, trust::Trust};

/// Judges what a stranger says by what was taken back in this room.
pub(crate) fn judge(new: &Said, removed: &Campaigns, speech: &Speech<'_>) -> Option<Hit> {
    let is_fresh = speech.is_fresh();
    removed.all().any(|it| it.is_in(new, is_fresh)).then(|| hit(speech))
}

/// What it weighs. Whoever is known here quotes, or has been fooled; they are told by the rules that follow.
pub(crate) fn hit(speech: &Speech<'_>) -> Hit {
    let points = match speech.trust {
        _ if speech.is_fresh() => 60,
        Trust::Stranger | Trust::Newcomer => 30,
        Trust::Regular | Trust::Affiliated => 20,
    };
    Hit::new(Rule::Removed, points, "reason-removed", 1)
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Message, Timestamp};

    use super::*;
    use crate::{campaign::Campaign, rules::trial::speech, text::Look};

    fn said(body: &str) -> Said {
        let message = Message { body: body.to_owned(), ..Message::default() };
        Said::new(&message, &Look::new(&message))
    }

    fn points(body: &str, trust: Trust, n_clean: u32) -> u32 {
        let mut removed = Campaigns::default();
        removed.learn(
            Campaign::new(&said("Earn 500 a day from home, write to https://easy.example/join now")).unwrap(),
            Timestamp::default(),
        );
        speech(body, trust, n_clean, |it| judge(&said(body), &removed, it)).map_or(0, |it| it.points)
    }

    #[test]
    fn the_first_copy_of_a_second_wave_is_known() {
        assert_eq!(points("earn 900 a day from home, write to https://easy.example/join", Trust::Stranger, 0), 60);
        assert_eq!(points("never work again: https://easy.example/join", Trust::Stranger, 0), 60);
        assert_eq!(points("never work again: https://easy.example/join", Trust::Stranger, 9), 0, "has talked");
        assert_eq!(points("earn 900 a day from home, write to https://easy.example/join", Trust::Newcomer, 20), 30);
        assert_eq!(points("does anyone here write from home?", Trust::Stranger, 0), 0);
    }
}
