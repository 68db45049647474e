//! What attacks on synthetic rows found: the page of an audit.

use super::privacy::Promise;
use super::sheet::{Head, Sheet};
use super::summary::GateRow;
use crate::charts::{Forest, Labels, Mark, Marker, forest};
use crate::figures::{count, interval, p_value, percent, percent_interval, signed_interval, trimmed};
use crate::input::AuditInput;
use askama::Template;
use plenish_audit::{Attack, Audit, Risk, Success};
use plenish_evaluate::Interval;
use std::fmt::Write;

/// The page of an audit.
#[derive(Template)]
#[template(path = "audit.html")]
pub(crate) struct Page<'a> {
    title: &'a str,
    plenish: &'a str,
    generated_at: Option<&'a str>,
    sensitive: &'a str,
    data: Vec<(&'a str, &'a str, String)>,
    promise: Option<Promise>,
    gates: Vec<GateRow<'a>>,
    closed: usize,
    control: Option<String>,
    worst: String,
    membership: Membership,
    risks: Risks,
    copies: Copies,
    traits: Option<Traits>,
}

/// Attacks that tell training rows from others.
struct Membership {
    auc: String,
    found: Option<String>,
    found_rarely: Option<String>,
    sheet: Sheet,
    how: Sheet,
    not_made: Vec<(String, String)>,
}

/// Guessing, singling out and linking.
struct Risks {
    shares: String,
    chart: String,
    sheet: Sheet,
    known: String,
    left_out: String,
}

struct Copies {
    chart: String,
    says: String,
    sheet: Sheet,
}

/// Protected columns.
struct Traits {
    chart: String,
    sheet: Sheet,
}

impl<'a> Page<'a> {
    pub(crate) fn new(input: &AuditInput<'a>) -> Self {
        let audit = input.audit;
        let gates = super::summary::gate_rows(&audit.gates);
        Self {
            title: input.title,
            plenish: input.plenish,
            generated_at: input.generated_at,
            sensitive: &audit.sensitive,
            data: input
                .data
                .iter()
                .map(|d| (d.part.as_str(), d.name.as_str(), count(d.rows)))
                .collect(),
            promise: input.evidence.map(Promise::new),
            closed: gates.iter().filter(|gate| !gate.passed).count(),
            gates,
            control: (!audit.control.alike).then(|| {
                interval(&Interval {
                    value: audit.control.auc,
                    low: audit.control.auc_low,
                    high: audit.control.auc_high,
                })
            }),
            worst: worst(audit),
            membership: membership(audit),
            risks: risks(audit),
            copies: copies(audit),
            traits: traits(audit),
        }
    }
}

fn worst(audit: &Audit) -> String {
    let worst = &audit.worst;
    if worst.name.is_empty() {
        return "No attack could be made.".to_owned();
    }
    let area = Interval {
        value: worst.auc,
        low: worst.auc_low,
        high: worst.auc_high,
    };
    let mut text = format!(
        "The attack '{}' succeeds most for certain: AUC {}, an interval that holds for all attacks together; adjusted p {}.",
        worst.name,
        interval(&area),
        p_value(worst.p_holm)
    );
    let found = (
        &worst.tpr_name,
        worst.tpr_at_1pct_fpr,
        worst.tpr_at_1pct_fpr_low,
        worst.tpr_at_1pct_fpr_high,
    );
    if let (Some(name), Some(value), Some(low), Some(high)) = found {
        let _ = write!(
            text,
            " While 1 % of others are falsely accused, '{name}' finds {} of the rows that were learned from; guessing finds 1 %.",
            percent_interval(&Interval { value, low, high })
        );
    }
    text
}

fn area(of: &Success) -> Interval {
    Interval {
        value: of.auc,
        low: of.auc_low,
        high: of.auc_high,
    }
}

/// The share found at 1 %, or at 0.1 %, false alarms.
fn found(of: &Success, rarely: bool) -> Option<Interval> {
    let (value, low, high) = if rarely {
        (
            of.tpr_at_0_1pct_fpr,
            of.tpr_at_0_1pct_fpr_low,
            of.tpr_at_0_1pct_fpr_high,
        )
    } else {
        (of.tpr_at_1pct_fpr, of.tpr_at_1pct_fpr_low, of.tpr_at_1pct_fpr_high)
    };
    Some(Interval {
        value: value?,
        low: low?,
        high: high?,
    })
}

fn attack_marks(attack: &Attack, figure: &dyn Fn(&Success) -> Option<Interval>) -> Vec<Mark> {
    let mut marks = vec![Mark {
        marker: Marker::Synthetic,
        estimate: figure(&attack.success),
    }];
    // Exposed rows are a twentieth: mostly too few for the rarest alarms.
    if let Some(estimate) = attack.exposed.as_ref().and_then(figure) {
        marks.push(Mark {
            marker: Marker::Both,
            estimate: Some(estimate),
        });
    }
    marks
}

fn membership(audit: &Audit) -> Membership {
    let rows = |figure: &dyn Fn(&Success) -> Option<Interval>| -> Vec<(String, String, Vec<Mark>)> {
        audit
            .attacks
            .iter()
            .map(|a| (a.name.clone(), String::new(), attack_marks(a, figure)))
            .filter(|row| row.2.iter().any(|mark| mark.estimate.is_some()))
            .collect()
    };
    let auc = forest(
        "attack-auc",
        "How well each attack tells rows that were learned from from others",
        "Area under the ROC curve of each attack, with its 95 % interval: of all rows (diamond) and of the rows most unlike others (square). The line is at 0.5, which is guessing. All figures are in the table below the charts.",
        &Forest {
            rows: rows(&|s| Some(area(s))),
            labels: Labels::Beside,
            reference: Some(0.5),
            at_least: Some((0.45, 0.6)),
            show: &trimmed,
        },
    );
    let shares = |rarely: bool| {
        let rows = rows(&|s| found(s, rarely));
        let (id, alarms, reference) = if rarely {
            ("attack-tpr-rare", "0.1 %", 0.001)
        } else {
            ("attack-tpr", "1 %", 0.01)
        };
        (!rows.is_empty()).then(|| {
            forest(
                id,
                &format!("Rows found while {alarms} of others are falsely accused"),
                &format!("Share of training rows that each attack finds, with its exact 95 % interval. The line is at {alarms}, which is guessing. All figures are in the table below the charts."),
                &Forest {
                    rows,
                    labels: Labels::Beside,
                    reference: Some(reference),
                    at_least: Some((0.0, 4.0 * reference)),
                    show: &|v| format!("{} %", trimmed(v * 100.0)),
                },
            )
        })
    };
    Membership {
        auc,
        found: shares(false),
        found_rarely: shares(true),
        sheet: membership_sheet(&audit.attacks),
        how: Sheet {
            name: "What each attack does".to_owned(),
            caption: "What each attack does, and what whoever makes it has to know".to_owned(),
            heads: vec![Head::words("Attack"), Head::words("How")],
            rows: audit
                .attacks
                .iter()
                .map(|a| vec![a.name.clone(), a.how.clone()])
                .collect(),
        },
        not_made: audit
            .not_judged
            .iter()
            .map(|n| (n.name.clone(), n.reason.clone()))
            .collect(),
    }
}

fn membership_sheet(attacks: &[Attack]) -> Sheet {
    let or = |value: Option<Interval>| value.as_ref().map_or_else(|| "-".to_owned(), percent_interval);
    let rows = attacks.iter().map(|attack| {
        let s = &attack.success;
        vec![
            attack.name.clone(),
            interval(&area(s)),
            or(found(s, false)),
            or(found(s, true)),
            attack
                .exposed
                .as_ref()
                .map_or_else(|| "-".to_owned(), |e| interval(&area(e))),
            p_value(attack.p_holm),
        ]
    });
    Sheet {
        name: "Figures for attacks on membership".to_owned(),
        caption: "Success of each attack, with 95 % intervals; p is adjusted for all attacks together".to_owned(),
        heads: vec![
            Head::words("Attack"),
            Head::interval("AUC"),
            Head::interval("Found at 1 %"),
            Head::interval("Found at 0.1 %"),
            Head::interval("AUC, exposed rows"),
            Head::number("p"),
        ],
        rows: rows.collect(),
    }
}

fn risks(audit: &Audit) -> Risks {
    let mut all: Vec<(String, &Risk)> = vec![
        ("Singling out".to_owned(), &audit.singling_out.risk),
        ("Linking".to_owned(), &audit.linkability.risk),
    ];
    all.extend(
        audit
            .attribute
            .columns
            .iter()
            .map(|column| (format!("Guessing {}", column.column), &column.risk)),
    );
    let mark = |marker, estimate| Mark {
        marker,
        estimate: Some(estimate),
    };
    let shares = all.iter().map(|(name, risk)| {
        let marks = vec![
            mark(Marker::Synthetic, risk.main),
            mark(Marker::Real, risk.control),
            mark(Marker::Free, risk.naive),
        ];
        (name.clone(), String::new(), marks)
    });
    let excess = all
        .iter()
        .map(|(name, risk)| (name.clone(), String::new(), vec![mark(Marker::Synthetic, risk.risk)]));
    let show = |v: f64| format!("{:.0} %", v * 100.0);
    Risks {
        shares: forest(
            "risk-shares",
            "How often attacks succeed on rows that were learned from, on others, and without looking",
            "Three marks for each attack: on training rows (diamond), the control on holdout rows (disc), and naive (triangle). All figures are in the table below the charts.",
            &Forest {
                rows: shares.collect(),
                labels: Labels::Beside,
                reference: None,
                at_least: Some((0.0, 1.0)),
                show: &show,
            },
        ),
        chart: forest(
            "risk-excess",
            "What is due to having been learned from",
            "The part of success on training rows that goes beyond the control, of what there is to go beyond. The line is at 0: no worse off than others. All figures are in the table below the charts.",
            &Forest {
                rows: excess.collect(),
                labels: Labels::Beside,
                reference: Some(0.0),
                at_least: Some((-0.05, 0.1)),
                show: &|v| format!("{} %", trimmed(v * 100.0)),
            },
        ),
        sheet: Sheet {
            name: "Figures for guessing, singling out and linking".to_owned(),
            caption: "Shares of attacks that succeed, and the risk, with 95 % intervals".to_owned(),
            heads: vec![
                Head::words("Attack"),
                Head::interval("Main"),
                Head::interval("Control"),
                Head::interval("Naive"),
                Head::interval("Risk"),
            ],
            rows: all
                .iter()
                .map(|(name, risk)| {
                    std::iter::once(name.clone())
                        .chain(
                            [risk.main, risk.control, risk.naive, risk.risk]
                                .iter()
                                .map(percent_interval),
                        )
                        .collect()
                })
                .collect(),
        },
        known: if audit.attribute.known.is_empty() {
            "all other columns".to_owned()
        } else {
            audit.attribute.known.join(", ")
        },
        left_out: audit.attribute.left_out.join(", "),
    }
}

fn copies(audit: &Audit) -> Copies {
    let of = &audit.copies;
    let mark = |marker, estimate| Mark {
        marker,
        estimate: Some(estimate),
    };
    Copies {
        chart: forest(
            "near-copies",
            "Rows as near to a training row as only one in a hundred unseen rows is",
            "Of the synthetic rows (diamond) and of the holdout rows (disc), with 95 % intervals. All figures are in the table below the chart.",
            &Forest {
                rows: vec![(
                    "near copies".to_owned(),
                    String::new(),
                    vec![mark(Marker::Synthetic, of.near), mark(Marker::Real, of.near_expected)],
                )],
                labels: Labels::Beside,
                reference: None,
                at_least: Some((0.0, 0.04)),
                show: &|v| format!("{} %", trimmed(v * 100.0)),
            },
        ),
        says: format!(
            "{} of the synthetic rows equal a training row, where {} of the holdout rows do; {} lie nearer to a training than to a holdout row, where new rows would in 50 %.",
            percent(of.exact.synthetic),
            percent(of.exact.expected),
            percent_interval(&of.exact.nearer)
        ),
        sheet: Sheet {
            name: "Figures for copies".to_owned(),
            caption: "Shares of rows, with 95 % intervals where they are estimates".to_owned(),
            heads: vec![
                Head::words("What"),
                Head::interval("Synthetic rows"),
                Head::interval("Holdout rows"),
            ],
            rows: vec![
                vec![
                    "equal to a training row".to_owned(),
                    percent(of.exact.synthetic),
                    percent(of.exact.expected),
                ],
                vec![
                    "near to a training row".to_owned(),
                    percent_interval(&of.near),
                    percent_interval(&of.near_expected),
                ],
            ],
        },
    }
}

fn traits(audit: &Audit) -> Option<Traits> {
    if audit.traits.is_empty() {
        return None;
    }
    let mark = |marker, estimate| Mark {
        marker,
        estimate: Some(estimate),
    };
    let rows = audit.traits.iter().map(|t| {
        (
            t.column.clone(),
            String::new(),
            vec![
                mark(Marker::Synthetic, t.from_synthetic),
                mark(Marker::Real, t.from_real),
            ],
        )
    });
    Some(Traits {
        chart: forest(
            "traits",
            "How well each protected column is predicted for unseen people",
            "Area under the ROC curve of a model of the synthetic rows (diamond) and of one of the training rows (disc), with 95 % intervals; the line is at 0.5, which is guessing. All figures are in the table below the chart.",
            &Forest {
                rows: rows.collect(),
                labels: Labels::Beside,
                reference: Some(0.5),
                at_least: Some((0.45, 1.0)),
                show: &trimmed,
            },
        ),
        sheet: Sheet {
            name: "Figures for sensitive traits".to_owned(),
            caption: "ROC AUC with 95 % intervals; memory is how much better training rows are predicted than others"
                .to_owned(),
            heads: vec![
                Head::words("Column"),
                Head::interval("From synthetic rows"),
                Head::interval("From real rows"),
                Head::interval("Difference"),
                Head::interval("Memory"),
            ],
            rows: audit
                .traits
                .iter()
                .map(|t| {
                    vec![
                        t.column.clone(),
                        interval(&t.from_synthetic),
                        interval(&t.from_real),
                        signed_interval(&t.difference),
                        signed_interval(&t.memory),
                    ]
                })
                .collect(),
        },
    })
}
