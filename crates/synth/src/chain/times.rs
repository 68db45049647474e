//! Whether the calendar of a time tells of other columns: flights are late in the evening, sales rise
//! in December. Then the time has to stand before them in the chain, as its own states are far too
//! wide to follow them.

use super::features::Features;
use crate::codec::Codec;
use plenish_table::Column;

/// Columns of so many states at most are looked at.
const MOST_STATES: usize = 64;
/// What a part of the calendar has to tell of another column, in nats a row.
const LEAST: f64 = 0.02;

/// Whether hour, weekday, month or another part of the times in `column` tells of the states of
/// another column; `others` holds each one's number of states and the rows' states.
pub(crate) fn tells<'a>(codec: &Codec, column: &Column, others: impl Iterator<Item = (usize, &'a [u16])>) -> bool {
    let features = Features::of(codec, column, MOST_STATES);
    let states = vec![0; column.len()];
    // The first feature is the state itself, which says when, not at which hour.
    let parts: Vec<Vec<u8>> = features.encode(&states, column).into_iter().skip(1).collect();
    others
        .filter(|(count, _)| (2..=MOST_STATES).contains(count))
        .any(|(count, states)| parts.iter().any(|part| information(part, states, count) > LEAST))
}

/// Mutual information of a part and a column's states in nats, less twice what independent ones
/// would show on average (Miller 1955, "Note on the bias of information estimates").
fn information(part: &[u8], states: &[u16], count: usize) -> f64 {
    let mut joint = vec![0_u32; 256 * count];
    for (&part, &state) in part.iter().zip(states) {
        joint[usize::from(part) * count + usize::from(state)] += 1;
    }
    let of_part: Vec<u32> = joint.chunks_exact(count).map(|row| row.iter().sum()).collect();
    let of_state: Vec<u32> = (0..count).map(|s| joint[s..].iter().step_by(count).sum()).collect();
    let rows = part.len() as f64;
    let mut sum = 0.0;
    for (cell, &here) in joint.iter().enumerate().filter(|(_, here)| **here > 0) {
        let expected = f64::from(of_part[cell / count]) * f64::from(of_state[cell % count]) / rows;
        sum += f64::from(here) * libm::log(f64::from(here) / expected);
    }
    let occupied = |counts: &[u32]| counts.iter().filter(|c| **c > 0).count() as f64 - 1.0;
    (sum - occupied(&of_part) * occupied(&of_state)) / rows
}
