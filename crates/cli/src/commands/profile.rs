use super::{gaps, say, say_json, text, with_roles};
use crate::arguments::Profile;
use plenish_files::ReadOptions;
use plenish_profile::{ColumnProfile, ProfileSettings, Proposal};
use plenish_table::{Context, Result};
use serde_json::json;

pub(crate) fn profile(arguments: &Profile, json: bool, cx: &Context) -> Result<u8> {
    let table = plenish_files::read(&arguments.data, &ReadOptions::default(), cx)?;
    let table =
        with_roles(table, arguments.target.as_deref(), &arguments.protected).map_err(|e| e.in_file(&arguments.data))?;
    let profile = plenish_profile::profile(&table, &ProfileSettings::default(), cx)?;
    let proposals = plenish_profile::propose(&table, cx)?;
    let gaps = if arguments.gaps {
        Some(gaps::gaps(&table, arguments, cx)?)
    } else {
        None
    };
    if json {
        let mut answer = json!(profile);
        if let Some(object) = answer.as_object_mut() {
            let shown = |p: &Proposal| json!({ "constraint": p.constraint.show(table.schema()), "rows": p.rows, "evidence": p.evidence });
            object.insert("constraints".to_owned(), proposals.iter().map(shown).collect());
            if let Some(serde_json::Value::Object(gaps)) = gaps.map(|gaps| json!(gaps)) {
                object.extend(gaps);
            }
        }
        say_json(&answer)?;
        return Ok(0);
    }
    say(&format!(
        "{}: {} rows, {} columns\n",
        if arguments.data == "-" {
            "standard input"
        } else {
            &arguments.data
        },
        text::count(profile.rows as u64),
        profile.columns.len()
    ));
    let mut lines = vec![
        ["column", "type", "missing", "distinct", "values"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for column in &profile.columns {
        lines.push(vec![
            column.name.clone(),
            column.kind.name().to_owned(),
            format!("{:.1} %", 100.0 * column.missing_share),
            text::count(column.distinct as u64),
            values(column),
        ]);
    }
    say(&text::columns(&lines, &[2, 3]));
    let mut pairs: Vec<_> = profile.associations.pairs.iter().collect();
    pairs.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    let mut lines = vec![
        ["strongest associations", "", "measure", "value"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for pair in pairs.iter().take(10) {
        lines.push(vec![
            pair.a.clone(),
            pair.b.clone(),
            pair.kind.name().to_owned(),
            format!("{:.3}", pair.value),
        ]);
    }
    say(&text::columns(&lines, &[3]));
    if !proposals.is_empty() {
        let mut lines = vec![["holds in every row", "rows", "evidence"].map(str::to_owned).to_vec()];
        for proposal in &proposals {
            lines.push(vec![
                proposal.constraint.show(table.schema()),
                text::count(proposal.rows as u64),
                proposal.evidence.clone(),
            ]);
        }
        say(&text::columns(&lines, &[1]));
    }
    for counts in &profile.groups {
        let mut lines = vec![vec![
            counts.column.clone(),
            "rows".to_owned(),
            format!("{} (share of the group)", counts.target),
        ]];
        for group in &counts.groups {
            let shares: Vec<String> = group
                .target
                .iter()
                .map(|t| format!("{} {:.1} %", t.value, 100.0 * t.count as f64 / group.rows.max(1) as f64))
                .collect();
            lines.push(vec![
                group.name.clone(),
                text::count(group.rows as u64),
                shares.join(", "),
            ]);
        }
        say(&text::columns(&lines, &[1]));
    }
    if let Some(gaps) = &gaps {
        gaps::show(gaps, arguments.top);
    }
    Ok(0)
}

/// A few values that give an idea of a column.
fn values(column: &ColumnProfile) -> String {
    if let Some(numbers) = &column.numbers {
        let at = |share: f64| {
            numbers
                .quantiles
                .iter()
                .find(|q| q.share == share)
                .map_or("", |q| q.text.as_str())
        };
        return format!("{} … {} … {}", at(0.0), at(0.5), at(1.0));
    }
    let most: Vec<String> = column
        .frequent
        .iter()
        .take(3)
        .map(|f| format!("{} {:.0} %", f.value, 100.0 * f.share))
        .collect();
    let rest = if column.distinct > 3 { ", …" } else { "" };
    format!("{}{rest}", most.join(", "))
}
