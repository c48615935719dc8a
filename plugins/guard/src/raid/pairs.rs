//! A map by identity, written as a list of pairs, since JSON has no keys but strings. Whoever is known by this stay only
//! is left out: nobody would know them again.

use std::collections::BTreeMap;

use domovoi_plugin::Identity;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<T: Serialize, S: Serializer>(map: &BTreeMap<Identity, T>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(map.iter().filter(|(identity, _)| identity.is_lasting()))
}

pub(super) fn deserialize<'de, T, D>(from: D) -> Result<BTreeMap<Identity, T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Vec::<(Identity, T)>::deserialize(from)?.into_iter().collect())
}
