//! The store of the bench: what the plugin keeps, which a test may read, write and break.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::{Bench, world::Shelf};
use crate::{Power, Scope, ServiceError, State, Timestamp};

/// The most bytes of a value, as JSON.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// The most bytes of a key.
const MAX_KEY_BYTES: usize = 512;
/// The most keys that are given at once.
const MAX_KEYS: usize = 1_000;

impl Bench {
    /// What the plugin keeps there, unless it is forgotten by now.
    #[must_use]
    pub fn kept(&self, scope: &Scope, key: &str) -> Option<Value> {
        self.world(|it| {
            let kept = it.state.get(&(scope.clone(), key.to_owned())).filter(|kept| lives(kept.1, it.now));
            kept.map(|it| it.0.clone())
        })
    }

    /// The plugin kept this there before.
    pub fn keep(&self, scope: &Scope, key: &str, value: Value) {
        self.world(|it| it.state.insert((scope.clone(), key.to_owned()), (value, None)));
    }

    /// From now on the store neither takes nor gives anything, as after a full disk.
    pub fn store_fails(&self) {
        self.world(|it| it.is_store_broken = true);
    }

    /// The store works again.
    pub fn store_works(&self) {
        self.world(|it| it.is_store_broken = false);
    }
}

fn lives(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_none_or(|it| now < it)
}

impl Shelf {
    fn may_keep(&self, key: &str) -> Result<(), ServiceError> {
        let world = self.world();
        if !world.powers.contains(&Power::Store) {
            return Err(ServiceError::Refused("the plugin was not given the power `store`".to_owned()));
        }
        if MAX_KEY_BYTES < key.len() || key.contains('\0') {
            return Err(ServiceError::Store(format!("a key has at most {MAX_KEY_BYTES} bytes and no NUL")));
        }
        if world.is_store_broken { Err(ServiceError::Store("the disk is full".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl State for Shelf {
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Value>, ServiceError> {
        self.may_keep(key)?;
        let world = self.world();
        let kept = world.state.get(&(scope.clone(), key.to_owned()));
        Ok(kept.filter(|it| lives(it.1, world.now)).map(|it| it.0.clone()))
    }

    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: Option<Value>,
        keep: Option<Duration>,
    ) -> Result<(), ServiceError> {
        self.may_keep(key)?;
        let mut world = self.world();
        let until = keep.map(|it| world.now + it);
        let key = (scope.clone(), key.to_owned());
        match value {
            Some(value) if MAX_VALUE_BYTES < value.to_string().len() => {
                return Err(ServiceError::Store(format!("a value has at most {MAX_VALUE_BYTES} bytes")));
            }
            Some(value) => world.state.insert(key, (value, until)),
            None => world.state.remove(&key),
        };
        Ok(())
    }

    async fn keys(&self, scope: &Scope, prefix: &str) -> Result<Vec<String>, ServiceError> {
        self.may_keep(prefix)?;
        let world = self.world();
        let is_meant = |of: &Scope, key: &str, until| of == scope && key.starts_with(prefix) && lives(until, world.now);
        let found = world.state.iter().filter(|((of, key), kept)| is_meant(of, key, kept.1));
        Ok(found.map(|((_, key), _)| key.clone()).take(MAX_KEYS).collect())
    }
}
