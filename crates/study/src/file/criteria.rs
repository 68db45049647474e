//! The keys of `[criteria]`: one for each criterion of the evaluation.

use super::keys::{Key, Wanted, key};

pub(crate) const CRITERIA: &[Key] = &[
    key(
        "validity",
        Wanted::Threshold(0.0, 1.0),
        "1.0",
        Some("1.0"),
        "least share of synthetic cells that the schema allows",
    ),
    key(
        "constraints",
        Wanted::Threshold(0.0, 1.0),
        "1.0",
        Some("1.0"),
        "least share of synthetic rows that keep all constraints",
    ),
    key(
        "missing_gap",
        Wanted::Threshold(0.0, 1.0),
        "0.02",
        Some("0.02"),
        "most by which a column's share of missing cells may be off, beyond chance",
    ),
    key(
        "shapes",
        Wanted::Threshold(0.0, 1.0),
        "0.95",
        Some("0.95"),
        "least likeness of single columns (Column Shapes)",
    ),
    key(
        "pairs",
        Wanted::Threshold(0.0, 1.0),
        "0.9",
        Some("0.9"),
        "least likeness of pairs of columns (Column Pair Trends)",
    ),
    key(
        "detection",
        Wanted::Threshold(0.0, 1.0),
        "0.5",
        Some("0.5"),
        "least score against a model that tells synthetic from unseen real rows: 0 it always can, 1 it cannot",
    ),
    key(
        "copies",
        Wanted::Threshold(0.0, 1.0),
        "0.005",
        Some("0.005"),
        "most copies of real rows, as a share, beyond what unseen real rows repeat",
    ),
    key(
        "nearer",
        Wanted::Threshold(0.0, 1.0),
        "0.55",
        Some("0.55"),
        "most synthetic rows, as a share, nearer to a real row seen than to one unseen: 0.5 is no memory",
    ),
    key(
        "nearer_closes",
        Wanted::Flag,
        "true",
        Some("true to publish, false to augment"),
        "whether more than that closes the gate, or is a warning: rows beside the real ones give away no more than those",
    ),
    key(
        "copies_holdout",
        Wanted::Threshold(0.0, 1.0),
        "0.005",
        Some("0.005"),
        "most copies of locked test rows, as a share, beyond what real rows repeat",
    ),
    key(
        "column_gap",
        Wanted::Threshold(0.0, 1.0),
        "0.1",
        Some("0.1"),
        "most rows, as a share, in the wrong bin of any column, beyond chance",
    ),
    key(
        "pair_gap",
        Wanted::Threshold(0.0, 1.0),
        "0.1",
        Some("0.1"),
        "most rows, as a share, in the wrong cell of any pair of columns, beyond chance",
    ),
    key(
        "lost_links",
        Wanted::Threshold(0.0, 1.0),
        "0.1",
        Some("0.1"),
        "most that any link between two columns may lose in strength (Cramér's V), beyond chance",
    ),
    key(
        "invented_links",
        Wanted::Threshold(0.0, 1.0),
        "0.1",
        Some("0.1"),
        "most that any link between two columns may gain in strength, beyond chance",
    ),
    key(
        "proxy",
        Wanted::Threshold(0.0, 1.0),
        "0.05",
        Some("0.05"),
        "most by which a protected column may become easier to predict (ROC AUC), beyond chance",
    ),
    key(
        "values_gone",
        Wanted::Threshold(0.0, 1.0),
        "0.0",
        Some("0.0"),
        "most real rows, as a share, with a value that next to no synthetic row has",
    ),
    key(
        "group_rate",
        Wanted::Threshold(0.0, 1.0),
        "0.03",
        Some("0.03"),
        "most by which a protected group's share, or a class's share in it, may be off, beyond chance",
    ),
    key(
        "label_noise",
        Wanted::Threshold(0.0, 1.0),
        "0.02",
        Some("0.02"),
        "most labels, as a share, that a model of the real rows takes for wrong, beyond chance",
    ),
    key(
        "quarantine",
        Wanted::Threshold(0.0, 1.0),
        "0.2",
        Some("0.2"),
        "purpose \"augment\": most synthetic rows, as a share, whose label is in doubt and that are left out",
    ),
    key(
        "contradictions",
        Wanted::Threshold(0.0, 1.0),
        "0.001",
        Some("0.001"),
        "most rows, as a share, with the features of others and another label, beyond chance",
    ),
    key(
        "time_order",
        Wanted::Threshold(0.0, 1.0),
        "0.01",
        Some("0.01"),
        "most rows, as a share, in which two times stand in an order no real row has",
    ),
    key(
        "row_order",
        Wanted::Threshold(0.0, 1.0),
        "0.01",
        Some("false"),
        "most rows, as a share, out of order where real rows are sorted by time",
    ),
    key(
        "auc_loss",
        Wanted::Threshold(0.0, 1.0),
        "0.03",
        Some("0.03"),
        "classes: most ROC AUC a model may lose: of synthetic rows alone to publish, of both if another metric decides",
    ),
    key(
        "rmse_ratio",
        Wanted::Threshold(0.01, 100.0),
        "1.1",
        Some("1.1"),
        "numbers: most by which its error may be larger, as a factor",
    ),
    key(
        "benefit",
        Wanted::Number(-1.0, 1.0),
        "0.0",
        Some("0.0"),
        "purpose \"augment\": what a model must gain, for certain, from added synthetic rows",
    ),
    key(
        "group_recall_gap",
        Wanted::Threshold(0.0, 1.0),
        "0.1",
        Some("false"),
        "most by which the recall of two protected groups may differ",
    ),
    key(
        "strict_margins",
        Wanted::Flag,
        "false",
        Some("false"),
        "whether the worse end of the 95 % interval has to keep margins of models, not the estimate",
    ),
    key(
        "synthetic_share",
        Wanted::Threshold(0.0, 1.0),
        "0.9",
        Some("0.9"),
        "most that synthetic rows may weigh, as a share of all, in an arm that can be chosen",
    ),
    key(
        "calibration_error",
        Wanted::Threshold(0.0, 1.0),
        "0.02",
        Some("false"),
        "most that probabilities may be off on average, in the model the purpose is about",
    ),
    key(
        "equalized_odds",
        Wanted::Threshold(0.0, 1.0),
        "0.05",
        Some("false"),
        "most by which recall or false positive rate of two protected groups may differ",
    ),
    key(
        "disparate_impact",
        Wanted::Threshold(0.0, 1.0),
        "0.8",
        Some("false"),
        "least selection rate of a protected group over the highest",
    ),
    key(
        "worst_group_accuracy",
        Wanted::Threshold(0.0, 1.0),
        "0.75",
        Some("false"),
        "least accuracy in any protected group",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_evaluate::Criteria;
    use serde_json::Value;

    /// The list of keys is the list of criteria, with the same defaults.
    #[test]
    fn the_criteria_are_those_of_the_evaluation() {
        let defaults = serde_json::to_value(Criteria::default()).unwrap();
        let defaults = defaults.as_object().unwrap();
        let names: std::collections::BTreeSet<&str> = CRITERIA.iter().map(|k| k.name).collect();
        assert_eq!(names, defaults.keys().map(String::as_str).collect());
        for key in CRITERIA {
            // Where the purpose decides, publishing comes first.
            let said = key.default.unwrap().split(" to publish").next().unwrap();
            let said: Value = serde_json::from_str(said).unwrap();
            assert_eq!(said, defaults[key.name], "{}", key.name);
        }
    }
}
