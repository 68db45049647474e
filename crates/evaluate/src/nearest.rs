//! How near each row of one table lies to the nearest row of another.

use crate::align::{align, scored};
use crate::coded::coded;
use crate::gower::{Points, scales};
use plenish_table::{Context, Result, Table};
use rayon::prelude::*;

/// Queries between looks at whether the user wants to stop.
const CHUNK: usize = 2_048;

/// For each row of `asked` its distance to the nearest row of `real`, from 0 (the same cells) to 1 (no cell alike, all
/// numbers a whole range apart); infinite if `real` has no row.
///
/// The distance is Gower's ("A general coefficient of similarity and some of its properties", Biometrics 27, 1971): the
/// mean over columns of the gap of two numbers or times in ranges of `real`, or of 1 for categories that differ. A
/// missing cell lies one range below the smallest number. Columns whose role is identifier, free text or weight are left
/// out. Fails when the tables differ in columns or types.
pub fn nearest_distances(real: &Table, asked: &Table, cx: &Context<'_>) -> Result<Vec<f64>> {
    let [real, asked] = align([real, asked], ["real", "synthetic"])?;
    let columns = scored(real.schema())?;
    let coded = coded(&[&real, &asked], &columns);
    let scales = scales(&real, &columns);
    let all = |table: &Table| (0..table.rows() as u32).collect::<Vec<_>>();
    let points = |part: usize, table: &Table| Points::new(table, &coded, part, &columns, &scales, &all(table));
    let (among, queries) = (points(0, &real), points(1, &asked));
    let mut out = Vec::with_capacity(asked.rows());
    for start in (0..asked.rows()).step_by(CHUNK) {
        cx.check()?;
        let end = (start + CHUNK).min(asked.rows());
        let near = |row: usize| f64::from(among.nearest(&queries, row)) / columns.len() as f64;
        out.par_extend((start..end).into_par_iter().map(near));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{Column, ColumnSchema, ColumnType, Schema, TextColumn};

    fn table(numbers: &[f64], words: &[&str]) -> Table {
        let schema = Schema::new(vec![
            ColumnSchema::new("x", ColumnType::Real),
            ColumnSchema::new("w", ColumnType::Text),
        ]);
        let words = TextColumn::from_cells(words.iter().map(|w| Some(*w)));
        Table::new(
            schema.unwrap(),
            vec![Column::Real(numbers.to_vec()), Column::Text(words)],
        )
        .unwrap()
    }

    #[test]
    fn distances_are_means_over_columns() {
        let real = table(&[0.0, 10.0], &["a", "b"]);
        let asked = table(&[0.0, 5.0, 10.0, 9.0], &["a", "b", "c", "b"]);
        let found = nearest_distances(&real, &asked, &Context::silent()).unwrap();
        for (found, expected) in found.iter().zip([0.0, 0.25, 0.5, 0.05]) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
        let nothing = nearest_distances(&real.take(&[]), &asked, &Context::silent()).unwrap();
        assert!(nothing.iter().all(|d| d.is_infinite()));
    }
}
