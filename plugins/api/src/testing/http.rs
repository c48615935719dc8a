//! The web of the bench: a table of addresses and what they answer. Nothing else is there.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Bench, world::Shelf};
use crate::{Http, HttpAnswer, HttpError, HttpRequest, Power};

/// The web of a bench.
#[derive(Debug, Default)]
pub(super) struct Web {
    answers: BTreeMap<String, Result<HttpAnswer, HttpError>>,
    requests: Vec<HttpRequest>,
    unanswered: Vec<String>,
    is_patient: bool,
}

impl Bench {
    /// What an address answers from now on, however it is asked.
    pub fn http(&self, url: &str, answer: HttpAnswer) {
        self.world(|it| it.web.answers.insert(url.to_owned(), Ok(answer)));
    }

    /// Why an address does not answer.
    pub fn http_fails(&self, url: &str, error: HttpError) {
        self.world(|it| it.web.answers.insert(url.to_owned(), Err(error)));
    }

    /// Everything that was asked of the web, in order.
    #[must_use]
    pub fn http_requests(&self) -> Vec<HttpRequest> {
        self.world(|it| it.web.requests.clone())
    }

    /// From now on an address without an answer is noted for [`Bench::http_unanswered`] and seems to be unreachable,
    /// rather than ending the test at once.
    pub fn note_unanswered(&self) {
        self.world(|it| it.web.is_patient = true);
    }

    /// Addresses that were asked and have no answer on this bench.
    #[must_use]
    pub fn http_unanswered(&self) -> Vec<String> {
        self.world(|it| it.web.unanswered.clone())
    }
}

#[async_trait]
impl Http for Shelf {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let mut world = self.world();
        if !world.powers.contains(&Power::Http) {
            return Err(HttpError::NotGranted);
        }
        let (url, max_bytes) = (request.url.clone(), request.max_bytes.unwrap_or(crate::HTTP_BYTES));
        let (method, may_be_cut) = (request.method.as_str(), request.may_be_cut);
        world.web.requests.push(request);
        let host = url.split('/').nth(2).unwrap_or(&url).to_owned();
        match world.web.answers.get(&url).cloned() {
            Some(Ok(answer)) if max_bytes < answer.body.len() && !may_be_cut => {
                Err(HttpError::TooLong { host, max_bytes })
            }
            Some(Ok(mut answer)) => {
                answer.is_cut = max_bytes < answer.body.len();
                answer.body.truncate(max_bytes);
                answer.url = if answer.url.is_empty() { url } else { answer.url };
                Ok(answer)
            }
            Some(Err(error)) => Err(error),
            None if world.web.is_patient => {
                world.web.unanswered.push(url);
                Err(HttpError::Unreachable { host })
            }
            None => {
                drop(world);
                panic!("{method} {url} has no answer on this bench: give it one with Bench::http");
            }
        }
    }
}
