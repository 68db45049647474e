use crate::{auc, table, threads};
use plenish_learn::logistic::LogisticSettings;
use plenish_learn::{Examples, Learner, Predictor, Task, metrics, permutation_importance};
use plenish_table::{Context, Seed, Table};

fn fit(learner: &Learner, table: &Table, target: &[f64], weights: Option<&[f64]>, task: Task) -> Predictor {
    let examples = Examples {
        table,
        features: &[0, 1, 2],
        target,
        weights,
        task,
    };
    learner.fit(&examples, &Seed::new(3), &Context::silent()).unwrap()
}

fn halves(rows: usize) -> [(Table, Vec<f64>, Vec<f64>); 2] {
    let (all, binary, three) = table(rows);
    [0..rows / 2, rows / 2..rows].map(|range| {
        let list: Vec<u32> = range.clone().map(|r| r as u32).collect();
        (all.take(&list), binary[range.clone()].to_vec(), three[range].to_vec())
    })
}

/// Numbers, categories and missing values are used by all learners: the best area possible here is
/// about 0.93; without the missing values it is 0.8.
#[test]
fn all_learn_from_every_kind_of_column() {
    let [(train, y, three), (test, unseen, unseen_three)] = halves(6000);
    for (name, learner) in Learner::all() {
        let p = fit(&learner, &train, &y, None, Task::Binary).predict(&test).unwrap();
        assert!(auc(&unseen, &p) > 0.9, "{name}: {}", auc(&unseen, &p));
        let fitted = fit(&learner, &train, &three, None, Task::Multiclass(3));
        let labels: Vec<usize> = unseen_three.iter().map(|&y| y as usize).collect();
        let area = metrics::roc_auc_one_vs_rest(&labels, &fitted.predict(&test).unwrap(), 3, None).unwrap();
        assert!(area > 0.85, "{name}: {area}");
        let values: Vec<f64> = train.column(0).numbers().iter().map(|v| 1e4 * v).collect();
        let p = fit(&learner, &train, &values, None, Task::Regression)
            .predict(&test)
            .unwrap();
        let wanted: Vec<f64> = test.column(0).numbers().iter().map(|v| 1e4 * v).collect();
        assert!(metrics::r2(&wanted, &p, None) > 0.98, "{name}");
    }
}

#[test]
fn classes_that_do_not_occur_have_probability_zero() {
    let (table, y, three) = table(600);
    for (name, learner) in Learner::all() {
        // Two of five classes, then three of five.
        let two: Vec<f64> = y.iter().map(|y| 1.0 + 2.0 * y).collect();
        for (target, gone) in [
            (two, vec![0, 2, 4]),
            (three.iter().map(|y| y + 1.0).collect(), vec![0, 4]),
        ] {
            let p = fit(&learner, &table, &target, None, Task::Multiclass(5))
                .predict(&table)
                .unwrap();
            assert_eq!(p.len(), 5 * 600);
            for row in p.chunks_exact(5) {
                assert!(gone.iter().all(|&class| row[class] == 0.0), "{name}");
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{name}");
            }
        }
    }
}

/// A row of weight 0 is no row: same bits, whatever its target.
#[test]
fn rows_without_weight_do_not_exist() {
    let (table, y, _) = table(600);
    let kept: Vec<u32> = (0..600).filter(|row| row % 3 > 0).collect();
    let weights: Vec<f64> = (0..600).map(|row| f64::from(u8::from(row % 3 > 0))).collect();
    let ones = vec![1.0; kept.len()];
    let target: Vec<f64> = kept.iter().map(|&row| y[row as usize]).collect();
    for (name, learner) in Learner::all() {
        let a = fit(&learner, &table, &y, Some(&weights), Task::Binary)
            .predict(&table)
            .unwrap();
        let b = fit(&learner, &table.take(&kept), &target, Some(&ones), Task::Binary)
            .predict(&table)
            .unwrap();
        assert_eq!(a, b, "{name}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (table, y, _) = table(5000);
    for (name, learner) in Learner::all() {
        let run = |number| {
            threads(number, || {
                fit(&learner, &table, &y, None, Task::Binary).predict(&table).unwrap()
            })
        };
        assert_eq!(run(1), run(3), "{name}");
    }
}

/// What the target does not hang on is worth nothing; every learner finds what it does hang on.
#[test]
fn shuffling_a_feature_shows_what_it_is_worth() {
    let [(train, _, _), (test, _, _)] = halves(4000);
    let target = |table: &Table| -> Vec<f64> {
        let numbers = table.column(0).numbers();
        numbers.iter().map(|&v| f64::from(u8::from(v > 0.6))).collect()
    };
    let unseen = target(&test);
    for (name, learner) in Learner::all() {
        let fitted = fit(&learner, &train, &target(&train), None, Task::Binary);
        let loss = |p: &[f64]| 1.0 - auc(&unseen, p);
        let found = permutation_importance(&fitted, &test, &loss, 3, &Seed::new(1), &Context::silent()).unwrap();
        assert_eq!(found[0].feature, "a");
        assert!((found[0].mean - 0.5).abs() < 0.05, "{name}: {found:?}");
        assert!(
            found[1].mean.abs() < 0.01 && found[2].mean.abs() < 0.01,
            "{name}: {found:?}"
        );
    }
}

/// Only forests have members that disagree; the variance of a class and of its opposite are one.
#[test]
fn forests_tell_where_they_are_unsure() {
    let (table, y, _) = table(600);
    let two: Vec<f64> = y.iter().map(|y| 2.0 * y).collect();
    for (name, learner) in Learner::all() {
        let found = fit(&learner, &table, &two, None, Task::Multiclass(3))
            .disagreement(&table)
            .unwrap();
        assert_eq!(found.is_some(), name == "forest");
        for row in found.unwrap_or_default().chunks_exact(3) {
            assert!(row[0] == row[2] && row[1] == 0.0 && (0.0..=0.26).contains(&row[0]));
        }
    }
}

/// Without a penalty, the slopes of all classes but for a constant are those of the formula for one
/// category each: the log of the counts' ratio.
#[test]
fn logistic_regression_of_one_category_is_its_odds() {
    let (table, y, _) = table(3000);
    let learner = Learner::Logistic(LogisticSettings {
        l2: 1e-9,
        ..LogisticSettings::default()
    });
    let examples = Examples {
        table: &table,
        features: &[2],
        target: &y,
        weights: None,
        task: Task::Binary,
    };
    let p = learner
        .fit(&examples, &Seed::new(1), &Context::silent())
        .unwrap()
        .predict(&table)
        .unwrap();
    let green = |row: &usize| table.column(2).value(*row).to_string() == "green";
    let rows: Vec<usize> = (0..3000).filter(green).collect();
    let share = rows.iter().map(|&row| y[row]).sum::<f64>() / rows.len() as f64;
    assert!((p[rows[0]] - share).abs() < 1e-6);
}
