//! What plugins keep: it ends when it should, and there is not too much of it.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{Manifest, Plugin, Power, Scope, State};
use serde_json::json;

use crate::{
    host::testing::{CONFIG, Scene, garden},
    store::Tree,
};

struct Keeper {
    is_bundled: bool,
}

impl Plugin for Keeper {
    fn manifest(&self) -> Manifest {
        let is_bundled = self.is_bundled;
        Manifest { powers: &[Power::Store], is_bundled, ..Manifest::new("keeper".parse().unwrap()) }
    }
}

async fn scene(is_bundled: bool) -> (Scene, Arc<dyn State>) {
    let config = format!("{CONFIG}[plugins.keeper]\nenabled = true\npowers = [\"store\"]\n");
    let it = Scene::with(&config, vec![Arc::new(Keeper { is_bundled })]).await;
    let installed = it.host.installed(&"keeper".parse().unwrap()).unwrap();
    let state = it.host.services(&installed).state.clone();
    (it, state)
}

async fn n_stored(it: &Scene) -> usize {
    it.host.store.state.scan(Tree::Kv, b"keeper\0".to_vec(), 100_000).await.unwrap().len()
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn what_ran_out_is_forgotten_on_the_disk_too_and_hides_nothing() {
    let (it, state) = scene(true).await;
    for n in 0..1001 {
        state.set(&Scope::Global, &format!("a{n}"), Some(json!(n)), Some(HOUR)).await.unwrap();
    }
    state.set(&Scope::Global, "b", Some(json!({ "until": 1 })), None).await.unwrap();
    state.set(&Scope::Global, "c", Some(json!(1)), Some(3 * HOUR)).await.unwrap();
    assert_eq!(state.keys(&Scope::Global, "").await.unwrap().len(), 1000, "at most so many");
    it.advance(2 * HOUR);
    assert_eq!(state.keys(&Scope::Global, "").await.unwrap(), ["b", "c"]);
    assert_eq!(state.get(&Scope::Global, "a7").await.unwrap(), None);
    assert_eq!(n_stored(&it).await, 1003);
    it.host.forget_all_expired().await;
    assert_eq!(n_stored(&it).await, 2);
    assert_eq!(state.get(&Scope::Global, "b").await.unwrap(), Some(json!({ "until": 1 })));
}

#[tokio::test]
async fn a_plugin_of_a_stranger_does_not_fill_the_disk() {
    let (it, state) = scene(false).await;
    it.host.shelves.cut(100, 1 << 20);
    // Just under the largest value.
    let large = json!("x".repeat(65_000));
    let mut n = 0;
    let why = loop {
        match state.set(&Scope::Global, &format!("k{n}"), Some(large.clone()), Some(HOUR)).await {
            Ok(()) => n += 1,
            Err(error) => break error.to_string(),
        }
        assert!(n < 100, "no end");
    };
    assert!(why.contains("at most 100 values and 1 MiB"), "{why}");
    assert_eq!(n, 16);
    // What is there can be made smaller, and makes room for something else.
    let set = async |key: &str, value: Option<&serde_json::Value>, keep| {
        state.set(&Scope::Global, key, value.cloned(), keep).await.is_ok()
    };
    assert!(set("k0", Some(&json!(1)), Some(HOUR)).await && set("new", Some(&json!(1)), None).await);
    assert!(set("more", Some(&large), None).await && !set("yet more", Some(&large), None).await);
    assert!(set("k1", None, None).await && set("yet more", Some(&large), None).await);
    assert!(!set("the last", Some(&large), None).await);
    // What ran out makes room by itself.
    it.advance(2 * HOUR);
    assert!(set("the last", Some(&large), None).await);
    assert_eq!(n_stored(&it).await, 4, "new, more, yet more, the last");
    for n in 4..100 {
        state.set(&Scope::Room(garden()), &format!("s{n}"), Some(json!(1)), None).await.unwrap();
    }
    assert!(state.set(&Scope::Global, "s100", Some(json!(1)), None).await.is_err(), "nor by many small ones");
}

#[tokio::test]
async fn a_full_shelf_is_not_looked_through_at_each_refusal() {
    let (it, state) = scene(false).await;
    it.host.shelves.cut(2, 1 << 20);
    let minute = Duration::from_secs(60);
    let set = async |key: &str| state.set(&Scope::Global, key, Some(json!(1)), Some(minute)).await.is_ok();
    assert!(set("a").await && set("b").await);
    it.advance(Duration::from_secs(58));
    assert!(!set("c").await, "both are there yet");
    it.advance(Duration::from_secs(3));
    assert!(!set("c").await, "both ran out, but it was looked through three seconds ago");
    assert!(set("a").await, "what is there can be renewed all the same");
    it.advance(Duration::from_secs(7));
    assert!(set("c").await && !set("d").await);
}
