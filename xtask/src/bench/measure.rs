//! Asking, and what it cost.

use std::{collections::HashMap, time::Duration};

use claviger_core::secret::Secret;
use serde_json::Value;

use crate::{
    clock,
    failure::{Failure, Result},
    http, process,
    serve::Server,
    signals,
};

const LIMIT: Duration = Duration::from_secs(30);
const LOG_LIMIT: Duration = Duration::from_secs(10);

/// An installation that is asked.
pub struct Side {
    /// Its Worker.
    pub server: Server,
    /// Where it is.
    pub port: u16,
    /// Keys of the organization.
    pub count: u32,
    /// Who asks.
    pub admin: Secret,
    /// Who signs in.
    pub person: Secret,
}

/// What one request cost on one side.
#[derive(Default)]
pub struct Cost {
    times: Vec<Duration>,
    request_id: String,
    /// Keys in the answer.
    pub keys: usize,
    /// Rows that D1 read.
    pub rows_read: u64,
}

impl Side {
    /// Asks once; adds to `cost` unless it is to warm up.
    pub fn ask(&self, path: &str, cost: Option<&mut Cost>) -> Result<()> {
        signals::check()?;
        let authorization = format!("Bearer {}", self.admin.expose());
        let started = clock::now();
        let answer = http::ask(self.port, path, &[("Authorization", &authorization)], LIMIT)
            .map_err(Failure::while_trying(format!("ask for {path}")))?;
        let time = started.elapsed();
        if answer.status != 200 {
            return Err(Failure::Failed(format!("{path} answered {} {}", answer.status, answer.body)));
        }
        if let Some(cost) = cost {
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            cost.keys = body.pointer("/data").and_then(Value::as_array).map_or(0, Vec::len);
            cost.request_id = answer.header("x-request-id").unwrap_or_default().to_owned();
            cost.times.push(time);
        }
        Ok(())
    }

    /// Reads from the Worker's log what D1 read for the last request of each cost.
    pub fn read_log<'a>(&self, costs: impl Iterator<Item = &'a mut Cost>) -> Result<()> {
        let mut costs: Vec<&mut Cost> = costs.collect();
        let started = clock::now();
        loop {
            let log = process::read_lossy(&self.server.state().log());
            let rows: HashMap<String, u64> = log.lines().filter_map(rows_read).collect();
            if costs.iter().all(|cost| rows.contains_key(&cost.request_id)) {
                for cost in &mut costs {
                    cost.rows_read = rows.get(&cost.request_id).copied().unwrap_or_default();
                }
                return Ok(());
            }
            if started.elapsed() > LOG_LIMIT {
                return Err(Failure::Failed("The Worker's log lacks requests that were made.".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn rows_read(line: &str) -> Option<(String, u64)> {
    let line: Value = serde_json::from_str(line.get(line.find('{')?..=line.rfind('}')?)?).ok()?;
    Some((line.get("request_id")?.as_str()?.to_owned(), line.get("rows_read")?.as_u64()?))
}

impl Cost {
    /// The time that `share` of the requests took at most, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small"
        )]
        let index = ((times.len().saturating_sub(1)) as f64 * share).round() as usize;
        times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    /// Half of the requests took at most this, in milliseconds.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}
