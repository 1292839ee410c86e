//! The generated pages say what the code says.

#[test]
fn reference_pages_are_up_to_date() {
    if let Err(difference) = gatos_harness::reference::compare() {
        panic!("\n{difference}\n");
    }
}
