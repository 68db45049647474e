//! A small report: its text, its form, and what hostile data can do to it.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use plenish_evaluate::{
    Arm, ClassNoise, ColumnFidelity, ColumnValidity, Copies, Decision, Evaluation, Experiment, Fidelity, Gate,
    GroupValue, Interval, LabelAudit, Link, MetricValue, Region, Robust, Rows, Score, Suspect, Validity, Verdict,
};
use plenish_profile::{ProfileSettings, associations, compare_columns, profile, shared_bins};
use plenish_report::{DataName, Provenance, ReportInput, render};
use plenish_table::{Column, ColumnSchema, Context, Role, Schema, Table, TextColumn};
use std::collections::BTreeSet;

/// A table of `rows` rows and, beside age, city and target, `more` columns of numbers.
fn table(city: &str, values: [&str; 3], rows: usize, shift: i64, more: usize) -> Table {
    let cells = (0..rows).map(|i| if i % 9 == 0 { None } else { Some(values[i % 3]) });
    let mut columns = vec![
        (
            "age".to_owned(),
            Column::Integer((0..rows as i64).map(|i| 20 + i * 7 % 50 + shift).collect()),
        ),
        (city.to_owned(), Column::Text(TextColumn::from_cells(cells))),
        (
            "day".to_owned(),
            Column::Date((0..rows as i32).map(|i| 15_000 + i % 90).collect()),
        ),
        (
            "ill".to_owned(),
            Column::Boolean((0..rows).map(|i| u8::from(i % 4 == 0)).collect()),
        ),
    ];
    for k in 0..more {
        let cells = (0..rows).map(|i| (i * (k + 3) % 97) as f64 / 7.0).collect();
        columns.push((format!("measurement {k}"), Column::Real(cells)));
    }
    let mut schema: Vec<ColumnSchema> = columns.iter().map(|(n, c)| ColumnSchema::new(n, c.kind())).collect();
    schema[1].role = Role::Protected;
    schema[3].role = Role::Target;
    Table::new(Schema::new(schema).unwrap(), columns.into_iter().map(|c| c.1).collect()).unwrap()
}

fn at(value: f64) -> Interval {
    Interval {
        value,
        low: value - 0.01,
        high: value + 0.01,
    }
}

fn score(value: f64, floor: f64, ceiling: f64) -> Score {
    Score {
        value,
        low: Some(value - 0.004),
        high: Some(value + 0.004),
        floor: Some(floor),
        ceiling: Some(ceiling),
        normalised: (ceiling > floor).then(|| (value - floor) / (ceiling - floor)),
    }
}

fn robust() -> Robust {
    let mut robust = Robust {
        rows: 200,
        holdout_rows: 100,
        ..Robust::default()
    };
    robust.agreement.pairs = score(0.99, 0.9, 0.995);
    robust.links.tested = 21;
    robust.links.invented.push(Link {
        a: "age".to_owned(),
        b: "city".to_owned(),
        real: 0.04,
        holdout: 0.05,
        synthetic: 0.61,
        excess: 0.56,
        p: 1e-9,
        adjusted: 2e-8,
    });
    robust.tells.auc = 0.58;
    robust.tells.regions.push(Region {
        conditions: vec!["age up to 30".to_owned(), "city among '<b>'".to_owned()],
        real: 0.1,
        synthetic: 0.18,
    });
    robust
}

/// Labels in doubt, with names that would break a page.
fn labels() -> LabelAudit {
    let suspect = Suspect {
        row: 6,
        label: "<yes>".to_owned(),
        suggested: "no & never".to_owned(),
        probability: Some(0.04),
        doubt: 0.81,
        reason: "a model of the real rows gives 'no & never' a probability of 0.96 and '<yes>' 0.04".to_owned(),
    };
    let interval = |value: f64| Interval {
        value,
        low: value / 2.0,
        high: value * 2.0,
    };
    LabelAudit {
        target: "target".to_owned(),
        rows: 200,
        noise: interval(0.03),
        noise_holdout: 0.002,
        classes: vec![
            ClassNoise {
                class: "<yes>".to_owned(),
                rows: 40,
                noise: Some(interval(0.1)),
                suspects: 4,
            },
            ClassNoise {
                class: "no & never".to_owned(),
                rows: 160,
                noise: None,
                suspects: 0,
            },
        ],
        contradictions: interval(0.01),
        contradictions_expected: 0.0,
        contradictions_beyond: 0.004,
        disagreement: Some(interval(0.2)),
        disagreement_holdout: Some(0.19),
        neighbours: 10,
        suspects: 4,
        by_model: 3,
        by_contradiction: 2,
        examples: vec![suspect.clone()],
        quarantine: vec![suspect],
        ..LabelAudit::default()
    }
}

fn evaluation(real: &Table) -> Evaluation {
    let names: Vec<String> = real.schema().columns.iter().map(|c| c.name.clone()).collect();
    Evaluation {
        rows: Rows {
            real: 300,
            holdout: 100,
            synthetic: 200,
        },
        validity: Validity {
            share: 0.9999,
            columns: names
                .iter()
                .enumerate()
                .map(|(i, name)| ColumnValidity {
                    name: name.clone(),
                    share: if i == 0 { 0.995 } else { 1.0 },
                    missing_real: 0.0,
                    missing_synthetic: 0.0,
                    problems: if i == 0 {
                        vec!["1 cell above 69, the largest being 71".to_owned()]
                    } else {
                        Vec::new()
                    },
                })
                .collect(),
        },
        fidelity: Fidelity {
            overall: score(0.93, 0.61, 0.98),
            shapes: score(0.985, 1.0, 0.99),
            pairs: score(0.95, 0.8, 0.97),
            detection: score(0.85, 0.02, 1.0),
            detection_train: Score {
                value: 0.84,
                ..Score::default()
            },
            columns: names
                .iter()
                .enumerate()
                .map(|(i, name)| ColumnFidelity {
                    name: name.clone(),
                    metric: "KSComplement".to_owned(),
                    shape: score(0.9 + 0.09 / (i + 1) as f64, 1.0, 0.99),
                })
                .collect(),
            column_pairs: Vec::new(),
        },
        robust: robust(),
        copies: Copies {
            synthetic: 0.002,
            expected: 0.003,
            holdout: 0.0,
            holdout_expected: 0.0,
            nearer: at(0.501),
        },
        labels: Some(labels()),
        constraints: Vec::new(),
        gates: Vec::new(),
    }
}

fn trial(group: &str) -> Experiment {
    let metric = |value| {
        vec![MetricValue {
            name: "roc_auc".to_owned(),
            higher_is_better: true,
            value: at(value),
        }]
    };
    let arm = |name: &str, ratio, value, against: Vec<MetricValue>| Arm {
        name: name.to_owned(),
        rows: 300,
        ratio,
        weight: 1.0,
        recalibration: None,
        metrics: metric(value),
        against_real: against,
        groups: ["north", "south"]
            .iter()
            .enumerate()
            .map(|(i, name)| GroupValue {
                column: group.to_owned(),
                group: (*name).to_owned(),
                rows: 60 >> (4 * i),
                selection_rate: Some(at(0.3)),
                recall: (i == 0).then(|| at(0.7)),
            })
            .collect(),
    };
    Experiment {
        target: "ill".to_owned(),
        task: "binary".to_owned(),
        positive: Some("true".to_owned()),
        test_rows: 100,
        left_out: 2,
        metric: "roc_auc".to_owned(),
        arms: vec![
            arm("real", Some(0.0), 0.9, Vec::new()),
            arm("real + synthetic", Some(0.67), 0.905, metric(0.005)),
            arm("synthetic", None, 0.85, metric(-0.05)),
        ],
        ..Experiment::default()
    }
}

/// A report whose protected column and its values have these names.
fn report(column: &str, values: [&str; 3], more: usize) -> String {
    let cx = Context::silent();
    let (real, synthetic) = (table(column, values, 300, 0, more), table(column, values, 200, 3, more));
    let bins = shared_bins(&[&real], &ProfileSettings::default()).unwrap();
    let verdict = Verdict {
        verdict: Decision::Reject,
        reasons: vec![format!("Gate 'validity' failed because of '{column}'.")],
    };
    let gates = vec![
        Gate {
            name: "validity".to_owned(),
            question: "Share of synthetic cells that the schema allows.".to_owned(),
            value: 0.9999,
            threshold: 1.0,
            at_least: true,
            passed: false,
        },
        Gate {
            name: "nearer".to_owned(),
            question: "Share of synthetic rows nearer to a row the generator saw.".to_owned(),
            value: 0.501,
            threshold: 0.55,
            at_least: false,
            passed: true,
        },
    ];
    render(&ReportInput {
        title: column,
        objective: "See whether it helps.",
        data: &[DataName {
            part: "train".to_owned(),
            name: values[0].to_owned(),
            rows: 300,
        }],
        verdict: &verdict,
        gates: &gates,
        evaluation: &evaluation(&real),
        experiment: Some(&trial(column)),
        profile: &profile(&real, &ProfileSettings::default(), &cx).unwrap(),
        comparisons: &compare_columns(&real, &synthetic, &bins, 12).unwrap(),
        associations_real: &associations(&real, &bins).unwrap(),
        associations_synthetic: &associations(&synthetic, &bins).unwrap(),
        provenance: &Provenance {
            settings: vec![("generator".to_owned(), "chain".to_owned())],
            seed: 7,
            hashes: vec![("train".to_owned(), "sha256:00ff".to_owned())],
            plenish: "0.1.0".to_owned(),
            generated_at: Some("on a Monday".to_owned()),
            version: Some("v1".to_owned()),
        },
    })
    .unwrap()
}

/// One tag of a page: its name, attributes, and whether it opens, closes or does both.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    closes: bool,
    alone: bool,
}

/// The tags of a page, strictly: every attribute has a quoted value or none, and no `<` stands free.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let inner = &rest[start + 1..end];
        assert!(!inner.contains('<'), "a free '<' before: {inner}");
        let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |i| (true, i));
        let (alone, inner) = inner.strip_suffix('/').map_or((false, inner), |i| (true, i));
        let (name, mut left) = inner.split_once(' ').unwrap_or((inner, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "tag {name:?}");
        let mut attributes = Vec::new();
        while !left.trim().is_empty() {
            left = left.trim_start();
            let bare = left.split(' ').next().unwrap();
            if bare.contains('=') {
                let (key, after) = left.split_once("=\"").unwrap();
                let (value, after) = after.split_once('"').unwrap();
                attributes.push((key, value));
                left = after;
            } else {
                attributes.push((bare, ""));
                left = &left[bare.len()..];
            }
        }
        tags.push(Tag {
            name,
            attributes,
            closes,
            alone,
        });
        rest = &rest[end + 1..];
    }
    tags
}

fn check_form(page: &str) {
    let mut open = Vec::new();
    let mut ids = BTreeSet::new();
    let mut references = Vec::new();
    let mut level = 0;
    for tag in tags(page) {
        if tag.closes {
            assert_eq!(open.pop(), Some(tag.name));
            continue;
        }
        if !tag.alone && !matches!(tag.name, "meta") {
            open.push(tag.name);
        }
        assert!(
            !matches!(tag.name, "script" | "link" | "img" | "iframe" | "object" | "b64"),
            "{}",
            tag.name
        );
        for (key, value) in &tag.attributes {
            assert!(!key.starts_with("on") && *key != "src", "{key}");
            match *key {
                "id" => assert!(ids.insert(*value), "the id {value} occurs twice"),
                "href" => references.push(value.strip_prefix('#').expect("only links within the page")),
                "aria-labelledby" => references.extend(value.split(' ')),
                _ => {}
            }
        }
        if let Some(next) = tag.name.strip_prefix('h').and_then(|n| n.parse::<u8>().ok()) {
            assert!(next <= level + 1, "h{next} after h{level}");
            level = next;
        }
        if tag.name == "svg" {
            let has = |key| tag.attributes.iter().any(|(k, _)| *k == key);
            assert!(has("aria-hidden") || has("role") && has("aria-labelledby"));
        }
        if tag.name == "th" {
            assert!(tag.attributes.iter().any(|(k, _)| *k == "scope"));
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    for reference in references {
        assert!(ids.contains(reference), "nothing is called {reference}");
    }
}

/// The words of the page, one element a line, without style and charts.
fn words(page: &str) -> String {
    let mut out = String::new();
    let (mut rest, mut skipped) = (&page[page.find("<body>").unwrap()..], 0);
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let text = rest[..start].trim();
        if skipped == 0 && !text.is_empty() {
            out.push_str(text);
            out.push('\n');
        }
        match &rest[start + 1..end] {
            "/svg" => skipped -= 1,
            tag if tag.starts_with("svg") => skipped += 1,
            _ => {}
        }
        rest = &rest[end + 1..];
    }
    out
}

#[test]
fn a_small_report_reads_like_this() {
    let page = report("city", ["north", "south", "west"], 0);
    check_form(&page);
    insta::assert_snapshot!(words(&page));
}

/// Data cannot add markup, whatever its names and values are.
#[test]
fn hostile_names_stay_text() {
    let evil = "<script>alert('1')</script>\"><b64 onload=\"x\">&amp;\u{0}";
    let values = ["</style></svg><script>", "' onclick='x", "]]><!-- {{ x }}"];
    let page = report(evil, values, 0);
    check_form(&page);
    assert!(!page.contains("<script") && !page.contains("<b64") && !page.contains("<!--"));
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
}

/// However many columns there are, the page stays below 2 MB and within its form.
#[test]
fn a_wide_table_gives_a_page_that_can_still_be_sent() {
    let page = report("city", ["north", "south", "west"], 300);
    check_form(&page);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let [a, b] = [0, 0].map(|_| report("city", ["a", "b", "c"], 2));
    assert!(a == b);
}

/// Nothing is loaded, and there is nothing that could load something.
#[test]
fn nothing_comes_from_the_network() {
    let page = report("city", ["a", "b", "c"], 0);
    for trace in ["http:", "https:", "//", "@import", "@font-face"] {
        assert!(!page.contains(trace), "{trace}");
    }
}
