//! `plenish plan`, and plans, references and goals that cannot be.

use crate::ground::{Ground, customers, with_cell};
use std::fmt::Write as _;

/// A study of customers with a section of its own for what is planned.
fn study(sections: &str) -> String {
    format!(
        "purpose = \"augment\"\ntarget = \"buys\"\nprotected = [\"sex\"]\n\n[data]\ntrain = \"customers.csv\"\n\n\
         [generator]\npreset = \"fast\"\n\n{sections}"
    )
}

fn plan_of(lines: &str) -> String {
    format!("format = 1\n{lines}")
}

/// Each names the place and what to do, and leaves nothing behind.
#[test]
fn plans_that_cannot_be_obeyed() {
    let ground = Ground::with_customers(400);
    ground.write("study.toml", study("[plan]\nfile = \"plan.toml\"\n"));
    let mut shown = String::new();
    for lines in [
        "",
        "\n[[line]]\nwhere = \"region = 'East'\"\nrows = 20\n",
        "\n[[line]]\nwhere = \"sex = 'Femal'\"\nrows = 20\n",
        "\n[[line]]\nwhere = \"town = 'Oslo'\"\nrows = 20\n",
        "\n[[line]]\nwhere = \"sex = 'Female'\"\nrows = 200\n\n[[line]]\nwhere = \"sex = 'Male'\"\nrows = 200\n",
        "\n[[line]]\nwhere = \"sex = 'Female'\"\nrows = 0\n",
        "\n[[line]]\nwhere = \"sex = 'Female'\"\nrows = 2.5\n",
        "\n[[line]]\nrows = 5\n",
        "\n[[line]]\nwhere = \"sex = 'Female'\"\nrows = 5\nrow = 6\n",
    ] {
        ground.write("plan.toml", plan_of(lines));
        let _ = writeln!(shown, "# {}", lines.trim().replace('\n', " "));
        shown += &ground.failures(&[&["run", "study.toml", "--quiet"]]);
    }
    std::fs::remove_file(ground.path("plan.toml")).unwrap();
    shown += &ground.failures(&[&["run", "study.toml", "--quiet"]]);
    insta::assert_snapshot!(shown);
}

/// References, thresholds, goals.
#[test]
fn plans_that_cannot_be_made() {
    let ground = Ground::with_customers(400);
    ground.write("short.csv", "where,share\nsex = 'Male',0.5\nsex = 'Female',0.3\n");
    ground.write("twice.csv", "where,share\nage < 40,0.5\nage < 50,0.5\n");
    ground.write("other.csv", "where,share\nsex = 'Male',0.5\nsex = 'Divers',0.5\n");
    ground.write("strange.csv", "sex,town\nMale,Rome\nFemale,Oslo\n");
    ground.write("unknown.csv", "sex\nMale\nOther\n");
    let mut shown = String::new();
    let balanced =
        |reference: &str| format!("[plan]\nreference = \"{reference}\"\n\n[balance]\ngoal = \"reference\"\n");
    for sections in [
        balanced("absent.csv").as_str(),
        &balanced("short.csv"),
        &balanced("twice.csv"),
        &balanced("other.csv"),
        &balanced("strange.csv"),
        "[plan]\ngaps = [\"reference\"]\nreference = \"unknown.csv\"\n",
        "[balance]\ngoal = \"reference\"\n",
        "[balance]\ngoal = \"rate\"\n",
        "[balance]\ngoal = \"rate\"\nrate = 1.0\n",
        "[balance]\ngoal = \"best-group\"\ncolumns = [\"race\"]\n",
        "[balance]\ngoal = \"fair\"\n",
        "[plan]\nfile = \"plan.toml\"\n\n[balance]\ngoal = \"best-group\"\n",
        "[plan]\ngaps = [\"patern\"]\n",
        "[plan]\ngaps = [\"pattern\"]\nthreshold = 0\n",
        "[plan]\ngaps = [\"pattern\"]\nthreshold = 301\n",
        "[plan]\ngaps = [\"pattern\"]\ncolumns = [\"sex\", \"race\"]\n",
        "[plan]\nlevels = 3\n",
    ] {
        ground.write("study.toml", study(sections));
        let _ = writeln!(shown, "# {}", sections.trim().replace('\n', " "));
        shown += &ground.failures(&[&["plan", "study.toml", "--quiet"]]);
    }
    // A protected column with one value has no groups.
    ground.write("customers.csv", customers(400).replace("Female", "Male"));
    ground.write("study.toml", study("[balance]\ngoal = \"best-group\"\n"));
    let _ = writeln!(shown, "# all are men");
    shown += &ground.failures(&[&["plan", "study.toml", "--quiet"]]);
    insta::assert_snapshot!(shown);
}

/// A column with thousands of categories is left out of patterns, and the plan says why.
#[test]
fn a_column_with_ten_thousand_categories() {
    let ground = Ground::new();
    let towns = |rows| with_cell(&customers(rows), "town", |row| format!("town {}", row % 10_000));
    ground.write("customers.csv", towns(13_500));
    ground.write("test.csv", towns(500));
    let sections = "[plan]\ngaps = [\"pattern\"]\ncolumns = [\"sex\", \"region\", \"town\"]\n";
    let train = "train = \"customers.csv\"\n";
    let both = format!("{train}test = \"test.csv\"\n");
    ground.write("study.toml", study(sections).replace(train, &both));
    let answer = ground.plenish("plan study.toml --json -o p.toml").worked().json();
    let notes = answer["notes"].as_array().unwrap();
    let said = notes
        .iter()
        .filter_map(|note| note.as_str())
        .find(|note| note.contains("'town'"));
    insta::assert_snapshot!(said.unwrap_or_default());
    assert!(ground.text("p.toml").contains("the values of 'town' are not combined"));
}
