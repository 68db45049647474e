//! The `plenish` command: arguments, progress and exit codes. All work is done in the other rooms.

mod arguments;
mod clock;
mod commands;
mod terminal;

use arguments::{Arguments, Command};
use clap::Parser;
use plenish_table::{Context, Error, Kind, Result};
use std::process::ExitCode;
use terminal::Terminal;

/// Exit code of a run that a gate rejected.
const REJECTED: u8 = 3;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers; everything else is bad usage.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let terminal = Terminal::new(arguments.quiet);
    match start(&arguments, &terminal) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.kind() == Kind::Closed => ExitCode::SUCCESS,
        Err(error) => {
            terminal.error(&error);
            ExitCode::from(match error.kind() {
                Kind::Usage => 2,
                Kind::Cancelled => 130,
                Kind::Data | Kind::Io | Kind::Closed | Kind::Internal => 1,
            })
        }
    }
}

fn start(arguments: &Arguments, terminal: &Terminal) -> Result<u8> {
    terminal.listen_for_interrupts()?;
    if let Some(threads) = arguments.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads as usize)
            .build_global()
            .map_err(|e| Error::internal(format!("cannot start {threads} threads: {e}")))?;
    }
    let cx = Context::new(terminal);
    let json = arguments.json;
    match &arguments.command {
        Command::Init(init) => commands::init(init, json, arguments.quiet, &cx),
        Command::Run(run) => commands::run(run, json, arguments.quiet, &cx),
        Command::Plan(plan) => commands::plan(plan, json, arguments.quiet, &cx),
        Command::Profile(profile) => commands::profile(profile, json, &cx),
        Command::Fit(fit) => commands::fit(fit, json, arguments.quiet, &cx),
        Command::Generate(generate) => commands::generate(generate, json, arguments.quiet, &cx),
        Command::Impute(impute) => commands::impute(impute, json, arguments.quiet, &cx),
        Command::Score(score) => commands::score(score, json, arguments.quiet, &cx),
        Command::Show(show) => commands::show(show, json),
        Command::Evaluate(evaluate) => commands::evaluate(evaluate, json, &cx),
        Command::Audit(audit) => commands::audit(audit, json, arguments.quiet, &cx),
        Command::Perturb(perturb) => commands::perturb(perturb, json, arguments.quiet, &cx),
        Command::Experiment(experiment) => commands::experiment(experiment, json, arguments.quiet, &cx),
        Command::Ledger(ledger) => commands::ledger(ledger, json),
        Command::Store(store) => commands::store(store, json, &cx),
    }
}
