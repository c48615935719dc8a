//! Whether an action may be done now, and as which stanzas (XEP-0045 §5; `#roles`, `#affil`).
//!
//! Asked right before sending, because between the wish and the act people rename, leave and rise. Three things are
//! checked: our own rights, whether the target is still who was meant and is below us, and whether the room would let
//! whoever asked do it themselves. Powers and dry runs are not this module's business.

use std::sync::Arc;

use domovoi_plugin::{
    ActError, Action, Affiliation, Asker, FormChange, Level, MessageId, Moderation, Occupant, Role, StanzaId, Target,
    View, grammar, jid::BareJid,
};

use super::{Outbound, Room, talk::author_key};

/// How many characters of a reason are sent; everybody in the room sees it.
const MAX_REASON: usize = 300;

/// What a permitted action takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Permitted {
    /// Nothing: it is so already.
    Already,
    /// These stanzas, in this order; at least one. The last one's answer is the action's.
    Send(Vec<Outbound>),
}

impl From<Outbound> for Permitted {
    fn from(outbound: Outbound) -> Self {
        Self::Send(vec![outbound])
    }
}

impl Room {
    /// Whether this action may be done now, and as what. `by` is who asked for it, `None` if nobody did: then those
    /// who are spared are not touched. `id` becomes the id of what is said, if something is.
    ///
    /// # Errors
    /// Why it is not done.
    pub fn permits(&self, action: &Action, by: Option<&Asker>, id: &MessageId) -> Result<Permitted, ActError> {
        let me = self.me().filter(|_| self.is_joined()).ok_or(ActError::NotInRoom)?;
        if let Some(asker) = by.filter(|it| it.is_override) {
            for occupant in self.concerned(action) {
                grammar::may(asker, Some(occupant), action)?;
            }
        }
        let court = Court { room: self, me, by: by.filter(|it| !it.is_override), asker: by };
        match action {
            Action::Say { text } => court.speaks(Outbound::Say { id: id.clone(), text: text.clone(), replaces: None }),
            Action::Share { url } => court.speaks(Outbound::Share { id: id.clone(), url: url.clone() }),
            Action::Correct { replaces, text } => court.corrects(replaces.as_ref(), text, id),
            Action::React { to, emojis } => {
                court.speaks(Outbound::React { id: id.clone(), to: to.clone(), emojis: emojis.clone() })
            }
            Action::Private { to, text } => court.whispers(to, text, id),
            Action::Retract { message, reason } => court.retracts(message, reason),
            Action::Mute { target, reason, .. } => court.sets_role(target, Role::Visitor, reason),
            Action::Unmute { target, reason } => court.gives_voice(target, reason),
            Action::Role { target, role, reason } => court.sets_role(target, *role, reason),
            Action::Kick { target, reason } => court.sets_role(target, Role::None, reason),
            Action::Ban { jid, reason, .. } => court.sets_affiliation(jid, Affiliation::Outcast, reason),
            Action::Affiliation { jid, affiliation, reason } => court.sets_affiliation(jid, *affiliation, reason),
            Action::Subject { text } => court.sets_subject(text),
            Action::Configure { changes } => court.configures(changes),
            Action::Invite { jid, reason } => court.invites(jid, reason),
        }
    }
}

impl Room {
    /// Those here whom an action is meant for.
    fn concerned(&self, action: &Action) -> Vec<&Occupant> {
        let is_meant = |it: &&Occupant| match action {
            Action::Mute { target, .. }
            | Action::Unmute { target, .. }
            | Action::Role { target, .. }
            | Action::Kick { target, .. } => it.is(&target.identity),
            Action::Ban { jid, .. } | Action::Affiliation { jid, .. } => it.has_jid(jid),
            Action::Say { .. }
            | Action::Private { .. }
            | Action::React { .. }
            | Action::Share { .. }
            | Action::Correct { .. }
            | Action::Retract { .. }
            | Action::Subject { .. }
            | Action::Configure { .. }
            | Action::Invite { .. } => false,
        };
        self.occupants.iter().map(AsRef::as_ref).filter(is_meant).collect()
    }
}

/// One question: who wants it, in which room.
struct Court<'a> {
    room: &'a Room,
    me: &'a Arc<Occupant>,
    /// Who asked, if the room's own rules bind them.
    by: Option<&'a Asker>,
    /// Who asked.
    asker: Option<&'a Asker>,
}

type Ruling = Result<Permitted, ActError>;

impl Court<'_> {
    fn speaks(&self, outbound: Outbound) -> Ruling {
        self.needs_role(Role::Participant)?;
        Ok(outbound.into())
    }

    /// Only what we said ourselves; which of it a plugin may touch is told by [`Room::own_words`].
    fn corrects(&self, replaces: Option<&MessageId>, text: &str, id: &MessageId) -> Ruling {
        let replaces = replaces.filter(|it| self.room.talk.own.has(it)).ok_or(ActError::NotOurs)?;
        self.speaks(Outbound::Say { id: id.clone(), text: text.to_owned(), replaces: Some(replaces.clone()) })
    }

    /// What is said to one is for nobody who took their nick meanwhile.
    fn whispers(&self, to: &Target, text: &str, id: &MessageId) -> Ruling {
        let to = self.find(to)?.nick.clone();
        Ok(Outbound::Private { id: id.clone(), to, text: text.to_owned() }.into())
    }

    fn retracts(&self, message: &StanzaId, reason: &str) -> Ruling {
        let version = self.room.features.moderation;
        if version == Moderation::None {
            return Err(ActError::Unsupported);
        }
        self.needs_role(Role::Moderator)?;
        self.asker_needs_role(Role::Moderator)?;
        let authors: Vec<u64> = self.room.talk.authors_of(message.as_str()).collect();
        // The bot's own words may be taken back by every moderator.
        let is_author = |it: &&Arc<Occupant>| !it.is_self && authors.contains(&author_key(it));
        if let Some(author) = self.room.occupants.iter().find(is_author) {
            self.is_below(author)?;
        }
        Ok(Outbound::Moderate { message: message.clone(), reason: self.reason(reason), version }.into())
    }

    fn gives_voice(&self, target: &Target, reason: &str) -> Ruling {
        if Role::Participant <= self.find(target)?.role {
            return Ok(Permitted::Already);
        }
        self.sets_role(target, Role::Participant, reason)
    }

    fn sets_role(&self, target: &Target, role: Role, reason: &str) -> Ruling {
        let occupant = match self.find(target) {
            Ok(occupant) => occupant,
            Err(gone) => {
                // It may be kept for their return: only for who might do it now.
                self.needs_role(Role::Moderator)?;
                self.asker_needs_role(Role::Moderator)?;
                return Err(gone);
            }
        };
        let is_harm = role < occupant.role;
        if occupant.role == role {
            return Ok(Permitted::Already);
        }
        let touches_moderator = role == Role::Moderator || occupant.role == Role::Moderator;
        self.needs_role(Role::Moderator)?;
        self.asker_needs_role(Role::Moderator)?;
        if is_harm {
            self.is_below(occupant)?;
        }
        if touches_moderator {
            self.needs_affiliation(Affiliation::Admin)?;
            self.asker_needs_affiliation(Affiliation::Admin)?;
        }
        Ok(Outbound::SetRole { nick: occupant.nick.clone(), role, reason: self.reason(reason) }.into())
    }

    fn sets_affiliation(&self, jid: &BareJid, affiliation: Affiliation, reason: &str) -> Ruling {
        let present: Vec<&Arc<Occupant>> = self.room.occupants.iter().filter(|it| it.has_jid(jid)).collect();
        let now = present.iter().map(|it| it.affiliation).max();
        let needed = if Affiliation::Admin <= affiliation.max(now.unwrap_or(Affiliation::None)) {
            Affiliation::Owner
        } else {
            Affiliation::Admin
        };
        let is_harm = affiliation < now.unwrap_or(Affiliation::None);
        if *jid == self.room.plan.account {
            return Err(ActError::Above { nick: self.me.nick.to_string(), what: "the bot itself" });
        }
        if is_harm && self.asker.is_none() && self.room.plan.spared.has_jid(jid) {
            return Err(ActError::Above { nick: jid.to_string(), what: "spared" });
        }
        if is_harm {
            present.iter().try_for_each(|it| self.is_below(it))?;
        }
        self.needs_affiliation(needed)?;
        self.asker_needs_affiliation(needed)?;
        if now == Some(affiliation) {
            return self.expels(&present, affiliation, reason);
        }
        Ok(Outbound::SetAffiliation { jid: jid.clone(), affiliation, reason: self.reason(reason) }.into())
    }

    /// Someone banned who is here all the same has to be kicked, one item an iq; anyone else is what they should be.
    fn expels(&self, present: &[&Arc<Occupant>], affiliation: Affiliation, reason: &str) -> Ruling {
        if affiliation != Affiliation::Outcast {
            return Ok(Permitted::Already);
        }
        let kick = |it: &&Arc<Occupant>| Outbound::SetRole {
            nick: it.nick.clone(),
            role: Role::None,
            reason: self.reason(reason),
        };
        Ok(Permitted::Send(present.iter().map(kick).collect()))
    }

    fn sets_subject(&self, text: &str) -> Ruling {
        self.needs_role(Role::Participant)?;
        // Whether participants may do it depends on the room's configuration, which we need not know for ourselves.
        self.asker_needs_role(Role::Moderator)?;
        if self.room.subject == text {
            return Ok(Permitted::Already);
        }
        Ok(Outbound::Subject { text: text.to_owned() }.into())
    }

    /// The form is read once more right before it is submitted: others may have changed it meanwhile.
    fn configures(&self, changes: &[FormChange]) -> Ruling {
        self.needs_affiliation(Affiliation::Owner)?;
        self.asker_needs_affiliation(Affiliation::Owner)?;
        Ok(if changes.is_empty() { Permitted::Already } else { Outbound::QueryForm.into() })
    }

    fn invites(&self, jid: &BareJid, reason: &str) -> Ruling {
        if self.room.features.is_members_only {
            self.asker_needs_affiliation(Affiliation::Admin)?;
        } else {
            self.asker_needs_role(Role::Participant)?;
        }
        Ok(Outbound::Invite { jid: jid.clone(), reason: self.reason(reason) }.into())
    }

    /// Whoever is meant: under that nick if they still have it, else wherever that identity is now.
    fn find(&self, target: &Target) -> Result<&Arc<Occupant>, ActError> {
        let is_meant = |it: &&Arc<Occupant>| it.is(&target.identity);
        let by_nick = self.room.occupant(&target.nick).filter(is_meant);
        let found = by_nick.or_else(|| self.room.occupants.iter().find(is_meant));
        found.ok_or_else(|| ActError::Gone { nick: target.nick.to_string() })
    }

    /// Nobody acts against those above or beside themselves: not we, not whoever asks, and nobody without being asked
    /// against those who are spared.
    fn is_below(&self, target: &Occupant) -> Result<(), ActError> {
        let above = |what| Err(ActError::Above { nick: target.nick.to_string(), what });
        if target.is_self {
            return above("the bot itself");
        }
        let is_untouchable = target.role == Role::Moderator || Affiliation::Admin <= target.affiliation;
        if self.asker.is_none() && (is_untouchable || self.room.is_spared(target)) {
            return above(if is_untouchable { what(target) } else { "spared" });
        }
        let level = Level::of(target.role, target.affiliation);
        if Level::of(self.me.role, self.me.affiliation) <= level {
            return above(what(target));
        }
        let Some(asker) = self.asker_occupant() else { return Ok(()) };
        let is_above = Level::of(asker.role, asker.affiliation) <= level || asker.affiliation < target.affiliation;
        if is_above { above(what(target)) } else { Ok(()) }
    }

    fn needs_role(&self, role: Role) -> Result<(), ActError> {
        if role <= self.me.role { Ok(()) } else { Err(ActError::TooLow { needed: role.as_str() }) }
    }

    fn needs_affiliation(&self, affiliation: Affiliation) -> Result<(), ActError> {
        let is_enough = affiliation <= self.me.affiliation;
        if is_enough { Ok(()) } else { Err(ActError::TooLow { needed: affiliation.as_str() }) }
    }

    /// Whoever asked as the room knows them now, which may be less than when they asked.
    fn asker_occupant(&self) -> Option<&Arc<Occupant>> {
        let by = self.by?;
        self.room.occupants.iter().filter(|it| it.is(&by.identity)).max_by_key(|it| (it.affiliation, it.role))
    }

    fn asker_needs_role(&self, role: Role) -> Result<(), ActError> {
        let is_enough = self.by.is_none() || self.asker_occupant().is_some_and(|it| role <= it.role);
        if is_enough { Ok(()) } else { Err(ActError::AskerTooLow { needed: role.as_str() }) }
    }

    fn asker_needs_affiliation(&self, affiliation: Affiliation) -> Result<(), ActError> {
        let is_enough = self.by.is_none() || self.asker_occupant().is_some_and(|it| affiliation <= it.affiliation);
        if is_enough { Ok(()) } else { Err(ActError::AskerTooLow { needed: affiliation.as_str() }) }
    }

    /// The reason with the nick of whoever asked, so that everybody sees who is behind it.
    fn reason(&self, reason: &str) -> String {
        let reason: String = reason.chars().take(MAX_REASON).collect();
        match self.asker {
            None => reason,
            Some(asker) => asker.sign(&reason),
        }
    }
}

fn what(occupant: &Occupant) -> &'static str {
    match occupant.affiliation {
        Affiliation::Owner => "an owner",
        Affiliation::Admin => "an admin",
        Affiliation::Member if occupant.role != Role::Moderator => "a member",
        Affiliation::Member | Affiliation::None | Affiliation::Outcast => match occupant.role {
            Role::Moderator => "a moderator",
            Role::Participant | Role::Visitor | Role::None => "not below you",
        },
    }
}
