//! Planted parts are found, and tables that are merely alike are not.

use super::*;
use plenish_table::{Column, ColumnSchema, ColumnType, Schema, Seed, TextColumn};

/// Rows of three columns, the last of which has so many values.
fn table(rows: usize, values: u64, seed: u64) -> Table {
    let mut stream = Seed::new(seed).stream(0, 0);
    let mut draw = |below: u64| (0..rows).map(|_| stream.below(below) as i64).collect::<Vec<_>>();
    let (a, b, c) = (draw(10), draw(4), draw(values));
    let texts: Vec<String> = b.iter().map(|v| format!("b{v}")).collect();
    let schema = Schema::new(vec![
        ColumnSchema::new("a", ColumnType::Integer),
        ColumnSchema::new("b", ColumnType::Text),
        ColumnSchema::new("c", ColumnType::Integer),
    ]);
    let text = TextColumn::from_cells(texts.iter().map(|t| Some(t.as_str())));
    Table::new(
        schema.unwrap(),
        vec![Column::Integer(a), Column::Text(text), Column::Integer(c)],
    )
    .unwrap()
}

fn part(table: &Table, step: usize) -> Table {
    table.take(&(0..table.rows() as u32).step_by(step).collect::<Vec<_>>())
}

fn found(charged: &Table, asked: &Table) -> Vec<Relative> {
    let folder = tempfile::tempdir().unwrap();
    let register = Register::open(folder.path()).unwrap();
    register.enter("first", register.sketch(charged, "then")).unwrap();
    register.relatives("second", &register.sketch(asked, "now")).unwrap()
}

#[test]
fn parts_under_another_name_are_found() {
    let whole = table(4_000, 1_000_000, 1);
    let [relative] = found(&whole, &part(&whole, 5)).try_into().unwrap();
    assert!(relative.data_set == "first" && relative.share > 0.99, "{relative:?}");
    assert!(relative.to_string().contains("already charged under the name 'first'"));
    // The other way round: first a part, then all of it.
    let [relative] = found(&part(&whole, 5), &whole).try_into().unwrap();
    assert!(relative.share < 0.3 && relative.of_theirs > 0.99, "{relative:?}");
    assert!(
        relative.to_string().starts_with("this table holds most of the rows"),
        "{relative}"
    );
    // With as many rows of others among them that a third is shared, it is no longer most of them.
    let mut mixed = part(&whole, 5);
    mixed.append(&table(1_600, 1_000_000, 9)).unwrap();
    assert_eq!(found(&table(4_000, 1_000_000, 1), &mixed), []);
}

#[test]
fn other_rows_of_the_same_kind_are_not() {
    // Hardly any row twice; every other row twice by chance; all rows among 80 possible ones.
    for values in [1_000_000, 50, 2] {
        assert_eq!(
            found(&table(3_000, values, 1), &table(3_000, values, 2)),
            [],
            "{values}"
        );
        assert_eq!(found(&table(3_000, values, 1), &table(300, values, 2)), [], "{values}");
    }
}

/// Tables larger than a sketch are compared by their samples.
#[test]
fn large_tables_are_sampled() {
    let whole = table(200_000, 1_000_000_000, 1);
    let [relative] = found(&whole, &part(&whole, 20)).try_into().unwrap();
    assert!(relative.share > 0.95, "{relative:?}");
    assert_eq!(found(&whole, &table(10_000, 1_000_000_000, 2)), []);
}

/// A part may be read with other types, and in another order of columns.
#[test]
fn types_and_order_of_columns_do_not_matter() {
    let whole = table(1_000, 1_000_000, 1);
    let texts: Vec<String> = whole.column(2).numbers().iter().map(|v| format!("{v}")).collect();
    let schema = Schema::new(vec![
        ColumnSchema::new("c", ColumnType::Text),
        ColumnSchema::new("b", ColumnType::Text),
        ColumnSchema::new("a", ColumnType::Real),
    ]);
    let text = TextColumn::from_cells(texts.iter().map(|t| Some(t.as_str())));
    let columns = vec![
        Column::Text(text),
        whole.column(1).clone(),
        Column::Real(whole.column(0).numbers()),
    ];
    let other = Table::new(schema.unwrap(), columns).unwrap();
    assert!(found(&whole, &other)[0].share > 0.99);
}

/// The same name is no news, nothing is kept twice, and nobody else may look.
#[test]
fn the_register_is_the_owners() {
    let folder = tempfile::tempdir().unwrap();
    let register = Register::open(folder.path()).unwrap();
    let rows = table(500, 1_000_000, 1);
    let sketch = register.sketch(&rows, "then");
    register.enter("first", sketch.clone()).unwrap();
    let length = || {
        std::fs::metadata(folder.path().join(".trusted/first.json"))
            .unwrap()
            .len()
    };
    let before = length();
    register.enter("first", register.sketch(&rows, "later")).unwrap();
    assert_eq!(length(), before);
    assert_eq!(register.relatives("first", &sketch).unwrap(), []);
    assert!(register.enter("../first", sketch).is_err());
    // Another register has another key: its hashes tell nothing about this one's.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Register::open(elsewhere.path()).unwrap();
    assert_ne!(
        other.sketch(&rows, "then").hashes,
        register.sketch(&rows, "then").hashes
    );
    assert_eq!(
        Register::open(folder.path()).unwrap().sketch(&rows, "then"),
        register.sketch(&rows, "then")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for (name, wanted) in [("", 0o700), ("key", 0o600), ("first.json", 0o600)] {
            let mode = std::fs::metadata(folder.path().join(".trusted").join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, wanted, "{name}");
        }
    }
    std::fs::write(folder.path().join(".trusted/first.json"), "{").unwrap();
    assert!(
        register
            .relatives("second", &register.sketch(&rows, "now"))
            .unwrap_err()
            .to_string()
            .contains("damaged")
    );
}
