//! `[web]`: the listener for pages, `/health` and `/metrics`.

use std::net::SocketAddr;

use super::section::Section;

/// Where pages are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address by which people reach it, without a slash at its end.
    pub public_url: Option<String>,
}

impl Web {
    /// Reads `[web]`, if it is there.
    pub(super) fn read(root: &Section<'_>) -> Option<Self> {
        let section = root.section("web")?;
        let listen = section.parse("listen", "an address such as \"127.0.0.1:8480\"", |text| {
            let error = format!("`{text}` is not an IP address and port such as `127.0.0.1:8480`");
            text.parse::<SocketAddr>().map_err(|_| error)
        });
        if section.field("listen").is_none() {
            section.missing("listen", "it is missing: the address to listen on, such as `127.0.0.1:8480`");
        }
        let public_url = section.parse("public_url", "an address such as \"https://bot.example.org\"", read_url);
        section.finish();
        Some(Self { listen: listen?, public_url })
    }
}

fn read_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "?#\"<>@".contains(c);
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') && !rest.contains(is_odd) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        Some(_) | None => Err(format!("`{text}` is not a web address such as `https://bot.example.org`")),
    }
}
