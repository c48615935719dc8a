//! Deeds: what is done to people, one after the other, each with its own result.

use std::time::Duration;

use domovoi_plugin::{
    ActError, Action, Affiliation, Asked, Fault, Occupant, Outcome, Role, Snapshot, Target, Text, Who,
    grammar::{act_error_text, may_to_absent, who_is},
    jid::BareJid,
};

use crate::{Admin, report::Report};

/// Of someone with more nicks than this in one room only so many are acted on; nobody has them by accident.
const MAX_NICKS: usize = 10;

/// What a command does to each of the people it names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Kick,
    Mute,
    Unmute,
    Voice,
    Devoice,
    Moderator,
    Ban,
    Tempban,
    Unban,
    Affiliation(Affiliation),
}

impl Deed {
    pub(crate) fn of(command: &str) -> Option<Self> {
        Some(match command {
            "kick" => Self::Kick,
            "mute" => Self::Mute,
            "unmute" => Self::Unmute,
            "voice" => Self::Voice,
            "devoice" => Self::Devoice,
            "moderator" => Self::Moderator,
            "ban" => Self::Ban,
            "tempban" => Self::Tempban,
            "unban" => Self::Unban,
            "member" => Self::Affiliation(Affiliation::Member),
            "admin" => Self::Affiliation(Affiliation::Admin),
            "owner" => Self::Affiliation(Affiliation::Owner),
            "none" => Self::Affiliation(Affiliation::None),
            _ => return None,
        })
    }
}

/// A command that does something to people.
pub(crate) async fn people(
    admin: &Admin,
    cx: Asked<'_>,
    several: Vec<Who>,
    reason: Option<String>,
) -> Result<(), Fault> {
    people_for(admin, cx, several, None, reason).await
}

/// One that does it for a while: does it to everybody named and answers with what came of it.
pub(crate) async fn people_for(
    _: &Admin,
    cx: Asked<'_>,
    several: Vec<Who>,
    span: Option<Duration>,
    reason: Option<String>,
) -> Result<(), Fault> {
    let command = cx.call.command;
    let deed = Deed::of(command).ok_or_else(|| Fault::Broken(format!("no deed is called {command}")))?;
    let span = match deed {
        Deed::Mute => Some(span.unwrap_or_else(|| cx.settings.span("mute_span"))),
        Deed::Tempban => Some(span.unwrap_or_else(|| cx.settings.span("ban_span"))),
        Deed::Kick | Deed::Unmute | Deed::Voice | Deed::Devoice | Deed::Moderator => None,
        Deed::Ban | Deed::Unban | Deed::Affiliation(_) => None,
    };
    if span.is_some_and(|it| it.is_zero()) {
        return Err(Fault::answer(Text::key("span-zero")));
    }
    let snapshot = cx.snapshot().await?;
    let mut work = Work { deed, span, reason: reason.unwrap_or_default(), cx, snapshot, lists: Vec::new() };
    let mut report = Report::new(command, span);
    for who in &several {
        let result = work.on(who).await;
        report.add(who.name(), result);
    }
    cx.reply(report.text()).await;
    Ok(())
}

/// One command being carried out.
struct Work<'a> {
    deed: Deed,
    span: Option<Duration>,
    reason: String,
    cx: Asked<'a>,
    snapshot: Snapshot,
    /// Lists of the room as far as they were asked for, each once a command.
    lists: Vec<(Affiliation, Result<Vec<BareJid>, ActError>)>,
}

impl Work<'_> {
    async fn on(&mut self, who: &Who) -> Result<Outcome, Text> {
        let affiliation = match self.deed {
            Deed::Ban | Deed::Tempban => Affiliation::Outcast,
            Deed::Unban => Affiliation::None,
            Deed::Affiliation(affiliation) => affiliation,
            Deed::Kick | Deed::Mute | Deed::Unmute | Deed::Voice | Deed::Devoice | Deed::Moderator => {
                return self.change_role(who).await;
            }
        };
        self.change_affiliation(who, affiliation).await
    }

    /// A role is of an occupant: someone absent has none.
    async fn change_role(&self, who: &Who) -> Result<Outcome, Text> {
        let here: Vec<(Target, Role)> = who_is(who, &self.snapshot)
            .into_iter()
            .take(MAX_NICKS)
            .map(|it| (Target { nick: it.nick.clone(), identity: it.identity() }, it.role))
            .collect();
        if let (true, Who::Gone(target)) = (here.is_empty(), who) {
            let (target, reason) = (target.clone(), self.reason.clone());
            if self.deed == Deed::Unmute {
                return self.act(Action::Unmute { target, reason }).await;
            }
            if self.deed == Deed::Mute && target.identity.is_lasting() {
                return self.act(Action::Mute { target, span: self.span, reason }).await;
            }
        }
        if here.is_empty() {
            return Err(self.absent(who));
        }
        let mut result = Outcome::Already;
        for (target, role) in here {
            let outcome = match self.role_action(target, role) {
                Some(action) => self.act(action).await?,
                None => Outcome::Already,
            };
            result = if outcome == Outcome::Already { result } else { outcome };
        }
        Ok(result)
    }

    /// What to do to someone of this role; nothing where it would be no change. To give voice to a moderator would
    /// take the role away.
    fn role_action(&self, target: Target, role: Role) -> Option<Action> {
        let reason = self.reason.clone();
        match self.deed {
            Deed::Mute => Some(Action::Mute { target, span: self.span, reason }),
            Deed::Voice | Deed::Unmute => (role < Role::Participant).then_some(Action::Unmute { target, reason }),
            Deed::Devoice => (Role::Visitor < role).then_some(Action::Role { target, role: Role::Visitor, reason }),
            Deed::Moderator => {
                (role < Role::Moderator).then_some(Action::Role { target, role: Role::Moderator, reason })
            }
            Deed::Kick | Deed::Ban | Deed::Tempban | Deed::Unban | Deed::Affiliation(_) => {
                Some(Action::Kick { target, reason })
            }
        }
    }

    /// Someone is not here: for a kick there is still the ban.
    fn absent(&self, who: &Who) -> Text {
        let key = if self.deed == Deed::Kick { "absent-kick" } else { "absent" };
        Text::key(key).with("nick", who.name())
    }

    /// An affiliation is of a JID, whoever bears it and wherever they are.
    async fn change_affiliation(&mut self, who: &Who, affiliation: Affiliation) -> Result<Outcome, Text> {
        let jid = self.jid_of(who)?;
        if self.deed == Deed::Unban && !self.is_listed(Affiliation::Outcast, &jid).await.map_err(text)? {
            return Err(Text::key("not-banned").with("jid", jid.as_str()));
        }
        let reason = self.reason.clone();
        let action = match affiliation {
            Affiliation::Outcast => Action::Ban { jid: jid.clone(), span: self.span, reason },
            Affiliation::Owner | Affiliation::Admin | Affiliation::Member | Affiliation::None => {
                Action::Affiliation { jid: jid.clone(), affiliation, reason }
            }
        };
        if !self.snapshot.occupants.values().any(|it| it.has_jid(&jid)) {
            let current = self.standing(&jid).await;
            may_to_absent(self.cx.asker(), &who.name(), current, &action).map_err(text)?;
        }
        self.act(action).await
    }

    fn jid_of(&self, who: &Who) -> Result<BareJid, Text> {
        let known = || who_is(who, &self.snapshot).first().and_then(|it| Occupant::bare_jid(it));
        let unknown = || {
            let is_moderator = self.snapshot.me().is_some_and(|it| it.role == Role::Moderator);
            let key = if is_moderator { "no-jid" } else { "no-jid-not-moderator" };
            Text::key(key).with("nick", who.name())
        };
        who.jid().cloned().or_else(known).ok_or_else(unknown)
    }

    /// What someone absent is, as far as it protects them. A list that the server does not show us belongs to people
    /// whom it does not let us touch either.
    async fn standing(&mut self, jid: &BareJid) -> Affiliation {
        for affiliation in [Affiliation::Owner, Affiliation::Admin] {
            if self.is_listed(affiliation, jid).await.unwrap_or(false) {
                return affiliation;
            }
        }
        Affiliation::None
    }

    async fn is_listed(&mut self, affiliation: Affiliation, jid: &BareJid) -> Result<bool, ActError> {
        if !self.lists.iter().any(|it| it.0 == affiliation) {
            let list = self.cx.services.rooms.list(self.cx.here()?, affiliation).await;
            self.lists.push((affiliation, list.map(|it| it.into_iter().map(|entry| entry.jid).collect())));
        }
        match self.lists.iter().find(|it| it.0 == affiliation) {
            Some((_, Ok(jids))) => Ok(jids.contains(jid)),
            Some((_, Err(error))) => Err(error.clone()),
            None => Ok(false),
        }
    }

    async fn act(&self, action: Action) -> Result<Outcome, Text> {
        self.cx.act(action).await.map_err(text)
    }
}

fn text(error: ActError) -> Text {
    act_error_text(&error)
}
