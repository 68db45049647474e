//! Synthetic rows whose label is in doubt: kept apart, with the reasons.

use plenish_evaluate::LabelAudit;
use plenish_table::{Column, ColumnSchema, ColumnType, Result, Schema, Table, TextColumn};

/// The columns of a quarantine beside those of the data: the row's place in the synthetic table (from 0), the label a
/// model of the real rows would give, that model's probability of the row's own label, the estimated probability
/// that the label is wrong, and the reasons in words.
pub const QUARANTINE: [&str; 5] = ["_row", "_suggested", "_probability", "_doubt", "_reason"];

/// The suspects of a synthetic table, with why. Fails when a column of the data has a name of [`QUARANTINE`].
pub fn quarantine(synthetic: &Table, labels: &LabelAudit) -> Result<Table> {
    let of = &labels.quarantine;
    let rows: Vec<u32> = of.iter().map(|suspect| suspect.row as u32).collect();
    let taken = synthetic.take(&rows);
    let text = |cells: Vec<&str>| Column::Text(TextColumn::from_cells(cells.into_iter().map(Some)));
    let kinds = [
        ColumnType::Integer,
        ColumnType::Text,
        ColumnType::Real,
        ColumnType::Real,
        ColumnType::Text,
    ];
    let mut columns = taken.schema().columns.clone();
    columns.extend(
        QUARANTINE
            .iter()
            .zip(kinds)
            .map(|(name, kind)| ColumnSchema::new(*name, kind)),
    );
    let mut cells = taken.columns().to_vec();
    cells.extend([
        Column::Integer(of.iter().map(|s| s.row as i64).collect()),
        text(of.iter().map(|s| s.suggested.as_str()).collect()),
        Column::Real(of.iter().map(|s| s.probability.unwrap_or(f64::NAN)).collect()),
        Column::Real(of.iter().map(|s| s.doubt).collect()),
        text(of.iter().map(|s| s.reason.as_str()).collect()),
    ]);
    Table::new(Schema::new(columns)?, cells)
}

/// The synthetic rows that are no suspects, in their order.
pub(crate) fn believed(synthetic: &Table, labels: &LabelAudit) -> Table {
    let mut suspects = labels.quarantine.iter().map(|suspect| suspect.row as u32).peekable();
    let rows: Vec<u32> = (0..synthetic.rows() as u32)
        .filter(|row| suspects.next_if_eq(row).is_none())
        .collect();
    if rows.len() == synthetic.rows() {
        return synthetic.clone();
    }
    synthetic.take(&rows)
}
