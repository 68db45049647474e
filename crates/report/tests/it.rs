//! A small report: its text, its form, and what hostile data can do to it.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod attacked;
mod measured;
mod planned;
mod trial;

use measured::evaluation;
use planned::{many_lines, planned};
use plenish_evaluate::{CrossValidation, Decision, Experiment, Front, Gate, Interval, Verdict};
use plenish_plan::PlanReport;
use plenish_profile::{ProfileSettings, associations, compare_columns, profile, shared_bins};
use plenish_report::{AuditInput, DataName, PrivacyInput, Provenance, ReportInput, render, render_audit};
use plenish_table::{Column, ColumnSchema, Context, Role, Schema, Table, TextColumn};
use std::collections::BTreeSet;
use trial::{at, many, trial};

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

/// A report whose protected column and its values have these names.
fn report(column: &str, values: [&str; 3], more: usize) -> String {
    report_with(column, values, more, Some(&trial(column, values)))
}

/// The same with another experiment, or none, and without a plan.
fn report_with(column: &str, values: [&str; 3], more: usize, trial: Option<&Experiment>) -> String {
    report_of(column, values, more, trial, None)
}

/// The same with a plan.
fn report_of(
    column: &str,
    values: [&str; 3],
    more: usize,
    trial: Option<&Experiment>,
    plan: Option<&PlanReport>,
) -> String {
    report_under(column, values, more, trial, plan, None)
}

/// The same with a promise.
fn report_under(
    column: &str,
    values: [&str; 3],
    more: usize,
    trial: Option<&Experiment>,
    plan: Option<&PlanReport>,
    privacy: Option<PrivacyInput<'_>>,
) -> String {
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
            warns: false,
        },
        Gate {
            name: "nearer".to_owned(),
            question: "Share of synthetic rows nearer to a row the generator saw.".to_owned(),
            value: 0.501,
            threshold: 0.55,
            at_least: false,
            passed: true,
            warns: false,
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
        experiment: trial,
        plan,
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
        privacy,
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

/// A report under a promise about a column of this name.
fn promised(column: &str) -> String {
    let (released, kept) = (
        ["release/synthetic.csv".to_owned()],
        ["quarantine.csv", "report.html", "audit.json", ".plenish/"].map(str::to_owned),
    );
    report_under(
        column,
        ["north", "south", "west"],
        0,
        None,
        None,
        Some(PrivacyInput {
            evidence: &attacked::evidence(column),
            ledger: &attacked::balance(),
            outside: &attacked::outside(column),
            released: &released,
            kept: &kept,
            audited: true,
        }),
    )
}

/// The page of an audit of a table with a column of this name.
fn audited(column: &str) -> String {
    render_audit(&AuditInput {
        title: column,
        data: &[DataName {
            part: "train".to_owned(),
            name: column.to_owned(),
            rows: 1_000,
        }],
        audit: &attacked::audit(column),
        evidence: Some(&attacked::evidence(column)),
        plenish: "0.1.0",
        generated_at: Some("on a Monday"),
    })
    .unwrap()
}

#[test]
fn a_promise_reads_like_this() {
    let page = promised("city");
    check_form(&page);
    let part = &page[page.find("<section id=\"privacy\"").unwrap()..];
    let part = format!("<body>{}", &part[..part.find("</section>").unwrap()]);
    insta::assert_snapshot!(words(&part));
    assert!(page.contains("<a href=\"#privacy\">"));
    let none = report_with("city", ["north", "south", "west"], 0, None);
    assert!(!none.contains("#privacy") && !none.contains("id=\"privacy\""));
}

/// No figure stands without its control, no score for all of it, and nothing is called anonymous.
#[test]
fn an_audit_reads_like_this() {
    let page = audited("city");
    check_form(&page);
    insta::assert_snapshot!(words(&page));
    for page in [page, promised("city")] {
        assert!(!page.to_lowercase().contains("anonym") && !page.contains("privacy score"));
    }
}

/// The part of the page that shows the plan.
fn plan_part(page: &str) -> &str {
    let part = &page[page.find("<section id=\"plan\"").unwrap()..];
    &part[..part.find("</section>").unwrap()]
}

#[test]
fn a_plan_reads_like_this() {
    let values = ["north", "south", "west"];
    let page = report_of(
        "city",
        values,
        0,
        Some(&trial("city", values)),
        Some(&planned("city", values)),
    );
    check_form(&page);
    let part = format!("<body>{}", plan_part(&page));
    insta::assert_snapshot!(words(&part));
}

/// The maps have the numbers of combinations in their cells: before, and those that still lack rows.
#[test]
fn maps_of_coverage_count_what_is_uncovered() {
    let values = ["north", "south", "west"];
    let page = report_of("city", values, 0, None, Some(&planned("city", values)));
    let numbers = |id: &str| -> Vec<String> {
        let map = &page[page.find(&format!("id=\"{id}-d\"")).unwrap()..];
        let cells = map[..map.find("</svg>").unwrap()].split("<text class=\"cn\"").skip(1);
        let number = |cell: &str| cell[cell.find('>').unwrap() + 1..cell.find('<').unwrap()].to_owned();
        cells.map(number).collect()
    };
    // Columns by their combinations: city (3), age (2), day (1). Of age and day there is none.
    assert_eq!(numbers("coverage-before"), ["3", "2", "1", "2", "2", "1", "1"]);
    assert_eq!(numbers("coverage-after"), ["1", "1", "0", "1", "1", "0", "0"]);
}

/// Without an experiment no error is shown; without combinations there is no map; without a plan there is no section.
#[test]
fn a_plan_shows_what_there_is() {
    let values = ["north", "south", "west"];
    let mut plan = planned("city", values);
    plan.found.patterns.clear();
    let page = report_of("city", values, 0, None, Some(&plan));
    check_form(&page);
    assert!(page.contains("<a href=\"#plan\">") && page.contains("fewer than 30 rows have this combination"));
    assert!(!plan_part(&page).contains("Adjusted p"));
    assert!(!page.contains("coverage-before"));
    let none = report_with("city", values, 0, None);
    assert!(!none.contains("#plan") && !none.contains("id=\"plan\""));
    let empty = report_of(
        "city",
        values,
        0,
        None,
        Some(&PlanReport {
            plan: plenish_plan::Plan::default(),
            found: plenish_plan::Recheck::default(),
            warnings: Vec::new(),
            trials: Vec::new(),
        }),
    );
    check_form(&empty);
}

/// However many lines and combinations there are, the page stays small, and says what it leaves out.
#[test]
fn a_long_plan_is_cut_and_says_so() {
    let values = ["north", "south", "west"];
    let (plan, experiment) = many_lines(planned("city", values), trial("city", values));
    assert_eq!((plan.plan.lines.len(), plan.found.patterns.len()), (3000, 10_000));
    let page = report_of("city", values, 0, Some(&experiment), Some(&plan));
    check_form(&page);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    for said in [
        "2940 more lines are left out",
        "2940 more warnings are about lines that are not in the table",
        "88 more lines, whose error changes less, are not drawn",
        "18 columns with fewer are not drawn",
        "columns and pairs are not in the table",
        "9940 more combinations, which lack fewer rows, are not in the table",
        "4940 more gaps that were left out are not in the table",
        "140 more trials are not in the table",
        "80 more notes are not shown",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

/// Data cannot add markup, whatever its names and values are.
#[test]
fn hostile_names_stay_text() {
    for page in [promised("<b64 onload=\"x\">&amp;"), audited("<b64 onload=\"x\">&amp;")] {
        check_form(&page);
    }
    let evil = "<script>alert('1')</script>\"><b64 onload=\"x\">&amp;\u{0}";
    let values = ["</style></svg><script>", "' onclick='x", "]]><!-- {{ x }}"];
    let page = report_of(
        evil,
        values,
        0,
        Some(&trial(evil, values)),
        Some(&planned(evil, values)),
    );
    check_form(&page);
    assert!(!page.contains("<script") && !page.contains("<b64") && !page.contains("<!--"));
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
}

/// Whatever an experiment does not have is left out, its place in the navigation included.
#[test]
fn parts_without_results_are_absent() {
    let values = ["north", "south", "west"];
    let parts = ["calibration", "fairness", "shifts"];
    let of = |experiment: Option<&Experiment>| {
        let page = report_with("city", values, 0, experiment);
        check_form(&page);
        parts.map(|part| page.contains(&format!("id=\"{part}\"")))
    };
    assert_eq!(of(Some(&trial("city", values))), [true; 3]);
    assert_eq!(of(None), [false; 3]);
    assert_eq!(of(Some(&Experiment::default())), [false; 3]);
    let emptied = Experiment {
        arms: trial("city", values).arms,
        folds: trial("city", values).folds.map(|folds| CrossValidation {
            arms: Vec::new(),
            front: Front::default(),
            ..folds
        }),
        ..Experiment::default()
    };
    // What arms themselves hold of groups is enough for that part.
    assert_eq!(of(Some(&emptied)), [false, true, false]);
}

/// What cannot be judged or is not defined is said, and never drawn.
#[test]
fn figures_that_are_not_defined_are_said() {
    let values = ["north", "south", "west"];
    let mut experiment = trial("city", values);
    let nothing = Interval {
        value: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
    };
    experiment.arms[1].metrics[0].value = nothing;
    experiment.arms[1].against_real[0].value = nothing;
    experiment.slices[0].change = Interval {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        ..at(0.1)
    };
    for learner in &mut experiment.learners {
        learner.arms[1].against_real = Some(nothing);
    }
    let page = report_with("city", values, 0, Some(&experiment));
    check_form(&page);
    assert!(page.contains("not defined") && !page.contains("NaN") && !page.contains("inf"));
}

/// However many groups, slices, shifts and arms there are, the page stays small, and says what it leaves out.
#[test]
fn long_lists_are_cut_and_say_so() {
    let values = ["north", "south", "west"];
    let page = report_with("city", values, 0, Some(&many(trial("city", values))));
    check_form(&page);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    for said in [
        "more combinations of protected columns are left out",
        "of them are not in the table either",
        "more slices, which change less, are not drawn",
        "more shifts are not drawn",
        "more arms are not shown",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

/// No label of a chart reaches beyond its chart, by the width of its letters.
#[test]
fn labels_stay_within_their_charts() {
    let long = "a protected column with quite a long name of its own";
    let values = ["Married-civ-spouse-and-more-than-that", "W W W W W W W W W W W W", "x"];
    for page in [
        report(long, values, 12),
        report_with(long, values, 0, Some(&many(trial(long, values)))),
        report_of(
            long,
            values,
            0,
            Some(&trial(long, values)),
            Some(&planned(long, values)),
        ),
    ] {
        for svg in page.split("<svg viewBox=\"0 0 ").skip(1) {
            let width: f64 = svg.split(' ').next().unwrap().parse().unwrap();
            let svg = &svg[..svg.find("</svg>").unwrap()];
            for text in svg.split("<text class=\"").skip(1).filter(|t| !t.contains("transform")) {
                let size = match &text[..text.find('"').unwrap()] {
                    "l" => 11.5,
                    "m" => 10.5,
                    "v" | "few" | "n" => 10.0,
                    _ => continue,
                };
                let attribute = |name: &str| {
                    let head = &text[..text.find('>').unwrap()];
                    let (_, after) = head.split_once(&format!(" {name}=\""))?;
                    after.split_once('"').map(|(value, _)| value)
                };
                let words = text[text.find('>').unwrap() + 1..].split('<').next().unwrap();
                let letters = words.replace("&#39;", "x").replace("&amp;", "x").chars().count();
                // Letters of a sans-serif font are half as wide as they are high, on average.
                let own = letters as f64 * size * 0.5;
                let x: f64 = attribute("x").unwrap().parse().unwrap();
                let (from, to) = match attribute("text-anchor") {
                    None => (x, x + own),
                    Some("middle") => (x - own / 2.0, x + own / 2.0),
                    _ => (x - own, x),
                };
                assert!(from > -6.0 && to < width + 6.0, "{words}: {from} to {to} of {width}");
            }
        }
    }
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
