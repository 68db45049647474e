use super::rows::read_model;
use super::{say, say_json, text, with_roles};
use crate::REJECTED;
use crate::arguments::Audit;
use plenish_audit::{Attack, AuditCriteria, Inputs, Question, Risk, SENSITIVE, Shadows, audit as make};
use plenish_evaluate::Interval;
use plenish_files::ReadOptions;
use plenish_report::{AuditInput, DataName, render_audit};
use plenish_synth::{Preset, generator};
use plenish_table::{Context, Error, Result, Seed};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn audit(arguments: &Audit, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let Some(holdout) = &arguments.holdout else {
        return Err(Error::usage(
            "an audit needs a holdout: without people the generator never saw, nothing can be told",
        )
        .help(
            "name rows from the same source with --holdout; if there are none, set some aside and fit again without \
                 them",
        ));
    };
    let mut criteria = AuditCriteria::default();
    for text in &arguments.gate {
        criteria.set(text)?;
    }
    let question = Question {
        target: arguments.target.clone(),
        protected: arguments.protected.clone(),
        keys: arguments.keys.clone(),
        shadows: shadows(arguments)?,
    };
    if let Some(path) = &arguments.output {
        plenish_files::check_writable(path)?;
    }
    if let Some(path) = &arguments.report {
        plenish_files::check_writable(path)?;
    }
    let evidence = arguments.evidence.as_deref().map(read_evidence).transpose()?;
    let read = |path: &String| plenish_files::read(path, &ReadOptions::default(), cx);
    let train = with_roles(
        read(&arguments.train)?,
        arguments.target.as_deref(),
        &arguments.protected,
    )
    .map_err(|e| e.in_file(&arguments.train))?;
    let (others, synthetic) = (read(holdout)?, read(&arguments.synthetic)?);
    let model = arguments.model.as_deref().map(read_model).transpose()?;
    if let Some(model) = &model {
        // Told now, not after a minute of work.
        for column in &model.schema().columns {
            train.schema().require(&column.name).map_err(|_| {
                Error::data("the model has this column, but the training table has not")
                    .in_column(&column.name)
                    .help("give the model that was fitted on the training table")
            })?;
        }
    }
    let inputs = Inputs {
        train: &train,
        holdout: &others,
        synthetic: &synthetic,
        model: model.as_deref(),
    };
    let found = make(&inputs, &question, &criteria, &Seed::new(arguments.seed), cx)?;
    if let Some(path) = &arguments.output {
        let mut bytes =
            serde_json::to_vec_pretty(&found).map_err(|e| Error::internal(format!("the audit as JSON: {e}")))?;
        bytes.push(b'\n');
        plenish_files::write_bytes_atomically(path, &bytes)?;
    }
    if let Some(path) = &arguments.report {
        let named = |part: &str, name: &String, rows| DataName {
            part: part.to_owned(),
            name: name.clone(),
            rows,
        };
        let page = render_audit(&AuditInput {
            title: arguments.target.as_deref().unwrap_or(&arguments.synthetic),
            data: &[
                named("train", &arguments.train, train.rows()),
                named("holdout", holdout, others.rows()),
                named("synthetic", &arguments.synthetic, synthetic.rows()),
            ],
            audit: &found,
            evidence: evidence.as_ref(),
            plenish: env!("CARGO_PKG_VERSION"),
            generated_at: None,
        })?;
        plenish_files::write_bytes_atomically(path, page.as_bytes())?;
    }
    if json {
        say_json(&found)?;
    } else if !quiet {
        tell(&found);
        for path in arguments.output.iter().chain(&arguments.report) {
            say(&format!("Wrote {}.", path.display()));
        }
    }
    let passed = found.gates.iter().all(|gate| gate.passed);
    Ok(if passed { 0 } else { REJECTED })
}

fn read_evidence(path: &Path) -> Result<plenish_private::Evidence> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, &e))?;
    serde_json::from_slice(&bytes).map_err(|e| {
        Error::data(format!("this is no evidence of a private fit: {e}"))
            .in_file(path.display().to_string())
            .help("give the file that `plenish fit --evidence` or `plenish run` wrote")
    })
}

fn shadows(arguments: &Audit) -> Result<Option<Shadows>> {
    let Some(models) = arguments.shadow else {
        return Ok(None);
    };
    Ok(Some(Shadows {
        engine: generator(&arguments.engine)?,
        preset: Preset::of(&arguments.preset)?,
        models: usize::from(models),
    }))
}

/// The audit for people: what each figure means stands beside it.
fn tell(found: &plenish_audit::Audit) {
    say(SENSITIVE);
    say(&format!(
        "\nAttacked: {} rows the generator learned from, beside {} it never saw, with {} synthetic rows.",
        text::count(found.rows.train as u64),
        text::count(found.rows.holdout as u64),
        text::count(found.rows.synthetic as u64)
    ));
    if !found.control.alike {
        say(&format!(
            "These two differ by themselves (ROC AUC {:.3} without any synthetic row): all that follows may be that \
             difference.",
            found.control.auc
        ));
    }
    say(
        "\nWas this person's row learned from? AUC 0.5 is guessing, 1 is certain. TPR: of those who were, the share found \
         while 1 % (or 0.1 %) of others are accused; guessing finds 1 % (0.1 %).",
    );
    say(&membership(&found.attacks));
    let worst = &found.worst;
    let mut line = format!(
        "Worst: {}, AUC {:.3} ({:.3} … {:.3}, for all attacks together; p {}).",
        worst.name,
        worst.auc,
        worst.auc_low,
        worst.auc_high,
        p_value(worst.p_holm)
    );
    if let (Some(name), Some(share), Some(low), Some(high)) = (
        &worst.tpr_name,
        worst.tpr_at_1pct_fpr,
        worst.tpr_at_1pct_fpr_low,
        worst.tpr_at_1pct_fpr_high,
    ) {
        let _ = write!(
            line,
            " Most found at 1 % false alarms: {name}, {} ({} … {}).",
            percent(share),
            percent(low),
            percent(high)
        );
    }
    say(&line);
    for attack in &found.not_judged {
        say(&format!("Not made: {} ({}).", attack.name, attack.reason));
    }
    say(
        "\nMain: attacks on rows that were learned from. Control: the same on others, who learn nothing of themselves by \
         it. Naive: without looking at rows. Risk: what main does beyond control.",
    );
    say(&risks(found));
    let copies = &found.copies;
    say(&format!(
        "Copies: {} of synthetic rows equal a training row (holdout rows: {}); {} are near to one ({} of holdout rows \
         are); {} lie nearer to a training than to a holdout row (0.5 of new rows would). This finds copying; it does not \
         measure privacy.",
        percent(copies.exact.synthetic),
        percent(copies.exact.expected),
        percent(copies.near.value),
        percent(copies.near_expected.value),
        figure(copies.exact.nearer)
    ));
    if !found.traits.is_empty() {
        say(
            "\nHow well a protected column is predicted (ROC AUC) by what synthetic or real rows teach; memory: how much \
             better for training rows than for others.",
        );
        let mut lines = vec![
            ["column", "from synthetic", "from real", "difference", "memory"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for t in &found.traits {
            let figures = [t.from_synthetic, t.from_real, t.difference, t.memory].map(figure);
            lines.push(std::iter::once(t.column.clone()).chain(figures).collect());
        }
        say(&text::columns(&lines, &[1, 2, 3, 4]));
    }
    say(&text::gates(&found.gates));
    say("Attacks show what these attackers find, not what nobody could find; docs/audit.md tells how to read this.");
}

fn membership(attacks: &[Attack]) -> String {
    let mut lines = vec![
        [
            "attack",
            "AUC",
            "95 % interval",
            "TPR 1 %",
            "TPR 0.1 %",
            "exposed rows",
            "p",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    for attack in attacks {
        let s = &attack.success;
        lines.push(vec![
            attack.name.clone(),
            format!("{:.3}", s.auc),
            format!("{:.3} … {:.3}", s.auc_low, s.auc_high),
            share(s.tpr_at_1pct_fpr),
            share(s.tpr_at_0_1pct_fpr),
            attack
                .exposed
                .map_or_else(|| "-".to_owned(), |e| format!("{:.3}", e.auc)),
            p_value(attack.p_holm),
        ]);
    }
    text::columns(&lines, &[1, 2, 3, 4, 5, 6])
}

fn risks(found: &plenish_audit::Audit) -> String {
    let mut lines = vec![
        ["", "main", "control", "naive", "risk", "95 % interval"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut add = |name: String, risk: &Risk| {
        lines.push(vec![
            name,
            percent(risk.main.value),
            percent(risk.control.value),
            percent(risk.naive.value),
            percent(risk.risk.value),
            format!("{} … {}", percent(risk.risk.low), percent(risk.risk.high)),
        ]);
    };
    add("singling out".to_owned(), &found.singling_out.risk);
    add("linking".to_owned(), &found.linkability.risk);
    for column in &found.attribute.columns {
        add(format!("guessing {}", column.column), &column.risk);
    }
    let mut text = text::columns(&lines, &[1, 2, 3, 4, 5]);
    if !found.attribute.left_out.is_empty() {
        let _ = writeln!(text, "  not guessed: {}", found.attribute.left_out.join(", "));
    }
    text
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn figure(of: Interval) -> String {
    format!("{:.3} ({:.3} … {:.3})", of.value, of.low, of.high)
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}
