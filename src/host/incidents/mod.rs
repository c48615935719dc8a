//! Incidents: everything that is done automatically, as something that people can ask about, and take back.
//!
//! [`case`] says what an incident is, [`ledger`] decides what belongs together and gives the numbers (pure, so that
//! `replay` numbers alike), [`recent`] remembers for a few minutes what was said, for evidence, and [`budget`] stops a
//! runaway guard. [`decisions`] remembers what was decided last, also where nothing was done, [`Gift`] says what an action
//! gives back. [`kept`] writes and reads, [`words`] says it to people, [`alert`] tells moderators. The room's own part is
//! in `super::room`, the commands are in `super::own`.

pub mod alert;
pub mod budget;
pub mod case;
pub mod decisions;
mod gift;
pub mod kept;
pub mod ledger;
pub mod recent;
pub mod words;

pub use budget::{Budget, Spent};
pub use case::{Case, Deed, Ground, Mode, Person, Quote};
pub use gift::Gift;
pub use ledger::{Ledger, Opened, Opening};
pub use recent::Recent;
