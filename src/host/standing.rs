//! What the bot may do in a room, told to the room's owners when it first comes in and when it loses something.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domovoi_plugin::{
    Affiliation, Features, Level, Moderation, Place, Power, Role, RoomJid, Snapshot, Target, Text, Timestamp, View,
    grammar::level_text, jid::BareJid,
};
use serde::{Deserialize, Serialize};
use tracing::{debug, warn};

use super::{
    core::{Host, OWN_NAME},
    rights::{Lack, Need, lacking, main_need},
};
use crate::store::{Batch, Tree};

/// How long something must hold before it is told: a join changes a role twice within a second.
const SETTLED: Duration = Duration::from_secs(3);
/// Changes are told no more often than this, whoever plays with our rights. The first follows on the entry at once: whoever
/// lets us in and then takes a right away is still looking.
const PAUSE: Duration = Duration::from_secs(600);

/// What the bot is in a room, as far as it decides what it may do there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// Our role.
    pub role: Role,
    /// Our affiliation.
    pub affiliation: Affiliation,
    /// Whether visitors cannot speak.
    pub is_moderated: bool,
    /// Whether only members may enter.
    pub is_members_only: bool,
    /// Whether everybody sees real JIDs.
    pub is_non_anonymous: bool,
    /// How messages can be taken back.
    pub moderation: Moderation,
}

impl Standing {
    /// As it is in this room now; `None` while we are not in it.
    #[must_use]
    pub fn of(view: &dyn View) -> Option<Self> {
        let me = view.me()?;
        Some(Self::new(me.role, me.affiliation, view.features()))
    }

    /// Of what the room says of us and of itself.
    #[must_use]
    pub fn new(role: Role, affiliation: Affiliation, features: &Features) -> Self {
        Self {
            role,
            affiliation,
            is_moderated: features.is_moderated,
            is_members_only: features.is_members_only,
            is_non_anonymous: features.is_non_anonymous,
            moderation: features.moderation,
        }
    }

    fn lacking(&self, powers: &BTreeSet<Power>) -> Vec<Lack> {
        let features = Features {
            is_moderated: self.is_moderated,
            is_members_only: self.is_members_only,
            is_non_anonymous: self.is_non_anonymous,
            moderation: self.moderation,
            ..Features::default()
        };
        lacking(self.role, self.affiliation, &features, powers)
    }
}

/// What depends on our standing, in the order in which it is told.
const IN_QUESTION: [Power; 8] = [
    Power::Say,
    Power::Kick,
    Power::Voice,
    Power::Moderate,
    Power::Ban,
    Power::Affiliation,
    Power::Subject,
    Power::RoomConfig,
];

/// What of these powers is worth telling about: to speak always is.
fn in_question(powers: &BTreeSet<Power>) -> BTreeSet<Power> {
    IN_QUESTION.into_iter().filter(|it| *it == Power::Say || powers.contains(it)).collect()
}

/// What the bot may do in a room, what not, and the one thing to change. `powers` are those of the plugins that are on.
#[must_use]
pub fn rights_report(room: &RoomJid, standing: &Standing, powers: &BTreeSet<Power>, address: Option<&BareJid>) -> Text {
    let wanted = in_question(powers);
    let lacks = standing.lacking(&wanted);
    // In a room that is not moderated a mute is only less sure.
    let is_lacking = |power: &Power| lacks.iter().any(|it| it.power == *power && it.needs != Need::ModeratedRoom);
    let (cannot, can): (Vec<Power>, Vec<Power>) =
        IN_QUESTION.into_iter().filter(|it| wanted.contains(it)).partition(is_lacking);
    let level = level_text(Level::of(standing.role, standing.affiliation));
    let mut lines = vec![Text::key("rights-head").with("room", room.as_str()).with("level", level)];
    lines.extend(listed(&can).map(|list| Text::key("rights-can").with("list", list)));
    lines.extend(listed(&cannot).map(|list| Text::key("rights-cannot").with("list", list)));
    // To be an owner is much to ask for: the configuration is changed in a raid only, and the guard manages without.
    let (of_form, of_rest): (Vec<Lack>, Vec<Lack>) = lacks.iter().partition(|it| it.power == Power::RoomConfig);
    lines.push(match main_need(&of_rest) {
        Some(need) => Text::key(format!("need-{}", need.as_str())),
        None if of_form.is_empty() => Text::key("need-nothing"),
        None => Text::key("need-owner-perhaps"),
    });
    // Clients ask for the address when an affiliation is given, and not all know it of a nick.
    let is_needed = main_need(&of_rest).is_some_and(Need::is_given_by_owner);
    let address = address.filter(|_| is_needed);
    lines.extend(address.map(|it| Text::key("need-address").with("address", it.as_str())));
    Text::Lines(lines)
}

/// Several powers in words, with commas; `None` for none.
fn listed(powers: &[Power]) -> Option<Text> {
    let words = powers.iter().map(|it| Text::key(format!("power-{}", it.as_str())));
    words.reduce(|first, second| Text::key("list-and").with("first", first).with("second", second))
}

/// Whether something could be done before that cannot now, with the plugins that are on now.
fn is_loss(before: &Standing, now: &Standing, powers: &BTreeSet<Power>) -> bool {
    let wanted = in_question(powers);
    let before = before.lacking(&wanted);
    let could = |lack: &Lack| !before.iter().any(|it| it.power == lack.power);
    now.lacking(&wanted).iter().any(could)
}

/// Notices when the bot's rights in one room have changed and stay so.
#[derive(Clone, Debug, Default)]
pub struct StandingWatch {
    seen: Option<(Standing, Timestamp)>,
    told: Option<Standing>,
    /// When a change was told last.
    changed: Option<Timestamp>,
}

impl StandingWatch {
    /// A second passed; gives the rights if they are news that has settled.
    pub fn tick(&mut self, standing: Option<Standing>, now: Timestamp) -> Option<Standing> {
        let standing = standing?;
        match self.seen {
            Some((seen, since)) if seen == standing => {
                let is_new = self.told != Some(standing);
                let is_late_enough = self.changed.is_none_or(|at| PAUSE <= now.since(at));
                if !is_new || !is_late_enough || now.since(since) < SETTLED {
                    return None;
                }
                if self.told.replace(standing).is_some() {
                    self.changed = Some(now);
                }
                Some(standing)
            }
            _ => {
                self.seen = Some((standing, now));
                None
            }
        }
    }
}

/// Tells those whom it concerns, unless they were told this or nothing was lost since.
pub(super) async fn tell(host: Arc<Host>, room: RoomJid, standing: Standing) {
    let key = format!("told\0{room}");
    let told = match host.store.state.get_json::<Standing>(Tree::Rooms, key.clone()).await {
        Ok(told) => told,
        Err(error) => {
            return warn!(room.jid = %room, %error, "what was told of our rights is not known; nothing is told");
        }
    };
    if told == Some(standing) {
        return;
    }
    let powers = powers_here(&host, &room);
    if told.is_none_or(|before| is_loss(&before, &standing, &powers)) {
        let here = match host.outlet() {
            Some(outlet) => outlet.snapshot(&room).await.unwrap_or_default(),
            None => Snapshot::default(),
        };
        let me = here.occupants.values().find(|it| it.is_self).and_then(|it| it.bare_jid());
        say(&host, &room, here, &rights_report(&room, &standing, &powers, me.as_ref())).await;
    }
    let kept = match Batch::new().put_json(Tree::Rooms, key, &standing) {
        Ok(batch) => crate::store::held(host.store.state.commit(batch).await),
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        debug!(room.jid = %room, %error, "that our rights were told is not written down; they may be told again");
    }
}

fn powers_here(host: &Host, room: &RoomJid) -> BTreeSet<Power> {
    let roster = host.roster();
    let on = roster.plugins.iter().filter(|it| it.name().as_str() != OWN_NAME && host.is_on(&it.manifest, room));
    on.flat_map(|it| host.powers(&it.manifest, Some(room))).collect()
}

/// To the owners of the room who are there, else to the owners of the bot.
async fn say(host: &Arc<Host>, room: &RoomJid, here: Snapshot, text: &Text) {
    let config = host.live.config();
    let is_ours = |it: &domovoi_plugin::Occupant| {
        it.is_self || config.accounts.values().any(|account| it.has_jid(&account.jid.to_bare()))
    };
    let owners = here.occupants.values().filter(|it| it.affiliation == Affiliation::Owner && !is_ours(it));
    let owners = owners.take(10).map(|it| Target { nick: it.nick.clone(), identity: it.identity() });
    let owners: Vec<Target> = owners.collect();
    if owners.is_empty() {
        return host.tell_owner_aside(text.clone());
    }
    for owner in owners {
        let place = Place::Private(owner.nick.clone());
        let lang = host.language_for(Some(room), &place, &owner.identity);
        let words = host.words.translate(&lang, text);
        host.answer(&host.own_name(), Some(room), &place, Some(&owner), words).await;
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::Translate as _;

    use super::*;

    fn rights(role: Role, affiliation: Affiliation, moderation: Moderation) -> Standing {
        let features = Features { is_moderated: true, moderation, ..Features::default() };
        Standing::new(role, affiliation, &features)
    }

    #[test]
    fn report_names_what_can_be_done_what_not_and_one_change() {
        let room: RoomJid = "garden@chat.example".parse().unwrap();
        let guard: BTreeSet<Power> = [Power::Kick, Power::Voice, Power::Ban, Power::Moderate].into();
        let (words, _) = domovoi_plugin::Catalog::new(crate::i18n::LOCALES);
        let me = BareJid::new("keeper@example.org").unwrap();
        let check = |standing: Standing, powers: &BTreeSet<Power>, expected: &str| {
            assert_eq!(words.translate("en", &rights_report(&room, &standing, powers, Some(&me))), expected);
        };
        check(
            rights(Role::Participant, Affiliation::None, Moderation::V1),
            &guard,
            "In garden@chat.example my level is: participant.\nI can: speak.\n\
             I cannot: kick, give and take voice, take messages back, ban.\nTo change that, make me an admin of the room.\n\
             My address, should your client ask for it: keeper@example.org",
        );
        check(
            rights(Role::Moderator, Affiliation::Admin, Moderation::None),
            &guard,
            "In garden@chat.example my level is: admin.\nI can: speak, kick, give and take voice, ban.\n\
             I cannot: take messages back.\nTo change that, whoever runs the server must turn message moderation (XEP-0425) on.",
        );
        check(
            rights(Role::Visitor, Affiliation::None, Moderation::V1),
            &BTreeSet::new(),
            "In garden@chat.example my level is: visitor.\nI cannot: speak.\nTo change that, give me voice, or make me a member.\n\
             My address, should your client ask for it: keeper@example.org",
        );
        check(
            rights(Role::Moderator, Affiliation::Owner, Moderation::V0),
            &guard,
            "In garden@chat.example my level is: room owner.\nI can: speak, kick, give and take voice, take messages back, ban.\n\
             Nothing is missing.",
        );
    }

    #[test]
    fn only_what_has_settled_is_news_and_not_too_often() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let low = rights(Role::Participant, Affiliation::None, Moderation::None);
        let high = rights(Role::Moderator, Affiliation::Admin, Moderation::None);
        let mut watch = StandingWatch::default();
        assert_eq!(watch.tick(None, at(0)), None);
        assert_eq!(watch.tick(Some(low), at(1)), None);
        assert_eq!(watch.tick(Some(high), at(2)), None);
        assert_eq!(watch.tick(Some(high), at(4)), None);
        assert_eq!(watch.tick(Some(high), at(5)), Some(high));
        assert_eq!(watch.tick(Some(high), at(6)), None);
        assert_eq!(watch.tick(Some(low), at(20)), None);
        assert_eq!(watch.tick(Some(low), at(23)), Some(low), "the first change after the entry is not held back");
        assert_eq!(watch.tick(Some(high), at(30)), None);
        assert_eq!(watch.tick(Some(high), at(40)), None, "the next one is");
        for second in 41..623 {
            let flapping = if second % 2 == 0 { low } else { high };
            assert_eq!(watch.tick(Some(flapping), at(second)), None, "second {second}");
        }
        assert_eq!(watch.tick(Some(high), at(623)), None);
        assert_eq!(watch.tick(Some(high), at(626)), Some(high));
    }
}
