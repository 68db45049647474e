use crate::table;
use plenish_learn::logistic::LogisticSettings;
use plenish_learn::{BoostSettings, Examples, ForestSettings, Learner, Monotone, Task};
use plenish_table::{Context, Seed, Table};

/// What the learner says, or nothing if it is content.
fn said(
    learner: &Learner,
    table: &Table,
    features: &[usize],
    target: &[f64],
    weights: Option<&[f64]>,
    task: Task,
) -> String {
    let examples = Examples {
        table,
        features,
        target,
        weights,
        task,
    };
    match learner.fit(&examples, &Seed::new(1), &Context::silent()) {
        Ok(fitted) => {
            assert!(fitted.predict(table).unwrap().iter().all(|p| p.is_finite()));
            String::new()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_learner_refuses_what_cannot_be_learned_from() {
    let (table, y, _) = table(60);
    let one = vec![1.0; 60];
    let mut hole = y.clone();
    hole[7] = f64::NAN;
    let (zero, negative, endless) = (vec![0.0; 60], vec![-1.0; 60], vec![f64::INFINITY; 60]);
    // The other class has no weight.
    let single: Vec<f64> = y.clone();
    let first = table.take(&[0]);
    for (name, learner) in Learner::all() {
        let say = |features: &[usize], target: &[f64], weights: Option<&[f64]>, task: Task| {
            said(&learner, &table, features, target, weights, task)
        };
        let all = [0, 1, 2];
        for (message, wanted) in [
            (say(&[], &y, None, Task::Binary), "no column to predict the target from"),
            (say(&all, &one, None, Task::Binary), "of one class"),
            (say(&all, &y, Some(&single), Task::Binary), "of one class"),
            (say(&all, &one, None, Task::Multiclass(3)), "of one class"),
            (
                say(&all, &hole, None, Task::Binary),
                "row 8: the target NaN is not a finite number",
            ),
            (
                say(&all, &hole, None, Task::Regression),
                "row 8: the target NaN is not a finite number",
            ),
            (say(&all, &y, Some(&zero), Task::Binary), "all weights are zero"),
            (
                say(&all, &y, Some(&negative), Task::Binary),
                "row 1: the weight -1 cannot be used",
            ),
            (
                say(&all, &y, Some(&endless), Task::Binary),
                "row 1: the weight inf cannot be used",
            ),
            (say(&all, &y[1..], None, Task::Binary), "differ in number from the rows"),
            (
                said(&learner, &first, &all, &[1.0], None, Task::Regression),
                "one row is not enough",
            ),
            (
                said(&learner, &table.take(&[]), &all, &[], None, Task::Binary),
                "no rows to learn from",
            ),
        ] {
            assert!(message.contains(wanted), "{name}: {message:?} instead of {wanted:?}");
        }
    }
}

/// Features without information, two rows, and one value for all numbers: predictions, not errors.
#[test]
fn every_learner_bears_what_tells_nothing() {
    let (table, y, _) = table(60);
    let flat = table.take(&[3; 60]);
    let both: Vec<u32> = vec![
        y.iter().position(|&y| y == 0.0).unwrap() as u32,
        y.iter().position(|&y| y == 1.0).unwrap() as u32,
    ];
    for (name, learner) in Learner::all() {
        assert_eq!(said(&learner, &flat, &[0, 1, 2], &y, None, Task::Binary), "", "{name}");
        assert_eq!(
            said(&learner, &table, &[0, 1, 2], &[5.0; 60], None, Task::Regression),
            "",
            "{name}"
        );
        assert_eq!(
            said(
                &learner,
                &table.take(&both),
                &[0, 1, 2],
                &[0.0, 1.0],
                None,
                Task::Binary
            ),
            "",
            "{name}"
        );
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let (table, y, three) = table(60);
    let boosted = |change: &dyn Fn(&mut BoostSettings)| {
        let mut settings = BoostSettings::default();
        change(&mut settings);
        Learner::Boosted(settings)
    };
    let rising = |feature: usize| {
        boosted(&move |s| {
            s.monotone = vec![Monotone::Free; feature + 1];
            s.monotone[feature] = Monotone::Increasing;
        })
    };
    let quantile = |level: f64| boosted(&move |s| s.quantile = Some(level));
    let forest = Learner::Forest(ForestSettings {
        trees: 0,
        ..ForestSettings::default()
    });
    let penalty = Learner::Logistic(LogisticSettings {
        l2: -1.0,
        ..LogisticSettings::default()
    });
    for (learner, task, wanted) in [
        (boosted(&|s| s.learning_rate = f64::NAN), Task::Binary, "learning rate"),
        (boosted(&|s| s.lambda = -1.0), Task::Binary, "penalty"),
        (quantile(0.5), Task::Binary, "not of classes"),
        (quantile(1.0), Task::Regression, "between 0 and 1"),
        (rising(2), Task::Binary, "categories"),
        (rising(3), Task::Binary, "more monotone constraints than features"),
        (rising(0), Task::Multiclass(3), "several classes"),
        (forest, Task::Binary, "at least one tree"),
        (penalty, Task::Binary, "penalty"),
    ] {
        let target = if task == Task::Multiclass(3) { &three } else { &y };
        let message = said(&learner, &table, &[0, 1, 2], target, None, task);
        assert!(message.contains(wanted), "{message:?} instead of {wanted:?}");
    }
}
