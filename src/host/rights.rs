//! Which of the powers that plugins want the bot cannot use in a room, and what would have to change there.
//!
//! The one answer for whoever tells a person about it: the doctor, and the host on first entering a room.

use std::collections::BTreeSet;

use domovoi_plugin::{Affiliation, Features, Manifest, Moderation, Power, Role, RoomJid};

use super::core::OWN_NAME;
use crate::config::Config;

/// A power that cannot be used, or not to its full effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lack {
    /// Which.
    pub power: Power,
    /// What would have to change.
    pub needs: Need,
}

/// What would have to change in a room or at its server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Need {
    /// The bot is not in the room, or may not even be seen there.
    Entry,
    /// The bot is a visitor where visitors are not heard.
    Voice,
    /// The bot must be a moderator, for the length of a stay or for good as an admin.
    Moderator,
    /// The bot must be an admin.
    Admin,
    /// The bot must be an owner.
    Owner,
    /// The room must be moderated: elsewhere some servers let visitors speak on, so that a mute has no effect.
    ModeratedRoom,
    /// The server must know message moderation (XEP-0425).
    MessageModeration,
}

impl Need {
    /// Whether an owner of the room helps by giving us something.
    pub(super) const fn is_given_by_owner(self) -> bool {
        match self {
            Self::Voice | Self::Moderator | Self::Admin | Self::Owner => true,
            Self::Entry | Self::ModeratedRoom | Self::MessageModeration => false,
        }
    }

    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Entry,
        Self::Voice,
        Self::Moderator,
        Self::Admin,
        Self::Owner,
        Self::ModeratedRoom,
        Self::MessageModeration,
    ];

    /// Its name in messages and translations.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Voice => "voice",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::ModeratedRoom => "moderated-room",
            Self::MessageModeration => "message-moderation",
        }
    }

    /// What to change, in English.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Entry => "let the bot into the room",
            Self::Voice => "give the bot voice, or make it a member",
            Self::Moderator => "make the bot an admin of the room, or a moderator for as long as it stays",
            Self::Admin => "make the bot an admin of the room",
            Self::Owner => "make the bot an owner of the room",
            Self::ModeratedRoom => "make the room moderated, or a mute may have no effect there",
            Self::MessageModeration => {
                "turn message moderation (XEP-0425) on at the server; what was said stays until then"
            }
        }
    }
}

/// Whether a plugin is on in a room.
#[must_use]
pub fn is_on(config: &Config, manifest: &Manifest, room: &RoomJid) -> bool {
    manifest.name.as_str() == OWN_NAME || config.switch(&manifest.name, room).unwrap_or(manifest.is_on_by_default)
}

/// Whether a plugin runs in any room at all, or is on where no room says otherwise.
#[must_use]
pub fn is_on_anywhere(config: &Config, manifest: &Manifest) -> bool {
    let general = config.plugins.get(&manifest.name).and_then(|it| it.enabled);
    manifest.name.as_str() == OWN_NAME
        || general.unwrap_or(manifest.is_on_by_default)
        || config.rooms.keys().any(|room| is_on(config, manifest, room))
}

/// What a plugin may do in a room, or outside any: of what it declares what the room names, else what holds for all.
#[must_use]
pub fn granted(config: &Config, manifest: &Manifest, room: Option<&RoomJid>) -> BTreeSet<Power> {
    let declared = manifest.powers.iter().copied();
    let own = room.and_then(|room| config.rooms.get(room)?.plugins.get(&manifest.name)?.powers.as_ref());
    let named = own.or_else(|| config.plugins.get(&manifest.name)?.powers.as_ref());
    let is_named = |it: &Power| named.is_some_and(|named| named.contains(it.as_str()));
    match named {
        // Others speak, and do of what they declare what the configuration names.
        _ if !manifest.is_bundled => {
            declared.filter(|it| matches!(it, Power::Say | Power::Private) || is_named(it)).collect()
        }
        // Bundled plugins get what they declare; the configuration can only take away from that.
        Some(_) => declared.filter(is_named).collect(),
        None => declared.collect(),
    }
}

/// What of these powers the bot cannot use with this standing in a room of these features, in the order of the powers.
#[must_use]
pub fn lacking(role: Role, affiliation: Affiliation, features: &Features, powers: &BTreeSet<Power>) -> Vec<Lack> {
    let mut lacks = Vec::new();
    for power in powers {
        let needs = needs_of(*power, role, affiliation, features);
        lacks.extend(needs.into_iter().map(|needs| Lack { power: *power, needs }));
    }
    lacks
}

/// The one change that would put the most right: the highest standing that is lacking, else what the room lacks.
#[must_use]
pub fn main_need(lacks: &[Lack]) -> Option<Need> {
    let standing = [Need::Entry, Need::Owner, Need::Admin, Need::Moderator, Need::Voice];
    let of_room = [Need::ModeratedRoom, Need::MessageModeration];
    standing.into_iter().chain(of_room).find(|need| lacks.iter().any(|it| it.needs == *need))
}

fn needs_of(power: Power, role: Role, affiliation: Affiliation, features: &Features) -> Vec<Need> {
    let is_in_room = |power: Power| ROOM_POWERS.contains(&power);
    if role == Role::None {
        return if is_in_room(power) { vec![Need::Entry] } else { Vec::new() };
    }
    let unless = |is_given: bool, need: Need| (!is_given).then_some(need);
    let moderator = unless(role == Role::Moderator, Need::Moderator);
    let admin = unless(Affiliation::Admin <= affiliation, Need::Admin);
    let needs = match power {
        // A visitor is heard where the room is not moderated on some servers, but not on others.
        Power::Say => [unless(Role::Participant <= role, Need::Voice), None],
        Power::Kick | Power::Subject => [moderator, None],
        Power::Voice => [moderator, unless(features.is_moderated, Need::ModeratedRoom)],
        Power::Ban | Power::Affiliation => [admin, None],
        Power::Moderate => [moderator, unless(features.moderation != Moderation::None, Need::MessageModeration)],
        Power::RoomConfig => [unless(affiliation == Affiliation::Owner, Need::Owner), None],
        // Into a members-only room an invitation carries membership, which an admin gives.
        Power::Invite if features.is_members_only => [admin, None],
        Power::People => [moderator.filter(|_| !features.is_non_anonymous), None],
        Power::Invite
        | Power::Private
        | Power::Records
        | Power::Http
        | Power::Upload
        | Power::Store
        | Power::Schedule
        | Power::Web
        | Power::Hook
        | Power::Command => [None, None],
    };
    needs.into_iter().flatten().collect()
}

/// Powers that mean nothing outside a room.
const ROOM_POWERS: [Power; 11] = [
    Power::Say,
    Power::Private,
    Power::Kick,
    Power::Voice,
    Power::Ban,
    Power::Affiliation,
    Power::Moderate,
    Power::RoomConfig,
    Power::Subject,
    Power::Invite,
    Power::People,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Features {
        Features { is_moderated: true, moderation: Moderation::V1, ..Features::default() }
    }

    fn check(role: Role, affiliation: Affiliation, features: &Features, power: Power, expected: &[Need]) {
        let lacks = lacking(role, affiliation, features, &BTreeSet::from([power]));
        assert!(lacks.iter().all(|it| it.power == power));
        let needs: Vec<Need> = lacks.iter().map(|it| it.needs).collect();
        assert_eq!(needs, expected, "{power:?} as {role:?} and {affiliation:?}");
    }

    #[test]
    fn owner_and_moderator_of_a_good_room_lacks_nothing() {
        let all = BTreeSet::from(ROOM_POWERS);
        assert_eq!(lacking(Role::Moderator, Affiliation::Owner, &good(), &all), []);
    }

    #[test]
    fn each_power_needs_what_the_room_asks_for_it() {
        let (none, admin) = (Affiliation::None, Affiliation::Admin);
        check(Role::Visitor, none, &good(), Power::Say, &[Need::Voice]);
        check(Role::Visitor, none, &good(), Power::Private, &[]);
        check(Role::Participant, none, &good(), Power::Say, &[]);
        check(Role::Participant, none, &good(), Power::Kick, &[Need::Moderator]);
        check(Role::Moderator, none, &good(), Power::Kick, &[]);
        check(Role::Moderator, none, &good(), Power::Ban, &[Need::Admin]);
        check(Role::Moderator, admin, &good(), Power::Ban, &[]);
        check(Role::Moderator, admin, &good(), Power::RoomConfig, &[Need::Owner]);
        check(Role::Participant, none, &good(), Power::Http, &[]);
    }

    #[test]
    fn what_the_room_or_its_server_lacks_is_named_beside_the_standing() {
        let bare = Features::default();
        check(Role::Participant, Affiliation::None, &bare, Power::Voice, &[Need::Moderator, Need::ModeratedRoom]);
        check(Role::Moderator, Affiliation::Admin, &bare, Power::Moderate, &[Need::MessageModeration]);
        check(Role::Participant, Affiliation::None, &bare, Power::People, &[Need::Moderator]);
        let open = Features { is_non_anonymous: true, ..bare.clone() };
        check(Role::Participant, Affiliation::None, &open, Power::People, &[]);
        let closed = Features { is_members_only: true, ..bare };
        check(Role::Moderator, Affiliation::None, &closed, Power::Invite, &[Need::Admin]);
    }

    #[test]
    fn outside_the_room_every_room_power_needs_entry_and_nothing_else() {
        check(Role::None, Affiliation::Owner, &good(), Power::Kick, &[Need::Entry]);
        check(Role::None, Affiliation::Owner, &good(), Power::Store, &[]);
    }

    #[test]
    fn main_need_is_the_highest_standing_then_the_room() {
        let lack = |power, needs| Lack { power, needs };
        let lacks = [lack(Power::Kick, Need::Moderator), lack(Power::Ban, Need::Admin)];
        assert_eq!(main_need(&lacks), Some(Need::Admin));
        assert_eq!(main_need(&[lack(Power::Voice, Need::ModeratedRoom)]), Some(Need::ModeratedRoom));
        assert_eq!(main_need(&[]), None);
    }
}
