//! The client against servers of every bad kind, on loopback.

mod hostile;
mod paths;
pub(crate) mod server;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domovoi_plugin::{HttpAnswer, HttpError, HttpRequest, PluginName};

use super::{Client, Errand, Hosts, names::Names};
use crate::{clock::Clock, config::Allowed};

/// Names and what is answered when they are asked, one answer after the other; the last one stays.
#[derive(Default)]
struct Table(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

#[async_trait]
impl Names for Table {
    async fn lookup(&self, name: &str) -> Vec<IpAddr> {
        let mut table = self.0.lock().unwrap();
        match table.get_mut(name) {
            Some(answers) if 1 < answers.len() => answers.remove(0),
            Some(answers) => answers.first().cloned().unwrap_or_default(),
            None => Vec::new(),
        }
    }
}

/// A client on a network of this test's own.
struct Scene {
    client: Client,
    errand: Errand,
}

impl Scene {
    /// With these names, each with its answers, and these addresses open.
    fn new(names: &[(&str, &[&[&str]])], allow: &[String]) -> Self {
        let ips = |all: &&[&str]| all.iter().map(|it| it.parse().unwrap()).collect::<Vec<IpAddr>>();
        let table = names.iter().map(|(name, answers)| ((*name).to_owned(), answers.iter().map(ips).collect()));
        let names = Arc::new(Table(Mutex::new(table.collect())));
        let allow: Vec<Allowed> = allow.iter().map(|it| it.parse().unwrap()).collect();
        let errand =
            Errand { plugin: PluginName::new("links").unwrap(), hosts: Hosts::Any, allow: Arc::from(allow.as_slice()) };
        Self { client: Client::with_names(Clock::System, names), errand }
    }

    /// With one port of loopback open, which `site.example` is too.
    fn open(port: u16) -> Self {
        Self::new(&[("site.example", &[&["127.0.0.1"]])], &[format!("127.0.0.1:{port}")])
    }

    async fn fetch(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        self.client.fetch(&self.errand, request).await
    }

    async fn get(&self, url: &str) -> Result<HttpAnswer, HttpError> {
        self.fetch(HttpRequest::get(url)).await
    }
}
