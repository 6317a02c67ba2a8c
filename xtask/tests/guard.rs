//! Nothing that xtask starts outlives it, not even when it gets no chance to clean up.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

fn guarded(script: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["__guard", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Whether the process runs; a zombie does not.
fn runs(id: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, after)| !after.trim_start().starts_with('Z'))
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn the_end_of_its_input_ends_the_program_and_everything_below_it() {
    // The last one is in a session, and so in a group, of its own, as browsers are.
    let mut guard = guarded("sleep 300 & a=$!; setsid sleep 300 & sleep 0.3; echo $$ $a $!; wait");
    let line = first_line(&mut guard);
    let ids: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| runs(id)), "{line}");

    drop(guard.stdin.take());
    guard.wait().unwrap();
    // SIGKILL is sent by then; on a busy machine the kernel needs a moment to carry it out.
    let ended = || !ids.iter().any(|id| runs(id));
    (0..100).take_while(|_| !ended()).for_each(|_| std::thread::sleep(Duration::from_millis(20)));
    assert!(ended(), "something is still running: {line}");
}

#[test]
fn what_a_program_leaves_behind_ends_with_it_and_its_exit_code_is_passed_on() {
    let mut guard = guarded("sleep 300 & echo $!; exit 7");
    let left = first_line(&mut guard);
    // `wait` would close it, which ends the program: too early, if that has not come to its `exit` yet.
    let _input = guard.stdin.take();
    assert_eq!(guard.wait().unwrap().code(), Some(7));
    assert!(!runs(left.trim()), "it is still running");
}

#[test]
fn a_program_that_ignores_the_polite_signal_is_killed() {
    let mut guard = guarded("trap '' TERM; echo $$; while :; do sleep 0.2; done");
    let id = first_line(&mut guard);
    drop(guard.stdin.take());
    guard.wait().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert!(!runs(id.trim()), "it is still running");
}
