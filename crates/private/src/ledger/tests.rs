//! What a ledger refuses, what it finds, and that nothing is lost.

use super::*;
use crate::accounting::{Guarantee, Rho};
use crate::noise::Source;
use std::path::Path;

fn rho(text: &str) -> Rho {
    text.parse().unwrap()
}

fn opened(root: &Path, epsilon: f64) -> Ledger {
    let ledger = Ledger::open(root, "people").unwrap();
    ledger
        .set_limit(Guarantee::new(epsilon, 1e-9).unwrap(), "today")
        .unwrap();
    ledger
}

#[test]
fn the_limit_refuses_before_anything_is_charged() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::secret().unwrap();
    let ledger = Ledger::open(folder.path(), "people").unwrap();
    assert!(ledger.reserve("too early", rho("0.1"), 0.0, &source, "now").is_err());
    ledger.set_limit(Guarantee::new(1.0, 1e-9).unwrap(), "now").unwrap();
    let whole = Guarantee::new(1.0, 1e-9).unwrap().budget().unwrap();
    let part = whole.share(3, 5);
    let run = ledger.reserve("a", part, 0.0, &source, "now").unwrap();
    assert_eq!(run.left(), part);
    let error = ledger.reserve("b", part, 0.0, &source, "now").unwrap_err();
    assert!(error.to_string().contains("budget"), "{error}");
    assert_eq!(ledger.balance().unwrap().charged, part);
    // What is left exactly is allowed, and not a unit more.
    let rest = whole.minus(part);
    assert!(
        ledger
            .reserve("c", rest.plus(Rho::from_units(1_000_000_000)), 0.0, &source, "now")
            .is_err()
    );
    ledger.reserve("d", rest, 0.0, &source, "now").unwrap();
    assert!(ledger.balance().unwrap().epsilon.unwrap() <= 1.0);
}

#[test]
fn delta_is_charged_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = opened(folder.path(), 1.0);
    let source = Source::secret().unwrap();
    assert!(ledger.reserve("a", rho("0.0001"), 1e-9, &source, "now").is_err());
    ledger.reserve("b", rho("0.0001"), 4e-10, &source, "now").unwrap();
    assert!(ledger.reserve("c", rho("0.0001"), 7e-10, &source, "now").is_err());
}

#[test]
fn a_run_cannot_exceed_its_reservation_and_stays_charged() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = opened(folder.path(), 10.0);
    let mut run = ledger
        .reserve("a", rho("0.1"), 0.0, &Source::secret().unwrap(), "now")
        .unwrap();
    run.spend("first", rho("0.06")).unwrap();
    assert!(run.spend("second", rho("0.05")).is_err());
    drop(run);
    let again = Ledger::open(folder.path(), "people").unwrap();
    assert_eq!(again.balance().unwrap().charged, rho("0.1"));
    assert_eq!(again.balance().unwrap().runs, [1, 0]);
}

#[test]
fn noise_that_is_not_secret_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = opened(folder.path(), 10.0);
    assert!(
        ledger
            .reserve("a", rho("0.1"), 0.0, &Source::not_private(1), "now")
            .is_err()
    );
    assert_eq!(ledger.balance().unwrap().charged, Rho::ZERO);
}

#[test]
fn names_that_are_paths_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "../x", "a/b", "A", "a b", "é"] {
        assert!(Ledger::open(folder.path(), name).is_err(), "{name}");
    }
}

/// Every way of tampering with a ledger of six entries is found by the next use and by `verify`.
#[test]
fn tampering_is_found() {
    type Change = fn(&str) -> String;
    type Edit = dyn Fn(&str) -> String;
    let without = |text: &str, left_out: usize| -> String {
        let kept: Vec<&str> = text
            .lines()
            .enumerate()
            .filter(|(i, _)| *i != left_out)
            .map(|(_, l)| l)
            .collect();
        kept.join("\n") + "\n"
    };
    let changes: Vec<(&str, Box<Edit>)> = vec![
        ("an amount edited", Box::new(|t: &str| t.replacen("0.06", "0.01", 1))),
        (
            "the limit edited",
            Box::new(|t: &str| t.replacen("\"epsilon\":10.0", "\"epsilon\":90.0", 1)),
        ),
        ("a line removed", Box::new(move |t: &str| without(t, 3))),
        ("the first line removed", Box::new(move |t: &str| without(t, 0))),
        (
            "the end cut off",
            Box::new(|t: &str| t.split_inclusive('\n').take(4).collect()),
        ),
        ("everything gone", Box::new((|_| String::new()) as Change)),
        (
            "two lines swapped",
            Box::new(|t: &str| {
                let mut lines: Vec<&str> = t.lines().collect();
                lines.swap(3, 4);
                lines.join("\n") + "\n"
            }),
        ),
        (
            "a line repeated",
            Box::new(|t: &str| {
                let last = t.lines().last().unwrap_or_default().to_owned();
                format!("{t}{last}\n")
            }),
        ),
        (
            "cut in the middle of a line",
            Box::new(|t: &str| t[..t.len() / 2].to_owned()),
        ),
    ];
    for (what, change) in changes {
        let folder = tempfile::tempdir().unwrap();
        let ledger = opened(folder.path(), 10.0);
        let mut run = ledger
            .reserve("a", rho("0.2"), 0.0, &Source::secret().unwrap(), "now")
            .unwrap();
        run.spend("first", rho("0.06")).unwrap();
        run.spend("second", rho("0.05")).unwrap();
        run.finish().unwrap();
        assert_eq!(Ledger::verify(folder.path(), "people").unwrap().damage, []);
        let log = folder.path().join("people/log.jsonl");
        let text = std::fs::read_to_string(&log).unwrap();
        assert_eq!(text.lines().count(), 6);
        std::fs::write(&log, change(&text)).unwrap();
        assert!(
            !Ledger::verify(folder.path(), "people").unwrap().damage.is_empty(),
            "{what}"
        );
        assert!(Ledger::open(folder.path(), "people").is_err(), "{what}");
    }
}

/// A process that dies between the two files has spent what it wrote first.
#[test]
fn a_crash_counts_as_spent() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = opened(folder.path(), 10.0);
    ledger
        .reserve("a", rho("0.2"), 0.0, &Source::secret().unwrap(), "now")
        .unwrap();
    let log = folder.path().join("people/log.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let first: usize = text.lines().take(2).map(|line| line.len() + 1).sum();
    // Not at all in the log, in the middle of the line, and but for the line's end.
    for kept in [first, first + 40, text.len() - 1] {
        std::fs::write(&log, &text[..kept]).unwrap();
        let again = Ledger::open(folder.path(), "people").unwrap();
        assert_eq!(again.balance().unwrap().charged, rho("0.2"), "{kept}");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), text);
    }
}

/// The first line says which format the others have, and whose ledger it is.
#[test]
fn a_ledger_says_its_format_and_whose_it_is() {
    let folder = tempfile::tempdir().unwrap();
    opened(folder.path(), 1.0);
    let text = std::fs::read_to_string(folder.path().join("people/log.jsonl")).unwrap();
    let first = text.lines().next().unwrap();
    assert!(
        first.contains("\"format\":1") && first.contains("\"data_set\":\"people\""),
        "{first}"
    );
    // A ledger with room in it cannot stand in for another data set's.
    std::fs::rename(folder.path().join("people"), folder.path().join("others")).unwrap();
    let error = Ledger::open(folder.path(), "others").unwrap_err();
    assert!(error.to_string().contains("the data set 'people'"), "{error}");
    assert_eq!(Ledger::verify(folder.path(), "others").unwrap().damage.len(), 2);
}
