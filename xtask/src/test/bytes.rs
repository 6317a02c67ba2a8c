//! What a first visit downloads: `index.html` and everything it names, compressed as Cloudflare would.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::report::Report;
use crate::{
    failure::{Failure, Result},
    npm, paths, pieces,
    process::Task,
    progress,
};

/// What a first visit may weigh, whatever else the console learns: that is in chunks (app/src/chunks.rs).
const BUDGET: u64 = 215_000;

/// Prints the length of each file named on the command line, compressed.
const BROTLI: &str = "const z=require('zlib'),f=require('fs');\
    for(const p of process.argv.slice(1))\
    console.log(z.brotliCompressSync(f.readFileSync(p),{params:{[z.constants.BROTLI_PARAM_QUALITY]:11}}).length)";

/// Counts, prints, and fails above the budget.
pub fn run(report: &mut Report) -> Result<()> {
    let dist = paths::root().join("dist");
    let files: Vec<PathBuf> = first_visit(&dist).into_iter().collect();
    let printed = Task::new(npm::node()?, paths::log("test-bytes")?)
        .args(["-e", BROTLI])
        .args(&files)
        .limit(Duration::from_secs(300))
        .output()?;
    let sizes: Vec<u64> = printed.lines().filter_map(|line| line.trim().parse().ok()).collect();
    if sizes.len() != files.len() || !files.iter().any(|file| file.extension().is_some_and(|kind| kind == "wasm")) {
        return Err(Failure::Failed("What a first visit loads could not be told from dist/index.html.".to_owned()));
    }
    let mut total = 0;
    let mut later = 0;
    progress::say("First visit, brotli (and, in brackets, what comes when it is first shown):");
    for (file, size) in files.iter().zip(&sizes) {
        let name = file.strip_prefix(&dist).unwrap_or(file).display();
        if pieces::is_chunk(file) {
            later += size;
            progress::say(&format!("  {:>8}  {name}", format!("({size})")));
        } else {
            total += size;
            progress::say(&format!("  {size:>8}  {name}"));
        }
    }
    progress::say(&format!("  {total:>8}  in all, of {BUDGET}; {later} later"));
    if total > BUDGET {
        report.failed("bytes", &format!("a first visit loads {total} bytes, more than {BUDGET}"));
    } else {
        report.passed("bytes");
    }
    Ok(())
}

/// `index.html` and, as far as they lie in `dist`, the files that it and its style sheets and scripts name.
fn first_visit(dist: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut todo = vec![dist.join("index.html")];
    while let Some(file) = todo.pop() {
        if !found.insert(file.clone()) {
            continue;
        }
        let reads_others = file.extension().is_some_and(|kind| kind == "html" || kind == "css" || kind == "js");
        if reads_others && let Ok(text) = fs::read_to_string(&file) {
            let folder = file.parent().unwrap_or(dist);
            todo.extend(names(&text).into_iter().filter_map(|name| {
                let path = match name.strip_prefix('/') {
                    Some(rest) => dist.join(rest),
                    None => folder.join(name.trim_start_matches("./")),
                };
                path.is_file().then_some(path)
            }));
        }
    }
    found
}

/// Everything in the text that could be a file's name: between quotes, brackets, `=` or blanks, and with an ending.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(['"', '\'', '`', '=', '(', ')', '<', '>', ' ', '\n', ','])
        .map(|piece| piece.split(['?', '#']).next().unwrap_or(piece))
        .filter(|piece| piece.len() < 200 && piece.contains('.') && !piece.contains("://"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_names_is_loaded_and_what_it_does_not_is_not() {
        let dist = std::env::temp_dir().join(format!("claviger-bytes-{}", std::process::id()));
        fs::create_dir_all(dist.join("icons")).unwrap();
        let html = "<link rel=icon href=\"/icons/a.svg\"><link href=/s.css rel=stylesheet>\
            <script src=/boot.js data-js=\"/app.js\" data-wasm='/app_bg.wasm'></script>";
        for (name, text) in [
            ("index.html", html),
            ("s.css", "a{background:url(icons/b.svg)}"),
            ("boot.js", "x"),
            ("app.js", "x"),
            ("app_bg.wasm", "x"),
            ("icons/a.svg", "x"),
            ("icons/b.svg", "x"),
            ("openapi.json", "x"),
        ] {
            fs::write(dist.join(name), text).unwrap();
        }
        let found = first_visit(&dist);
        let found: Vec<_> = found.iter().map(|file| file.strip_prefix(&dist).unwrap().to_str().unwrap()).collect();
        assert_eq!(found, ["app.js", "app_bg.wasm", "boot.js", "icons/a.svg", "icons/b.svg", "index.html", "s.css"]);
        fs::remove_dir_all(&dist).unwrap();
    }
}
