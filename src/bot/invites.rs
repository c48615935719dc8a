//! Invitations on their way to the host. They have a channel and a task of their own: each costs the store something, and
//! whoever sends many must not hold up what the fleet hears of accounts and rooms.

use std::sync::Arc;

use domovoi_plugin::AccountId;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    host::{core::Host, invites::Invitation},
    xmpp::decode::{Invite, InviteKind},
};

/// An invitation, and which account it came to.
pub(super) type Invited = (AccountId, Invite);

/// The way of invitations.
pub(super) fn channel() -> (mpsc::Sender<Invited>, mpsc::Receiver<Invited>) {
    // 32 invitations; one that does not fit is dropped and counted, since a session never waits.
    mpsc::channel(32)
}

/// Hands invitations to the host until it is cancelled.
pub(super) async fn run(host: Arc<Host>, mut invites: mpsc::Receiver<Invited>, cancel: CancellationToken) {
    loop {
        // Cancel-safe: what was not received stays in the channel.
        let next = tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            next = invites.recv() => next,
        };
        let Some((account, invite)) = next else { return };
        let by = invite.inviter.as_ref().map_or_else(String::new, ToString::to_string);
        debug!(%account, room.jid = %invite.room, by, "invited");
        host.invited(invitation(invite)).await;
    }
}

fn invitation(invite: Invite) -> Invitation {
    Invitation {
        room: invite.room,
        inviter: invite.inviter,
        is_direct: invite.kind == InviteKind::Direct,
        reason: invite.reason,
        password: invite.password,
    }
}
