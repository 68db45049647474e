//! From gaps to a plan.

use crate::balance::{Balance, lacking};
use crate::borrowed::{ENOUGH, LIMIT, borrowed};
use crate::hitting::{SUPPORT, Wanted, cover};
use crate::line::{LeftOut, Plan, PlanLine};
use crate::members::Members;
use crate::pool::Pool;
use plenish_gaps::{GapKind, Gaps, Reference, Region};
use plenish_table::{Constraint, Context, Result, Table};

/// A slice with a larger share of the rows is no gap but most of the table.
const PART: f64 = 0.5;
/// Rows for one slice as a share of the table, at most.
const SLICE_SHARE: f64 = 0.2;
/// An even share of the classes in units of the share below which a class is rare ([`plenish_gaps::Rare`]).
const EVEN: f64 = 10.0;

/// Values that may exclude each other do so if the generator makes less than this part of the rows their parts lead to
/// expect.
const EXCLUDED: f64 = 0.02;

/// What a plan is to be like.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSettings {
    /// The kinds of gaps to fill.
    pub kinds: Vec<GapKind>,
    /// Rows for each real row, at most, all lines together; above 0.
    pub most: f64,
    /// The share that a rare class of the target is brought to, 0 to 1; never above an even share of the classes.
    pub rare_share: f64,
    /// Rows for each row of a slice in which a model fails.
    pub slice_rows: f64,
    /// How groups are balanced; it takes the place of gaps of the kinds `Group` and `Reference`.
    pub balance: Option<Balance>,
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The rows that gaps were found in. Its schema says which column is the target.
    pub real: &'a Table,
    /// What they lack.
    pub gaps: &'a Gaps,
    /// Whom they should be like.
    pub reference: Option<&'a Reference>,
    /// Rows of the model that is to fill the gaps.
    pub pool: &'a Pool,
    /// What every row keeps.
    pub constraints: &'a [Constraint],
}

impl Default for PlanSettings {
    /// Rare classes, groups, a reference, failing slices and patterns; no more rows than there are real ones, a tenth
    /// for rare classes, half as many rows again for slices.
    fn default() -> Self {
        Self {
            kinds: vec![
                GapKind::Rare,
                GapKind::Group,
                GapKind::Reference,
                GapKind::Slice,
                GapKind::Pattern,
            ],
            most: 1.0,
            rare_share: 0.1,
            slice_rows: 0.5,
            balance: None,
        }
    }
}

/// Turns gaps into a plan for the model that the pool was made by.
///
/// Every line is counted with what those before it bring: rows of a rare class are also rows of its groups. What
/// hardly ever occurs in the pool is left out with the reason, never invented. Lines with few real rows to learn from
/// name what they borrow from, and are limited to twenty rows for each row of that. Fails when a column is absent, on a
/// [`Balance`] that cannot be, and when asked to stop.
pub fn propose(sources: Sources<'_>, settings: &PlanSettings, cx: &Context) -> Result<Plan> {
    let Sources {
        real,
        gaps,
        reference,
        pool,
        constraints,
    } = sources;
    let mut planner = Planner {
        real: Members::new(real),
        pool: Members::new(&pool.table),
        table: real,
        constraints,
        target: real
            .schema()
            .target()
            .map(|place| real.schema().columns[place].name.clone()),
        expected: vec![0.0; pool.table.rows()],
        plan: Plan::default(),
    };
    for kind in GapKind::FOUND {
        if kind == GapKind::Group
            && let (Some(balance), Some(target)) = (&settings.balance, planner.target.clone())
        {
            for cell in lacking(real, &target, balance, reference, settings.most)? {
                planner.fill(Gap {
                    kind,
                    region: cell.region,
                    have: cell.have,
                    want: cell.want,
                    reason: cell.reason,
                    effect: cell.effect,
                })?;
            }
            continue;
        }
        let is_balanced = kind == GapKind::Reference && settings.balance.is_some();
        if settings.kinds.contains(&kind) && !is_balanced {
            cx.check()?;
            planner.plan(kind, gaps, settings)?;
        }
    }
    let mut plan = planner.plan;
    let most = (settings.most * real.rows() as f64).floor().max(1.0);
    if plan.rows() as f64 > most {
        plan.notes.push(format!(
            "the gaps need {} rows, more than the limit of {most}: every line has its share of the limit",
            plan.rows()
        ));
        let share = most / plan.rows() as f64;
        plan = plan.scaled(share);
    }
    Ok(plan)
}

/// A gap with the rows it lacks.
struct Gap {
    kind: GapKind,
    region: Region,
    have: usize,
    want: f64,
    reason: String,
    effect: String,
}

struct Planner<'a> {
    real: Members<'a>,
    pool: Members<'a>,
    table: &'a Table,
    constraints: &'a [Constraint],
    /// The target's name.
    target: Option<String>,
    /// For every row of the pool, rows like it that the lines so far are expected to bring.
    expected: Vec<f64>,
    plan: Plan,
}

impl Planner<'_> {
    fn plan(&mut self, kind: GapKind, gaps: &Gaps, settings: &PlanSettings) -> Result<()> {
        if kind == GapKind::Pattern {
            let left = gaps.left_out.iter();
            self.plan
                .notes
                .extend(left.map(|out| format!("the values of '{}' are not combined: {}", out.column, out.reason)));
            return self.patterns(gaps);
        }
        for gap in list(kind, gaps, settings, self.target.as_deref()) {
            self.fill(gap)?;
        }
        Ok(())
    }

    /// Adds what a gap lacks beyond what the lines so far bring, or says why not.
    fn fill(&mut self, gap: Gap) -> Result<()> {
        let pool = self.pool.of(&gap.region)?;
        if let Some(reason) = self.impossible(&gap.region, gap.have, pool.len()) {
            self.leave_out(gap.kind, gap.region, reason);
            return Ok(());
        }
        let need = gap.want - self.brought(&pool);
        if need >= 1.0 {
            self.add(gap, need.round() as u64, &pool)?;
        }
        Ok(())
    }

    /// Rows that the lines so far are expected to bring of those in the pool at `rows`.
    fn brought(&self, rows: &[u32]) -> f64 {
        rows.iter().map(|&row| self.expected[row as usize]).sum()
    }

    fn add(&mut self, gap: Gap, rows: u64, pool: &[u32]) -> Result<()> {
        let borrowed = borrowed(&gap.region, &self.real, self.table.schema())?;
        // What is learned from all rows is not learned about these.
        let from = match &borrowed {
            Some(borrowed) if borrowed.is_specific => borrowed.rows,
            _ => gap.have,
        } as u64;
        let limited = rows.min((LIMIT * from).max(1));
        if limited < rows {
            self.plan.notes.push(format!(
                "{}: {rows} rows are wanted, but {from} real rows to learn from bear {limited} at most",
                gap.region.text
            ));
        }
        for &row in pool {
            self.expected[row as usize] += limited as f64 / pool.len() as f64;
        }
        self.plan.lines.push(PlanLine {
            gap: gap.kind,
            region: gap.region,
            have: gap.have,
            rows: limited,
            reason: gap.reason,
            effect: gap.effect,
            borrowed,
        });
        Ok(())
    }

    fn leave_out(&mut self, gap: GapKind, region: Region, reason: String) {
        self.plan.left_out.push(LeftOut { gap, region, reason });
    }

    /// Why rows of a region are not to be made; none if they can be.
    fn impossible(&self, region: &Region, have: usize, pool: usize) -> Option<String> {
        (pool < SUPPORT && have < ENOUGH).then(|| self.why_not(region, have, pool, None))
    }

    /// Why rows of a region that the generator hardly makes are not to be made.
    fn why_not(&self, region: &Region, have: usize, pool: usize, exclusive: Option<f64>) -> String {
        let columns: Vec<&str> = region.condition.terms.iter().map(|t| t.column.as_str()).collect();
        let forbids = self.constraints.iter().find(|constraint| {
            let named = constraint.columns();
            named.len() > 1 && named.iter().filter(|c| columns.contains(c)).count() > 1
        });
        let times = |count: usize| match count {
            0 => "never".to_owned(),
            1 => "once".to_owned(),
            n => format!("{n} times"),
        };
        let seen = format!("the generator makes it {} in {} rows", times(pool), self.pool.rows());
        match (forbids, exclusive) {
            (Some(constraint), _) if pool == 0 && have == 0 => {
                format!(
                    "the constraint {} leaves no such row",
                    constraint.show(self.table.schema())
                )
            }
            (_, Some(expected)) => format!(
                "its values seem to exclude each other: {expected:.0} rows were to be expected, {have} are there, and {seen}"
            ),
            _ => format!("too unlikely to be more than invented: {have} real rows have it, and {seen}"),
        }
    }

    fn patterns(&mut self, gaps: &Gaps) -> Result<()> {
        let mut wanted = Vec::new();
        for pattern in &gaps.patterns {
            let pool = self.pool.of(&pattern.region)?;
            let exclusive = pattern.may_be_impossible.then_some(pattern.expected_from_parts);
            // A generator that smooths makes a few rows even of what cannot be.
            let likely = pool.len() as f64 / self.pool.rows() as f64 * self.real.rows() as f64;
            let excluded = exclusive.is_some_and(|expected| likely < EXCLUDED * expected);
            if pool.len() < SUPPORT || excluded {
                let reason = self.why_not(&pattern.region, pattern.rows, pool.len(), exclusive);
                self.leave_out(GapKind::Pattern, pattern.region.clone(), reason);
                continue;
            }
            self.plan.accepted.push((pattern.region.clone(), gaps.threshold));
            let need = (gaps.threshold - pattern.rows) as f64 - self.brought(&pool);
            if need > 0.0 {
                wanted.push(Wanted {
                    items: pattern.items.clone(),
                    need: need.ceil() as u64,
                    pool,
                });
            }
        }
        for found in cover(&wanted) {
            let region = gaps.attributes.region(&found.items);
            let pool = self.pool.of(&region)?;
            let have = self.real.of(&region)?.len();
            let rows = found.rows;
            let gap = Gap {
                kind: GapKind::Pattern,
                region,
                have,
                want: rows as f64,
                reason: match found.covers.len() {
                    1 => format!("fewer than {} rows have this combination", gaps.threshold),
                    n => format!("lies in {n} combinations that fewer than {} rows have", gaps.threshold),
                },
                effect: match found.covers.len() {
                    1 => "covers the combination".to_owned(),
                    n => format!("brings {n} combinations nearer to {} rows", gaps.threshold),
                },
            };
            self.add(gap, rows, &pool)?;
        }
        Ok(())
    }
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// The gaps of one kind, the largest first.
fn list(kind: GapKind, gaps: &Gaps, settings: &PlanSettings, target: Option<&str>) -> Vec<Gap> {
    let is_part = |slice: &&plenish_gaps::FailingSlice| slice.rows as f64 <= PART * gaps.rows as f64;
    let slice = |slice: &plenish_gaps::FailingSlice, reason: String| Gap {
        kind,
        region: slice.region.clone(),
        have: slice.rows,
        want: (slice.rows as f64 * settings.slice_rows).min(SLICE_SHARE * gaps.rows as f64),
        reason,
        effect: "lowers the error there".to_owned(),
    };
    match kind {
        GapKind::Rare => gaps
            .rare
            .iter()
            .map(|rare| {
                let known = rare.rows as f64 / rare.share.max(f64::MIN_POSITIVE);
                let share = match rare.limit {
                    Some(limit) if target == Some(rare.column.as_str()) => {
                        settings.rare_share.max(rare.share).min(EVEN * limit)
                    }
                    // What is no target only has to be there.
                    _ => (gaps.threshold as f64 / known).max(rare.share),
                };
                Gap {
                    kind,
                    region: rare.region.clone(),
                    have: rare.rows,
                    want: (share * known - rare.rows as f64) / (1.0 - share).max(0.5),
                    reason: format!("{} of the rows have it", percent(rare.share)),
                    effect: format!("brings it to {}", percent(share)),
                }
            })
            .collect(),
        GapKind::Group => gaps
            .groups
            .iter()
            .filter_map(|cell| {
                let gap = cell.gap.filter(|gap| *gap > 0.0)?;
                let (rate, best) = (cell.rate?, cell.best_rate?);
                Some(Gap {
                    kind,
                    region: cell.region.clone(),
                    have: cell.rows,
                    want: cell.rows_to_equalise? as f64,
                    reason: format!(
                        "{} of {} have this outcome, {} points less than of {}",
                        percent(rate),
                        cell.group.text,
                        format_args!("{:.1}", 100.0 * gap),
                        cell.best_group.as_ref().map_or("the best group", |g| g.text.as_str())
                    ),
                    effect: format!("brings the group's share to {}", percent(best)),
                })
            })
            .collect(),
        GapKind::Reference => gaps
            .underrepresented
            .iter()
            .map(|found| Gap {
                kind,
                region: found.region.clone(),
                have: found.rows,
                // Of all rows, those that are added included.
                want: (found.expected - found.rows as f64) / (1.0 - found.reference_share).max(0.1),
                reason: format!(
                    "{} of the rows have it, {} of the reference",
                    percent(found.share),
                    percent(found.reference_share)
                ),
                effect: format!("brings it to {}", percent(found.reference_share)),
            })
            .collect(),
        GapKind::Slice => gaps
            .slices
            .iter()
            .filter(|found| is_part(found))
            .map(|found| {
                let reason = format!(
                    "a model's error is {:.3} here and {:.3} elsewhere",
                    found.confirming_error, found.rest_error
                );
                slice(found, reason)
            })
            .collect(),
        GapKind::Uncertain => gaps
            .uncertain
            .iter()
            .filter(|found| is_part(found))
            .map(|found| {
                let reason = format!(
                    "models disagree by {:.4} here and {:.4} elsewhere",
                    found.confirming_error, found.rest_error
                );
                slice(found, reason)
            })
            .collect(),
        GapKind::Sparse => gaps
            .sparse
            .iter()
            .map(|found| Gap {
                kind,
                region: found.region.clone(),
                have: found.rows,
                want: found.expected.min(gaps.threshold as f64) - found.rows as f64,
                reason: format!("{} rows where {:.0} were to be expected", found.rows, found.expected),
                effect: "fills the region up to the threshold".to_owned(),
            })
            .collect(),
        GapKind::Pattern | GapKind::Asked => Vec::new(),
    }
}
