//! Debugging, profiling and coverage of runs that replay exactly.
#![forbid(unsafe_code)]
