use super::{constraints, say, say_json, text, with_roles};
use crate::arguments::Perturb;
use plenish_files::ReadOptions;
use plenish_perturb::{
    Effect, Figure, Group, Inputs, Nearest, Outcome, Question, Step, measure, parse_option, parse_steps,
};
use plenish_table::{Context, Error, Result, Seed};
use serde_json::json;
use std::path::Path;

pub(crate) fn perturb(arguments: &Perturb, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let steps = steps(arguments)?;
    let on_screen = arguments.output == "-";
    if on_screen && json {
        return Err(Error::usage("rows and JSON cannot both go to standard output").help("name a file with -o"));
    }
    if !on_screen {
        plenish_files::check_writable(Path::new(&arguments.output))?;
    }
    if let Some(path) = &arguments.effect {
        plenish_files::check_writable(path)?;
    }
    let read = |path: &String| plenish_files::read(path, &ReadOptions::default(), cx);
    let train = with_roles(read(&arguments.train)?, arguments.target.as_deref(), &[])
        .map_err(|e| e.in_file(&arguments.train))?;
    let synthetic = read(&arguments.synthetic)?;
    let holdout = arguments.holdout.as_ref().map(read).transpose()?;
    for step in &steps {
        step.check(synthetic.schema())
            .map_err(|e| e.in_file(&arguments.synthetic))?;
        step.check_real(train.schema())
            .map_err(|e| e.in_file(&arguments.train))?;
    }
    let rules = constraints(&arguments.constraint, synthetic.schema())?;
    let seed = Seed::new(arguments.seed);
    let changed = plenish_perturb::perturb(&synthetic, &train, &steps, &rules, &seed, cx)
        .map_err(|e| e.in_file(&arguments.synthetic))?;
    let effect = match &holdout {
        Some(holdout) => {
            let inputs = Inputs {
                train: &train,
                holdout,
                before: &synthetic,
                after: &changed.table,
            };
            let question = Question {
                target: arguments.target.clone(),
                keys: arguments.keys.clone(),
                attacked: arguments.attacked as usize,
            };
            Some(measure(&inputs, &question, &seed, cx)?)
        }
        None => None,
    };
    let answer = json!({ "steps": changed.outcomes, "effect": effect });
    plenish_files::write(&changed.table, &arguments.output, cx)?;
    if let Some(path) = &arguments.effect {
        let text = serde_json::to_string_pretty(&answer).map_err(|e| Error::internal(e.to_string()))?;
        plenish_files::write_bytes_atomically(path, format!("{text}\n").as_bytes())?;
    }
    if json {
        say_json(&answer)?;
    } else if !quiet && !on_screen {
        say(&taken(&changed.outcomes));
        if let Some(effect) = &effect {
            tell(effect);
        }
        say(&format!(
            "Wrote {} ({} row{}). What a step hides depends on what others know: this is no differential privacy.",
            arguments.output,
            text::count(changed.table.rows() as u64),
            if changed.table.rows() == 1 { "" } else { "s" }
        ));
    }
    Ok(0)
}

/// The steps in their order: that of the file, or noise, swaps, rounding, rare rows, near rows.
fn steps(arguments: &Perturb) -> Result<Vec<Step>> {
    if let Some(path) = &arguments.steps {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, &e))?;
        return parse_steps(&text).map_err(|e| e.in_file(path.display().to_string()));
    }
    let mut steps = Vec::new();
    for (name, texts) in [
        ("noise", &arguments.noise),
        ("swap", &arguments.swap),
        ("round", &arguments.round),
        ("suppress", &arguments.suppress),
    ] {
        for text in texts {
            steps.push(parse_option(name, text)?);
        }
    }
    steps.extend(
        arguments
            .drop_nearest
            .map(|share| Step::DropNearest(Nearest::Share(share))),
    );
    steps.extend(
        arguments
            .drop_nearer_than
            .map(|distance| Step::DropNearest(Nearest::Distance(distance))),
    );
    Ok(steps)
}

fn taken(outcomes: &[Outcome]) -> String {
    let mut lines = vec![
        ["step", "cells changed", "rows before", "rows after", "kept by rules"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for outcome in outcomes {
        let counts = [
            outcome.cells_changed,
            outcome.rows_before,
            outcome.rows_after,
            outcome.rows_kept,
        ];
        lines.push(
            std::iter::once(outcome.step.clone())
                .chain(counts.map(|count| text::count(count as u64)))
                .collect(),
        );
    }
    text::columns(&lines, &[1, 2, 3, 4])
}

fn tell(effect: &Effect) {
    say(&format!(
        "Before and after, with 95 % intervals. Attacks: {} training rows beside {} rows the generator never saw.",
        text::count(effect.attacked[0] as u64),
        text::count(effect.attacked[1] as u64)
    ));
    for (group, heading, reference) in [
        (Group::Fidelity, "fidelity (1 is best)", "real holdout"),
        (Group::Model, "model (more is better)", "from real rows"),
        (Group::Attack, "attacks (less is better)", "guessing"),
    ] {
        let mut lines = vec![[heading, "before", "after", reference].map(str::to_owned).to_vec()];
        for change in effect.changes.iter().filter(|change| change.group == group) {
            lines.push(vec![
                change.name.clone(),
                shown(change.before),
                shown(change.after),
                change.reference.map_or_else(|| "-".to_owned(), |r| format!("{r:.3}")),
            ]);
        }
        if lines.len() > 1 {
            say(&text::columns(&lines, &[1, 2, 3]));
        }
    }
    say(&effect.sensitive);
}

fn shown(figure: Option<Figure>) -> String {
    match figure {
        None => "-".to_owned(),
        Some(Figure {
            value,
            low: Some(low),
            high: Some(high),
        }) => format!("{value:.3} ({low:.3} … {high:.3})"),
        Some(Figure { value, .. }) => format!("{value:.3}"),
    }
}
