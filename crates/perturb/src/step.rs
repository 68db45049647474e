//! The steps and their parameters.

use plenish_table::{ColumnType, Error, Result, Schema};
use std::fmt;

/// One step, with all that decides what it does but the seed.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Noise on cells. Numbers, dates and times: a draw of a normal distribution is added, whose standard deviation is
    /// `strength` times the distance between the 5 % and the 95 % quantile of the column (its standard deviation where
    /// they are equal). Texts and booleans: a cell is replaced with probability `strength` by a value of the column,
    /// each as likely as the others ("randomised response": Warner, JASA 60, 1965). Missing cells stay missing.
    Noise {
        /// The columns, each treated by itself.
        columns: Vec<String>,
        /// Above 0; at most 10 for numbers, at most 1 for texts and booleans.
        strength: f64,
    },
    /// Cells rounded to a grid: the nearest multiple of a number, or the start of the minute, month and so on.
    Round {
        /// The columns, each treated by itself.
        columns: Vec<String>,
        /// The grid.
        unit: Unit,
    },
    /// Cells exchanged within random pairs of rows ("data swapping": Dalenius and Reiss, Journal of Statistical Planning
    /// and Inference 6, 1982). The columns of one step move together; what each of them holds stays as it is.
    Swap {
        /// The columns, moved together.
        columns: Vec<String>,
        /// Share of the rows that take part, above 0 and at most 1, rounded down to an even number of rows.
        share: f64,
    },
    /// Rows left out whose combination of values occurs in fewer real rows than `fewer_than`. Real rows are rounded by
    /// the rounding steps before this one first, so that both are counted on the same grid.
    Suppress {
        /// The columns whose values are combined.
        columns: Vec<String>,
        /// Real rows that have to share the combination, at least 2.
        fewer_than: usize,
    },
    /// Rows left out that lie nearest to a real row ([`plenish_evaluate::nearest_distances`]).
    DropNearest(Nearest),
}

/// How many of the nearest rows go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nearest {
    /// This share of the rows, above 0 and below 1, rounded down.
    Share(f64),
    /// All that are nearer than this distance; above 0 and at most 1.
    Distance(f64),
}

/// A grid to round to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// Multiples of a number above 0.
    Number(f64),
    /// The start of a unit of the calendar or the clock.
    Calendar(Calendar),
}

/// Units of the calendar and the clock. Weeks start on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Calendar {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Calendar {
    /// All units, the shortest first.
    pub const ALL: [Self; 6] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// The name that users write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl Unit {
    /// A number, or the name of a unit of the calendar.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(unit) = Calendar::ALL.into_iter().find(|unit| unit.name() == text) {
            return Ok(Self::Calendar(unit));
        }
        let names = Calendar::ALL.map(Calendar::name).join(", ");
        text.parse::<f64>()
            .ok()
            .filter(|number| number.is_finite() && *number > 0.0)
            .map(Self::Number)
            .ok_or_else(|| {
                Error::usage(format!("cannot round to '{text}'"))
                    .help(format!("give a number above 0, or for dates and times one of: {names}"))
            })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Calendar(unit) => f.write_str(unit.name()),
        }
    }
}

impl Step {
    /// The name that users write.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Noise { .. } => "noise",
            Self::Round { .. } => "round",
            Self::Swap { .. } => "swap",
            Self::Suppress { .. } => "suppress",
            Self::DropNearest(_) => "drop-nearest",
        }
    }

    /// The columns it names.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Noise { columns, .. }
            | Self::Round { columns, .. }
            | Self::Swap { columns, .. }
            | Self::Suppress { columns, .. } => columns,
            Self::DropNearest(_) => &[],
        }
    }

    /// Fails when a parameter is out of range, a column is absent or named twice, or of a type the step cannot work on.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let fail = |message: String| Err(Error::usage(format!("{}: {message}", self.name())));
        let mut seen: Vec<&String> = Vec::new();
        for name in self.columns() {
            schema.require(name)?;
            if seen.contains(&name) {
                return Err(Error::usage(format!("{}: the column is named twice", self.name())).in_column(name));
            }
            seen.push(name);
        }
        if seen.is_empty() && !matches!(self, Self::DropNearest(_)) {
            return fail("no column is named".to_owned());
        }
        match self {
            Self::Noise { columns, strength } => {
                for name in columns {
                    let kind = schema.columns[schema.require(name)?].kind;
                    let most = if kind.is_ordered() { 10.0 } else { 1.0 };
                    if !(*strength > 0.0 && *strength <= most) {
                        let what = if kind.is_ordered() {
                            "a share of the column's spread from 0 to 10, such as 0.05"
                        } else {
                            "the probability that a cell is replaced, from 0 to 1"
                        };
                        return Err(Error::usage(format!("noise: the strength is {strength}"))
                            .in_column(name)
                            .help(format!("give {what}")));
                    }
                }
                Ok(())
            }
            Self::Round { columns, unit } => columns.iter().try_for_each(|name| {
                let column = &schema.columns[schema.require(name)?];
                crate::round::check(column, *unit).map_err(|e| e.in_column(name))
            }),
            Self::Swap { share, .. } if !(*share > 0.0 && *share <= 1.0) => fail(format!(
                "the share is {share}; give a share of the rows above 0 and at most 1"
            )),
            Self::Suppress { fewer_than, .. } if *fewer_than < 2 => fail(format!(
                "{fewer_than} real rows are asked for; give at least 2, such as 5"
            )),
            Self::DropNearest(Nearest::Share(share)) if !(*share > 0.0 && *share < 1.0) => fail(format!(
                "the share is {share}; give a share of the rows above 0 and below 1"
            )),
            Self::DropNearest(Nearest::Distance(distance)) if !(*distance > 0.0 && *distance <= 1.0) => {
                fail(format!("the distance is {distance}; give one above 0 and at most 1"))
            }
            Self::Swap { .. } | Self::Suppress { .. } | Self::DropNearest(_) => Ok(()),
        }
    }
}

impl Step {
    /// Fails when the training rows lack a column by which they count: suppressing counts in them, and rounding brings
    /// them on the same grid.
    pub fn check_real(&self, schema: &Schema) -> Result<()> {
        match self {
            Self::Suppress { .. } | Self::Round { .. } => self.check(schema),
            Self::Noise { .. } | Self::Swap { .. } | Self::DropNearest(_) => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noise { columns, strength } => write!(f, "noise {} = {strength}", columns.join(", ")),
            Self::Round { columns, unit } => write!(f, "round {} = {unit}", columns.join(", ")),
            Self::Swap { columns, share } => write!(f, "swap {} = {share}", columns.join(", ")),
            Self::Suppress { columns, fewer_than } => write!(f, "suppress {} = {fewer_than}", columns.join(", ")),
            Self::DropNearest(Nearest::Share(share)) => write!(f, "drop-nearest {share}"),
            Self::DropNearest(Nearest::Distance(distance)) => write!(f, "drop-nearer-than {distance}"),
        }
    }
}

/// Whether cells are numbers to the eye, not days or points in time.
pub(crate) fn is_number(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Integer | ColumnType::Real)
}
