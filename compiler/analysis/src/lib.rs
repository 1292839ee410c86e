//! What programs compute and cost, without running them: types, shapes and ranges of values,
//! bounds of fuel, and the ways by which a refused construct is reached.
#![forbid(unsafe_code)]
