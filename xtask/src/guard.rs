//! `xtask __guard PROGRAM ARGS…`: runs a program in a process group of its own and ends the whole group when the xtask
//! that started it is gone, for whatever reason, SIGKILL included.
//!
//! The guard's standard input is a pipe whose other end only xtask holds; its end is the sign. So nothing depends on
//! xtask getting the chance to clean up, and `wrangler dev` never leaves a `workerd` behind.

use std::{
    ffi::OsString,
    io::Read,
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

use crate::clock;

/// The hidden command's name.
pub const COMMAND: &str = "__guard";

const POLL: Duration = Duration::from_millis(40);
/// How long a program may take to end in order: Playwright closes its browsers, workerd its databases.
const GRACE: Duration = Duration::from_secs(8);

/// Runs `arguments` as program and arguments.
pub fn main(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(program) = arguments.next() else {
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(arguments).stdin(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{} could not be started: {error}", program.to_string_lossy());
            return ExitCode::from(127);
        }
    };
    let code = watch(&mut child);
    ExitCode::from(code)
}

fn watch(child: &mut Child) -> u8 {
    let (gone, xtask_gone) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                end_group(child, Duration::from_secs(2));
                return code(status);
            }
            Ok(None) => {}
            Err(_) => return 1,
        }
        if !matches!(xtask_gone.recv_timeout(POLL), Err(mpsc::RecvTimeoutError::Timeout)) {
            end_group(child, GRACE);
            return child.wait().map_or(1, code);
        }
    }
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(255);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(unix)]
fn end_group(child: &mut Child, grace: Duration) {
    use nix::{
        sys::signal::{Signal, kill, killpg},
        unistd::Pid,
    };

    let Ok(leader) = i32::try_from(child.id()) else {
        return;
    };
    // Browsers are started in groups of their own, so the group alone is not everybody.
    let below = descendants(leader);
    let remaining = || -> Vec<i32> {
        let belongs = |process: &Process| process.group == leader || below.contains(&process.id);
        processes().into_iter().filter(belongs).map(|process| process.id).collect()
    };
    let _ = killpg(Pid::from_raw(leader), Signal::SIGTERM);
    let started = clock::now();
    while started.elapsed() < grace {
        let _ = child.try_wait();
        if remaining().is_empty() {
            return;
        }
        std::thread::sleep(POLL);
    }
    for id in remaining() {
        let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn end_group(child: &mut Child, _: Duration) {
    let _ = Command::new("taskkill").args(["/T", "/F", "/PID", &child.id().to_string()]).output();
    let _ = child.kill();
}

/// Something that runs; zombies do not.
#[cfg(unix)]
struct Process {
    id: i32,
    parent: i32,
    group: i32,
}

/// Every process below `ancestor`.
#[cfg(unix)]
fn descendants(ancestor: i32) -> Vec<i32> {
    let all = processes();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        found.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.id));
    }
    found.remove(0);
    found
}

/// Everything that runs on this machine, as far as we may see it.
#[cfg(target_os = "linux")]
fn processes() -> Vec<Process> {
    // Not `ps`: small images do not have it.
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter_map(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The second field is the program's name in parentheses and may contain anything.
        let (_, after_name) = stat.rsplit_once(')')?;
        let mut fields = after_name.split_whitespace();
        let zombie = fields.next()?.starts_with('Z');
        let process = Process { id, parent: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? };
        (!zombie).then_some(process)
    })
    .collect()
}

/// Everything that runs on this machine, as far as we may see it.
#[cfg(all(unix, not(target_os = "linux")))]
fn processes() -> Vec<Process> {
    let columns = ["-A", "-o", "stat=,pid=,ppid=,pgid="];
    let Ok(output) = Command::new("ps").args(columns).output() else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let zombie = fields.next()?.starts_with('Z');
            let mut number = || fields.next()?.parse().ok();
            let process = Process { id: number()?, parent: number()?, group: number()? };
            (!zombie).then_some(process)
        })
        .collect()
}
