//! The stage: throwaway servers, and the people on it.
//!
//! Live tests, the demo, the soak and the benches play their scenes here. A scene needs a real server ([`Prosody`],
//! [`Ejabberd`]: free ports, own folder, gone with the value that owns it), people ([`Person`], [`Crowd`]: raw scripted
//! XMPP clients that can say anything, forged payloads too), a bad network ([`Proxy`]) and the bot itself ([`Bot`],
//! the real binary as a child process).
//!
//! The people deliberately share no code with the bot: not its XMPP library, not its parser. A mistake there would
//! otherwise be made on both sides of the wire and cancel out.
//!
//! Nothing here listens or connects beyond loopback, and nothing outlives the process that started it.

pub mod bot;
pub mod control;
pub mod crowd;
pub mod person;
pub mod ports;
pub mod process;
pub mod proxy;
pub mod server;
mod wire;
pub mod xml;

pub use bot::Bot;
pub use control::Control;
pub use crowd::Crowd;
pub use person::Person;
pub use process::Process;

pub use proxy::Proxy;
pub use rustix::process::Signal;
pub use server::{Ejabberd, Options, Prosody, Server};
pub use xml::Element;
