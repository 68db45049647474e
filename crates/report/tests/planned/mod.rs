//! A plan with a little of everything that a report shows.

use crate::trial::at;
use plenish_evaluate::{Experiment, Slice};
use plenish_gaps::Region;
use plenish_plan::{
    Borrowed, GapKind, LeftOut, LineOutcome, PatternOutcome, Plan, PlanLine, PlanReport, Recheck, Trial, Warning,
};
use plenish_table::Condition;

/// Rows that cover a combination.
const THRESHOLD: usize = 30;

/// The plan; one of its columns and the values of that have these names. The first two lines are about what
/// `trial::trial` looked at.
pub(crate) fn planned(column: &str, values: [&str; 3]) -> PlanReport {
    let line = |gap: GapKind, value: &str, reason: &str, effect: &str, borrowed: Option<Borrowed>| PlanLine {
        gap,
        region: region(&condition(column, value)),
        have: 12,
        rows: 40,
        reason: reason.to_owned(),
        effect: effect.to_owned(),
        borrowed,
    };
    let borrowed = |from: String, is_specific: bool| Borrowed {
        from,
        rows: 240,
        columns: vec![column.to_owned(), "age".to_owned()],
        is_specific,
    };
    let lines = vec![
        line(
            GapKind::Slice,
            values[0],
            &format!("the error is 0.61 where {column} is {}, and 0.40 elsewhere", values[0]),
            "lowers the error there",
            None,
        ),
        line(
            GapKind::Pattern,
            values[1],
            "fewer than 30 rows have this combination",
            "covers the combination",
            Some(borrowed(condition(column, values[1]), true)),
        ),
        line(
            GapKind::Group,
            values[2],
            "8.00 % of the group have the rarer outcome",
            "brings it to 20.00 %",
            Some(borrowed("all rows".to_owned(), false)),
        ),
    ];
    let added = [40, 37, 40];
    let outcomes = lines.iter().zip(added).map(|(line, added)| LineOutcome {
        gap: line.gap,
        region: line.region.text.clone(),
        reason: line.reason.clone(),
        before: line.have,
        added,
        after: line.have + added + 3,
    });
    let pattern = |value: &str, columns: &[&str], after: usize, accepted: bool| PatternOutcome {
        region: format!("{} and age up to 30", condition(column, value)),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        before: 4,
        after,
        accepted,
    };
    let patterns = vec![
        pattern(values[0], &["age", column], 34, true),
        pattern(values[1], &[column, "age"], 4, false),
        pattern(values[2], &["day", column], THRESHOLD, true),
    ];
    PlanReport {
        found: Recheck {
            lines: outcomes.collect(),
            threshold: THRESHOLD,
            uncovered_before: 3,
            uncovered_after: 1,
            accepted: 2,
            closed: 2,
            patterns,
        },
        plan: Plan {
            left_out: vec![LeftOut {
                gap: GapKind::Pattern,
                region: region(&condition(column, values[1])),
                reason: format!("the constraint {column} < day leaves no such row"),
            }],
            accepted: vec![(region(&condition(column, values[0])), THRESHOLD)],
            notes: vec![format!(
                "{}: 900 rows are wanted, but 12 real rows to learn from bear 240 at most",
                condition(column, values[2])
            )],
            lines,
        },
        trials: vec![
            tried(1, &condition(column, values[0]), 0.55, true),
            tried(1, &condition(column, values[1]), 0.62, false),
        ],
        warnings: vec![Warning {
            line: 1,
            text: format!("3 of 40 rows are nearly the same as another, in {column}"),
        }],
    }
}

fn tried(round: usize, region: &str, after: f64, kept: bool) -> Trial {
    Trial {
        round,
        region: region.to_owned(),
        rows: 150,
        judged: 64,
        before: 0.61,
        after,
        error: 0.012,
        overall: after - 0.6,
        kept,
    }
}

/// The same with more lines, combinations and gaps left out than a page can show, and an experiment that looked at
/// a hundred of the lines.
pub(crate) fn many_lines(mut of: PlanReport, mut trial: Experiment) -> (PlanReport, Experiment) {
    let text = |i: usize| format!("city = 'a city of quite a long name, of which there are many: {i}' and age >= {i}");
    of.plan.lines = (0..3000)
        .map(|i| PlanLine {
            region: region(&text(i)),
            ..of.plan.lines[i % 3].clone()
        })
        .collect();
    of.found.lines = (0..3000)
        .map(|i| LineOutcome {
            region: text(i),
            ..of.found.lines[i % 3].clone()
        })
        .collect();
    of.warnings = (0..3000)
        .map(|line| Warning {
            line,
            ..of.warnings[0].clone()
        })
        .collect();
    of.found.patterns = (0..10_000)
        .map(|i| PatternOutcome {
            region: text(i),
            columns: [i % 30, (i * 7 + 1) % 30, i / 30 % 30]
                .map(|k| format!("column {k}"))
                .to_vec(),
            ..of.found.patterns[i % 3].clone()
        })
        .collect();
    of.plan.left_out = (0..5000)
        .map(|i| LeftOut {
            region: region(&text(i)),
            ..of.plan.left_out[0].clone()
        })
        .collect();
    of.trials = (0..200).map(|i| tried(i / 5 + 1, &text(i), 0.6, false)).collect();
    of.plan.notes = (0..100).map(|i| format!("{}: a note", text(i))).collect();
    trial.asked = (0..100)
        .map(|i| Slice {
            column: String::new(),
            value: text(i),
            change: at(i as f64 / 1e3),
            ..trial.slices[0].clone()
        })
        .collect();
    (of, trial)
}

/// How the condition that `column` is `value` is written.
pub(crate) fn condition(column: &str, value: &str) -> String {
    format!("{column} = '{value}'")
}

fn region(text: &str) -> Region {
    Region {
        condition: Condition::default(),
        text: text.to_owned(),
    }
}
