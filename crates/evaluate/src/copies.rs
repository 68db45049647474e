//! Repeated real rows, and whether synthetic rows lie nearer to the rows the generator saw than to
//! rows it never saw.
//!
//! Nearness detects copying; it is no measure of privacy.

use crate::align::{align, sample, scored};
use crate::coded::{Codes, coded, hashes};
use crate::criteria::Criteria;
use crate::evaluate::Inputs;
use crate::gates::copy_gates;
use crate::gower::{Points, scales};
use crate::interval::wilson;
use crate::results::{Copies, Evaluation, Interval};
use plenish_table::{Context, Result, Seed, Table};
use rayon::prelude::*;

/// Synthetic rows whose nearest neighbours are looked up, at most.
const QUERIES: usize = 3_000;
/// Real rows of each part they are looked up in, at most.
const NEIGHBOURS: usize = 50_000;
/// Distances closer than this are a tie.
const TIE: f32 = 1e-6;

/// Compares `synthetic` with the rows the generator saw (`real`) and never saw (`holdout`) over the
/// columns at `columns`; the tables share a schema.
///
/// `nearer`: for up to 3,000 synthetic rows, the distance to the nearest of equally many real and
/// holdout rows; the share nearer to a real one, ties counting half, with its Wilson interval. The
/// distance is Gower's (1971) in the form of the L1 norm: numbers and times scaled to the range of
/// `real` with -1 for missing, and 1 for categories that differ.
pub fn copies(
    real: &Table,
    holdout: &Table,
    synthetic: &Table,
    columns: &[usize],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Copies> {
    let tables = [real, holdout, synthetic];
    let coded = coded(&tables, columns);
    let rows = tables.map(Table::rows);
    let share = |of: usize, among: usize, chance: usize| {
        let seen = Seen::new(&coded, among, rows[among]);
        (seen.share(of, rows[of]), seen.share(chance, rows[chance]))
    };
    let (synthetic, expected) = share(2, 0, 1);
    let (holdout, holdout_expected) = share(2, 1, 0);
    cx.check()?;
    Ok(Copies {
        synthetic,
        expected,
        holdout,
        holdout_expected,
        nearer: nearer(&tables, &coded, columns, seed, cx)?,
    })
}

/// The share of holdout rows that equal a row of `real`, and the share of rows of `real` that equal another one: more of the
/// first than of the second means that rows to judge by were rows to learn from. Fails when the tables differ in columns or
/// types.
pub fn holdout_repeats(real: &Table, holdout: &Table) -> Result<(f64, f64)> {
    let [real, holdout] = align([real, holdout], ["real", "holdout"])?;
    let columns: Vec<usize> = (0..real.schema().columns.len()).collect();
    let coded = coded(&[&real, &holdout], &columns);
    let seen = Seen::new(&coded, 0, real.rows());
    let of_holdout = seen.share(1, holdout.rows());
    let again: usize = seen
        .index
        .chunk_by(|a, b| a.0 == b.0)
        .map(<[_]>::len)
        .filter(|&n| n > 1)
        .sum();
    Ok((of_holdout, again as f64 / real.rows().max(1) as f64))
}

/// The rows of one table, found by hash and then compared cell by cell.
struct Seen<'a> {
    coded: &'a [Codes],
    table: usize,
    /// (hash, row), sorted.
    index: Vec<(u64, u32)>,
}

impl<'a> Seen<'a> {
    fn new(coded: &'a [Codes], table: usize, rows: usize) -> Self {
        let mut index: Vec<(u64, u32)> = hashes(coded, table, rows)
            .into_iter()
            .enumerate()
            .map(|(row, hash)| (hash, row as u32))
            .collect();
        index.par_sort_unstable();
        Self { coded, table, index }
    }

    /// The share of rows of a table that are among the seen ones.
    fn share(&self, table: usize, rows: usize) -> f64 {
        let found: usize = hashes(self.coded, table, rows)
            .par_iter()
            .enumerate()
            .filter(|&(row, &hash)| {
                let start = self.index.partition_point(|entry| entry.0 < hash);
                self.index[start..]
                    .iter()
                    .take_while(|entry| entry.0 == hash)
                    .any(|&(_, seen)| {
                        let same = |c: &Codes| c.tables[self.table][seen as usize] == c.tables[table][row];
                        self.coded.iter().all(same)
                    })
            })
            .count();
        found as f64 / rows.max(1) as f64
    }
}

fn nearer(tables: &[&Table; 3], coded: &[Codes], columns: &[usize], seed: &Seed, cx: &Context<'_>) -> Result<Interval> {
    let side = tables[0].rows().min(tables[1].rows()).min(NEIGHBOURS);
    let queries = tables[2].rows().min(QUERIES);
    let chosen = [
        sample(tables[0].rows(), side, &seed.derive("real")),
        sample(tables[1].rows(), side, &seed.derive("holdout")),
        sample(tables[2].rows(), queries, &seed.derive("queries")),
    ];
    let scales = scales(tables[0], columns);
    let points = |part: usize| Points::new(tables[part], coded, part, columns, &scales, &chosen[part]);
    let (seen, unseen, asked) = (points(0), points(1), points(2));
    cx.check()?;
    // Twice the wins, so that the sum is of whole numbers.
    let wins: u64 = (0..queries)
        .into_par_iter()
        .map(|row| {
            let (a, b) = (seen.nearest(&asked, row), unseen.nearest(&asked, row));
            if a.is_finite() && b.is_finite() && (a - b).abs() > TIE {
                if a < b { 2 } else { 0 }
            } else {
                1
            }
        })
        .sum();
    Ok(wilson(wins as f64 / (2 * queries.max(1)) as f64, queries as f64))
}

impl Evaluation {
    /// Looks for copies in other synthetic rows than those that were evaluated: those that are published where they are
    /// made for gaps, so that nothing but the generator's own rows can be held against all real ones. Counts, figures and
    /// gates are then of these. Fails when the tables differ in columns or types.
    pub fn check_copies(
        &mut self,
        inputs: Inputs<'_>,
        criteria: &Criteria,
        seed: &Seed,
        cx: &Context<'_>,
    ) -> Result<()> {
        let tables = [inputs.real, inputs.holdout, inputs.synthetic];
        let [real, holdout, synthetic] = align(tables, ["real", "holdout", "synthetic"])?;
        let columns = scored(real.schema())?;
        self.copies = copies(&real, &holdout, &synthetic, &columns, &seed.derive("copies"), cx)?;
        self.rows.synthetic = synthetic.rows();
        for gate in copy_gates(criteria, &self.copies, &self.rows) {
            if let Some(known) = self.gates.iter_mut().find(|known| known.name == gate.name) {
                *known = gate;
            }
        }
        Ok(())
    }
}
