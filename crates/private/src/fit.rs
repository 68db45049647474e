//! A private fit from table to model.

use crate::accounting::{Guarantee, Rho};
use crate::bounds::{self, Bound};
use crate::curator::{Curator, Desk, Purse};
use crate::domain::{Coded, Domain};
use crate::evidence::{Evidence, neighbours};
use crate::graphical::Impossible;
use crate::inference::{Effort, Estimate};
use crate::learn::{self, Share, is_pending_text};
use crate::ledger::Ledger;
use crate::model::PrivateModel;
use crate::noise::Source;
use crate::{aim, mst};
use plenish_table::{Context, Error, Result, Table};

/// The mechanisms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One-way marginals and a tree of pairs: quick.
    Mst,
    /// Pairs chosen one after the other where the model is most wrong: closer to the data.
    Aim,
}

impl Engine {
    /// All mechanisms.
    pub const ALL: [Self; 2] = [Self::Mst, Self::Aim];

    /// The name used in settings and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mst => "mst",
            Self::Aim => "aim",
        }
    }

    /// The mechanism called `name`.
    pub fn of(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|e| e.name() == name).ok_or_else(|| {
            Error::usage(format!("there is no private engine '{name}'")).help("the private engines are: mst, aim")
        })
    }
}

/// What a private fit is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The mechanism.
    pub engine: Engine,
    /// What is promised.
    pub guarantee: Guarantee,
    /// Bytes that the tables of an AIM model may take; 1 MB if nobody says otherwise.
    pub model_bytes: u64,
    /// Combinations of values that cannot be, each of two or more columns and values: no row has one. They must be
    /// public knowledge.
    pub impossible: Vec<Vec<(String, String)>>,
    /// The number of rows at most, as the owner declares it; delta is checked against it.
    pub rows_at_most: Option<u64>,
    /// What the fit is for: goes into the ledger.
    pub purpose: String,
    /// The version of the code, for the evidence.
    pub code: String,
}

impl Settings {
    /// A fit by `engine` under `guarantee`, all else as usual.
    pub fn new(engine: Engine, guarantee: Guarantee) -> Self {
        Self {
            engine,
            guarantee,
            model_bytes: 1 << 20,
            impossible: Vec::new(),
            rows_at_most: None,
            purpose: format!("fit {}", engine.name()),
            code: concat!("plenish-private ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// What a mechanism learned.
pub(crate) struct Learned {
    pub(crate) model: Estimate,
    /// For each column the model's state of each state of the domain, and the estimated share in it.
    pub(crate) groups: Vec<(Vec<u16>, Vec<f64>)>,
    /// How far the model can be from the data.
    pub(crate) bounds: Vec<Bound>,
}

/// What the whole fit costs.
struct Price {
    rho: Rho,
    learn: Share,
}

fn price(domain: &Domain, settings: &Settings) -> Result<Price> {
    let whole = Guarantee::new(settings.guarantee.epsilon, settings.guarantee.delta)?;
    if let Some(rows) = settings.rows_at_most {
        whole.check_rows(rows)?;
    }
    // Thresholds of text columns use a tenth of delta; the translation of rho has the rest.
    let delta = if domain.axes.iter().any(is_pending_text) {
        whole.delta / 10.0
    } else {
        0.0
    };
    let rho = Guarantee::new(whole.epsilon, whole.delta - delta)?.budget()?;
    let learn = rho.share(u64::from(domain.learn_thousandths), 1000);
    Ok(Price {
        rho,
        learn: Share { rho: learn, delta },
    })
}

/// What a fit is charged: rho, and what it adds to delta apart from the translation of rho. Follows from what is public
/// alone, so it can be asked before any data is there. Fails when the guarantee leaves no budget, or delta is above 1
/// over the declared number of rows.
pub fn cost(domain: &Domain, settings: &Settings) -> Result<(Rho, f64)> {
    let price = price(domain, settings)?;
    Ok((price.rho, price.learn.delta))
}

/// Fits `settings.engine` to `table` on `domain`, charged to `ledger` in full before anything is computed. `at` is the
/// time, as text. Refuses when the ledger's limit does not allow it, and when settings or domain do not fit; never for
/// what cells of the table hold.
pub fn fit(
    table: &Table,
    domain: &Domain,
    settings: &Settings,
    ledger: &Ledger,
    at: &str,
    cx: &Context,
) -> Result<PrivateModel> {
    let price = price(domain, settings)?;
    check(table, domain, settings)?;
    let source = Source::secret()?;
    let run = ledger.reserve(&settings.purpose, price.rho, price.learn.delta, &source, at)?;
    let charged = Some((run.data_set().to_owned(), run.number()));
    fit_with(table, domain, settings, &price, source, Purse::Ledger(run), charged, cx)
}

/// [`fit`] with noise from a seed and without a ledger: for tests alone. The evidence says that it is not private.
#[cfg(any(test, feature = "test-seed"))]
pub fn fit_not_private(
    table: &Table,
    domain: &Domain,
    settings: &Settings,
    seed: u64,
    cx: &Context,
) -> Result<PrivateModel> {
    let price = price(domain, settings)?;
    check(table, domain, settings)?;
    let purse = Purse::Nobody { left: price.rho };
    fit_with(
        table,
        domain,
        settings,
        &price,
        Source::not_private(seed),
        purse,
        None,
        cx,
    )
}

/// What can be refused before anything is charged: names of columns are public, cells are not.
fn check(table: &Table, domain: &Domain, settings: &Settings) -> Result<()> {
    for axis in &domain.axes {
        table.schema().require(&axis.column.name)?;
    }
    if let crate::domain::Unit::Person { column, .. } = &domain.unit {
        table.schema().require(column)?;
    }
    let learned = domain.axes.iter().find(|a| a.states.is_none());
    if let (Some(axis), false) = (learned, settings.impossible.is_empty()) {
        return Err(
            Error::usage("impossible combinations need a domain that is public in every column")
                .in_column(&axis.column.name),
        );
    }
    impossible(domain, settings).map(drop)
}

fn impossible(domain: &Domain, settings: &Settings) -> Result<Vec<Impossible>> {
    let mut out = Vec::with_capacity(settings.impossible.len());
    for combination in &settings.impossible {
        let mut places = combination
            .iter()
            .map(|(column, value)| domain.place(column, value))
            .collect::<Result<Impossible>>()?;
        places.sort_unstable();
        if places.len() < 2 || places.windows(2).any(|w| w[0].0 == w[1].0) {
            return Err(
                Error::usage("an impossible combination does not name two or more different columns")
                    .help("to rule out a single value, leave it out of the domain"),
            );
        }
        out.push(places);
    }
    Ok(out)
}

#[expect(clippy::too_many_arguments, reason = "the two doors above differ in three of them")]
fn fit_with(
    table: &Table,
    domain: &Domain,
    settings: &Settings,
    price: &Price,
    source: Source,
    purse: Purse,
    charged: Option<(String, u64)>,
    cx: &Context,
) -> Result<PrivateModel> {
    let private = source.is_secret();
    let mut desk = Desk::new(source, purse, domain.unit.rows());
    let origins = domain.axes.iter().map(|a| (a.column.name.clone(), a.origin)).collect();
    let rows = Coded::kept_rows(table, &domain.unit)?;
    let domain = if domain.axes.iter().any(|a| a.states.is_none()) {
        learn::resolve(domain, table, &rows, price.learn, &mut desk)?
    } else {
        domain.clone()
    };
    #[cfg(test)]
    let domain = crate::honesty::tamper_domain(domain, table);
    let sizes = domain.sizes()?;
    let data = Coded::new(table, &domain, &rows)?;
    #[cfg(test)]
    let exact_rows = data.rows;
    let mut curator = Curator::new(data, sizes, desk);
    let impossible = impossible(&domain, settings)?;
    // Longer searches move the errors on Adult by less than one fit differs from the next.
    let last = Effort {
        iterations: 5000,
        tolerance: 1e-6,
    };
    let learned = match settings.engine {
        Engine::Mst => mst::learn(&mut curator, &impossible, last, cx)?,
        Engine::Aim => {
            let limits = aim::Limits {
                model_bytes: settings.model_bytes,
                round: Effort {
                    iterations: 200,
                    tolerance: 1e-4,
                },
                last,
            };
            aim::learn(&mut curator, &impossible, limits, cx)?
        }
    };
    #[cfg(test)]
    let learned = crate::honesty::tamper_total(learned, exact_rows);
    let (spends, noise_source) = curator.close()?;
    let total = learned.model.total;
    if settings.guarantee.delta * total > 1.0 {
        cx.warn("delta is above 1 over the estimated number of rows: it allows to publish somebody's row as it is");
    }
    let names: Vec<&str> = domain.axes.iter().map(|a| a.column.name.as_str()).collect();
    let evidence = Evidence {
        engine: settings.engine.name().to_owned(),
        errors: bounds::named(learned.bounds.clone(), &names, total),
        neighbours: neighbours(&domain.unit),
        unit: domain.unit.clone(),
        guarantee: settings.guarantee,
        rho: price.rho,
        added_delta: price.learn.delta,
        spends,
        domain: origins,
        noise_source: noise_source.to_owned(),
        private,
        ledger: charged,
        code: settings.code.clone(),
    };
    PrivateModel::new(domain, learned, impossible, evidence)
}
