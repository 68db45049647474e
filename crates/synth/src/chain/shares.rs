//! Drawing a state when only a part of each state is open: the probability of what is open is summed
//! over the code tree, descending only where open and closed states meet, and is the weight of the draw.

use super::code_tree::CodeTree;
use super::column::Window;
use super::model::Sampler;
use plenish_learn::math::sigmoid;

/// How much of each state is open, with a summary for every decision of the code tree.
#[derive(Debug, Clone)]
pub(crate) struct StateShares {
    shares: Vec<f64>,
    below: Vec<Below>,
}

/// The states below a decision.
#[derive(Debug, Clone, Copy)]
struct Below {
    first: u16,
    last: u16,
    least: f64,
    most: f64,
}

impl StateShares {
    pub(crate) fn of(tree: &CodeTree, shares: Vec<f64>) -> Self {
        let empty = Below {
            first: u16::MAX,
            last: 0,
            least: f64::INFINITY,
            most: 0.0,
        };
        let mut below = vec![empty; tree.nodes.len()];
        for (node, children) in tree.nodes.iter().enumerate().rev() {
            for &child in children {
                let part = if child >= 0 {
                    below[child as usize]
                } else {
                    let share = shares[!child as usize];
                    Below {
                        first: !child as u16,
                        last: !child as u16,
                        least: share,
                        most: share,
                    }
                };
                let whole = &mut below[node];
                whole.first = whole.first.min(part.first);
                whole.last = whole.last.max(part.last);
                whole.least = whole.least.min(part.least);
                whole.most = whole.most.max(part.most);
            }
        }
        Self { shares, below }
    }

    /// Whether no state is open.
    pub(crate) fn is_closed(&self) -> bool {
        self.shares.iter().all(|&s| s <= 0.0)
    }
}

/// What is open to one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'a> {
    pub(crate) shares: &'a StateShares,
    pub(crate) window: Option<Window>,
}

impl Open<'_> {
    fn share(&self, state: u16) -> f64 {
        match self.window {
            Some(w) if !(w.missing && state == 0) => {
                if state < w.first || state > w.last {
                    0.0
                } else if state == w.first {
                    w.first_share
                } else if state == w.last {
                    w.last_share
                } else {
                    self.shares.shares[usize::from(state)]
                }
            }
            _ => self.shares.shares[usize::from(state)],
        }
    }

    /// The share of all states below a decision, if it is the same.
    fn known(&self, node: usize) -> Option<f64> {
        let below = self.shares.below[node];
        if let Some(w) = self.window
            && !(w.missing && below.first == 0)
        {
            if below.last < w.first || below.first > w.last || w.first > w.last {
                return Some(0.0);
            }
            if below.first <= w.first || below.last >= w.last {
                return None;
            }
        } else if self.window.is_some() {
            return None;
        }
        (below.most - below.least <= 0.0).then_some(below.most)
    }
}

/// The decisions of one row: margins over the temperature, and what is added to them to draw rows that
/// a rare condition wants.
#[derive(Clone, Copy)]
pub(crate) struct Decisions<'a> {
    pub(crate) sampler: &'a Sampler,
    pub(crate) leaves: &'a [u8],
    /// 1 / temperature.
    pub(crate) slope: f32,
    pub(crate) tilt: Option<&'a [f32]>,
    /// Whether the tilt is only accounted for, not used.
    pub(crate) untilted: bool,
}

/// A state that was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) state: u16,
    /// The logarithm of the probability of what was open.
    pub(crate) open: f64,
    /// By how much more likely the tilt made this state, as a logarithm.
    pub(crate) ratio: f64,
}

/// The probability of what is open below a decision, without and with the tilt.
#[derive(Debug, Clone, Copy)]
struct Mass {
    plain: f64,
    tilted: f64,
}

/// Sums of the decisions visited; kept between rows to spare allocations.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    sums: Vec<[Mass; 2]>,
}

impl Decisions<'_> {
    /// The log odds of the right side of a decision, without the tilt.
    pub(crate) fn margin(&self, node: usize) -> f32 {
        self.sampler.margin(node, self.leaves) * self.slope
    }

    fn tilted(&self, node: usize, margin: f32) -> f32 {
        self.tilt.map_or(margin, |tilt| margin + tilt[node])
    }

    /// Sums what is open below `child`; the sums of both sides stay in `scratch`.
    fn mass(&self, child: i32, open: &Open, scratch: &mut Scratch) -> Mass {
        let known = if child < 0 {
            Some(open.share(!child as u16))
        } else {
            open.known(child as usize)
        };
        if let Some(share) = known {
            return Mass {
                plain: share,
                tilted: share,
            };
        }
        let node = child as usize;
        let [left, right] = self.sampler.codes.nodes[node];
        let sides = [self.mass(left, open, scratch), self.mass(right, open, scratch)];
        scratch.sums[node] = sides;
        let margin = self.margin(node);
        let sum = |margin: f32, a: f64, b: f64| f64::from(sigmoid(-margin)) * a + f64::from(sigmoid(margin)) * b;
        let plain = sum(margin, sides[0].plain, sides[1].plain);
        let tilted = match self.tilt {
            Some(_) => sum(self.tilted(node, margin), sides[0].tilted, sides[1].tilted),
            None => plain,
        };
        Mass { plain, tilted }
    }

    /// Draws a state from what is open; `u` in [0, 1) decides. `None` if nothing is.
    pub(crate) fn draw_open(&self, open: &Open, mut u: f64, scratch: &mut Scratch) -> Option<Drawn> {
        let nodes = &self.sampler.codes.nodes;
        let Some(_) = nodes.first() else {
            let share = open.share(0);
            return (share > 0.0).then(|| Drawn {
                state: 0,
                open: libm::log(share),
                ratio: 0.0,
            });
        };
        let nothing = Mass {
            plain: 0.0,
            tilted: 0.0,
        };
        scratch.sums.resize(nodes.len().max(scratch.sums.len()), [nothing; 2]);
        let total = self.mass(0, open, scratch);
        if total.plain <= 0.0 || total.tilted <= 0.0 {
            return None;
        }
        let mut ratio = 0.0;
        let mut at = 0_i32;
        let mut all = open.known(0).is_some();
        while at >= 0 {
            let node = at as usize;
            let margin = self.margin(node);
            let tilted = self.tilted(node, margin);
            let used = if self.untilted { margin } else { tilted };
            let (mut left, mut right) = (f64::from(sigmoid(-used)), f64::from(sigmoid(used)));
            if !all {
                let mass = |side: Mass| if self.untilted { side.plain } else { side.tilted };
                left *= mass(scratch.sums[node][0]);
                right *= mass(scratch.sums[node][1]);
            }
            // What is left of a uniform after a decision is a uniform again.
            let p = right / (left + right);
            let side = usize::from(u < p);
            u = if side == 1 {
                u / p
            } else {
                ((u - p) / (1.0 - p)).min(1.0 - f64::EPSILON)
            };
            if self.tilt.is_some() {
                let sign = if side == 1 { 1.0 } else { -1.0 };
                ratio += log_sigmoid(sign * tilted) - log_sigmoid(sign * margin);
            }
            at = nodes[node][side];
            all |= at >= 0 && open.known(at as usize).is_some();
        }
        Some(Drawn {
            state: !at as u16,
            open: libm::log(total.plain),
            ratio: ratio + libm::log(total.plain) - libm::log(total.tilted),
        })
    }

    /// The log-probability of the state that `path` leads to.
    pub(crate) fn log_probability(&self, path: &[(u16, bool)]) -> f64 {
        path.iter()
            .map(|&(node, right)| {
                let margin = self.margin(usize::from(node));
                log_sigmoid(if right { margin } else { -margin })
            })
            .sum()
    }
}

/// The logarithm of the logistic function.
pub(crate) fn log_sigmoid(margin: f32) -> f64 {
    libm::log(f64::from(sigmoid(margin)))
}
