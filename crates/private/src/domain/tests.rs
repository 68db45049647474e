use super::*;
use plenish_table::{Column, Condition, Seed, Table, Test, TextColumn, Value};
use proptest::prelude::*;

const SCHEMA: &str = r#"
[columns.age]
type = "integer"
min = 17
max = 90
bins = 10
missing = false

[columns.job]
values = ["nurse", "smith"]

[columns.pay]
type = "real"
edges = [0, 10.5, 100]
decimals = 1

[columns.day]
type = "date"
min = "2020-01-01"
max = "2020-12-31"
bins = 12

[columns.member]
type = "boolean"
"#;

fn code(table: &Table, domain: &Domain) -> Result<Coded> {
    Coded::new(table, domain, &Coded::kept_rows(table, &domain.unit)?)
}

#[test]
fn a_file_tells_the_domain() {
    let domain = Domain::parse(SCHEMA).unwrap();
    assert_eq!(domain.sizes().unwrap(), [10, 4, 3, 13, 3]);
    let schema = domain.schema().unwrap();
    assert_eq!((schema.columns[0].min, schema.columns[0].max), (Some(17.0), Some(90.0)));
    assert_eq!(
        schema.columns[1].allowed.as_deref().unwrap(),
        ["nurse", "smith", "other"]
    );
}

#[test]
fn what_is_not_public_is_refused() {
    for (text, part) in [
        ("", "no columns"),
        ("[columns.a]\ntype = \"integer\"", "no public domain"),
        ("[columns.a]\ntype = \"integer\"\nmin = 3", "no public domain"),
        ("[columns.a]", "no public domain"),
        ("[columns.a]\nlearn = true", "no share of the budget"),
        (
            "learn_share = 0.1\n[columns.a]\nvalues = [\"x\"]",
            "every column has a public domain",
        ),
        ("learn_share = 2\n[columns.a]\nlearn = true", "learn_share is 2"),
        ("[columns.a]\nvalue = [\"x\"]", "no key 'value'"),
        ("[columns.a]\nvalues = [\"x\", \"x\"]", "twice"),
        (
            "[columns.a]\ntype = \"real\"\nmin = 3\nmax = 2",
            "not the ends of a range",
        ),
        ("[columns.a]\ntype = \"real\"\nedges = [3, 2]", "do not rise"),
        (
            "[columns.a]\ntype = \"real\"\nmin = 0\nmax = 1\nbins = 20000",
            "more than 10,000",
        ),
        ("[columns.a]\ntype = \"number\"", "there is no type"),
        ("person = \"a\"\n[columns.a]\nvalues = [\"x\"]", "go together"),
        (
            "person = \"a\"\nrows_per_person = 0\n[columns.b]\nvalues = [\"x\"]",
            "at least 1 row",
        ),
        (
            "person = \"b\"\nrows_per_person = 2\n[columns.b]\nvalues = [\"x\"]",
            "cannot be modelled",
        ),
        ("x = [", "not valid TOML"),
    ] {
        let error = Domain::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let schema = Schema::new(vec![ColumnSchema::new("a", ColumnType::Integer)]).unwrap();
    assert!(
        Domain::from_schema(&schema, 10)
            .unwrap_err()
            .to_string()
            .contains("no public domain")
    );
}

/// Cells of every type, also ones that a reader took for another type, find their state; none is an error.
#[test]
fn unforeseen_cells_are_clipped_or_other() {
    let domain = Domain::parse(SCHEMA).unwrap();
    let text = |cells: &[Option<&str>]| Column::Text(TextColumn::from_cells(cells.iter().copied()));
    let schema = Schema::new(vec![
        ColumnSchema::new("age", ColumnType::Real),
        ColumnSchema::new("job", ColumnType::Text),
        ColumnSchema::new("pay", ColumnType::Integer),
        ColumnSchema::new("day", ColumnType::Text),
        ColumnSchema::new("member", ColumnType::Integer),
    ])
    .unwrap();
    let table = Table::new(
        schema,
        vec![
            Column::Real(vec![-5.0, 1e300, f64::NAN, 20.0]),
            text(&[Some("smith"), Some("king"), None, Some("nurse")]),
            Column::Integer(vec![-1, 11, 1000, plenish_table::MISSING_INTEGER]),
            text(&[Some("1990-01-01"), Some("2020-02-01"), Some("soon"), None]),
            Column::Integer(vec![0, 1, 7, 0]),
        ],
    )
    .unwrap();
    let coded = code(&table, &domain).unwrap();
    assert_eq!(coded.columns[0], [0, 9, 0, 0]);
    assert_eq!(coded.columns[1], [1, 2, 3, 0]);
    assert_eq!(coded.columns[2], [0, 1, 1, 2]);
    assert_eq!(coded.columns[3], [0, 1, 12, 12]);
    assert_eq!(coded.columns[4], [0, 1, 2, 0]);
    assert!(code(&table.select(&[0, 1]), &domain).is_err());
}

#[test]
fn rows_of_a_person_beyond_the_bound_do_not_count() {
    let domain = Domain::parse("person = \"who\"\nrows_per_person = 2\n[columns.x]\nvalues = [\"a\", \"b\"]").unwrap();
    let who = ["p", "q", "p", "p", "q", "r"];
    let x = ["a", "b", "b", "a", "b", "a"];
    let table = Table::new(
        Schema::new(vec![
            ColumnSchema::new("who", ColumnType::Text),
            ColumnSchema::new("x", ColumnType::Text),
        ])
        .unwrap(),
        [who, x]
            .map(|c| Column::Text(TextColumn::from_cells(c.map(Some))))
            .to_vec(),
    )
    .unwrap();
    let coded = code(&table, &domain).unwrap();
    assert_eq!(coded.columns, [[0, 1, 1, 1, 0]]);
    assert_eq!(coded.rows, 5);
}

proptest! {
    /// A value drawn from a state belongs to that state, and satisfies the condition it was drawn under; the share
    /// of accepted values is what counting them gives.
    #[test]
    fn drawn_values_belong_to_their_state(seed: u64, low in -50_i64..50, span in 1_i64..300, bins in 1_usize..20, at in -60_i64..300, kind in 0..5) {
        let states = States::even(ColumnType::Integer, low as f64, (low + span) as f64, bins).unwrap();
        let axis = Axis { column: ColumnSchema::new("x", ColumnType::Integer), states: Some(states), bins, missing: true, origin: Origin::Declared };
        axis.check().unwrap();
        let value = Value::Integer(at);
        let test = match kind {
            0 => Test::Compare(Comparison::Less, value),
            1 => Test::Compare(Comparison::GreaterOrEqual, value),
            2 => Test::NotIn(vec![value, Value::Integer(at + 3), Value::Integer(low)]),
            3 => Test::In(vec![Value::Integer(at + 3), value]),
            _ => Test::Present,
        };
        let accepted = Accepted::new(&axis, &[&test]);
        for state in 0..axis.size().unwrap() {
            let all: Vec<Value> = (0..axis.steps(state)).map(|s| axis.value(state, s)).collect();
            let open = all.iter().filter(|v| test.accepts(v)).count();
            prop_assert_eq!(accepted.weights()[state], open as f64 / all.len() as f64);
            if open > 0 {
                let column = axis.decode(&[state as u16; 5], &accepted, |row| Seed::new(seed).stream(row as u64, 0));
                for row in 0..5 {
                    prop_assert!(test.accepts(&column.value(row)));
                }
                prop_assert_eq!(axis.encode(&column), vec![state as u16; 5]);
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[columns\\.a\\]\n)?(type|min|max|bins|values|edges) = .{0,20}\n?.{0,30}") {
        let _ = Domain::parse(&text);
    }
}

#[test]
fn conditions_on_text_and_missing_are_by_state() {
    let domain = Domain::parse(SCHEMA).unwrap();
    let schema = domain.schema().unwrap();
    let condition = Condition::parse("job != 'smith' and pay > 50", &schema).unwrap();
    let job = Accepted::new(&domain.axes[1], &[&condition.terms[0].test]);
    assert_eq!(job.weights(), [1.0, 0.0, 1.0, 0.0]);
    let pay = Accepted::new(&domain.axes[2], &[&condition.terms[1].test]);
    assert!(pay.weights()[0] == 0.0 && (pay.weights()[1] - 50.0 / 89.5).abs() < 1e-3 && pay.weights()[2] == 0.0);
}

use plenish_table::Comparison;
