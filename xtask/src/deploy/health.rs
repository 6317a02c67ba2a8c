//! Waiting until what was deployed answers.

use std::time::Duration;

use crate::{
    clock,
    failure::{Failure, Result},
    npm, paths, process, progress, signals,
};

const LIMIT: Duration = Duration::from_secs(120);

/// Prints the status of the URL on the command line. Node's fetch, because a TLS client of our own would be most of xtask.
const FETCH: &str = "fetch(process.argv[1],{signal:AbortSignal.timeout(10000)})\
    .then(async r=>console.log(r.status,(await r.text()).slice(0,200)))\
    .catch(e=>console.log(0,String(e.cause||e)))";

/// Waits for `/healthz` of `url` to answer 200. A new workers.dev name can take a minute to resolve.
pub fn wait(url: &str) -> Result<()> {
    let node = npm::node().or_else(|failure| paths::on_path("node").ok_or(failure))?;
    // The tests have no two minutes for the case that it never answers.
    let limit = std::env::var("CLAVIGER_HEALTH_SECONDS").ok().and_then(|text| text.parse().ok());
    let limit = limit.map_or(LIMIT, Duration::from_secs);
    let mut step = progress::Step::begin(&format!("Waiting for {url}/healthz"), None);
    let started = clock::now();
    loop {
        let said = process::quick(&node, &["-e", FETCH, &format!("{url}/healthz")]).unwrap_or_default();
        if said.starts_with("200 ") {
            step.done();
            return Ok(());
        }
        if started.elapsed() > limit {
            step.failed();
            return Err(Failure::Failed(format!(
                "The step `healthz` failed: it is deployed, but {url}/healthz does not answer 200. Its last answer: {}\n\
                 Run it again in a minute. If that does not help: `npx wrangler tail --config target/deploy/wrangler.toml` \
                 shows what the Worker says, and `npx wrangler rollback` brings the version before it back.",
                said.trim()
            )));
        }
        for _ in 0..10 {
            signals::check()?;
            step.tick();
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
