//! `--where`: exact, and clear when it cannot be met.

use crate::ground::Ground;

/// The rows of a CSV file whose cells hold no quoted commas in the columns looked at.
pub(crate) fn cells(text: &str, name: &str) -> Vec<String> {
    let parsed: Vec<Vec<String>> = text.lines().map(split).collect();
    let index = parsed[0].iter().position(|n| n == name).unwrap();
    parsed[1..].iter().map(|row| row[index].clone()).collect()
}

fn split(line: &str) -> Vec<String> {
    let (mut out, mut cell, mut inside) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => inside = !inside,
            ',' if !inside => out.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    out.push(cell);
    out
}

/// Every row satisfies the condition, whatever kind of test it is.
#[test]
fn every_row_satisfies_its_condition() {
    let ground = Ground::with_model();
    let ask = |condition: &str| {
        let said = ground.run(
            &[
                "generate",
                "model.plenish",
                "-n",
                "700",
                "-o",
                "-",
                "--where",
                condition,
            ],
            b"",
        );
        assert_eq!(said.code, Some(0), "{condition}: {said:?}");
        let text = said.text();
        assert_eq!(text.lines().count(), 701);
        text
    };
    let text = ask("buys = 'yes' and sex = 'Female'");
    assert!(cells(&text, "buys").iter().all(|v| v == "yes"));
    assert!(cells(&text, "sex").iter().all(|v| v == "Female"));
    let text = ask("age between 30 and 40 and buys != 'yes'");
    assert!(
        cells(&text, "age")
            .iter()
            .all(|v| (30..=40).contains(&v.parse().unwrap()))
    );
    assert!(cells(&text, "buys").iter().all(|v| v == "no"));
    let text = ask("age in (25, 26) AND sex IN ('Male')");
    assert!(cells(&text, "age").iter().all(|v| v == "25" || v == "26"));
    assert!(cells(&text, "sex").iter().all(|v| v == "Male"));
    let text = ask("region is missing and since > '2010-06-15' and income < 60000.5");
    assert!(cells(&text, "region").iter().all(String::is_empty));
    assert!(cells(&text, "since").iter().all(|v| v.as_str() > "2010-06-15"));
    assert!(
        cells(&text, "income")
            .iter()
            .all(|v| v.parse::<f64>().unwrap() < 60000.5)
    );
    let text = ask("age >= 70 and sex is not missing");
    assert!(cells(&text, "age").iter().all(|v| v.parse::<u32>().unwrap() >= 70));
}

/// Conditions that cannot be read, name what is not there, or cannot be met.
#[test]
fn conditions_that_are_wrong() {
    let ground = Ground::with_model();
    let commands: Vec<Vec<&str>> = [
        "",
        "buys",
        "buys = ",
        "buys = 'yes",
        "buys = 'yes' and",
        "buys = 'yes' or buys = 'no'",
        "buys = 'yes'; drop",
        "buys in ()",
        "age = 'old'",
        "wage > 3",
        "Buys = 'yes'",
        "income > 3 and income < 2",
    ]
    .into_iter()
    .map(|condition| vec!["generate", "model.plenish", "-o", "x.csv", "--where", condition])
    .collect();
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(ground.failures(&commands));
    for condition in [
        "buys = 'maybe'",
        "buys = 'yes' and buys = 'no'",
        "age > 400",
        "buys is missing",
    ] {
        let said = ground.run(&["generate", "model.plenish", "-o", "x.csv", "--where", condition], b"");
        assert!(matches!(said.code, Some(1 | 2)), "{condition}: {said:?}");
        assert!(said.err.contains("no row can satisfy"), "{condition}: {said:?}");
        assert_eq!(ground.names(), ["customers.csv", "model.plenish"]);
    }
}
