use crate::{auc, matrix, threads, uniform};
use plenish_learn::{Forest, ForestSettings, Matrix, Task};
use plenish_table::{Context, Seed};

fn rows(stream: u64, count: usize) -> (Matrix, Vec<f64>, Vec<f64>) {
    let (a, b, n) = (
        uniform(stream, count),
        uniform(stream + 1, count),
        uniform(stream + 2, count),
    );
    let value: Vec<f64> = (0..count).map(|r| 100.0 + a[r] * b[r] + 0.2 * n[r]).collect();
    let label = value.iter().map(|v| f64::from(u8::from(*v > 100.35))).collect();
    (matrix(&[&a, &b], 60), label, value)
}

fn grow(matrix: &Matrix, target: &[f64], task: Task) -> (Forest, Vec<f64>) {
    let settings = ForestSettings::default();
    Forest::fit_out_of_bag(matrix, target, None, task, &settings, &Seed::new(1), &Context::silent()).unwrap()
}

/// Predictions of rows by the trees that did not see them are as good as those of new rows, and
/// not as good as those of rows that all trees saw.
#[test]
fn out_of_bag_predictions_are_honest() {
    let (train, label, _) = rows(1, 4000);
    let (test, unseen, _) = rows(11, 4000);
    let (forest, out_of_bag) = grow(&train, &label, Task::Binary);
    let honest = auc(&label, &out_of_bag);
    let new = auc(&unseen, &forest.predict(&test));
    assert!((honest - new).abs() < 0.01, "{honest} {new}");
    let seen = auc(&label, &forest.predict(&train));
    assert!(1.0 - seen < (1.0 - honest) / 2.0, "{seen} {honest}");
}

#[test]
fn numbers_and_classes_are_predicted() {
    let (train, _, value) = rows(1, 4000);
    let (test, _, unseen) = rows(11, 4000);
    let (forest, _) = grow(&train, &value, Task::Regression);
    let r2 = plenish_learn::metrics::r2(&unseen, &forest.predict(&test), None);
    // The noise is 0.2 of a uniform one: 0.2^2 / 12 of the variance 7/144 + 0.2^2 / 12.
    assert!(r2 > 0.9, "{r2}");
    let class = |v: &[f64]| -> Vec<f64> { v.iter().map(|v| ((v - 100.0) * 3.0).floor().min(2.0)).collect() };
    let (forest, _) = grow(&train, &class(&value), Task::Multiclass(3));
    let p = forest.predict(&test);
    let hits = class(&unseen)
        .iter()
        .zip(p.chunks_exact(3))
        .filter(|(y, p)| p[**y as usize] > 0.5)
        .count();
    assert!(hits > 3200, "{hits}");
    assert!(p.chunks_exact(3).all(|p| (p.iter().sum::<f64>() - 1.0).abs() < 1e-9));
}

/// Trees agree where the class is clear, and disagree along the border.
#[test]
fn members_disagree_where_the_class_is_in_doubt() {
    let (train, label, _) = rows(1, 4000);
    let (forest, _) = grow(&train, &label, Task::Binary);
    let (p, variance) = forest.predict_with_variance(&rows(11, 4000).0);
    let mean = |doubt: bool| {
        let of: Vec<f64> = p
            .iter()
            .zip(&variance)
            .filter(|(p, _)| ((**p - 0.5).abs() < 0.3) == doubt)
            .map(|(_, v)| *v)
            .collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean(true) > 5.0 * mean(false), "{} {}", mean(true), mean(false));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (train, label, _) = rows(1, 2000);
    let run = |number| {
        threads(number, || {
            let (forest, out_of_bag) = grow(&train, &label, Task::Binary);
            (
                forest.predict_with_variance(&train),
                out_of_bag.iter().map(|p| p.to_bits()).collect::<Vec<u64>>(),
            )
        })
    };
    assert_eq!(run(1), run(4));
}

/// Tiny and huge weights do no harm; only their ratios count.
#[test]
fn only_ratios_of_weights_count() {
    let (train, label, _) = rows(1, 500);
    let fit = |factor: f64| {
        let weights: Vec<f64> = (0..500).map(|row| factor * f64::from(row % 3)).collect();
        let settings = ForestSettings::default();
        Forest::fit(
            &train,
            &label,
            Some(&weights),
            Task::Binary,
            &settings,
            &Seed::new(1),
            &Context::silent(),
        )
        .unwrap()
        .predict(&train)
    };
    assert_eq!(fit(1.0), fit(2.0_f64.powi(-600)));
    assert_eq!(fit(1.0), fit(2.0_f64.powi(900)));
}
