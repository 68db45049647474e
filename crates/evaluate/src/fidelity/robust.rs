//! All robust measures of one synthetic table.

use super::agreement::agreements;
use super::codes::{HOLDOUT, SYNTHETIC, Shared};
use super::links::links;
use super::presence::gone;
use super::proxies::proxies;
use super::results::Robust;
use super::segments::{rates, segments};
use super::spread::spread;
use super::tells::tells;
use super::times::times;
use plenish_table::{Context, Result, Seed, Table};

/// Measures `synthetic` against `real` (rows the generator saw) and `holdout` (rows it never saw) over
/// the columns at `columns`; the tables share a schema and have at least ten rows each. `target` and
/// `protected` name columns whose groups are looked at one by one. `cx` advances by six.
#[expect(clippy::too_many_arguments, reason = "the parts of an evaluation")]
pub fn robust(
    real: &Table,
    holdout: &Table,
    synthetic: &Table,
    columns: &[usize],
    target: Option<&str>,
    protected: &[String],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Robust> {
    let shared = Shared::new(real, holdout, synthetic, columns, &seed.derive("rows"));
    let step = |name: &str| {
        cx.advance(1);
        seed.derive(name)
    };
    Ok(Robust {
        rows: shared.rows[SYNTHETIC],
        holdout_rows: shared.rows[HOLDOUT],
        agreement: agreements(&shared, &step("agreement"), cx)?,
        links: links(&shared, &step("links"), cx)?,
        proxies: proxies(&shared, protected, &step("proxies"), cx)?,
        tells: tells(&shared, &step("tells"), cx)?,
        spread: spread(&shared, &step("spread"), cx)?,
        segments: segments(&shared, target, protected, &step("segments"), cx)?,
        rates: rates(&shared, target, protected),
        gone: gone(real, holdout, synthetic, columns),
        times: times(real, holdout, synthetic, columns),
    })
}
