//! From one line of text to a [`Constraint`].

use super::{Constraint, Formula};
use crate::tokens::{Language, Token};
use crate::{ColumnType, Error, Result, Schema, parse_date, parse_timestamp};

const HELP: &str = "a constraint reads like: total = a + b, start <= end, zip -> city, combination(city, state), \
                    unique(id), code matches '[A-Z]{3}' or age between 0 and 120; a name with other signs than \
                    letters, digits, _ and . stands in double quotes";

fn syntax(position: usize, message: impl Into<String>) -> Error {
    Error::usage(format!("in the constraint: {}", message.into()))
        .at_position(position as u64)
        .help(HELP)
}

const LANGUAGE: Language = Language {
    symbols: &["->", "<=", ">=", "==", "=", "<", ">", "(", ")", ",", "+", "-", "*"],
    begins: |c| matches!(c, '_' | '.'),
    goes_on: |c| matches!(c, '_' | '.'),
    syntax: |position, message| syntax(position, message),
};

struct Parser<'a> {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    schema: &'a Schema,
}

/// Reads `text`; the types of the columns are for [`Constraint::check`].
pub(crate) fn parse(text: &str, schema: &Schema) -> Result<Constraint> {
    let mut parser = Parser {
        tokens: LANGUAGE.tokens(text)?,
        next: 0,
        end: text.chars().count() + 1,
        schema,
    };
    let constraint = parser.constraint()?;
    if parser.next < parser.tokens.len() {
        return Err(parser.expected("the end"));
    }
    Ok(constraint)
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn position(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn expected(&self, what: &str) -> Error {
        let found = self.peek().map_or("the end".to_owned(), Token::show);
        syntax(self.position(), format!("expected {what}, found {found}"))
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(s)) if *s == symbol);
        self.next += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn column(&mut self) -> Result<String> {
        let at = self.position();
        let Some(Token::Word(name) | Token::Name(name)) = self.peek().cloned() else {
            return Err(self.expected("a column name"));
        };
        self.schema.require(&name).map_err(|e| e.at_position(at as u64))?;
        self.next += 1;
        Ok(name)
    }

    fn columns(&mut self) -> Result<Vec<String>> {
        let mut columns = vec![self.column()?];
        while self.takes(",") {
            columns.push(self.column()?);
        }
        Ok(columns)
    }

    fn listed(&mut self) -> Result<Vec<String>> {
        self.next += 2;
        let columns = self.columns()?;
        if self.takes(")") {
            Ok(columns)
        } else {
            Err(self.expected("`,` or `)`"))
        }
    }

    fn constraint(&mut self) -> Result<Constraint> {
        if let (Some((_, Token::Word(word))), Some((_, Token::Symbol("(")))) = (self.tokens.first(), self.tokens.get(1))
        {
            match word.to_ascii_lowercase().as_str() {
                "combination" => {
                    return Ok(Constraint::Combination {
                        columns: self.listed()?,
                    });
                }
                "unique" => {
                    return Ok(Constraint::Unique {
                        columns: self.listed()?,
                    });
                }
                _ => {}
            }
        }
        let left = self.column()?;
        if self.takes("->") {
            let dependent = self.column()?;
            return Ok(Constraint::Dependency {
                determinant: left,
                dependent,
            });
        }
        if self.takes("=") || self.takes("==") {
            return self.formula(left);
        }
        if self.takes_word("matches") {
            let Some(Token::Text(pattern)) = self.peek().cloned() else {
                return Err(self.expected("a pattern in single quotes"));
            };
            self.next += 1;
            return Ok(Constraint::Pattern { column: left, pattern });
        }
        if self.takes_word("between") {
            let min = Some(self.bound(&left)?);
            if !self.takes_word("and") {
                return Err(self.expected("`and`"));
            }
            let max = Some(self.bound(&left)?);
            return Ok(Constraint::Range { column: left, min, max });
        }
        for (symbol, strict, rising) in [
            ("<=", false, true),
            ("<", true, true),
            (">=", false, false),
            (">", true, false),
        ] {
            if !self.takes(symbol) {
                continue;
            }
            if let Some(Token::Word(word) | Token::Name(word)) = self.peek()
                && self.schema.index(word).is_some()
            {
                let right = self.column()?;
                let (low, high) = if rising { (left, right) } else { (right, left) };
                return Ok(Constraint::Inequality { low, high, strict });
            }
            let is_value = match self.peek() {
                Some(Token::Text(_) | Token::Symbol("-")) => true,
                Some(Token::Word(word)) => word.starts_with(|c: char| c.is_ascii_digit() || c == '.'),
                _ => false,
            };
            if !is_value {
                self.column()?;
            }
            if strict {
                return Err(syntax(
                    self.position(),
                    format!("a bound takes {symbol}=, which includes it"),
                ));
            }
            let bound = Some(self.bound(&left)?);
            let (min, max) = if rising { (None, bound) } else { (bound, None) };
            return Ok(Constraint::Range { column: left, min, max });
        }
        Err(self.expected("=, <=, <, >=, >, ->, `matches` or `between`"))
    }

    /// A value of the column, on its number scale.
    fn bound(&mut self, column: &str) -> Result<f64> {
        let at = self.position();
        let sign = if self.takes("-") { -1.0 } else { 1.0 };
        let kind = self.schema.column(column).map(|c| c.kind);
        let number = match (self.peek(), kind) {
            (Some(Token::Text(text) | Token::Word(text)), Some(ColumnType::Date)) => parse_date(text).map(f64::from),
            (Some(Token::Text(text) | Token::Word(text)), Some(ColumnType::Timestamp)) => parse_timestamp(text)
                .map(|(time, _)| time as f64)
                .or_else(|| parse_date(text).map(|day| f64::from(day) * 86_400e6)),
            (Some(Token::Word(text)), _) => text.parse::<f64>().ok().filter(|v| v.is_finite()),
            _ => None,
        };
        let Some(number) = number else {
            return Err(syntax(at, "expected a bound: a number, or a day or time in single quotes").in_column(column));
        };
        self.next += 1;
        Ok(sign * number)
    }

    fn formula(&mut self, total: String) -> Result<Constraint> {
        let mut formula = Formula {
            total,
            terms: Vec::new(),
            constant: 0.0,
        };
        let mut sign = if self.takes("-") { -1.0 } else { 1.0 };
        loop {
            let number = match self.peek() {
                Some(Token::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                    word.parse::<f64>().ok().filter(|v| v.is_finite())
                }
                _ => None,
            };
            if let Some(number) = number {
                self.next += 1;
                if self.takes("*") {
                    formula.terms.push((sign * number, self.column()?));
                } else {
                    formula.constant += sign * number;
                }
            } else {
                let column = self.column()?;
                let mut coefficient = sign;
                if self.takes("*") {
                    let Some(Token::Word(word)) = self.peek() else {
                        return Err(self.expected("a number"));
                    };
                    let Some(number) = word.parse::<f64>().ok().filter(|v| v.is_finite()) else {
                        return Err(self.expected("a number: a formula multiplies columns with numbers only"));
                    };
                    self.next += 1;
                    coefficient *= number;
                }
                formula.terms.push((coefficient, column));
            }
            sign = if self.takes("+") {
                1.0
            } else if self.takes("-") {
                -1.0
            } else {
                break;
            };
        }
        if formula.terms.is_empty() {
            return Err(syntax(
                self.end,
                "a formula needs a column on its right side; give bounds with `between`",
            ));
        }
        Ok(Constraint::Formula(formula))
    }
}
