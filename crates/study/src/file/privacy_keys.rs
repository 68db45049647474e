//! The keys of `[privacy]` and `[audit]`.

use super::keys::{Section, Wanted, key};

pub(crate) const ENGINES: &[&str] = &["aim", "mst"];

pub(crate) const PRIVACY: Section = Section {
    name: "privacy",
    about: "Differential privacy, in the words of `plenish fit`; the unit stands in the public schema. See docs/privacy.md.",
    keys: &[
        key(
            "engine",
            Wanted::Choice(ENGINES),
            "\"aim\"",
            Some("\"aim\""),
            "the mechanism, in place of a generator: \"aim\", closer to the data, or \"mst\", quicker",
        ),
        key(
            "epsilon",
            Wanted::Number(0.0, 1000.0),
            "1.0",
            None,
            "what the run may cost, above 0: smaller protects more; charged once, before the data is opened",
        ),
        key(
            "delta",
            Wanted::Number(0.0, 1.0),
            "1e-9",
            Some("1e-9"),
            "the chance that epsilon does not hold: above 0 and far below 1 over the number of rows",
        ),
        key(
            "schema",
            Wanted::Text,
            "\"public.toml\"",
            None,
            "the file that says what is public about each column, and whose presence is hidden",
        ),
        key(
            "data_set",
            Wanted::Text,
            "\"adult\"",
            None,
            "the name under which the owner keeps the budget of these rows, and of all parts and copies of them",
        ),
        key(
            "ledger",
            Wanted::Text,
            "\"plenish-ledger\"",
            Some("\"plenish-ledger\""),
            "the folder of the ledger, from the folder of this file",
        ),
        key(
            "rows_at_most",
            Wanted::Whole(1, i64::MAX as u64),
            "50000",
            Some("not checked"),
            "the number of rows at most, as the owner declares it: delta has to be below 1 over it",
        ),
    ],
};

pub(crate) const AUDIT: Section = Section {
    name: "audit",
    about: "Attacks on the synthetic rows, and what they may find for certain. See docs/audit.md.",
    keys: &[
        key(
            "make",
            Wanted::Flag,
            "true",
            Some("false"),
            "whether the rows are attacked; leaves audit.html and audit.json, which are as sensitive as the data",
        ),
        key(
            "keys",
            Wanted::TextList,
            "[\"age\", \"sex\"]",
            Some("all columns but the guessed one"),
            "what attackers know of a person",
        ),
        key(
            "audit_auc",
            Wanted::Threshold(0.0, 1.0),
            "0.55",
            Some("0.55"),
            "most area under the ROC curve of the worst attack on membership: 0.5 is guessing",
        ),
        key(
            "audit_exposed_auc",
            Wanted::Threshold(0.0, 1.0),
            "0.6",
            Some("0.6"),
            "the same on the rows most unlike others",
        ),
        key(
            "audit_tpr",
            Wanted::Threshold(0.0, 1.0),
            "0.03",
            Some("0.03"),
            "most rows found, as a share, while 1 % of others are falsely accused",
        ),
        key(
            "audit_attribute",
            Wanted::Threshold(0.0, 1.0),
            "0.05",
            Some("0.05"),
            "most risk of guessing a column of a row",
        ),
        key(
            "audit_singling_out",
            Wanted::Threshold(0.0, 1.0),
            "0.05",
            Some("0.05"),
            "most risk of singling out a row",
        ),
        key(
            "audit_linkability",
            Wanted::Threshold(0.0, 1.0),
            "0.05",
            Some("0.05"),
            "most risk of linking two parts of a row",
        ),
        key(
            "audit_copies",
            Wanted::Threshold(0.0, 1.0),
            "0.01",
            Some("0.01"),
            "most near copies, as a share, beyond those among unseen rows",
        ),
        key(
            "audit_traits",
            Wanted::Threshold(0.0, 1.0),
            "0.02",
            Some("0.02"),
            "most by which a protected column may be predicted better for rows seen than for others",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_audit::AuditCriteria;

    /// The gates are those of the audit, with the same defaults, and the engines those there are.
    #[test]
    fn the_keys_are_those_of_the_rooms() {
        let defaults = serde_json::to_value(AuditCriteria::default()).unwrap();
        let gates: Vec<&str> = AUDIT.keys[2..].iter().map(|k| k.name).collect();
        assert_eq!(gates.len(), defaults.as_object().unwrap().len());
        for key in &AUDIT.keys[2..] {
            let said: serde_json::Value = serde_json::from_str(key.default.unwrap()).unwrap();
            assert_eq!(said, defaults[key.name], "{}", key.name);
        }
        for engine in plenish_private::Engine::ALL {
            assert!(ENGINES.contains(&engine.name()));
        }
        assert_eq!(ENGINES.len(), plenish_private::Engine::ALL.len());
        let delta: f64 = PRIVACY.key("delta").unwrap().default.unwrap().parse().unwrap();
        assert_eq!(delta.to_bits(), plenish_private::accounting::DEFAULT_DELTA.to_bits());
    }
}
