//! Rows whose labels are in doubt, and what speaks against them.

use super::class_noise::Noise;
use super::contradictions::Contradiction;
use super::results::Suspect;
use super::{Audit, Labelled};
use plenish_learn::Task;
use std::collections::BTreeMap;

/// What speaks against a label.
#[derive(Debug, Clone, Copy)]
pub(super) enum Witness {
    /// A model of the real rows.
    Model,
    /// Other rows with the same features.
    Contradiction(Contradiction),
}

/// Suspects by their place among the judged rows.
pub(super) struct Suspects<'a> {
    audit: &'a Audit<'a>,
    /// Predictions.
    said: &'a [f64],
    labels: &'a [usize],
    noise: &'a [Option<Noise>],
    witnesses: BTreeMap<u32, Vec<Witness>>,
    /// Of the nearest real rows, how many have which label: (with the label most have, of all, that label).
    neighbours: BTreeMap<u32, (usize, usize, usize)>,
}

impl<'a> Suspects<'a> {
    pub(super) fn new(audit: &'a Audit<'a>, said: &'a [f64], labels: &'a [usize], noise: &'a [Option<Noise>]) -> Self {
        Self {
            audit,
            said,
            labels,
            noise,
            witnesses: BTreeMap::new(),
            neighbours: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, row: u32, witness: Witness) {
        self.witnesses.entry(row).or_default().push(witness);
    }

    pub(super) fn add_neighbours(&mut self, row: u32, votes: (usize, usize, usize)) {
        self.neighbours.insert(row, votes);
    }

    /// Their places among the judged rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.witnesses.keys().copied()
    }

    /// How many each kind of witness names.
    pub(super) fn counts(&self) -> (usize, usize) {
        let of = |wanted: fn(&Witness) -> bool| self.witnesses.values().filter(|w| w.iter().any(wanted)).count();
        (
            of(|w| matches!(w, Witness::Model)),
            of(|w| matches!(w, Witness::Contradiction(_))),
        )
    }

    /// All suspects with their reasons, in the order of rows.
    pub(super) fn told(&self) -> Vec<Suspect> {
        let rows: &Labelled = self.audit.synthetic;
        self.witnesses
            .iter()
            .map(|(&row, witnesses)| {
                let place = row as usize;
                let label = self.labels[place];
                let probability = self.audit.probability(self.said, place, label);
                let (suggested, likeliest) = self.suggested(place, label);
                let name = |class: usize| self.audit.goal.classes[class].clone();
                let mut reasons = Vec::new();
                let mut contradicted = false;
                for witness in witnesses {
                    match witness {
                        Witness::Model => reasons.push(format!(
                            "a model of the real rows gives '{}' a probability of {likeliest:.2} and '{}' {probability:.2}",
                            name(suggested),
                            name(label)
                        )),
                        Witness::Contradiction(of) => {
                            contradicted = true;
                            let kind = if of.real { "real" } else { "synthetic" };
                            let (rows, have) = if of.others == 1 { ("row", "has") } else { ("rows", "have") };
                            reasons.push(format!(
                                "{} {kind} {rows} that {have} the same in all other columns {have} '{}'",
                                of.others,
                                name(of.label)
                            ));
                        }
                    }
                }
                if let Some(&(votes, asked, class)) = self.neighbours.get(&row)
                    && class != label
                {
                    reasons.push(format!("{votes} of the {asked} nearest real rows have '{}'", name(class)));
                }
                let doubt = self.noise[label].map_or(1.0 - probability, |noise| noise.doubt(probability));
                Suspect {
                    row: rows.rows[place] as usize,
                    label: name(label),
                    suggested: name(suggested),
                    probability: Some(probability),
                    // At most one of two rows that contradict each other is right.
                    doubt: if contradicted { doubt.max(0.5) } else { doubt },
                    reason: reasons.join("; "),
                }
            })
            .collect()
    }

    /// The likeliest other class, and its probability.
    fn suggested(&self, row: usize, label: usize) -> (usize, f64) {
        let classes = match self.audit.goal.task {
            Task::Multiclass(classes) => classes,
            _ => 2,
        };
        (0..classes)
            .filter(|&class| class != label)
            .map(|class| (class, self.audit.probability(self.said, row, class)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((label, 0.0))
    }
}
