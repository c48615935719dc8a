//! What plugins in Lua are put through.

mod attacks;
mod giving;
mod hosting;
mod living;
mod loading;
mod outside;
mod reference;
mod scene;
mod sweep;
