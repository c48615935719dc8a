//! An incident that a person has taken back, as far as the guard remembers anything of it.
//!
//! The host gives back voice, affiliations and the room's form. Without this the guard would go on holding the same
//! against the same people: the next message would bring the next sentence, and other rooms would stop the same text.

use std::time::Duration;

use domovoi_plugin::{Identity, Incident, Timestamp};

use crate::{campaign::Campaign, text::Look};

/// What is learned of an incident is learned within this time of it.
const SLACK: Duration = Duration::from_secs(5);

/// An incident taken back.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Undone {
    /// Since when it lasted.
    pub(crate) since: Timestamp,
    until: Timestamp,
    /// Whom it concerned.
    pub(crate) people: Vec<Identity>,
    /// What was said, as far as the room keeps evidence.
    said: Vec<Campaign>,
    /// Whether it was a raid.
    pub(crate) is_raid: bool,
}

impl Undone {
    /// Of an incident as the host tells it.
    pub(crate) fn new(incident: &Incident) -> Self {
        Self {
            since: incident.opened,
            until: incident.last + SLACK,
            people: incident.people.iter().map(|it| it.identity.clone()).collect(),
            said: incident.said.iter().filter_map(|it| Campaign::seen(&Look::text(&it.text))).collect(),
            is_raid: incident.is_raid,
        }
    }

    /// Whether a fingerprint that was learned then came out of it. Where the room keeps no evidence, the time decides.
    pub(crate) fn is_about(&self, at: Timestamp, campaign: &Campaign) -> bool {
        let is_in_time = self.since <= at && at <= self.until;
        let is_like = |it: &Campaign| it.is_like(campaign) || it.leads_like(campaign);
        is_in_time && (self.said.is_empty() || self.said.iter().any(is_like))
    }
}
