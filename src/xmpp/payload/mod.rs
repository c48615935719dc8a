//! What stanzas carry, one file an extension.
//!
//! Only what `xmpp-parsers` lacks, or reads more strictly than a room can be trusted to write: there one unknown word
//! fails the whole element, here it is left out and noted. What we send is derived with `xso`; what we are sent is read
//! from the element by hand where strangers choose its content. Nothing here decides what is believed.

pub mod attachments;
pub mod attribute;
pub mod data_form;
pub mod direct_invite;
pub mod fallback;
pub mod fence;
pub mod http_upload;
pub mod last_activity;
pub mod moderation;
pub mod muc_admin;
pub mod muc_owner;
pub mod muc_user;
pub mod pubsub;
pub mod reserved_nick;
pub mod retraction;
pub mod stanza_error;
pub mod time;
pub mod xhtml;
