//! Reads a file and does nothing with it, so that reading can be timed as a process:
//! `cargo build --release -p plenish-files --example read && time target/release/examples/read FILE [OUT]`.
//! With a second file name, the table is written there.

use plenish_files::{ReadOptions, read, write};
use plenish_table::Context;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(source) = arguments.next() else {
        return ExitCode::from(2);
    };
    let cx = Context::silent();
    let done = read(&source, &ReadOptions::default(), &cx).and_then(|table| match arguments.next() {
        Some(target) => write(&table, &target, &cx),
        None => Ok(()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "an example is a program of its own")]
            {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}
