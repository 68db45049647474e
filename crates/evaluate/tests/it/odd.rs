//! No table makes the evaluation or the experiment panic, or gives a figure that JSON cannot hold.

use plenish_evaluate::{
    Augmentation, Criteria, Evaluation, Experiment, Inputs, Purpose, Question, evaluate, experiment, judge,
};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Context, MISSING_BOOLEAN, MISSING_DATE, MISSING_INTEGER, Schema, Seed, Table,
    TextColumn,
};
use proptest::prelude::*;
use std::sync::Arc;

/// A table of every type from raw draws; one draw in eight is a missing cell.
fn table(draws: &[[u16; 6]], extreme: bool) -> Table {
    let names = ["flag", "count", "size", "word", "day", "at"];
    let columns = names.iter().zip(ColumnType::ALL).map(|(name, kind)| {
        let mut column = ColumnSchema::new(*name, kind);
        column.missing = true;
        column
    });
    let schema = Arc::new(Schema::new(columns.collect()).unwrap());
    let big = if extreme { 1_i64 << 50 } else { 1 };
    let cell = |c: usize| {
        draws
            .iter()
            .map(move |d| (d[c] % 8 != 0).then_some(i64::from(d[c] / 8 % 40)))
    };
    let words: Vec<Option<String>> = cell(3).map(|v| v.map(|v| format!("w{}", v % 7))).collect();
    Table::new(
        schema,
        vec![
            Column::Boolean(cell(0).map(|v| v.map_or(MISSING_BOOLEAN, |v| (v % 2) as u8)).collect()),
            Column::Integer(cell(1).map(|v| v.map_or(MISSING_INTEGER, |v| (v - 20) * big)).collect()),
            Column::Real(
                cell(2)
                    .map(|v| v.map_or(f64::NAN, |v| (v - 20) as f64 * if extreme { 1e300 } else { 0.1 }))
                    .collect(),
            ),
            Column::Text(TextColumn::from_cells(words.iter().map(Option::as_deref))),
            Column::Date(cell(4).map(|v| v.map_or(MISSING_DATE, |v| v as i32)).collect()),
            Column::Timestamp(cell(5).map(|v| v.map_or(MISSING_INTEGER, |v| v * big)).collect()),
        ],
    )
    .unwrap()
}

fn draws(rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<[u16; 6]>> {
    proptest::collection::vec(any::<[u16; 6]>(), rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_tables_are_evaluated(a in draws(10..40), b in draws(10..40), s in draws(10..60), extreme: bool) {
        let (real, holdout, synthetic) = (table(&a, extreme), table(&b, false), table(&s, extreme));
        let inputs = Inputs { real: &real, holdout: &holdout, synthetic: &synthetic };
        let criteria = Criteria::default();
        let result = evaluate(inputs, Some("flag"), &[], &criteria, &Seed::new(1), &Context::silent()).unwrap();
        let text = serde_json::to_string(&result).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Evaluation>(&text).unwrap(), &result);
        prop_assert!(result.validity.share <= 1.0);
        prop_assert!(!judge(Purpose::Augment, &result, None, &criteria).reasons.is_empty());
    }

    #[test]
    fn any_target_is_tried_or_refused(a in draws(20..60), b in draws(50..80), s in draws(10..60), extreme: bool) {
        let (train, test, synthetic) = (table(&a, extreme), table(&b, extreme), table(&s, false));
        let protected = ["word", "day", "size"].map(str::to_owned);
        for target in ["flag", "count", "size", "word", "day"] {
            let result = experiment(&train, &test, &synthetic, &Question::new(target, &protected), Augmentation::default(), &Seed::new(1), &Context::silent());
            if let Ok(result) = result {
                let text = serde_json::to_string(&result).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Experiment>(&text).unwrap(), &result);
            }
        }
    }
}
