//! One row of a formula: which number is left for a cell, and how drawn cells give way to given ones.

use super::numbers::set;
use plenish_table::{BoundFormula, Column, ColumnType, Number, Schema};

/// The cells that a formula has in one row.
pub(super) struct FormulaRow<'a> {
    formula: &'a BoundFormula,
    schema: &'a Schema,
    /// One cell for each column of the formula.
    cells: Vec<(usize, Column)>,
}

impl<'a> FormulaRow<'a> {
    /// The cells of `row`; `column` is asked for each column of the formula.
    pub(super) fn of<'b>(
        formula: &'a BoundFormula,
        schema: &'a Schema,
        column: impl Fn(usize) -> &'b Column,
        row: usize,
    ) -> Self {
        let cells = formula.columns().map(|c| (c, column(c).take(&[row as u32]))).collect();
        Self { formula, schema, cells }
    }

    pub(super) fn cell(&self, index: usize) -> &Column {
        let found = self.cells.iter().find(|c| c.0 == index);
        // Asked only for columns of the formula; the first is as good as any other.
        &found.unwrap_or(&self.cells[0]).1
    }

    fn put(&mut self, index: usize, number: Number) {
        if let Some((_, cell)) = self.cells.iter_mut().find(|c| c.0 == index) {
            match (cell, number) {
                (Column::Integer(v), Number::Whole(n)) => v[0] = n,
                (cell, number) => set(cell, 0, number.value()),
            }
        }
    }

    /// Columns whose cell is missing.
    pub(super) fn gaps(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().filter(|c| c.1.is_missing(0)).map(|c| c.0)
    }

    pub(super) fn holds(&self) -> bool {
        self.formula.holds(&|index| self.cell(index), 0)
    }

    /// Puts the number into the cell of column `index` with which the formula holds; whether there is one.
    pub(super) fn solve(&mut self, index: usize) -> bool {
        let before = self.cell(index).clone();
        let place = self.formula.terms.iter().position(|t| t.1 == index);
        let exact = match place {
            None => Some(self.formula.clone()),
            Some(place) => self.formula.solved_for(place, self.schema),
        };
        if let Some(number) = exact.and_then(|f| f.total_of(&|index| self.cell(index), 0)) {
            self.put(index, number);
            if self.holds() {
                return true;
            }
        }
        // Rounded results leave some room: the number next to the exact solution, on the column's grid.
        if let Some(near) = self.near(index) {
            let step = self.step(index);
            for number in [near, near + step, near - step] {
                self.put(index, on_grid(number, step));
                if self.holds() {
                    return true;
                }
            }
        }
        if let Some((_, cell)) = self.cells.iter_mut().find(|c| c.0 == index) {
            *cell = before;
        }
        false
    }

    /// Distance of neighbouring values of a column; 0 for none.
    fn step(&self, index: usize) -> f64 {
        let column = &self.schema.columns[index];
        match (column.kind, column.decimals) {
            (ColumnType::Integer, _) => 1.0,
            (_, Some(digits)) => 10_f64.powi(-i32::from(digits)),
            (_, None) => 0.0,
        }
    }

    /// The number with which the formula would hold without any rounding.
    fn near(&self, index: usize) -> Option<f64> {
        let (mut rest, mut slope) = (self.formula.constant, -1.0);
        for &(coefficient, c) in &self.formula.terms {
            if c == index {
                slope = coefficient;
            } else {
                rest += coefficient * self.cell(c).number(0)?;
            }
        }
        let total = if index == self.formula.total {
            0.0
        } else {
            self.cell(self.formula.total).number(0)?
        };
        Some((total - rest) / slope).filter(|v| v.is_finite() && v.abs() < 9e15)
    }

    /// What a column counts for in the sum that has to be 0.
    fn slope(&self, index: usize) -> f64 {
        let term = self.formula.terms.iter().find(|t| t.1 == index);
        term.map_or(-1.0, |t| t.0)
    }

    /// Brings the formula to hold by changing the cells of `open`, those that count most first, each within
    /// its range and so that the others can make up for the rest. How far the first was off, as a share of its
    /// range; none if it cannot be done.
    pub(super) fn mend(&mut self, open: &[usize], range: impl Fn(usize) -> Option<(f64, f64)>) -> Option<f64> {
        if self.holds() {
            return Some(0.0);
        }
        let mut order: Vec<(usize, f64, (f64, f64))> = open
            .iter()
            .filter(|&&index| !self.cell(index).is_missing(0))
            .filter_map(|&index| Some((index, self.slope(index), range(index)?)))
            .collect();
        let weight = |part: &(usize, f64, (f64, f64))| part.1.abs() * (part.2.1 - part.2.0);
        order.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        let mut off = None;
        for (at, &(index, slope, (low, high))) in order.iter().enumerate() {
            let (Some(before), Some(wanted)) = (self.cell(index).number(0), self.near(index)) else {
                continue;
            };
            off.get_or_insert((wanted - before).abs() / (high - low).max(f64::MIN_POSITIVE));
            if (low..=high).contains(&wanted) && self.solve(index) {
                return off;
            }
            // What is left for those that come after this one: it lies between their smallest and largest sum.
            let (mut least, mut most) = (wanted, wanted);
            for &(other, theirs, (from, to)) in &order[at + 1..] {
                let now = self.cell(other).number(0).unwrap_or(from);
                let (a, b) = ((now - from) * theirs / slope, (now - to) * theirs / slope);
                (least, most) = (least + a.min(b), most + a.max(b));
            }
            let (least, most) = (least.max(low), most.min(high));
            if least > most {
                return None;
            }
            let step = self.step(index);
            let mut number = on_grid(wanted.clamp(least, most), step).value();
            if number > most {
                number = on_grid(number - step, step).value();
            } else if number < least {
                number = on_grid(number + step, step).value();
            }
            self.put(index, Number::Real(number));
        }
        self.holds().then_some(off.unwrap_or(0.0))
    }
}

fn on_grid(number: f64, step: f64) -> Number {
    if step == 0.0 {
        return Number::Real(number);
    }
    // Decimals are divided by a whole number: what a written number is read as.
    let scale = (1.0 / step).round();
    Number::Real((number * scale).round() / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnSchema, Constraint, MISSING_INTEGER};
    use proptest::prelude::*;

    fn schema() -> Schema {
        let real = |name: &str| ColumnSchema {
            decimals: Some(2),
            ..ColumnSchema::new(name, ColumnType::Real)
        };
        let whole = |name: &str| ColumnSchema::new(name, ColumnType::Integer);
        Schema::new(vec![whole("a"), whole("b"), whole("sum"), real("net"), real("price")]).unwrap()
    }

    fn bound(text: &str) -> BoundFormula {
        let Constraint::Formula(formula) = Constraint::parse(text, &schema()).unwrap() else {
            panic!("no formula")
        };
        BoundFormula::new(&formula, &schema()).unwrap()
    }

    proptest! {
        /// Whatever cell is left out of a row that keeps the formula, there is one to be found again.
        #[test]
        fn a_gap_is_solved(a in -1000_i64..1000, b in -1000_i64..1000, net in -100_000_i64..100_000, gap in 0_usize..3) {
            let price = (net as f64 / 100.0 * 1.2 * 100.0).round() / 100.0;
            let mut cells = [
                Column::Integer(vec![a]), Column::Integer(vec![b]), Column::Integer(vec![a + b]),
                Column::Real(vec![net as f64 / 100.0]), Column::Real(vec![price]),
            ];
            cells[gap] = Column::Integer(vec![MISSING_INTEGER]);
            let schema = schema();
            let formula = bound("sum = a + b");
            let mut row = FormulaRow::of(&formula, &schema, |c| &cells[c], 0);
            prop_assert!(row.solve(gap) && row.holds());
            prop_assert_eq!(row.cell(gap).number(0), Some([a, b, a + b][gap] as f64));
            let gap = 3 + gap % 2;
            cells[gap] = Column::Real(vec![f64::NAN]);
            let formula = bound("price = 1.2 * net");
            let mut row = FormulaRow::of(&formula, &schema, |c| &cells[c], 0);
            prop_assert!(row.solve(gap) && row.holds());
        }

        /// Where a factor leaves only steps, the finer part makes up for what is left of them.
        #[test]
        fn clock_times_come_apart(hour in 0_i64..24, minute in 0_i64..60, time in (0_i64..24, 0_i64..60)) {
            let cells = [hour, minute, 100 * time.0 + time.1].map(|v| Column::Integer(vec![v]));
            let (schema, formula) = (schema(), bound("sum = 100 * a + b"));
            let mut row = FormulaRow::of(&formula, &schema, |c| &cells[c], 0);
            prop_assert!(row.mend(&[1, 0], |c| Some((0.0, [23.0, 59.0][c]))).is_some());
            prop_assert_eq!((row.cell(0).number(0), row.cell(1).number(0)), (Some(time.0 as f64), Some(time.1 as f64)));
        }

        /// Cells give way within their ranges, and only as many as have to.
        #[test]
        fn drawn_cells_give_way(a in 0_i64..50, b in 0_i64..50, sum in 0_i64..120) {
            let cells = [Column::Integer(vec![a]), Column::Integer(vec![b]), Column::Integer(vec![sum])];
            let (schema, formula) = (schema(), bound("sum = a + b"));
            let mut row = FormulaRow::of(&formula, &schema, |c| &cells[c], 0);
            let mended = row.mend(&[0, 1], |_| Some((0.0, 49.0)));
            prop_assert_eq!(mended.is_some(), sum <= 98);
            if mended.is_some() {
                let number = |c| row.cell(c).number(0).unwrap();
                prop_assert!(number(0) + number(1) == sum as f64 && number(2) == sum as f64);
                prop_assert!((0.0..=49.0).contains(&number(0)) && (0.0..=49.0).contains(&number(1)));
            }
        }
    }
}
