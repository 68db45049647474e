//! Conditions on rows, in the small language of `--where`:
//! `income = '>50K' and age >= 30 and native_country in ('Cuba', 'Peru') and workclass is missing`.
//!
//! Terms are joined by `and`. A column name is a bare word or stands in double quotes; text and
//! dates stand in single quotes (a quote inside is doubled). Key words may be in any case.

use crate::tokens::{Language, Token};
use crate::{Column, ColumnSchema, Error, Result, Schema, Table, Value};
use std::fmt::{self, Write as _};

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=` or `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// What a cell must satisfy. A missing cell satisfies `is missing` and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Compared with one value.
    Compare(Comparison, Value),
    /// One of these values.
    In(Vec<Value>),
    /// None of these values, and not missing.
    NotIn(Vec<Value>),
    /// Missing.
    Missing,
    /// Not missing.
    Present,
}

impl Test {
    /// Whether a cell satisfies it.
    pub fn accepts(&self, cell: &Value) -> bool {
        match self {
            Self::Missing => *cell == Value::Missing,
            _ if *cell == Value::Missing => false,
            Self::Present => true,
            Self::In(values) => values.contains(cell),
            Self::NotIn(values) => !values.contains(cell),
            Self::Compare(Comparison::Equal, value) => cell == value,
            Self::Compare(Comparison::NotEqual, value) => cell != value,
            Self::Compare(how, value) => {
                let order = match (cell, value) {
                    (Value::Integer(a), Value::Integer(b)) | (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
                    (Value::Date(a), Value::Date(b)) => a.cmp(b),
                    (Value::Text(a), Value::Text(b)) => a.cmp(b),
                    (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
                    (Value::Real(a), Value::Real(b)) => a.total_cmp(b),
                    _ => return false,
                };
                match how {
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                    Comparison::Equal | Comparison::NotEqual => unreachable!("handled above"),
                }
            }
        }
    }
}

/// A test of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The column's name.
    pub column: String,
    /// What its cell must satisfy.
    pub test: Test,
}

/// Terms that must all hold. The empty condition holds for every row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    /// The terms.
    pub terms: Vec<Term>,
}

impl Condition {
    /// Reads a condition and gives its values the types of `schema`'s columns. Fails, with the
    /// position in the text, on a syntax error, an unknown column, or a value of another type.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self> {
        let tokens = LANGUAGE.tokens(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            next: 0,
            end: text.chars().count() + 1,
            schema,
        };
        let mut terms = Vec::new();
        loop {
            parser.term(&mut terms)?;
            if parser.next == tokens.len() {
                return Ok(Self { terms });
            }
            parser.word("and")?;
        }
    }

    /// Whether there are no terms.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// For each row of `table`, whether all terms hold. Fails when a column is absent.
    pub fn mask(&self, table: &Table) -> Result<Vec<bool>> {
        let mut mask = vec![true; table.rows()];
        for term in &self.terms {
            let column = table.column(table.schema().require(&term.column)?);
            if let Column::Text(text) = column {
                let accepted: Vec<bool> = text
                    .dictionary
                    .iter()
                    .map(|s| term.test.accepts(&Value::Text(s.clone())))
                    .collect();
                let missing = term.test.accepts(&Value::Missing);
                for (keep, &code) in mask.iter_mut().zip(&text.codes) {
                    *keep &= accepted.get(code as usize).copied().unwrap_or(missing);
                }
            } else {
                for (row, keep) in mask.iter_mut().enumerate() {
                    *keep = *keep && term.test.accepts(&column.value(row));
                }
            }
        }
        Ok(mask)
    }
}

impl Condition {
    /// The condition as text that [`Condition::parse`] reads as this condition under `schema`: durations and
    /// times of day stand in the notation of their columns, which `Display` does not know.
    pub fn show(&self, schema: &Schema) -> String {
        self.written(&|column, value| match (schema.column(column), value) {
            (Some(described), Value::Integer(number)) if described.is_duration() => {
                let text = described.notation.map(|notation| notation.write(*number));
                format!("'{}'", text.unwrap_or_default().replace('\'', "''"))
            }
            _ => literal(value),
        })
    }

    fn written(&self, literal: &dyn Fn(&str, &Value) -> String) -> String {
        let mut out = String::new();
        for (i, term) in self.terms.iter().enumerate() {
            if i > 0 {
                out.push_str(" and ");
            }
            let plain = !term.column.is_empty()
                && term.column.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !term.column.starts_with(|c: char| c.is_ascii_digit());
            if plain {
                out.push_str(&term.column);
            } else {
                let _ = write!(out, "\"{}\"", term.column.replace('"', "\"\""));
            }
            let literal = |value| literal(&term.column, value);
            let _ = match &term.test {
                Test::Missing => write!(out, " is missing"),
                Test::Present => write!(out, " is not missing"),
                Test::Compare(how, value) => write!(out, " {} {}", how.symbol(), literal(value)),
                Test::In(values) | Test::NotIn(values) => {
                    let not = if matches!(term.test, Test::NotIn(_)) {
                        "not "
                    } else {
                        ""
                    };
                    let list: Vec<String> = values.iter().map(literal).collect();
                    write!(out, " {not}in ({})", list.join(", "))
                }
            };
        }
        out
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(&|_, value| literal(value)))
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Integer(_) | Value::Real(_) | Value::Boolean(_) => value.to_string(),
        _ => format!("'{}'", value.to_string().replace('\'', "''")),
    }
}

fn syntax(position: usize, message: impl Into<String>) -> Error {
    Error::usage(format!("in the condition: {}", message.into()))
        .at_position(position as u64)
        .help("a condition reads like: income = '>50K' and age >= 30 and race in ('White', 'Other')")
}

const LANGUAGE: Language = Language {
    symbols: &["<=", ">=", "!=", "<>", "==", "=", "<", ">", "(", ")", ","],
    begins: |c| matches!(c, '_' | '.' | '-' | '+'),
    goes_on: |c| matches!(c, '_' | '.' | '-' | '+' | ':'),
    syntax: |position, message| syntax(position, message),
};

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    schema: &'a Schema,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn position(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn expected(&self, what: &str) -> Error {
        let found = self.peek().map_or("the end".to_owned(), Token::show);
        syntax(self.position(), format!("expected {what}, found {found}"))
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    fn word(&mut self, word: &str) -> Result<()> {
        if !self.is_word(word) {
            return Err(self.expected(&format!("`{word}`")));
        }
        self.next += 1;
        Ok(())
    }

    fn symbol(&mut self, symbol: &str) -> Result<()> {
        if self.peek()
            != Some(&Token::Symbol(match symbol {
                "(" => "(",
                ")" => ")",
                _ => ",",
            }))
        {
            return Err(self.expected(&format!("`{symbol}`")));
        }
        self.next += 1;
        Ok(())
    }

    fn term(&mut self, terms: &mut Vec<Term>) -> Result<()> {
        let at = self.position();
        let Some(Token::Word(name) | Token::Name(name)) = self.peek() else {
            return Err(self.expected("a column name"));
        };
        let index = self.schema.require(name).map_err(|e| e.at_position(at as u64))?;
        let column = &self.schema.columns[index];
        self.next += 1;
        let mut push = |test| {
            terms.push(Term {
                column: column.name.clone(),
                test,
            });
        };
        if self.is_word("is") {
            self.next += 1;
            let negated = self.is_word("not");
            self.next += usize::from(negated);
            if !self.is_word("missing") && !self.is_word("null") {
                return Err(self.expected("`missing`"));
            }
            self.next += 1;
            push(if negated { Test::Present } else { Test::Missing });
            return Ok(());
        }
        if self.is_word("between") {
            self.next += 1;
            let low = self.value(column)?;
            self.word("and")?;
            let high = self.value(column)?;
            push(Test::Compare(Comparison::GreaterOrEqual, low));
            push(Test::Compare(Comparison::LessOrEqual, high));
            return Ok(());
        }
        let negated = self.is_word("not");
        self.next += usize::from(negated);
        if self.is_word("in") {
            self.next += 1;
            self.symbol("(")?;
            let mut values = vec![self.value(column)?];
            while self.peek() == Some(&Token::Symbol(",")) {
                self.next += 1;
                values.push(self.value(column)?);
            }
            self.symbol(")")?;
            push(if negated { Test::NotIn(values) } else { Test::In(values) });
            return Ok(());
        }
        let how = match self.peek() {
            Some(Token::Symbol("=" | "==")) => Comparison::Equal,
            Some(Token::Symbol("!=" | "<>")) => Comparison::NotEqual,
            Some(Token::Symbol("<")) => Comparison::Less,
            Some(Token::Symbol("<=")) => Comparison::LessOrEqual,
            Some(Token::Symbol(">")) => Comparison::Greater,
            Some(Token::Symbol(">=")) => Comparison::GreaterOrEqual,
            _ => return Err(self.expected("=, !=, <, <=, >, >=, `in`, `between` or `is`")),
        };
        self.next += 1;
        let value = self.value(column)?;
        push(Test::Compare(how, value));
        Ok(())
    }

    fn value(&mut self, column: &ColumnSchema) -> Result<Value> {
        let at = self.position();
        let text = match self.peek() {
            Some(Token::Word(text) | Token::Text(text) | Token::Name(text)) => text.as_str(),
            _ => return Err(self.expected("a value")),
        };
        let value = Value::parse_in(text, column).ok_or_else(|| {
            let wanted = match column.notation.filter(|_| column.is_duration()) {
                Some(notation) => format!("is not written as {notation}"),
                None => format!("is not a value of type {}", column.kind.name()),
            };
            syntax(at, format!("'{text}' {wanted}")).in_column(&column.name)
        })?;
        self.next += 1;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnType, TextColumn};
    use proptest::prelude::*;

    fn table() -> Table {
        let schema = Schema::new(vec![
            ColumnSchema::new("income", ColumnType::Text),
            ColumnSchema::new("age", ColumnType::Integer),
            ColumnSchema::new("paid on", ColumnType::Date),
        ])
        .unwrap();
        let income = TextColumn::from_cells([Some(">50K"), Some("<=50K"), None, Some("it's")]);
        Table::new(
            schema,
            vec![
                Column::Text(income),
                Column::Integer(vec![30, 40, 50, crate::MISSING_INTEGER]),
                Column::Date(vec![0, 1, 2, 3]),
            ],
        )
        .unwrap()
    }

    fn mask(text: &str) -> Vec<bool> {
        let table = table();
        Condition::parse(text, table.schema()).unwrap().mask(&table).unwrap()
    }

    #[test]
    fn conditions_choose_rows() {
        assert_eq!(mask("income = '>50K'"), [true, false, false, false]);
        assert_eq!(mask("income != '>50K'"), [false, true, false, true]);
        assert_eq!(mask("income is missing"), [false, false, true, false]);
        assert_eq!(mask("income IS NOT MISSING AND age >= 40"), [false, true, false, false]);
        assert_eq!(mask("age between 35 and 50"), [false, true, true, false]);
        assert_eq!(mask("age not in (30, 40)"), [false, false, true, false]);
        assert_eq!(mask("income in ('it''s', '<=50K')"), [false, true, false, true]);
        assert_eq!(mask("\"paid on\" > '1970-01-02'"), [false, false, true, true]);
    }

    /// A duration is a whole number of microseconds inside, and text that only its notation reads outside.
    #[test]
    fn durations_are_shown_in_their_notation() {
        let mut waited = ColumnSchema::new("waited", ColumnType::Integer);
        waited.notation = Some(crate::Notation::Iso(crate::IsoUnit::Hour));
        let schema = Schema::new(vec![waited]).unwrap();
        let condition = Condition::parse("waited >= 'PT1H30M'", &schema).unwrap();
        assert_eq!(condition.to_string(), "waited >= 5400000000");
        let text = condition.show(&schema);
        assert_eq!(Condition::parse(&text, &schema).unwrap(), condition, "{text}");
    }

    #[test]
    fn mistakes_are_placed() {
        let schema = table().shared_schema();
        for (text, position, part) in [
            ("incme = 'x'", 1, "no such column"),
            ("age = 'old'", 7, "not a value of type integer"),
            ("age =", 6, "expected a value, found the end"),
            ("age = 3 or age = 4", 9, "expected `and`"),
            ("income = '>50K", 10, "never closed"),
            ("age ~ 3", 5, "no meaning"),
            ("", 1, "expected a column name"),
        ] {
            let error = Condition::parse(text, &schema).unwrap_err();
            assert_eq!(error.place().position, Some(position), "{text}: {error}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a-z'\"()=<>, 0-9é]{0,40}|income (=|in|is) .{0,20}") {
            let _ = Condition::parse(&text, &table().shared_schema());
        }

        /// A condition printed and read again is the same condition.
        #[test]
        fn printing_is_the_inverse_of_reading(texts in proptest::collection::vec("[ -~é]{0,12}", 1..4), age: i64, kind in 0..3) {
            let values: Vec<Value> = texts.into_iter().map(Value::Text).collect();
            let test = match kind { 0 => Test::In(values), 1 => Test::NotIn(values), _ => Test::Compare(Comparison::Less, values[0].clone()) };
            let condition = Condition { terms: vec![
                Term { column: "income".into(), test },
                Term { column: "paid on".into(), test: Test::Present },
                Term { column: "age".into(), test: Test::Compare(Comparison::GreaterOrEqual, Value::Integer(age)) },
            ]};
            prop_assert_eq!(Condition::parse(&condition.to_string(), &table().shared_schema()).unwrap(), condition);
        }
    }
}
