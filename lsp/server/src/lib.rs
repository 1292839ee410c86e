//! The language server: the protocol around the answers of `gatos-ide`.
//!
//! [`serve`] reads messages and begins each in order; [`server`] holds the methods; what they share, and the lanes
//! that they run on, are in [`shared`] and [`lanes`]. Offsets become positions in [`position`], and nowhere else.
#![forbid(unsafe_code)]

mod capabilities;
mod commands;
mod convert;
mod core;
mod disk;
mod docs;
mod frame;
mod judge;
mod lanes;
mod pages;
pub mod position;
mod progress;
mod report;
mod scan;
mod serve;
mod server;
#[cfg(test)]
mod session_tests;
mod shared;
mod survey;
mod tokens;
mod uri;
mod view;
mod wants;

pub use disk::Trouble;
pub use serve::{End, session, stdio, tcp};
pub use shared::{Services, Settings};
pub use uri::slashed;
