//! The Debug Adapter Protocol around a [`crate::session`]: messages in, messages out. Where they
//! come from and where programs, events and repositories are, is the business of whoever
//! implements [`Transport`] and [`World`].

mod requests;
mod server;
mod wire;

pub use server::serve;
pub use wire::{Framer, frame};

use crate::session::{Debuggee, Lines};
use serde_json::Value;

/// Where messages come from and go to. Each is one JSON text without its header.
pub trait Transport {
    /// The next message; waits for it. Nothing when there will be none any more.
    fn next(&mut self) -> Option<Vec<u8>>;
    /// The next message if there is one now.
    fn poll(&mut self) -> Option<Vec<u8>>;
    /// Sends a message. When nobody listens any more the next [`Transport::next`] tells.
    fn send(&mut self, message: &[u8]);
}

/// The world outside, as far as debugging needs it.
pub trait World {
    /// Makes ready what the arguments of a `launch` request name.
    ///
    /// # Errors
    /// A sentence for the person who wrote them.
    fn launch(&mut self, arguments: &Value) -> Result<Launched, String>;
    /// The one spelling of a path.
    fn canonical(&self, path: &str) -> String;
}

/// A program ready to be debugged.
#[derive(Debug)]
pub struct Launched {
    /// The program and its inputs.
    pub debuggee: Debuggee,
    /// Lines with code.
    pub lines: Lines,
    /// The path of each file of the map, in its one spelling, where there is such a file.
    pub paths: Vec<Option<String>>,
    /// The text of each file of the map, where it is known.
    pub texts: Vec<Option<String>>,
    /// Things to tell the person.
    pub notes: Vec<String>,
}
