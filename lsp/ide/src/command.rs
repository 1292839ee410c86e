//! The commands that lenses and actions carry, and that clients may send of themselves.

/// Runs one test of a fold's `*_test.lua` or a policy's `test_…` rule. Arguments: file path, test name.
pub const RUN_TEST: &str = "gatos.runTest";
/// Runs all tests of a file. Argument: file path.
pub const RUN_TESTS: &str = "gatos.runTests";
/// Folds the newest real events. Arguments: file path; then optionally namespace, number of events.
pub const PREVIEW_FOLD: &str = "gatos.previewFold";
/// Pins a policy input. Arguments: any file path of the project; then a path of a JSON file, or
/// `event:ULID`, or `denial:NUMBER` (0 is the newest), or `json:{…}`; nothing takes the pin off.
pub const PIN_INPUT: &str = "gatos.pinInput";
/// Compares the compiled root with that of the text at `HEAD`. Argument: file path.
pub const COMPARE_ROOT: &str = "gatos.compareRoot";
/// Shows why the pinned decision fell as it did. Argument: file path.
pub const EXPLAIN_DECISION: &str = "gatos.explainDecision";
/// The page of a diagnostic code. Argument: the code.
pub const EXPLAIN_CODE: &str = "gatos.explainCode";
/// Writes a test from the newest denial on record. Argument: file path of the policy.
pub const TEST_FROM_DENIAL: &str = "gatos.testFromDenial";
/// Shows the ops of a program. Argument: file path.
pub const SHOW_ELC: &str = "gatos.showElc";

/// All of them.
pub const ALL: [&str; 9] = [
    RUN_TEST,
    RUN_TESTS,
    PREVIEW_FOLD,
    PIN_INPUT,
    COMPARE_ROOT,
    EXPLAIN_DECISION,
    EXPLAIN_CODE,
    TEST_FROM_DENIAL,
    SHOW_ELC,
];
