//! Stub of `xmpp`.
