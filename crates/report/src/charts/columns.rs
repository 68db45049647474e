//! One column, real against synthetic: paired bars for single values, step histograms for the rest.

use crate::figures::{clip, percent};
use crate::svg::{Anchor, Svg};
use plenish_profile::{ColumnComparison, ComparedHistogram, ComparedValue};

const WIDTH: f64 = 340.0;
const LABEL: f64 = 116.0;
const BAR: f64 = 172.0;
const ROW: f64 = 25.0;
/// Categories drawn; the others are drawn together, and listed in the table below the chart.
const DRAWN: usize = 8;

/// The chart of one column.
pub(crate) fn column_chart(id: &str, column: &ColumnComparison) -> String {
    let mut svg = Svg::new(id, WIDTH);
    let rows = bar_rows(column);
    let most = rows.iter().map(|r| r.real.max(r.synthetic)).fold(0.0, f64::max);
    let mut y = 4.0;
    for row in &rows {
        bar(&mut svg, y, row, most);
        y += ROW;
    }
    if let Some(histogram) = &column.histogram {
        if !rows.is_empty() {
            y += 6.0;
            svg.text("m", (8.0, y + 8.0), Anchor::Start, "all other values", None);
            y += 14.0;
        }
        y = steps(&mut svg, y, histogram);
    }
    let title = format!("{}: real against synthetic", column.name);
    svg.finish(y + 2.0, 1.3, &title, &describe(column))
}

fn bar_rows(column: &ColumnComparison) -> Vec<ComparedValue> {
    let mut rows: Vec<ComparedValue> = column.values.clone();
    let mut rest = column.rest.clone();
    if !column.kind.is_ordered() && rows.len() > DRAWN + 1 {
        let more = rows.split_off(DRAWN);
        let sum = rest.get_or_insert_with(|| ComparedValue {
            label: "all others".to_owned(),
            real: 0.0,
            synthetic: 0.0,
        });
        sum.real += more.iter().map(|v| v.real).sum::<f64>();
        sum.synthetic += more.iter().map(|v| v.synthetic).sum::<f64>();
    }
    rows.extend(rest);
    if column.missing_real > 0.0 || column.missing_synthetic > 0.0 {
        rows.push(ComparedValue {
            label: "(missing)".to_owned(),
            real: column.missing_real,
            synthetic: column.missing_synthetic,
        });
    }
    rows
}

fn bar(svg: &mut Svg, y: f64, row: &ComparedValue, most: f64) {
    let label = clip(&row.label, 18);
    svg.text("l", (LABEL - 6.0, y + 13.0), Anchor::End, &label, Some(&row.label));
    let width = |share: f64| if most > 0.0 { share / most * BAR } else { 0.0 };
    for (class, share, top) in [("rbar", row.real, y), ("sbar", row.synthetic, y + 9.5)] {
        // A value that occurs shows, however rare.
        let width = if share > 0.0 { width(share).max(1.0) } else { 0.0 };
        svg.rect(class, LABEL, top, width, 8.5);
        svg.text(
            "v",
            (LABEL + width + 4.0, top + 7.5),
            Anchor::Start,
            &percent(share),
            None,
        );
    }
}

fn steps(svg: &mut Svg, top: f64, histogram: &ComparedHistogram) -> f64 {
    let ComparedHistogram {
        labels,
        real,
        synthetic,
        ..
    } = histogram;
    let (Some(bins), Some(first), Some(last)) = (real.len().checked_sub(2), labels.first(), labels.last()) else {
        return top;
    };
    let most = real.iter().chain(synthetic).copied().fold(0.0, f64::max);
    let (head, height) = (top + 12.0, 92.0);
    let base = head + height;
    let y = |share: f64| if most > 0.0 { base - share / most * height } else { base };
    let ends = |i: usize| real[i] > 0.0 || synthetic[i] > 0.0;
    let (below, above) = (ends(0), ends(bins + 1));
    let left = if below { 42.0 } else { 8.0 };
    let right = WIDTH - if above { 42.0 } else { 8.0 };
    let x = |i: usize| left + i as f64 / bins.max(1) as f64 * (right - left);
    svg.line("grid", (8.0, head), (WIDTH - 8.0, head));
    svg.text("v", (WIDTH - 8.0, head - 3.0), Anchor::End, &percent(most), None);
    for (shares, area) in [(real, true), (synthetic, false)] {
        let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
        if below {
            pieces.push(vec![
                (10.0, base),
                (10.0, y(shares[0])),
                (28.0, y(shares[0])),
                (28.0, base),
            ]);
        }
        let mut inner = vec![(x(0), base)];
        for (i, &share) in shares[1..=bins].iter().enumerate() {
            inner.extend([(x(i), y(share)), (x(i + 1), y(share))]);
        }
        inner.push((x(bins), base));
        pieces.push(inner);
        if above {
            let (from, to, height) = (WIDTH - 32.0, WIDTH - 10.0, y(shares[bins + 1]));
            pieces.push(vec![(from, base), (from, height), (to, height), (to, base)]);
        }
        for piece in pieces {
            svg.path(if area { "rstep" } else { "sstep" }, &piece, area);
        }
    }
    svg.line("axis", (8.0, base), (WIDTH - 8.0, base));
    let foot = base + 12.0;
    if below {
        svg.text("v", (8.0, foot), Anchor::Start, "below", None);
    }
    if above {
        svg.text("v", (WIDTH - 8.0, foot), Anchor::End, "above", None);
    }
    svg.text("v", (left, foot), Anchor::Start, first, None);
    svg.text("v", (right, foot), Anchor::End, last, None);
    let half = bins / 2;
    if let Some(middle) = labels.get(half).filter(|_| bins > 3) {
        svg.line("tick", (x(half), base), (x(half), base + 3.0));
        svg.text("v", (x(half), foot), Anchor::Middle, middle, None);
    }
    foot + 3.0
}

/// The chart in words: where the two differ most.
fn describe(column: &ColumnComparison) -> String {
    let mut parts: Vec<(String, f64, f64)> = column
        .values
        .iter()
        .chain(&column.rest)
        .map(|v| (v.label.clone(), v.real, v.synthetic))
        .collect();
    if let Some(ComparedHistogram {
        labels,
        real,
        synthetic,
        ..
    }) = &column.histogram
    {
        for (i, (&a, &b)) in real.iter().zip(synthetic).enumerate() {
            parts.push((crate::view::bin_name(labels, i), a, b));
        }
    }
    parts.push(("missing".to_owned(), column.missing_real, column.missing_synthetic));
    let worst = parts
        .iter()
        .max_by(|a, b| (a.1 - a.2).abs().total_cmp(&(b.1 - b.2).abs()));
    match worst {
        Some((label, real, synthetic)) if real != synthetic => format!(
            "The largest difference is at {}: {} of the real and {} of the synthetic rows. All figures are in the table below the chart.",
            clip(label, 60),
            percent(*real),
            percent(*synthetic)
        ),
        _ => "There is no difference.".to_owned(),
    }
}
