//! What plugins in Lua are put through.

mod attacks;
mod sweep;
