//! Questions that plugins asked in direct chats, and who is to answer them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domovoi_plugin::{Answers, jid::BareJid};
use tokio::sync::oneshot;

use super::services::Of;

/// So many questions are open at once, of all plugins together.
const MAX_OPEN: usize = 1000;

/// The open questions, by whom they were asked. Of two to the same person the newer one is answered.
#[derive(Debug, Default)]
pub(super) struct DirectAnswers(Mutex<BTreeMap<BareJid, oneshot::Sender<String>>>);

impl DirectAnswers {
    fn open(&self, who: &BareJid) -> Option<oneshot::Receiver<String>> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, it| !it.is_closed());
        if MAX_OPEN <= open.len() && !open.contains_key(who) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        open.insert(who.clone(), answer);
        Some(answered)
    }

    /// Takes what was written as an answer, if somebody waits for one; gives whether it was.
    pub(super) fn hear(&self, who: &BareJid, text: &str) -> bool {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
        // An error means that the time for answering is over.
        open.is_some_and(|it| it.send(text.to_owned()).is_ok())
    }
}

#[async_trait]
impl Answers for Of {
    async fn next_from(&self, who: &BareJid, patience: Duration) -> Option<String> {
        let answered = self.host.direct_answers.open(who)?;
        tokio::select! {
            biased;
            // An error means that a newer question took this one's place.
            answer = answered => answer.ok(),
            () = self.host.clock.sleep(patience) => None,
        }
    }
}
