//! What the steps cost and bring: the same measurements before and after, side by side.

use plenish_audit::{Audit, AuditCriteria, audit, enough_rows};
use plenish_evaluate::{Interval, Score, align, copies, fidelity, robust, sample, scored};
use plenish_learn::metrics::{r2, roc_auc, roc_auc_one_vs_rest};
use plenish_learn::target::{Goal, features};
use plenish_learn::{BoostSettings, Examples, Learner, Predictor, Task};
use plenish_table::{Context, Result, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Real rows of each kind that are attacked if nobody says otherwise; synthetic rows are all there.
pub const MAX_ATTACKED: usize = 5_000;
/// Rows that a model learns from at most.
const MOST_LEARNED: usize = 50_000;
/// Resampled holdouts for the interval of a model's figure.
const REPLICATES: u64 = 200;

/// The tables: all of one kind of rows, with the same columns.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Real rows the generator learned from.
    pub train: &'a Table,
    /// Real rows it never saw, from the same source.
    pub holdout: &'a Table,
    /// Synthetic rows before the steps.
    pub before: &'a Table,
    /// Synthetic rows after them.
    pub after: &'a Table,
}

/// What is to be measured beside fidelity.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The column that a model is to predict; no model is trained without.
    pub target: Option<String>,
    /// What attackers know of a person; all but what they guess if empty.
    pub keys: Vec<String>,
    /// Real rows of each kind that are attacked, at most; [`MAX_ATTACKED`] is usual.
    pub attacked: usize,
}

/// What a figure tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// How like the rows are to real ones; 1 is best.
    Fidelity,
    /// How good a model is that learned from them; more is better.
    Model,
    /// How far attackers get; less is better.
    Attack,
}

/// A measurement with its 95 % interval, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// One measurement before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What it tells of.
    pub group: Group,
    /// Its name.
    pub name: String,
    /// Before the steps; none where it cannot be measured.
    pub before: Option<Figure>,
    /// After them.
    pub after: Option<Figure>,
    /// What real rows come to: the holdout (fidelity), a model that learned from the training rows, or guessing (attacks).
    pub reference: Option<f64>,
}

/// Everything measured. It tells of training rows and is as sensitive as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// That the figures are sensitive.
    pub sensitive: String,
    /// Rows before and after.
    pub rows: [usize; 2],
    /// Training rows and holdout rows that were attacked.
    pub attacked: [usize; 2],
    /// The figures: fidelity, the model, attacks.
    pub changes: Vec<Change>,
}

/// Measures both tables in the same way: fidelity against the training rows, a model trained on the synthetic rows and
/// judged by the holdout, and the attacks of an audit. Columns are matched by name.
///
/// Fails when the tables differ in columns or types, when one has fewer rows than an audit needs, and when the target
/// does not exist or cannot be predicted.
pub fn measure(inputs: &Inputs<'_>, question: &Question, seed: &Seed, cx: &Context<'_>) -> Result<Effect> {
    let names = ["training", "holdout", "synthetic", "changed"];
    let tables = [inputs.train, inputs.holdout, inputs.before, inputs.after];
    enough_rows(&tables, &names)?;
    let [train, holdout, before, after] = align(tables, names)?;
    let seed = seed.derive("effect");
    let both = [&before, &after];
    let mut changes = fidelities(&train, &holdout, both, &seed.derive("fidelity"), cx)?;
    if let Some(target) = &question.target {
        changes.push(model(&train, &holdout, both, target, &seed.derive("model"), cx)?);
    }
    let part =
        |table: &Table, purpose: &str| table.take(&sample(table.rows(), question.attacked, &seed.derive(purpose)));
    let (members, others) = (part(&train, "members"), part(&holdout, "others"));
    let audits = both.map(|synthetic| {
        let inputs = plenish_audit::Inputs {
            train: &members,
            holdout: &others,
            synthetic,
            model: None,
        };
        let question = plenish_audit::Question {
            target: question.target.clone(),
            keys: question.keys.clone(),
            ..plenish_audit::Question::default()
        };
        audit(
            &inputs,
            &question,
            &AuditCriteria::default(),
            &seed.derive("attacks"),
            cx,
        )
    });
    let [first, second] = audits;
    changes.extend(attacks([&first?, &second?]));
    changes.extend(copied(&train, &holdout, both, &seed.derive("copies"), cx)?);
    Ok(Effect {
        sensitive: plenish_audit::SENSITIVE.to_owned(),
        rows: both.map(Table::rows),
        attacked: [members.rows(), others.rows()],
        changes,
    })
}

fn fidelities(train: &Table, holdout: &Table, both: [&Table; 2], seed: &Seed, cx: &Context<'_>) -> Result<Vec<Change>> {
    let columns = scored(train.schema())?;
    let one = |synthetic: &Table| -> Result<Vec<(&'static str, Score)>> {
        let close = cx.step("comparing synthetic and real rows", 15, || {
            fidelity(train, holdout, synthetic, &columns, &seed.derive("fidelity"), cx)
        })?;
        let agreement = cx.step("looking at pairs and triples", 6, || {
            let seed = seed.derive("robust");
            robust(train, holdout, synthetic, &columns, None, &[], &seed, cx)
        })?;
        Ok(vec![
            ("overall", close.overall),
            ("shapes", close.shapes),
            ("pairs", close.pairs),
            ("detection", close.detection),
            ("agreement of columns", agreement.agreement.columns),
            ("agreement of pairs", agreement.agreement.pairs),
            ("agreement of triples", agreement.agreement.triples),
        ])
    };
    let figure = |score: &Score| Figure {
        value: score.value,
        low: score.low,
        high: score.high,
    };
    let changes = one(both[0])?.into_iter().zip(one(both[1])?);
    Ok(changes
        .map(|((name, before), (_, after))| Change {
            group: Group::Fidelity,
            name: name.to_owned(),
            before: Some(figure(&before)),
            after: Some(figure(&after)),
            reference: before.ceiling,
        })
        .collect())
}

/// A model that learned from synthetic rows, judged by the holdout.
fn model(
    train: &Table,
    holdout: &Table,
    both: [&Table; 2],
    target: &str,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Change> {
    let goal = Goal::new(train, holdout, target)?;
    let columns = features(train, goal.index)?;
    let (rows, truth) = goal.rows(holdout);
    let asked = holdout.take(&rows);
    let judged = |table: &Table| -> Result<Option<Figure>> {
        let (rows, target) = goal.rows(table);
        if !target.iter().any(|t| Some(t) != target.first()) {
            // All of one class: there is nothing to learn.
            return Ok(None);
        }
        let chosen = sample(rows.len(), MOST_LEARNED, &seed.derive("rows"));
        let table = table.take(&chosen.iter().map(|&at| rows[at as usize]).collect::<Vec<_>>());
        let target: Vec<f64> = chosen.iter().map(|&at| target[at as usize]).collect();
        let examples = Examples {
            table: &table,
            features: &columns,
            target: &target,
            weights: None,
            task: goal.task,
        };
        let learned: Predictor =
            Learner::Boosted(BoostSettings::default()).fit(&examples, &seed.derive("learn"), cx)?;
        Ok(quality(goal.task, &truth, &learned.predict(&asked)?, seed))
    };
    let reference = cx.step("training on real rows", 0, || judged(train))?;
    Ok(Change {
        group: Group::Model,
        name: format!(
            "{} predicting {target}",
            if goal.task == Task::Regression {
                "R squared"
            } else {
                "ROC AUC"
            }
        ),
        before: cx.step("training on synthetic rows", 0, || judged(both[0]))?,
        after: cx.step("training on changed rows", 0, || judged(both[1]))?,
        reference: reference.map(|figure| figure.value),
    })
}

/// The area under the ROC curve (of several classes the mean of each against the rest), or R squared; its interval is
/// that of resampled holdout rows.
fn quality(task: Task, truth: &[f64], predicted: &[f64], seed: &Seed) -> Option<Figure> {
    let labels: Vec<bool> = truth.iter().map(|&t| t == 1.0).collect();
    let classes: Vec<usize> = truth.iter().map(|&t| t as usize).collect();
    let value = |weights: Option<&[f64]>| match task {
        Task::Binary => roc_auc(&labels, predicted, weights),
        Task::Multiclass(count) => roc_auc_one_vs_rest(&classes, predicted, count, weights),
        Task::Regression => Some(r2(truth, predicted, weights)).filter(|v| v.is_finite()),
    };
    let estimate = value(None)?;
    let mut replicates: Vec<f64> = (0..REPLICATES)
        .into_par_iter()
        .filter_map(|replicate| {
            let mut stream = seed.derive("bootstrap").stream(replicate, 0);
            let mut weights = vec![0.0; truth.len()];
            for _ in 0..truth.len() {
                weights[stream.below(truth.len() as u64) as usize] += 1.0;
            }
            value(Some(&weights))
        })
        .collect();
    replicates.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        replicates
            .get((share * (replicates.len().max(1) - 1) as f64).round() as usize)
            .copied()
    };
    Some(Figure {
        value: estimate,
        low: at(0.025).map(|low| low.min(estimate)),
        high: at(0.975).map(|high| high.max(estimate)),
    })
}

/// The figures of two audits, matched by their names.
fn attacks(audits: [&Audit; 2]) -> Vec<Change> {
    let [before, after] = audits.map(figures);
    before
        .into_iter()
        .map(|(name, figure, reference)| Change {
            group: Group::Attack,
            after: after.iter().find(|other| other.0 == name).and_then(|other| other.1),
            name,
            before: figure,
            reference: Some(reference),
        })
        .collect()
}

/// Copies of training rows among all of them, attacked or not.
fn copied(train: &Table, holdout: &Table, both: [&Table; 2], seed: &Seed, cx: &Context<'_>) -> Result<Vec<Change>> {
    let columns = scored(train.schema())?;
    let one = |synthetic| copies(train, holdout, synthetic, &columns, seed, cx);
    let (before, after) = (one(both[0])?, one(both[1])?);
    let exact = |value| Figure {
        value,
        low: None,
        high: None,
    };
    let nearer = |of: Interval| Figure {
        value: of.value,
        low: Some(of.low),
        high: Some(of.high),
    };
    let change = |name: &str, before, after, reference| Change {
        group: Group::Attack,
        name: name.to_owned(),
        before: Some(before),
        after: Some(after),
        reference: Some(reference),
    };
    Ok(vec![
        change(
            "rows that equal a training row",
            exact(before.synthetic),
            exact(after.synthetic),
            before.expected,
        ),
        change(
            "rows nearer to a training than to a holdout row",
            nearer(before.nearer),
            nearer(after.nearer),
            0.5,
        ),
    ])
}

/// What an audit comes to, with what guessing or the holdout would give.
fn figures(audit: &Audit) -> Vec<(String, Option<Figure>, f64)> {
    let of = |interval: Interval| Figure {
        value: interval.value,
        low: Some(interval.low),
        high: Some(interval.high),
    };
    let mut out = Vec::new();
    for attack in &audit.attacks {
        let success = &attack.success;
        out.push((
            format!("membership, {} (AUC)", attack.name),
            Some(Figure {
                value: success.auc,
                low: Some(success.auc_low),
                high: Some(success.auc_high),
            }),
            0.5,
        ));
    }
    let worst = &audit.worst;
    let share = worst.tpr_at_1pct_fpr.map(|value| Figure {
        value,
        low: worst.tpr_at_1pct_fpr_low,
        high: worst.tpr_at_1pct_fpr_high,
    });
    out.push(("members found at 1 % false alarms, worst".to_owned(), share, 0.01));
    let exposed = worst.exposed_auc.map(|value| Figure {
        value,
        low: worst.exposed_auc_low,
        high: worst.exposed_auc_high,
    });
    out.push(("membership of exposed rows, worst (AUC)".to_owned(), exposed, 0.5));
    out.push((
        "singling out (risk)".to_owned(),
        Some(of(audit.singling_out.risk.risk)),
        0.0,
    ));
    out.push(("linking (risk)".to_owned(), Some(of(audit.linkability.risk.risk)), 0.0));
    let guessed = audit
        .attribute
        .columns
        .iter()
        .find(|c| Some(&c.column) == audit.attribute.worst.as_ref());
    out.push((
        "guessing a cell, worst column (risk)".to_owned(),
        guessed.map(|column| of(column.risk.risk)),
        0.0,
    ));
    out
}
