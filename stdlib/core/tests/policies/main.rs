//! The policy functions, called one by one on a machine: every example of the table, and what the
//! table does not show. An expression is `name(term, ...)` with Rego's ground terms.

mod errors;
mod further;
mod gatos;
mod lab;
mod laws;
mod limits;
mod meaning;

use lab::Lab;

#[test]
fn every_example_holds() {
    let mut lab = Lab::default();
    let mut wrong = Vec::new();
    for row in gatos_sigs::rgs::all() {
        for line in row.example.lines() {
            let (expression, want) = line.rsplit_once(" --> ").unwrap_or_else(|| panic!("{}: {line}", row.name));
            if !expression.starts_with(&format!("{}(", row.name)) {
                wrong.push(format!("{expression}: is not a call of {}", row.name));
                continue;
            }
            let have = lab.show(expression);
            if have != lab.canonical(want) {
                wrong.push(format!("{expression}\n  want {want}\n  have {have}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_has_its_function_and_an_example() {
    let library = gatos_stdlib::rgs::library();
    let mut have: Vec<&str> = library.names().filter(|n| !n.starts_with("internal.")).collect();
    have.sort_unstable();
    let mut want: Vec<&str> = gatos_sigs::rgs::all().map(|b| b.name).collect();
    want.sort_unstable();
    assert_eq!(have, want);
    for b in gatos_sigs::rgs::all() {
        assert!(b.example.contains(" --> "), "{}", b.name);
        assert!(!b.doc.is_empty() && b.doc.ends_with('.'), "{}", b.name);
    }
}
