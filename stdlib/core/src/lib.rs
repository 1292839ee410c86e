//! The EchoLua library functions.
