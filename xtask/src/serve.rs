//! The built Worker under `wrangler dev`, with its clock: wrangler does not trigger scheduled Workers locally.

use std::{
    fs::{self, OpenOptions},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    clock,
    failure::{Failure, Result},
    http,
    lock::Lock,
    paths, port,
    process::{self, Running},
    progress::Step,
    signals,
    state::State,
    wrangler,
};

const READY_LIMIT: Duration = Duration::from_secs(120);
const EVERY_SECOND: Duration = Duration::from_secs(1);
const EVERY_MINUTE: Duration = Duration::from_secs(60);
const LOG_LIMIT: u64 = 10 << 20;
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A Worker that is being served; ended when dropped.
pub struct Server {
    running: Option<Running>,
    state: State,
    port: u16,
    scheduled: Instant,
    scheduling: Arc<AtomicBool>,
    /// The variables it was started with, and when they were last compared.
    variables: (String, Instant),
    // Released after the program has ended: fields are dropped in this order.
    _claim: Lock,
}

impl Server {
    /// Serves `state` on `port` and waits until it answers. `prepare` gets the migrated database before anyone else.
    pub fn start(state: State, port: u16, prepare: impl FnOnce(&State) -> Result<()>) -> Result<Self> {
        port::must_be_free(port)?;
        let claim = state.claim(port)?;
        wrangler::migrate_locally(&state)?;
        prepare(&state)?;
        let mut server = Self {
            running: None,
            state,
            port,
            scheduled: clock::now(),
            scheduling: Arc::default(),
            variables: (String::new(), clock::now()),
            _claim: claim,
        };
        server.spawn("Starting the Worker")?;
        Ok(server)
    }

    fn spawn(&mut self, label: &str) -> Result<()> {
        self.variables = (process::read_lossy(&self.state.vars), clock::now());
        let log = self.state.log();
        if fs::metadata(&log).is_ok_and(|file| file.len() > LOG_LIMIT) {
            let _ = fs::rename(&log, log.with_extension("log.old"));
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(Failure::while_trying(format!("write {}", log.display())))?;
        let mut task = wrangler::task(log)?
            .args(["dev", "--config", wrangler::CONFIG, "--ip", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--inspector-port", "0", "--show-interactive-dev-session=false", "--persist-to"])
            .args([&self.state.folder])
            // It would ask the network for what `Request.cf` holds.
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .limit(FOR_EVER);
        if self.state.own_vars {
            // With this wrangler does not read `.dev.vars` at all.
            task = task.args(["--env-file"]).args([&self.state.vars]);
        }
        self.running = Some(task.spawn_filtered(&file, is_request_line)?);
        self.wait_until_ready(label)
    }

    fn wait_until_ready(&mut self, label: &str) -> Result<()> {
        let mut step = Step::begin(label, None);
        let started = clock::now();
        let mut last = String::from("nothing answered");
        loop {
            match http::get(self.port, "/healthz", Duration::from_secs(5)) {
                Ok((200, _)) => {
                    step.done();
                    return Ok(());
                }
                Ok((status, body)) => last = format!("/healthz answered {status} {}", body.trim()),
                Err(_) => {}
            }
            if let Err(failure) = self.check() {
                step.failed();
                return Err(failure);
            }
            if started.elapsed() > READY_LIMIT {
                step.failed();
                return Err(self.complaint(&format!("was not ready after two minutes ({last})")));
            }
            for _ in 0..3 {
                signals::check()?;
                step.tick();
                std::thread::sleep(Duration::from_millis(80));
            }
        }
    }

    /// The installation that is being served.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Does what is due: notices that wrangler ended, calls the scheduled handler every minute, and begins anew when the
    /// variables have changed, which wrangler does not notice.
    pub fn tend(&mut self) -> Result<()> {
        self.check()?;
        if self.variables.1.elapsed() >= EVERY_SECOND {
            self.variables.1 = clock::now();
            if process::read_lossy(&self.state.vars) != self.variables.0 {
                self.running = None;
                self.spawn("Restarting the Worker: its variables have changed")?;
            }
        }
        if self.scheduled.elapsed() >= EVERY_MINUTE {
            self.scheduled = clock::now();
            self.call_scheduled();
        }
        Ok(())
    }

    fn check(&mut self) -> Result<()> {
        match self.running.as_mut().map(Running::ended).transpose()?.flatten() {
            None => Ok(()),
            Some(code) => Err(self.complaint(&format!("ended by itself with exit code {code}"))),
        }
    }

    /// In a thread, so that Ctrl-C need not wait for it; never two at once.
    fn call_scheduled(&self) {
        if self.scheduling.swap(true, Ordering::AcqRel) {
            return;
        }
        let (port, scheduling) = (self.port, Arc::clone(&self.scheduling));
        std::thread::spawn(move || {
            let _ = http::get(port, "/cdn-cgi/handler/scheduled", Duration::from_secs(50));
            scheduling.store(false, Ordering::Release);
        });
    }

    fn complaint(&self, what: &str) -> Failure {
        Failure::Failed(format!(
            "`wrangler dev` {what}. Its last lines:\n\n{}\n\nAll of it: {}",
            process::tail(&self.state.log(), 20),
            paths::shown(&self.state.log())
        ))
    }
}

/// wrangler's own line per request, which shows the whole path: somebody may have put a secret there. The Worker writes one
/// of its own that does not.
fn is_request_line(line: &str) -> bool {
    line.split_once("[wrangler:info] ").is_some_and(|(_, rest)| {
        rest.split_once(' ')
            .is_some_and(|(method, path)| path.starts_with('/') && method.bytes().all(|byte| byte.is_ascii_uppercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::is_request_line;

    #[test]
    fn only_request_lines_are_left_out() {
        assert!(is_request_line("[wrangler:info] GET /nope/clv_x 200 OK (4ms)"));
        assert!(is_request_line("\u{1b}[2m[wrangler:info] POST /api/v2/session 401 Unauthorized (13ms)\u{1b}[22m"));
        assert!(!is_request_line("[wrangler:info] Ready on http://localhost:8787"));
        assert!(!is_request_line("{\"level\":\"info\",\"route\":\"/healthz\"}"));
    }
}
