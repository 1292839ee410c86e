//! Events and a program to state.
