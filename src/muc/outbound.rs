//! What is to be sent to a room, as values; `src/xmpp/encode.rs` makes stanzas of them.

use domovoi_plugin::{Affiliation, MessageId, Nick, Role, StanzaId, jid::BareJid};

/// One stanza to a room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outbound {
    /// Enter (XEP-0045 §7.2), without history.
    Join {
        /// As whom.
        nick: Nick,
        /// With which password.
        password: Option<String>,
    },
    /// Leave (§7.14).
    Leave {
        /// Our nick there.
        nick: Nick,
        /// The parting words.
        status: Option<String>,
    },
    /// Take another nick (§7.6).
    ChangeNick {
        /// The new one.
        nick: Nick,
    },
    /// Accept the default configuration of a room that was created for us (§10.1.2).
    AcceptDefaults,
    /// Are we still in (XEP-0410)?
    SelfPing {
        /// Our nick there.
        nick: Nick,
    },
    /// What the room offers (§6.4).
    QueryFeatures,
    /// Which nick the room keeps for us (§7.12): disco#info of the node `x-roomuser-item`.
    QueryReservedNick,
    /// Set a role by nick (§8).
    SetRole {
        /// Whose.
        nick: Nick,
        /// To what.
        role: Role,
        /// Why.
        reason: String,
    },
    /// Set an affiliation by bare JID (§9).
    SetAffiliation {
        /// Whose.
        jid: BareJid,
        /// To what.
        affiliation: Affiliation,
        /// Why.
        reason: String,
    },
    /// Read a list (§9.8).
    QueryList {
        /// Which.
        affiliation: Affiliation,
    },
    /// Read the room's configuration form (§10.2).
    QueryForm,
    /// Submit it, filled in.
    SubmitForm {
        /// All its fields with their values.
        fields: Vec<(String, Vec<String>)>,
    },
    /// Take back a message of someone (XEP-0425).
    Moderate {
        /// Which.
        message: StanzaId,
        /// Why.
        reason: String,
        /// In which form.
        version: domovoi_plugin::Moderation,
    },
    /// Say something to all.
    Say {
        /// Its id, by which we know our own echo.
        id: MessageId,
        /// What.
        text: String,
        /// The message of ours that it corrects.
        replaces: Option<MessageId>,
    },
    /// Say something to one occupant.
    Private {
        /// Its id.
        id: MessageId,
        /// To whom.
        to: Nick,
        /// What.
        text: String,
    },
    /// Show what is at an address (XEP-0066 §3): the body is the address, so that clients show it in place.
    Share {
        /// Our id for it.
        id: MessageId,
        /// The address.
        url: String,
    },
    /// React to a message (XEP-0444).
    React {
        /// Its id.
        id: MessageId,
        /// To which.
        to: StanzaId,
        /// With what.
        emojis: Vec<String>,
    },
    /// Change the subject (§8.1).
    Subject {
        /// To what.
        text: String,
    },
    /// Invite someone (§7.8.2).
    Invite {
        /// Whom.
        jid: BareJid,
        /// Why.
        reason: String,
    },
    /// A page of the archive (XEP-0313).
    QueryArchive {
        /// The query's id, which its results carry.
        query: String,
        /// Which page.
        page: ArchivePage,
        /// At most so many.
        max: u16,
    },
}

/// A page of an archive (XEP-0313 §4.3, XEP-0059).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArchivePage {
    /// The oldest messages after this one.
    After(StanzaId),
    /// The oldest messages from this instant on.
    Since(domovoi_plugin::Timestamp),
    /// The newest messages from this instant on, and before a message.
    Newest {
        /// From when on.
        since: domovoi_plugin::Timestamp,
        /// Before which message; the newest of all for `None`.
        before: Option<StanzaId>,
    },
}

impl Outbound {
    /// Whether the room sends it back to us, by which we know that it arrived.
    #[must_use]
    pub const fn is_echoed(&self) -> bool {
        matches!(self, Self::Say { .. } | Self::Share { .. } | Self::React { .. })
    }

    /// Whether the server answers it with an iq.
    #[must_use]
    pub const fn is_iq(&self) -> bool {
        match self {
            Self::AcceptDefaults
            | Self::SelfPing { .. }
            | Self::QueryFeatures
            | Self::QueryReservedNick
            | Self::SetRole { .. }
            | Self::SetAffiliation { .. }
            | Self::QueryList { .. }
            | Self::QueryForm
            | Self::SubmitForm { .. }
            | Self::Moderate { .. }
            | Self::QueryArchive { .. } => true,
            Self::Join { .. }
            | Self::Leave { .. }
            | Self::ChangeNick { .. }
            | Self::Say { .. }
            | Self::Private { .. }
            | Self::React { .. }
            | Self::Share { .. }
            | Self::Subject { .. }
            | Self::Invite { .. } => false,
        }
    }
}
