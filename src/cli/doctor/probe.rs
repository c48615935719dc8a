//! Looks at one account by logging in to it once.

use std::time::Duration;

use domovoi_plugin::AccountId;

use crate::{bot, config::Account, control::doctor::AccountReport, xmpp::connect};

/// How long it may take in all; each step of it has a shorter time-out of its own.
const PATIENCE: Duration = Duration::from_secs(90);

/// What logging in to an account shows.
pub(super) async fn account(name: &AccountId, account: &Account) -> AccountReport {
    let login = bot::login(account);
    let probed = tokio::time::timeout(PATIENCE, connect::probe(&login)).await;
    let report = AccountReport { account: name.to_string(), jid: account.jid.to_string(), ..AccountReport::default() };
    match probed {
        Ok(Ok(facts)) => AccountReport {
            is_online: true,
            state: "could log in".to_owned(),
            connection: Some(bot::connection(name, facts)),
            ..report
        },
        Ok(Err(error)) => {
            let again = "this may pass; the bot would try again by itself".to_owned();
            AccountReport { state: error.to_string(), advice: (!error.is_final()).then_some(again), ..report }
        }
        Err(_) => AccountReport { state: format!("no end of the login within {} s", PATIENCE.as_secs()), ..report },
    }
}
