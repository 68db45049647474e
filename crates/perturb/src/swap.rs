//! Swapping: cells exchanged within random pairs of rows.

use plenish_table::Seed;

/// For each row the row whose cells it takes: its partner, or itself. `share` of the rows, rounded down to an even
/// number, are in pairs.
pub(crate) fn partners(rows: usize, share: f64, seed: &Seed) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    seed.stream(0, 0).shuffle(&mut order);
    let mut partner: Vec<u32> = (0..rows as u32).collect();
    // A hair more, so that 0.1 of 10 rows is one row.
    let pairs = (rows as f64 * share * 0.5 + 1e-9) as usize;
    for pair in order.chunks_exact(2).take(pairs) {
        partner.swap(pair[0] as usize, pair[1] as usize);
    }
    partner
}
