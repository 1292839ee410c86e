//! Debugging, profiling and coverage of runs that replay exactly.
//!
//! [`coverage`] counts what a run reached; [`profile`] says where its fuel went; [`trial`] runs tests; [`session`] lets
//! somebody stop it anywhere, look around, and go back; [`dap`] speaks about all of that with an
//! editor. Nothing here changes what a program computes or pays.
#![forbid(unsafe_code)]

pub mod coverage;
pub mod dap;
pub mod profile;
pub mod session;
pub mod trial;

mod shadow;
