//! Texts that are given to a plugin again and again, made once in its VM: rooms, nicks, people, and the few words of events.
//!
//! Each text that is made costs a protected call, since memory is limited; to give one that is there costs next to nothing.

use std::collections::HashMap;

use domovoi_plugin::Identity;
use mlua::{Lua, LuaString, Result};

use super::event::Sight;

/// So many are remembered of each kind; then all are made anew.
const MOST: usize = 512;
/// What is longer is made each time.
const LONGEST: usize = 128;

/// Those of one VM.
#[derive(Default)]
pub(super) struct Known {
    texts: HashMap<Box<str>, LuaString>,
    /// By identity, and whether the plugin sees who that is.
    people: HashMap<(Identity, bool), LuaString>,
}

impl Known {
    /// This text.
    pub(super) fn text(&mut self, lua: &Lua, text: &str) -> Result<LuaString> {
        if let Some(known) = self.texts.get(text) {
            return Ok(known.clone());
        }
        let new = lua.create_string(text)?;
        if text.len() <= LONGEST {
            make_room(&mut self.texts);
            self.texts.insert(text.into(), new.clone());
        }
        Ok(new)
    }

    /// An identity as the plugin sees it.
    pub(super) fn identity(&mut self, lua: &Lua, identity: Identity, sight: &Sight) -> Result<LuaString> {
        let key = (identity, sight.sees_jids);
        if let Some(known) = self.people.get(&key) {
            return Ok(known.clone());
        }
        let new = lua.create_string(sight.identity(&key.0))?;
        make_room(&mut self.people);
        self.people.insert(key, new.clone());
        Ok(new)
    }
}

fn make_room<K, V>(known: &mut HashMap<K, V>) {
    if MOST <= known.len() {
        known.clear();
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Secret, jid::BareJid};

    use super::*;

    #[test]
    fn what_is_known_is_what_it_would_be_and_there_is_never_too_much() {
        let (lua, mut known) = (Lua::new(), Known::default());
        let jid = |n: usize| Identity::Jid(BareJid::new(&format!("alice{n}@example.org")).unwrap());
        for sees_jids in [true, false, true] {
            let sight = Sight { plugin: "hello".parse().unwrap(), sees_jids, secret: Secret::default() };
            for n in (0..2 * MOST).chain(0..10) {
                let text = format!("room{n}");
                assert_eq!(known.text(&lua, &text).unwrap(), text.as_str());
                let seen = known.identity(&lua, jid(n), &sight).unwrap();
                assert_eq!(seen, sight.identity(&jid(n)).as_str());
            }
            assert!(known.texts.len() <= MOST && known.people.len() <= MOST);
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(known.text(&lua, &long).unwrap(), long.as_str());
        assert!(!known.texts.contains_key(long.as_str()));
    }
}
