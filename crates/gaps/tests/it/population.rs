//! The data against a reference population.

use crate::{draw, silent, table, text};
use plenish_gaps::{Options, Reference, find};
use plenish_table::{Column, Seed, Table};

/// Sex and age of so many people, `young` of them women below 30.
fn people(seed: u64, rows: usize, women: f64, young: f64) -> Table {
    let woman = |row: usize| draw(seed, row, 0) < women;
    let age = |row: usize| {
        let u = draw(seed, row, 2);
        let below = draw(seed, row, 1) < if woman(row) { young } else { 0.5 };
        (if below { 18.0 + 12.0 * u } else { 30.0 + 50.0 * u }) as i64
    };
    table(vec![
        (
            "sex",
            text((0..rows).map(|row| if woman(row) { "f" } else { "m" }.to_owned())),
        ),
        ("age", Column::Integer((0..rows).map(age).collect())),
    ])
}

fn against(data: &Table, reference: Table) -> Vec<plenish_gaps::Underrepresented> {
    let options = Options {
        reference: Some(Reference::read(reference, data).unwrap()),
        ..Options::default()
    };
    find(data, None, &[], &options, &Seed::new(1), &silent())
        .unwrap()
        .underrepresented
}

fn margins(lines: &[(&str, f64)]) -> Table {
    table(vec![
        ("where", text(lines.iter().map(|line| line.0.to_owned()))),
        ("share", Column::Real(lines.iter().map(|line| line.1).collect())),
    ])
}

/// Young women are there, but a fifth of what they are in the reference: they are found, and neither women nor the
/// young as such; like rows show nothing.
#[test]
fn what_the_reference_has_more_of_is_found() {
    let data = people(1, 5000, 0.4, 0.1);
    let found = against(&data, people(2, 20_000, 0.5, 0.5));
    assert!(!found.is_empty());
    for one in &found {
        assert!(one.region.text.starts_with("sex = 'f' and age"), "{}", one.region.text);
        assert!(2.0 * one.share <= one.reference_share && one.rows as f64 * 2.0 <= one.expected);
        assert_eq!(one.rows, crate::count(&one.region.text, &data));
    }
    assert!(against(&data, people(3, 20_000, 0.4, 0.1)).is_empty());
}

#[test]
fn margins_are_a_reference() {
    let data = people(1, 5000, 0.1, 0.5);
    let found = against(
        &data,
        margins(&[
            ("sex = 'f'", 0.5),
            ("sex = 'm'", 0.5),
            ("age < 30", 0.5),
            ("age >= 30", 0.5),
        ]),
    );
    let texts: Vec<&str> = found.iter().map(|one| one.region.text.as_str()).collect();
    assert_eq!(texts, ["sex = 'f'"]);
    assert_eq!((found[0].expected, found[0].reference_share), (2500.0, 0.5));
    assert_eq!(found[0].rows, crate::count("sex = 'f'", &data));
}

#[test]
fn references_that_do_not_fit_are_refused() {
    let data = people(1, 500, 0.4, 0.5);
    let cases: [(Table, &str); 9] = [
        (
            margins(&[("sex = 'f'", 0.5), ("sex = 'm'", 0.4)]),
            "the shares of the margin of sex add up to 0.900, not to 1",
        ),
        (
            margins(&[("sex = 'x'", 0.5), ("sex = 'm'", 0.5)]),
            "'x' is no value of the data",
        ),
        (margins(&[("age < 30", 0.5), ("age >= 20", 0.5)]), "overlap"),
        (
            margins(&[("age < 30", 1.5), ("age >= 30", -0.5)]),
            "a share is a number from 0 to 1",
        ),
        (margins(&[("agee < 30", 0.5)]), "no such column"),
        (margins(&[]), "no margins"),
        (
            table(vec![("sex", text(["f".to_owned()])), ("town", text(["x".to_owned()]))]),
            "the reference has a column that the data does not have",
        ),
        (
            table(vec![("sex", text(["f", "x"].map(str::to_owned)))]),
            "'x' is no value of the data",
        ),
        (
            table(vec![("age", text(["old".to_owned()]))]),
            "holds text values, but integer is expected",
        ),
    ];
    for (reference, part) in cases {
        let error = Reference::read(reference, &data).and_then(|reference| {
            let options = Options {
                reference: Some(reference),
                ..Options::default()
            };
            find(&data, None, &[], &options, &Seed::new(1), &silent())
        });
        let error = error.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
