//! Plans for a table: how many lines and rows the gaps take, and how many patterns they close.
//!
//! `cargo run --release -p plenish-plan --example plans -- DATA.csv TARGET PROTECTED COLUMNS LEVELS`

#![expect(clippy::print_stdout, reason = "a benchmark that shows what it found")]

use plenish_files::ReadOptions;
use plenish_gaps::{Options, find};
use plenish_plan::{MakeSettings, PlanSettings, Pool, Sources, make_rows, propose, recheck};
use plenish_synth::{Preset, Settings, generator};
use plenish_table::{Context, Result, Role, Seed};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = |place: usize| arguments.get(place).map_or("", String::as_str);
    let list = |place: usize| -> Vec<String> {
        at(place)
            .split(',')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let cx = Context::silent();
    let table = plenish_files::read(at(1), &ReadOptions::default(), &cx)?;
    let mut schema = table.schema().clone();
    let (target, protected) = (at(2), list(3));
    for column in &mut schema.columns {
        if column.name == target {
            column.role = Role::Target;
        } else if protected.contains(&column.name) {
            column.role = Role::Protected;
        }
    }
    let table = table.with_schema(schema)?;
    let seed = Seed::new(1);
    let options = Options {
        columns: list(4),
        levels: at(5).parse().ok(),
        ..Options::default()
    };
    let gaps = find(&table, Some(target), &protected, &options, &seed, &cx)?;
    let settings = Settings {
        preset: Preset::Balanced,
        ..Settings::default()
    };
    let model = generator("chain")?.fit(&table, &settings, &seed, &cx)?;
    let pool = Pool::new(model.as_ref(), table.rows(), &seed, &cx)?;
    let plan = propose(
        Sources {
            real: &table,
            gaps: &gaps,
            reference: None,
            pool: &pool,
            constraints: &[],
        },
        &PlanSettings::default(),
        &cx,
    )?;
    let made = make_rows(
        &plan,
        model.as_ref(),
        Some(&pool),
        &table,
        &MakeSettings::default(),
        &seed,
        &cx,
    )?;
    let found = recheck(&plan, Some(&gaps), &table, &made.table, &made.line)?;
    println!(
        "{} rows, {} patterns (threshold {}), {} slices, {} groups, {} rare",
        table.rows(),
        gaps.patterns.len(),
        gaps.threshold,
        gaps.slices.len(),
        gaps.groups.len(),
        gaps.rare.len()
    );
    println!(
        "plan: {} lines, {} rows, {} left out; patterns {} of {} accepted closed, uncovered {} -> {}; {} warnings",
        plan.lines.len(),
        made.table.rows(),
        plan.left_out.len(),
        found.closed,
        found.accepted,
        found.uncovered_before,
        found.uncovered_after,
        made.warnings.len()
    );
    for line in found.lines.iter().take(25) {
        println!(
            "  {:9} {:5} + {:5} -> {:6}  {}  ({})",
            line.gap.name(),
            line.before,
            line.added,
            line.after,
            line.region,
            line.reason
        );
    }
    for left in plan.left_out.iter().take(5) {
        println!("  left out: {}: {}", left.region.text, left.reason);
    }
    for note in plan.notes.iter().chain(&gaps.notes).take(10) {
        println!("  note: {note}");
    }
    Ok(())
}
