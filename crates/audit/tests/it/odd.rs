//! Input that means nothing is refused; input that is odd is not.

use crate::data::parts;
use plenish_audit::{Audit, AuditCriteria, Inputs, Question, audit};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Result, Schema, Seed, Stream, Table, TextColumn};
use proptest::prelude::*;

fn run(tables: [&Table; 3], question: &Question) -> Result<Audit> {
    let inputs = Inputs {
        train: tables[0],
        holdout: tables[1],
        synthetic: tables[2],
        model: None,
    };
    audit(
        &inputs,
        question,
        &AuditCriteria::default(),
        &Seed::new(1),
        &Context::silent(),
    )
}

fn refused(tables: [&Table; 3], question: &Question) -> String {
    run(tables, question).unwrap_err().to_string()
}

#[test]
fn what_means_nothing_is_refused() {
    let [train, holdout, synthetic] = parts([300, 300, 300], 9);
    let question = Question::default();
    let few = holdout.take(&(0..99).collect::<Vec<_>>());
    assert!(refused([&train, &few, &synthetic], &question).contains("the holdout table has 99 rows"));
    let said = refused([&train, &train, &synthetic], &question);
    assert!(
        said.contains("300 of 300 rows of the holdout are training rows"),
        "{said}"
    );
    let all: Vec<usize> = (0..train.columns().len() - 1).collect();
    assert!(refused([&train, &holdout, &synthetic.select(&all)], &question).contains("the synthetic table lacks"));
    let named = |keys: &[&str]| Question {
        keys: keys.iter().map(|&k| k.to_owned()).collect(),
        ..Question::default()
    };
    assert!(refused([&train, &holdout, &synthetic], &named(&["nothing"])).contains("there is no such column"));
    let names: Vec<&str> = train.schema().columns.iter().map(|c| c.name.as_str()).collect();
    assert!(refused([&train, &holdout, &synthetic], &named(&names)).contains("the keys are all columns"));
    let one = train.select(&[0]);
    assert!(refused([&one, &one, &one], &question).contains("one column"));
}

/// Only the keys are known, and only other columns are guessed.
#[test]
fn keys_are_what_is_known() {
    let [train, holdout, synthetic] = parts([300, 300, 300], 10);
    let question = Question {
        keys: vec!["sex".to_owned(), "age".to_owned()],
        ..Question::default()
    };
    let audit = run([&train, &holdout, &synthetic], &question).unwrap();
    assert_eq!(audit.attribute.known, ["age", "sex"]);
    let guessed: Vec<&str> = audit.attribute.columns.iter().map(|c| c.column.as_str()).collect();
    assert!(guessed.len() == train.columns().len() - 2 && !guessed.contains(&"age"));
    assert_eq!(audit.linkability.divisions, [["age", "sex"]]);
}

/// Training rows that differ from the holdout by themselves are told of.
#[test]
fn parts_that_differ_are_not_alike() {
    let [rows, synthetic] = parts([6_000, 1_000], 11);
    let sex = rows.by_name("sex").unwrap();
    let (men, women): (Vec<u32>, Vec<u32>) = (0..6_000).partition(|&row| sex.value(row as usize).to_string() == "Male");
    let audit = run([&rows.take(&men), &rows.take(&women), &synthetic], &Question::default()).unwrap();
    assert!(!audit.control.alike && audit.control.auc > 0.9);
}

/// The answer is the same bytes on any number of threads, and can be read back.
#[test]
fn the_same_seed_gives_the_same_bytes() {
    let [train, holdout, synthetic] = parts([300, 250, 280], 12);
    let question = Question {
        protected: vec!["race".to_owned()],
        ..Question::default()
    };
    let once = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let audit = pool.install(|| run([&train, &holdout, &synthetic], &question)).unwrap();
        serde_json::to_string(&audit).unwrap()
    };
    let (one, three) = (once(1), once(3));
    assert_eq!(one, three);
    let back: Audit = serde_json::from_str(&one).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), one);
}

/// A table of columns that are constant, all missing, all different, or of few values.
fn odd(rows: usize, kinds: &[u8], stream: &mut Stream) -> Table {
    let names = (0..kinds.len()).map(|place| format!("c{place}"));
    let columns: Vec<Column> = kinds
        .iter()
        .map(|kind| match kind {
            0 => Column::Integer(vec![7; rows]),
            1 => Column::all_missing(ColumnType::Real, rows),
            2 => Column::Real((0..rows).map(|_| stream.uniform() * 1e300).collect()),
            3 => Column::Boolean((0..rows).map(|_| stream.below(2) as u8).collect()),
            4 => {
                let words: Vec<String> = (0..rows).map(|_| format!("w{}", stream.below(400))).collect();
                Column::Text(TextColumn::from_cells(words.iter().map(|w| Some(w.as_str()))))
            }
            _ => Column::Integer((0..rows).map(|_| stream.below(5) as i64 - (1_i64 << 60)).collect()),
        })
        .collect();
    let schema = Schema {
        columns: names
            .zip(&columns)
            .map(|(name, column)| {
                let mut column = ColumnSchema::new(name, column.kind());
                column.missing = true;
                column
            })
            .collect(),
    };
    Table::new(schema, columns).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// No table makes an audit panic or find what cannot be: shares lie between 0 and 1 and within their intervals.
    #[test]
    fn odd_tables_are_audited_or_refused(kinds in proptest::collection::vec(0_u8..6, 2..5), seed in 0_u64..1000) {
        let mut stream = Seed::new(seed).stream(0, 0);
        let tables = [120, 100, 110].map(|rows| odd(rows, &kinds, &mut stream));
        let question = Question { protected: vec!["c0".to_owned()], ..Question::default() };
        match run([&tables[0], &tables[1], &tables[2]], &question) {
            Ok(audit) => {
                for attack in &audit.attacks {
                    let s = &attack.success;
                    prop_assert!(0.0 <= s.auc_low && s.auc_low <= s.auc && s.auc <= s.auc_high && s.auc_high <= 1.0, "{:?}", attack);
                    prop_assert!(s.p.is_finite());
                }
                let risks = audit.attribute.columns.iter().map(|c| &c.risk);
                for risk in risks.chain([&audit.singling_out.risk, &audit.linkability.risk]) {
                    prop_assert!(risk.risk.low <= risk.risk.value && risk.risk.value <= risk.risk.high && risk.risk.high <= 1.0, "{:?}", risk);
                    prop_assert!(risk.main.low <= risk.main.value && risk.main.value <= risk.main.high);
                }
            }
            Err(error) => prop_assert!(!error.to_string().contains("fault in Plenish"), "{error}"),
        }
    }
}
