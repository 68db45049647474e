//! From the cells of all blocks to a typed column.

use crate::cells::Cells;
use crate::classify::{BooleanCell, Cell, Class, DateCell, IntegerCell, RealCell, TimestampCell, classify, complaint};
use crate::interner::Interner;
use crate::notations;
use crate::options::MissingRule;
use crate::packed::{self, MISSING, OTHER};
use plenish_table::{Column, ColumnSchema, ColumnType, Error, MISSING_CODE, Notation, Result, TextColumn};
use std::sync::Arc;

/// More decimals than this are the noise of binary fractions.
pub(crate) const MOST_WRITTEN_DECIMALS: usize = 15;

/// All cells of one column.
pub(crate) struct RawColumn {
    pub(crate) name: String,
    pub(crate) blocks: Vec<Cells>,
    /// A JSON string was among them.
    pub(crate) strings: bool,
    /// A JSON number or boolean was among them.
    pub(crate) plain: bool,
    pub(crate) declared: Option<ColumnSchema>,
}

/// A typed column with what was learnt about it.
pub(crate) struct TypedColumn {
    pub(crate) column: Column,
    pub(crate) schema: ColumnSchema,
    pub(crate) warnings: Vec<String>,
}

/// What the cells of a column may stand for.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of classes, each seen or not")]
struct Evidence {
    integers: bool,
    long_integers: bool,
    reals: bool,
    overflow: bool,
    infinite: bool,
    booleans: bool,
    dates: bool,
    zoned: bool,
    unzoned: bool,
    text: bool,
    decimals: usize,
    exponents: bool,
}

impl Evidence {
    fn see(&mut self, class: Class) {
        match class {
            Class::Missing => {}
            Class::Integer => self.integers = true,
            Class::LongInteger => self.long_integers = true,
            Class::Real(decimals) => {
                self.reals = true;
                self.exponents |= decimals.is_none();
                self.decimals = self.decimals.max(decimals.unwrap_or(0));
            }
            Class::Overflow => self.overflow = true,
            Class::Infinite => self.infinite = true,
            Class::Boolean => self.booleans = true,
            Class::Date => self.dates = true,
            Class::Timestamp(true) => self.zoned = true,
            Class::Timestamp(false) => self.unzoned = true,
            Class::Text => self.text = true,
        }
    }

    fn see_packed(&mut self, tag: u8) {
        match tag {
            MISSING | OTHER => {}
            0 => self.integers = true,
            1..=packed::MOST_DECIMALS => {
                self.reals = true;
                self.decimals = self.decimals.max(usize::from(tag));
            }
            packed::DATE => self.dates = true,
            _ if tag & packed::UTC != 0 => self.zoned = true,
            _ => self.unzoned = true,
        }
    }

    fn numbers(&self) -> bool {
        self.integers || self.long_integers || self.reals || self.overflow
    }

    fn kind(&self, strings: bool) -> ColumnType {
        let numbers = self.numbers();
        let times = self.dates || self.zoned || self.unzoned;
        if self.text || u8::from(numbers) + u8::from(times) + u8::from(self.booleans) != 1 {
            return ColumnType::Text;
        }
        if times {
            return match (self.zoned, self.unzoned) {
                _ if self.infinite => ColumnType::Text,
                (true, true) => ColumnType::Text,
                (false, false) => ColumnType::Date,
                _ => ColumnType::Timestamp,
            };
        }
        if strings {
            ColumnType::Text
        } else if numbers {
            if self.reals || self.overflow || self.infinite {
                ColumnType::Real
            } else if self.long_integers {
                ColumnType::Text
            } else {
                ColumnType::Integer
            }
        } else if self.infinite {
            ColumnType::Text
        } else {
            ColumnType::Boolean
        }
    }
}

fn evidence(blocks: &[Cells], rule: &MissingRule) -> Evidence {
    let mut evidence = Evidence::default();
    for block in blocks {
        match block {
            Cells::Missing(_) => {}
            Cells::Packed { tags, others, .. } => {
                let mut seen = [false; 256];
                for &tag in tags {
                    seen[usize::from(tag)] = true;
                }
                (0..=u8::MAX)
                    .filter(|&tag| seen[usize::from(tag)])
                    .for_each(|tag| evidence.see_packed(tag));
                others.iter().for_each(|text| evidence.see(classify(text, rule)));
            }
            Cells::Text { texts, .. } => texts.iter().for_each(|text| evidence.see(classify(text, rule))),
        }
    }
    evidence
}

/// Gives a column its declared type, or else the narrowest that fits all its cells. `locate`
/// gives the line of a row, for messages.
pub(crate) fn infer(raw: RawColumn, rule: &MissingRule, locate: &(dyn Fn(usize) -> u64 + Sync)) -> Result<TypedColumn> {
    let mut warnings = Vec::new();
    let mut schema = if let Some(declared) = &raw.declared {
        declared.clone()
    } else {
        let evidence = evidence(&raw.blocks, rule);
        let mut schema = ColumnSchema::new(&raw.name, evidence.kind(raw.strings));
        if schema.kind == ColumnType::Real && !evidence.exponents && evidence.decimals <= MOST_WRITTEN_DECIMALS {
            schema.decimals = Some(evidence.decimals as u8);
        }
        let other = evidence.numbers() || evidence.booleans || evidence.infinite || (raw.strings && raw.plain);
        if !other {
            match notations::of(&raw.blocks, rule, schema.kind) {
                notations::Found::One(notation) => {
                    schema.kind = notation.kind();
                    schema.notation = Some(notation);
                }
                notations::Found::No(reason) => {
                    warnings.extend(reason.map(|why| format!("column '{}' is read as text, because {why}", raw.name)));
                }
            }
        }
        schema.utc = schema.kind == ColumnType::Timestamp && evidence.zoned;
        if schema.kind == ColumnType::Text {
            if raw.strings && raw.plain {
                warnings.push(format!(
                    "column '{}' is read as text, because it holds strings as well as numbers or booleans",
                    raw.name
                ));
            } else if evidence.numbers() && evidence.text {
                warnings.extend(text_warning(&raw, rule, locate));
            }
        }
        schema
    };
    let bad = |(row, text): (usize, String)| {
        let (message, help) = complaint(&text, &schema);
        Error::data(message)
            .help(help)
            .at_line(locate(row))
            .in_column(&raw.name)
    };
    let blocks = raw.blocks;
    let notation = schema.notation.filter(|n| n.kind() == schema.kind);
    let column = match schema.kind {
        ColumnType::Boolean => Column::Boolean(build::<BooleanCell, _>(blocks, rule, notation, |c| c.0).map_err(bad)?),
        ColumnType::Integer => Column::Integer(build::<IntegerCell, _>(blocks, rule, notation, |c| c.0).map_err(bad)?),
        ColumnType::Real => Column::Real(build::<RealCell, _>(blocks, rule, notation, |c| c.0).map_err(bad)?),
        ColumnType::Date => Column::Date(build::<DateCell, _>(blocks, rule, notation, |c| c.0).map_err(bad)?),
        ColumnType::Timestamp => {
            Column::Timestamp(build::<TimestampCell, _>(blocks, rule, notation, |c| c.0).map_err(bad)?)
        }
        ColumnType::Text => {
            let mut texts = Interner::default();
            let mut codes = Vec::with_capacity(blocks.iter().map(Cells::len).sum());
            for block in blocks {
                codes.extend(block.text_codes(&mut texts));
            }
            Column::Text(TextColumn {
                codes,
                dictionary: Arc::new(texts.into_strings()),
            })
        }
    };
    if !schema.missing && column.missing_count() > 0 {
        schema.missing = true;
        if raw.declared.is_some() {
            warnings.push(format!(
                "column '{}' has missing cells, though the schema says that it has none",
                raw.name
            ));
        }
    }
    Ok(TypedColumn {
        column,
        schema,
        warnings,
    })
}

/// The cells as `T`; the row and text of the first that is not one.
fn build<T: Cell, U>(
    blocks: Vec<Cells>,
    rule: &MissingRule,
    notation: Option<Notation>,
    open: impl Fn(T) -> U,
) -> Result<Vec<U>, (usize, String)> {
    let mut values = Vec::with_capacity(blocks.iter().map(Cells::len).sum());
    let is_duration = notation.is_some_and(|n| n.kind() == ColumnType::Integer);
    let of_text = |text: &str| {
        if rule.is_missing_number(text) {
            Some(T::MISSING)
        } else {
            let text = text.trim();
            match notation.and_then(|n| n.read(text)) {
                Some(value) => T::of_value(value),
                None if is_duration => None,
                None => T::of_text(text),
            }
        }
    };
    // A bare number has no unit.
    let of_packed = |payload, tag| if is_duration { None } else { T::of_packed(payload, tag) };
    for block in blocks {
        let start = values.len();
        match &block {
            Cells::Missing(count) => values.extend((0..*count).map(|_| open(T::MISSING))),
            Cells::Text { codes, texts } => {
                let known: Vec<Option<T>> = texts.iter().map(of_text).collect();
                for (row, &code) in codes.iter().enumerate() {
                    let value = match code {
                        MISSING_CODE => Some(T::MISSING),
                        _ => known[code as usize],
                    };
                    values.push(open(value.ok_or_else(|| (start + row, block.show(row)))?));
                }
            }
            Cells::Packed {
                payloads, tags, others, ..
            } => {
                let known: Vec<Option<T>> = others.iter().map(of_text).collect();
                for (row, (&payload, &tag)) in payloads.iter().zip(tags).enumerate() {
                    let value = match tag {
                        MISSING => Some(T::MISSING),
                        OTHER => known[payload as usize],
                        _ => of_packed(payload, tag),
                    };
                    values.push(open(value.ok_or_else(|| (start + row, block.show(row)))?));
                }
            }
        }
    }
    Ok(values)
}

/// A warning when nearly all cells of a text column are numbers: one slip of the pen changes the
/// meaning of the whole column.
fn text_warning(raw: &RawColumn, rule: &MissingRule, locate: &dyn Fn(usize) -> u64) -> Option<String> {
    let (mut numbers, mut present, mut rows) = (0_usize, 0_usize, 0_usize);
    let mut first: Option<(usize, String)> = None;
    let is_number = |text: &str| match classify(text, rule) {
        Class::Missing => None,
        Class::Integer | Class::LongInteger | Class::Real(_) => Some(true),
        _ => Some(false),
    };
    for block in &raw.blocks {
        let known: Vec<Option<bool>> = match block {
            Cells::Missing(_) => Vec::new(),
            Cells::Text { texts, .. } => texts.iter().map(is_number).collect(),
            Cells::Packed { others, .. } => others.iter().map(is_number).collect(),
        };
        let cell = |row: usize| match block {
            Cells::Missing(_) => None,
            Cells::Text { codes, .. } => known.get(codes[row] as usize).copied().flatten(),
            Cells::Packed { payloads, tags, .. } => match tags[row] {
                MISSING => None,
                OTHER => known[payloads[row] as usize],
                tag => Some(tag <= packed::MOST_DECIMALS),
            },
        };
        for row in 0..block.len() {
            match cell(row) {
                None => {}
                Some(true) => {
                    numbers += 1;
                    present += 1;
                }
                Some(false) => {
                    present += 1;
                    if first.is_none() {
                        first = Some((rows + row, block.show(row)));
                    }
                }
            }
        }
        rows += block.len();
    }
    let (row, text) = first?;
    (numbers * 10 >= present * 9 && numbers < present).then(|| {
        let (what, _) = complaint(&text, &ColumnSchema::new(&raw.name, ColumnType::Real));
        format!(
            "column '{}' is read as text, because {} of its {present} cells are not numbers; the first is on line {}: {what}",
            raw.name,
            present - numbers,
            locate(row),
        )
    })
}
