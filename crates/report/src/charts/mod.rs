//! The charts, each a function from values to one SVG element.

mod columns;
mod forest;
mod heatmap;
mod score;

pub(crate) use columns::column_chart;
pub(crate) use forest::{Forest, Mark, Marker, forest};
pub(crate) use heatmap::{Cells, heatmap, legend};
pub(crate) use score::{score_bar, start};
