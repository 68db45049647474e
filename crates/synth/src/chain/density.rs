//! The log-density of rows.

use super::ChainModel;
use super::column::Prefix;
use super::shares::Decisions;
use crate::Density;
use plenish_table::{Context, Error, Result, Table};
use rayon::prelude::*;

/// Rows weighed together.
const BLOCK: usize = 4096;

impl ChainModel {
    /// See [`Density`].
    pub(crate) fn density(&self, rows: &Table, cx: &Context) -> Result<Density> {
        let same = rows.schema().columns.len() == self.schema.columns.len()
            && rows
                .schema()
                .columns
                .iter()
                .zip(&self.schema.columns)
                .all(|(a, b)| a.name == b.name && a.kind == b.kind);
        if !same {
            return Err(Error::data("the rows do not have the model's columns")
                .help("give the columns that the model was fitted on, with the same types"));
        }
        let starts: Vec<usize> = (0..rows.rows()).step_by(BLOCK).collect();
        let blocks = starts
            .par_iter()
            .map(|&start| {
                cx.check()?;
                let end = rows.rows().min(start + BLOCK);
                let wanted: Vec<u32> = (start as u32..end as u32).collect();
                let block = self.block_density(&rows.take(&wanted));
                cx.advance((end - start) as u64);
                Ok(block)
            })
            .collect::<Result<Vec<Density>>>()?;
        let mut whole = Density {
            totals: Vec::with_capacity(rows.rows()),
            parts: vec![Vec::with_capacity(rows.rows()); self.schema.columns.len()],
            states: vec![Vec::with_capacity(rows.rows()); self.schema.columns.len()],
            broken: vec![None; rows.rows()],
        };
        for block in blocks {
            whole.totals.extend(block.totals);
            for (mine, theirs) in whole.states.iter_mut().zip(block.states) {
                mine.extend(theirs);
            }
            for (mine, theirs) in whole.parts.iter_mut().zip(block.parts) {
                mine.extend(theirs);
            }
        }
        Ok(whole)
    }

    fn block_density(&self, rows: &Table) -> Density {
        let count = rows.rows();
        let mut density = Density {
            totals: vec![0.0; count],
            parts: vec![Vec::new(); self.schema.columns.len()],
            states: vec![Vec::new(); self.schema.columns.len()],
            broken: vec![None; count],
        };
        // One row more than were learned from.
        let unseen = -libm::log(self.rows as f64 + 1.0);
        let mut prefix = Prefix::default();
        for (place, column) in self.columns.iter().enumerate() {
            let index = self.order[place] as usize;
            let cells = rows.column(index);
            let sampler = &self.samplers()[place];
            let states = column.encode(&prefix, cells);
            let leaves = sampler.leaves(&prefix.features, count);
            let width = sampler.width();
            let floor = unseen - libm::log(column.codec.places());
            let part = states.iter().enumerate().map(|(row, &state)| {
                let decisions = Decisions {
                    sampler,
                    leaves: &leaves[row * width..(row + 1) * width],
                    slope: 1.0,
                    tilt: None,
                    untilted: false,
                };
                let of_state = decisions.log_probability(&self.paths()[place][usize::from(state)]);
                density.states[index].push(of_state);
                let inside = column.inside(&prefix, cells, row, state);
                // What the model gives no mass is as likely as it would be among values spread evenly.
                let part = if inside > 0.0 {
                    (of_state + libm::log(inside)).max(floor)
                } else {
                    floor
                };
                density.totals[row] += part;
                part
            });
            density.parts[index] = part.collect();
            prefix.push(column, states, cells.clone());
        }
        density
    }
}
