//! What made-up clients and servers answer.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{Question, Reply, ServiceError, jid::Jid};

/// The clients of a scene.
#[derive(Default)]
pub(super) struct Clients {
    /// What they say they are, and `None` for those that do not answer; all others are `client/pc`.
    says: BTreeMap<Jid, Option<&'static str>>,
    /// How many were asked that.
    n_asked: usize,
}

impl Clients {
    pub(super) fn set(&mut self, of: &str, says: Option<&'static str>) {
        self.says.insert(Jid::new(of).unwrap(), says);
    }

    pub(super) fn n_asked(&mut self) -> usize {
        std::mem::take(&mut self.n_asked)
    }

    pub(super) fn answer(&mut self, to: &Jid, question: Question) -> Result<Reply, ServiceError> {
        if to.domain().as_str() == "silent.example" {
            return Err(ServiceError::NoAnswer(to.to_string()));
        }
        if to.domain().as_str() == "nowhere.example" {
            let why = "remote-server-not-found: DNS lookup failed";
            return Err(ServiceError::Refused(why.to_owned()));
        }
        if to.resource().is_some_and(|it| it.as_str() == "nurse") && question == Question::Time {
            // COMPAT: slixmpp 1.8 answers so where it fails itself.
            return Err(ServiceError::Refused("undefined-condition: Slixmpp got into trouble.".to_owned()));
        }
        Ok(match question {
            Question::Ping => Reply::Span(Duration::from_millis(42)),
            Question::Identity => {
                self.n_asked += 1;
                let says = self.says.get(to).copied().unwrap_or(Some("client/pc"));
                Reply::Words(says.ok_or_else(|| ServiceError::NoAnswer(to.to_string()))?.to_owned())
            }
            Question::Account => return Err(ServiceError::Refused("service-unavailable".to_owned())),
            Question::Last => Reply::Span(Duration::from_secs(3 * 86_400)),
            Question::Version => Reply::Words("Gajim 1.8".to_owned()),
            Question::Time => Reply::Words("12:00 +03:00".to_owned()),
        })
    }
}
