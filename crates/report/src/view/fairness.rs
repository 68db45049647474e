//! How far protected groups are apart under each arm.

use super::arms::Arms;
use super::sheet::{Head, Sheet};
use super::words::{clear_sign, spoken};
use crate::charts::{Forest, Labels, Mark, forest};
use crate::figures::{interval, signed_interval, trimmed};
use plenish_evaluate::{Experiment, Fairness, FairnessGap, FamilyFairness, Judgement};

/// Families of groups that are drawn and listed.
pub(super) const FAMILIES: usize = 10;
/// Changes that are said in words.
const SAID: usize = 8;

pub(crate) struct Gaps {
    pub(crate) cards: Vec<GapCard>,
    /// Gaps that synthetic rows change for certain, in words.
    pub(crate) changed: Vec<String>,
    /// Such gaps that are in the tables only.
    pub(crate) unsaid: usize,
    /// One table a family.
    pub(crate) sheets: Vec<Sheet>,
    /// Families left out.
    pub(crate) without: usize,
    /// Whether any figure could not be judged.
    pub(crate) few: bool,
}

pub(crate) struct GapCard {
    pub(crate) name: String,
    pub(crate) about: &'static str,
    pub(crate) chart: String,
}

/// The gaps that are drawn; the others are in the tables.
const DRAWN: [&str; 6] = [
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equal_opportunity_difference",
    "predictive_parity_difference",
    "calibration_error_difference",
];

/// What a gap is called, and what it is.
fn gap_words(name: &str) -> (String, &'static str) {
    let (called, about) = match name {
        "demographic_parity_difference" => ("Demographic parity", "largest difference in selection rate; 0 is equal"),
        "demographic_parity_ratio" => ("Disparate impact", "lowest selection rate over the highest; 1 is equal"),
        "equalized_odds_difference" => (
            "Equalised odds",
            "largest difference in recall or in false positive rate; 0 is equal",
        ),
        "equalized_odds_ratio" => (
            "Equalised odds, ratio",
            "lowest over highest recall or false positive rate; 1 is equal",
        ),
        "equal_opportunity_difference" => ("Equal opportunity", "largest difference in recall; 0 is equal"),
        "equal_opportunity_ratio" => ("Equal opportunity, ratio", "lowest recall over the highest; 1 is equal"),
        "predictive_parity_difference" => ("Predictive parity", "largest difference in precision; 0 is equal"),
        "predictive_parity_ratio" => (
            "Predictive parity, ratio",
            "lowest precision over the highest; 1 is equal",
        ),
        "accuracy_difference" => ("Accuracy", "largest difference in accuracy; 0 is equal"),
        "calibration_error_difference" => (
            "Calibration by group",
            "largest difference in calibration error; 0 is equal",
        ),
        "calibration_bias_difference" => (
            "Calibration bias by group",
            "largest difference in mean probability less share of positives; 0 is equal",
        ),
        "worst_group_accuracy" => ("Worst accuracy of a group", "higher is better"),
        "worst_group_roc_auc" => ("Worst ROC AUC of a group", "higher is better"),
        "worst_group_calibration_error" => ("Worst calibration error of a group", "lower is better"),
        other => return (spoken(other), ""),
    };
    (called.to_owned(), about)
}

/// A measurement in words, or why there is none.
pub(super) fn judged(of: &Judgement) -> String {
    match of {
        Judgement::Value(value) => interval(value),
        Judgement::NotJudged(why) => why.to_string(),
    }
}

/// The family of an arm that has this name.
pub(super) fn family<'a>(of: &'a Fairness, name: &str) -> Option<&'a FamilyFairness> {
    of.families.iter().find(|family| family.name == name)
}

fn gap<'a>(of: &'a Fairness, in_family: &str, name: &str) -> Option<&'a FairnessGap> {
    family(of, in_family)?.gaps.iter().find(|gap| gap.name == name)
}

impl Gaps {
    pub(crate) fn new(of: &Experiment) -> Option<Self> {
        let first = of.fairness.first()?;
        let families: Vec<&str> = first.families.iter().map(|f| f.name.as_str()).collect();
        let shown = &families[..families.len().min(FAMILIES)];
        let all = of.fairness.iter().flat_map(|arm| &arm.families).flat_map(|f| &f.gaps);
        let few = all.clone().any(|gap| gap.value.value().is_none() || gap.left_out > 0);
        all.clone().next()?;
        let mut changed = changed(&of.fairness, &families);
        let unsaid = changed.len().saturating_sub(SAID);
        changed.truncate(SAID);
        Some(Self {
            cards: DRAWN
                .iter()
                .filter_map(|name| card(&of.fairness, Arms(&of.arms), shown, name))
                .collect(),
            changed,
            unsaid,
            sheets: shown.iter().map(|name| sheet(&of.fairness, name)).collect(),
            without: families.len() - shown.len(),
            few,
        })
    }
}

fn card(of: &[Fairness], arms: Arms<'_>, families: &[&str], name: &str) -> Option<GapCard> {
    let row = |family: &&str| {
        let gaps: Vec<Option<&FairnessGap>> = of.iter().map(|arm| gap(arm, family, name)).collect();
        let first = gaps.iter().flatten().next()?;
        let between = if first.between.is_empty() {
            String::new()
        } else {
            first.between.join(" – ")
        };
        let marks = of.iter().zip(&gaps).map(|(arm, gap)| Mark {
            marker: arms.named(&arm.arm),
            estimate: gap.and_then(|gap| gap.value.value()),
        });
        Some(((*family).to_owned(), between, marks.collect()))
    };
    let rows: Vec<_> = families.iter().filter_map(row).collect();
    if rows.is_empty() {
        return None;
    }
    let (called, about) = gap_words(name);
    let equal = if name.ends_with("_ratio") { 1.0 } else { 0.0 };
    let said = families.iter().take(3).flat_map(|family| {
        of.iter().filter_map(move |arm| {
            let value = &gap(arm, family, name)?.value;
            Some(format!("{family}, {}: {}", arm.arm, judged(value)))
        })
    });
    let said = said.collect::<Vec<_>>().join("; ");
    Some(GapCard {
        chart: forest(
            &format!("gap-{name}"),
            &format!("{called} between groups, by arm"),
            &format!("{said}. The line is where groups are equal; all figures are in the tables below the charts."),
            &Forest {
                rows,
                labels: Labels::Beside,
                reference: Some(equal),
                at_least: None,
                show: &trimmed,
            },
        ),
        name: called,
        about,
    })
}

/// The drawn gaps whose difference from the first arm leaves no doubt.
fn changed(of: &[Fairness], families: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for arm in of.iter().skip(1) {
        for family in families {
            for name in DRAWN {
                let Some(gap) = gap(arm, family, name) else { continue };
                let Some(change) = gap.against_first.as_ref().and_then(Judgement::value) else {
                    continue;
                };
                let better = match clear_sign(&change) {
                    0 => continue,
                    sign => (sign > 0) == gap.higher_is_better,
                };
                out.push(format!(
                    "{}, {family}: {} under '{}' than under '{}': {}",
                    gap_words(name).0,
                    if better {
                        "closer to equal"
                    } else {
                        "further from equal"
                    },
                    arm.arm,
                    of[0].arm,
                    signed_interval(&change),
                ));
            }
        }
    }
    out
}

fn sheet(of: &[Fairness], family_name: &str) -> Sheet {
    let mut heads = vec![Head::judged("Measure")];
    for (place, arm) in of.iter().enumerate() {
        heads.push(Head::judged(arm.arm.clone()));
        if place > 0 {
            heads.push(Head::judged(format!("{} against {}", arm.arm, of[0].arm)));
        }
    }
    heads.push(Head::judged("Between"));
    heads.push(Head::words("Groups"));
    let own = of.first().and_then(|arm| family(arm, family_name));
    let rows = own.into_iter().flat_map(|family| &family.gaps).map(|first| {
        let (called, about) = gap_words(&first.name);
        let mut cells = vec![if about.is_empty() {
            called
        } else {
            format!("{called}: {about}")
        }];
        for (place, arm) in of.iter().enumerate() {
            let gap = gap(arm, family_name, &first.name);
            cells.push(gap.map_or_else(|| "-".to_owned(), |gap| judged(&gap.value)));
            if place > 0 {
                let change = gap.and_then(|gap| gap.against_first.as_ref());
                cells.push(change.map_or_else(
                    || "-".to_owned(),
                    |change| change.value().as_ref().map_or_else(|| judged(change), signed_interval),
                ));
            }
        }
        cells.push(if first.between.is_empty() {
            "-".to_owned()
        } else {
            first.between.join(" and ")
        });
        cells.push(if first.left_out > 0 {
            format!("{}; {} too small to judge", first.groups, first.left_out)
        } else {
            first.groups.to_string()
        });
        cells
    });
    Sheet {
        name: format!("Gaps between the groups of {family_name}"),
        caption: format!(
            "Gaps between the groups of {family_name} on the locked test, with 95 % bootstrap intervals; the groups named are those of {}",
            of.first().map_or("the first arm", |arm| &arm.arm)
        ),
        heads,
        rows: rows.collect(),
    }
}
