//! A small writer of SVG: escaped text, short numbers, a title and a description on every figure.

use std::fmt::Write;

/// One figure under construction. Colours come from the page's style sheet, by class.
#[derive(Debug)]
pub(crate) struct Svg {
    id: String,
    width: f64,
    body: String,
}

/// Text as it may stand in HTML and SVG, in elements and in quoted attributes. Control characters,
/// which neither allows, are replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate with at most one decimal; one that is not a number becomes 0.
fn short(value: f64) -> String {
    let rounded = if value.is_finite() {
        (value * 10.0).round() / 10.0
    } else {
        0.0
    };
    format!("{}", rounded + 0.0)
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty figure of this width; `id` is unique on the page.
    pub(crate) fn new(id: impl Into<String>, width: f64) -> Self {
        Self {
            id: id.into(),
            width,
            body: String::new(),
        }
    }

    /// A rectangle.
    pub(crate) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            short(x),
            short(y),
            short(width.max(0.0)),
            short(height.max(0.0))
        );
    }

    /// A rectangle of a matrix: its colour as strong as `strength` (0 to 1), with a tooltip unless
    /// that is empty.
    pub(crate) fn cell(&mut self, class: &str, (x, y): (f64, f64), size: f64, strength: f64, tip: &str) {
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{s}\" height=\"{s}\" fill-opacity=\"{:.2}\"",
            short(x),
            short(y),
            strength.clamp(0.0, 1.0),
            s = short(size)
        );
        if tip.is_empty() {
            self.body.push_str("/>");
        } else {
            let _ = write!(self.body, "><title>{}</title></rect>", escape(tip));
        }
    }

    /// A straight line.
    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let _ = write!(
            self.body,
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
            short(from.0),
            short(from.1),
            short(to.0),
            short(to.1)
        );
    }

    /// A polygon or a polyline through `points`.
    pub(crate) fn path(&mut self, class: &str, points: &[(f64, f64)], closed: bool) {
        let mut d = String::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if i == 0 { 'M' } else { 'L' }, short(x), short(y));
        }
        if closed {
            d.push('Z');
        }
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A disc.
    pub(crate) fn disc(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        let _ = write!(
            self.body,
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            short(x),
            short(y),
            short(radius)
        );
    }

    /// Starts a group whose parts all have this tooltip, up to [`Svg::close_tip`].
    pub(crate) fn open_tip(&mut self, tip: &str) {
        let _ = write!(self.body, "<g><title>{}</title>", escape(tip));
    }

    /// Ends the group that [`Svg::open_tip`] started.
    pub(crate) fn close_tip(&mut self) {
        self.body.push_str("</g>");
    }

    /// Text; `full` is its tooltip where the text had to be cut.
    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str, full: Option<&str>) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{}",
            short(x),
            short(y),
            escape(text)
        );
        if let Some(full) = full.filter(|full| *full != text) {
            let _ = write!(self.body, "<title>{}</title>", escape(full));
        }
        self.body.push_str("</text>");
    }

    /// Text that reads upwards, starting at its point.
    pub(crate) fn upward_text(&mut self, class: &str, (x, y): (f64, f64), text: &str, size: f64) {
        let _ = write!(
            self.body,
            "<text class=\"{class}\" font-size=\"{}\" transform=\"translate({} {})rotate(-90)\">{}</text>",
            short(size),
            short(x),
            short(y),
            escape(text)
        );
    }

    /// Text of a size that depends on the figure.
    pub(crate) fn sized_text(&mut self, class: &str, (x, y): (f64, f64), end: bool, text: &str, size: f64) {
        let _ = write!(
            self.body,
            "<text class=\"{class}\" font-size=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>",
            short(size),
            short(x),
            short(y),
            if end { "end" } else { "middle" },
            escape(text)
        );
    }

    /// The figure, `height` units high; it fills its box up to `enlarged` times its own width.
    pub(crate) fn finish(self, height: f64, enlarged: f64, title: &str, description: &str) -> String {
        let Self { id, width, body } = self;
        format!(
            "<svg viewBox=\"0 0 {w} {h}\" style=\"max-width:{m}px\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>{body}</svg>",
            escape(title),
            escape(description),
            w = short(width),
            h = short(height),
            m = short(width * enlarged)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escape("</text><script>alert(\"1\" & '2')\u{0}\n"),
            "&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)\u{FFFD} "
        );
    }

    #[test]
    fn coordinates_are_always_numbers() {
        assert_eq!(
            [f64::NAN, -0.01, 12.34, f64::INFINITY].map(short),
            ["0", "0", "12.3", "0"]
        );
    }
}
