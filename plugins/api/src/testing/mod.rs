//! The bench: a plugin in made-up rooms with people and a clock by hand.

mod locales;

pub use locales::{check_locales, keys_in, keys_of};
