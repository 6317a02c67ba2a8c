//! What the Worker weighs, against the least that a Worker with axum and D1 can weigh (bench/skeleton), and how long it takes to
//! start.

use std::{fs, path::Path, time::Duration};

use serde::Deserialize;

use super::report::machine;
use crate::{
    compile,
    failure::{Failure, Result},
    npm, paths,
    process::Task,
    tools::Toolbox,
};

const SKELETON: &str = "bench/skeleton";
/// Bytes, gzip: what ours may weigh more.
const MORE: u64 = 200_000;
/// Milliseconds of work before the first request.
const START: f64 = 20.0;

/// Prints the length of each file named on the command line, compressed.
const GZIP: &str = "const z=require('zlib'),f=require('fs');\
    for(const p of process.argv.slice(1))console.log(z.gzipSync(f.readFileSync(p),{level:9}).length)";

/// Measures, and answers the table.
pub fn measure(tools: &Toolbox) -> Result<String> {
    let skeleton = paths::root().join(SKELETON);
    compile::worker_build(tools, "bench-skeleton")?
        .args(["--release"])
        .args([&skeleton])
        .step("Building the skeleton", Some(Duration::from_secs(60)))?;
    compile::without_names(tools, &skeleton.join("build"))?;
    let modules =
        [paths::root().join("worker/build"), skeleton.join("build")].map(|folder| folder.join("index_bg.wasm"));
    let printed = Task::new(npm::node()?, paths::log("bench-size")?)
        .args(["-e", GZIP])
        .args(&modules)
        .limit(Duration::from_secs(60))
        .output()?;
    let sizes: Vec<u64> = printed.lines().filter_map(|line| line.trim().parse().ok()).collect();
    let [ours, least] = sizes.as_slice() else {
        return Err(Failure::Failed(format!("the sizes could not be read:\n\n{printed}")));
    };
    let start = start()?;
    let more = ours.saturating_sub(*least);
    let kept = |kept: bool| if kept { "kept" } else { "**missed**" };
    Ok(format!(
        "{}.\n\n| | ours | axum and D1 alone | more | goal |\n|---|--:|--:|--:|---|\n\
         | wasm, bytes of gzip | {ours} | {least} | {more} | ≤ {MORE} {} |\n\
         | start, ms of work (`wrangler check startup`) | {start:.1} | | | ≤ {START} {} |\n",
        machine(),
        kept(more <= MORE),
        kept(start <= START),
    ))
}

/// What `wrangler check startup` leaves behind: a profile as Chromium's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    nodes: Vec<Node>,
    samples: Vec<u32>,
    time_deltas: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: u32,
    call_frame: Frame,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    function_name: String,
}

impl Profile {
    /// Milliseconds in which it was at work.
    #[expect(clippy::cast_precision_loss, reason = "small")]
    fn active(&self) -> f64 {
        let idle = |id: &u32| self.nodes.iter().any(|node| node.id == *id && node.call_frame.function_name == "(idle)");
        let micros: i64 =
            self.samples.iter().zip(&self.time_deltas).filter(|(id, _)| !idle(id)).map(|(_, delta)| delta).sum();
        micros as f64 / 1000.0
    }
}

fn start() -> Result<f64> {
    let profile = paths::created(paths::notes()?.join("bench"))?.join("startup.cpuprofile");
    let _ = fs::remove_file(&profile);
    wrangler_check(&profile)?;
    let text = fs::read_to_string(&profile).map_err(Failure::while_trying("read the profile of the start"))?;
    let profile: Profile =
        serde_json::from_str(&text).map_err(Failure::while_trying("understand the profile of the start"))?;
    Ok(profile.active())
}

fn wrangler_check(profile: &Path) -> Result<()> {
    crate::wrangler::task(paths::log("bench-startup")?)?
        .args(["check", "startup", "--outfile"])
        .args([profile])
        .limit(Duration::from_secs(120))
        .step("Starting the Worker", Some(Duration::from_secs(15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_idle_does_not_count() {
        let text = r#"{"nodes":[{"id":1,"callFrame":{"functionName":"(idle)","url":""}},{"id":2,"callFrame":{"functionName":"f"}}],
            "startTime":0,"endTime":9,"samples":[1,2,1,2],"timeDeltas":[1000,2500,4000,500]}"#;
        let profile: Profile = serde_json::from_str(text).unwrap();
        assert!((profile.active() - 3.0).abs() < 0.001);
    }
}
