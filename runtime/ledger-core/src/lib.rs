//! Ids, envelopes, signatures, journal rules and storage ports.
