//! What a server is told to be like.

use std::time::Duration;

use super::Certificate;

/// What the server should be like. The default is a generous one: everything on, no limits.
#[derive(Debug, Clone)]
pub struct Options {
    /// Rooms keep an archive (XEP-0313).
    pub archive: bool,
    /// Rooms let moderators retract messages (XEP-0425), where the server can; it needs the archive.
    pub moderation: bool,
    /// The distribution's default shapers and limits are on, as on a server that nobody tuned.
    pub limits: bool,
    /// Clients may log in on plain TCP; without it they need TLS. People come through the stage door either way.
    pub plain_tcp: bool,
    /// What its certificate is like.
    pub certificate: Certificate,
    /// Its HTTP side speaks TLS, and only TLS.
    pub https: bool,
    /// New rooms are moderated: newcomers are visitors without a voice.
    pub moderated: bool,
    /// New rooms outlive their last occupant, and a restart.
    pub persistent: bool,
    /// So many rooms one account may be in, where the server knows such a limit (ejabberd).
    pub max_rooms: Option<u32>,
    /// How long a cut stream can be resumed (XEP-0198).
    pub resumption: Duration,
    /// Modules of the usual set to leave out, by the server's own name for them (`smacks`, `mod_stream_mgmt`).
    pub without: Vec<String>,
    /// Modules of Prosody to add to the virtual host.
    pub with: Vec<String>,
    /// Own modules for Prosody: name and Lua source.
    pub lua_modules: Vec<(String, String)>,
    /// Added to the end of the server's configuration, in its own language.
    pub extra: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            archive: true,
            moderation: true,
            limits: false,
            plain_tcp: true,
            certificate: Certificate::Good,
            https: false,
            moderated: false,
            persistent: false,
            max_rooms: None,
            resumption: Duration::from_mins(5),
            without: Vec::new(),
            with: Vec::new(),
            lua_modules: Vec::new(),
            extra: String::new(),
        }
    }
}
