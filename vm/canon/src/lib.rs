//! Canonical DAG-CBOR and JSON, digests.
