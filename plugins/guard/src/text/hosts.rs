//! Names of hosts that say what a link is.

const COMMON: &[&str] = &[
    "com", "net", "org", "info", "biz", "shop", "store", "online", "site", "xyz", "top", "club", "vip", "live",
    "example", "ru", "me", "io", "cc", "tk", "ga", "cf", "рф", "onion", "link", "click", "casino", "bet",
];

/// In the order of their bytes. Nobody can put an advert on most of them, and on the others it does not stay.
const HOSTS: &[&str] = &[
    "0x0.st",
    "ac.uk",
    "alpinelinux.org",
    "apache.org",
    "apple.com",
    "appveyor.com",
    "archive.org",
    "archlinux.org",
    "arstechnica.com",
    "arxiv.org",
    "askubuntu.com",
    "bbc.co.uk",
    "bitbucket.org",
    "blender.org",
    "boost.org",
    "bpaste.net",
    "centos.org",
    "circleci.com",
    "clbin.com",
    "cmake.org",
    "cnn.com",
    "codeberg.org",
    "codecov.io",
    "codepad.org",
    "codepen.io",
    "coveralls.io",
    "cpan.org",
    "cppreference.com",
    "crates.io",
    "debian.org",
    "docker.com",
    "docs.rs",
    "doi.org",
    "dpaste.com",
    "dpaste.org",
    "eclipse.org",
    "edu",
    "fandom.com",
    "fedoraproject.org",
    "ffmpeg.org",
    "flickr.com",
    "fpaste.org",
    "freebsd.org",
    "freedesktop.org",
    "gentoo.org",
    "gfycat.com",
    "gimp.org",
    "giphy.com",
    "git-scm.com",
    "git.io",
    "github.com",
    "gitlab.com",
    "gnome.org",
    "gnu.org",
    "go.dev",
    "godbolt.org",
    "golang.org",
    "google.com",
    "gov",
    "gov.uk",
    "gyazo.com",
    "habr.com",
    "haskell.org",
    "hastebin.com",
    "hpaste.org",
    "ibb.co",
    "ideone.com",
    "ietf.org",
    "imdb.com",
    "imgbb.com",
    "imgur.com",
    "inkscape.org",
    "ix.io",
    "jabber.org",
    "jenkins.io",
    "jsbin.com",
    "jsfiddle.net",
    "kde.org",
    "kernel.org",
    "launchpad.net",
    "lenta.ru",
    "libreoffice.org",
    "linux.org.ru",
    "llvm.org",
    "lobste.rs",
    "lpaste.net",
    "lua.org",
    "lwn.net",
    "mariadb.org",
    "mediawiki.org",
    "metacpan.org",
    "microsoft.com",
    "mil",
    "mozilla.org",
    "mysql.com",
    "netbsd.org",
    "news.ycombinator.com",
    "nixos.org",
    "nodejs.org",
    "npmjs.com",
    "nytimes.com",
    "openbsd.org",
    "opennet.ru",
    "openstack.org",
    "openstreetmap.org",
    "opensuse.org",
    "packagist.org",
    "pastebin.com",
    "pastie.org",
    "perl.org",
    "phoronix.com",
    "php.net",
    "postgresql.org",
    "postimg.cc",
    "privatebin.net",
    "prnt.sc",
    "pypi.org",
    "python.org",
    "qt.io",
    "rafb.net",
    "rbc.ru",
    "readthedocs.io",
    "readthedocs.org",
    "redd.it",
    "reddit.com",
    "redhat.com",
    "reuters.com",
    "rfc-editor.org",
    "ruby-lang.org",
    "rubygems.org",
    "rust-lang.org",
    "serverfault.com",
    "slashdot.org",
    "sourceforge.net",
    "sprunge.us",
    "sqlite.org",
    "sr.ht",
    "stackexchange.com",
    "stackoverflow.com",
    "superuser.com",
    "tenor.com",
    "termbin.com",
    "theguardian.com",
    "theregister.com",
    "travis-ci.com",
    "travis-ci.org",
    "twitter.com",
    "ubuntu.com",
    "videolan.org",
    "vim.org",
    "vimeo.com",
    "voidlinux.org",
    "w3.org",
    "wikibooks.org",
    "wikidata.org",
    "wikimedia.org",
    "wikipedia.org",
    "wiktionary.org",
    "x.com",
    "xkcd.com",
    "xmpp.org",
    "yandex.ru",
    "youtu.be",
    "youtube.com",
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
    let mut host = host;
    if host.starts_with("paste") || host.contains(".paste") {
        return true;
    }
    loop {
        if HOSTS.binary_search(&host).is_ok() {
            return true;
        }
        let Some((_, parent)) = host.split_once('.') else { return false };
        host = parent;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_with_all_that_is_below_them() {
        assert!(HOSTS.is_sorted());
        for host in ["github.com", "gist.github.com", "jsoc.stanford.edu", "travis-ci.org", "pastebin.example"] {
            assert!(is_common(host), "{host}");
        }
        for host in ["github.com.example", "notgithub.com", "shop.example", "com", "", "edu.example"] {
            assert!(!is_common(host), "{host}");
        }
    }
}
