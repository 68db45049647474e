//! Conditions on the whole table as conditions on what the generator learned.

use super::plan::{Plan, Step};
use plenish_table::{ColumnType, Comparison, Condition, Error, Result, Term, Test, Value};

/// A condition for the generator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Translated {
    /// What the generator's rows must satisfy.
    pub(crate) inner: Condition,
    /// The same with bounds that follow from it for columns a calculation starts from; none if there
    /// are none. It leaves out only rows that cannot satisfy the condition.
    pub(crate) narrowed: Option<Condition>,
    /// Whether rows that satisfy it may still fail the condition itself.
    pub(crate) filter: bool,
}

/// What the test of a column leaves of an interval.
fn narrow(range: (f64, f64), test: &Test) -> (f64, f64) {
    let number = |value: &Value| match value {
        Value::Integer(v) | Value::Timestamp(v) => Some(*v as f64),
        Value::Date(v) => Some(f64::from(*v)),
        Value::Real(v) => Some(*v),
        _ => None,
    };
    match test {
        Test::Compare(how, value) => {
            let Some(v) = number(value) else { return range };
            match how {
                Comparison::Equal => (range.0.max(v), range.1.min(v)),
                Comparison::Less | Comparison::LessOrEqual => (range.0, range.1.min(v)),
                Comparison::Greater | Comparison::GreaterOrEqual => (range.0.max(v), range.1),
                Comparison::NotEqual => range,
            }
        }
        Test::In(values) => {
            let numbers: Vec<f64> = values.iter().filter_map(number).collect();
            let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (range.0.max(low), range.1.min(high))
        }
        _ => range,
    }
}

impl Plan {
    /// Translates `condition`. Fails when it names a column that is not there or whose values are made
    /// by number, and when it contradicts a constraint; the error names both.
    pub(crate) fn translate(&self, condition: &Condition) -> Result<Translated> {
        let mut tests: Vec<Vec<Test>> = vec![Vec::new(); self.schema.columns.len()];
        for term in &condition.terms {
            tests[self.schema.require(&term.column)?].push(term.test.clone());
        }
        for (distinct, _) in &self.unique {
            let index = distinct.column as usize;
            if !tests[index].is_empty() {
                let name = &self.schema.columns[index].name;
                return Err(Error::usage(format!(
                    "a condition cannot name it: its values are made unique by the constraint `unique({name})`"
                ))
                .in_column(name)
                .help("leave it out of the condition"));
            }
        }
        self.contradictions(condition, &tests)?;
        let mut filter = false;
        // Backwards, so that what is asked of a column reaches the ones it follows from.
        for step in self.steps.iter().rev() {
            let asked = std::mem::take(&mut tests[step.column()]);
            if asked.is_empty() {
                continue;
            }
            match step {
                Step::Calculation(_) => filter = true,
                Step::Lookup(lookup) => match lookup.passing(&asked.iter().collect::<Vec<_>>()) {
                    None => filter = true,
                    Some((keys, certain)) => {
                        filter |= !certain;
                        let by = &mut tests[lookup.determinant as usize];
                        let open = keys.iter().any(|key| by.iter().all(|test| test.accepts(key)));
                        if !open {
                            let name = |c: u32| &self.schema.columns[c as usize].name;
                            return Err(against(
                                condition,
                                &format!("`{} -> {}`", name(lookup.determinant), name(lookup.dependent)),
                                "no value of the first column in it has a value of the second that passes",
                            ));
                        }
                        by.push(Test::In(keys));
                    }
                },
            }
        }
        let mut terms: Vec<Term> = Vec::new();
        for combination in &self.combinations {
            let asked: Vec<(u32, &Test)> = combination
                .columns
                .iter()
                .flat_map(|&c| tests[c as usize].iter().map(move |test| (c, test)))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let words = combination.passing(&asked);
            if words.is_empty() {
                return Err(against(
                    condition,
                    &format!(
                        "that only combinations of {} occur that the real rows have",
                        combination.name
                    ),
                    "none of them passes",
                ));
            }
            terms.push(Term {
                column: combination.name.clone(),
                test: Test::In(words.into_iter().map(Value::Text).collect()),
            });
            for &c in &combination.columns {
                tests[c as usize].clear();
            }
        }
        let mut bounds: Vec<Term> = Vec::new();
        for step in &self.steps {
            if let Step::Calculation(calculation) = step {
                let moved = calculation
                    .movable
                    .iter()
                    .map(|m| calculation.formula.terms[m.0 as usize].1);
                filter |= moved.into_iter().any(|index| !tests[index].is_empty());
                bounds.extend(self.implied(calculation, condition));
            }
        }
        for order in &self.orders {
            filter |= order.columns().iter().any(|&c| !tests[c as usize].is_empty());
        }
        for (column, tests) in self.schema.columns.iter().zip(tests) {
            terms.extend(tests.into_iter().map(|test| Term {
                column: column.name.clone(),
                test,
            }));
        }
        let inner = Condition { terms };
        let narrowed = (!bounds.is_empty()).then(|| {
            let mut narrowed = inner.clone();
            narrowed.terms.extend(bounds);
            narrowed
        });
        Ok(Translated {
            inner,
            narrowed,
            filter,
        })
    }

    /// The range a column may have under the condition.
    fn span(&self, index: usize, condition: &Condition) -> Option<(f64, f64)> {
        let name = &self.schema.columns[index].name;
        let range = self.ranges[index]?;
        let terms = condition.terms.iter().filter(|t| t.column == *name);
        Some(terms.fold(range, |range, term| narrow(range, &term.test)))
    }

    /// Whether ranges of numbers alone rule the condition out.
    fn contradictions(&self, condition: &Condition, tests: &[Vec<Test>]) -> Result<()> {
        let bound = |index: usize| {
            tests[index]
                .iter()
                .any(|t| matches!(t, Test::Compare(..) | Test::In(_) | Test::NotIn(_) | Test::Present))
        };
        for constraint in &self.constraints {
            let columns = constraint
                .columns()
                .into_iter()
                .map(|name| self.schema.require(name))
                .collect::<Result<Vec<_>>>()?;
            // A missing cell breaks no constraint: all of them have to be there.
            if !columns.iter().all(|&i| bound(i) || !self.schema.columns[i].missing)
                || !columns.iter().any(|&i| bound(i))
            {
                continue;
            }
            let spans: Option<Vec<(f64, f64)>> = columns.iter().map(|&i| self.span(i, condition)).collect();
            let Some(spans) = spans else { continue };
            // What is empty by itself is no matter of the constraint.
            if spans.iter().any(|s| s.0 > s.1) {
                continue;
            }
            let why = match constraint {
                plenish_table::Constraint::Inequality { strict, .. } => {
                    let (low, high) = (spans[0].0, spans[1].1);
                    (low > high || (*strict && low == high)).then(|| "no two such values are in that order".to_owned())
                }
                plenish_table::Constraint::Formula(formula) => {
                    let (mut low, mut high) = (formula.constant, formula.constant);
                    for ((c, _), span) in formula.terms.iter().zip(&spans[1..]) {
                        low += (c * span.0).min(c * span.1);
                        high += (c * span.0).max(c * span.1);
                    }
                    let slack = 0.5 + 1e-9 * low.abs().max(high.abs());
                    (low - slack > spans[0].1 || high + slack < spans[0].0).then(|| {
                        let show = |v: f64| self.schema.columns[columns[0]].show_number(v);
                        format!(
                            "it makes {} lie between {} and {}",
                            formula.total,
                            show(low),
                            show(high)
                        )
                    })
                }
                _ => None,
            };
            if let Some(why) = why {
                return Err(against(
                    condition,
                    &format!("`{}`", constraint.show(&self.schema)),
                    &why,
                ));
            }
        }
        Ok(())
    }

    /// Bounds on the columns that a calculation starts from, as far as they can be told from the range
    /// its result has to lie in under the condition.
    fn implied(&self, calculation: &super::formula::Calculation, condition: &Condition) -> Vec<Term> {
        let formula = &calculation.formula;
        let name = &self.schema.columns[formula.total].name;
        if !condition
            .terms
            .iter()
            .any(|t| t.column == *name && !matches!(t.test, Test::Missing))
        {
            return Vec::new();
        }
        let Some(result) = self.span(formula.total, condition) else {
            return Vec::new();
        };
        let spans: Option<Vec<(f64, f64)>> = formula
            .terms
            .iter()
            .map(|&(c, index)| {
                let span = self.span(index, condition)?;
                Some(((c * span.0).min(c * span.1), (c * span.0).max(c * span.1)))
            })
            .collect();
        let Some(spans) = spans else { return Vec::new() };
        let (low, high) = spans
            .iter()
            .fold((formula.constant, formula.constant), |s, p| (s.0 + p.0, s.1 + p.1));
        let mut out = Vec::new();
        for (&(slope, index), span) in formula.terms.iter().zip(&spans) {
            let column = &self.schema.columns[index];
            let calculated = self.steps.iter().any(|s| s.column() == index);
            let combined = self.combinations.iter().any(|c| c.columns.contains(&(index as u32)));
            if calculated || combined {
                continue;
            }
            // Half a unit for rounding; a bound that leaves out nothing is not worth asking for.
            let least = (result.0 - (high - span.1) - 0.5) / slope;
            let most = (result.1 - (low - span.0) + 0.5) / slope;
            let (least, most) = (least.min(most), least.max(most));
            let value = |v: f64, up: bool| match column.kind {
                ColumnType::Integer => Value::Integer(if up { v.ceil() } else { v.floor() } as i64),
                _ => Value::Real(v),
            };
            let own = self.ranges[index].unwrap_or((least, most));
            let mut terms = Vec::new();
            if least > own.0 && least <= own.1 {
                terms.push((Comparison::GreaterOrEqual, value(least, true)));
            }
            if most < own.1 && most >= own.0 {
                terms.push((Comparison::LessOrEqual, value(most, false)));
            }
            out.extend(terms.into_iter().map(|(how, value)| Term {
                column: column.name.clone(),
                test: Test::Compare(how, value),
            }));
        }
        out
    }
}

fn against(condition: &Condition, constraint: &str, why: &str) -> Error {
    Error::usage(format!(
        "the condition {condition} contradicts the constraint {constraint}: {why}"
    ))
    .help("change the condition, or fit without the constraint")
}
