//! What servers say of their accounts (XEP-0489): asked once when a stranger comes, never waited for.

use std::{collections::BTreeMap, time::Duration};

use domovoi_plugin::{Account, Context, Memo, ServiceError, Timestamp, jid::BareJid};

use super::React;
use crate::{lists::asks::What, rules::Rule};

/// For how long an answer holds, or its lack.
const KEEP: Duration = Duration::from_secs(24 * 3_600);
/// So many are remembered.
const MOST: usize = 10_000;
/// So many are asked about at once; a raid's thousand joiners are judged by what they do.
const MOST_ASKED: usize = 20;
/// Younger accounts are strange to their own server.
const YOUNG: Duration = Duration::from_secs(24 * 3_600);
/// Points of an account that is anonymous or young.
const POINTS: u32 = 20;

/// Whom we have asked about.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    /// When, and what came of it.
    known: BTreeMap<BareJid, (Timestamp, Option<Account>)>,
    /// Servers that do not tell, and since when.
    silent: BTreeMap<String, Timestamp>,
    n_asked: usize,
}

impl Accounts {
    /// Whether this one is to be asked about now.
    fn takes(&mut self, jid: &BareJid, now: Timestamp) -> bool {
        let is_fresh = |at: &Timestamp| now.since(*at) < KEEP;
        let is_known = self.known.get(jid).is_some_and(|it| is_fresh(&it.0));
        let is_silent = self.silent.get(jid.domain().as_str()).is_some_and(is_fresh);
        if is_known || is_silent || MOST_ASKED <= self.n_asked || MOST <= self.known.len() {
            return false;
        }
        self.known.insert(jid.clone(), (now, None));
        self.n_asked += 1;
        true
    }

    fn answered(&mut self, jid: &BareJid, now: Timestamp, answer: &Result<Account, ServiceError>) {
        self.n_asked = self.n_asked.saturating_sub(1);
        match answer {
            Ok(account) => {
                self.known.insert(jid.clone(), (now, Some(account.clone())));
            }
            Err(_) if self.silent.len() < MOST => {
                self.silent.insert(jid.domain().to_string(), now);
            }
            Err(_) => (),
        }
    }

    /// What was said of someone.
    pub(crate) fn of(&self, jid: &BareJid) -> Option<&Account> {
        self.known.get(jid).and_then(|it| it.1.as_ref())
    }

    /// Drops what was said of someone.
    pub(crate) fn drop(&mut self, jid: &BareJid) {
        self.known.remove(jid);
    }

    /// Drops what is too old.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.known.retain(|_, it| now.since(it.0) < KEEP);
        self.silent.retain(|_, it| now.since(*it) < KEEP);
    }

    /// How many are known.
    pub(crate) fn len(&self) -> usize {
        self.known.values().filter(|it| it.1.is_some()).count()
    }
}

/// What speaks against an account, as a key of the Fluent files.
fn charge(account: &Account, now: Timestamp) -> Option<&'static str> {
    if account.affiliation == "anonymous" {
        return Some("reason-account-anonymous");
    }
    let is_young = account.since.is_some_and(|since| now.since(since) < YOUNG && since <= now);
    is_young.then_some("reason-account-young")
}

impl React {
    /// A stranger came: their server is asked, and what it says goes to the guard.
    pub(super) async fn ask_account(&self, memo: &Memo, cx: &Context) {
        let Some(target) = &memo.about else { return };
        let Some(jid) = target.identity.jid() else { return };
        if !self.inner().accounts.takes(jid, cx.now()) {
            return;
        }
        let answer = cx.services.entities.account(Some(&memo.room), jid).await;
        let now = cx.now();
        self.inner().accounts.answered(jid, now, &answer);
        if let Some(reason) = answer.ok().and_then(|it| charge(&it, now)) {
            let what = What::Charge { rule: Rule::Account, points: POINTS, reason, n: 1 };
            self.word(cx, &memo.room, &target.identity, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_asked_about_once_a_day_and_a_silent_server_once() {
        let mut accounts = Accounts::default();
        let jid = |text: &str| BareJid::new(text).unwrap();
        let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
        let (a, b, c) = (jid("a@told.example"), jid("b@silent.example"), jid("c@silent.example"));
        assert!(accounts.takes(&a, at(0)));
        assert!(!accounts.takes(&a, at(1)));
        accounts.answered(&a, at(1), &Ok(Account { affiliation: "registered".to_owned(), ..Account::default() }));
        assert_eq!(accounts.of(&a).map(|it| it.affiliation.as_str()), Some("registered"));
        assert!(accounts.takes(&b, at(1)));
        accounts.answered(&b, at(1), &Err(ServiceError::Refused("service-unavailable".to_owned())));
        assert!(!accounts.takes(&c, at(2)));
        assert!(accounts.takes(&a, at(26)) && accounts.takes(&c, at(26)));
        accounts.forget(at(60));
        assert_eq!((accounts.known.len(), accounts.silent.len()), (0, 0));
    }

    #[test]
    fn a_raid_asks_no_flood_of_questions() {
        let mut accounts = Accounts::default();
        let jids = (0..200).map(|n| BareJid::new(&format!("u{n}@raid.example")).unwrap());
        let n_asked = jids.filter(|it| accounts.takes(it, Timestamp::default())).count();
        assert_eq!(n_asked, MOST_ASKED);
    }

    #[test]
    fn anonymous_and_young_accounts_are_charged() {
        let now = Timestamp::from_millis(10 * 86_400_000);
        let account = |affiliation: &str, hours: i64| Account {
            affiliation: affiliation.to_owned(),
            since: Some(Timestamp::from_millis(now.as_millis() - hours * 3_600_000)),
            trust: None,
        };
        assert!(charge(&account("anonymous", 999), now).is_some());
        assert!(charge(&account("registered", 3), now).is_some());
        assert!(charge(&account("registered", 25), now).is_none());
        assert!(charge(&Account { affiliation: "member".to_owned(), ..Account::default() }, now).is_none());
    }
}
