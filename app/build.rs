//! What the linker has to know before the program can be taken apart.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // Says which function calls which; xtask/src/pieces.rs follows that.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
