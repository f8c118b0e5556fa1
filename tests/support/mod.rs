//! What tests are built with: the real program in a clean environment, a folder of its own, and objects in a few words.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test uses a part of it, and a test that cannot be set up has failed"
)]

pub(crate) mod entry;
pub(crate) mod pieces;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a run may take, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program with these arguments, in an environment that holds nothing it would look at.
pub(crate) fn presync<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Presync {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presync"));
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        let prefixes = ["PRESYNC_", "CLICOLOR", "LDAP", "KRB5", "GITHUB_", "GITLAB_", "RAYON_"];
        let names = ["NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "COLUMNS", "CI"];
        if prefixes.iter().any(|prefix| text.starts_with(prefix)) || names.contains(&text.as_str()) {
            command.env_remove(&name);
        }
    }
    Presync { command, input: None }
}

/// The program, about to run.
pub(crate) struct Presync {
    command: Command,
    input: Option<Vec<u8>>,
}

impl Presync {
    /// With further arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Presync {
        self.command.args(arguments);
        self
    }

    /// With a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Presync {
        self.command.env(name, value);
        self
    }

    /// In a working folder.
    pub(crate) fn within(mut self, folder: &Path) -> Presync {
        self.command.current_dir(folder);
        self
    }

    /// With bytes on standard input.
    pub(crate) fn fed(mut self, bytes: impl Into<Vec<u8>>) -> Presync {
        self.input = Some(bytes.into());
        self
    }

    /// Runs it to its end, which has to come in time: a hang is a failure.
    pub(crate) fn run(mut self) -> Output {
        let input = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stdin = child.stdin.take();
        let bytes = self.input.take();
        let writer = std::thread::spawn(move || {
            if let (Some(mut stdin), Some(bytes)) = (stdin, bytes) {
                // Who does not read its input to the end is judged by what it says.
                let _ = stdin.write_all(&bytes);
            }
        });
        let (stdout, stderr) = (read_all(child.stdout.take()), read_all(child.stderr.take()));
        let status = wait(&mut child);
        writer.join().expect("the writer ends");
        let stdout = stdout.join().expect("the reader ends");
        Output {
            code: status.code(),
            bytes: stdout.clone(),
            stdout: String::from_utf8(stdout).expect("a report is UTF-8"),
            stderr: String::from_utf8(stderr.join().expect("the reader ends")).expect("messages are UTF-8"),
        }
    }

    /// Runs it with `--format json` and reads the report, whatever the exit code.
    pub(crate) fn report(self) -> Report {
        let output = self.args(["--format", "json"]).run();
        let json = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("not JSON: {error}\n{:?}\n{}\n{}", output.code, output.stdout, output.stderr));
        Report { code: output.code.expect("the program was not killed"), json }
    }

    /// The command itself, for tests that talk to the running program.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

/// Everything that comes out of a pipe, read beside the test so that the program never waits for it.
fn read_all(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.expect("the output is a pipe").read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// Waits for the end of a program, and stops the test where it does not come.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        match child.try_wait().expect("the program can be waited for") {
            Some(status) => return status,
            None if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
            None => {
                child.kill().expect("the program can be ended");
                panic!("the program does not end within {} seconds", PATIENCE.as_secs());
            }
        }
    }
}

/// `presync check` of these inputs, without any settings file.
pub(crate) fn check<S: AsRef<OsStr>>(inputs: impl IntoIterator<Item = S>) -> Presync {
    presync(["check", "--no-config"]).args(inputs)
}

/// `presync check` of LDIF text, without any settings file.
pub(crate) fn check_text(ldif: impl Into<Vec<u8>>) -> Presync {
    check(["-"]).fed(ldif)
}

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Stops the test unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Output {
        assert_eq!(self.code, Some(code), "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Stops the test unless standard error holds each of these.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Output {
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in\n{}", self.stderr);
        }
        self
    }
}

/// A report in JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) code: i32,
    pub(crate) json: Value,
}

impl Report {
    /// Every finding.
    pub(crate) fn findings(&self) -> &[Value] {
        self.json["findings"].as_array().expect("findings is a list")
    }

    /// The findings of a rule.
    pub(crate) fn of(&self, rule: &str) -> Vec<&Value> {
        self.findings().iter().filter(|finding| finding["rule"] == rule).collect()
    }

    /// The rule of each finding.
    pub(crate) fn rules(&self) -> Vec<&str> {
        self.findings().iter().map(|finding| text(&finding["rule"])).collect()
    }

    /// Every source of the coverage.
    pub(crate) fn sources(&self) -> &[Value] {
        self.json["coverage"]["sources"].as_array().expect("sources is a list")
    }

    /// The sum of a number over all sources.
    pub(crate) fn total(&self, name: &str) -> u64 {
        self.sources().iter().map(|source| source[name].as_u64().expect("a count is a number")).sum()
    }

    /// How many records were read.
    pub(crate) fn entries(&self) -> u64 {
        self.total("entries")
    }

    /// How many objects are exported.
    pub(crate) fn exported(&self) -> u64 {
        self.total("exported")
    }

    /// Every gap, source by source.
    pub(crate) fn gaps(&self) -> Vec<&Value> {
        let lists = self.sources().iter().map(|source| &source["gaps"]);
        lists.flat_map(|list| list.as_array().expect("gaps is a list")).collect()
    }

    /// The reason of every gap.
    pub(crate) fn reasons(&self) -> Vec<&str> {
        self.gaps().into_iter().map(|gap| text(&gap["reason"])).collect()
    }

    /// How many objects each clause keeps from being exported.
    pub(crate) fn clauses(&self) -> BTreeMap<&str, u64> {
        let mut clauses = BTreeMap::new();
        for clause in self.sources().iter().flat_map(|source| source["not_exported"].as_array().expect("not_exported is a list")) {
            *clauses.entry(text(&clause["clause"])).or_default() += clause["count"].as_u64().expect("a count is a number");
        }
        clauses
    }

    /// The rules that did not run.
    pub(crate) fn not_run(&self) -> Vec<&str> {
        let list = self.json["coverage"]["rules_not_run"].as_array().expect("rules_not_run is a list");
        list.iter().map(|rule| text(&rule["rule"])).collect()
    }
}

/// The distinguished names of a finding's sites.
pub(crate) fn dns(finding: &Value) -> Vec<&str> {
    finding["sites"].as_array().expect("sites is a list").iter().map(|site| text(&site["dn"])).collect()
}

/// A JSON text.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// A folder of a test's own.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::Builder::new().prefix("presync-test-").tempdir().expect("a temporary folder can be made"))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and the folders above it, and returns where it is.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        std::fs::write(&path, content).expect("a file can be written");
        path
    }
}

/// The folder of the project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
