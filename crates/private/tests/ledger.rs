//! Several processes on one ledger, also killed ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use plenish_private::Source;
use plenish_private::accounting::{Guarantee, Rho};
use plenish_private::ledger::{Ledger, LedgerEvent};
use std::process::{Child, Command, Stdio};

const FOLDER: &str = "PLENISH_LEDGER_TEST";

fn spend() -> Rho {
    "0.0001".parse().unwrap()
}

/// Not a test of its own: what the processes below do. Spends until it is done or killed, and says each spend that is
/// on the disk.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the parent tells the child where the ledger is"
)]
fn child() {
    let Ok(task) = std::env::var(FOLDER) else { return };
    let (folder, count) = task.split_once('|').unwrap();
    let ledger = Ledger::open(folder.as_ref(), "people").unwrap();
    let source = Source::secret().unwrap();
    let count: u64 = count.parse().unwrap();
    let mut run = ledger
        .reserve("spends", spend().times(count), 0.0, &source, "now")
        .unwrap();
    for number in 0..count {
        run.spend(&format!("{}: {number}", std::process::id()), spend())
            .unwrap();
        println!("spent {number}");
    }
    run.finish().unwrap();
}

fn start(folder: &std::path::Path, count: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, format!("{}|{count}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn opened(folder: &std::path::Path) -> Ledger {
    let ledger = Ledger::open(folder, "people").unwrap();
    ledger.set_limit(Guarantee::new(100.0, 1e-6).unwrap(), "now").unwrap();
    ledger
}

#[test]
fn two_processes_lose_no_spend() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = opened(folder.path());
    let children = [start(folder.path(), 500), start(folder.path(), 500)];
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let verified = Ledger::verify(folder.path(), "people").unwrap();
    assert_eq!((verified.entries, verified.damage), (2 + 2 * 502, vec![]));
    assert_eq!(ledger.balance().unwrap().charged, spend().times(1000));
    let spends = ledger
        .entries()
        .unwrap()
        .iter()
        .filter(|e| matches!(e.event, LedgerEvent::Spend { .. }))
        .count();
    assert_eq!(spends, 1000);
}

#[test]
fn killed_processes_stay_charged_and_leave_a_sound_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = opened(folder.path());
    let rounds: u64 = 12;
    let mut said = 0;
    for round in 0..rounds {
        let mut child = start(folder.path(), 500);
        std::thread::sleep(std::time::Duration::from_millis(60 + 7 * round));
        child.kill().unwrap();
        let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        said += output.matches("spent ").count();
    }
    let entries = ledger.entries().unwrap();
    let verified = Ledger::verify(folder.path(), "people").unwrap();
    assert_eq!(verified.damage, vec![]);
    let count = |wanted: fn(&LedgerEvent) -> bool| entries.iter().filter(|e| wanted(&e.event)).count();
    let spends = count(|e| matches!(e, LedgerEvent::Spend { .. }));
    let runs = count(|e| matches!(e, LedgerEvent::Reserve { .. })) as u64;
    // Whatever a process said it spent is there; at most one spend of each was on the disk and not said yet.
    assert!(
        spends >= said && spends <= said + rounds as usize,
        "{spends} on the disk, {said} said"
    );
    assert!(said > 0 && runs <= rounds);
    assert_eq!(ledger.balance().unwrap().charged, spend().times(500 * runs));
}
