//! Command line and daemon: the composition root.
