//! The host's own commands as people give them, told as transcripts.

mod access;
mod examples;
mod help;
mod house;
mod settings;
mod setup;
mod words;
