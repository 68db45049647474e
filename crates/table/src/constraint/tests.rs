use super::*;
use crate::{Table, TextColumn};
use proptest::prelude::*;

fn schema() -> Schema {
    let kinds = [
        ("a", ColumnType::Integer),
        ("b", ColumnType::Integer),
        ("price", ColumnType::Real),
        ("city", ColumnType::Text),
        ("two words", ColumnType::Integer),
        ("from", ColumnType::Date),
        ("to", ColumnType::Date),
    ];
    let mut columns: Vec<ColumnSchema> = kinds.map(|(name, kind)| ColumnSchema::new(name, kind)).to_vec();
    columns[2].decimals = Some(2);
    Schema::new(columns).unwrap()
}

fn table() -> Table {
    let text = |cells: &[Option<&str>]| Column::Text(TextColumn::from_cells(cells.iter().copied()));
    Table::new(
        schema(),
        vec![
            Column::Integer(vec![1, 2, i64::MIN, 4]),
            Column::Integer(vec![2, 2, 3, 3]),
            Column::Real(vec![1.5, 2.005, 3.0, f64::NAN]),
            text(&[Some("Rom"), Some("Rom"), None, Some("Oslo")]),
            Column::Integer(vec![3, 4, 3, 8]),
            Column::Date(vec![10, 20, 30, 40]),
            Column::Date(vec![11, 20, 29, 39]),
        ],
    )
    .unwrap()
}

fn read(text: &str) -> Constraint {
    Constraint::parse(text, &schema()).unwrap()
}

/// Every kind has a text form that reads back as itself.
#[test]
fn what_is_written_is_read_back() {
    for text in [
        "a <= b",
        "a < \"two words\"",
        "\"two words\" = a + b",
        "price = -0.5 * a + b - 3.25",
        "combination(city, \"two words\")",
        "city -> a",
        "unique(a, city)",
        "city matches '[A-Z]''?[a-z]+'",
        "price between 0 and 12.5",
        "a >= -3",
        "from <= '2020-01-31'",
    ] {
        assert_eq!(read(text).show(&schema()), text);
    }
    assert_eq!(read("b>=a"), read("a <= b"));
    assert_eq!(read("price = a*2 + 1 + b + 1"), read("price = 2 * a + b + 2"));
}

#[test]
fn mistakes_are_named_with_their_place() {
    let fails = |text: &str| Constraint::parse(text, &schema()).unwrap_err();
    for (text, message, position) in [
        ("a = b + ", "expected a column name, found the end", Some(9)),
        ("a = 3", "needs a column on its right side", Some(6)),
        ("a ~ b", "no meaning here", Some(3)),
        ("a <= c", "no such column", Some(6)),
        ("c <= a", "no such column", Some(1)),
        ("a < 3", "a bound takes <=", Some(5)),
        ("a = b * b", "multiplies columns with numbers only", Some(9)),
        ("a <= city", "compares integer with text", None),
        ("from < a", "compares date with integer", None),
        ("a = b + city", "values of type text", None),
        ("a = a + b", "names the column twice", None),
        ("a = 0 * b", "coefficient that is 0", None),
        ("combination(a)", "too few columns", None),
        ("a matches 'x'", "pattern of values of type integer", None),
        ("city matches '[A'", "no regular expression", None),
        ("city between 1 and 2", "range of values of type text", None),
        ("a between 9 and 2", "leaves no value", None),
        ("unique(a", "expected `,` or `)`", Some(9)),
        ("", "expected a column name", Some(1)),
    ] {
        let error = fails(text);
        assert!(error.message().contains(message), "{text}: {error}");
        assert_eq!(error.place().position, position, "{text}: {error}");
    }
}

#[test]
fn broken_rows_are_found_and_missing_cells_break_nothing() {
    let table = table();
    let broken = |text: &str| {
        let found = violations(&table, None, &[read(text)]).unwrap();
        found.first().map(|v| v.first.clone()).unwrap_or_default()
    };
    assert_eq!(broken("a <= b"), [4]);
    assert_eq!(broken("a < b"), [2, 4]);
    assert_eq!(broken("\"two words\" = a + b"), [4]);
    assert_eq!(broken("from <= to"), [3, 4]);
    assert_eq!(broken("city -> a"), [2]);
    assert_eq!(broken("city -> b"), [] as [u64; 0]);
    assert_eq!(broken("unique(b)"), [2, 4]);
    assert_eq!(broken("unique(a, city)"), [] as [u64; 0]);
    assert_eq!(broken("city matches '[A-Z]o.*'"), [4]);
    assert_eq!(broken("b between 3 and 3"), [1, 2]);
    let shown = violations(&table, None, &[read("a < b")]).unwrap()[0].to_string();
    assert_eq!(shown, "`a < b` does not hold in 2 rows: 2, 4 (a 2, b 2)");
}

/// Against real rows: only their combinations, and what follows from what is what they say.
#[test]
fn real_rows_say_what_occurs() {
    let real = table();
    let made = table().take(&[0, 1, 2, 3]);
    let check = |made: &Table, text: &str| violations(made, Some(&real), &[read(text)]).unwrap();
    assert!(check(&made, "combination(city, b)").is_empty());
    let mut columns = made.columns().to_vec();
    columns[1] = Column::Integer(vec![3, 3, 3, 2]);
    let other = Table::new(schema(), columns).unwrap();
    assert_eq!(check(&other, "combination(city, b)")[0].first, [1, 2, 4]);
    assert_eq!(check(&other, "city -> b")[0].first, [1, 2, 4]);
    assert!(violations(&other, None, &[read("city -> b")]).unwrap().is_empty());
}

#[test]
fn sums_are_rounded_to_the_decimals_of_the_total() {
    let formula = |text: &str| match read(text) {
        Constraint::Formula(f) => BoundFormula::new(&f, &schema()).unwrap(),
        _ => panic!("no formula"),
    };
    let bound = formula("price = 0.333 * b");
    let table = table();
    let column = |i: usize| table.column(i);
    assert_eq!(bound.total_of(&column, 0).unwrap().value(), 0.67);
    let large = Table::new(
        Schema::new(schema().columns[..2].to_vec()).unwrap(),
        vec![Column::Integer(vec![i64::MAX]), Column::Integer(vec![i64::MAX - 1])],
    )
    .unwrap();
    let exact = formula("a = b + 1");
    assert!(
        exact.holds(&|i: usize| large.column(i), 0),
        "whole numbers are added exactly"
    );
    let over = formula("a = 3 * b");
    assert_eq!(over.total_of(&|i: usize| large.column(i), 0), None);
}

#[test]
fn sets_that_cannot_hold_are_named() {
    let set = |texts: &[&str]| {
        let all: Vec<Constraint> = texts.iter().map(|t| read(t)).collect();
        contradiction(&all, &schema()).map(|(index, error)| (index, error.message().to_owned()))
    };
    assert_eq!(set(&["a <= b", "b <= \"two words\"", "from < to"]), None);
    let (index, message) = set(&["a = b + 1", "a = 2 * b"]).unwrap();
    assert!(index == 1 && message.contains("two formulas"), "{message}");
    let (_, message) = set(&["a = b + 1", "b = a - 1"]).unwrap();
    assert!(message.contains("depends on itself"), "{message}");
    let (_, message) = set(&["a < b", "b <= \"two words\"", "\"two words\" < a"]).unwrap();
    assert!(message.contains("circle"), "{message}");
    let (_, message) = set(&["a between 0 and 3", "a between 4 and 5"]).unwrap();
    assert!(message.contains("leaves no value"), "{message}");
}

proptest! {
    /// No text makes the reader panic, and what it reads it can write and read again.
    #[test]
    fn any_text_is_read_or_refused(text in "[ab<>=+*()\\-., \"'0-9]{0,24}|\\PC{0,30}") {
        if let Ok(constraint) = Constraint::parse(&text, &schema()) {
            let shown = constraint.show(&schema());
            prop_assert_eq!(Constraint::parse(&shown, &schema()).unwrap(), constraint, "{}", shown);
        }
    }

    /// A formula solved for one of its terms holds in the same rows.
    #[test]
    fn solving_keeps_the_meaning(rows in proptest::collection::vec((-1000_i64..1000, -1000_i64..1000), 1..20), minus: bool) {
        let text = if minus { "\"two words\" = a - b + 7" } else { "\"two words\" = a + 3 * b" };
        let Constraint::Formula(formula) = read(text) else { panic!("no formula") };
        let bound = BoundFormula::new(&formula, &schema()).unwrap();
        let solved = bound.solved_for(0, &schema()).unwrap();
        let totals = rows.iter().map(|(a, b)| if minus { a - b + 7 } else { a + 3 * b }).collect();
        let mut columns = vec![
            Column::Integer(rows.iter().map(|r| r.0).collect()),
            Column::Integer(rows.iter().map(|r| r.1).collect()),
        ];
        columns.extend([ColumnType::Real, ColumnType::Text].map(|kind| Column::all_missing(kind, rows.len())));
        columns.push(Column::Integer(totals));
        for (row, cells) in rows.iter().enumerate() {
            let column = |i: usize| &columns[i];
            prop_assert!(bound.holds(&column, row) && solved.holds(&column, row));
            prop_assert_eq!(solved.total_of(&column, row).unwrap().value(), cells.0 as f64);
        }
    }
}
