//! Compiles the two grammars that editors use, as they are checked in.

use std::path::Path;

fn main() {
    for language in ["echolua", "rgs"] {
        let folder = Path::new("../../editors").join(format!("tree-sitter-{language}")).join("src");
        let mut build = cc::Build::new();
        // Generated: thousands of tables and labels that nobody uses.
        build.include(&folder).std("c11").flag_if_supported("-Wno-unused");
        for file in ["parser.c", "scanner.c"] {
            build.file(folder.join(file));
            println!("cargo:rerun-if-changed={}", folder.join(file).display());
        }
        build.compile(&format!("tree-sitter-{language}"));
    }
}
