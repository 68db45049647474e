//! Fairness: gaps that were planted are found with honest intervals, arms are compared pairwise, and
//! what is too little says so.

use plenish_evaluate::{
    Fairness, FairnessArm, FairnessGap, FairnessInputs, Family, FamilyFairness, Judgement, Limits, NotJudged,
    Resampling, RowGroup, fairness,
};
use plenish_learn::metrics::OperatingPoint;
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Result, Schema, Seed, Table, TextColumn};
use proptest::prelude::*;

/// Rows of two groups; scores are probabilities that come true, `harm` lower in group b than the truth.
struct Case {
    labels: Vec<bool>,
    p: Vec<f64>,
    families: Vec<Family>,
}

fn case(rows: usize, harm: f64, number: u64) -> Case {
    let mut stream = Seed::new(3).stream(number, 0);
    let mut groups = vec![Vec::new(); 2];
    let (mut labels, mut p) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let group = usize::from(stream.uniform() < 0.4);
        groups[group].push(row as u32);
        let truth = 0.2 + 0.8 * stream.uniform();
        labels.push(stream.uniform() < truth);
        p.push(truth - harm * group as f64);
    }
    let group = |(name, rows): (&str, Vec<u32>)| RowGroup {
        name: name.to_owned(),
        rows,
    };
    Case {
        labels,
        p,
        families: vec![Family {
            name: "g".to_owned(),
            columns: vec!["g".to_owned()],
            groups: ["a", "b"].into_iter().zip(groups).map(group).collect(),
            overlapping: false,
        }],
    }
}

/// How often each row is drawn in a replicate.
fn draw(rows: usize, replicate: u64) -> Vec<u16> {
    let mut stream = Seed::new(9).stream(replicate, 0);
    let mut counts = vec![0; rows];
    for _ in 0..rows {
        counts[stream.below(rows as u64) as usize] += 1;
    }
    counts
}

fn run(case: &Case, arms: &[&[f64]], weights: Option<&[f64]>, point: OperatingPoint) -> Result<Vec<Fairness>> {
    resampled(case, arms, weights, point, 100)
}

fn resampled(
    case: &Case,
    arms: &[&[f64]],
    weights: Option<&[f64]>,
    point: OperatingPoint,
    replicates: usize,
) -> Result<Vec<Fairness>> {
    let arms: Vec<FairnessArm<'_>> = arms
        .iter()
        .map(|&probabilities| FairnessArm {
            name: "arm",
            probabilities,
            selected: None,
        })
        .collect();
    let inputs = FairnessInputs {
        labels: &case.labels,
        weights,
        families: &case.families,
        point,
        limits: Limits::default(),
        resampling: Resampling {
            replicates,
            counts: &|replicate| draw(case.labels.len(), replicate),
        },
    };
    fairness(&arms, &inputs, &Context::silent())
}

fn gap<'a>(family: &'a FamilyFairness, name: &str) -> &'a FairnessGap {
    family.gaps.iter().find(|gap| gap.name == name).unwrap()
}

/// The metric of a group.
fn of<'a>(family: &'a FamilyFairness, group: usize, name: &str) -> &'a Judgement {
    let metrics = &family.groups[group].metrics;
    &metrics.iter().find(|metric| metric.name == name).unwrap().value
}

/// A planted gap is found; its interval holds the truth in about 95 of 100 draws, and 0 in few.
#[test]
fn planted_gaps_are_found_and_covered() {
    // At a threshold of 0.6 half of group a is selected, and 0.3 of group b.
    let truth = 0.16 / 0.8;
    let (mut covered, mut clear) = (0, 0);
    for number in 0..100 {
        let case = case(600, 0.16, number);
        let found = run(&case, &[&case.p], None, OperatingPoint::Threshold(0.6)).unwrap();
        let family = &found[0].families[0];
        let parity = gap(family, "demographic_parity_difference");
        let value = parity.value.value().unwrap();
        covered += i32::from(value.low <= truth && truth <= value.high);
        clear += i32::from(value.low > 0.0);
        assert_eq!(parity.between, ["b", "a"]);
        let bias = of(family, 1, "calibration_bias").value().unwrap();
        assert!((bias.value + 0.16).abs() < 0.15, "{bias:?}");
    }
    assert!((88..=100).contains(&covered), "{covered}");
    assert!(clear >= 95, "{clear}");
}

/// Where there is no gap, few intervals leave 0 out, although the difference of two rates is never 0, and
/// that of six groups never small.
#[test]
fn gaps_that_are_chance_include_zero() {
    let names = [
        "demographic_parity_difference",
        "equal_opportunity_difference",
        "equalized_odds_difference",
        "calibration_bias_difference",
    ];
    let mut alarms = [[0; 4]; 2];
    for number in 0..100 {
        let mut case = case(600, 0.0, number);
        let mut six = case.families[0].clone();
        six.groups = (0..6)
            .map(|group| RowGroup {
                name: group.to_string(),
                // 29 rows, which are too few, to 171.
                rows: (0..600)
                    .filter(|row| [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5][*row % 21] == group)
                    .map(|row| row as u32)
                    .collect(),
            })
            .collect();
        case.families.push(six);
        let found = resampled(&case, &[&case.p], None, OperatingPoint::Threshold(0.6), 500).unwrap();
        for (alarms, family) in alarms.iter_mut().zip(&found[0].families) {
            for (alarms, name) in alarms.iter_mut().zip(names) {
                let value = gap(family, name).value.value().unwrap();
                *alarms += i32::from(value.low > 0.0);
            }
            let ratio = gap(family, "demographic_parity_ratio").value.value().unwrap();
            let difference = gap(family, names[0]).value.value().unwrap();
            assert_eq!(ratio.high == 1.0, difference.low == 0.0);
        }
    }
    // 5 are expected, with a deviation of 2.
    assert!(alarms.iter().flatten().all(|&n| n <= 11), "{alarms:?}");
}

/// Replicates are the same rows in every arm: an arm that equals the first differs by exactly 0, and a
/// paired difference is narrower than the value itself.
#[test]
fn arms_are_compared_on_the_same_rows() {
    let case = case(800, 0.1, 0);
    let better: Vec<f64> = case.p.iter().map(|p| (p + 0.01).min(1.0)).collect();
    let found = run(
        &case,
        &[&case.p, &case.p, &better],
        None,
        OperatingPoint::Threshold(0.6),
    )
    .unwrap();
    assert!(found[0].families[0].gaps.iter().all(|gap| gap.against_first.is_none()));
    for gap in &found[1].families[0].gaps {
        let same = gap.against_first.as_ref().unwrap().value().unwrap();
        assert_eq!((same.value, same.low, same.high), (0.0, 0.0, 0.0), "{}", gap.name);
    }
    let width = |judgement: &Judgement| judgement.value().map(|v| v.high - v.low).unwrap();
    let moved = &found[2].families[0].groups[0].metrics[1];
    assert_eq!(moved.name, "selection_rate");
    assert!(width(moved.against_first.as_ref().unwrap()) < width(&moved.value) / 2.0);
}

/// Groups of one person, of nobody, or of one class are not judged, and gaps say whom they leave out.
#[test]
fn too_few_are_not_judged() {
    let mut case = case(400, 0.0, 0);
    let one = vec![case.families[0].groups[0].rows.pop().unwrap()];
    let negatives: Vec<u32> = case.families[0].groups[0]
        .rows
        .iter()
        .copied()
        .filter(|&r| !case.labels[r as usize])
        .collect();
    case.families[0].groups[0].rows.retain(|&r| case.labels[r as usize]);
    for (name, rows) in [("one", one), ("nobody", Vec::new()), ("negatives", negatives)] {
        case.families[0].groups.push(RowGroup {
            name: name.to_owned(),
            rows,
        });
    }
    let found = run(&case, &[&case.p], None, OperatingPoint::Threshold(0.6)).unwrap();
    let family = &found[0].families[0];
    let reason = |group: usize, name: &str| match of(family, group, name) {
        Judgement::NotJudged(reason) => reason.clone(),
        Judgement::Value(value) => panic!("{name} of {group}: {value:?}"),
    };
    assert_eq!(reason(2, "accuracy"), NotJudged::TooFewRows { found: 1, needed: 30 });
    assert_eq!(reason(3, "base_rate"), NotJudged::TooFewRows { found: 0, needed: 30 });
    assert_eq!(reason(4, "recall"), NotJudged::TooFewPositives { found: 0, needed: 10 });
    assert_eq!(
        reason(0, "roc_auc"),
        NotJudged::TooFewNegatives { found: 0, needed: 10 }
    );
    assert_eq!(
        reason(2, "roc_auc").to_string(),
        "too few to judge: rows: 1, needed: 30"
    );
    // A rate of 1 is no certainty.
    let base = of(family, 0, "base_rate").value().unwrap();
    assert!(base.value == 1.0 && base.low < 0.99, "{base:?}");
    let odds = gap(family, "equalized_odds_difference");
    assert_eq!(
        odds.value,
        Judgement::NotJudged(NotJudged::TooFewGroups { found: 1, needed: 2 })
    );
    assert_eq!((odds.groups, odds.left_out), (1, 4));
    assert_eq!(gap(family, "accuracy_difference").left_out, 2);
    // Nobody is selected: ratios of zeros and the precision of nothing.
    let none = run(&case, &[&case.p], None, OperatingPoint::Threshold(1.0)).unwrap();
    assert_eq!(
        gap(&none[0].families[0], "demographic_parity_ratio").value,
        Judgement::NotJudged(NotJudged::AllZero)
    );
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Fairness>>(&text).unwrap(), found);
}

/// Even limits of nothing do not judge one person.
#[test]
fn one_person_is_never_a_group() {
    let mut case = case(100, 0.0, 0);
    case.families[0].groups[0].rows.truncate(1);
    let counts = |replicate| draw(100, replicate);
    let inputs = FairnessInputs {
        labels: &case.labels,
        weights: None,
        families: &case.families,
        point: OperatingPoint::default(),
        limits: Limits { rows: 0, class: 0 },
        resampling: Resampling {
            replicates: 40,
            counts: &counts,
        },
    };
    let arm = FairnessArm {
        name: "arm",
        probabilities: &case.p,
        selected: None,
    };
    let found = fairness(&[arm], &inputs, &Context::silent()).unwrap();
    assert_eq!(
        *of(&found[0].families[0], 0, "selection_rate"),
        Judgement::NotJudged(NotJudged::TooFewRows { found: 1, needed: 2 })
    );
}

/// Slices may overlap; the worst of them is named.
#[test]
fn the_worst_slice_is_named() {
    let case = case(900, 0.0, 1);
    let mut p = case.p.clone();
    for p in &mut p[..100] {
        *p = 1.0 - *p;
    }
    let mask = |from: usize, to: usize| (0..900).map(|row| (from..to).contains(&row)).collect();
    let slices = [
        ("all".to_owned(), mask(0, 900)),
        ("broken".to_owned(), mask(0, 100)),
        ("tiny".to_owned(), mask(0, 5)),
        ("fine".to_owned(), mask(50, 900)),
    ];
    let case = Case {
        families: vec![Family::of_masks("slices", &slices).unwrap()],
        ..case
    };
    let found = run(&case, &[&case.p, &p], None, OperatingPoint::Threshold(0.5)).unwrap();
    let family = &found[1].families[0];
    assert_eq!(family.gaps.len(), 3);
    for gap in &family.gaps {
        assert_eq!(
            (&gap.between[..], gap.left_out),
            (&["broken".to_owned()][..], 1),
            "{}",
            gap.name
        );
        let change = gap.against_first.as_ref().unwrap().value().unwrap();
        assert!(
            if gap.higher_is_better {
                change.high < 0.0
            } else {
                change.low > 0.0
            },
            "{}",
            gap.name
        );
    }
    assert_eq!(family.groups[0].share, None);
    assert!(Family::of_masks("s", &[("a".to_owned(), vec![true]), ("b".to_owned(), vec![])]).is_err());
}

/// Columns and their intersections: missing cells are a group, and every row is in one.
#[test]
fn families_partition_the_rows() {
    let cells =
        |words: [Option<&'static str>; 3]| Column::Text(TextColumn::from_cells((0..90).map(move |i| words[i % 3])));
    let schema = ["x", "y", "z"].map(|name| ColumnSchema::new(name, ColumnType::Text));
    let columns = vec![
        cells([Some("a"), Some("b"), None]),
        cells([Some("c"), Some("c"), Some("d")]),
        cells([None, None, None]),
    ];
    let table = Table::new(Schema::new(schema.to_vec()).unwrap(), columns).unwrap();
    let names = ["x", "y", "x", "z"].map(str::to_owned);
    let families = Family::of_protected(&table, &table, &names, 3).unwrap();
    let shown: Vec<&str> = families.iter().map(|family| &family.name[..]).collect();
    assert_eq!(shown, ["x", "y", "z", "x & y", "x & z", "y & z", "x & y & z"]);
    for family in &families {
        let mut rows: Vec<u32> = family.groups.iter().flat_map(|group| group.rows.clone()).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..90).collect::<Vec<u32>>());
    }
    let shown: Vec<&str> = families[3].groups.iter().map(|group| &group.name[..]).collect();
    assert_eq!(shown, ["(missing) & d", "a & c", "b & c"]);
    assert!(Family::of_columns(&table, &table, &["w".to_owned()]).is_err());
    assert!(Family::of_columns(&table, &table, &[]).is_err());
}

/// What cannot be used is an error that says so.
#[test]
fn bad_input_is_refused() {
    let mut case = case(60, 0.0, 0);
    let half = OperatingPoint::default();
    let fails = |case: &Case, arms: &[&[f64]], weights: Option<&[f64]>, point: OperatingPoint| {
        run(case, arms, weights, point).unwrap_err().to_string()
    };
    let p = case.p.clone();
    assert!(fails(&case, &[], None, half).contains("no arm"));
    assert!(fails(&case, &[&p[1..]], None, half).contains("59 scores for 60 outcomes"));
    let mut odd = p.clone();
    odd[7] = f64::NAN;
    assert!(fails(&case, &[&p, &odd], None, half).contains("row 8"));
    let mut weights = vec![1.0; 60];
    weights[3] = -0.5;
    assert!(fails(&case, &[&p], Some(&weights), half).contains("row 4"));
    assert!(fails(&case, &[&p], Some(&[1.0]), half).contains("1 weights for 60 rows"));
    assert!(fails(&case, &[&p], None, OperatingPoint::SelectionRate(2.0)).contains("outside 0 to 1"));
    case.labels.fill(false);
    assert!(fails(&case, &[&p], None, OperatingPoint::Recall(0.5)).contains("a class is missing"));
    assert!(run(&case, &[&p], None, half).is_ok());
    case.families[0].groups[0].rows.push(60);
    assert!(fails(&case, &[&p], None, half).contains("beyond the 60"));
    let inputs = FairnessInputs {
        labels: &case.labels,
        weights: None,
        families: &[],
        point: half,
        limits: Limits::default(),
        resampling: Resampling {
            replicates: 3,
            counts: &|_| Vec::new(),
        },
    };
    let arm = FairnessArm {
        name: "arm",
        probabilities: &p,
        selected: None,
    };
    let message = fairness(&[arm], &inputs, &Context::silent()).unwrap_err().to_string();
    assert!(message.contains("too few for an interval"), "{message}");
    case.families[0].groups[0].rows.pop();
    let short = FairnessInputs {
        families: &case.families,
        resampling: Resampling {
            replicates: 40,
            counts: &|_| vec![1; 59],
        },
        ..inputs
    };
    let message = fairness(&[arm], &short, &Context::silent()).unwrap_err().to_string();
    assert!(message.contains("counts 59 rows of 60"), "{message}");
}

proptest! {
    /// Whatever the data, every interval holds its value and stays in range, and whole weights equal
    /// repeated rows as far as values go.
    #[test]
    fn intervals_hold_their_values(
        rows in proptest::collection::vec((any::<bool>(), 0_u8..=4, 0_u8..3, 0_u8..3), 60..160),
        rate in 0.0_f64..=1.0,
    ) {
        let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
        let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 4.0).collect();
        let weights: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
        let groups = (0..3).map(|g| RowGroup {
            name: g.to_string(),
            rows: (0..rows.len()).filter(|&i| rows[i].3 == g).map(|i| i as u32).collect(),
        });
        let families = vec![Family { name: "g".to_owned(), columns: vec![], groups: groups.collect(), overlapping: false }];
        let case = Case { labels, p, families };
        let Ok(found) = run(&case, &[&case.p], Some(&weights), OperatingPoint::SelectionRate(rate)) else {
            return Ok(());
        };
        let family = &found[0].families[0];
        let metrics = family.groups.iter().flat_map(|g| g.metrics.iter().map(|m| (&m.name, &m.value)));
        for (name, judgement) in metrics.chain(family.gaps.iter().map(|g| (&g.name, &g.value))) {
            if let Judgement::Value(v) = judgement {
                prop_assert!(v.low <= v.value && v.value <= v.high, "{name}: {v:?}");
                let least = if name == "calibration_bias" { -1.0 } else { 0.0 };
                let most = if name == "calibration_bias_difference" { 2.0 } else { 1.0 + 1e-12 };
                prop_assert!(v.low >= least && v.high <= most, "{name}: {v:?}");
            }
        }
        let shares: f64 = family.groups.iter().map(|g| g.share.unwrap()).sum();
        prop_assert!((shares - 1.0).abs() < 1e-12);
    }
}
