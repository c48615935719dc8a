//! Whether the bot is well: every account of the configuration is online.

use std::time::Duration;

use tokio::time::timeout;

use crate::host::core::Host;

/// How long the accounts may take to say how they are.
const PATIENCE: Duration = Duration::from_secs(2);

/// Well, or in words why not, a line for each account.
pub(super) async fn of(host: &Host) -> Result<(), String> {
    let Some(outlet) = host.outlet() else { return Err("the bot is starting\n".to_owned()) };
    let Ok(states) = timeout(PATIENCE, outlet.accounts()).await else {
        return Err(format!("the accounts did not say within {} s how they are\n", PATIENCE.as_secs()));
    };
    let mut wrong = String::new();
    for account in host.live.config().accounts.keys() {
        match states.iter().find(|it| it.account == account.as_str()) {
            Some(state) if state.is_online => (),
            Some(state) => wrong.push_str(&format!("account {account} is not online: {}\n", state.state)),
            None => wrong.push_str(&format!("account {account} has not been started\n")),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
