use crate::{matrix, threads, uniform};
use plenish_learn::{BoostSettings, Booster, EarlyStopping, Matrix, Monotone, Task};
use plenish_table::{Context, Seed};
use proptest::prelude::*;

fn fit(matrix: &Matrix, target: &[f64], task: Task, settings: &BoostSettings) -> Booster {
    Booster::fit(matrix, target, None, task, settings, &Seed::new(1), &Context::silent()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the data say, predictions never move against a constraint, whatever the loss and the
    /// other features, missing ones included.
    #[test]
    fn constrained_predictions_are_monotone(
        stream in 0_u64..1000,
        directions in proptest::collection::vec(0_usize..3, 3),
        kind in 0..3,
    ) {
        let rows = 400;
        let holes = uniform(stream + 5000, rows);
        let values: Vec<Vec<f64>> = (0..3)
            .map(|f| {
                let values = uniform(4 * stream + f, rows);
                values.iter().zip(&holes).map(|(v, h)| if *h < 0.1 * f as f64 { f64::NAN } else { *v }).collect()
            })
            .collect();
        let noise = uniform(4 * stream + 3, rows);
        // Waves, so that every feature wants to rise and fall.
        let target: Vec<f64> = (0..rows)
            .map(|row| {
                let wave: f64 = values.iter().map(|v| if v[row].is_nan() { 1.0 } else { (v[row] * 9.0).sin() }).sum();
                let y = wave + noise[row];
                if kind == 0 { f64::from(u8::from(y > 1.0)) } else { y }
            })
            .collect();
        let directions: Vec<Monotone> = directions
            .into_iter()
            .map(|d| [Monotone::Free, Monotone::Increasing, Monotone::Decreasing][d])
            .collect();
        let features: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let learned = matrix(&features, 20);
        let settings = BoostSettings {
            trees: 20,
            min_leaf_rows: 5,
            quantile: (kind == 2).then_some(0.7),
            monotone: directions.clone(),
            ..BoostSettings::default()
        };
        let task = if kind == 0 { Task::Binary } else { Task::Regression };
        let booster = fit(&learned, &target, task, &settings);
        for (feature, direction) in directions.iter().enumerate().filter(|(_, d)| **d != Monotone::Free) {
            for row in 0..50 {
                let mut codes = Vec::new();
                for code in 1..=20 {
                    let mut line = learned.row(row).to_vec();
                    line[feature] = code;
                    codes.extend(line);
                }
                let p = booster.predict(&Matrix::new(learned.kinds().to_vec(), codes, 20).unwrap());
                for pair in p.windows(2) {
                    let kept = if *direction == Monotone::Increasing { pair[0] <= pair[1] } else { pair[0] >= pair[1] };
                    prop_assert!(kept, "{direction:?} {pair:?}");
                }
            }
        }
    }
}

/// A constraint that the data agree with costs next to nothing; one against them leaves the feature out.
#[test]
fn constraints_cost_what_they_must() {
    let (x, noise) = (uniform(1, 4000), uniform(2, 4000));
    let target: Vec<f64> = x.iter().zip(&noise).map(|(x, n)| 3.0 * x + n).collect();
    let m = matrix(&[&x], 100);
    let error = |monotone: Vec<Monotone>| {
        let settings = BoostSettings {
            monotone,
            ..BoostSettings::default()
        };
        let p = fit(&m, &target, Task::Regression, &settings).predict(&m);
        p.iter().zip(&target).map(|(p, y)| (p - y) * (p - y)).sum::<f64>() / 4000.0
    };
    let free = error(Vec::new());
    assert!(error(vec![Monotone::Increasing]) < 1.1 * free);
    // The variance of 3x + n is 10/12.
    assert!((error(vec![Monotone::Decreasing]) - 10.0 / 12.0).abs() < 0.05);
}

/// On rows not learned from, as many targets lie below a predicted quantile as it says, where the
/// spread is small and where it is large. 2 points are four standard errors.
#[test]
fn quantiles_hold_what_they_promise() {
    let make = |stream: u64| {
        let (x, noise) = (uniform(stream, 20_000), uniform(stream + 1, 20_000));
        let y: Vec<f64> = x.iter().zip(&noise).map(|(x, n)| 5.0 * x + 10.0 * x * n).collect();
        (matrix(&[&x], 50), x, y)
    };
    let ((train, _, y), (test, x, unseen)) = (make(10), make(20));
    for level in [0.1, 0.5, 0.9] {
        let settings = BoostSettings {
            quantile: Some(level),
            ..BoostSettings::default()
        };
        let p = fit(&train, &y, Task::Regression, &settings).predict(&test);
        for (low, high) in [(0.1, 0.5), (0.5, 1.0)] {
            let rows: Vec<usize> = (0..x.len()).filter(|&r| x[r] >= low && x[r] < high).collect();
            let below = rows.iter().filter(|&&r| unseen[r] <= p[r]).count() as f64 / rows.len() as f64;
            assert!((below - level).abs() < 0.02, "{level} in {low}..{high}: {below}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // More rows than a histogram is counted on one thread.
    let rows = 70_000;
    let (a, b, n) = (uniform(1, rows), uniform(2, rows), uniform(3, rows));
    let m = matrix(&[&a, &b], 200);
    let binary: Vec<f64> = (0..rows)
        .map(|r| f64::from(u8::from(a[r] * b[r] + 0.2 * n[r] > 0.4)))
        .collect();
    let three: Vec<f64> = (0..rows).map(|r| (3.0 * a[r] * n[r]).floor()).collect();
    let settings = BoostSettings {
        trees: 5,
        ..BoostSettings::default()
    };
    let run = |number| {
        threads(number, || {
            let mut all = fit(&m, &binary, Task::Binary, &settings).predict(&m);
            all.extend(fit(&m, &three, Task::Multiclass(3), &settings).predict(&m));
            all.extend(fit(&m, &n, Task::Regression, &settings).predict(&m));
            all
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn stopping_early_keeps_few_trees_of_noise() {
    let (x, y) = (uniform(1, 2000), uniform(2, 2000));
    let settings = BoostSettings {
        early_stopping: Some(EarlyStopping {
            share: 0.3,
            patience: 5,
        }),
        ..BoostSettings::default()
    };
    let booster = fit(&matrix(&[&x], 50), &y, Task::Regression, &settings);
    assert!(booster.trees() < 20, "{}", booster.trees());
}

/// The weighted mean is what unconstrained leaves add up to.
#[test]
fn weights_move_predictions() {
    let (x, w) = (uniform(1, 3000), uniform(2, 3000));
    let target: Vec<f64> = x
        .iter()
        .zip(&w)
        .map(|(x, w)| f64::from(u8::from(x + w > 1.0)))
        .collect();
    let m = matrix(&[&x], 50);
    let settings = BoostSettings::default();
    let fitted = Booster::fit(
        &m,
        &target,
        Some(&w),
        Task::Binary,
        &settings,
        &Seed::new(1),
        &Context::silent(),
    )
    .unwrap();
    let mean = |v: &[f64]| v.iter().zip(&w).map(|(v, w)| v * w).sum::<f64>() / w.iter().sum::<f64>();
    let gap = mean(&fitted.predict(&m)) - mean(&target);
    assert!(gap.abs() < 1e-3, "{gap}");
    let plain = fit(&m, &target, Task::Binary, &settings).predict(&m);
    assert!((mean(&plain) - mean(&target)).abs() > 0.05);
}

#[test]
fn gains_name_the_features_that_matter() {
    let (x, useless, n) = (uniform(1, 3000), uniform(2, 3000), uniform(3, 3000));
    let y: Vec<f64> = x.iter().zip(&n).map(|(x, n)| x + 0.2 * n).collect();
    let settings = BoostSettings {
        trees: 20,
        ..BoostSettings::default()
    };
    let gains = fit(&matrix(&[&useless, &x], 50), &y, Task::Regression, &settings).importance();
    assert!(
        gains[1] > 0.95 && (gains[0] + gains[1] - 1.0).abs() < 1e-12,
        "{gains:?}"
    );
}
