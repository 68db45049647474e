use super::{constraints, say, say_json, text, with_roles};
use crate::arguments::Experiment;
use plenish_evaluate::{BOTH, Criteria, CrossMetric, CrossValidation, Experiment as Results, judge_experiment};
use plenish_files::ReadOptions;
use plenish_study::{Augment, ExperimentSettings, Recipe, Synthetic, try_out};
use plenish_synth::Preset;
use plenish_table::{Condition, Context, Error, Result, Seed};
use serde_json::json;

pub(crate) fn experiment(arguments: &Experiment, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let read = |path: &String| plenish_files::read(path, &ReadOptions::default(), cx);
    let real = with_roles(read(&arguments.real)?, Some(&arguments.target), &arguments.protected)
        .map_err(|e| e.in_file(&arguments.real))?;
    let holdout = read(&arguments.holdout)?;
    for (name, values) in [("--ratio", &arguments.ratio), ("--weight", &arguments.weight)] {
        if values.is_empty() || values.iter().any(|v| !(*v > 0.0 && *v <= 100.0)) {
            return Err(Error::usage(format!("{name} has to be above 0 and at most 100"))
                .help("an arm of real rows alone is always there"));
        }
    }
    if !(0.0..=1.0).contains(&arguments.benefit) {
        return Err(Error::usage("--benefit has to be from 0 to 1"));
    }
    let synthetic = match &arguments.synthetic {
        Some(path) => {
            if arguments.ratio.len() > 1 || arguments.weight.len() > 1 {
                return Err(Error::usage("given rows are tried with one ratio and one weight")
                    .help("run the command once for each, or let an engine make the rows"));
            }
            Synthetic::Rows(read(path)?)
        }
        None => Synthetic::Made(Box::new(Recipe {
            engine: arguments.engine.clone(),
            preset: Preset::of(&arguments.preset)?,
            condition_on: Vec::new(),
            constraints: constraints(&arguments.constraint, real.schema())?,
            condition: match &arguments.generate_where {
                Some(text) => Condition::parse(text, real.schema())?,
                None => Condition::default(),
            },
            quarantine: !arguments.keep_suspects,
            plan: None,
        })),
    };
    let settings = ExperimentSettings {
        repeats: usize::from(arguments.repeats),
        folds: usize::from(arguments.folds),
        ratios: arguments.ratio.clone(),
        weights: arguments.weight.clone(),
        baselines: arguments.baseline.clone(),
        recalibration: arguments.recalibrate.clone(),
        group_thresholds: arguments.group_thresholds.clone(),
        learners: arguments.learner.clone(),
        metric: arguments.metric.clone(),
        operating_point: arguments.operating_point.clone(),
        stop_early: !arguments.all_repeats,
    };
    let augment = Augment {
        ratio: arguments.ratio[0],
        weight: arguments.weight[0],
        quarantine: !arguments.keep_suspects,
        density_ratio: false,
    };
    let criteria = Criteria {
        benefit: arguments.benefit,
        ..Criteria::default()
    };
    let result = try_out(
        (&real, &holdout),
        &synthetic,
        &arguments.target,
        &arguments.protected,
        &settings,
        augment,
        &criteria,
        &Seed::new(arguments.seed),
        cx,
    )?;
    let verdict = judge_experiment(&result, &criteria);
    if json {
        let mut answer = json!(result);
        if let Some(object) = answer.as_object_mut() {
            object.insert("verdict".to_owned(), json!(verdict.verdict));
            object.insert("reasons".to_owned(), json!(verdict.reasons));
        }
        say_json(&answer)?;
    } else if !quiet {
        if let Some(folds) = &result.folds {
            say(&table(folds));
            if folds.arms.iter().any(|arm| arm.spec.group_thresholds.is_some()) {
                say(&decisions_in_folds(folds));
            }
        }
        say(&on_test(&result));
        let thresholds = thresholds(&result);
        if !thresholds.is_empty() {
            say(&thresholds);
        }
        if result.learners.len() > 1 {
            say(&by_learner(&result));
        }
        if !result.shifts.is_empty() {
            say(&under_shifts(&result));
        }
        say(&format!("Verdict: {}", text::decision(&verdict)));
        for reason in &verdict.reasons {
            say(&format!("  - {reason}"));
        }
    }
    Ok(0)
}

/// The arms in folds: the metric that decides, the difference from real rows, and the p-value for all arms.
fn table(folds: &CrossValidation) -> String {
    let mut lines = vec![vec![
        format!("in {} x {} folds", folds.repeats, folds.folds),
        folds.metric.clone(),
        "against real".to_owned(),
        "95 % interval".to_owned(),
        "p (all arms)".to_owned(),
    ]];
    let first = |metrics: &[CrossMetric]| metrics.first().map(|m| m.value);
    for arm in &folds.arms {
        let mut line = vec![arm.name.clone()];
        line.push(first(&arm.metrics).map_or("-".to_owned(), |m| format!("{:.4}", m.value)));
        match (first(&arm.against_real), arm.p_adjusted) {
            (Some(difference), Some(p)) => line.extend([
                format!("{:+.4}", difference.value),
                format!("{:+.4} … {:+.4}", difference.low, difference.high),
                format!("{p:.4}"),
            ]),
            _ => line.extend(["-".to_owned(), "-".to_owned(), "-".to_owned()]),
        }
        lines.push(line);
    }
    text::columns(&lines, &[1, 2, 3, 4])
}

/// What thresholds by group change, arm by arm, as means over folds.
fn decisions_in_folds(folds: &CrossValidation) -> String {
    const SHOWN: [&str; 5] = [
        "equalized_odds_difference",
        "demographic_parity_difference",
        "demographic_parity_ratio",
        "recall",
        "accuracy",
    ];
    let mut lines = vec![vec!["decisions in folds".to_owned()]];
    lines[0].extend(SHOWN.map(|name| name.replace("_difference", "").replace('_', " ")));
    for arm in &folds.arms {
        let mut line = vec![arm.name.clone()];
        line.extend(SHOWN.map(|name| {
            let metric = arm.metrics.iter().find(|m| m.name == name);
            metric.map_or("-".to_owned(), |m| format!("{:.4}", m.value.value))
        }));
        lines.push(line);
    }
    text::columns(&lines, &[1, 2, 3, 4, 5])
}

/// The thresholds of arms whose groups have their own; empty where none have.
fn thresholds(result: &Results) -> String {
    let mut lines = Vec::new();
    for arm in &result.arms {
        let Some(own) = &arm.thresholds else { continue };
        lines.push(vec![format!("thresholds of {}", arm.label()), own.columns.join(" & ")]);
        let groups = own.groups.iter().map(|of| (of.group.join(" & "), of.threshold));
        for (group, threshold) in groups.chain([("all others".to_owned(), own.others)]) {
            lines.push(vec![group, format!("{threshold:.4}")]);
        }
    }
    if lines.is_empty() {
        String::new()
    } else {
        text::columns(&lines, &[1])
    }
}

/// The arms on the locked test, in the metrics that say most; all of them are in `--json`.
fn on_test(result: &Results) -> String {
    const SHOWN: [&str; 8] = [
        "average_precision",
        "log_loss",
        "calibration_error",
        "accuracy",
        "equalized_odds_difference",
        "worst_group_accuracy",
        "mae",
        "r2",
    ];
    let names: Vec<&str> = result
        .arms
        .iter()
        .take(1)
        .flat_map(|arm| &arm.metrics)
        .map(|m| &m.name[..])
        .enumerate()
        .filter(|(place, name)| *place == 0 || SHOWN.contains(name))
        .map(|(_, name)| name)
        .collect();
    let mut lines = vec![vec![format!(
        "on the locked test, {} rows",
        text::count(result.test_rows as u64)
    )]];
    lines[0].extend(
        names
            .iter()
            .map(|name| name.replace("_difference", "").replace('_', " ")),
    );
    for arm in &result.arms {
        let mut line = vec![arm.label()];
        line.extend(names.iter().map(|name| {
            let metric = arm.metrics.iter().find(|m| m.name == *name);
            metric.map_or("-".to_owned(), |m| format!("{:.4}", m.value.value))
        }));
        lines.push(line);
    }
    text::columns(&lines, &(1..=names.len()).collect::<Vec<_>>())
}

/// What every learner makes of the arms.
fn by_learner(result: &Results) -> String {
    let mut lines = vec![vec![format!("{} by learner", result.metric)]];
    lines[0].extend(result.arms.iter().map(plenish_evaluate::Arm::label));
    lines[0].push("both against real".to_owned());
    for learner in &result.learners {
        let mut line = vec![learner.learner.clone()];
        line.extend(
            learner
                .arms
                .iter()
                .map(|arm| arm.value.map_or("-".to_owned(), |v| format!("{:.4}", v.value))),
        );
        let change = learner
            .arms
            .iter()
            .find(|arm| arm.arm == BOTH)
            .and_then(|arm| arm.against_real);
        line.push(change.map_or("-".to_owned(), |v| {
            format!("{:+.4} ({:+.4} … {:+.4})", v.value, v.low, v.high)
        }));
        lines.push(line);
    }
    text::columns(&lines, &[1, 2, 3, 4])
}

/// What becomes of the arms when the test rows are not quite as they were.
fn under_shifts(result: &Results) -> String {
    let mut lines = vec![vec![format!("{} when the test rows change", result.metric)]];
    lines[0].extend(result.arms.iter().map(plenish_evaluate::Arm::label));
    for shift in &result.shifts {
        let mut line = vec![shift.about.trim_end_matches('.').to_owned()];
        line.extend(result.arms.iter().map(|arm| {
            let own = shift.arms.iter().find(|own| own.arm == arm.name);
            own.map_or("-".to_owned(), |own| format!("{:.4}", own.value))
        }));
        lines.push(line);
    }
    text::columns(&lines, &[1, 2, 3])
}
