use super::{say, say_json, text};
use crate::arguments::{Ledger, LedgerAction};
use crate::clock;
use plenish_private::accounting::Guarantee;
use plenish_private::ledger::{Ledger as Book, LedgerEvent};
use plenish_table::{Error, Result};
use serde_json::json;

pub(crate) fn ledger(arguments: &Ledger, json: bool) -> Result<u8> {
    match &arguments.action {
        LedgerAction::Limit {
            name,
            epsilon,
            delta,
            ledger,
        } => {
            let book = Book::open(ledger, name)?;
            book.set_limit(Guarantee::new(*epsilon, *delta)?, &clock::now())?;
            if json {
                say_json(&book.balance()?)?;
            } else {
                say(&format!(
                    "All fits to '{name}' together may cost epsilon {epsilon} with delta {delta:e}, from now on."
                ));
            }
        }
        LedgerAction::Show { name, ledger } => {
            if !ledger.join(name).is_dir() {
                return Err(
                    Error::usage(format!("there is no ledger of '{name}' in {}", ledger.display()))
                        .help("name the folder with --ledger; `plenish ledger limit` begins a ledger"),
                );
            }
            let book = Book::open(ledger, name)?;
            let (balance, entries) = (book.balance()?, book.entries()?);
            if json {
                say_json(&json!({ "balance": balance, "entries": entries }))?;
                return Ok(0);
            }
            let limit = balance.limit.map_or_else(
                || "no limit is set: nothing can be learned".to_owned(),
                |l| format!("limit: epsilon {} with delta {:e}", l.epsilon, l.delta),
            );
            say(&format!(
                "{name}: {limit}\nspent: epsilon {:.4} in {} runs, {} of which came to their end\n",
                balance.epsilon.unwrap_or(0.0),
                balance.runs[0],
                balance.runs[1]
            ));
            let mut lines = vec![["when", "what", "rho", "questions"].map(str::to_owned).to_vec()];
            for entry in &entries {
                let event = serde_json::to_value(&entry.event).map_err(|e| Error::internal(e.to_string()))?;
                let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
                let (what, rho, questions) = match &entry.event {
                    LedgerEvent::Limit { guarantee } => {
                        let limit = format!("limit: epsilon {}, delta {:e}", guarantee.epsilon, guarantee.delta);
                        (limit, String::new(), String::new())
                    }
                    LedgerEvent::Reserve { purpose, .. } => {
                        let own = |e: &LedgerEvent| matches!(e, LedgerEvent::Spend { run, .. } if *run == entry.number);
                        let count = entries.iter().filter(|e| own(&e.event)).count();
                        (purpose.clone(), text("rho"), count.to_string())
                    }
                    _ => continue,
                };
                lines.push(vec![entry.at.clone(), what, rho, questions]);
            }
            say(&text::columns(&lines, &[2, 3]));
        }
        LedgerAction::Verify { name, ledger } => {
            let found = Book::verify(ledger, name)?;
            if json {
                say_json(&found)?;
            } else if found.damage.is_empty() {
                say(&format!(
                    "{} entries, all as written. The last one has the hash {}; kept elsewhere, it shows later that nothing was taken back.",
                    found.entries,
                    found.head.as_deref().unwrap_or("of an empty ledger")
                ));
            } else {
                for (line, what) in &found.damage {
                    say(&format!("line {line}: {what}"));
                }
            }
            return Ok(u8::from(!found.damage.is_empty()));
        }
    }
    Ok(0)
}
