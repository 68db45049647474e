//! What the template shows: every figure as text, every chart as SVG.

mod arms;
mod associations;
pub(crate) mod attacks;
mod calibration;
mod columns;
mod coverage;
mod experiment;
mod fairness;
mod folds;
mod front;
mod groups;
mod labels;
mod learners;
mod links;
mod memory;
mod plan;
mod plan_lines;
mod privacy;
mod robust;
mod sheet;
mod shifts;
mod slices;
mod summary;
mod words;

use crate::figures::count;
use crate::input::ReportInput;
use askama::Template;
pub(crate) use columns::bin_name;

/// The whole page.
#[derive(Template)]
#[template(path = "report.html")]
pub(crate) struct Page<'a> {
    title: &'a str,
    objective: &'a str,
    data: Vec<DataRow<'a>>,
    summary: summary::Summary<'a>,
    plan: Option<plan::Planned>,
    privacy: Option<privacy::Private>,
    columns: columns::Columns<'a>,
    associations: associations::Matrices,
    experiment: Option<experiment::Trial<'a>>,
    memory: memory::Memory<'a>,
    robust: robust::Lists<'a>,
    labels: Option<labels::Labels<'a>>,
    provenance: &'a crate::Provenance,
    seed: String,
}

struct DataRow<'a> {
    part: &'a str,
    name: &'a str,
    rows: String,
}

impl<'a> Page<'a> {
    pub(crate) fn new(input: &ReportInput<'a>) -> Self {
        Self {
            title: input.title,
            objective: input.objective,
            data: input
                .data
                .iter()
                .map(|d| DataRow {
                    part: &d.part,
                    name: &d.name,
                    rows: count(d.rows),
                })
                .collect(),
            summary: summary::Summary::new(input),
            plan: input.plan.map(|plan| plan::Planned::new(plan, input.experiment)),
            privacy: input.privacy.as_ref().map(privacy::Private::new),
            columns: columns::Columns::new(input),
            associations: associations::Matrices::new(input.associations_real, input.associations_synthetic),
            experiment: input.experiment.map(experiment::Trial::new),
            memory: memory::Memory::new(input.evaluation),
            robust: robust::Lists::new(&input.evaluation.robust),
            labels: input.evaluation.labels.as_ref().map(labels::Labels::new),
            provenance: input.provenance,
            seed: input.provenance.seed.to_string(),
        }
    }
}
