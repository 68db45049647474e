//! Leaving out rows whose combination of values few real rows have.

use plenish_table::{Column, Error, Result, Table, value_codes};

/// The rows of `table` whose values of `columns` at least `least` rows of `real` have. Missing is a value.
pub(crate) fn frequent(table: &Table, real: &Table, columns: &[String], least: usize) -> Result<Vec<u32>> {
    let mut joined = Vec::with_capacity(columns.len());
    for name in columns {
        let of = |table: &Table| -> Result<Column> { Ok(table.column(table.schema().require(name)?).clone()) };
        let (mut all, mut asked) = (of(real)?, of(table)?);
        match (&all, &asked) {
            (Column::Integer(_), Column::Real(_)) => all = Column::Real(all.numbers()),
            (Column::Real(_), Column::Integer(_)) => asked = Column::Real(asked.numbers()),
            _ => {}
        }
        let kinds = [asked.kind(), all.kind()].map(plenish_table::ColumnType::name);
        if !all.append(&asked) {
            return Err(Error::data(format!(
                "holds {} values in the synthetic table, but {} in the training table",
                kinds[0], kinds[1]
            ))
            .in_column(name)
            .help("give both tables the same types"));
        }
        joined.push(all);
    }
    let (codes, count) = value_codes(&joined.iter().collect::<Vec<_>>());
    let (known, asked) = codes.split_at(real.rows());
    let mut counts = vec![0_usize; count as usize + 1];
    for &code in known {
        counts[code as usize] += 1;
    }
    let kept = asked
        .iter()
        .enumerate()
        .filter(|(_, code)| counts[**code as usize] >= least);
    Ok(kept.map(|(row, _)| row as u32).collect())
}
