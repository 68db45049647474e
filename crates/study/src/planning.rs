//! Rows for what a study's data lacks: gaps, a plan, rows to the plan.

use crate::Study;
use crate::file::read_plan;
use crate::input::Real;
use crate::rounds::rounds;
use plenish_evaluate::Alike;
use plenish_files::ReadOptions;
use plenish_gaps::{GapKind, Gaps, Options, Reference, find};
use plenish_plan::{
    Balance, BalanceGoal, Made, MakeSettings, Plan, PlanReport, PlanSettings, Pool, Recheck, Sources, Trial, make_rows,
    propose, recheck,
};
use plenish_synth::Model;
use plenish_table::{Condition, Constraint, Context, Error, Result, Role, Schema, Seed, Table};

/// Columns whose combinations are covered, if none are named.
const IMPORTANT: usize = 6;
/// Lines whose test rows are looked at before and after.
const SHOWN: usize = 100;

/// How a plan is made, or which one is obeyed.
#[derive(Debug, Clone)]
pub struct PlanRecipe {
    /// The plan to obey; one is made from the gaps if none.
    given: Option<Plan>,
    /// Real rows that the given plan is for: parts of them get that part of its rows.
    rows: usize,
    options: Options,
    settings: PlanSettings,
    make: MakeSettings,
    target: String,
    protected: Vec<String>,
    constraints: Vec<Constraint>,
    /// What rounds on rows kept aside came to, beside what is planned.
    tried: Plan,
    /// How they did.
    trials: Vec<Trial>,
}

/// A plan, its rows, and what they came from.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    /// What the data lacked; none if the plan was given.
    pub(crate) gaps: Option<Gaps>,
    pub(crate) made: Made,
    /// As many rows as there are real ones, made without any condition: what the generator is judged by.
    pub(crate) sample: Table,
    /// What was tried to come to the plan.
    pub(crate) trials: Vec<Trial>,
}

impl PlanRecipe {
    /// How the study has its rows planned; none if it has not. Fails when a plan or reference cannot be read or does not
    /// fit the data, and on kinds of gaps and columns that there are not.
    pub(crate) fn read(study: &Study, real: &Real, cx: &Context) -> Result<Option<Self>> {
        if !study.is_planned() {
            return Ok(None);
        }
        let train = &real.train;
        let settings = &study.plan;
        let given = match &settings.file {
            Some(file) => Some(read_plan(&study.beside(file), train, settings.most)?),
            None => None,
        };
        let reference = match &settings.reference {
            Some(file) => {
                let path = study.beside(file).display().to_string();
                let table = plenish_files::read(&path, &ReadOptions::default(), cx)?;
                Some(Reference::read(table, train).map_err(|e| e.in_file(&path))?)
            }
            None => None,
        };
        let mut kinds = settings
            .gaps
            .iter()
            .map(|name| GapKind::of(name))
            .collect::<Result<Vec<_>>>()?;
        let balance = balance(study)?;
        if balance.is_some() && kinds.is_empty() {
            // Nothing else is looked for.
            kinds.push(GapKind::Group);
        }
        let options = Options {
            columns: settings.columns.clone(),
            threshold: settings.threshold.map(|threshold| threshold as usize),
            levels: Some(settings.levels as usize),
            reference,
            kinds: kinds.clone(),
            important: Some(IMPORTANT.max(study.protected.len() + 2)),
            ..Options::default()
        };
        Ok(Some(Self {
            given,
            rows: train.rows(),
            options,
            settings: PlanSettings {
                kinds,
                most: settings.most,
                rare_share: settings.rare_share,
                slice_rows: settings.slice_rows,
                balance,
            },
            make: MakeSettings {
                alike: settings.alike,
                candidates: settings.candidates,
            },
            target: study.target.clone(),
            protected: study.protected.clone(),
            constraints: study.constraints(train.schema())?,
            tried: Plan::default(),
            trials: Vec::new(),
        }))
    }

    /// With what the study's rounds on rows kept aside come to.
    pub(crate) fn try_rounds(self, study: &Study, real: &Real, cx: &Context) -> Result<Self> {
        if study.plan.rounds == 0 {
            return Ok(self);
        }
        let (tried, trials) = rounds(study, &self, real, &Seed::new(study.seed), cx)?;
        Ok(Self { tried, trials, ..self })
    }

    /// How rows are made to a plan.
    pub(crate) fn making(&self) -> MakeSettings {
        self.make
    }

    /// What the rows lack, and the plan that fills it for a model of them.
    pub(crate) fn plan(&self, real: &Table, pool: &Pool, seed: &Seed, cx: &Context) -> Result<(Plan, Option<Gaps>)> {
        if let Some(plan) = &self.given {
            let share = real.rows() as f64 / self.rows.max(1) as f64;
            let plan = if real.rows() == self.rows {
                plan.clone()
            } else {
                plan.clone().scaled(share)
            };
            return Ok((plan, None));
        }
        if self.settings.kinds.is_empty() {
            let share = real.rows() as f64 / self.rows.max(1) as f64;
            return Ok((self.tried.clone().scaled(share), None));
        }
        let mut options = self.options.clone();
        // A part of the rows has that part of a threshold that was named.
        let share = real.rows() as f64 / self.rows.max(1) as f64;
        options.threshold = options.threshold.map(|t| ((t as f64 * share).round() as usize).max(1));
        let gaps = find(real, Some(&self.target), &self.protected, &options, seed, cx)?;
        let sources = Sources {
            real,
            gaps: &gaps,
            reference: self.options.reference.as_ref(),
            pool,
            constraints: &self.constraints,
        };
        let mut plan = propose(sources, &self.settings, cx)?;
        let tried = self.tried.clone().scaled(share);
        plan.lines.extend(tried.lines);
        plan.notes.extend(tried.notes);
        Ok((plan, Some(gaps)))
    }

    /// The plan for the rows that `model` was fitted to, and its rows. Fails when there is nothing to fill.
    pub(crate) fn rows(&self, real: &Table, model: &dyn Model, seed: &Seed, cx: &Context) -> Result<Planned> {
        match self.try_rows(real, model, seed, cx)? {
            (_, Some(planned)) => Ok(planned),
            (plan, None) => Err(nothing_to_fill(&plan)),
        }
    }

    /// The same; no rows when there is nothing to fill.
    pub(crate) fn try_rows(
        &self,
        real: &Table,
        model: &dyn Model,
        seed: &Seed,
        cx: &Context,
    ) -> Result<(Plan, Option<Planned>)> {
        let real = &with_target(real, &self.target)?;
        let pool = Pool::new(model, real.rows(), seed, cx)?;
        let (plan, gaps) = self.plan(real, &pool, seed, cx)?;
        if plan.lines.is_empty() {
            return Ok((plan, None));
        }
        let made = make_rows(&plan, model, Some(&pool), real, &self.make, seed, cx)?;
        let first: Vec<u32> = (0..real.rows().min(pool.table.rows()) as u32).collect();
        let planned = Planned {
            plan: plan.clone(),
            gaps,
            made,
            sample: pool.table.take(&first),
            trials: self.trials.clone(),
        };
        Ok((plan, Some(planned)))
    }
}

impl Planned {
    /// What the lines are about.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        self.plan
            .lines
            .iter()
            .take(SHOWN)
            .map(|line| line.region.condition.clone())
            .collect()
    }

    /// The real rows that the plan's rows are to be held against: those of their line, whatever their target.
    pub(crate) fn alike(&self, real: &Table, target: &str) -> Result<Alike> {
        let rows = |line: &plenish_plan::PlanLine| -> Result<Vec<u32>> {
            let mut terms = line.region.condition.terms.clone();
            terms.retain(|term| term.column != target);
            let mask = Condition { terms }.mask(real)?;
            Ok((0..real.rows() as u32).filter(|&row| mask[row as usize]).collect())
        };
        Ok(Alike {
            of: self.made.line.clone(),
            real: self.plan.lines.iter().map(rows).collect::<Result<_>>()?,
        })
    }

    /// The plan, and what the rows `added` for its lines brought.
    pub(crate) fn report(&self, real: &Table, added: &Table, line: &[u32]) -> Result<PlanReport> {
        Ok(PlanReport {
            plan: self.plan.clone(),
            found: self.recheck(real, added, line)?,
            warnings: self.made.warnings.clone(),
            trials: self.trials.clone(),
        })
    }

    /// The gaps before, and after the first `added` rows of the plan joined the real ones.
    fn recheck(&self, real: &Table, added: &Table, line: &[u32]) -> Result<Recheck> {
        recheck(&self.plan, self.gaps.as_ref(), real, added, line)
    }
}

/// The plan that a study would obey, and the gaps it fills: nothing is written. Fails as a run does, and where the study
/// plans nothing.
pub fn plan(study: &Study, cx: &Context) -> Result<(Plan, Option<Gaps>)> {
    let real = study.read(cx)?;
    let Some(recipe) = PlanRecipe::read(study, &real, cx)? else {
        return Err(Error::usage("the study plans nothing")
            .help("say what is to be filled in a section [plan], like gaps = [\"rare\", \"slice\", \"pattern\"]"));
    };
    let recipe = recipe.try_rounds(study, &real, cx)?;
    let seed = Seed::new(study.seed);
    let model = crate::making::fit(study, &real, cx)?;
    let train = with_target(&real.train, &study.target)?;
    let pool = Pool::new(model.as_ref(), train.rows(), &seed, cx)?;
    recipe.plan(&train, &pool, &seed, cx)
}

fn nothing_to_fill(plan: &Plan) -> Error {
    let message = match plan.left_out.first() {
        None => "the data lacks nothing of what the plan looks for".to_owned(),
        Some(first) => format!(
            "all {} gaps are left out, such as {}: {}",
            plan.left_out.len(),
            first.region.text,
            first.reason
        ),
    };
    Error::data(message).help("look at `plenish profile --gaps`, name other gaps in [plan], or leave the section out")
}

fn balance(study: &Study) -> Result<Option<Balance>> {
    let settings = &study.balance;
    let Some(goal) = &settings.goal else {
        return Ok(None);
    };
    let goal = match (goal.as_str(), settings.rate) {
        ("best-group", _) => BalanceGoal::BestGroup,
        ("equal-cells", _) => BalanceGoal::EqualCells,
        ("rate", Some(rate)) => BalanceGoal::Rate(rate),
        ("reference", _) => BalanceGoal::Reference,
        _ => return Err(Error::usage(format!("there is no goal '{goal}' to balance to"))),
    };
    let columns = if settings.columns.is_empty() {
        study.protected.clone()
    } else {
        settings.columns.clone()
    };
    Ok(Some(Balance { columns, goal }))
}

/// The table with its target marked, as the planner looks for it.
fn with_target(table: &Table, target: &str) -> Result<Table> {
    if table.schema().target().is_some() {
        return Ok(table.clone());
    }
    let mut schema: Schema = table.schema().clone();
    let place = schema.require(target)?;
    schema.columns[place].role = Role::Target;
    table.clone().with_schema(schema)
}
