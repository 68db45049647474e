use super::{constraints, say, say_json, text, with_roles};
use crate::arguments::Experiment;
use plenish_evaluate::{Criteria, CrossMetric, CrossValidation, judge_experiment};
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
        None => Synthetic::Made(Recipe {
            engine: arguments.engine.clone(),
            preset: Preset::of(&arguments.preset)?,
            condition_on: Vec::new(),
            constraints: constraints(&arguments.constraint, real.schema())?,
            condition: match &arguments.generate_where {
                Some(text) => Condition::parse(text, real.schema())?,
                None => Condition::default(),
            },
        }),
    };
    let settings = ExperimentSettings {
        repeats: usize::from(arguments.repeats),
        folds: usize::from(arguments.folds),
        ratios: arguments.ratio.clone(),
        weights: arguments.weight.clone(),
        baselines: arguments.baseline.clone(),
        stop_early: !arguments.all_repeats,
    };
    let augment = Augment {
        ratio: arguments.ratio[0],
        weight: arguments.weight[0],
    };
    let result = try_out(
        (&real, &holdout),
        &synthetic,
        &arguments.target,
        &arguments.protected,
        &settings,
        augment,
        arguments.benefit,
        &Seed::new(arguments.seed),
        cx,
    )?;
    let criteria = Criteria {
        benefit: arguments.benefit,
        ..Criteria::default()
    };
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
        }
        let mut lines = vec![vec![format!(
            "on the locked test, {} rows",
            text::count(result.test_rows as u64)
        )]];
        lines[0].extend(
            result
                .arms
                .iter()
                .take(1)
                .flat_map(|a| &a.metrics)
                .map(|m| m.name.clone()),
        );
        for arm in &result.arms {
            let mut line = vec![arm.name.clone()];
            line.extend(arm.metrics.iter().map(|m| format!("{:.4}", m.value.value)));
            lines.push(line);
        }
        say(&text::columns(&lines, &[1, 2, 3, 4, 5]));
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
