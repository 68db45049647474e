//! Leaving out the rows that lie nearest to a real one.

use crate::step::Nearest;
use plenish_evaluate::nearest_distances;
use plenish_table::{Context, Result, Seed, Table};

/// The rows that stay, in their order. Of rows equally near that cannot all go, chance decides.
pub(crate) fn farther(table: &Table, real: &Table, most: Nearest, seed: &Seed, cx: &Context<'_>) -> Result<Vec<u32>> {
    let distances = nearest_distances(real, table, cx)?;
    let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
    match most {
        Nearest::Distance(limit) => rows.retain(|&row| distances[row as usize] >= limit),
        Nearest::Share(share) => {
            let gone = (table.rows() as f64 * share + 1e-9) as usize;
            seed.stream(0, 0).shuffle(&mut rows);
            rows.sort_by(|&a, &b| distances[a as usize].total_cmp(&distances[b as usize]));
            rows.drain(..gone);
            rows.sort_unstable();
        }
    }
    Ok(rows)
}
