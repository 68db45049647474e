//! Values that options have, read with errors that say what is right.

/// Rows are numbered up to here; more than anybody can make.
const LAST_ROW: u64 = i64::MAX as u64;

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

pub(super) fn row_count(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|&count| count <= LAST_ROW)
        .ok_or_else(|| format!("a count of rows is a whole number from 0 to {LAST_ROW}"))
}

pub(super) fn row_range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("'{text}' is not a range of rows; write it like 1000..2000");
    let (start, end) = text.split_once("..").ok_or_else(wrong)?;
    let (start, end) = (
        start.trim().parse().map_err(|_| wrong())?,
        end.trim().parse().map_err(|_| wrong())?,
    );
    if start > end {
        Err(format!("the range {text} ends before it begins"))
    } else if end > LAST_ROW {
        Err(format!("rows end at {LAST_ROW}"))
    } else {
        Ok((start, end))
    }
}
