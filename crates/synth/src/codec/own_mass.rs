//! Which values of an ordered column have a mass of their own, beside the smooth distribution of all
//! others.

use super::bin::OWN_MASS_ROWS;
use super::grid::Grid;
use super::line::Line;
use super::smooth::Smooth;

/// Neighbouring values on either side that tell how frequent a value would be if it were like them.
const NEIGHBOURS: [usize; 2] = [3, 12];
/// Columns of at most this many values are lists of values rather than measurements: each value has its
/// own mass.
const LISTED_VALUES: usize = 16;

/// The rows of each value that are its own, and not of the smooth distribution of all; `ends` tells which
/// values share a bin.
pub(crate) fn own_rows(values: &[(f64, u32)], ends: &[usize], line: &Line) -> Vec<u32> {
    if !Smooth::values_repeat(values, line) {
        return standing_out(values, line.grid);
    }
    let single = |i: usize| ends.binary_search(&(i + 1)).is_ok() && (i == 0 || ends.binary_search(&i).is_ok());
    values
        .iter()
        .enumerate()
        .map(|(i, v)| if v.1 >= OWN_MASS_ROWS || single(i) { v.1 } else { 0 })
        .collect()
}

/// The rows of each value that are its own: of values clearly more frequent than their neighbours those
/// beyond what the neighbours let expect, of others none.
pub(crate) fn standing_out(values: &[(f64, u32)], grid: Grid) -> Vec<u32> {
    if values.len() <= LISTED_VALUES {
        return values.iter().map(|v| v.1).collect();
    }
    let mut before = vec![0.0];
    for (i, v) in values.iter().enumerate() {
        before.push(before[i] + f64::from(v.1));
    }
    let expected = |i: usize, neighbours: usize| {
        let (from, to) = (i.saturating_sub(neighbours), (i + neighbours).min(values.len() - 1));
        let (rows, others) = (
            before[to + 1] - before[from] - f64::from(values[i].1),
            (to - from) as f64,
        );
        // On a grid empty points count as well.
        let points = if grid.spacing() > 0.0 {
            ((values[to].0 - values[from].0) / grid.spacing()).max(others)
        } else {
            others
        };
        rows / points
    };
    (0..values.len())
        .map(|i| {
            if values[i].1 < OWN_MASS_ROWS {
                return 0;
            }
            let count = f64::from(values[i].1);
            // Near neighbours tell the top of a hill from a value that stands out.
            let expected = NEIGHBOURS.map(|n| expected(i, n)).into_iter().fold(0.0, f64::max);
            // Beyond four standard deviations of a Poisson count, and by half at least.
            if count > 1.5 * expected + 4.0 * expected.sqrt() + 3.0 {
                (count - expected).ceil() as u32
            } else {
                0
            }
        })
        .collect()
}

/// Every value frequent enough stands alone; runs of rarer neighbours are joined until a run holds
/// enough rows, or else with the frequent value next to them.
pub(crate) fn own_or_joined(values: &[(f64, u32)]) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut run = 0;
    for (index, &(_, count)) in values.iter().enumerate() {
        if count >= OWN_MASS_ROWS {
            // A handful of rows between frequent values would give a value of their own away.
            if run >= OWN_MASS_ROWS {
                ends.push(index);
            }
            ends.push(index + 1);
            run = 0;
        } else {
            run += count;
            if run >= 2 * OWN_MASS_ROWS {
                ends.push(index + 1);
                run = 0;
            }
        }
    }
    if run > 0 {
        if run < OWN_MASS_ROWS {
            ends.pop();
        }
        ends.push(values.len());
    }
    ends
}
