//! What the store promises: whole versions after any crash, and no change that goes unseen.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use plenish_store::{
    BlobId, Damage, Environment, Event, FOLDER_NAME, Input, Store, VersionRecord, hash_bytes, hash_json,
};
use plenish_table::Kind;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

fn record(store: &Store, number: u64, outputs: &[(&str, &[u8])]) -> VersionRecord {
    let mut record = VersionRecord::new("study", format!("2026-01-02T03:04:{:02}Z", number % 60));
    let criteria = hash_json(&json!({"shapes": 0.9}));
    record.settings = json!({"title": "a study", "seed": number});
    record.inputs = vec![Input::new("train", "data/train.csv", hash_bytes(b"train"), 5)];
    record.intent = Some(
        store
            .record_intent(&record.created, &criteria, &record.settings, &record.inputs)
            .unwrap(),
    );
    record.criteria_hash = criteria;
    record.seed = number;
    record.code_version = String::from("0.1.0");
    record.environment = Environment {
        os: "linux".to_owned(),
        arch: "x86_64".to_owned(),
    };
    for (name, bytes) in outputs {
        let blob = store.put_bytes(bytes).unwrap();
        record.outputs.insert((*name).to_owned(), blob);
    }
    record.figures = json!({"shapes": 0.953_125, "text": "é\n"});
    record.verdict = json!({"verdict": "accept", "reasons": ["all gates passed"]});
    record
}

fn commit(store: &Store, number: u64, outputs: &[(&str, &[u8])]) -> String {
    store.commit(record(store, number, outputs)).unwrap()
}

/// A store of two versions that share a blob, with one blob that no version names.
fn small(folder: &Path) -> (Store, Vec<String>) {
    let store = Store::open_or_create(folder).unwrap();
    let first = commit(&store, 1, &[("report.html", b"<p>"), ("synthetic.csv", b"a\n1\n")]);
    let mut second = record(&store, 2, &[("synthetic.csv", b"a\n1\n"), ("empty", b"")]);
    second.parents = vec![first.clone()];
    let second = store.commit(second).unwrap();
    store.put_bytes(b"left by a run that failed").unwrap();
    (store, vec![first, second])
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}

#[test]
fn what_is_committed_is_shown_logged_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let (store, ids) = small(&folder.path().join(FOLDER_NAME));
    let store = Store::open(store.folder().parent().unwrap()).unwrap();
    assert_eq!(store.versions().unwrap(), ids);
    let latest = store.show("latest").unwrap();
    assert_eq!(latest.id, ids[1]);
    assert_eq!(latest.parents, ids[..1]);
    assert_eq!(store.show(&ids[0][..10]).unwrap().seed, 1);
    let path = store.get(&latest.outputs["synthetic.csv"]).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"a\n1\n");
    let log = store.log().unwrap();
    assert_eq!(log.len(), 4);
    assert!(matches!(log[0].event, Event::Intent { .. }));
    let all = store.verify(None).unwrap();
    assert!(all.ok(), "{:?}", all.findings);
    assert_eq!((all.versions, all.blobs), (ids.clone(), 4));
    let one = store.verify(Some(&ids[0])).unwrap();
    assert!(one.ok());
    assert_eq!((one.versions.len(), one.blobs), (1, 2));
}

/// The same content is stored once, and a record that says the same is the same version.
#[test]
fn equal_content_is_one_blob_and_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(folder.path()).unwrap();
    let source = folder.path().join("source.bin");
    std::fs::write(&source, vec![7; 1_000_000]).unwrap();
    let blob = store.put_file(&source).unwrap();
    assert_eq!(blob, store.put_bytes(&vec![7; 1_000_000]).unwrap());
    assert_eq!(blob, store.put_file(&source).unwrap());
    assert_eq!(files(&folder.path().join("objects")).len(), 1);
    let record = record(&store, 3, &[]);
    let id = store.commit(record.clone()).unwrap();
    assert_eq!(store.commit(record).unwrap(), id);
    assert_eq!(store.versions().unwrap().len(), 1);
}

/// Each byte of each file in turn is changed, in three ways: opening or verifying must notice.
#[test]
fn any_changed_byte_is_detected() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = small(folder.path());
    let mut changes = 0;
    for path in files(folder.path()) {
        if path.ends_with("lock") {
            continue;
        }
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            for mask in [0x01, 0x20, 0x80] {
                let mut bad = good.clone();
                bad[at] ^= mask;
                std::fs::write(&path, &bad).unwrap();
                let seen = match Store::open(folder.path()) {
                    Err(error) => error.place().file.is_some(),
                    Ok(store) => !store.verify(None).unwrap().ok(),
                };
                assert!(seen, "byte {at} of {} ^ {mask:#x}", path.display());
                changes += 1;
            }
        }
        std::fs::write(&path, &good).unwrap();
    }
    assert!(changes > 9_000, "{changes}");
    assert!(store.verify(None).unwrap().ok());
}

/// Each file in turn is removed, emptied and cut short; the finding names it.
#[test]
fn any_lost_or_shortened_file_is_detected_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = small(folder.path());
    for path in files(folder.path()) {
        let good = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let orphan = good == b"left by a run that failed";
        if ["lock", "store.json", "log.jsonl"].contains(&name.as_str()) {
            continue;
        }
        if !orphan {
            std::fs::remove_file(&path).unwrap();
            let found = store.verify(None).unwrap().findings;
            assert!(
                found.iter().any(|f| f.damage == Damage::Missing && f.file == name),
                "{name}: {found:?}"
            );
        }
        if !good.is_empty() {
            std::fs::write(&path, &good[..good.len() - 1]).unwrap();
            let found = store.verify(None).unwrap().findings;
            assert!(
                found.iter().any(|f| f.damage == Damage::Altered && f.file == name),
                "{name}: {found:?}"
            );
        }
        std::fs::write(&path, &good).unwrap();
    }
    assert!(store.verify(None).unwrap().ok());
}

/// Lines taken out of the log, doubled or swapped are seen, also when the log ends early.
#[test]
fn a_log_with_moved_lines_is_detected() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = small(folder.path());
    let log = folder.path().join("log.jsonl");
    let good = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let mut bad: Vec<String> = Vec::new();
    for i in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(i);
        bad.push(without.concat());
        let mut doubled = lines.clone();
        doubled.insert(i, lines[i]);
        bad.push(doubled.concat());
        let mut swapped = lines.clone();
        swapped.swap(i, (i + 1) % lines.len());
        bad.push(swapped.concat());
    }
    bad.push(String::new());
    for text in bad {
        std::fs::write(&log, &text).unwrap();
        assert!(!store.verify(None).unwrap().ok(), "{text}");
    }
    std::fs::write(&log, lines[1..].concat()).unwrap();
    let error = store.log().unwrap_err();
    assert_eq!(error.place().line, Some(1));
    assert!(store.record_intent("now", "", &json!(1), &[]).is_err());
}

/// A process killed while writing leaves an unfinished line, a staged record, a part of a file:
/// committed versions stay, the rest is cleaned away by the next run.
#[test]
fn leftovers_of_a_killed_process_are_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (store, ids) = small(folder.path());
    let log = folder.path().join("log.jsonl");
    let good = std::fs::read(&log).unwrap();
    std::fs::write(folder.path().join("tmp/part-x"), b"half").unwrap();
    std::fs::write(folder.path().join("staged/0123456789abcdef.json"), b"{").unwrap();
    for cut in 1..60 {
        let mut torn = good.clone();
        torn.extend_from_slice(&br#"{"number":5,"at":"2026-01-02T03:04:05Z","event":{"kind":"intent""#[..cut]);
        std::fs::write(&log, torn).unwrap();
        assert_eq!(store.versions().unwrap(), ids, "readers leave the unfinished line out");
        let found = store.verify(None).unwrap().findings;
        assert_eq!(
            (found.len(), found[0].damage, found[0].line),
            (1, Damage::Unfinished, Some(5))
        );
        let store = Store::open_or_create(folder.path()).unwrap();
        assert!(store.verify(None).unwrap().ok());
        assert_eq!(std::fs::read(&log).unwrap(), good);
    }
    assert!(files(&folder.path().join("tmp")).is_empty());
    assert!(files(&folder.path().join("staged")).is_empty());

    std::fs::write(&log, &good[..good.len() - 1]).unwrap();
    assert_eq!(store.versions().unwrap(), ids, "only the line's end is missing");
    commit(&store, 9, &[]);
    assert!(store.verify(None).unwrap().ok());

    // Killed between the log and the last rename: committed, and readable from either place.
    let latest = store.show("latest").unwrap().id;
    let name = format!("{latest}.json");
    let (versions, staged) = (folder.path().join("versions"), folder.path().join("staged"));
    std::fs::rename(versions.join(&name), staged.join(&name)).unwrap();
    assert_eq!(store.show("latest").unwrap().id, latest);
    assert!(store.verify(None).unwrap().ok());
    let store = Store::open_or_create(folder.path()).unwrap();
    assert!(versions.join(&name).exists() && store.verify(None).unwrap().ok());
}

/// Storing the same content again heals a damaged or lost blob.
#[test]
fn content_stored_again_heals() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = small(folder.path());
    let blob = hash_bytes(b"a\n1\n");
    let path = store.get(&blob).unwrap();
    std::fs::write(&path, b"a\n2\n").unwrap();
    assert!(!store.verify(None).unwrap().ok());
    store.put_bytes(b"a\n1\n").unwrap();
    assert!(store.verify(None).unwrap().ok());
    std::fs::remove_file(&path).unwrap();
    assert!(store.get(&blob).is_err());
    store.put_bytes(b"a\n1\n").unwrap();
    assert!(store.verify(None).unwrap().ok());
}

#[test]
fn writers_at_the_same_time_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let barrier = std::sync::Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (folder, barrier) = (folder.path(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                let store = Store::open_or_create(folder).unwrap();
                for i in 0..8 {
                    let number = thread * 100 + i;
                    commit(&store, number, &[("out", &number.to_le_bytes()), ("shared", b"same")]);
                }
            });
        }
    });
    let store = Store::open(folder.path()).unwrap();
    let found = store.verify(None).unwrap();
    assert!(found.ok(), "{:?}", found.findings);
    assert_eq!((found.versions.len(), found.log_entries, found.blobs), (32, 64, 33));
}

/// Not a test: what [`killed_at_any_moment`] runs and kills; it writes into its current folder.
#[test]
fn writer_to_be_killed() {
    let folder = std::env::current_dir().unwrap();
    if !folder.join("to-be-killed").exists() {
        return;
    }
    let store = Store::open_or_create(&folder.join("store")).unwrap();
    let start = store.log().unwrap().len() as u64;
    for number in start..start + 100_000 {
        let bytes = vec![number as u8; 50_000];
        println!("committed {}", commit(&store, number, &[("out", &bytes)]));
    }
}

/// A process is killed (SIGKILL on Unix) twenty times: whatever it said was committed is there
/// and whole when the store is opened again.
#[test]
fn killed_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("to-be-killed"), b"").unwrap();
    let program = std::env::current_exe().unwrap();
    let mut promised: Vec<String> = Vec::new();
    for round in 0..20_u64 {
        let mut child = std::process::Command::new(&program)
            .args(["writer_to_be_killed", "--exact", "--nocapture"])
            .current_dir(folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let said = |line: String| line.split_once("committed ").map(|(_, id)| id.trim().to_owned());
        promised.extend(lines.by_ref().filter_map(said).take(1 + round as usize % 3));
        std::thread::sleep(std::time::Duration::from_micros(round * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        promised.extend(lines.filter_map(said).filter(|id| id.len() == 16));
        let read_only = Store::open(&folder.path().join("store")).unwrap();
        let there: BTreeSet<String> = read_only.versions().unwrap().into_iter().collect();
        assert!(promised.iter().all(|id| there.contains(id)), "round {round}");
        let store = Store::open_or_create(&folder.path().join("store")).unwrap();
        let found = store.verify(None).unwrap();
        assert!(found.ok(), "round {round}: {:?}", found.findings);
        assert_eq!(found.versions.len(), there.len());
    }
    assert!(promised.len() >= 20);
}

#[test]
fn versions_are_named_by_unique_beginnings() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(folder.path()).unwrap();
    let error = store.show("latest").unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::Usage, "the store holds no version yet")
    );
    let ids: Vec<String> = (0..17).map(|i| commit(&store, i, &[])).collect();
    // Seventeen ids share sixteen first digits: two have one in common.
    let shared = (0..16)
        .map(|d| format!("{d:x}"))
        .find(|d| ids.iter().filter(|id| id.starts_with(d)).count() > 1)
        .unwrap();
    let error = store.show(&shared).unwrap_err().to_string();
    assert!(error.contains("versions; give more digits of one of: "), "{error}");
    let mut typo = ids[4].clone().into_bytes();
    typo[9] = if typo[9] == b'0' { b'1' } else { b'0' };
    let error = store.show(std::str::from_utf8(&typo).unwrap()).unwrap_err().to_string();
    assert!(error.contains(&format!("did you mean {}", ids[4])), "{error}");
    for name in ["zzz", "", "../../x", "é"] {
        let error = store.show(name).unwrap_err().to_string();
        assert!(error.contains("there is no version"), "{error}");
    }
    assert_eq!(store.resolve(&ids[4].to_uppercase()).unwrap(), ids[4]);
}

#[test]
fn what_cannot_be_recorded_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = small(folder.path());
    let before = std::fs::read(folder.path().join("log.jsonl")).unwrap();
    let good = store.show("latest").unwrap();
    let absent: BlobId = hash_bytes(b"never stored");

    let mut bad = good.clone();
    bad.outputs.insert("absent.csv".to_owned(), absent);
    let error = store.commit(bad).unwrap_err().to_string();
    assert!(error.contains("the output 'absent.csv'"), "{error}");

    let mut bad = good.clone();
    bad.parents = vec!["0123".to_owned()];
    assert!(
        store
            .commit(bad)
            .unwrap_err()
            .to_string()
            .contains("there is no version '0123'")
    );

    // The criteria were exchanged after they were fixed.
    let mut bad = good.clone();
    bad.criteria_hash = hash_json(&json!({"shapes": 0.1}));
    let error = store.commit(bad).unwrap_err().to_string();
    assert!(error.contains("the criteria are not those that were fixed"), "{error}");
    let mut bad = good;
    bad.settings = json!({"seed": 7});
    assert!(
        store
            .commit(bad)
            .unwrap_err()
            .to_string()
            .contains("settings are not those")
    );
    assert_eq!(std::fs::read(folder.path().join("log.jsonl")).unwrap(), before);
    assert!(store.verify(None).unwrap().ok());
}

#[test]
fn errors_name_the_file_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.to_string().contains("there is no store here"), "{error}");
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let error = Store::open_or_create(&blocked.join(FOLDER_NAME)).unwrap_err();
    assert_eq!(error.kind(), Kind::Io);
    assert!(error.place().file.as_ref().unwrap().contains("file"), "{error}");

    let (store, ids) = small(&folder.path().join("store"));
    let path = store.folder().join("versions").join(format!("{}.json", ids[0]));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("0.953125", "0.993125")).unwrap();
    let error = store.show(&ids[0]).unwrap_err().to_string();
    assert!(
        error.contains(&ids[0]) && error.contains("its content has the id"),
        "{error}"
    );
    std::fs::write(&path, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert!(
        store
            .show(&ids[0])
            .unwrap_err()
            .to_string()
            .contains("use a newer Plenish")
    );
    std::fs::remove_file(&path).unwrap();
    assert!(store.show(&ids[0]).unwrap_err().to_string().contains("is missing"));
    std::fs::write(
        store.folder().join("store.json"),
        "{\"plenish_store\": true, \"format\": 9}",
    )
    .unwrap();
    assert!(
        Store::open(store.folder())
            .unwrap_err()
            .to_string()
            .contains("use a newer Plenish")
    );
}

/// A store written by the first release of format 1 is read and verified by every later one.
#[test]
fn a_store_of_format_1_is_still_read() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format-1");
    let store = Store::open(&kept).unwrap();
    let found = store.verify(None).unwrap();
    assert!(found.ok(), "{:?}", found.findings);
    assert_eq!(found.versions.len(), 2);
    assert_eq!(store.show("latest").unwrap().seed, 2);
    // And goes on being written.
    let folder = tempfile::tempdir().unwrap();
    copy(&kept, folder.path());
    let store = Store::open_or_create(folder.path()).unwrap();
    commit(&store, 3, &[("new", b"content")]);
    assert!(store.verify(None).unwrap().ok());
}

/// Not a test: writes the store of [`a_store_of_format_1_is_still_read`] anew when a file
/// `write-format-1-anew` asks for it.
#[test]
fn write_the_kept_store() {
    let asked = std::env::current_dir().unwrap().join("write-format-1-anew");
    if asked.exists() {
        small(&asked.with_file_name("tests").join("format-1"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Any content goes in and comes out, under the hash of its bytes.
    #[test]
    fn any_bytes_survive(bytes: Vec<u8>, name in "\\PC{0,20}") {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(folder.path()).unwrap();
        let id = commit(&store, 1, &[(&name, &bytes)]);
        let record = store.show(&id).unwrap();
        let blob = &record.outputs[&name];
        prop_assert_eq!(blob, &hash_bytes(&bytes));
        prop_assert_eq!(std::fs::read(store.get(blob).unwrap()).unwrap(), bytes);
        prop_assert!(store.verify(None).unwrap().ok());
    }
}
