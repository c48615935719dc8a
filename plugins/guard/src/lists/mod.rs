//! What people wrote down against spam: lists of words, rules of owners, block lists of others, campaigns.
//!
//! Everything here is pure. The rooms share it as one immutable value ([`Common`]) that the reacting half swaps; a room
//! asks it once an event ([`Common::judge`]) and looks once a second whether there is something for it ([`room`]).

pub(crate) mod asks;
pub(crate) mod block;
pub(crate) mod campaign;
pub(crate) mod condition;
pub(crate) mod consent;
pub(crate) mod deed;
pub(crate) mod file;
pub(crate) mod look;
pub(crate) mod own;
pub(crate) mod parse;
pub(crate) mod room;
pub(crate) mod words;

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Answer, Identity, Message, Occupant, RoomJid, Shared, Timestamp};

use self::{
    asks::Asks,
    block::Blocks,
    campaign::Campaigns,
    condition::Facts,
    deed::Deed,
    own::{Mode, OwnRules},
    words::Words,
};
use crate::{
    campaign::Campaign,
    rules::{Hit, Rule},
    text::Look,
    trust::Trust,
};

/// The lists to begin with, by name.
pub(crate) const STARTERS: &[(&str, &str)] =
    &[("starter-en", include_str!("../../lists/en.txt")), ("starter-ru", include_str!("../../lists/ru.txt"))];

/// Points of what was taken back in another room.
const CAMPAIGN_POINTS: u32 = 60;

/// What the rooms share. Cheap to copy: each part is shared itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Common {
    /// Words, phrases and patterns.
    pub(crate) words: Arc<Words>,
    /// Rules of owners.
    pub(crate) rules: Arc<OwnRules>,
    /// Block lists.
    pub(crate) blocks: Arc<Blocks>,
    /// What was taken back lately.
    pub(crate) campaigns: Arc<Campaigns>,
    /// Words to single rooms.
    pub(crate) asks: Arc<Asks>,
}

/// Someone doing something, as lists look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    /// Where.
    pub(crate) room: &'a RoomJid,
    /// When.
    pub(crate) now: Timestamp,
    /// Who.
    pub(crate) occupant: &'a Occupant,
    /// Who that is.
    pub(crate) identity: &'a Identity,
    /// How well known.
    pub(crate) trust: Trust,
    /// For how long known here.
    pub(crate) age: Duration,
    /// How often they came in within two minutes.
    pub(crate) n_joins: usize,
    /// What was said, if anything.
    pub(crate) message: Option<&'a Message>,
    /// What that looks like, where campaigns are of interest.
    pub(crate) look: Option<&'a Look<'a>>,
    /// The word lists that the room names in its settings.
    pub(crate) named: &'a [String],
    /// Whether they came in just now.
    pub(crate) comes: bool,
    /// Whether campaigns of other rooms count here.
    pub(crate) heeds_campaigns: bool,
}

/// What lists have to say.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Finding {
    /// Points, to be weighed and added up.
    pub(crate) hits: Vec<Hit>,
    /// An answer that does not wait for a sum, the strongest there is.
    pub(crate) certain: Option<(Answer, Hit)>,
    /// Every entry that hit, as `kind/list/entry`: what is counted.
    pub(crate) entries: Vec<String>,
    /// Entries of block lists among them: list and id.
    pub(crate) blocked: Vec<(Arc<str>, String)>,
}

impl Common {
    /// Out of what the rooms share.
    pub(crate) fn of(shared: &Shared) -> Option<&Self> {
        shared.as_deref()?.downcast_ref()
    }

    /// As what the rooms share.
    pub(crate) fn into_shared(self) -> Shared {
        Some(Arc::new(self))
    }

    /// What lists have to say about this.
    pub(crate) fn judge(&self, it: &Occasion<'_>) -> Finding {
        let mut finding = Finding::default();
        // Most rooms have neither words nor rules: there a message costs nothing here.
        let is_looked_at =
            self.words.are_any(it.room, it.named) || self.rules.get(it.room).is_some_and(|it| !it.is_empty());
        let forms = match it.message {
            _ if !is_looked_at => Vec::new(),
            Some(message) => look::message(message),
            // A nick is read by everybody like a message.
            None => look::forms(it.occupant.nick.as_str()),
        };
        self.judge_words(it, &forms, &mut finding);
        if it.message.is_some() {
            self.judge_campaign(it, &mut finding);
        } else if it.comes {
            self.judge_blocks(it, &mut finding);
        }
        self.judge_rules(it, &forms, &mut finding);
        finding
    }

    fn judge_words(&self, it: &Occasion<'_>, forms: &[look::Form], finding: &mut Finding) {
        for entry in self.words.find(it.room, it.named, forms, it.now) {
            let name = format!("{}: {}", entry.list, entry.text);
            finding.entries.push(format!("word/{}/{}", entry.list, entry.text));
            finding.add(Rule::Words, "reason-words", name.into(), entry.deed, entry.is_observed);
        }
    }

    fn judge_campaign(&self, it: &Occasion<'_>, finding: &mut Finding) {
        if !it.heeds_campaigns || it.trust.is_known() || self.campaigns.len() == 0 {
            return;
        }
        let Some(campaign) = it.look.and_then(Campaign::seen) else { return };
        if self.campaigns.knows(it.room, it.now, &campaign) {
            finding.hits.push(Hit::new(Rule::Campaign, CAMPAIGN_POINTS, "reason-campaign", 1));
        }
    }

    /// Who stands on block lists. Members and above never do, whatever `spare_members` says.
    fn judge_blocks(&self, it: &Occasion<'_>, finding: &mut Finding) {
        let Some(jid) = it.identity.jid().filter(|_| !is_affiliated(it.occupant)) else { return };
        for blocked in self.blocks.find(Some(it.room), jid) {
            finding.entries.push(format!("block/{}/{}", blocked.list, blocked.id));
            let deed = blocked.deed.unwrap_or(Deed::Points(blocked.points));
            finding.add(Rule::Block, "reason-block", blocked.list.clone(), deed, blocked.is_observed);
            if !blocked.is_observed {
                finding.blocked.push((blocked.list, blocked.id));
            }
        }
    }

    fn judge_rules(&self, it: &Occasion<'_>, forms: &[look::Form], finding: &mut Finding) {
        let Some(rules) = self.rules.get(it.room).filter(|it| !it.is_empty()) else { return };
        let facts = it.facts(forms);
        for rule in rules.iter().filter(|rule| rule.hits(&facts, it.now)) {
            finding.entries.push(format!("rule/{}/{}", it.room, rule.name));
            let is_observed = rule.mode == Mode::Observe;
            finding.add(Rule::Own, "reason-own", rule.name.clone(), rule.deed, is_observed);
        }
    }
}

impl<'a> Occasion<'a> {
    /// What rules may ask about.
    pub(crate) fn facts(&self, forms: &'a [look::Form]) -> Facts<'a> {
        // Of what is encrypted nothing is known, its length neither.
        let said = self.message.filter(|it| !it.is_encrypted);
        Facts {
            nick: &self.occupant.nick,
            jid: self.identity.jid(),
            body: said.map(|it| (forms, it.body.chars().count())),
            n_links: said.map(look::n_links),
            client: self.occupant.caps.as_ref().map(|it| it.node.as_str()),
            age: self.age,
            n_joins: self.n_joins,
            trust: self.trust,
            affiliation: self.occupant.affiliation,
        }
    }
}

impl Finding {
    fn add(&mut self, rule: Rule, reason: &'static str, name: Arc<str>, deed: Deed, is_observed: bool) {
        let hit = |points, reason| Hit { name: Some(name.clone()), ..Hit::new(rule, points, reason, 1) };
        let certain = match deed {
            _ if is_observed => (Answer::Note, hit(0, "reason-observed")),
            Deed::Points(points) => return self.hits.push(hit(points, reason)),
            Deed::Answer(answer) => (answer, hit(0, reason)),
        };
        // Of equals the first: a room's own before those of all rooms.
        if self.certain.as_ref().is_none_or(|it| it.0 < certain.0) {
            self.certain = Some(certain);
        }
    }

    /// Whether nothing was found but by what is only watched.
    pub(crate) fn is_watched_only(&self) -> bool {
        self.hits.is_empty() && self.certain.as_ref().is_none_or(|it| it.1.reason == "reason-observed")
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.hits.is_empty() && self.certain.is_none()
    }
}

fn is_affiliated(occupant: &Occupant) -> bool {
    domovoi_plugin::Affiliation::Member <= occupant.affiliation
}
