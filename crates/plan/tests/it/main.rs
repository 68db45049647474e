//! What a plan promises: gaps are filled with the rows asked for, and nothing is invented.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod balance;
mod lines;
mod rows;

use plenish_gaps::{Gaps, Options, find};
use plenish_plan::{Plan, PlanSettings, Pool, Sources, propose};
use plenish_synth::{Model, Settings, generator};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Role, Schema, Seed, Table, TextColumn};
use std::sync::Arc;

/// Words drawn by shares that depend on nothing but `make`, with a target that depends on the first.
pub(crate) fn table(rows: usize, make: impl Fn(usize, &mut plenish_table::Stream) -> [&'static str; 4]) -> Table {
    let mut stream = Seed::new(3).stream(0, 0);
    let cells: Vec<[&str; 4]> = (0..rows).map(|row| make(row, &mut stream)).collect();
    let names = ["sex", "region", "job", "paid"];
    let columns =
        (0..4).map(|place| Column::Text(TextColumn::from_cells(cells.iter().map(|cells| Some(cells[place])))));
    let schema = names.map(|name| ColumnSchema {
        role: match name {
            "paid" => Role::Target,
            "sex" => Role::Protected,
            _ => Role::Feature,
        },
        ..ColumnSchema::new(name, ColumnType::Text)
    });
    Table::new(Arc::new(Schema::new(schema.to_vec()).unwrap()), columns.collect()).unwrap()
}

/// 4,000 people: women are hardly paid well, nurses in the north are rare, and no man is a midwife.
pub(crate) fn people() -> Table {
    table(4_000, |_, stream| {
        let woman = stream.uniform() < 0.4;
        let north = stream.uniform() < 0.3;
        let job = match stream.uniform() {
            u if u < 0.25 && woman => "midwife",
            u if u < 0.5 => "clerk",
            u if u < 0.53 => "nurse",
            _ => "driver",
        };
        // Nurses mostly live in the south.
        let north = north && (job != "nurse" || stream.uniform() < 0.1);
        let paid = stream.uniform() < if woman { 0.05 } else { 0.35 };
        [
            if woman { "woman" } else { "man" },
            if north { "north" } else { "south" },
            job,
            if paid { "well" } else { "badly" },
        ]
    })
}

pub(crate) fn fitted(real: &Table) -> Box<dyn Model> {
    let chain = generator("chain").unwrap();
    let settings = Settings::default();
    chain.fit(real, &settings, &Seed::new(1), &Context::silent()).unwrap()
}

pub(crate) fn gaps(real: &Table, threshold: usize) -> Gaps {
    let options = Options {
        threshold: Some(threshold),
        levels: Some(3),
        ..Options::default()
    };
    let protected = ["sex".to_owned()];
    find(
        real,
        Some("paid"),
        &protected,
        &options,
        &Seed::new(1),
        &Context::silent(),
    )
    .unwrap()
}

pub(crate) fn planned(real: &Table, gaps: &Gaps, pool: &Pool, settings: &PlanSettings) -> Plan {
    let sources = Sources {
        real,
        gaps,
        reference: None,
        pool,
        constraints: &[],
    };
    propose(sources, settings, &Context::silent()).unwrap()
}
