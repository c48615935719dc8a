//! Fits the host to the sessions: what a session tells goes to the host, what the host wants goes to the session.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    AccountId, ActError, Action, Asker, Event, Nick, Outcome, Place, PluginName, Push, RoomJid, StanzaId, Timestamp,
    View,
    grammar::{self, PlaceKind},
    jid::BareJid,
};
use tokio::sync::mpsc;

use super::{fleet::News, invites::Invited, router::Router};
use crate::{
    host::{
        commands::Line,
        core::Host,
        room::{Acted, Ask, RoomHost},
    },
    outbox::Grant,
    xmpp::{
        connect::Facts,
        decode::{DirectMessage, Invite},
        session::{AccountNews, AccountWatcher, Done, Gap, RoomNews, RoomWatcher, Token, Wanted},
    },
};

/// One room: the host's value for it, in the session's terms.
pub(super) struct Watched(pub(super) RoomHost);

fn wanted(asks: Vec<Ask>) -> Vec<Wanted> {
    let wanted = |Ask { plugin, action, incident, token }| {
        let token = token.map(|it| it as Token);
        Wanted { plugin, action, incident, token }
    };
    asks.into_iter().map(wanted).collect()
}

impl RoomWatcher for Watched {
    fn grant(&self, plugin: &PluginName, action: &Action) -> Grant {
        let granted = self.0.grant_for(plugin, action);
        Grant { powers: granted.powers, is_dry_run: granted.is_dry }
    }

    fn event(&mut self, event: Event, view: &dyn View) -> Vec<Wanted> {
        wanted(self.0.event(event, view))
    }

    fn hand_over(&mut self, view: &dyn View) {
        self.0.hand_over(view);
    }

    fn tick(&mut self, now: Timestamp, view: &dyn View) -> Vec<Wanted> {
        wanted(self.0.tick(now, view))
    }

    fn sending(&mut self, plugin: &PluginName, action: &Action, by: Option<&Asker>, view: &dyn View) {
        self.0.sending(plugin, action, by, view);
    }

    fn done(&mut self, done: &Done<'_>, now: Timestamp) -> Result<Outcome, ActError> {
        let Done { plugin, action, by, result, took, incident } = *done;
        self.0.acted(&Acted { plugin, action, by, result, took, incident }, now)
    }

    fn lifted(&mut self, jid: &BareJid) {
        self.0.lifted(jid);
    }

    fn gap(&mut self, now: Timestamp) -> Option<Gap> {
        self.0.gap(now).map(|it| Gap { after: it.after, since: it.since, max: it.max, older: it.older })
    }

    fn was_seen(&mut self, id: &StanzaId) -> bool {
        self.0.was_seen(id)
    }

    fn filled(&mut self) {
        self.0.filled();
    }

    fn save(&mut self, now: Timestamp) {
        self.0.save(now);
    }
}

/// One account: tells the fleet how it and its rooms are doing, and the host what people say to it.
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) host: Arc<Host>,
    pub(super) router: Arc<Router>,
    pub(super) news: mpsc::Sender<News>,
    pub(super) invites: mpsc::Sender<Invited>,
}

impl Account {
    fn tell(&self, news: News) {
        if self.news.try_send(news).is_err() {
            // The fleet looks at everything again every second; a missed word delays it, no more.
            self.host.metrics.queue_drop("fleet");
        }
    }
}

impl AccountWatcher for Account {
    fn account(&mut self, news: AccountNews) {
        self.host.metrics.account_online(&self.id, news == AccountNews::Online);
        self.tell(News::Account { account: self.id.clone(), news });
    }

    fn connected(&mut self, facts: Facts) {
        self.tell(News::Connected { account: self.id.clone(), facts });
    }

    fn room(&mut self, room: &RoomJid, news: RoomNews) {
        self.tell(News::Room { account: self.id.clone(), room: room.clone(), news });
    }

    fn direct(&mut self, message: DirectMessage) {
        if message.is_delayed || message.is_encrypted || message.replaces.is_some() {
            return;
        }
        let jid = message.from.to_bare();
        let config = self.host.live.config();
        // Two of ours never talk to each other.
        if config.accounts.values().any(|it| it.jid.to_bare() == jid) {
            return;
        }
        self.router.chats.note(&jid, &self.id);
        let (prefix, nick): (&str, &Nick) = (config.bot.prefix.as_str(), &config.bot.nick);
        let Some(text) = grammar::address(&message.body, prefix, nick, PlaceKind::Direct) else { return };
        let line = Line {
            text: text.to_owned(),
            room: None,
            place: Place::Direct(jid.clone()),
            occupant: None,
            jid: Some(message.from),
            from: None,
        };
        self.host.take_command(line);
    }

    fn invite(&mut self, invite: Invite) {
        if self.invites.try_send((self.id.clone(), invite)).is_err() {
            self.host.metrics.queue_drop("invitations");
        }
    }

    fn pushed(&mut self, push: Push) {
        self.host.pushed(&push);
    }

    fn answered(&mut self, latency: Duration) {
        self.host.metrics.iq(latency);
    }

    fn figures(&mut self, outbox: &[(&'static str, usize)], window: usize, n_joined: usize) {
        let metrics = &self.host.metrics;
        metrics.rooms_joined(&self.id, n_joined);
        for (lane, n) in outbox {
            metrics.queue_depth(&format!("{}-{lane}", self.id), *n);
        }
        metrics.queue_depth(&format!("{}-window", self.id), window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        host::testing::{Scene, garden},
        xmpp::decode::InviteKind,
    };

    #[tokio::test]
    async fn a_flood_of_invitations_leaves_the_fleet_s_news_alone() {
        let it = Scene::new().await;
        let (news, mut heard) = mpsc::channel(1);
        let (invites, mut invited) = super::super::invites::channel();
        let id: AccountId = "main".parse().unwrap();
        let mut account = Account { id: id.clone(), host: it.host.clone(), router: Arc::default(), news, invites };
        let via: domovoi_plugin::jid::Jid = "mallory@evil.example/x".parse().unwrap();
        for _ in 0..1000 {
            let inviter = Some(via.clone());
            let (reason, password, via) = (None, None, via.clone());
            account.invite(Invite { room: garden(), inviter, reason, password, kind: InviteKind::Direct, via });
        }
        account.account(AccountNews::Online);
        assert!(matches!(heard.recv().await, Some(News::Account { .. })));
        let mut n = 0;
        while invited.try_recv().is_ok() {
            n += 1;
        }
        assert_eq!(n, 32);
        assert!(it.host.metrics.text().contains("968"), "those that did not fit are counted");
    }
}
