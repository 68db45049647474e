//! Figures as people read them.

use plenish_evaluate::{Interval, Score};

/// A figure with three decimals, fewer for large ones and more for small ones.
pub(crate) fn figure(value: f64) -> String {
    let size = value.abs();
    let text = if !value.is_finite() {
        return "not defined".to_owned();
    } else if size >= 1e9 {
        format!("{value:.3e}")
    } else if size >= 1000.0 {
        return format!("{}{}", if value < 0.0 { "−" } else { "" }, count(size.round() as usize));
    } else if size >= 100.0 {
        format!("{value:.1}")
    } else if size >= 10.0 {
        format!("{value:.2}")
    } else if size >= 0.01 || value == 0.0 {
        format!("{value:.3}")
    } else if size >= 0.000_1 {
        format!("{value:.4}")
    } else if size >= 0.000_005 {
        format!("{value:.5}")
    } else {
        format!("{value:.0e}")
    };
    text.replace('-', "−")
}

/// A figure without the zeros at its end: for thresholds and scales.
pub(crate) fn trimmed(value: f64) -> String {
    let text = figure(value);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The same with a sign.
pub(crate) fn signed(value: f64) -> String {
    let text = figure(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A share in percent; what is not quite nothing or everything is not shown as such.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        "not defined".to_owned()
    } else if share == 0.0 {
        "0 %".to_owned()
    } else if share > 0.0 && share < 0.0005 {
        "<0.1 %".to_owned()
    } else if share < 1.0 && share > 0.9995 {
        ">99.9 %".to_owned()
    } else {
        format!("{:.1} %", share * 100.0).replace('-', "−")
    }
}

/// A whole number with commas at the thousands.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `value (low to high)`.
pub(crate) fn interval(of: &Interval) -> String {
    format!("{} ({} to {})", figure(of.value), figure(of.low), figure(of.high))
}

/// The same with signs.
pub(crate) fn signed_interval(of: &Interval) -> String {
    format!("{} ({} to {})", signed(of.value), signed(of.low), signed(of.high))
}

/// The same in percent.
pub(crate) fn percent_interval(of: &Interval) -> String {
    format!("{} ({} to {})", percent(of.value), percent(of.low), percent(of.high))
}

/// `value (low to high)` as far as it was measured.
pub(crate) fn score(of: &Score) -> String {
    match (of.low, of.high) {
        (Some(low), Some(high)) => interval(&Interval {
            value: of.value,
            low,
            high,
        }),
        _ => figure(of.value),
    }
}

/// A p-value: three decimals, none of them made up.
pub(crate) fn p_value(p: f64) -> String {
    if !p.is_finite() {
        "not defined".to_owned()
    } else if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

/// At most `lines` lines of at most `width` letters each, broken between words where possible; the last ends with an
/// ellipsis if there is more.
pub(crate) fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut left = text.trim();
    while out.len() + 1 < lines && clip(left, width) != left {
        let shown = clip(left, width);
        let shown = shown.trim_end_matches('…');
        let cut = match shown.rfind(' ') {
            // The line may end where a word does.
            _ if left[shown.len()..].starts_with(' ') => shown.len(),
            Some(space) if space > 0 => space,
            _ => shown.len(),
        };
        if cut == 0 {
            break;
        }
        out.push(left[..cut].trim_end().to_owned());
        left = left[cut..].trim_start();
    }
    out.push(clip(left, width));
    out
}

/// At most `width` letters, with an ellipsis for what is cut off. Letters of East Asian scripts
/// count twice.
pub(crate) fn clip(text: &str, width: usize) -> String {
    let wide = |c: char| if c as u32 >= 0x2E80 { 2 } else { 1 };
    if text.chars().map(wide).sum::<usize>() <= width {
        return text.to_owned();
    }
    let (mut used, mut out) = (0, String::new());
    for c in text.chars() {
        used += wide(c);
        if used >= width {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(
            [0.0, 0.92641, -0.0012, 1234.5, 12.345, f64::NAN, 0.000_001].map(figure),
            ["0.000", "0.926", "−0.0012", "1,235", "12.35", "not defined", "1e−6"]
        );
        assert_eq!(
            [0.0, 0.0001, 0.9999, 1.0, 0.253].map(percent),
            ["0 %", "<0.1 %", ">99.9 %", "100.0 %", "25.3 %"]
        );
        assert_eq!(
            [0, 999, 1000, 32_561, 1_000_000].map(count),
            ["0", "999", "1,000", "32,561", "1,000,000"]
        );
    }

    #[test]
    fn long_labels_are_cut_between_letters() {
        assert_eq!(clip("Married-civ-spouse", 18), "Married-civ-spouse");
        assert_eq!(clip("Married-civ-spouse!", 18), "Married-civ-spous…");
        assert_eq!(clip("漢字漢字漢字", 6), "漢字…");
    }

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(wrap("all of it", 20, 2), ["all of it"]);
        assert_eq!(wrap("the quick brown fox", 10, 3), ["the quick", "brown fox"]);
        assert_eq!(wrap("the quick brown fox jumps", 10, 2), ["the quick", "brown fox…"]);
        assert_eq!(wrap("indivisibility at last", 8, 2), ["indivis", "ibility…"]);
        assert_eq!(wrap("漢字漢字漢字", 6, 2), ["漢字", "漢字…"]);
        assert_eq!(wrap("", 6, 2), [""]);
    }

    #[test]
    fn p_values_are_not_rounded_to_nothing() {
        assert_eq!(
            [0.0004, 0.0314, 1.0, f64::NAN].map(p_value),
            ["< 0.001", "0.031", "1.000", "not defined"]
        );
    }
}
