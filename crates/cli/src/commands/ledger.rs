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
                return Err(Error::usage(format!("there is no ledger of '{name}' in {}", ledger.display()))
                    .help("name the folder with --ledger; `plenish ledger limit` begins a ledger"));
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
            let mut lines = vec![["when", "what"].map(str::to_owned).to_vec()];
            for entry in &entries {
                lines.push(vec![entry.at.clone(), told(&entry.event)]);
            }
            say(&text::columns(&lines, &[]));
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

fn told(event: &LedgerEvent) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
