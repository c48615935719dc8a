//! One request from its address to its answer: checked, sent, redirected and checked again, read up to its end.

use std::{net::IpAddr, sync::Arc, time::Duration};

use domovoi_plugin::{
    HTTP_BYTES, HTTP_BYTES_MAX, HTTP_TIMEOUT, HTTP_TIMEOUT_MAX, HttpAnswer, HttpError, HttpMethod, HttpRequest,
    PluginName,
};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, LOCATION},
};
use tokio::time::timeout;

use super::{
    fault,
    gate::{Gate, Hosts, Named},
    headers,
    limits::Limits,
    names::{Names, SystemNames},
    wire::Wires,
};
use crate::{clock::Clock, config::Allowed};

/// So often an answer may lead elsewhere.
const MAX_REDIRECTS: usize = 5;
/// The longest address.
const MAX_URL: usize = 4 * 1024;
/// The largest body that is sent.
const MAX_SENT: usize = 1 << 20;

/// The guarded client: one for the whole bot.
pub struct Client {
    wires: Wires,
    limits: Limits,
}

/// Who fetches, and where they may.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Which plugin.
    pub plugin: PluginName,
    /// The hosts that it may reach.
    pub hosts: Hosts,
    /// Addresses that are open besides the public ones.
    pub allow: Arc<[Allowed]>,
}

/// A file on its way to where an XMPP server wants it.
#[derive(Clone, Debug)]
pub struct Put {
    /// Whose file it is.
    pub plugin: PluginName,
    /// Where to.
    pub url: String,
    /// Headers that the slot names; of them only `Authorization`, `Cookie` and `Expires` are sent.
    pub headers: Vec<(String, String)>,
    /// The media type.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Addresses that are open besides the public ones.
    pub allow: Arc<[Allowed]>,
    /// Whether the server that named the place is itself at no public address: then the place may be too.
    pub is_near: bool,
}

/// Why a file did not get there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PutError {
    /// It could not be sent.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It was refused with this status.
    #[error("status {0}")]
    Status(u16),
}

/// How long a file may take.
const PUT_WITHIN: Duration = Duration::from_secs(60);
/// The headers that a slot may name (XEP-0363 §5).
const SLOT_HEADERS: [&str; 3] = ["authorization", "cookie", "expires"];

/// What is sent next.
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Client {
    /// With the resolver of the system.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::with_names(clock, Arc::new(SystemNames::default()))
    }

    pub(super) fn with_names(clock: Clock, names: Arc<dyn Names>) -> Self {
        Self { wires: Wires::new(names), limits: Limits::new(clock) }
    }

    /// Fetches for a plugin.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn fetch(&self, errand: &Errand, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let after = request.timeout.unwrap_or(HTTP_TIMEOUT).min(HTTP_TIMEOUT_MAX);
        let url = read_url(&request.url)?;
        let headers = headers::checked(&request.headers)?;
        if MAX_SENT < request.body.len() {
            return Err(HttpError::Request { why: format!("at most {} KiB are sent", MAX_SENT >> 10) });
        }
        if !self.limits.may_ask(&errand.plugin) {
            return Err(HttpError::Busy);
        }
        let method = if request.method == HttpMethod::Post { Method::POST } else { Method::GET };
        let mut hop = Hop { url, method, headers, body: request.body };
        let mut host = host_of(&hop.url);
        let bounds = Bounds {
            after,
            max_bytes: request.max_bytes.unwrap_or(HTTP_BYTES).min(HTTP_BYTES_MAX),
            may_be_cut: request.may_be_cut,
        };
        let all = self.follow(errand, &mut hop, &bounds, &mut host);
        timeout(after, all).await.unwrap_or(Err(HttpError::Late { host, after }))
    }

    /// `host` is always the one that is being asked.
    async fn follow(
        &self,
        errand: &Errand,
        hop: &mut Hop,
        bounds: &Bounds,
        host: &mut String,
    ) -> Result<HttpAnswer, HttpError> {
        let first = host.clone();
        for _ in 0..=MAX_REDIRECTS {
            *host = host_of(&hop.url);
            let gate = gate_of(errand, &hop.url)?;
            if !self.limits.may_ask_host(host) {
                return Err(HttpError::Busy);
            }
            let _turn = self.limits.turn(&errand.plugin, host).await.ok_or(HttpError::Busy)?;
            let response = self.send(hop, gate, &errand.allow, bounds.after).await?;
            match next_url(&response, &hop.url)? {
                Some(next) => hop.go_to(next, response.status())?,
                None => return read(response, bounds, host).await,
            }
        }
        Err(HttpError::Redirects { host: first })
    }

    async fn send(
        &self,
        hop: &Hop,
        gate: Gate,
        allow: &Arc<[Allowed]>,
        after: Duration,
    ) -> Result<Response, HttpError> {
        let host = host_of(&hop.url);
        let client = self.wires.client(gate, allow).await;
        let client = client.map_err(|why| HttpError::Insecure { host: host.clone(), why })?;
        let request = client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
        let request =
            if hop.body.is_empty() && hop.method == Method::GET { request } else { request.body(hop.body.clone()) };
        request.send().await.map_err(|error| fault::meaning(&error, &host, after))
    }

    /// Sends a file where a slot says, and nowhere else.
    ///
    /// # Errors
    /// Why it did not get there.
    pub async fn put(&self, put: Put) -> Result<(), PutError> {
        let url = read_url(&put.url)?;
        let (host, port) = (host_of(&url), url.port_or_known_default().unwrap_or(443));
        let gate = Gate { port, opens_port: true, opens_closed: put.is_near };
        let closed = || HttpError::Closed { host: host.clone() };
        let literal = literal(&url);
        if literal.is_some_and(|ip| !gate.lets_through(ip, &put.allow)) {
            return Err(closed().into());
        }
        let is_named = literal.is_some_and(|ip| put.allow.iter().any(|it| it.matches(ip, port)));
        if url.scheme() == "http" && !put.is_near && !is_named {
            let why = "files are sent encrypted only".to_owned();
            return Err(HttpError::Insecure { host, why }.into());
        }
        let is_slots = |it: &&(String, String)| SLOT_HEADERS.contains(&it.0.to_ascii_lowercase().as_str());
        let named: Vec<_> = put.headers.iter().filter(is_slots).cloned().collect();
        let mut headers = headers::checked(&named)?;
        let media_type = put.media_type.parse().map_err(|_| HttpError::Request { why: "no media type".to_owned() })?;
        headers.insert(CONTENT_TYPE, media_type);
        let hop = Hop { url, method: Method::PUT, headers, body: put.bytes };
        let sent = async {
            let _turn = self.limits.turn(&put.plugin, &host).await.ok_or(HttpError::Busy)?;
            self.send(&hop, gate, &put.allow, PUT_WITHIN).await
        };
        let late = HttpError::Late { host: host.clone(), after: PUT_WITHIN };
        // What the answer says beside its status is nobody's business.
        let status = timeout(PUT_WITHIN, sent).await.unwrap_or(Err(late))?.status();
        if status.is_success() { Ok(()) } else { Err(PutError::Status(status.as_u16())) }
    }
}

/// What an answer may cost.
struct Bounds {
    after: Duration,
    max_bytes: usize,
    may_be_cut: bool,
}

impl Hop {
    /// On to where the answer led, as browsers do it (RFC 9110 §15.4).
    fn go_to(&mut self, next: Url, status: StatusCode) -> Result<(), HttpError> {
        if self.url.scheme() == "https" && next.scheme() == "http" {
            // Whoever is on the way could read, and change, what was meant to be safe.
            let why = "it leads from https to http".to_owned();
            return Err(HttpError::Insecure { host: host_of(&next), why });
        }
        if self.url.origin() != next.origin() {
            self.headers = headers::harmless(&self.headers);
        }
        if matches!(status.as_u16(), 301..=303) && self.method != Method::GET {
            self.method = Method::GET;
            self.body.clear();
            self.headers.remove(CONTENT_TYPE);
        }
        self.url = next;
        Ok(())
    }
}

/// An address in the one form in which it is checked and sent.
fn read_url(text: &str) -> Result<Url, HttpError> {
    let wrong = |why| HttpError::Address { url: text.chars().take(100).collect(), why };
    if MAX_URL < text.len() {
        return Err(wrong("it is too long"));
    }
    let url = Url::parse(text.trim()).map_err(|_| wrong("it is no address"))?;
    checked_url(url).map_err(wrong)
}

fn checked_url(mut url: Url) -> Result<Url, &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it carries a name or a password");
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    let bare = host.trim_end_matches('.');
    if bare.is_empty() || url.port_or_known_default() == Some(0) {
        return Err("it has no host, or no port");
    }
    if bare != host {
        // With or without the dot of the root it is the same host, and certificates name it without.
        url.set_host(Some(bare)).map_err(|_| "it has no host")?;
    }
    url.set_fragment(None);
    Ok(url)
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// The IP address that a host is, in whatever form it was written: parsing has brought all of them into one.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// What may be connected to for this address on behalf of this plugin.
fn gate_of(errand: &Errand, url: &Url) -> Result<Gate, HttpError> {
    let port = url.port_or_known_default().unwrap_or_default();
    let opens_port = match errand.hosts.say_of(url) {
        Named::No => return Err(HttpError::Denied { host: host_of(url), plugin: errand.plugin.clone() }),
        Named::Host => false,
        Named::Port => true,
    };
    let gate = Gate { port, opens_port, opens_closed: false };
    if !gate.is_port_open(&errand.allow) {
        return Err(match errand.hosts {
            // Whoever names hosts can name this one with its port.
            Hosts::Only(_) => {
                HttpError::Denied { host: format!("{}:{port}", host_of(url)), plugin: errand.plugin.clone() }
            }
            Hosts::Any => {
                let url = url.as_str().chars().take(100).collect();
                HttpError::Address { url, why: "only the ports 80 and 443 are open" }
            }
        });
    }
    match literal(url) {
        Some(ip) if !gate.lets_through(ip, &errand.allow) => Err(HttpError::Closed { host: host_of(url) }),
        Some(_) | None => Ok(gate),
    }
}

/// Where an answer leads, if it does.
fn next_url(response: &Response, from: &Url) -> Result<Option<Url>, HttpError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let text = String::from_utf8_lossy(location.as_bytes()).into_owned();
    let wrong = |why| HttpError::Address { url: text.chars().take(100).collect(), why };
    if MAX_URL < text.len() {
        return Err(wrong("it is too long"));
    }
    let next = from.join(&text).map_err(|_| wrong("it is no address"))?;
    checked_url(next).map(Some).map_err(wrong)
}

/// Reads an answer to its end, or as far as it may go.
async fn read(mut response: Response, bounds: &Bounds, host: &str) -> Result<HttpAnswer, HttpError> {
    let too_long = || HttpError::TooLong { host: host.to_owned(), max_bytes: bounds.max_bytes };
    let is_longer = |n: u64| usize::try_from(n).map_or(true, |n| bounds.max_bytes < n);
    if !bounds.may_be_cut && response.content_length().is_some_and(is_longer) {
        return Err(too_long());
    }
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    let mut answer = HttpAnswer {
        status: response.status().as_u16(),
        headers: response.headers().iter().map(|it| (it.0.to_string(), text(it.1.as_bytes()))).collect(),
        url: response.url().to_string(),
        ..HttpAnswer::default()
    };
    loop {
        // What is packed is unpacked piece by piece, so that little of it can never become much at once.
        let piece = response.chunk().await.map_err(|error| fault::meaning(&error, host, bounds.after))?;
        let Some(piece) = piece else { return Ok(answer) };
        let room = bounds.max_bytes - answer.body.len();
        answer.body.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
        if room < piece.len() {
            answer.is_cut = true;
            return if bounds.may_be_cut { Ok(answer) } else { Err(too_long()) };
        }
    }
}
