//! Edit: harmless words that are made into an advert once nobody looks.

use super::{Hit, Rule, Speech};
use crate::{recent::Said, text::Print};

/// From this share of the old text on, in thousandths, it is the same with something added.
const SAME: u32 = 400;

/// Judges a correction: what the message said until now, and what it says now.
pub(crate) fn judge(old: Option<&Print>, new: &Said, speech: &Speech<'_>) -> Option<Hit> {
    let (old, new_print) = (old?, new.print.as_ref()?);
    if !new.is_advert || !speech.look.leads().lead_away() || SAME <= old.share_in(new_print) {
        return None;
    }
    let points = if speech.is_fresh() { 40 } else { 20 };
    Some(Hit::new(Rule::Edit, points, "reason-edit", 1))
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Message;

    use super::*;
    use crate::{
        rules::trial::speech,
        text::{Look, print_of},
        trust::Trust,
    };

    fn points(old: &str, text: &str, n_clean: u32) -> Option<u32> {
        let message = Message { body: text.to_owned(), ..Message::default() };
        let new = Said::new(&message, &Look::new(&message));
        speech(text, Trust::Stranger, n_clean, |it| judge(Some(&print_of(old)), &new, it)).map(|it| it.points)
    }

    #[test]
    fn another_text_that_leads_away_is_an_offence_and_an_added_link_is_none() {
        assert_eq!(points("good morning to you", "cheap pills at https://pills.example/", 0), Some(40));
        assert_eq!(points("good morning to you", "cheap pills at https://pills.example/", 9), Some(20));
        assert_eq!(points("look at this", "look at this: https://pills.example/", 0), None);
        assert_eq!(points("my plase", "my place is at the window", 0), None);
        assert_eq!(points("my log", "sorry: https://pastebin.com/7", 0), None);
    }
}
