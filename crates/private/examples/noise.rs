//! Processor nanoseconds of a draw of the discrete Gaussian, at twelve scales.

#![expect(clippy::print_stdout, reason = "this is a program, not a library")]

#[allow(dead_code, reason = "memory is asked by others")]
mod process;

use plenish_private::accounting::Rho;
use plenish_private::{Source, Variance, gaussian};
use plenish_table::Result;

fn main() -> Result<()> {
    let mut source = Source::secret()?;
    let mut rho: Rho = "0.5".parse()?;
    for _ in 0..12 {
        let variance = Variance::for_budget(rho, 1)?;
        let draws = 3_000_000;
        let start = process::cpu();
        let sum: i64 = (0..draws).map(|_| gaussian(&mut source, variance)).sum();
        let nanoseconds = (process::cpu() - start) * 1e9 / f64::from(draws);
        println!(
            "sigma {:10.2}: {nanoseconds:4.0} ns a draw, mean {:.4} sigma",
            variance.sigma(),
            sum as f64 / f64::from(draws) / variance.sigma()
        );
        rho = rho.share(1, 9);
    }
    Ok(())
}
