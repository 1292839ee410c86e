//! Generates the LR tables of the grammar.

fn main() {
    println!("cargo:rerun-if-changed=src/echolua/grammar.lalrpop");
    if let Err(error) = lalrpop::Configuration::new().use_cargo_dir_conventions().emit_rerun_directives(true).process()
    {
        println!("cargo:error=grammar.lalrpop: {error}");
    }
}
