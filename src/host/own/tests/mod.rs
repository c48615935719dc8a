//! The host's own commands as people give them, told as transcripts.

mod help;
