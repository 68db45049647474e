//! Progress bars, warnings, errors and Ctrl-C.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plenish_table::{Error, Progress, Result};
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Tells the user on standard error how far the work is.
pub(crate) struct Terminal {
    visible: bool,
    quiet: bool,
    bars: Mutex<Vec<ProgressBar>>,
    stopped: Arc<AtomicBool>,
}

impl Terminal {
    /// Shows bars only where somebody looks: on a terminal, and not with `--quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal();
        Self {
            visible,
            quiet,
            bars: Mutex::new(Vec::new()),
            stopped: Arc::default(),
        }
    }

    /// From now on the first Ctrl-C asks the work to stop in good order, a second ends it at once.
    pub(crate) fn listen_for_interrupts(&self) -> Result<()> {
        let stopped = Arc::clone(&self.stopped);
        ctrlc::set_handler(move || {
            if stopped.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        })
        .map_err(|e| Error::internal(format!("cannot listen for interrupts: {e}")))
    }

    /// Prints an error with its details.
    pub(crate) fn error(&self, error: &Error) {
        let bold = std::io::stderr().is_terminal();
        let (on, off) = if bold { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        self.line(&format!("{on}error:{off} {error}"));
    }

    fn line(&self, text: &str) {
        let print = || {
            let _ = writeln!(std::io::stderr(), "{text}");
        };
        match self.bars.lock().ok().and_then(|bars| bars.last().cloned()) {
            Some(bar) if self.visible => bar.suspend(print),
            _ => print(),
        }
    }
}

impl Progress for Terminal {
    fn begin(&self, step: &str, total: u64) {
        let bar = if self.visible {
            let bar = if total > 1 {
                ProgressBar::new(total)
            } else {
                ProgressBar::new_spinner()
            };
            let template = if total > 1 {
                "{msg:38} {bar:30} {percent:>3}%  {elapsed} elapsed, {eta} left"
            } else {
                "{msg:38} {spinner} {elapsed} elapsed"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        };
        bar.set_message(step.to_owned());
        if let Ok(mut bars) = self.bars.lock() {
            bars.push(bar);
        }
    }

    fn advance(&self, amount: u64) {
        if let Some(bar) = self.bars.lock().ok().as_ref().and_then(|bars| bars.last()) {
            bar.inc(amount);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bars.lock().ok().and_then(|mut bars| bars.pop()) {
            bar.finish_and_clear();
        }
    }

    fn warn(&self, message: &str) {
        if !self.quiet {
            self.line(&format!("warning: {message}"));
        }
    }

    fn cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
