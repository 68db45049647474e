//! What an experiment asks: of which target, by which learners, in which metric.

use crate::decisions::GroupRule;
use crate::groups::Grouping;
use crate::judged::names;
use plenish_learn::metrics::{GroupParity, OperatingPoint, RecalibrationMethod};
use plenish_learn::target::Goal;
use plenish_learn::{Learner, Task};
use plenish_table::{Condition, Error, Result, Table};

/// What is asked of every arm. All of it is fixed before any model is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The column to predict.
    pub target: String,
    /// Columns whose groups are compared.
    pub protected: Vec<String>,
    /// Learners and their names, at least one. The first decides; the others show whether the answer is the
    /// learner's own.
    pub learners: Vec<(String, Learner)>,
    /// The metric that decides, see [`crate::metric_names`]; the area under the ROC curve for classes and the root
    /// mean squared error for numbers if none.
    pub metric: Option<String>,
    /// Where probabilities of two classes are cut; the class with the higher probability if not stated.
    pub operating_point: OperatingPoint,
    /// Slices of the test rows that are looked at before and after beside those of single columns.
    pub slices: Vec<Condition>,
    /// Whether the synthetic rows are for parts of the table, so that nothing could be learned from them alone.
    pub partial: bool,
}

impl Question {
    /// All learners, the default metric, a threshold of one half.
    pub fn new(target: impl Into<String>, protected: &[String]) -> Self {
        let learners = Learner::all();
        Self {
            target: target.into(),
            protected: protected.to_vec(),
            learners: learners.map(|(name, learner)| (name.to_owned(), learner)).to_vec(),
            metric: None,
            operating_point: OperatingPoint::default(),
            slices: Vec::new(),
            partial: false,
        }
    }

    /// The same with these learners, by name: `boosted`, `forest`, `logistic`; the first decides. Fails for a
    /// name that is not one of them, a name twice, and no name.
    pub fn with_learners(mut self, names: &[String]) -> Result<Self> {
        let known = Learner::all();
        self.learners.clear();
        for name in names {
            let Some((_, learner)) = known.iter().find(|(known, _)| known == name) else {
                return Err(Error::usage(format!("there is no learner '{name}'"))
                    .help("the learners are: boosted, forest, logistic"));
            };
            if self.learners.iter().any(|(have, _)| have == name) {
                return Err(Error::usage(format!("the learner '{name}' is named twice")));
            }
            self.learners.push((name.clone(), learner.clone()));
        }
        self.check()?;
        Ok(self)
    }

    /// Fails when the metric is none of the target's, before anything is trained.
    pub fn check_metric(&self, train: &Table, test: &Table) -> Result<()> {
        let goal = Goal::new(train, test, &self.target)?;
        names(goal.task, !self.protected.is_empty(), self.metric.as_deref()).map(|_| ())
    }

    /// Fails when groups cannot have thresholds of their own for this target, before anything is trained.
    pub fn check_group_thresholds(&self, parity: GroupParity, train: &Table, test: &Table) -> Result<()> {
        let goal = Goal::new(train, test, &self.target)?;
        self.rule(Some(parity), goal.task, &[]).map(|_| ())
    }

    /// How groups get thresholds of their own, if they do. Fails when there is no group, when there are not two classes,
    /// and when the operating point is a rate, which thresholds by group would not keep.
    pub(crate) fn rule<'a>(
        &self,
        parity: Option<GroupParity>,
        task: Task,
        protected: &'a [Grouping],
    ) -> Result<Option<GroupRule<'a>>> {
        let Some(parity) = parity else { return Ok(None) };
        if !parity.is_valid() {
            return Err(Error::usage(format!("'{parity}' is outside 0 to 1")));
        }
        if task != Task::Binary {
            return Err(Error::usage(format!("'{parity}' needs a target of two classes"))
                .in_column(&self.target)
                .help("leave out the thresholds by group"));
        }
        if self.protected.is_empty() {
            return Err(
                Error::usage(format!("'{parity}' needs groups, and no column is protected"))
                    .help("name a protected column, or leave out the thresholds by group"),
            );
        }
        let OperatingPoint::Threshold(cost) = self.operating_point else {
            return Err(Error::usage(format!(
                "'{parity}' would not keep the operating point, which is a rate"
            ))
            .help("state a threshold as the operating point, or leave out the thresholds by group"));
        };
        Ok(Some(GroupRule {
            parity,
            cost,
            protected,
        }))
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.learners.is_empty() {
            return Err(
                Error::usage("an experiment needs a learner").help("name at least one: boosted, forest, logistic")
            );
        }
        if !self.operating_point.is_valid() {
            return Err(Error::usage(format!(
                "the operating point {:?} is outside 0 to 1",
                self.operating_point
            )));
        }
        Ok(())
    }
}

/// How reports call a recalibration.
pub(crate) fn recalibrated(method: RecalibrationMethod) -> &'static str {
    match method {
        RecalibrationMethod::Isotonic => "isotonic",
        RecalibrationMethod::Platt => "Platt",
    }
}
