//! What plugins in Lua are put through.

mod attacks;
mod beside;
mod events;
mod faults;
mod floods;
mod giving;
mod hosting;
mod living;
mod loading;
mod options;
mod outside;
mod powers;
mod reach;
mod reference;
mod reloading;
mod rows;
mod scene;
mod sweep;
