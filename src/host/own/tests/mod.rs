//! The host's own commands as people give them, told as transcripts.

mod access;
mod acts;
mod examples;
mod faults;
mod help;
mod house;
mod incidents;
mod languages;
mod limits;
mod loops;
mod removals;
mod settings;
mod setup;
mod shelves;
mod words;
