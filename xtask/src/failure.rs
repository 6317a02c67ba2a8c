//! Why a command ended early, and with which exit code.

use std::{fmt, process::ExitCode};

/// What every fallible step answers.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The command line made no sense; exit code 2.
    Usage(String),
    /// Help was asked for and is to be printed; exit code 0.
    Help(String),
    /// Ctrl-C or SIGTERM; exit code 130. Everything started has been ended.
    Interrupted,
    /// Something did not work; the text says what, why and what to do. Exit code 1.
    Failed(String),
    /// Did not work, and has been told already. Exit code 1.
    Told,
}

impl Failure {
    /// For `map_err`: says what was tried, and what the system answered.
    pub fn while_trying<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed(format!("Could not {what}: {error}"))
    }

    /// The exit code that says this to a script.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Help(_) => 0,
            Self::Failed(_) | Self::Told => 1,
            Self::Usage(_) => 2,
            Self::Interrupted => 130,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Help(text) => f.write_str(text),
            Self::Failed(text) => write!(f, "\n{text}"),
            Self::Told => Ok(()),
            Self::Interrupted => f.write_str("Stopped."),
        }
    }
}
