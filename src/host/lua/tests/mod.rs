//! What plugins in Lua are put through.

mod attacks;
mod events;
mod faults;
mod floods;
mod hosting;
mod living;
mod loading;
mod powers;
mod reloading;
mod scene;
mod sweep;
