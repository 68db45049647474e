//! The keys of `[plan]` and `[balance]`.

use super::keys::{Section, Wanted, key};

pub(crate) const GAPS: &[&str] = &["rare", "group", "reference", "slice", "uncertain", "sparse", "pattern"];
pub(crate) const GOALS: &[&str] = &["best-group", "equal-cells", "rate", "reference"];

pub(crate) const PLAN: Section = Section {
    name: "plan",
    about: "Rows for what the data lacks, in place of rows like all of it. Without `gaps` and `file` there is no plan.",
    keys: &[
        key(
            "gaps",
            Wanted::Choices(GAPS),
            "[\"rare\", \"slice\", \"pattern\"]",
            Some("none"),
            "what is looked for and filled: rare classes, unequal groups, failing slices, uncovered patterns",
        ),
        key(
            "file",
            Wanted::Text,
            "\"plan.toml\"",
            Some("none"),
            "a plan to obey, as `plenish plan` writes it and you edit it",
        ),
        key(
            "columns",
            Wanted::TextList,
            "[\"sex\", \"education\"]",
            Some("target, protected columns and those a model relies on most"),
            "the columns whose combinations are to be covered",
        ),
        key(
            "threshold",
            Wanted::Whole(1, 1_000_000_000),
            "30",
            Some("a thousandth of the rows, from 10 to 100"),
            "combinations with fewer rows are uncovered",
        ),
        key(
            "levels",
            Wanted::Whole(1, 5),
            "3",
            Some("3"),
            "values that are combined at most",
        ),
        key(
            "reference",
            Wanted::Text,
            "\"census.csv\"",
            Some("none"),
            "whom the data should be like: rows of a population, or shares in the columns `where` and `share`",
        ),
        key(
            "most",
            Wanted::Number(0.0, 100.0),
            "1.0",
            Some("1.0"),
            "rows of the whole plan for each real one, at most",
        ),
        key(
            "rare_share",
            Wanted::Number(0.0, 1.0),
            "0.1",
            Some("0.1"),
            "the share that a rare class of the target is brought to",
        ),
        key(
            "slice_rows",
            Wanted::Number(0.0, 10.0),
            "0.5",
            Some("0.5"),
            "rows for each real row of a slice in which a model fails",
        ),
        key(
            "alike",
            Wanted::Number(0.0, 1.0),
            "0.02",
            Some("0.02"),
            "share of a condition's rows that may be nearly the same as another of them",
        ),
        key(
            "candidates",
            Wanted::Whole(1, 100),
            "10",
            Some("10"),
            "rows made for each row of a rare class of the target, of which the one that looks most like the class is kept",
        ),
        key(
            "rounds",
            Wanted::Whole(0, 20),
            "3",
            Some("0"),
            "times that failing slices are found, filled, and kept if that helps on rows kept aside",
        ),
    ],
};

pub(crate) const BALANCE: Section = Section {
    name: "balance",
    about: "Groups brought to a goal by added rows; how far to go is what [experiment] ratios compare.",
    keys: &[
        key(
            "goal",
            Wanted::Choice(GOALS),
            "\"best-group\"",
            Some("none"),
            "every group's share of the rarer outcome: that of the best group, a rate; all cells equal; a reference's shares",
        ),
        key(
            "columns",
            Wanted::TextList,
            "[\"sex\"]",
            Some("the protected columns"),
            "the columns whose combined values are groups",
        ),
        key(
            "rate",
            Wanted::Number(0.0, 1.0),
            "0.3",
            Some("none"),
            "for the goal \"rate\": the share of the rarer outcome that every group is to have",
        ),
    ],
};
