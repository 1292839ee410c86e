//! Generates the LR tables of the grammar.

#[allow(clippy::disallowed_macros, reason = "a build script talks to cargo on its output")]
fn main() {
    println!("cargo:rerun-if-changed=src/echolua/grammar.lalrpop");
    println!("cargo:rerun-if-changed=src/rgs/grammar.lalrpop");
    if let Err(error) = lalrpop::Configuration::new().use_cargo_dir_conventions().emit_rerun_directives(true).process()
    {
        println!("cargo:error=grammar.lalrpop: {error}");
    }
}
