//! Shares that a column's values are to have, and which unit gets which value.
//!
//! Every unit's value is fixed by its number, so that counts are exact and any range of units can be
//! made alone.

use plenish_table::{ColumnType, Error, Result, Schema, Value};

/// Shares are kept as whole multiples of this part.
const PARTS: u64 = 1_000_000;

/// More values than this are not listed in messages or set at once.
const MOST_VALUES: usize = 1000;

/// The shares that a column's values are to have.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// The column.
    pub column: String,
    /// Values with their shares, which add up to 1. Values not named do not occur.
    pub shares: Vec<(Value, f64)>,
}

impl Distribution {
    /// Reads `income=0.4,0.6`, one share for each of the column's values in rising order (texts by the
    /// alphabet, false before true), or `income:<=50K=0.4,>50K=0.6`, which names them. `values` tells the
    /// values of a column (by index) in rising order, if they are few; it fails where no distribution can be
    /// set.
    ///
    /// Fails on an unknown column, a share that is no number from 0 to 1, shares that do not add up to
    /// 1 within a millionth, a wrong number of them, or a value that is none of the column's type.
    pub fn parse(text: &str, schema: &Schema, values: impl Fn(usize) -> Result<Option<Vec<Value>>>) -> Result<Self> {
        // A name may itself hold `=` or `:`; the longest that fits is meant.
        let named = schema
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| {
                text.strip_prefix(&c.name)
                    .is_some_and(|rest| rest.starts_with(['=', ':']))
            })
            .max_by_key(|(_, c)| c.name.len());
        let Some((index, column)) = named else {
            let name = text.split(['=', ':']).next().unwrap_or_default();
            if text.contains('=') {
                schema.require(name)?;
            }
            return Err(wrong(format!("'{text}' is not a distribution")));
        };
        let place = |e: Error| e.in_column(&column.name);
        let known = values(index)?.filter(|v| v.len() <= MOST_VALUES);
        let rest = &text[column.name.len() + 1..];
        let shares = if text[column.name.len()..].starts_with('=') {
            let Some(known) = known else {
                return Err(place(wrong(
                    "it has too many values to list, so each share must name its own".to_owned(),
                )));
            };
            let shares: Vec<f64> = rest
                .split(',')
                .map(|s| share(s).map_err(place))
                .collect::<Result<_>>()?;
            if shares.len() != known.len() {
                let names: Vec<String> = known.iter().take(20).map(Value::to_string).collect();
                let more = if known.len() > names.len() { ", …" } else { "" };
                return Err(place(Error::usage(format!(
                    "{} share{} for {} values",
                    shares.len(),
                    if shares.len() == 1 { "" } else { "s" },
                    known.len()
                )))
                .help(format!(
                    "give one for each of, in this order: {}{more}",
                    names.join(", ")
                )));
            }
            known.into_iter().zip(shares).collect()
        } else {
            named_shares(rest, column.kind, known.as_deref()).map_err(place)?
        };
        let distribution = Self {
            column: column.name.clone(),
            shares,
        };
        distribution.parts().map_err(place)?;
        Ok(distribution)
    }

    /// Whole parts of each value, with greatest common divisor 1; fails when the shares do not add up.
    fn parts(&self) -> Result<Vec<u64>> {
        for (at, (value, share)) in self.shares.iter().enumerate() {
            if !(0.0..=1.0).contains(share) {
                return Err(wrong(format!("{share} is not a share")));
            }
            if *share > 0.0 && share * (PARTS as f64) < 0.5 {
                return Err(
                    Error::usage(format!("the share of '{value}' is too small")).help("shares are kept to a millionth")
                );
            }
            if self.shares[..at].iter().any(|s| s.0 == *value) {
                return Err(Error::usage(format!("the value '{value}' has two shares")).help("name each value once"));
            }
        }
        let total: f64 = self.shares.iter().map(|s| s.1).sum();
        if (total - 1.0).abs() > 1e-6 + 1e-12 {
            return Err(
                Error::usage(format!("the shares add up to {}", (total * 1e7).round() / 1e7))
                    .help("they must add up to 1"),
            );
        }
        let mut parts: Vec<u64> = self
            .shares
            .iter()
            .map(|s| (s.1 * PARTS as f64).round() as u64)
            .collect();
        // What rounding added or took goes to the largest share, where it matters least.
        let sum: u64 = parts.iter().sum();
        if let Some(largest) = (0..parts.len()).max_by_key(|&i| (parts[i], std::cmp::Reverse(i))) {
            parts[largest] = (parts[largest] + PARTS).saturating_sub(sum);
        }
        let divisor = parts.iter().fold(0, |a, &b| gcd(a, b)).max(1);
        Ok(parts.into_iter().map(|p| p / divisor).collect())
    }
}

fn wrong(message: String) -> Error {
    Error::usage(message).help("write it like income=0.4,0.6 or income:<=50K=0.4,>50K=0.6")
}

fn share(text: &str) -> Result<f64> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|s| (0.0..=1.0).contains(s))
        .ok_or_else(|| wrong(format!("'{}' is not a share from 0 to 1", text.trim())))
}

/// Reads `<=50K=0.4,>50K=0.6`. Values may hold commas and equals signs if they are known.
fn named_shares(text: &str, kind: ColumnType, known: Option<&[Value]>) -> Result<Vec<(Value, f64)>> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let known_here = known
            .iter()
            .copied()
            .flatten()
            .map(|v| (v, v.to_string()))
            .filter(|(_, word)| rest.strip_prefix(word.as_str()).is_some_and(|r| r.starts_with('=')))
            .max_by_key(|(_, word)| word.len());
        let (value, after) = if let Some((value, word)) = known_here {
            (value.clone(), &rest[word.len() + 1..])
        } else {
            let Some((word, after)) = rest.split_once('=') else {
                return Err(wrong(format!("'{rest}' has no share")));
            };
            if let Some(known) = known {
                let names: Vec<String> = known.iter().take(20).map(Value::to_string).collect();
                let more = if known.len() > names.len() { ", …" } else { "" };
                return Err(Error::usage(format!("'{word}' is none of its values"))
                    .help(format!("they are: {}{more}", names.join(", "))));
            }
            let value = Value::parse(word.trim(), kind)
                .ok_or_else(|| wrong(format!("'{}' is not a value of type {}", word.trim(), kind.name())))?;
            (value, after)
        };
        let (number, more) = after.split_once(',').map_or((after, None), |(n, m)| (n, Some(m)));
        out.push((value, share(number)?));
        match more {
            Some(more) => rest = more,
            None => return Ok(out),
        }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Which value of a distribution each number gets: any run 0..n holds each value n times its share,
/// rounded down or up.
#[derive(Debug)]
struct Quota {
    /// The value at each place of the period.
    order: Vec<u16>,
    /// How often that value came before in the period.
    rank: Vec<u32>,
    parts: Vec<u64>,
}

impl Quota {
    /// Tijdeman's algorithm ("The chairman assignment problem", Discrete Mathematics 32, 1980): among the
    /// values that are due, the one whose next turn expires first. No count is ever off by a whole row.
    fn of(distribution: &Distribution) -> Result<Self> {
        let parts = distribution.parts().map_err(|e| e.in_column(&distribution.column))?;
        let period: u64 = parts.iter().sum();
        let values = parts.iter().filter(|&&p| p > 0).count() as i128;
        if parts.len() > MOST_VALUES || period as usize * values as usize > 100_000_000 {
            return Err(Error::usage("its shares are too many and too fine to be kept exactly")
                .in_column(&distribution.column)
                .help("give fewer values, or shares with fewer decimals"));
        }
        // With slack 1 - 1/(2k - 2), in units of 1/(period * (2k - 2)).
        let scale = (2 * values - 2).max(1);
        let slack = if values > 1 { scale - 1 } else { 1 };
        let mut counts = vec![0_u64; parts.len()];
        let (mut order, mut rank) = (Vec::new(), Vec::new());
        for turn in 1..=i128::from(period) {
            let mut best: Option<(usize, i128)> = None;
            for (value, &part) in parts.iter().enumerate() {
                if part == 0 {
                    continue;
                }
                let due = turn * i128::from(part) - i128::from(counts[value]) * i128::from(period);
                if due * scale < i128::from(period) * (scale - slack) {
                    continue;
                }
                // The turn by which it must come: (slack + count - turn * share) / share, to compare.
                let until = slack * i128::from(period) - due * scale;
                let sooner = |(other, best): (usize, i128)| until * i128::from(parts[other]) < best * i128::from(part);
                if best.is_none_or(sooner) {
                    best = Some((value, until));
                }
            }
            let (chosen, _) = best.ok_or_else(|| Error::internal("no value is due"))?;
            order.push(chosen as u16);
            rank.push(counts[chosen] as u32);
            counts[chosen] += 1;
        }
        Ok(Self { order, rank, parts })
    }

    /// The value of a number, and how many smaller numbers have it too.
    fn at(&self, number: u64) -> (usize, u64) {
        let period = self.order.len() as u64;
        let (whole, place) = (number / period, (number % period) as usize);
        let value = usize::from(self.order[place]);
        (value, whole * self.parts[value] + u64::from(self.rank[place]))
    }
}

/// Which combination of values each unit gets.
#[derive(Debug)]
pub(crate) struct Quotas(Vec<Quota>);

impl Quotas {
    pub(crate) fn of(distributions: &[Distribution]) -> Result<Self> {
        for (at, distribution) in distributions.iter().enumerate() {
            if distributions[..at].iter().any(|d| d.column == distribution.column) {
                return Err(Error::usage("it has two distributions")
                    .in_column(&distribution.column)
                    .help("set each column once"));
            }
        }
        distributions.iter().map(Quota::of).collect::<Result<_>>().map(Self)
    }

    /// For each distribution, how many values it has.
    pub(crate) fn values(&self) -> Vec<usize> {
        self.0.iter().map(|q| q.parts.len()).collect()
    }

    /// For each distribution, whether a value has a share at all.
    pub(crate) fn occurs(&self, distribution: usize, value: usize) -> bool {
        self.0[distribution].parts[value] > 0
    }

    /// The number of the unit's combination, counted with the last distribution fastest.
    pub(crate) fn combination(&self, unit: u64) -> usize {
        let (mut number, mut combination) = (unit, 0);
        for quota in &self.0 {
            // The next distribution deals to the units of this value by themselves.
            let (value, before) = quota.at(number);
            number = before;
            combination = combination * quota.parts.len() + value;
        }
        combination
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::ColumnSchema;
    use proptest::prelude::*;

    fn shares(parts: &[u32]) -> Distribution {
        let total: u32 = parts.iter().sum();
        Distribution {
            column: "x".into(),
            shares: parts
                .iter()
                .enumerate()
                .map(|(i, &p)| (Value::Integer(i as i64), f64::from(p) / f64::from(total)))
                .collect(),
        }
    }

    proptest! {
        /// Every run from 0 on holds each value its share of times, rounded down or up: exactly where
        /// that is a whole number.
        #[test]
        fn every_run_has_its_quota(parts in proptest::collection::vec(0_u32..40, 1..7)) {
            prop_assume!(parts.iter().sum::<u32>() > 0);
            let distribution = shares(&parts);
            let exact = distribution.parts().unwrap();
            let period: u64 = exact.iter().sum();
            let quota = Quota::of(&distribution).unwrap();
            let mut counts = vec![0_u64; parts.len()];
            for n in 1..=(2 * period).min(5000) {
                let (value, before) = quota.at(n - 1);
                prop_assert_eq!(before, counts[value]);
                counts[value] += 1;
                for (&count, &part) in counts.iter().zip(&exact) {
                    let (low, high) = (n * part / period, (n * part).div_ceil(period));
                    prop_assert!((low..=high).contains(&count), "{counts:?} of {n}, {exact:?}");
                }
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,20}", tail in "[=:,.0-9a<> ]{0,20}") {
            let schema = Schema::new(vec![ColumnSchema::new("a", ColumnType::Text), ColumnSchema::new("a=b", ColumnType::Integer)]).unwrap();
            let values = |i| Ok((i == 0).then(|| vec![Value::Text("0".into()), Value::Text("<=5,0".into())]));
            for text in [&text, &format!("a{tail}"), &format!("a=b{tail}")] {
                let _ = Distribution::parse(text, &schema, values);
            }
        }
    }

    /// Two distributions do not run in step: each value of the first has the second's shares.
    #[test]
    fn a_second_distribution_holds_within_the_first() {
        let quotas = Quotas::of(&[
            shares(&[1, 1]),
            Distribution {
                column: "y".into(),
                ..shares(&[1, 3])
            },
        ])
        .unwrap();
        let mut counts = [0; 4];
        for unit in 0..800 {
            counts[quotas.combination(unit)] += 1;
        }
        assert_eq!(counts, [100, 300, 100, 300]);
    }

    #[test]
    fn distributions_are_read() {
        let schema = Schema::new(vec![
            ColumnSchema::new("income", ColumnType::Text),
            ColumnSchema::new("age", ColumnType::Integer),
        ])
        .unwrap();
        let values = |i| Ok((i == 0).then(|| ["<=50K", "=,", ">50K"].map(|w| Value::Text(w.into())).to_vec()));
        let read = |text: &str| Distribution::parse(text, &schema, values).map(|d| d.shares);
        let words = |shares: [f64; 3]| {
            ["<=50K", "=,", ">50K"]
                .map(|w| Value::Text(w.into()))
                .into_iter()
                .zip(shares)
                .collect::<Vec<_>>()
        };
        assert_eq!(read("income=0.2,0.3,0.5").unwrap(), words([0.2, 0.3, 0.5]));
        assert_eq!(
            read("income:<=50K=0.2,=,=0.3,>50K=0.5").unwrap(),
            words([0.2, 0.3, 0.5])
        );
        assert_eq!(
            read("age:30=0.5,31=0.5").unwrap(),
            [(Value::Integer(30), 0.5), (Value::Integer(31), 0.5)]
        );
        for text in [
            "",
            "income",
            "wage=1",
            "income=0.5,0.5",
            "income=0.5,0.5,0.5",
            "income=0.5,0.5,x",
            "income=2,-1,0",
            "income:<=50K=0.5,none=0.5",
            "income:<=50K",
            "income:<=50K=0.5,<=50K=0.5",
            "income:<=50K=0.9999999,>50K=0.0000001",
            "age=0.5,0.5",
            "age:old=1",
            "income=NaN,0.5,0.5",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
