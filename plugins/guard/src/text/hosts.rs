//! Names of hosts that say what a link is.

const COMMON: &[&str] = &[
    "com", "net", "org", "info", "biz", "shop", "store", "online", "site", "xyz", "top", "club", "vip", "live",
    "example", "ru", "me", "io", "cc", "tk", "ga", "cf", "рф", "onion", "link", "click", "casino", "bet",
];

const HOSTS: &[&str] = &[
    "github.com",
    "gitlab.com",
    "codeberg.org",
    "sr.ht",
    "bitbucket.org",
    "sourceforge.net",
    "stackoverflow.com",
    "stackexchange.com",
    "superuser.com",
    "serverfault.com",
    "askubuntu.com",
    "wikipedia.org",
    "wikimedia.org",
    "wiktionary.org",
    "archive.org",
    "xmpp.org",
    "jabber.org",
    "debian.org",
    "ubuntu.com",
    "archlinux.org",
    "gentoo.org",
    "fedoraproject.org",
    "kernel.org",
    "gnu.org",
    "gnome.org",
    "kde.org",
    "freedesktop.org",
    "mozilla.org",
    "python.org",
    "rust-lang.org",
    "docs.rs",
    "lua.org",
    "golang.org",
    "go.dev",
    "php.net",
    "microsoft.com",
    "apple.com",
    "youtube.com",
    "youtu.be",
    "vimeo.com",
    "imgur.com",
    "postimg.cc",
    "ibb.co",
    "imgbb.com",
    "pastebin.com",
    "hastebin.com",
    "dpaste.com",
    "dpaste.org",
    "ix.io",
    "0x0.st",
    "termbin.com",
    "sprunge.us",
    "pastie.org",
    "privatebin.net",
    "rafb.net",
    "codepad.org",
    "twitter.com",
    "x.com",
    "reddit.com",
    "habr.com",
    "news.ycombinator.com",
    "w3.org",
    "ietf.org",
    "rfc-editor.org",
    "google.com",
    "openstreetmap.org",
    "launchpad.net",
    "lwn.net",
    "phoronix.com",
    "bbc.co.uk",
    "yandex.ru",
    "lenta.ru",
];

const INVITES: &[&str] = &[
    "t.me/",
    "telegram.me/",
    "telegram.dog/",
    "discord.gg/",
    "discord.com/invite",
    "chat.whatsapp.com/",
    "wa.me/",
    "matrix.to/",
    "join.skype.com/",
    "signal.group/",
    "vk.me/",
    "invite.",
];

/// Top-level domains that adverts use without a scheme; others would take file names and method calls for links.
pub(super) fn is_common_tld(tld: &str) -> bool {
    COMMON.contains(&tld)
}

/// `src/main.rs/x` is a path, `shop.fr/x` an address.
pub(super) fn is_tld_of_path(tld: &str) -> bool {
    tld.len() == 2 && !matches!(tld, "rs" | "py" | "js" | "ts" | "go" | "md" | "sh" | "so" | "pl" | "hs" | "ml" | "db")
}

/// Where people who talk put or find things.
pub(super) fn is_common(host: &str) -> bool {
    let is_of = |it: &str| host == it || host.strip_suffix(it).is_some_and(|rest| rest.ends_with('.'));
    host.starts_with("paste") || host.contains(".paste") || HOSTS.iter().any(|it| is_of(it))
}

/// Whether a path, without what follows it, is that of a picture or a film.
pub(crate) fn is_picture(path: &str) -> bool {
    const ENDS: &[&str] = &["jpg", "jpeg", "png", "gif", "webp", "mp4", "webm", "avif"];
    path.rsplit_once('.').is_some_and(|(_, it)| ENDS.iter().any(|end| end.eq_ignore_ascii_case(it)))
}

/// Invitations to groups of other messengers.
pub(super) fn is_invite(target: &str) -> bool {
    INVITES.iter().any(|it| target.starts_with(it))
}
