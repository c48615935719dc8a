//! More services of the contract: the web and files for people, over the guarded client.

use std::sync::Arc;

use async_trait::async_trait;
use domovoi_plugin::{
    Http, HttpAnswer, HttpError, HttpRequest, PluginName, Power, RoomJid, SlotAsk, Upload, UploadError, UploadFile,
};
use tracing::warn;

use super::{core::Host, services::Of};
use crate::{
    config::Allowed,
    fetch::{Errand, Hosts, Put, PutError, public::is_public},
};

#[async_trait]
impl Http for Of {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        if !self.may_somewhere(Power::Http) {
            return Err(HttpError::NotGranted);
        }
        if let Some(outlet) = self.host.outlet()
            && let Some(answer) = outlet.web(&request).await
        {
            return answer;
        }
        let config = self.host.live.config();
        let errand = Errand {
            plugin: self.plugin.clone(),
            hosts: self.host.hosts_of(&self.plugin),
            allow: Arc::<[Allowed]>::from(config.http.allow.as_slice()),
        };
        let answer = self.host.fetch.fetch(&errand, request).await;
        if let Err(error @ (HttpError::Denied { .. } | HttpError::Closed { .. })) = &answer {
            // An owner of the bot may have to do something about it.
            warn!(plugin = %self.plugin, "a plugin was not let out: {error}");
        }
        answer
    }
}

#[async_trait]
impl Upload for Of {
    async fn upload(&self, room: Option<&RoomJid>, file: UploadFile) -> Result<String, UploadError> {
        if !self.may(room, Power::Upload) {
            return Err(UploadError::NotGranted);
        }
        file.check()?;
        let size = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
        let ask = SlotAsk { name: file.name.clone(), media_type: file.media_type.clone(), size };
        let outlet = self.host.outlet().ok_or(UploadError::Offline)?;
        if let Some(kept) = outlet.keep_file(&file).await {
            return kept;
        }
        let slot = outlet.slot(room, ask).await?;
        let config = self.host.live.config();
        let put = Put {
            plugin: self.plugin.clone(),
            url: slot.put,
            headers: slot.headers,
            media_type: file.media_type,
            bytes: file.bytes,
            allow: Arc::<[Allowed]>::from(config.http.allow.as_slice()),
            is_near: slot.server.is_some_and(|it| !is_public(it)),
            ca_file: slot.ca_file,
        };
        match self.host.fetch.put(put).await {
            Ok(()) => Ok(slot.get),
            Err(PutError::Status(status)) => Err(UploadError::Refused { why: format!("HTTP {status}") }),
            Err(PutError::Http(error)) => Err(UploadError::Failed { why: error.to_string() }),
        }
    }
}

impl Host {
    /// The hosts that a plugin may reach: those that the configuration names; every public one for a plugin that came
    /// with the bot, as long as it names none.
    fn hosts_of(&self, plugin: &PluginName) -> Hosts {
        let config = self.live.config();
        let named = config.plugins.get(plugin).map(|it| it.hosts.clone()).unwrap_or_default();
        let is_bundled = self.installed(plugin).is_some_and(|it| it.manifest.is_bundled);
        if named.is_empty() && is_bundled { Hosts::Any } else { Hosts::Only(named) }
    }
}
