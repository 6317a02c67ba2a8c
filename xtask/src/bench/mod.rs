//! `cargo xtask bench`: what lists cost with many keys, against the same with few, how the Keys page does, verification against
//! its peers, how long a revoked key goes on working, how a long queue is told to webhooks, and what the Worker weighs. No test:
//! times depend on the machine.
//! That few rows are read however many keys there are is a test: e2e/api/api_keys/scale.spec.ts.

mod data;
mod measure;
mod page;
mod report;
mod requests;
mod revocation;
mod size;
mod verify;
mod webhooks;

use std::{fs, net::TcpListener};

use claviger_core::secret::Secret;

use crate::{
    args::{Arguments, Known},
    compile,
    failure::{Failure, Result},
    paths,
    progress::{self, Step},
    serve::Server,
    state::State,
    tools,
};
use measure::{Cost, Side};

const HELP: &str = "\
cargo xtask bench [--only lists|page|verify|revocation|webhooks|size] [--requests N] [--rounds N] [--seconds N] [--write]

Serves two installations, one organization of 100 keys and one of 100,000 with ten others of 1,000, and asks both for the same
lists in turn. Prints rows read and times, and which of them keep their bound. Then uses the Keys page of both in Chromium.
Then verifies keys, side by side with a Worker that does nothing, with two written by hand, and with better-auth.
Then revokes 200 keys while two isolates are asked about them: when was the last VALID?
Then queues 10,000 messages to 50 webhooks of which 10 are dead, and 8,000 without those: when had the others theirs?
Then weighs the Worker against the least one with axum and D1.

  --only WHAT   only the lists, the page, verification, revocation, webhooks, or the size
  --requests N  so many requests for each list and side; 40 unless given
  --rounds N    so many visits of the page on each side, and rounds of verification; 10 unless given
  --seconds N   so long each subject is asked in a round; 5 unless given
  --write       put the figures into docs/PERFORMANCE.md";

const WARM_UP: usize = 5;
const LISTS: &str = "lists";
const PAGE: &str = "page";
const VERIFY: &str = "verify";
const REVOCATION: &str = "revocation";
const WEBHOOKS: &str = "webhooks";
const SIZE: &str = "size";
const PARTS: [&str; 6] = [LISTS, PAGE, VERIFY, REVOCATION, WEBHOOKS, SIZE];

/// Runs the command.
pub fn main(given: &[String]) -> Result<()> {
    let known = [
        Known::Value("--only"),
        Known::Value("--requests"),
        Known::Value("--rounds"),
        Known::Value("--seconds"),
        Known::Flag("--write"),
    ];
    let arguments = Arguments::parse(given, &known, HELP)?;
    let number = |name: &str, usual: usize| {
        let wrong = |_| Failure::Usage(format!("`{name}` takes a number."));
        arguments.value(name).map_or(Ok(usual), str::parse).map_err(wrong)
    };
    let (requests, rounds) = (number("--requests", 40)?, number("--rounds", 10)?);
    let only = arguments.value("--only");
    if only.is_some_and(|what| !PARTS.contains(&what)) {
        return Err(Failure::Usage(format!("`--only` takes one of `{}`.", PARTS.join("`, `"))));
    }
    let tools = tools::ensure()?;
    compile::ensure(&tools)?;
    let tell = |what: &str, report: &str| {
        progress::say(report);
        if arguments.has("--write") { report::write(what, report) } else { Ok(()) }
    };
    if only.is_none_or(|what| what == VERIFY) {
        tell(VERIFY, &verify::measure(rounds, number("--seconds", 5)?)?)?;
    }
    if only.is_none_or(|what| what == REVOCATION) {
        tell(REVOCATION, &revocation::measure()?)?;
    }
    if only.is_none_or(|what| what == WEBHOOKS) {
        tell(WEBHOOKS, &webhooks::measure()?)?;
    }
    if only.is_none_or(|what| what == SIZE) {
        tell(SIZE, &size::measure(&tools)?)?;
    }
    if matches!(only, Some(VERIFY | REVOCATION | WEBHOOKS | SIZE)) {
        return Ok(());
    }
    let few = serve("few", data::FEW, (0, 0))?;
    let many = serve("many", data::MANY, data::OTHERS)?;
    if only != Some(PAGE) {
        tell(LISTS, &lists(&few, &many, requests)?)?;
    }
    if only != Some(LISTS) {
        let (least, most) = (page::measure(&few, rounds)?, page::measure(&many, rounds)?);
        tell(PAGE, &page::report(&least, &most, (few.count, many.count), rounds))?;
    }
    Ok(())
}

fn lists(few: &Side, many: &Side, rounds: usize) -> Result<String> {
    let requests = requests::all();
    let mut costs: Vec<[Cost; 3]> = requests.iter().map(|_| Default::default()).collect();
    let mut step = Step::begin("Measuring", None);
    for round in 0..WARM_UP + rounds {
        for (request, [least, most, again]) in requests.iter().zip(&mut costs) {
            let measured = round >= WARM_UP;
            few.ask(&request.path(few.count), measured.then_some(least))?;
            many.ask(&request.path(many.count), measured.then_some(most))?;
            // The same once more: how far two medians of one thing are apart is the noise.
            few.ask(&request.path(few.count), measured.then_some(again))?;
            step.tick();
        }
    }
    few.read_log(costs.iter_mut().map(|[least, ..]| least))?;
    many.read_log(costs.iter_mut().map(|[_, most, _]| most))?;
    step.done();
    Ok(report::of(&requests, &costs, rounds))
}

fn serve(name: &str, count: u32, others: (u32, u32)) -> Result<Side> {
    let folder = paths::notes()?.join("bench").join(name);
    let _ = fs::remove_dir_all(&folder);
    let state = State::open(folder.to_str())?;
    state.ensure_vars()?;
    let mint = || Secret::mint(None, getrandom::fill).map_err(Failure::while_trying("get random bytes"));
    let (admin, person) = (mint()?, mint()?);
    let port = free_port()?;
    let server = Server::start(state, port, |state| data::fill(state, count, others, &admin, &person))?;
    Ok(Side { server, port, count, admin, person })
}

fn free_port() -> Result<u16> {
    let found = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    Ok(found.map_err(Failure::while_trying("find a free port"))?.port())
}
