//! Tables and figures as text.

use plenish_evaluate::{Decision, Gate, Verdict};
use plenish_study::Privacy;

/// Lines of cells in columns; the first line is the heading. Columns in `right` are set to the right.
pub(super) fn columns(lines: &[Vec<String>], right: &[usize]) -> String {
    let width = |c: usize| {
        lines
            .iter()
            .filter_map(|l| l.get(c))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..lines.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    let mut out = String::new();
    for line in lines {
        let cells: Vec<String> = line
            .iter()
            .enumerate()
            .map(|(c, cell)| {
                let blanks = " ".repeat(widths[c].saturating_sub(cell.chars().count()));
                if right.contains(&c) {
                    format!("{blanks}{cell}")
                } else {
                    format!("{cell}{blanks}")
                }
            })
            .collect();
        out.push_str("  ");
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// A count with thin groups of three digits.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The verdict in a word, for people.
pub(super) fn decision(verdict: &Verdict) -> &'static str {
    match verdict.verdict {
        Decision::Accept => "ACCEPT",
        Decision::Reject => "REJECT",
        Decision::NoBenefit => "NO BENEFIT",
    }
}

/// What was promised and paid, and what of a private run may leave.
pub(super) fn promise(privacy: &Privacy) -> String {
    let (evidence, balance) = (&privacy.evidence, &privacy.ledger);
    let limit = balance.limit.map_or_else(String::new, |l| format!(" of {}", l.epsilon));
    format!(
        "\nPrivacy: epsilon {} with delta {:e}, for {}. Of '{}', epsilon {:.4}{limit} is spent.\n\
         May leave: {}\nStays with the data, with exact figures of it: {}",
        evidence.guarantee.epsilon,
        evidence.guarantee.delta,
        evidence.neighbours,
        balance.name,
        balance.epsilon.unwrap_or(f64::NAN),
        privacy.released.join(", "),
        privacy.kept.join(", ")
    )
}

/// The gates as a table.
pub(super) fn gates(gates: &[Gate]) -> String {
    let mut lines = vec![["gate", "value", "needed", ""].map(str::to_owned).to_vec()];
    for gate in gates {
        let needed = format!("{} {:.4}", if gate.at_least { ">=" } else { "<=" }, gate.threshold);
        let passed = match (gate.passed, gate.warns) {
            (true, _) => "passed",
            (false, true) => "warning",
            (false, false) => "FAILED",
        };
        lines.push(vec![
            gate.name.clone(),
            format!("{:.4}", gate.value),
            needed,
            passed.to_owned(),
        ]);
    }
    columns(&lines, &[1, 2])
}
