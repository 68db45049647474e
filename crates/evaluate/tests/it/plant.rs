//! Defects planted in rows that nobody has seen.

use crate::adult::with_column;
use plenish_table::{Column, MISSING_CODE, Seed, Table, TextColumn};

/// A defect: what it does to the unseen rows, given the real and the holdout rows.
pub(crate) type Plant = fn(&Table, &Table, Table) -> Table;

/// All defects of tables, and none.
pub(crate) const DEFECTS: &[(&str, Plant)] = &[
    ("clean", |_, _, t| t),
    ("shuffled columns", |_, _, t| shuffled(&t)),
    ("all numbers + 1000", |_, _, t| moved(t)),
    ("swapped categories", |_, _, t| swapped(&t)),
    ("invented proxy", |_, _, t| proxy(&t)),
    ("lost link", |_, _, t| lost(&t)),
    ("copied train rows", |real, _, t| copied(&t, real)),
    ("copied test rows", |_, holdout, t| copied(&t, holdout)),
    ("contradictions", |_, _, t| contradicting(&t)),
    ("missing class", |_, _, t| without(&t, "income", ">50K")),
    ("constant column", |_, _, t| constant(&t)),
    ("missing values gone", |_, _, t| {
        crate::adult::fill(&t, "native_country")
    }),
    ("rare group gone", |_, _, t| without(&t, "race", "Asian-Pac-Islander")),
    ("drifted group rate", |_, _, t| drifted(&t)),
];

pub(crate) fn integers(table: &Table, name: &str, change: impl FnOnce(&mut Vec<i64>)) -> Table {
    with_column(table, name, |column| {
        let Column::Integer(values) = column else {
            panic!("not an integer")
        };
        change(values);
    })
}

pub(crate) fn words(table: &Table, name: &str, change: impl Fn(usize, &str) -> String) -> Table {
    with_column(table, name, |column| {
        let Column::Text(text) = column else { panic!("not text") };
        let cells: Vec<Option<String>> = (0..text.codes.len())
            .map(|row| text.get(row).map(|word| change(row, word)))
            .collect();
        *text = TextColumn::from_cells(cells.iter().map(Option::as_deref));
    })
}

pub(crate) fn shuffled(table: &Table) -> Table {
    let columns = table.columns().iter().enumerate().map(|(i, column)| {
        let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
        Seed::new(9).stream(i as u64, 0).shuffle(&mut rows);
        column.take(&rows)
    });
    Table::new(table.shared_schema(), columns.collect()).unwrap()
}

pub(crate) fn moved(mut table: Table) -> Table {
    for name in [
        "age",
        "fnlwgt",
        "education_num",
        "capital_gain",
        "capital_loss",
        "hours_per_week",
    ] {
        table = integers(&table, name, |values| values.iter_mut().for_each(|v| *v += 1000));
    }
    table
}

/// Two categories of one column change places.
fn swapped(table: &Table) -> Table {
    words(table, "education", |_, word| {
        match word {
            "HS-grad" => "Some-college",
            "Some-college" => "HS-grad",
            other => other,
        }
        .to_owned()
    })
}

/// Sex decides fnlwgt: women have the odd hundreds.
pub(crate) fn proxy(table: &Table) -> Table {
    let sex = table.by_name("sex").unwrap().clone();
    let mut weights = table.by_name("fnlwgt").unwrap().numbers();
    weights.sort_by(f64::total_cmp);
    let women = (0..table.rows())
        .filter(|&row| sex.value(row).to_string() == "Female")
        .count();
    // The smallest weights go to women, in the order of rows.
    let mut places = [0, women];
    integers(table, "fnlwgt", |values| {
        for (row, value) in values.iter_mut().enumerate() {
            let side = usize::from(sex.value(row).to_string() != "Female");
            *value = weights[places[side]] as i64;
            places[side] += 1;
        }
    })
}

/// Occupation is shuffled by itself.
fn lost(table: &Table) -> Table {
    with_column(table, "occupation", |column| {
        let mut rows: Vec<u32> = (0..column.len() as u32).collect();
        Seed::new(4).stream(0, 0).shuffle(&mut rows);
        *column = column.take(&rows);
    })
}

/// One row in twenty is one of `from`.
fn copied(table: &Table, from: &Table) -> Table {
    let copies = table.rows() / 20;
    let mut table = table.take(&(copies as u32..table.rows() as u32).collect::<Vec<_>>());
    table
        .append(&from.take(&(0..copies as u32).collect::<Vec<_>>()))
        .unwrap();
    table
}

/// One row in a hundred is another row with the other label.
fn contradicting(table: &Table) -> Table {
    let copies = table.rows() / 100;
    let turned = words(
        &table.take(&(0..copies as u32).collect::<Vec<_>>()),
        "income",
        |_, word| if word == ">50K" { "<=50K" } else { ">50K" }.to_owned(),
    );
    let mut table = table.take(&(0..(table.rows() - copies) as u32).collect::<Vec<_>>());
    table.append(&turned).unwrap();
    table
}

/// Rows with one value are replaced by others.
pub(crate) fn without(table: &Table, name: &str, value: &str) -> Table {
    let column = table.by_name(name).unwrap();
    let kept: Vec<u32> = (0..table.rows() as u32)
        .filter(|&row| column.value(row as usize).to_string() != value)
        .collect();
    let rows: Vec<u32> = (0..table.rows()).map(|row| kept[row % kept.len()]).collect();
    table.take(&rows)
}

fn constant(table: &Table) -> Table {
    with_column(table, "marital_status", |column| {
        let Column::Text(text) = column else { panic!("not text") };
        let first = *text.codes.iter().find(|c| **c != MISSING_CODE).unwrap();
        text.codes.fill(first);
    })
}

/// A fifth of the women have a high income that had not.
fn drifted(table: &Table) -> Table {
    let sex = table.by_name("sex").unwrap().clone();
    words(table, "income", |row, word| {
        let chosen = row % 5 == 0 && sex.value(row).to_string() == "Female";
        if chosen { ">50K".to_owned() } else { word.to_owned() }
    })
}
