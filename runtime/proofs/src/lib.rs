//! Build and check proof envelopes.
