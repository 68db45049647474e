//! On real data: what is known of it, and the same bytes on any number of threads.

use crate::{count_of, silent};
use plenish_files::{ReadOptions, read};
use plenish_gaps::{Gaps, Options, find};
use plenish_table::{Seed, Table};

fn adult() -> Table {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/adult/data/adult_train.csv.gz"
    );
    read(path, &ReadOptions::default(), &silent()).unwrap()
}

fn gaps(table: &Table, threads: usize) -> Gaps {
    let options = Options {
        columns: [
            "workclass",
            "education",
            "relationship",
            "race",
            "sex",
            "age",
            "hours_per_week",
        ]
        .map(str::to_owned)
        .to_vec(),
        levels: Some(3),
        ..Options::default()
    };
    let protected = ["sex", "race"].map(str::to_owned);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| find(table, Some("income"), &protected, &options, &Seed::new(1), &silent()).unwrap())
}

#[test]
fn adult_lacks_what_it_is_known_to_lack() {
    let table = adult();
    let found = gaps(&table, 2);
    let pattern = found
        .patterns
        .iter()
        .find(|p| p.region.text == "relationship = 'Husband' and sex = 'Female'");
    let pattern = pattern.unwrap();
    // One woman is a husband: 13,193 husbands and 10,771 women.
    assert_eq!((pattern.rows, pattern.parts.clone()), (1, vec![13_193, 10_771]));
    assert!((pattern.expected - 13_193.0 * 10_771.0 / 32_561.0).abs() < 1e-6);
    assert!(pattern.may_be_impossible);
    for pattern in found.patterns.iter().step_by(100) {
        assert!(
            pattern.rows < found.threshold && pattern.rows == count_of(&pattern.region, &table),
            "{pattern:?}"
        );
    }
    // Published: 1,179 of 10,771 women and 6,662 of 21,790 men are above 50K.
    let women = found
        .groups
        .iter()
        .find(|cell| cell.region.text == "sex = 'Female' and income = '>50K'")
        .unwrap();
    assert_eq!((women.rows, women.group_rows), (1179, 10_771));
    assert!((women.best_rate.unwrap() - 6662.0 / 21_790.0).abs() < 1e-12);
    // (1179 + x) / (10771 + x) = 6662 / 21790: x = 3045.08
    assert_eq!(women.rows_to_equalise, Some(3046));
    assert!(!found.slices.is_empty());
    let mean = found.error.unwrap();
    assert!((0.25..0.32).contains(&mean), "{mean}");
    for slice in found.slices.iter().chain(&found.uncertain) {
        assert_eq!(slice.rows, count_of(&slice.region, &table));
        assert!(slice.p_adjusted <= 0.05 && slice.confirming_error > slice.rest_error);
    }
    assert!(found.slices.iter().all(|slice| slice.error > mean));
    for region in &found.sparse {
        assert_eq!(region.rows, count_of(&region.region, &table));
    }
    assert!(
        found
            .rare
            .iter()
            .any(|rare| rare.region.text == "workclass = 'Never-worked'" && rare.rows == 7)
    );
}

#[test]
fn gaps_are_the_same_on_any_number_of_threads() {
    let table = adult().take(&(0..6000).collect::<Vec<u32>>());
    let json = |threads| serde_json::to_string(&gaps(&table, threads)).unwrap();
    assert_eq!(json(1), json(3));
}
