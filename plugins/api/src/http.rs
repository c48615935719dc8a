//! The web, as far as a plugin may reach it: one question, one answer, both as plain data.
//!
//! The host looks at every address before anything connects to it, follows a few redirects, and counts time and bytes;
//! what the plugin sees is an [`HttpAnswer`] or an [`HttpError`] with a sentence that says what to do about it.

use std::time::Duration;

use async_trait::async_trait;

use crate::{PluginName, Text, charset};

/// How long an answer may take unless a request says less or more.
pub const HTTP_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that a request may ask for.
pub const HTTP_TIMEOUT_MAX: Duration = Duration::from_secs(60);
/// How many bytes an answer may have, unpacked, unless a request says less or more.
pub const HTTP_BYTES: usize = 1 << 20;
/// The most that a request may ask for.
pub const HTTP_BYTES_MAX: usize = 8 << 20;

/// What is done with an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum HttpMethod {
    /// Fetch it.
    #[default]
    Get,
    /// Send something to it.
    Post,
}

impl HttpMethod {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A question to the web.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HttpRequest {
    /// What is done.
    pub method: HttpMethod,
    /// With which address, `https://host/path?query`.
    pub url: String,
    /// Headers besides those that the client sets; names in any case.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// How long it may take in all; `None` for [`HTTP_TIMEOUT`], at most [`HTTP_TIMEOUT_MAX`].
    pub timeout: Option<Duration>,
    /// How many bytes the answer may have, unpacked; `None` for [`HTTP_BYTES`], at most [`HTTP_BYTES_MAX`].
    pub max_bytes: Option<usize>,
    /// Whether an answer that has more is cut there, rather than being an error.
    pub may_be_cut: bool,
}

impl HttpRequest {
    /// Fetches this address.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Sends this to it.
    #[must_use]
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { method: HttpMethod::Post, url: url.into(), body: body.into(), ..Self::default() }
    }

    /// The same with this header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same with so much time.
    #[must_use]
    pub const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same with at most so many bytes of answer.
    #[must_use]
    pub const fn up_to(mut self, max_bytes: usize) -> Self {
        self.max_bytes = Some(max_bytes);
        self
    }

    /// The same, of which only so many first bytes are wanted.
    #[must_use]
    pub const fn first(mut self, max_bytes: usize) -> Self {
        self.max_bytes = Some(max_bytes);
        self.may_be_cut = true;
        self
    }
}

/// What came back, whatever its status.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HttpAnswer {
    /// The status, 200 and so on.
    pub status: u16,
    /// The headers, names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// Whether there would have been more of it.
    pub is_cut: bool,
    /// The address that it came from in the end.
    pub url: String,
}

impl HttpAnswer {
    /// Status 200 with this body; what tests answer.
    #[must_use]
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    /// The same with this header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Whether the status is one of 200 to 299.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.as_str())
    }

    /// The body as text, in the charset that a byte order mark, the header or the page itself names.
    #[must_use]
    pub fn text(&self) -> String {
        charset::decode(&self.body, self.header("content-type"))
    }

    /// Whether it is text by its header; what has no header is looked at.
    #[must_use]
    pub fn is_text(&self) -> bool {
        charset::is_text(&self.body, self.header("content-type"))
    }
}

/// Why nothing came back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HttpError {
    /// The plugin was not given the power.
    #[error("the plugin was not given the power `http`")]
    NotGranted,
    /// The address cannot be read, or is of a kind that is not fetched.
    #[error("`{url}` cannot be fetched: {why}")]
    Address {
        /// The address, cut.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The request itself cannot be made.
    #[error("the request cannot be made: {why}")]
    Request {
        /// What is wrong with it.
        why: String,
    },
    /// The configuration does not let this plugin reach the host.
    #[error("{host} is not among the hosts of this plugin: `hosts` under [plugins.{plugin}] would have to name it")]
    Denied {
        /// The host.
        host: String,
        /// The plugin.
        plugin: PluginName,
    },
    /// Its address is not a public one.
    #[error("{host} is not a public address: `allow` under [http] would have to name it")]
    Closed {
        /// The host.
        host: String,
    },
    /// There is no such host.
    #[error("there is no host {host}")]
    NoHost {
        /// The host.
        host: String,
    },
    /// It cannot be connected to.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// The host.
        host: String,
    },
    /// The encryption failed: its certificate is not to be trusted, or it speaks no TLS.
    #[error("{host} has no encryption that could be trusted: {why}")]
    Insecure {
        /// The host.
        host: String,
        /// What the TLS library says.
        why: String,
    },
    /// It took too long.
    #[error("{host} did not answer within {} s", .after.as_secs_f32())]
    Late {
        /// The host.
        host: String,
        /// How long it had.
        after: Duration,
    },
    /// The answer is longer than the plugin wanted.
    #[error("the answer of {host} has more than {max_bytes} bytes")]
    TooLong {
        /// The host.
        host: String,
        /// How many it might have had.
        max_bytes: usize,
    },
    /// It leads from one address to the next without end.
    #[error("{host} redirects too often")]
    Redirects {
        /// The host of the first address.
        host: String,
    },
    /// What it said was no HTTP, or ended in the middle.
    #[error("the answer of {host} is broken")]
    Broken {
        /// The host.
        host: String,
    },
    /// Too much is being fetched already.
    #[error("too much is being fetched at once")]
    Busy,
}

impl HttpError {
    /// The same as one sentence in the language of whoever asked.
    #[must_use]
    pub fn text(&self) -> Text {
        let host = |key: &'static str, host: &str| Text::key(key).with("host", host);
        match self {
            Self::NotGranted => Text::key("act-not-granted").with("power", "http"),
            Self::Address { url, .. } => Text::key("http-address").with("url", url.as_str()),
            Self::Request { why } => Text::key("http-request").with("why", why.as_str()),
            Self::Denied { host: name, plugin } => host("http-denied", name).with("plugin", plugin.as_str()),
            Self::Closed { host: name } => host("http-closed", name),
            Self::NoHost { host: name } => host("http-no-host", name),
            Self::Unreachable { host: name } => host("http-unreachable", name),
            Self::Insecure { host: name, .. } => host("http-insecure", name),
            Self::Late { host: name, after } => host("http-late", name).with("span", Text::span(*after)),
            Self::TooLong { host: name, max_bytes } => {
                host("http-too-long", name).with("size", max_bytes.div_ceil(1024).to_string())
            }
            Self::Redirects { host: name } => host("http-redirects", name),
            Self::Broken { host: name } => host("http-broken", name),
            Self::Busy => Text::key("http-busy"),
        }
    }
}

/// The web.
#[async_trait]
pub trait Http: Send + Sync {
    /// Asks, follows redirects, and waits for the whole answer. Any status is an answer.
    ///
    /// # Errors
    /// Why there is none.
    async fn fetch(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError>;

    /// Fetches an address, with everything else as it is by default.
    ///
    /// # Errors
    /// As for [`Http::fetch`].
    async fn get(&self, url: &str) -> Result<HttpAnswer, HttpError> {
        self.fetch(HttpRequest::get(url)).await
    }
}
