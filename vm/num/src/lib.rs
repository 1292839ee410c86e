//! Deterministic i64 and Q32.32 arithmetic, decimal text and pcg32.
