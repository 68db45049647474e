//! A folder to stand on, data to work with, and the program.

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A new folder that is gone at the end; the program runs in it.
pub(crate) struct Ground(TempDir);

/// How the program ended and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Said {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    /// Standard output as one JSON object.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// Fails the test unless the program was content (a gate's refusal is an answer, too).
    pub(crate) fn worked(self) -> Self {
        assert!(matches!(self.code, Some(0 | 3)), "{self:?}");
        self
    }
}

impl Ground {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder that holds `customers.csv` with that many rows.
    pub(crate) fn with_customers(rows: usize) -> Self {
        let ground = Self::new();
        ground.write("customers.csv", customers(rows));
        ground
    }

    /// A folder that holds customers and a model fitted on them, with conditions on buys, sex and age.
    pub(crate) fn with_model() -> Self {
        let ground = Self::with_customers(400);
        let fit = "fit customers.csv --target buys --condition-on buys,sex,age --preset fast -o model.plenish";
        assert_eq!(ground.plenish(fit).code, Some(0));
        ground
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Everything in the folder, hidden files too, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        names_in(self.0.path())
    }

    /// Runs the program with words separated by blanks.
    pub(crate) fn plenish(&self, words: &str) -> Said {
        self.run(&words.split_whitespace().collect::<Vec<_>>(), b"")
    }

    /// Runs the program and gives it `input` on standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // The program may well end without reading everything.
            scope.spawn(move || drop(std::io::Write::write_all(&mut stdin, input)));
            child.wait_with_output().unwrap()
        });
        Said {
            code: output.status.code(),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_plenish"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("COLUMNS", "100")
            .env_remove("RAYON_NUM_THREADS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs commands that have to fail, and shows what a user sees; checks what holds for every
    /// failure: an exit code of the manual, a message, nothing on standard output, nothing left.
    pub(crate) fn failures(&self, commands: &[&[&str]]) -> String {
        let mut shown = String::new();
        for &command in commands {
            let before = self.names();
            let said = self.run(command, b"");
            let words: Vec<String> = command.iter().map(|word| quoted(word)).collect();
            let line = words.join(" ");
            assert!(matches!(said.code, Some(1 | 2)), "{line}: {said:?}");
            assert!(said.err.starts_with("error: "), "{line}: {said:?}");
            assert!(said.out.is_empty(), "{line}: {said:?}");
            assert_eq!(self.names(), before, "{line} left something behind");
            let err = said.err.replace(&self.0.path().display().to_string(), "[folder]");
            let _ = writeln!(shown, "$ plenish {line}\n{}[exit {}]\n", err, said.code.unwrap());
        }
        shown
    }

    /// `study.toml` for customers.csv, as `init` writes it, with some text replaced.
    pub(crate) fn study(&self, changes: &[(&str, &str)]) {
        let init = "init customers.csv --target buys --protected sex -o study.toml --force";
        assert_eq!(self.plenish(init).code, Some(0));
        let mut text = self.text("study.toml");
        for (old, new) in changes {
            assert!(text.contains(old), "{old} is not in:\n{text}");
            text = text.replacen(old, new, 1);
        }
        self.write("study.toml", text);
    }
}

/// The names in a folder, in order.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains([' ', '\'', '"', '>', '<', ';']) {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

/// Draws that are the same on every machine.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `below` - 1.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// The header of [`customers`].
pub(crate) const HEADER: &str = "age,sex,region,income,since,member,buys\n";

/// Customers as CSV: every type, a quoted cell, missing cells, and a target that can be predicted.
pub(crate) fn customers(rows: usize) -> String {
    let mut draws = Draws::new(7);
    let mut text = HEADER.to_owned();
    for _ in 0..rows {
        let age = 18 + draws.below(60);
        let sex = ["Female", "Male"][draws.below(2) as usize];
        let region = ["North", "\"South, coast\"", "West", ""][draws.below(4) as usize];
        let income = 1_000 * age + draws.below(40_000) + if sex == "Male" { 9_000 } else { 0 };
        let since = format!(
            "{}-{:02}-{:02}",
            2000 + draws.below(24),
            1 + draws.below(12),
            1 + draws.below(28)
        );
        let member = draws.below(3) == 0;
        let buys = if income + 20_000 * u64::from(member) + draws.below(30_000) > 90_000 {
            "yes"
        } else {
            "no"
        };
        let cents = draws.below(100);
        let _ = writeln!(text, "{age},{sex},{region},{income}.{cents:02},{since},{member},{buys}");
    }
    text
}

/// The lines of `table` (as [`customers`] makes them) with one more cell each: `name` in the header,
/// then what `cell` says of the row, counted from 0.
pub(crate) fn with_cell(table: &str, name: &str, mut cell: impl FnMut(usize) -> String) -> String {
    let mut text = String::new();
    for (number, line) in table.lines().enumerate() {
        let last = if number == 0 { name.to_owned() } else { cell(number - 1) };
        let _ = writeln!(text, "{line},{last}");
    }
    text
}
