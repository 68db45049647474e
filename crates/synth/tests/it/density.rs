//! The log-density of rows.

use crate::asks::chain;
use crate::table;
use plenish_table::{Column, Context, MISSING_INTEGER, Seed, Table, TextColumn};

/// The parts of a column of categories are probabilities: over its values they add up to 1, whatever the
/// rest of the row.
#[test]
fn parts_of_the_density_add_up_to_one() {
    let whole = table(2000);
    let model = chain(&whole);
    let density = |rows: &Table| model.log_density(rows, &Context::silent()).unwrap().unwrap();
    for (name, words) in [
        ("job", ["clerk", "nurse", "smith", "miner"].as_slice()),
        ("income", &["high", "low"]),
    ] {
        let column = whole.schema().index(name).unwrap();
        let base = whole.take(&[0, 1, 2, 3, 500, 900]);
        let mut sums = vec![0.0; base.rows()];
        for word in words {
            let mut columns = base.columns().to_vec();
            columns[column] = Column::Text(TextColumn::from_cells(
                base.columns()[0].numbers().iter().map(|_| Some(*word)),
            ));
            let changed = Table::new(base.shared_schema(), columns).unwrap();
            for (sum, part) in sums.iter_mut().zip(&density(&changed).parts[column]) {
                *sum += part.exp();
            }
        }
        assert!(sums.iter().all(|s| (s - 1.0).abs() < 1e-5), "{name}: {sums:?}");
    }
    // Numbers: over all points of the grid.
    let column = whole.schema().index("age").unwrap();
    let ages: Vec<u32> = vec![7; 50];
    let mut columns = whole.take(&ages).columns().to_vec();
    columns[column] = Column::Integer((18..68).collect());
    let sum: f64 = density(&Table::new(whole.shared_schema(), columns).unwrap()).parts[column]
        .iter()
        .map(|p| p.exp())
        .sum();
    assert!((0.98..1.0001).contains(&sum), "{sum}");
}

/// Rows made by the model are as likely as the validation said, and more likely than shuffled ones;
/// parts add up; what was never seen gets the floor.
#[test]
fn density_tells_real_rows_from_shuffled_ones() {
    let whole = table(4000);
    let model = chain(&whole);
    let density = |rows: &Table| model.log_density(rows, &Context::silent()).unwrap().unwrap();
    let real = density(&whole);
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let summary = model.summary().log_likelihood.unwrap();
    let states: Vec<f64> = real.sound().map(|row| real.of_states(row)).collect();
    assert_eq!(states.len(), 4000);
    assert!((mean(&states) - summary).abs() < 0.25, "{} {summary}", mean(&states));
    for row in [0, 99] {
        let sum: f64 = real.parts.iter().map(|p| p[row]).sum();
        assert!((sum - real.totals[row]).abs() < 1e-9);
    }
    let mut stream = Seed::new(1).stream(0, 0);
    let shuffled: Vec<Column> = whole
        .columns()
        .iter()
        .map(|c| {
            let mut order: Vec<u32> = (0..4000).collect();
            stream.shuffle(&mut order);
            c.take(&order)
        })
        .collect();
    let shuffled = density(&Table::new(whole.shared_schema(), shuffled).unwrap());
    let above = real.totals.iter().zip(&shuffled.totals).filter(|(a, b)| a > b).count();
    assert!(above > 3200, "{above} of 4000");
    let mut columns = whole.take(&[0]).columns().to_vec();
    columns[0] = Column::Integer(vec![MISSING_INTEGER]);
    columns[1] = Column::Text(TextColumn::from_cells([Some("pilot")]));
    let strange = density(&Table::new(whole.shared_schema(), columns).unwrap());
    assert!(
        (strange.parts[1][0] + (4001.0_f64 * 4.0).ln()).abs() < 1e-9,
        "{}",
        strange.parts[1][0]
    );
    assert!(strange.parts[0][0] < -(4001.0_f64).ln());
}
