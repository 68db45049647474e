use super::{constraints, say, say_json, text, with_roles};
use crate::REJECTED;
use crate::arguments::Evaluate;
use plenish_evaluate::{
    Augmentation, Criteria, Gate, Inputs, Interval, LabelAudit, Purpose, Question, Robust, Score, audit_labels,
    evaluate_audited,
};
use plenish_files::ReadOptions;
use plenish_table::{Context, Result, Seed};
use serde_json::json;
use std::fmt::Write;

pub(crate) fn evaluate(arguments: &Evaluate, json: bool, cx: &Context) -> Result<u8> {
    let read = |path: &String, schema| {
        plenish_files::read(
            path,
            &ReadOptions {
                schema,
                ..ReadOptions::default()
            },
            cx,
        )
    };
    let target = arguments.target.as_deref();
    let real = with_roles(read(&arguments.real, None)?, target, &arguments.protected)
        .map_err(|e| e.in_file(&arguments.real))?;
    let holdout = read(&arguments.holdout, None)?;
    let synthetic = read(&arguments.synthetic, None)?;
    let (seed, criteria) = (Seed::new(arguments.seed), Criteria::default());
    let inputs = Inputs {
        real: &real,
        holdout: &holdout,
        synthetic: &synthetic,
    };
    // Rows can only be put into quarantine where each was questioned.
    let labels = match (target, &arguments.quarantine) {
        (Some(target), Some(_)) => Some(audit_labels(
            &real,
            Some(&holdout),
            &synthetic,
            target,
            None,
            &seed,
            cx,
        )?),
        _ => None,
    };
    let protected = &arguments.protected;
    let mut evaluation = evaluate_audited(inputs, target, protected, &criteria, labels, &seed, cx)?;
    evaluation.check_constraints(inputs, &constraints(&arguments.constraint, real.schema())?, &criteria)?;
    let experiment = match target {
        Some(target) => {
            let experiment = plenish_evaluate::experiment(
                &real,
                &holdout,
                &synthetic,
                &Question::new(target, &arguments.protected),
                Augmentation::default(),
                &seed,
                cx,
            )?;
            evaluation.gates.extend(plenish_evaluate::experiment_gates(
                Purpose::Publish,
                &experiment,
                &criteria,
            ));
            Some(experiment)
        }
        None => None,
    };
    if let (Some(path), Some(labels)) = (&arguments.quarantine, &evaluation.labels) {
        plenish_files::write(&plenish_study::quarantine(&synthetic, labels)?, path, cx)?;
    }
    let passed = !evaluation.gates.iter().any(Gate::is_closed);
    if json {
        let mut answer = json!(evaluation);
        if let (Some(experiment), Some(object)) = (&experiment, answer.as_object_mut()) {
            object.insert("experiment".to_owned(), json!(experiment));
        }
        say_json(&answer)?;
    } else {
        let (fidelity, robust) = (&evaluation.fidelity, &evaluation.robust);
        let mut lines = vec![
            ["fidelity", "value", "95 % interval", "floor", "ceiling", "normalised"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (name, score) in [
            ("overall", fidelity.overall),
            ("shapes", fidelity.shapes),
            ("pairs", fidelity.pairs),
            ("detection", fidelity.detection),
            ("detection (train)", fidelity.detection_train),
            ("agreement", robust.agreement.overall),
            ("  columns", robust.agreement.columns),
            ("  pairs", robust.agreement.pairs),
            ("  triples", robust.agreement.triples),
            ("alpha-precision", robust.spread.alpha_precision),
            ("beta-recall", robust.spread.beta_recall),
            ("density", robust.spread.density),
            ("coverage", robust.spread.coverage),
        ] {
            lines.push(line(name, score));
        }
        say(&text::columns(&lines, &[1, 2, 3, 4, 5]));
        let found = found(robust);
        if !found.is_empty() {
            say(&found);
        }
        if let Some(labels) = &evaluation.labels {
            say(&questioned(labels));
        }
        if let Some(experiment) = &experiment {
            let mut lines = vec![vec![format!("arm (target {})", experiment.target)]];
            for metric in experiment.arms.iter().take(1).flat_map(|a| &a.metrics) {
                lines[0].push(metric.name.clone());
            }
            for arm in &experiment.arms {
                let mut line = vec![arm.name.clone()];
                line.extend(arm.metrics.iter().map(|m| format!("{:.4}", m.value.value)));
                lines.push(line);
            }
            say(&text::columns(&lines, &[1, 2, 3, 4, 5, 6]));
        }
        say(&text::gates(&evaluation.gates));
    }
    Ok(if passed { 0 } else { REJECTED })
}

/// What was said of the labels.
fn questioned(of: &LabelAudit) -> String {
    if let Some(why) = &of.not_judged {
        return format!("labels ({}) cannot be questioned: {why}\n", of.target);
    }
    let share = |share: f64| format!("{:.2} %", 100.0 * share);
    let mut lines = vec![
        [
            format!("labels ({})", of.target).as_str(),
            "synthetic",
            "95 % interval",
            "real",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut add = |name: &str, of: Interval, real: f64| {
        let interval = format!("{} … {}", share(of.low), share(of.high));
        lines.push(vec![name.to_owned(), share(of.value), interval, share(real)]);
    };
    add("wrong, by a model", of.noise, of.noise_holdout);
    if !of.classes.is_empty() {
        add("contradictions", of.contradictions, of.contradictions_expected);
    }
    if let (Some(found), Some(real)) = (of.disagreement, of.disagreement_holdout) {
        add("unlike the nearest", found, real);
    }
    let mut text = text::columns(&lines, &[1, 2, 3]);
    if of.suspects > 0 {
        let _ = writeln!(
            text,
            "{} rows{} are suspect; the first: row {}, {}",
            text::count(of.suspects as u64),
            of.sample_of.map_or_else(String::new, |_| format!(
                " of {} that were drawn",
                text::count(of.rows as u64)
            )),
            of.examples.first().map_or(0, |s| s.row + 1),
            of.examples.first().map_or("", |s| s.reason.as_str())
        );
    }
    text
}

/// The lists of what differs: links, proxies, regions, values; empty where nothing does.
fn found(robust: &Robust) -> String {
    const SHOWN: usize = 8;
    let mut lines: Vec<String> = Vec::new();
    for (what, links) in [("invented", &robust.links.invented), ("lost", &robust.links.lost)] {
        lines.extend(links.iter().take(SHOWN).map(|link| {
            format!(
                "link {what}: {} and {} (real {:.2}, holdout {:.2}, synthetic {:.2})",
                link.a, link.b, link.real, link.holdout, link.synthetic
            )
        }));
        if links.len() > SHOWN {
            lines.push(format!("and {} more links {what}", links.len() - SHOWN));
        }
    }
    for proxy in &robust.proxies {
        for power in proxy.all.iter().chain(&proxy.single).filter(|power| power.gain > 0.0) {
            let from = if power.column.is_empty() {
                "all others"
            } else {
                &power.column
            };
            lines.push(format!(
                "proxy: {} from {from} (ROC AUC real {:.2}, holdout {:.2}, synthetic {:.2})",
                proxy.column, power.real, power.holdout, power.synthetic
            ));
        }
    }
    for gone in robust.gone.iter().take(SHOWN) {
        lines.push(format!(
            "gone: '{}' of {} ({:.1} % of the real rows, {} synthetic ones)",
            gone.value,
            gone.column,
            100.0 * gone.real,
            gone.left
        ));
    }
    for region in robust.tells.regions.iter().take(SHOWN) {
        lines.push(format!(
            "region: {} (real {:.1} %, synthetic {:.1} %)",
            region.conditions.join("; "),
            100.0 * region.real,
            100.0 * region.synthetic
        ));
    }
    lines.join("\n")
}

fn line(name: &str, score: Score) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.4}"));
    let interval = match (score.low, score.high) {
        (Some(low), Some(high)) => format!("{low:.4} … {high:.4}"),
        _ => "-".to_owned(),
    };
    vec![
        name.to_owned(),
        number(Some(score.value)),
        interval,
        number(score.floor),
        number(score.ceiling),
        number(score.normalised),
    ]
}
