//! Constraints hold in every row that any generator makes, and survive saving.

use plenish_synth::{Ask, Model, Preset, Settings, generator, generators, open, save};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Constraint, Context, MISSING_INTEGER, Role, Schema, Seed, Table,
    TextColumn, schema_violations, violations,
};
use proptest::prelude::*;

pub(crate) const ALL: [&str; 9] = [
    "total = first + second",
    "price = 0.5 * first + 1.25",
    "start <= end",
    "end < due",
    "combination(city, state)",
    "carrier -> name",
    "name -> country",
    "unique(number)",
    "code matches '[A-Z]{2}-[0-9]{3}'",
];

/// A table in which all of [`ALL`] hold; `bits` decide everything else.
pub(crate) fn table(rows: usize, bits: u64) -> Table {
    let mut stream = Seed::new(bits).derive("constrained table").stream(0, 0);
    let mut below = |n: u64| stream.below(n) as i64;
    let mut numbers: Vec<Vec<i64>> = vec![Vec::new(); 7];
    let (mut price, mut texts): (Vec<f64>, Vec<Vec<Option<String>>>) = (Vec::new(), vec![Vec::new(); 6]);
    for row in 0..rows {
        let (first, second) = (below(40), below(300) + 3);
        let gone = below(12) == 0;
        numbers[0].push(if gone { MISSING_INTEGER } else { first });
        numbers[1].push(second);
        // The total is missing where a part is, and sometimes for no reason.
        let lost = gone || below(9) == 0;
        numbers[2].push(if lost { MISSING_INTEGER } else { first + second });
        price.push(if gone { f64::NAN } else { first as f64 * 0.5 + 1.25 });
        let start = below(50);
        let end = start + below(20);
        numbers[3].push(start);
        numbers[4].push(end);
        numbers[5].push(end + 1 + below(9));
        numbers[6].push(10_000 + 7 * row as i64);
        let place = below(40).min(below(40));
        texts[0].push(Some(format!("city {place}")));
        texts[1].push(if place == 7 {
            None
        } else {
            Some(format!("state {}", place % 5))
        });
        let carrier = below(30).min(below(30));
        let code = (below(25) > 0).then(|| format!("c{carrier}"));
        let name = (code.is_some() && carrier != 3).then(|| format!("name {}", carrier / 2));
        texts[4].push(name.as_ref().map(|_| format!("country {}", carrier / 6)));
        texts[3].push(name);
        texts[2].push(code);
        texts[5].push(Some(format!(
            "{}B-{:03}",
            char::from(b'A' + (row % 26) as u8),
            row % 1000
        )));
    }
    let names = ["first", "second", "total", "start", "end", "due", "number"];
    let mut columns: Vec<ColumnSchema> = names.map(|n| ColumnSchema::new(n, ColumnType::Integer)).to_vec();
    columns[0].missing = true;
    columns[2].missing = true;
    let mut cells: Vec<Column> = numbers.into_iter().map(Column::Integer).collect();
    columns.push(ColumnSchema {
        decimals: Some(2),
        missing: true,
        ..ColumnSchema::new("price", ColumnType::Real)
    });
    cells.push(Column::Real(price));
    for (name, text) in ["city", "state", "carrier", "name", "country", "code"]
        .into_iter()
        .zip(texts)
    {
        columns.push(ColumnSchema {
            missing: text.iter().any(Option::is_none),
            role: if name == "code" {
                Role::Identifier
            } else {
                Role::Feature
            },
            ..ColumnSchema::new(name, ColumnType::Text)
        });
        cells.push(Column::Text(TextColumn::from_cells(text.iter().map(Option::as_deref))));
    }
    for (column, cells) in columns.iter_mut().zip(&cells).take(8) {
        let present: Vec<f64> = cells.numbers().into_iter().filter(|v| !v.is_nan()).collect();
        column.min = present.iter().copied().reduce(f64::min);
        column.max = present.iter().copied().reduce(f64::max);
    }
    Table::new(Schema::new(columns).unwrap(), cells).unwrap()
}

fn settings(schema: &Schema, texts: &[&str], condition_on: &[&str]) -> Settings {
    Settings {
        preset: Preset::Fast,
        condition_on: condition_on.iter().map(|&c| c.to_owned()).collect(),
        constraints: texts.iter().map(|t| Constraint::parse(t, schema).unwrap()).collect(),
        ..Settings::default()
    }
}

pub(crate) fn fit(engine: &str, table: &Table, texts: &[&str], condition_on: &[&str]) -> Box<dyn Model> {
    let settings = settings(table.schema(), texts, condition_on);
    let engine = generator(engine).unwrap();
    engine.fit(table, &settings, &Seed::new(1), &Context::silent()).unwrap()
}

fn refused(table: &Table, texts: &[&str]) -> String {
    let settings = settings(table.schema(), texts, &[]);
    let engine = generator("independent").unwrap();
    let error = engine
        .fit(table, &settings, &Seed::new(1), &Context::silent())
        .unwrap_err();
    error.to_string()
}

fn make(model: &dyn Model, condition: &str, units: std::ops::Range<u64>) -> plenish_table::Result<Table> {
    let mut ask = Ask::default();
    if !condition.is_empty() {
        ask.condition = Condition::parse(condition, model.schema())?;
    }
    model.generate(&ask, units, &Seed::new(3), &Context::silent())
}

/// No constraint is broken, no cell leaves its range, and the condition holds.
pub(crate) fn check(real: &Table, made: &Table, texts: &[&str], condition: &str) {
    let set: Vec<Constraint> = texts
        .iter()
        .map(|t| Constraint::parse(t, real.schema()).unwrap())
        .collect();
    let broken = violations(made, Some(real), &set).unwrap();
    assert!(broken.is_empty(), "{condition}: {}", broken[0]);
    assert!(violations(made, None, &set).unwrap().is_empty());
    assert_eq!(schema_violations(made), []);
    if !condition.is_empty() {
        let condition = Condition::parse(condition, real.schema()).unwrap();
        assert!(condition.mask(made).unwrap().iter().all(|held| *held), "{condition}");
    }
}

/// The same cells, whatever the order of dictionaries.
pub(crate) fn same(a: &Table, b: &Table) {
    assert_eq!((a.schema(), a.rows()), (b.schema(), b.rows()));
    for ((a_cells, b_cells), column) in a.columns().iter().zip(b.columns()).zip(&a.schema().columns) {
        let other = (0..a.rows()).find(|&row| a_cells.value(row) != b_cells.value(row));
        assert!(other.is_none(), "'{}' differs in row {other:?}", column.name);
    }
}

#[test]
fn all_kinds_hold_in_every_row_of_every_generator() {
    let real = table(700, 1);
    for engine in generators() {
        let model = fit(engine.name(), &real, &ALL, &[]);
        let made = make(model.as_ref(), "", 0..700).unwrap();
        assert_eq!(made.schema(), real.schema());
        check(&real, &made, &ALL, "");
        // Gaps are kept, also those of the columns that were left out.
        for (name, low, high) in [
            ("total", 0.1, 0.3),
            ("carrier", 0.01, 0.09),
            ("name", 0.03, 0.3),
            ("state", 0.01, 0.1),
        ] {
            let share = made.by_name(name).unwrap().missing_count() as f64 / 700.0;
            assert!((low..high).contains(&share), "{name}: {share}");
        }
        // Every range of rows is a slice of the whole, and a saved model is the same model.
        let read = open(&save(model.as_ref()).unwrap()).unwrap();
        assert_eq!(read.generator(), engine.name());
        assert_eq!(read.constraints(), model.constraints());
        for (start, end) in [(0, 1), (123, 456), (699, 700), (50, 50)] {
            let wanted: Vec<u32> = (start..end).collect();
            same(
                &make(read.as_ref(), "", start.into()..end.into()).unwrap(),
                &made.take(&wanted),
            );
        }
    }
}

/// Conditions on columns that are merged, looked up and calculated, alone and together.
#[test]
fn conditions_hold_on_columns_that_are_left_out() {
    let real = table(900, 2);
    let texts: Vec<&str> = ALL.iter().copied().filter(|t| !t.starts_with("unique")).collect();
    let model = fit("independent", &real, &texts, &[]);
    for condition in [
        "name = 'name 2'",
        "name in ('name 2', 'name 4') and carrier != 'c4'",
        "country = 'country 1' and city != 'city 1'",
        "state = 'state 2'",
        "state is missing",
        "total > 250",
        "total between 100 and 110 and first > 20",
        "price = 3.25",
        "price is missing",
        "start > 30 and due < 45",
        "total > 300 and country = 'country 0' and state = 'state 1'",
    ] {
        let made = make(model.as_ref(), condition, 0..3000).unwrap_or_else(|e| panic!("{condition}: {e}"));
        check(&real, &made, &texts, condition);
        let part = make(model.as_ref(), condition, 1000..1100).unwrap();
        same(&part, &made.take(&(1000..1100).collect::<Vec<u32>>()));
        let codes = made.by_name("code").unwrap();
        assert_eq!(
            plenish_table::value_codes(&[codes]).1,
            3000,
            "identifiers repeat under {condition}"
        );
    }
    let chain = fit("chain", &real, &texts, &["name", "state", "total"]);
    for condition in ["total > 250 and state = 'state 2'", "name = 'name 2'", "total = 60"] {
        let made = make(chain.as_ref(), condition, 0..2000).unwrap_or_else(|e| panic!("{condition}: {e}"));
        check(&real, &made, &texts, condition);
    }
    let named = chain.summary().condition_on;
    let wanted = ["city", "state", "carrier", "name"];
    assert!(wanted.iter().all(|c| named.iter().any(|n| n == c)), "{named:?}");
}

#[test]
fn conditions_against_a_constraint_name_both() {
    let real = table(600, 3);
    let model = fit("independent", &real, &ALL, &[]);
    for (condition, constraint) in [
        ("city = 'city 1' and state = 'state 2'", "city + state"),
        ("carrier = 'c4' and name = 'name 9'", "`carrier -> name`"),
        ("total > 200 and first > 0 and second < 100", "`total = first + second`"),
        ("start > 40 and end < 30", "`start <= end`"),
        ("number > 10100", "`unique(number)`"),
    ] {
        let error = make(model.as_ref(), condition, 0..10).unwrap_err();
        assert_eq!(error.kind(), plenish_table::Kind::Usage);
        let error = error.to_string();
        assert!(error.contains(constraint), "{condition}: {error}");
    }
    // Possible by the ranges of single columns, but not to be found: it ends, and says so.
    let rare = make(model.as_ref(), "total = 342 and first = 0", 0..10)
        .unwrap_err()
        .to_string();
    assert!(
        rare.contains("contradicts") || rare.contains("too rare to be found"),
        "{rare}"
    );
}

#[test]
fn data_that_breaks_a_constraint_is_refused_with_its_rows() {
    let mut real = table(100, 4);
    let mut columns = real.columns().to_vec();
    if let Column::Integer(v) = &mut columns[1] {
        v[41] += 1;
        v[77] -= 1;
    }
    real = Table::new(real.shared_schema(), columns).unwrap();
    let error = refused(&real, &["total = first + second"]);
    assert!(error.contains("does not hold in"), "{error}");
    assert!(error.contains("42") || error.contains("78"), "{error}");
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let real = table(200, 5);
    for (texts, message) in [
        (&["unique(first, second)"][..], "no column of it is unique by itself"),
        (&["combination(number, city)"], "is one of a kind in 200 of 200 rows"),
        (&["number -> city", "unique(number)"], "beside unique values"),
        (&["combination(code, city)"], "its role is identifier"),
        (
            &["total = first + second", "total = second + first"],
            "two formulas for one column",
        ),
        (&["start <= end", "end <= start"], "circle of inequalities"),
        (&["nowhere <= end"], "no such column"),
    ] {
        let mut set = settings(real.schema(), &[], &[]);
        let parsed: plenish_table::Result<Vec<Constraint>> =
            texts.iter().map(|t| Constraint::parse(t, real.schema())).collect();
        let error = match parsed {
            Err(error) => error,
            Ok(parsed) => {
                set.constraints = parsed;
                let engine = generator("independent").unwrap();
                match engine.fit(&real, &set, &Seed::new(1), &Context::silent()) {
                    Err(error) => error,
                    Ok(_) => panic!("{texts:?} was not refused"),
                }
            }
        };
        assert!(error.to_string().contains(message), "{texts:?}: {error}");
    }
    // More rows than there are different values.
    let model = fit("independent", &real, &["unique(number)"], &[]);
    let error = make(model.as_ref(), "", 0..201).unwrap_err().to_string();
    assert!(error.contains("only 200 different values"), "{error}");
}

/// What a plan for constraints cannot pass on to the generator is refused, not ignored.
#[test]
fn asks_that_constraints_stand_against_are_refused() {
    let real = table(300, 6);
    let texts = ["combination(city, state)", "carrier -> name"];
    let model = fit("chain", &real, &texts, &["start"]);
    let refused = |ask: Ask| {
        let made = model.generate(&ask, 0..10, &Seed::new(1), &Context::silent());
        made.unwrap_err().to_string()
    };
    let distribution = |text: &str| Ask {
        distributions: vec![plenish_synth::Distribution::parse(text, real.schema(), |_| Ok(None)).unwrap()],
        ..Ask::default()
    };
    assert!(refused(distribution("city:city 0=0.5,city 1=0.5")).contains("`combination(city, state)`"));
    // A column that no constraint binds is the generator's own.
    let free = distribution("start:3=0.5,7=0.5");
    let made = model
        .generate(&free, 0..100, &Seed::new(1), &Context::silent())
        .unwrap();
    let threes = made
        .by_name("start")
        .unwrap()
        .numbers()
        .iter()
        .filter(|v| **v == 3.0)
        .count();
    assert_eq!(threes, 50);
    check(&real, &made, &texts, "");
}

/// A rare value keeps what follows from it, and a damaged plan is refused.
#[test]
fn rare_values_keep_their_dependents() {
    let words = |f: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (0..300).map(f).collect();
        Column::Text(TextColumn::from_cells(cells.iter().map(|c| Some(c.as_str()))))
    };
    let code = |i: usize| if i < 260 { i % 4 } else { i };
    let schema = Schema::new(
        ["code", "label"]
            .map(|n| ColumnSchema::new(n, ColumnType::Text))
            .to_vec(),
    )
    .unwrap();
    let columns = vec![
        words(&|i| format!("c{}", code(i))),
        words(&|i| format!("label of {}", code(i))),
    ];
    let real = Table::new(schema, columns).unwrap();
    for engine in generators() {
        let model = fit(engine.name(), &real, &["code -> label"], &[]);
        let made = make(model.as_ref(), "", 0..2000).unwrap();
        check(&real, &made, &["code -> label"], "");
        let condition = "label in ('label of 270', 'label of 271')";
        let engine = fit("independent", &real, &["code -> label"], &[]);
        check(
            &real,
            &make(engine.as_ref(), condition, 0..300).unwrap(),
            &["code -> label"],
            condition,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// On random tables, any subset of the kinds holds in every generated row, for every generator, in
    /// any range of rows.
    #[test]
    fn any_set_of_constraints_holds(bits: u64, chosen in proptest::collection::vec(any::<bool>(), ALL.len()), start in 0_u64..100) {
        let real = table(150, bits);
        let texts: Vec<&str> = ALL.iter().zip(&chosen).filter(|(_, c)| **c).map(|(t, _)| *t).collect();
        for engine in generators() {
            let model = fit(engine.name(), &real, &texts, &[]);
            let made = make(model.as_ref(), "", 0..150).unwrap();
            check(&real, &made, &texts, "");
            let part = make(model.as_ref(), "", start..start + 40).unwrap();
            same(&part, &made.take(&(start as u32..start as u32 + 40).collect::<Vec<u32>>()));
        }
    }
}
