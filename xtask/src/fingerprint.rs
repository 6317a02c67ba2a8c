//! What went into a build and what came out, as one short text: equal means that building again is needless.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::{
    failure::{Failure, Result},
    paths,
};

/// Never part of what is built: outputs, and what an editor leaves lying about.
const SKIPPED: [&str; 5] = ["build", "build-lab", "target", "node_modules", "dist"];

/// A fingerprint of the contents of `paths`, folders with everything below them, and of `extra`.
///
/// Contents and not times: a `git checkout` and back must not build anew, and a file restored with an old time must. Paths
/// within the checkout: wherever it is copied to, what was built is up to date there too.
pub fn of_files(paths: &[PathBuf], extra: &str) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    extra.hash(&mut hasher);
    for file in &files {
        let bytes = fs::read(file).map_err(Failure::while_trying(format!("read {}", file.display())))?;
        file.strip_prefix(paths::root()).unwrap_or(file).hash(&mut hasher);
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x} {}", hasher.finish(), files.len()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    // A folder that is not there yet is as good as an empty one.
    let Ok(entries) = fs::read_dir(path) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.map_err(Failure::while_trying(format!("list {}", path.display())))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with('~') && !SKIPPED.contains(&name.as_str()) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_and_names_count_and_times_do_not() {
        let folder = std::env::temp_dir().join(format!("claviger-fingerprint-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        let print = || of_files(&[folder.clone(), folder.join("missing")], "v1").unwrap();
        fs::write(folder.join("src/a.rs"), "one").unwrap();
        let first = print();
        fs::write(folder.join("src/a.rs"), "one").unwrap();
        fs::create_dir_all(folder.join("build")).unwrap();
        fs::write(folder.join("build/out.js"), "x").unwrap();
        assert_eq!(print(), first);
        fs::write(folder.join("src/a.rs"), "two").unwrap();
        let second = print();
        assert_ne!(second, first);
        fs::rename(folder.join("src/a.rs"), folder.join("src/b.rs")).unwrap();
        assert_ne!(print(), second);
        assert_ne!(
            of_files(std::slice::from_ref(&folder), "v2").unwrap(),
            of_files(std::slice::from_ref(&folder), "v1").unwrap()
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
