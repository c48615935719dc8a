//! `undo`, as far as the guard has to forget something itself.

use std::sync::Arc;

use domovoi_plugin::{Context, Fault, Identity, Incident, Text};

use super::{React, change, kept};
use crate::{
    lists::{Common, asks::What},
    rules::Rule,
    undo::Undone,
};

/// People and domains that block lists do not count against in one room; more are refused by the command too.
pub(crate) const MOST_EXCEPTIONS: usize = 500;

impl React {
    /// A person took an incident back: points, strikes and lost trust, what was learned of what was said, reports. Who
    /// was kept out because of a block list is an exception of the room from now on. The guard of the room takes its
    /// part within a second.
    ///
    /// # Errors
    /// What the store did not keep.
    pub(crate) async fn undo(&self, incident: &Incident, cx: &Context) -> Result<Option<Text>, Fault> {
        let room = &incident.room;
        let undone = Arc::new(Undone::new(incident));
        change(cx, |common: &mut Common| {
            if let Some(campaigns) = common.campaigns.without(room, &undone) {
                common.campaigns = Arc::new(campaigns);
            }
        });
        self.inner().reports.drop_about(room, &undone.people);
        let n_excepted = self.except_from_lists(incident, cx).await?;
        // A raid may have nobody in particular.
        let about = undone.people.first().cloned().unwrap_or(Identity::Occupancy(0));
        let n_people = count(undone.people.len());
        self.word(cx, room, &about, What::Undo(undone));
        let mut lines = vec![Text::key("undone").with("people", n_people)];
        if 0 < n_excepted {
            lines.push(Text::key("undone-excepted").with("people", count(n_excepted)));
        }
        Ok(Some(Text::Lines(lines)))
    }

    /// Whoever was sentenced for standing on a list would be sentenced again at the next join.
    async fn except_from_lists(&self, incident: &Incident, cx: &Context) -> Result<usize, Fault> {
        if !incident.rules.iter().any(|(rule, _)| rule == Rule::Block.as_str()) {
            return Ok(0);
        }
        let room = Some(incident.room.clone());
        let (all, n_new) = {
            let mut inner = self.inner();
            let exceptions = &mut inner.kept.entry(room.clone()).or_default().exceptions;
            let n_before = exceptions.len();
            for jid in incident.people.iter().filter_map(|it| it.identity.jid()) {
                if exceptions.len() < MOST_EXCEPTIONS {
                    exceptions.insert(jid.to_string());
                }
            }
            (exceptions.clone(), exceptions.len() - n_before)
        };
        if 0 < n_new {
            kept::put(cx, &kept::scope(room.as_ref()), "except", Some(&all)).await?;
            self.share_blocks(cx);
        }
        Ok(n_new)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
