//! The gates that tables alone decide: what was measured, held against the criteria.

use crate::criteria::Criteria;
use crate::fidelity::Robust;
use crate::interval::Z;
use crate::labels::LabelAudit;
use crate::results::{Copies, Evaluation, Fidelity, Gate, Rows, Score, Validity};
use crate::validity::missing_gap;

/// A gate whose value has to be at least `threshold`; nothing if that is not set.
pub(crate) fn at_least(name: &str, question: impl Into<String>, value: f64, threshold: Option<f64>) -> Option<Gate> {
    let threshold = threshold?;
    Some(Gate {
        name: name.to_owned(),
        question: question.into(),
        value,
        threshold,
        at_least: true,
        passed: value >= threshold,
        warns: false,
    })
}

/// A gate whose value has to be at most `threshold`; nothing if that is not set.
pub(crate) fn at_most(name: &str, question: impl Into<String>, value: f64, threshold: Option<f64>) -> Option<Gate> {
    let gate = at_least(name, question, value, threshold)?;
    Some(Gate {
        at_least: false,
        passed: value <= gate.threshold,
        ..gate
    })
}

/// A gate on likeness, which asks for no more than chance allows: not for more than unseen real rows reach where few
/// rows or many categories keep even those below the criterion, and not for a figure whose interval holds the
/// criterion to be above it.
fn no_more_than_chance_allows(name: &str, question: &str, score: &Score, threshold: Option<f64>) -> Option<Gate> {
    let threshold = threshold?;
    let error = score.low.map_or(0.0, |low| (score.value - low).max(0.0) / Z);
    // What `SDMetrics` takes off for chance varies more than its own resampling shows (its bins follow
    // the extremes of a table): as much again is allowed for.
    let reach = |ceiling: f64| (ceiling - 3.0 * error - (1.0 - ceiling)).max(0.0);
    match score.ceiling.map(reach) {
        Some(reached) if reached < threshold => at_least(
            name,
            format!(
                "{question} The criterion is {threshold}, but unseen real rows may reach no more than {reached:.4}."
            ),
            score.value,
            Some(reached),
        ),
        _ if score.value < threshold && score.value + Z * error >= threshold => at_least(
            name,
            format!("{question} The criterion is {threshold}, less what chance may take from so few rows."),
            score.value,
            Some(threshold - Z * error),
        ),
        _ => at_least(name, question, score.value, Some(threshold)),
    }
}

/// The gates that tables alone decide, in the order of [`Criteria`].
pub(crate) fn table_gates(
    criteria: &Criteria,
    validity: &Validity,
    fidelity: &Fidelity,
    copies: &Copies,
    rows: &Rows,
) -> Vec<Gate> {
    let (gap, column) = missing_gap(validity, rows.real, rows.synthetic);
    let missing = match column {
        Some(column) => format!(
            "How far the share of missing cells is from the real one, beyond chance, where it is farthest ('{column}')."
        ),
        None => "How far any column's share of missing cells is from the real one, beyond chance.".to_owned(),
    };
    [
        at_least(
            "validity",
            "Share of synthetic cells that the schema allows.",
            validity.share,
            criteria.validity,
        ),
        at_most("missing_gap", missing, gap, criteria.missing_gap),
        no_more_than_chance_allows(
            "shapes",
            "How alike the single columns are (Column Shapes, 1 is equal).",
            &fidelity.shapes,
            criteria.shapes,
        ),
        no_more_than_chance_allows(
            "pairs",
            "How alike the relations of two columns are (Column Pair Trends, 1 is equal).",
            &fidelity.pairs,
            criteria.pairs,
        ),
        at_least(
            "detection",
            "How hard it is for a model to tell synthetic rows from unseen real ones (1 is impossible).",
            fidelity.detection.value,
            criteria.detection,
        ),
    ]
    .into_iter()
    .flatten()
    .chain(copy_gates(criteria, copies, rows))
    .collect()
}

/// The gates on repeated rows.
pub(crate) fn copy_gates(criteria: &Criteria, copies: &Copies, rows: &Rows) -> Vec<Gate> {
    [
        at_most(
            "copies",
            "Share of synthetic rows that repeat a row the generator saw, beyond what unseen real rows do and chance.",
            beyond(copies.synthetic, copies.expected, rows.synthetic, rows.holdout),
            criteria.copies,
        ),
        at_most(
            "copies_holdout",
            "Share of synthetic rows that repeat a row of the holdout, beyond what real rows do and chance.",
            beyond(copies.holdout, copies.holdout_expected, rows.synthetic, rows.real),
            criteria.copies_holdout,
        ),
        at_most(
            "nearer",
            "Share of synthetic rows nearer to a row the generator saw than to an unseen one (0.5 is no memory), at the \
             lower end of its 95 % interval.",
            copies.nearer.low,
            criteria.nearer,
        )
        .map(|gate| Gate {
            warns: !criteria.nearer_closes,
            ..gate
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// By how much a share of `n` rows exceeds one of `m`, less three standard errors of the difference.
fn beyond(share: f64, expected: f64, n: usize, m: usize) -> f64 {
    let (n, m) = (n.max(1) as f64, m.max(1) as f64);
    let pooled = (share * n + expected * m) / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    (share - expected - 3.0 * error).max(0.0)
}

/// The largest of some figures, at least 0, and what it is about.
fn largest(figures: impl Iterator<Item = (f64, String)>) -> (f64, String) {
    figures.fold(
        (0.0, String::new()),
        |worst, figure| {
            if figure.0 > worst.0 { figure } else { worst }
        },
    )
}

/// A question with the place where the answer is worst, if there is one.
fn where_worst(question: &str, place: &str) -> String {
    if place.is_empty() {
        format!("{question}.")
    } else {
        format!("{question}; most of all {place}.")
    }
}

/// The gates on robust measures, in the order of [`Criteria`]. What cannot be judged has none.
pub(crate) fn robust_gates(criteria: &Criteria, of: &Robust) -> Vec<Gate> {
    let mut gates = Vec::new();
    let mut gate = |name: &str, question: &str, (value, place): (f64, String), threshold: Option<f64>| {
        gates.extend(at_most(name, where_worst(question, &place), value, threshold));
    };
    let columns = of.agreement.by_column.iter();
    gate(
        "column_gap",
        "Share of rows in the wrong bin of a column, beyond what unseen real rows have and chance",
        largest(columns.map(|c| (c.gap, format!("'{}'", c.name)))),
        criteria.column_gap,
    );
    let pairs = of.agreement.by_pair.iter();
    gate(
        "pair_gap",
        "Share of rows in the wrong cell of a pair of columns, beyond what unseen real rows have and chance",
        largest(pairs.map(|p| (p.gap, format!("'{}' and '{}'", p.a, p.b)))),
        criteria.pair_gap,
    );
    for (name, question, links, threshold) in [
        (
            "lost_links",
            "What any link between two columns lost in strength, beyond chance",
            &of.links.lost,
            criteria.lost_links,
        ),
        (
            "invented_links",
            "What any link between two columns gained in strength, beyond chance",
            &of.links.invented,
            criteria.invented_links,
        ),
    ] {
        let named = |l: &crate::fidelity::Link| {
            let (a, b) = (&l.a, &l.b);
            (
                l.excess,
                format!("'{a}' and '{b}', {:.2} instead of {:.2}", l.synthetic, l.real),
            )
        };
        gate(name, question, largest(links.iter().map(named)), threshold);
    }
    let mut powers = of
        .proxies
        .iter()
        .flat_map(|p| p.all.iter().chain(&p.single).map(move |power| (p, power)))
        .peekable();
    if powers.peek().is_some() {
        let named = |(proxy, power): (&crate::fidelity::Proxy, &crate::fidelity::ProxyPower)| {
            let from = if power.column.is_empty() {
                "all others together".to_owned()
            } else {
                format!("'{}'", power.column)
            };
            (power.gain, format!("'{}' from {from}", proxy.column))
        };
        gate(
            "proxy",
            "By how much better (ROC AUC) a protected column is predicted from others than in real rows, beyond chance",
            largest(powers.map(named)),
            criteria.proxy,
        );
    }
    gate(
        "values_gone",
        "Share of the real rows with a value that next to no synthetic row has",
        largest(
            of.gone
                .iter()
                .map(|g| (g.real, format!("'{}' of '{}'", g.value, g.column))),
        ),
        criteria.values_gone,
    );
    let mut judged = of.rates.iter().filter(|r| r.gap.is_some()).peekable();
    if judged.peek().is_some() {
        let named = |r: &crate::fidelity::GroupRate| {
            let of = r
                .class
                .as_ref()
                .map(|class| format!("'{class}' in "))
                .unwrap_or_default();
            (r.gap.unwrap_or(0.0), format!("{of}'{}' of '{}'", r.group, r.column))
        };
        gate(
            "group_rate",
            "How far the share of any protected group, or of any class within it, is from the real one, beyond chance",
            largest(judged.map(named)),
            criteria.group_rate,
        );
    }
    if !of.times.orders.is_empty() {
        let orders = of.times.orders.iter();
        gate(
            "time_order",
            "Share of synthetic rows in which two times stand in an order that real rows do not have",
            largest(orders.map(|o| (o.synthetic - o.real, format!("'{}' before '{}'", o.earlier, o.later)))),
            criteria.time_order,
        );
    }
    if !of.times.rows.is_empty() {
        let rows = of.times.rows.iter();
        gate(
            "row_order",
            "Share of synthetic rows that stand before the row they follow, by a time that real rows are sorted by",
            largest(rows.map(|r| (1.0 - r.synthetic, format!("'{}'", r.column)))),
            criteria.row_order,
        );
    }
    gates
}

impl Evaluation {
    /// Holds the rows in quarantine against the criteria instead of the wrong labels of all rows: for synthetic rows that
    /// are used without those.
    pub fn leave_out_suspects(&mut self, criteria: &Criteria) {
        let Some(labels) = self.labels.as_ref().filter(|labels| labels.not_judged.is_none()) else {
            return;
        };
        let share = labels.suspects as f64 / labels.rows.max(1) as f64;
        let gate = at_most(
            "quarantine",
            "Share of synthetic rows whose label is in doubt; they are left out.",
            share,
            criteria.quarantine,
        );
        match (self.gates.iter().position(|gate| gate.name == "label_noise"), gate) {
            (Some(place), Some(gate)) => self.gates[place] = gate,
            (Some(place), None) => {
                self.gates.remove(place);
            }
            (None, gate) => self.gates.extend(gate),
        }
    }
}

/// The gates on labels; none where they could not be judged.
pub(crate) fn label_gates(criteria: &Criteria, of: &LabelAudit) -> Vec<Gate> {
    if of.not_judged.is_some() {
        return Vec::new();
    }
    let contradictions = at_most(
        "contradictions",
        "Share of rows with the features of other rows and another label, beyond that of real rows and chance.",
        of.contradictions_beyond,
        criteria.contradictions,
    );
    at_most(
        "label_noise",
        "Share of labels that a model of the real rows takes for wrong, beyond chance.",
        of.noise_beyond(),
        criteria.label_noise,
    )
    .into_iter()
    .chain(contradictions.filter(|_| !of.classes.is_empty()))
    .collect()
}
