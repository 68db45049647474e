//! Processor nanoseconds of a draw of the discrete Gaussian, at twelve scales.

#![expect(clippy::print_stdout, reason = "this is a program, not a library")]

use plenish_private::accounting::Rho;
use plenish_private::{Source, Variance, gaussian};
use plenish_table::Result;

fn main() -> Result<()> {
    let mut source = Source::secret()?;
    let mut rho: Rho = "0.5".parse()?;
    for _ in 0..12 {
        let variance = Variance::for_budget(rho, 1)?;
        let draws = 3_000_000;
        let start = cpu();
        let sum: i64 = (0..draws).map(|_| gaussian(&mut source, variance)).sum();
        let nanoseconds = (cpu() - start) * 1e9 / f64::from(draws);
        println!(
            "sigma {:10.2}: {nanoseconds:4.0} ns a draw, mean {:.4} sigma",
            variance.sigma(),
            sum as f64 / f64::from(draws) / variance.sigma()
        );
        rho = rho.share(1, 9);
    }
    Ok(())
}

/// Processor seconds of this process so far (Linux).
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let field = |i: usize| {
        after
            .split_whitespace()
            .nth(i)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (field(11) + field(12)) / 100.0
}
