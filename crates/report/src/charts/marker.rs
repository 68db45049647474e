//! The marks of arms: shape and colour both tell whose estimate one is.

use crate::svg::Svg;

/// Whose estimate a mark shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// Real rows alone: a blue disc.
    Real,
    /// Real rows and what costs no generator: a blue triangle.
    Free,
    /// Real and synthetic rows: a grey square.
    Both,
    /// Synthetic rows alone: an orange diamond.
    Synthetic,
}

impl Marker {
    /// The class of a line in its colour.
    pub(crate) fn line(self) -> &'static str {
        match self {
            Self::Real | Self::Free => "rline",
            Self::Both => "bline",
            Self::Synthetic => "sline",
        }
    }

    /// The class of an area in its colour.
    pub(crate) fn area(self) -> &'static str {
        match self {
            Self::Real | Self::Free => "rband",
            Self::Both => "bband",
            Self::Synthetic => "sband",
        }
    }

    /// Draws it, filled or as an outline.
    pub(crate) fn draw(self, svg: &mut Svg, x: f64, y: f64, filled: bool) {
        let class = match (self, filled) {
            (Self::Real | Self::Free, true) => "rdot",
            (Self::Real | Self::Free, false) => "rring",
            (Self::Both, true) => "bdot",
            (Self::Both, false) => "bring",
            (Self::Synthetic, true) => "sdot",
            (Self::Synthetic, false) => "sring",
        };
        match self {
            Self::Real => svg.disc(class, x, y, 4.0),
            Self::Free => svg.path(class, &[(x - 4.5, y + 3.8), (x, y - 4.8), (x + 4.5, y + 3.8)], true),
            Self::Both => svg.rect(class, x - 3.5, y - 3.5, 7.0, 7.0),
            Self::Synthetic => svg.path(class, &[(x - 5.0, y), (x, y - 5.0), (x + 5.0, y), (x, y + 5.0)], true),
        }
    }
}
