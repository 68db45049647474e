//! Density ratios bring synthetic rows back to the shares of the real ones.

use crate::adult::block;
use plenish_evaluate::density_ratio_weights;
use plenish_table::{Condition, Context, Seed, Table};

fn mask(table: &Table, text: &str) -> Vec<bool> {
    let condition = Condition::parse(text, table.schema()).unwrap();
    condition.mask(table).unwrap()
}

fn weights(real: &Table, synthetic: &Table) -> Vec<f64> {
    density_ratio_weights(real, synthetic, &Seed::new(1), &Context::silent()).unwrap()
}

/// New rows of the same population, among which there are four times as many women above 50K: weighted they have the
/// share that they have among the real rows, or nearly, and the mean weight is 1.
#[test]
fn what_there_is_too_much_of_counts_less() {
    let (real, fresh) = (block(4_000, 0), block(4_000, 1));
    let cell = "sex = 'Female' and income = '>50K'";
    let more = mask(&fresh, cell);
    let rows: Vec<u32> = (0..fresh.rows() as u32)
        .flat_map(|row| std::iter::repeat_n(row, if more[row as usize] { 4 } else { 1 }))
        .collect();
    let synthetic = fresh.take(&rows);
    let found = weights(&real, &synthetic);
    let share = |table: &Table, weights: &[f64]| {
        let own = mask(table, cell);
        let sum: f64 = own.iter().zip(weights).filter(|(own, _)| **own).map(|(_, w)| w).sum();
        sum / weights.iter().sum::<f64>()
    };
    let truth = share(&real, &vec![1.0; real.rows()]);
    let (plain, weighted) = (
        share(&synthetic, &vec![1.0; synthetic.rows()]),
        share(&synthetic, &found),
    );
    assert!(plain > 3.0 * truth, "{plain} of {truth}");
    assert!(
        (weighted - truth).abs() < 0.35 * (plain - truth),
        "{weighted} of {truth}"
    );
    assert!((found.iter().sum::<f64>() / found.len() as f64 - 1.0).abs() < 1e-9);
    assert!(found.iter().all(|w| w.is_finite() && *w > 0.0));
    assert_eq!(found, weights(&real, &synthetic));
}

/// Rows of the same population have nearly equal weights, and so few that nothing can be told have equal ones.
#[test]
fn rows_of_the_same_kind_count_alike() {
    let (real, fresh) = (block(4_000, 0), block(4_000, 1));
    let found = weights(&real, &fresh);
    let spread = found.iter().map(|w| (w - 1.0).powi(2)).sum::<f64>() / found.len() as f64;
    assert!(spread.sqrt() < 0.15, "{}", spread.sqrt());
    assert_eq!(weights(&real, &block(20, 1)), vec![1.0; 20]);
}
