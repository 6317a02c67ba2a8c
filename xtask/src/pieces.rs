//! Takes the console apart: into what a first visit needs, and chunks that are loaded when they are first shown
//! (app/src/chunks.rs says where).
//!
//! Trunk cannot (https://github.com/trunk-rs/trunk/issues/1022). So what cargo compiled under it goes once more through
//! wasm-bindgen and wasm-opt here, with the splitter of leptos before them, and takes the place of Trunk's in `dist`.

use std::{
    ffi::OsString,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::{
    failure::{Failure, Result},
    npm, paths,
    process::Task,
    progress,
    tools::Toolbox,
};

/// How trunk, and everything here, calls it.
const NAME: &str = "claviger-app";

/// Replaces the program in `dist`, which trunk has just built, by the same in pieces. `compiled` is what cargo made of it.
pub fn take_apart(tools: &Toolbox, compiled: &Path) -> Result<()> {
    let work = paths::root().join("target/split");
    let _ = fs::remove_dir_all(&work);
    let (pieces, out) = (paths::created(work.join("pieces"))?, paths::created(work.join("out"))?);

    run(tools, "wasm-split-cli", "split", [compiled.into(), pieces.clone().into(), "--out-name".into(), NAME.into()])?;
    let main = pieces.join(format!("{NAME}.wasm"));
    let bound = work.join("bound");
    let bind = Task::new(&tools.wasm_bindgen, paths::log("build-app-bind")?)
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", NAME, "--out-dir"])
        .args([bound.as_os_str(), main.as_os_str()]);
    bind.step("Binding the console", None)?;
    fs::remove_file(&main).map_err(Failure::while_trying("remove what was bound"))?;

    let mut all = files_in(&pieces, "wasm");
    all.push(bound.join(format!("{NAME}_bg.wasm")));
    optimize(&all, &out)?;
    // One script instead of two, of which the second would be asked for when the first is there.
    for script in files_in(&pieces, "js") {
        let name = script.file_name().unwrap_or_default();
        fs::rename(&script, bound.join(name)).map_err(Failure::while_trying("move a script"))?;
    }
    let bundled: OsString = format!("--outfile={}", out.join(format!("{NAME}.js")).display()).into();
    let entry = bound.join(format!("{NAME}.js")).into();
    run(tools, "esbuild", "bundle", [entry, "--bundle".into(), "--format=esm".into(), "--minify".into(), bundled])?;
    put_in_place(&out)?;
    without_comments(tools)
}

/// `boot.js`: not in newer words than it was written in, for old browsers are to read it.
fn without_comments(tools: &Toolbox) -> Result<()> {
    let script = paths::root().join("dist/boot.js");
    let to: OsString = format!("--outfile={}", script.display()).into();
    let kept = ["--minify-whitespace".into(), "--minify-identifiers".into(), "--allow-overwrite".into()];
    run(tools, "esbuild", "boot", [script.into(), to].into_iter().chain(kept))
}

/// Whether the file is a piece that a first visit does not load.
pub fn is_chunk(file: &Path) -> bool {
    file.extension().is_some_and(|kind| kind == "wasm") && !name_of(file).ends_with("_bg.wasm")
}

fn optimize(pieces: &[PathBuf], out: &Path) -> Result<()> {
    Task::new(npm::node()?, paths::log("build-app-optimize")?)
        .args([paths::root().join("xtask/src/optimize.mjs").as_path(), out])
        .args(pieces)
        .step("Making the console small", Some(progress::estimate(20)))
}

fn run(tools: &Toolbox, program: &str, what: &str, arguments: impl IntoIterator<Item = OsString>) -> Result<()> {
    let task = Task::new(tools.program(program)?, paths::log(&format!("build-app-{what}"))?);
    task.args(arguments).env("PATH", tools.path()).output().map(drop)
}

/// Into a folder named by what is in it, which `index.html` then names instead of trunk's files.
fn put_in_place(out: &Path) -> Result<()> {
    let dist = paths::root().join("dist");
    let folder = format!("{NAME}-{}", digest(out)?);
    let index = dist.join("index.html");
    let mut page = fs::read_to_string(&index).map_err(Failure::while_trying("read dist/index.html"))?;
    let whole = files_in(&dist, "js").into_iter().chain(files_in(&dist, "wasm"));
    for file in whole.filter(|file| name_of(file).starts_with(NAME)) {
        let kind = if name_of(&file).ends_with(".wasm") { "_bg.wasm" } else { ".js" };
        let (old, new) = (format!("/{}", name_of(&file)), format!("/{folder}/{NAME}{kind}"));
        if !page.contains(&old) {
            return Err(Failure::Failed(format!("dist/index.html does not name {old}, which trunk built.")));
        }
        page = page.replace(&old, &new);
        fs::remove_file(&file).map_err(Failure::while_trying("remove what trunk built"))?;
    }
    fs::rename(out, dist.join(&folder)).map_err(Failure::while_trying("put the console into dist"))?;
    fs::write(&index, page).map_err(Failure::while_trying("write dist/index.html"))
}

/// Of all pieces together: they fit only each other.
fn digest(folder: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files_in(folder, "") {
        name_of(&file).hash(&mut hasher);
        fs::read(&file).map_err(Failure::while_trying(format!("read {}", file.display())))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Those with this ending, or all, by name.
fn files_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.is_file() && (ending.is_empty() || file.extension().is_some_and(|kind| kind == ending)));
    files.sort();
    files
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
