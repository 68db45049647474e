//! MST and AIM on Adult, measured as in the AIM paper: training and test rows together, 48,842 x 14.
//!
//! ```text
//! mechanisms FOLDER [mst|aim] EPSILON [RUNS] [rows N]
//! ```
//!
//! `FOLDER` is `examples/adult/data`. The domain has 85,9,100,16,7,15,6,5,2,100,100,99,42,2 states:
//!
//! | column | states |
//! |---|---|
//! | age | whole years from 17 to 101 |
//! | workclass, occupation, `native_country` | their 8, 14, 41 values, and missing |
//! | fnlwgt | 100 bins of equal width from 12,285 to 1,490,400 |
//! | `education_num` | 1 to 16 |
//! | `marital_status`, relationship, race, sex, income | their 7, 6, 5, 2, 2 values |
//! | `capital_gain` | 100 bins of equal width from 0 to 99,999 |
//! | `capital_loss` | 100 bins of equal width from 0 to 4,356 |
//! | `hours_per_week` | 1 to 99 |
//!
//! `education` is left out: it says the same as `education_num`. Prints a line of JSON for each run: processor seconds of
//! the fit, of 48,842 rows, of `N` rows, peak memory in MB, and the mean total variation over all columns, pairs and
//! triples between the rows made and the table. `floor` is the table resampled, `ceiling` independent columns. Each run
//! has its own ledger in a temporary folder: the noise is that of the operating system.

#![expect(clippy::print_stdout, reason = "this is a program, not a library")]

mod process;

use plenish_private::accounting::Guarantee;
use plenish_private::domain::Domain;
use plenish_private::ledger::Ledger;
use plenish_private::{Engine, Settings, fit};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Context, Error, Result, Schema, Seed, Table, TextColumn,
};
use std::fmt::Write;
use std::io::Read;
use std::path::Path;

const NUMBERS: [(&str, i64, i64, usize); 6] = [
    ("age", 17, 101, 85),
    ("fnlwgt", 12_285, 1_490_400, 100),
    ("education_num", 1, 16, 16),
    ("capital_gain", 0, 99_999, 100),
    ("capital_loss", 0, 4_356, 100),
    ("hours_per_week", 1, 99, 99),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, engine, epsilon, rest @ ..] = arguments.as_slice() else {
        return Err(Error::usage(
            "give a folder, an engine (or floor, ceiling), and an epsilon",
        ));
    };
    let table = read(Path::new(folder))?;
    let domain = Domain::parse(&declared(&table))?;
    let real = codes(&table, &domain)?;
    let number = |text: &str| {
        text.parse::<f64>()
            .map_err(|_| Error::usage(format!("'{text}' is not a number")))
    };
    let runs = rest.first().map_or(Ok(1.0), |t| number(t))? as u64;
    let many = rest.get(2).map_or(Ok(0.0), |t| number(t))? as usize;
    for run in 0..runs {
        let seed = Seed::new(run);
        if engine == "floor" || engine == "ceiling" {
            let made = reference(&real, engine == "ceiling", &seed);
            println!("{}", line(engine, &figures(&real, &made, &domain), ""));
            continue;
        }
        let settings = Settings::new(Engine::of(engine)?, Guarantee::new(number(epsilon)?, 1e-9)?);
        let place = std::env::temp_dir().join(format!("plenish-adult-{}-{run}", std::process::id()));
        let ledger = Ledger::open(&place, "adult")?;
        ledger.set_limit(settings.guarantee, "now")?;
        let start = process::cpu();
        let model = fit(&table, &domain, &settings, &ledger, "now", &Context::silent())?;
        let fitted = process::cpu();
        let rows = model.rows(&Condition::default(), real[0].len(), &seed, &Context::silent())?;
        let drawn = process::cpu();
        let memory = process::peak();
        let made = codes(&rows, &domain)?;
        let mut more = format!(
            r#""epsilon":{epsilon},"fit":{:.2},"rows":{:.2},"peak_mb":{memory:.0},"questions":{}"#,
            fitted - start,
            drawn - fitted,
            model.evidence().spends.len()
        );
        if many > 0 {
            let start = process::cpu();
            let table = plenish_synth::Model::generate(
                &model,
                &plenish_synth::Ask::default(),
                0..many as u64,
                &seed,
                &Context::silent(),
            )?;
            let _ = write!(
                more,
                r#","many":{},"many_seconds":{:.2},"many_peak_mb":{:.0}"#,
                table.rows(),
                process::cpu() - start,
                process::peak()
            );
        }
        println!("{}", line(engine, &figures(&real, &made, &domain), &more));
        let _ = std::fs::remove_dir_all(&place);
    }
    Ok(())
}

fn line(name: &str, figures: &[f64; 3], more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    let [one, two, three] = figures;
    format!(r#"{{"name":"{name}",{more}{comma}"tv1":{one:.4},"tv2":{two:.4},"tv3":{three:.4}}}"#)
}

/// Both files, one below the other; an empty cell is missing.
fn read(folder: &Path) -> Result<Table> {
    let mut cells: Vec<Vec<String>> = Vec::new();
    let mut names = Vec::new();
    for file in ["adult_train.csv.gz", "adult_test.csv.gz"] {
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .map_err(|e| Error::io("read", &path, &e))?;
        let mut lines = text.lines();
        names = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
        cells.resize(names.len(), Vec::new());
        for line in lines {
            line.split(',')
                .zip(&mut cells)
                .for_each(|(cell, column)| column.push(cell.to_owned()));
        }
    }
    let (mut schema, mut columns) = (Vec::new(), Vec::new());
    for (name, cells) in names.iter().zip(cells) {
        if NUMBERS.iter().any(|n| n.0 == name) {
            schema.push(ColumnSchema::new(name, ColumnType::Integer));
            columns.push(Column::Integer(
                cells
                    .iter()
                    .map(|c| c.parse().unwrap_or(plenish_table::MISSING_INTEGER))
                    .collect(),
            ));
        } else if name != "education" {
            schema.push(ColumnSchema::new(name, ColumnType::Text));
            let cells = cells.iter().map(|c| (!c.is_empty()).then_some(c.as_str()));
            columns.push(Column::Text(TextColumn::from_cells(cells)));
        }
    }
    Table::new(Schema::new(schema)?, columns)
}

/// The domain's file. The values of text columns stand in the public description of Adult; they are taken from the
/// table here to save listing them.
fn declared(table: &Table) -> String {
    let mut out = String::new();
    for (schema, column) in table.schema().columns.iter().zip(table.columns()) {
        let _ = writeln!(out, "[columns.{}]", schema.name);
        if let Some((_, low, high, bins)) = NUMBERS.iter().find(|n| n.0 == schema.name) {
            let _ = writeln!(
                out,
                "type = \"integer\"\nmin = {low}\nmax = {high}\nbins = {bins}\nmissing = false"
            );
        } else if let Column::Text(text) = column {
            let mut values: Vec<&str> = text.dictionary.iter().map(String::as_str).collect();
            values.sort_unstable();
            let _ = writeln!(
                out,
                "values = {values:?}\nother = false\nmissing = {}",
                column.missing_count() > 0
            );
        }
    }
    out
}

fn codes(table: &Table, domain: &Domain) -> Result<Vec<Vec<u16>>> {
    domain
        .axes
        .iter()
        .map(|axis| {
            let column = table
                .by_name(&axis.column.name)
                .ok_or_else(|| Error::usage("a column is gone"))?;
            Ok(axis.encode(column))
        })
        .collect()
}

/// The table resampled row by row, or cell by cell.
fn reference(real: &[Vec<u16>], independent: bool, seed: &Seed) -> Vec<Vec<u16>> {
    let rows = real[0].len() as u64;
    let pick = |row: u64, column: usize| {
        let column = if independent { column as u32 } else { u32::MAX };
        seed.stream(row, column).below(rows) as usize
    };
    (0..real.len())
        .map(|c| {
            let mut column = real[c].clone();
            if independent {
                seed.stream(0, c as u32).shuffle(&mut column);
                return column;
            }
            (0..rows).map(|row| real[c][pick(row, c)]).collect()
        })
        .collect()
}

/// Mean total variation over all columns, pairs and triples.
fn figures(real: &[Vec<u16>], made: &[Vec<u16>], domain: &Domain) -> [f64; 3] {
    let d = real.len();
    let sizes: Vec<usize> = domain.axes.iter().map(|a| a.size().unwrap_or(1)).collect();
    let mut sums = [(0.0, 0.0); 3];
    let mut add = |columns: &[usize]| {
        let mut counts = std::collections::HashMap::<u32, [u32; 2]>::new();
        for (which, table) in [real, made].into_iter().enumerate() {
            let mut at = vec![0_u32; table[0].len()];
            for &c in columns {
                for (cell, &state) in at.iter_mut().zip(&table[c]) {
                    *cell = *cell * sizes[c] as u32 + u32::from(state);
                }
            }
            for cell in at {
                counts.entry(cell).or_default()[which] += 1;
            }
        }
        let (n, m) = (real[0].len() as f64, made[0].len() as f64);
        let mut gaps: Vec<f64> = counts
            .values()
            .map(|c| (f64::from(c[0]) / n - f64::from(c[1]) / m).abs())
            .collect();
        gaps.sort_unstable_by(f64::total_cmp);
        sums[columns.len() - 1].0 += 0.5 * gaps.iter().sum::<f64>();
        sums[columns.len() - 1].1 += 1.0;
    };
    for a in 0..d {
        add(&[a]);
        for b in a + 1..d {
            add(&[a, b]);
            for c in b + 1..d {
                add(&[a, b, c]);
            }
        }
    }
    sums.map(|(sum, count)| sum / count)
}
