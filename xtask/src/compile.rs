//! Building both halves for release: the console into `dist/`, the Worker into `worker/build/`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    failure::{Failure, Result},
    fingerprint, lock, paths, pieces,
    process::Task,
    progress, styles,
    tools::Toolbox,
};

/// One half.
struct Half {
    label: &'static str,
    note: &'static str,
    inputs: &'static [&'static str],
    output: &'static str,
    /// The file without which there is no output.
    main: &'static str,
    /// Seconds on two cores: from nothing, and with the dependencies compiled.
    seconds: (u64, u64),
}

const SHARED: &[&str] =
    &[".cargo/config.toml", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json", "core", "public"];

const APP: Half = Half {
    label: "Building the console",
    note: "app",
    inputs: &["app", "style", "Trunk.toml", "docs/INTEGRATE.md"],
    output: "dist",
    main: "dist/index.html",
    seconds: (190, 60),
};

const WORKER: Half = Half {
    label: "Building the Worker",
    note: "worker",
    inputs: &["worker/Cargo.toml", "worker/entry.js", "worker/src"],
    output: "worker/build",
    main: "worker/build/index.js",
    seconds: (75, 30),
};

/// The Worker with faults on demand: for the tests, and served by nothing else.
const LAB: Half = Half {
    label: "Building the Worker with its lab",
    note: "lab",
    output: "worker/build-lab",
    main: "worker/build-lab/index.js",
    ..WORKER
};

/// Builds what the tests need beside the release build.
pub fn ensure_lab(tools: &Toolbox) -> Result<()> {
    let _lock = lock::wait(&paths::notes()?.join("build.lock"), "building this checkout")?;
    half(&LAB, tools, lab_task, |_| add_entry(&LAB))
}

/// Builds what is not up to date.
pub fn ensure(tools: &Toolbox) -> Result<()> {
    let _lock = lock::wait(&paths::notes()?.join("build.lock"), "building this checkout")?;
    half(&WORKER, tools, worker_task, |tools| {
        without_names(tools, &paths::root().join(WORKER.output))?;
        add_entry(&WORKER)
    })?;
    half(&APP, tools, app_task, |tools| {
        pieces::take_apart(tools, &target().join("wasm32-unknown-unknown/release/claviger-app.wasm"))?;
        styles::join(&paths::root().join("dist"))?;
        add_renderer()?;
        add_guide()
    })
}

/// What the platform calls, in front of what worker-build made.
fn add_entry(worker: &Half) -> Result<()> {
    let root = paths::root();
    fs::copy(root.join("worker/entry.js"), root.join(worker.output).join("entry.js"))
        .map(drop)
        .map_err(Failure::while_trying(format!("copy worker/entry.js into {}", worker.output)))
}

/// The renderer of the API reference, from its npm package: too large to be committed, and nothing that trunk needs to know.
fn add_renderer() -> Result<()> {
    let root = paths::root();
    for file in ["swagger-ui-bundle.js", "swagger-ui.css"] {
        let (from, to) = (root.join("node_modules/swagger-ui-dist").join(file), root.join("dist/docs").join(file));
        fs::copy(&from, &to).map_err(Failure::while_trying(format!("copy {} into dist/docs", from.display())))?;
    }
    Ok(())
}

/// The integration guide, which the console draws.
fn add_guide() -> Result<()> {
    let root = paths::root();
    fs::copy(root.join("docs/INTEGRATE.md"), root.join("dist/docs/integrate.md"))
        .map(drop)
        .map_err(Failure::while_trying("copy docs/INTEGRATE.md into dist/docs"))
}

/// `finish` adds what the task does not make, before the output is noted down.
fn half(
    half: &Half,
    tools: &Toolbox,
    task: fn(&Toolbox) -> Result<Task>,
    finish: fn(&Toolbox) -> Result<()>,
) -> Result<()> {
    let root = paths::root();
    let note = paths::notes()?.join(format!("{}.built", half.note));
    let inputs: Vec<PathBuf> = SHARED.iter().chain(half.inputs).map(|path| root.join(path)).collect();
    let environment = format!("{}\n{}", tools.versions, std::env::var("RUSTFLAGS").unwrap_or_default());
    let before = fingerprint::of_files(&inputs, &environment)?;
    let output = root.join(half.output);
    // The output is part of it: someone may have built something else into the same folder.
    let noted = |output: &Path| -> Result<String> {
        Ok(format!("{before}\n{}\n", fingerprint::of_files(&files_in(output), "")?))
    };
    if root.join(half.main).is_file()
        && fs::read_to_string(&note).is_ok_and(|old| noted(&output).is_ok_and(|new| old == new))
    {
        return Ok(());
    }
    let _ = fs::remove_file(&note);
    task(tools)?.step(half.label, Some(estimate(half)))?;
    if !root.join(half.main).is_file() {
        return Err(Failure::Failed(format!("{} made no {}.", half.label, half.main)));
    }
    finish(tools)?;
    fs::write(&note, noted(&output)?).map_err(Failure::while_trying("note down what was built"))
}

/// What lies directly in the folder, whatever it is called: `worker/build` would be skipped by its own name.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

fn estimate(half: &Half) -> Duration {
    let dependencies = target().join("wasm32-unknown-unknown/release/deps");
    let compiled = fs::read_dir(dependencies).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains(&format!("claviger_{}", half.note)))
    });
    progress::estimate(if compiled { half.seconds.1 } else { half.seconds.0 })
}

/// Where cargo compiles into.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().join("target"), PathBuf::from)
}

fn app_task(tools: &Toolbox) -> Result<Task> {
    let dist = paths::root().join(APP.output);
    Ok(Task::new(tools.program("trunk")?, paths::log("build-app")?)
        .args(["build", "--release", "--offline", "--skip-version-check", "--features", "split", "--dist"])
        .args([dist])
        .env("PATH", tools.path())
        // Trunk reads NO_COLOR as true or false and refuses the usual 1.
        .env("NO_COLOR", "true"))
}

fn worker_task(tools: &Toolbox) -> Result<Task> {
    Ok(worker_build(tools, "build-worker")?.args(["--release", "worker"]))
}

fn lab_task(tools: &Toolbox) -> Result<Task> {
    // Not made smaller: nobody downloads it.
    let options = ["--release", "--no-opt", "--out-dir", "build-lab", "worker", "--features", "lab"];
    Ok(worker_build(tools, "build-lab")?.args(options))
}

/// Takes the functions' names out of what worker-build made: it keeps them whatever it is told, and they are a seventh of what
/// is uploaded. A panic says its file and line without them.
pub fn without_names(tools: &Toolbox, build: &Path) -> Result<()> {
    let module = build.join("index_bg.wasm");
    Task::new(tools.program("wasm-opt")?, paths::log("strip-worker")?)
        .args(["--all-features", "--strip-debug", "-o"])
        .args([&module, &module])
        .limit(Duration::from_secs(120))
        .output()
        .map(drop)
}

/// worker-build, ready for arguments.
pub fn worker_build(tools: &Toolbox, log: &str) -> Result<Task> {
    Ok(Task::new(tools.program("worker-build")?, paths::log(log)?)
        .env("PATH", tools.path())
        // Without these worker-build downloads its own, unpinned.
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", tools.program("wasm-opt")?)
        .env("ESBUILD_BIN", tools.program("esbuild")?))
}
