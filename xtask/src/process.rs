//! Running other programs: under a guard, with their output in a log file, never longer than a limit.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    clock,
    failure::{Failure, Result},
    guard, paths,
    progress::{self, Step},
    signals,
};

const POLL: Duration = Duration::from_millis(80);
/// Longer than the guard's own patience.
const GUARD_GRACE: Duration = Duration::from_secs(15);
const HOUR: Duration = Duration::from_secs(3600);

/// A program to run.
pub struct Task {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: PathBuf,
    log: PathBuf,
    stdout: Option<PathBuf>,
    limit: Duration,
}

impl Task {
    /// `program`, run in the repository's root, its output going to the file `log`.
    pub fn new(program: impl Into<OsString>, log: PathBuf) -> Self {
        let quiet = [("NO_COLOR", "1"), ("CARGO_TERM_COLOR", "never")];
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: quiet.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            folder: paths::root(),
            log,
            stdout: None,
            limit: HOUR,
        }
    }

    /// Adds arguments.
    pub fn args<S: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs it in another folder than the repository's root: for what leaves files where it runs.
    pub fn folder(mut self, folder: PathBuf) -> Self {
        self.folder = folder;
        self
    }

    /// Puts standard output into a file of its own instead of the log.
    pub fn stdout(mut self, file: PathBuf) -> Self {
        self.stdout = Some(file);
        self
    }

    /// Ends it after `limit`; an hour unless set.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The command line, for people.
    pub fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Starts it; the log begins anew.
    pub fn spawn(&self) -> Result<Running> {
        let log = File::create(&self.log).map_err(Failure::while_trying(format!("write {}", self.log.display())))?;
        self.spawn_into(log)
    }

    /// Starts it with its output on our own, as it likes it.
    pub fn spawn_visibly(&self) -> Result<Running> {
        self.start(Stdio::inherit(), Stdio::inherit(), self.command()?.env_remove("NO_COLOR"))
    }

    /// Starts it with an already open log.
    pub fn spawn_into(&self, log: File) -> Result<Running> {
        let stderr = log.try_clone().map_err(Failure::while_trying("write a log"))?;
        let stdout = match &self.stdout {
            Some(file) => File::create(file).map_err(Failure::while_trying(format!("write {}", file.display())))?,
            None => log,
        };
        self.start(stdout.into(), stderr.into(), &mut self.command()?)
    }

    /// Starts it; its output goes to an already open log, line by line, without those that `unwanted` picks.
    pub fn spawn_filtered(&self, log: &File, unwanted: fn(&str) -> bool) -> Result<Running> {
        let mut running = self.start(Stdio::piped(), Stdio::piped(), &mut self.command()?)?;
        let stdout = running.guard.stdout.take().map(|output| Box::new(output) as Box<dyn Read + Send>);
        let stderr = running.guard.stderr.take().map(|output| Box::new(output) as Box<dyn Read + Send>);
        for output in [stdout, stderr].into_iter().flatten() {
            let mut log = log.try_clone().map_err(Failure::while_trying("write a log"))?;
            std::thread::spawn(move || {
                for line in BufReader::new(output).split(b'\n').map_while(std::result::Result::ok) {
                    let line = String::from_utf8_lossy(&line);
                    if !unwanted(&line) {
                        // One write, so that the lines of both outputs stay whole.
                        let _ = log.write_all(format!("{line}\n").as_bytes());
                    }
                }
            });
        }
        Ok(running)
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(myself()?);
        command
            .arg(guard::COMMAND)
            .arg(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env_remove("FORCE_COLOR")
            .current_dir(&self.folder);
        // A group of its own: a Ctrl-C on the terminal reaches us alone, and we end everything in order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(command)
    }

    fn start(&self, stdout: Stdio, stderr: Stdio, command: &mut Command) -> Result<Running> {
        let guard = command
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(Failure::while_trying(format!("start {}", self.shown())))?;
        Ok(Running { guard, deadline: clock::now() + self.limit })
    }

    /// Runs it to its end, calling `tick` meanwhile. `Ok(code)` whatever the code.
    pub fn run(&self, mut tick: impl FnMut()) -> Result<i32> {
        let mut running = self.spawn()?;
        loop {
            if let Some(code) = running.ended()? {
                return Ok(code);
            }
            signals::check()?;
            if running.overdue() {
                drop(running);
                return Err(self.complaint(&format!("was ended after {}", progress::human(self.limit))));
            }
            tick();
            std::thread::sleep(POLL);
        }
    }

    /// Runs it as a step with progress; a code other than 0 is a failure that shows the log's end.
    pub fn step(&self, label: &str, estimate: Option<Duration>) -> Result<()> {
        let mut step = Step::begin(label, estimate);
        step.watch(self.log.clone());
        match self.run(|| step.tick()) {
            Ok(0) => {
                step.done();
                Ok(())
            }
            Ok(code) => {
                step.failed();
                Err(self.complaint(&format!("ended with exit code {code}")))
            }
            Err(failure) => {
                step.failed();
                Err(failure)
            }
        }
    }

    /// Runs it silently and answers its standard output; a code other than 0 is a failure.
    pub fn output(mut self) -> Result<String> {
        let mut file = self.log.clone().into_os_string();
        file.push(".out");
        let file = PathBuf::from(file);
        self.stdout = Some(file.clone());
        let code = self.run(|| ())?;
        let text = read_lossy(&file);
        if code == 0 { Ok(text) } else { Err(self.complaint(&format!("ended with exit code {code}\n{text}"))) }
    }

    fn complaint(&self, what: &str) -> Failure {
        Failure::Failed(format!(
            "`{}` {what}. Its last lines:\n\n{}\n\nAll of it: {}",
            self.shown(),
            tail(&self.log, 20),
            paths::shown(&self.log)
        ))
    }
}

/// A program under way. Dropping it ends it, and everything that it started.
pub struct Running {
    guard: Child,
    deadline: Instant,
}

impl Running {
    /// Its exit code, once it has ended.
    pub fn ended(&mut self) -> Result<Option<i32>> {
        let status = self.guard.try_wait().map_err(Failure::while_trying("watch a program"))?;
        Ok(status.map(|status| status.code().unwrap_or(1)))
    }

    fn overdue(&self) -> bool {
        clock::now() >= self.deadline
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let started = clock::now();
        while started.elapsed() < GUARD_GRACE {
            if !matches!(self.guard.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.guard.kill();
    }
}

/// This very program, even after cargo has put a newer one in its place.
pub fn myself() -> Result<PathBuf> {
    let path = std::env::current_exe().map_err(Failure::while_trying("find xtask itself"))?;
    let of_kernel = Path::new("/proc/self/exe");
    Ok(if !path.exists() && of_kernel.exists() { of_kernel.to_owned() } else { path })
}

/// A file's text; empty when it cannot be read.
pub fn read_lossy(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The last `lines` lines of a file that are not empty.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = end_of(path, 64 * 1024);
    let all: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let from = all.len().saturating_sub(lines);
    all.get(from..).unwrap_or_default().iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The last line of a file, for showing what a program is at.
pub fn last_line(path: &Path) -> Option<String> {
    let text = end_of(path, 400);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|c| !c.is_control()).collect())
}

fn end_of(path: &Path, bytes: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        Ok(end)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

/// Runs a short program that needs no guard and answers its standard output, or `None` when it fails or is missing.
pub fn quick(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(paths::root())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
