//! Many people at once, cheaply: hundreds of occupants from one process, each with a short memory.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::person::{Person, Ticket};
use crate::server::Server;

/// How many log in or join at the same time; a server that is asked by all at once answers nobody.
const AT_ONCE: usize = 16;
/// How many stanzas each of them remembers.
const BACKLOG: usize = 200;
/// How long each of them waits: a server takes its time with what hundreds want of it at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// People with names of one pattern: `PREFIX0`, `PREFIX1`, …
#[derive(Debug, Default)]
pub struct Crowd {
    people: Vec<Arc<Person>>,
}

impl Crowd {
    /// Registers and logs in `n_people`.
    ///
    /// # Errors
    /// When the server refuses one of them.
    pub async fn connect(server: &Server, prefix: &str, n_people: usize) -> Result<Self> {
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        let mut arriving = JoinSet::new();
        for number in 0..n_people {
            let ticket =
                Ticket { backlog: BACKLOG, patience: PATIENCE, ..Ticket::new(server, &format!("{prefix}{number}")) };
            let gate = Arc::clone(&gate);
            arriving.spawn(async move {
                let _turn = gate.acquire().await?;
                anyhow::Ok((number, Person::enter(ticket).await?))
            });
        }
        let mut people = Vec::with_capacity(n_people);
        while let Some(arrived) = arriving.join_next().await {
            people.push(arrived??);
        }
        people.sort_by_key(|(number, _)| *number);
        Ok(Self { people: people.into_iter().map(|(_, person)| Arc::new(person)).collect() })
    }

    /// Spreads the crowd over the rooms in turn, each under the own name.
    ///
    /// # Errors
    /// When a room refuses one of them.
    pub async fn join(&self, rooms: &[String]) -> Result<()> {
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        let mut joining = JoinSet::new();
        for (person, room) in self.people.iter().zip(rooms.iter().cycle()) {
            let (person, room, gate) = (Arc::clone(person), room.clone(), Arc::clone(&gate));
            joining.spawn(async move {
                let _turn = gate.acquire().await?;
                person.join(&room, &person.name).await.with_context(|| format!("{} and {room}", person.name))
            });
        }
        while let Some(joined) = joining.join_next().await {
            joined??;
        }
        Ok(())
    }

    /// The people, in the order of their numbers.
    #[must_use]
    pub fn people(&self) -> &[Arc<Person>] {
        &self.people
    }
}
