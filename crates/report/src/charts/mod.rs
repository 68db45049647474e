//! The charts, each a function from values to one SVG element.

mod columns;
mod coverage;
mod dumbbell;
mod forest;
mod heatmap;
mod marker;
mod reliability;
mod scale;
mod scatter;
mod score;

pub(crate) use columns::column_chart;
pub(crate) use coverage::{Lattice, lattice};
pub(crate) use dumbbell::{Pair, dumbbell};
pub(crate) use forest::{Forest, Labels, Mark, forest};
pub(crate) use heatmap::{Cells, heatmap, legend};
pub(crate) use marker::Marker;
pub(crate) use reliability::{Bin, reliability};
pub(crate) use scatter::{Axes, Point, scatter};
pub(crate) use score::{score_bar, start};
