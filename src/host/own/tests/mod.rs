//! The host's own commands as people give them, told as transcripts.

mod access;
mod examples;
mod faults;
mod help;
mod house;
mod incidents;
mod languages;
mod settings;
mod setup;
mod shelves;
mod words;
