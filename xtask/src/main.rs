//! The commands of this repository: `cargo xtask <command>`.

mod args;
mod bench;
mod clock;
mod compile;
mod demo;
mod deploy;
mod dev;
mod failure;
mod fingerprint;
mod guard;
mod http;
mod lock;
mod npm;
mod openapi;
mod paths;
mod pieces;
mod port;
mod process;
mod progress;
mod recover;
mod serve;
mod signals;
mod simulate;
mod start;
mod state;
mod styles;
mod test;
mod tools;
mod vars;
mod versions;
mod wrangler;

use std::process::ExitCode;

use failure::{Failure, Result};

const HELP: &str = "\
cargo xtask <command> [options]

  start      install what is missing, build, migrate, serve on http://localhost:8787
  dev        live reload of the console on http://localhost:8080
  test       everything: format, lints, native tests, Worker tests, browser tests
  bench      measure the lists of 100,000 keys against those of 100
  simulate   drive the verification's memory through bad luck, for as long as you like
  recover    print a link that gives an owner a new sign-in key
  openapi    write public/openapi.json from the code
  deploy     put everything on your own Cloudflare account, or upgrade it

`cargo xtask <command> --help` says more.";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
    if command == guard::COMMAND {
        return guard::main(arguments);
    }
    let rest: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    match dispatch(&command, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            progress::clear_line();
            match &failure {
                // The last line that was printed is for machines.
                Failure::Told => {}
                Failure::Help(text) => println!("{text}"),
                other => eprintln!("{other}"),
            }
            failure.exit_code()
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<()> {
    signals::catch()?;
    match command {
        "bench" => bench::main(rest),
        "start" => start::main(rest),
        "deploy" => deploy::main(rest),
        "dev" => dev::main(rest),
        "openapi" => openapi::main(rest),
        "recover" => recover::main(rest),
        "simulate" => simulate::main(rest),
        "test" => test::main(rest),
        "" | "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => Err(Failure::Usage(format!("There is no command `{unknown}`.\n\n{HELP}"))),
    }
}
