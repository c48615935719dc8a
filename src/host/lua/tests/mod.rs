//! What plugins in Lua are put through.

mod attacks;
mod hosting;
mod living;
mod loading;
mod reference;
mod scene;
mod sweep;
