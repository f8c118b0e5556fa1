//! Runs of the program against a peer.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::peer::{Behaviour, Bind, Directory, Peer};
use super::support::entry::{Entry, group, user};
use super::support::{Output, Presync, Report, presync};

pub(crate) const READER: &str = "reader@contoso.com";
pub(crate) const PASSWORD: &str = "correct-horse";
/// The domain controller's name, as it says itself.
pub(crate) const HOST: &str = "dc1.contoso.com";

/// A peer of contoso.com with these objects, for which only the right password is right.
pub(crate) fn peer<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Peer {
    peer_with(entries, Behaviour::default())
}

/// The same with a behaviour of its own.
pub(crate) fn peer_with<'e>(entries: impl IntoIterator<Item = &'e Entry>, behaviour: Behaviour) -> Peer {
    let directory = entries.into_iter().fold(Directory::contoso(), |directory, entry| directory.with(entry));
    let bind = match behaviour.bind {
        Bind::Accepted => Bind::Password(PASSWORD.to_owned()),
        other => other,
    };
    Peer::start_with(directory, Behaviour { bind, ..behaviour })
}

/// So many healthy users: user1, user2 and so on.
pub(crate) fn users(count: usize) -> Vec<Entry> {
    (1..=count).map(|number| user(&format!("user{number}"))).collect()
}

/// Two users with one address, which is an error, and a group.
pub(crate) fn twins() -> Vec<Entry> {
    let twin =
        |name: &str| user(name).with("proxyAddresses", "smtp:twin@contoso.com").with("proxyAddresses", format!("SMTP:{name}@contoso.com"));
    vec![twin("ann"), twin("bob"), group("staff")]
}

/// A folder that lives as long as the peer.
pub(crate) fn folder(peer: &Peer) -> PathBuf {
    peer.ca_pem().parent().unwrap().to_owned()
}

/// Writes a file into that folder.
pub(crate) fn file(peer: &Peer, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder(peer).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// A command without any settings but these arguments.
pub(crate) fn bare(command: &str, home: &Path) -> Presync {
    let home = home.to_str().unwrap();
    presync([command, "--no-config"]).env("HOME", home).env("LDAPNOINIT", "1").env("KRB5_CONFIG", "/nonexistent").env("USERDNSDOMAIN", "")
}

/// A command for one server, with the right account and password.
pub(crate) fn as_reader(command: &str, peer: &Peer, uri: &str) -> Presync {
    let password = file(peer, "password", format!("{PASSWORD}\n"));
    let command = bare(command, &folder(peer)).args(["-H", uri, "-D", READER]);
    command.args(["-y".as_ref(), password.as_path(), "--cacert".as_ref(), &peer.ca_pem()])
}

/// `presync check` of a peer over LDAPS.
pub(crate) fn check(peer: &Peer) -> Presync {
    as_reader("check", peer, &peer.uri_tls())
}

/// `presync snapshot` of a peer over LDAPS.
pub(crate) fn snapshot(peer: &Peer) -> Presync {
    as_reader("snapshot", peer, &peer.uri_tls())
}

/// What a run with `--format jsonl` told.
pub(crate) struct Told {
    pub(crate) report: Report,
    pub(crate) stderr: String,
}

/// Runs a check and reads its report, line by line.
#[track_caller]
pub(crate) fn told(program: Presync) -> Told {
    let Output { code, stdout, stderr, .. } = program.args(["--format", "jsonl"]).run();
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("not JSON: {error}\n{line}\n{stderr}"));
    let mut lines: Vec<Value> = stdout.lines().map(parse).collect();
    let (first, last) = (lines.remove(0), lines.pop().unwrap_or_else(|| panic!("no summary:\n{stdout}\n{stderr}")));
    assert_eq!((&first["type"], &last["type"]), (&json!("run"), &json!("summary")));
    let json = json!({ "run": first["run"], "findings": lines, "coverage": last["coverage"], "summary": last });
    Told { report: Report { code: code.expect("the program was not killed"), json }, stderr }
}

impl Told {
    /// Stops the test unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Told {
        assert_eq!(self.report.code, code, "\nstderr:\n{}\nsources:\n{:#}", self.stderr, self.report.json["coverage"]["sources"]);
        self
    }

    /// Stops the test unless standard error holds each of these, wherever its lines are broken.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Told {
        let said = joined(&self.stderr);
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in\n{}", self.stderr);
        }
        self
    }

    /// Stops the test unless everything was read, as the report says.
    #[track_caller]
    pub(crate) fn complete(self) -> Told {
        assert_eq!((&self.report.json["coverage"]["complete"], self.report.reasons()), (&json!(true), vec![]), "{}", self.stderr);
        self
    }

    /// Stops the test unless there are gaps, and one of them says this.
    #[track_caller]
    pub(crate) fn misses(self, reason: &str) -> Told {
        assert_eq!(self.report.json["coverage"]["complete"], json!(false));
        assert!(self.report.reasons().iter().any(|known| known.contains(reason)), "{reason:?} is not in {:#?}", self.report.gaps());
        self
    }

    /// Stops the test unless so many entries were read.
    #[track_caller]
    pub(crate) fn holds(self, entries: u64) -> Told {
        assert_eq!(self.report.entries(), entries, "{}\n{:#}", self.stderr, self.report.json["coverage"]["sources"]);
        self
    }
}

impl Output {
    /// Stops the test unless standard error holds each of these, wherever its lines are broken.
    #[track_caller]
    pub(crate) fn tells(self, parts: &[&str]) -> Output {
        let said = joined(&self.stderr);
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in\n{}", self.stderr);
        }
        self
    }
}

/// Text without the lines and marks that a message for a terminal is set in.
pub(crate) fn joined(text: &str) -> String {
    text.split_whitespace().filter(|word| !matches!(*word, "│" | "×" | "|" | "x")).collect::<Vec<_>>().join(" ")
}

/// Findings without where they stand in a file, which a live directory has no word for.
pub(crate) fn without_places(report: &Report) -> Vec<Value> {
    let mut findings = report.findings().to_vec();
    for site in findings.iter_mut().flat_map(|finding| finding["sites"].as_array_mut().unwrap()) {
        let site = site.as_object_mut().unwrap();
        site.retain(|name, _| !matches!(name.as_str(), "file" | "line" | "column"));
    }
    findings
}
