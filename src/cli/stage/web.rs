//! The made-up web: answers from a table, in place of the guarded client's.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domovoi_plugin::{HttpAnswer, HttpError, HttpRequest, UploadError, UploadFile};

use crate::{clock::Clock, host::in_hand::aside};

/// How long an answer may take unless a request says less or more.
const PATIENCE: Duration = domovoi_plugin::HTTP_TIMEOUT;
/// So many redirects are followed.
const MAX_HOPS: usize = 5;

/// What an address answers.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Prepared {
    /// The answer, or why there is none.
    pub(in crate::cli) answer: Result<HttpAnswer, HttpError>,
    /// After how long.
    pub(in crate::cli) after: Duration,
}

/// The made-up web. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Web {
    clock: Clock,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Debug, Default)]
struct Pages {
    /// What each address answers, one after the other; the last one stays.
    prepared: BTreeMap<String, VecDeque<Prepared>>,
    asked: Vec<HttpRequest>,
    /// Addresses that were asked for and answer nothing.
    unknown: Vec<String>,
    n_files: usize,
}

impl Web {
    /// With nothing in it.
    pub(in crate::cli) fn new(clock: Clock) -> Self {
        Self { clock, pages: Arc::default() }
    }

    /// What an address answers from now on.
    pub(in crate::cli) fn prepare(&self, url: &str, answers: Vec<Prepared>) {
        self.pages().prepared.insert(normal(url), answers.into());
    }

    /// Takes out the first request to this address that nobody has looked at.
    pub(in crate::cli) fn asked(&self, url: &str) -> Option<HttpRequest> {
        let (url, mut pages) = (normal(url), self.pages());
        let at = pages.asked.iter().position(|it| normal(&it.url) == url)?;
        Some(pages.asked.remove(at))
    }

    /// Takes out the addresses that were asked for and answer nothing.
    pub(in crate::cli) fn unknown(&self) -> Vec<String> {
        std::mem::take(&mut self.pages().unknown)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request.
    pub(super) async fn fetch(&self, request: &HttpRequest) -> Result<HttpAnswer, HttpError> {
        let patience = request.timeout.unwrap_or(PATIENCE);
        let mut url = request.url.clone();
        for _ in 0..=MAX_HOPS {
            let Some(prepared) = self.next(&url, request) else {
                return Err(HttpError::Unreachable { host: host_of(&url) });
            };
            if !prepared.after.is_zero() {
                aside(self.clock.sleep(prepared.after.min(patience))).await;
            }
            if patience < prepared.after {
                return Err(HttpError::Late { host: host_of(&url), after: patience });
            }
            let answer = prepared.answer?;
            match answer.header("location").filter(|_| (300..400).contains(&answer.status)) {
                Some(location) => url = location.to_owned(),
                None => return sized(HttpAnswer { url, ..answer }, request),
            }
        }
        Err(HttpError::Redirects { host: host_of(&request.url) })
    }

    fn next(&self, url: &str, request: &HttpRequest) -> Option<Prepared> {
        let mut pages = self.pages();
        pages.asked.push(HttpRequest { url: url.to_owned(), ..request.clone() });
        let Some(answers) = pages.prepared.get_mut(&normal(url)) else {
            pages.unknown.push(url.to_owned());
            return None;
        };
        if 1 < answers.len() { answers.pop_front() } else { answers.front().cloned() }
    }

    /// Takes a file.
    pub(super) fn keep(&self, file: &UploadFile) -> Result<String, UploadError> {
        let mut pages = self.pages();
        pages.n_files += 1;
        Ok(format!("https://upload.example/{}/{}", pages.n_files, file.name))
    }
}

/// As much of an answer as was wanted.
fn sized(mut answer: HttpAnswer, request: &HttpRequest) -> Result<HttpAnswer, HttpError> {
    let max_bytes = request.max_bytes.unwrap_or(domovoi_plugin::HTTP_BYTES);
    if answer.body.len() <= max_bytes {
        return Ok(answer);
    }
    if !request.may_be_cut {
        return Err(HttpError::TooLong { host: host_of(&answer.url), max_bytes });
    }
    answer.body.truncate(max_bytes);
    answer.is_cut = true;
    Ok(answer)
}

/// An address without what means nothing at its end.
fn normal(url: &str) -> String {
    url.split('#').next().unwrap_or_default().trim_end_matches('/').to_owned()
}

/// The host of an address.
pub(in crate::cli) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |it| it.1);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}
