//! A campaign: the fingerprint of something that was taken back, by which it is known when it comes again.
//!
//! Between rooms it travels in a memo named `removed`, whose data is
//! `{"print": [u32, …], "n_chars": n, "links": [u64, …], "paste": bool}`: the hashes of a [`Print`], how many characters
//! the text had, hashes of what it led to (below 2^53, so that every reader of JSON takes them for the numbers they are),
//! and whether a machine wrote it. No text and no address can be read out of it.

use domovoi_plugin::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    recent::Said,
    text::{Kind, Look, Print},
    window::Window,
};

/// Shorter texts are said by everyone.
const SHORT: u32 = 16;
/// From this likeness on, in thousandths, two texts are one.
const ALIKE: u32 = 750;
/// From how many characters on a text that was changed more is known all the same, and the likeness then.
const LONG: u32 = 32;
const ALIKE_LONG: u32 = 550;
/// The likeness of what machines wrote.
const ALIKE_MATERIAL: u32 = 850;
/// Links of what is told by others that are looked at.
const MOST_LINKS: usize = 8;

/// What is known of a text that was taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Campaign {
    #[serde(rename = "p")]
    print: Print,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<u64>,
    /// Whether it was a paste with addresses in it: what machines write is all alike.
    #[serde(rename = "m", default, skip_serializing_if = "std::ops::Not::not")]
    is_material: bool,
}

/// Campaigns of one room, the latest ones.
pub(crate) type Campaigns = Window<Campaign, 32>;

impl Campaign {
    /// Of something said that is remembered; `None` if it is too short to tell it from what everyone says.
    pub(crate) fn new(said: &Said) -> Option<Self> {
        let print = said.print.as_ref().filter(|it| SHORT <= it.n_chars)?.clone();
        Some(Self { print, links: said.leads.to_vec(), is_material: said.is_material })
    }

    /// Whether something said is the same, or leads to the same place if that counts; what is too short for a campaign
    /// never is. Nothing is copied for it: all that strangers say is compared.
    pub(crate) fn is_in(&self, said: &Said, links_count: bool) -> bool {
        let Some(print) = said.print.as_ref().filter(|it| SHORT <= it.n_chars) else { return false };
        self.is_print_like(print, said.is_material)
            || (links_count && self.links.iter().any(|it| said.leads.contains(it)))
    }

    fn is_print_like(&self, other: &Print, is_material: bool) -> bool {
        let least = match () {
            () if is_material || self.is_material => ALIKE_MATERIAL,
            () if LONG <= self.print.n_chars && LONG <= other.n_chars => ALIKE_LONG,
            () => ALIKE,
        };
        self.print.is_like(other, least)
    }

    /// Of what a message looks like.
    pub(crate) fn seen(look: &Look<'_>) -> Option<Self> {
        let print = look.print().filter(|it| SHORT <= it.n_chars)?.clone();
        let leads = look.leads();
        Some(Self { print, links: leads.telling().collect(), is_material: leads.has(Kind::Material) })
    }

    /// Of a message.
    #[cfg(test)]
    pub(crate) fn of(message: &domovoi_plugin::Message) -> Option<Self> {
        Self::seen(&Look::new(message))
    }

    /// Whether the other is the same, or the same with other words put in here and there.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.is_print_like(&other.print, other.is_material)
    }

    /// How many characters the text had.
    pub(crate) const fn n_chars(&self) -> u32 {
        self.print.n_chars
    }

    /// Whether it leads anywhere.
    pub(crate) const fn leads(&self) -> bool {
        !self.links.is_empty()
    }

    /// Whether both lead to the same place.
    pub(crate) fn leads_like(&self, other: &Self) -> bool {
        self.links.iter().any(|it| other.links.contains(it))
    }

    /// As a memo carries it.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "print": self.print.hashes(), "n_chars": self.print.n_chars, "links": self.links, "paste": self.is_material,
        })
    }

    /// Of what a memo carries; `None` of anything else.
    pub(crate) fn from_json(data: &Value) -> Option<Self> {
        let hashes = data.get("print")?.as_array()?.iter().map(|it| it.as_u64().and_then(|it| u32::try_from(it).ok()));
        let hashes: Option<Vec<u32>> = hashes.take(256).collect();
        let n_chars = u32::try_from(data.get("n_chars")?.as_u64()?).ok()?;
        let links = data.get("links").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64);
        let print = Print::told(n_chars, hashes.filter(|it| !it.is_empty())?);
        let is_material = data.get("paste").and_then(Value::as_bool).unwrap_or(false);
        (SHORT <= n_chars).then(|| Self { print, links: links.take(MOST_LINKS).collect(), is_material })
    }
}

impl Campaigns {
    /// Keeps one; gives it back if it was not known yet.
    pub(crate) fn learn(&mut self, campaign: Campaign, now: Timestamp) -> Option<Campaign> {
        if self.all().any(|it| it.is_like(&campaign)) {
            return None;
        }
        self.push(now, campaign.clone());
        Some(campaign)
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Message;
    use proptest::prelude::*;

    use super::*;

    fn campaign(body: &str) -> Option<Campaign> {
        Campaign::of(&Message { body: body.to_owned(), ..Message::default() })
    }

    #[test]
    fn a_campaign_is_known_again_though_changed() {
        let first = campaign("Earn 500 a day from home, write to https://easy.example/join now").unwrap();
        for text in [
            "EARN 500 a day from hоme, write to https://easy.example/join now!!!",
            "Earn 700 a day from home, come to https://easy.example/join today 🔥",
            "e a r n 500 a day from home, write to easy.example/join now",
        ] {
            assert!(first.is_like(&campaign(text).unwrap()), "{text}");
        }
        let other = campaign("Easy money for everybody: https://easy.example/join").unwrap();
        assert!(!first.is_like(&other) && first.leads_like(&other));
        let honest = campaign("I write to you from home, where my server is down").unwrap();
        assert!(!first.is_like(&honest) && !first.leads_like(&honest));
        assert_eq!(campaign("lol ok"), None);
    }

    #[test]
    fn memos_carry_it_whole() {
        let it = campaign("Earn 500 a day from home, write to https://easy.example/join now").unwrap();
        assert_eq!(Campaign::from_json(&it.to_json()), Some(it));
        for garbage in [json!(null), json!({"print": [], "n_chars": 40}), json!({"print": ["x"], "n_chars": 40})] {
            assert_eq!(Campaign::from_json(&garbage), None);
        }
    }

    proptest! {
        #[test]
        fn anything_told_is_borne(print in prop::collection::vec(any::<u64>(), 0..400), n in any::<u64>()) {
            Campaign::from_json(&json!({ "print": print, "n_chars": n, "links": print }));
        }
    }
}
