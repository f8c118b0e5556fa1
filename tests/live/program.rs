//! presync itself, run against domain controllers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::client::client;
use crate::domain::Domain;
use crate::support::{self, Output, Report, dns, text};
use crate::template::{PASSWORD, Planted};

/// A command of presync with nobody's settings; it is killed after a minute.
pub(crate) fn presync(command: &str) -> Command {
    let bare = support::presync([command, "--no-config"]).into_command();
    let mut patient = client(bare.get_program());
    patient.args(bare.get_args());
    for (name, _) in bare.get_envs() {
        patient.env_remove(name);
    }
    // Neither /etc/ldap/ldap.conf nor ~/.ldaprc.
    patient.env("LDAPNOINIT", "1");
    patient
}

/// `presync check` of a domain over LDAPS, as `reader`.
pub(crate) fn check(domain: &Domain) -> Command {
    let mut command = presync("check");
    command.args(as_reader(domain));
    command
}

/// The server over LDAPS, and `reader`.
pub(crate) fn as_reader(domain: &Domain) -> Vec<String> {
    [ldaps(domain), login(domain, "reader", PASSWORD)].concat()
}

/// The server over LDAPS.
pub(crate) fn ldaps(domain: &Domain) -> Vec<String> {
    [vec!["-H".to_owned(), domain.uri_ldaps()], trust(domain)].concat()
}

/// The server over StartTLS.
pub(crate) fn start_tls(domain: &Domain) -> Vec<String> {
    [vec!["-ZZ".to_owned(), "-H".to_owned(), domain.uri_ldap()], trust(domain)].concat()
}

/// The authority that has signed the certificates of all servers.
pub(crate) fn trust(domain: &Domain) -> Vec<String> {
    vec!["--cacert".to_owned(), path(&domain.ca_file())]
}

/// An account with its password, in a file.
pub(crate) fn login(domain: &Domain, account: &str, password: &str) -> Vec<String> {
    let file = domain.path().join(format!("password-{account}"));
    std::fs::write(&file, format!("{password}\n")).unwrap();
    vec!["-D".to_owned(), domain.account(account), "-y".to_owned(), path(&file)]
}

/// A path as an argument.
pub(crate) fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    ended(command.output().expect("the program starts"))
}

/// Runs a command to its end; stops the test unless that is this code, and it has said each of these.
#[track_caller]
pub(crate) fn told(command: &mut Command, code: i32, parts: &[&str]) -> Output {
    let output = run(command).exits(code);
    let words = words(&output);
    for part in parts {
        assert!(words.contains(part), "{part:?} is not in\n{}\n{}", output.stdout, output.stderr);
    }
    output
}

/// What a program has said, without the ends of lines, which depend on the lengths of names.
pub(crate) fn words(output: &Output) -> String {
    let text = format!("{}\n{}", output.stdout, output.stderr).replace('│', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs a command that reports in JSON.
pub(crate) fn report(command: &mut Command) -> Report {
    read_report(run(command.args(["--format", "json"])))
}

/// What a program has left behind.
pub(crate) fn ended(output: std::process::Output) -> Output {
    Output {
        code: output.status.code(),
        bytes: output.stdout.clone(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// The report in JSON that a program has left behind.
#[track_caller]
pub(crate) fn read_report(output: Output) -> Report {
    let json = serde_json::from_str(&output.stdout);
    let json = json.unwrap_or_else(|error| panic!("{error}\n{:?}\n{}\n{}", output.code, output.stdout, output.stderr));
    Report { code: output.code.expect("the program was not killed"), json }
}

/// Stops the test unless two runs have found the same. Places do not count, and neither does the order of the entries,
/// which decides in what order the objects of a conflict stand and which of their values the message shows.
#[track_caller]
pub(crate) fn found_the_same<'f>(one: impl IntoIterator<Item = &'f Value>, other: impl IntoIterator<Item = &'f Value>, what: &str) {
    let plain = |finding: &Value| {
        let mut finding = finding.clone();
        for site in finding["sites"].as_array_mut().expect("sites is a list") {
            let site = site.as_object_mut().expect("a site is an object");
            site.retain(|name, _| !["file", "line", "column"].contains(&name.as_str()));
        }
        for list in ["sites", "targets"] {
            if let Some(list) = finding[list].as_array_mut() {
                list.sort_by_key(Value::to_string);
            }
        }
        finding["message"].take();
        finding.to_string()
    };
    let ones: BTreeSet<_> = one.into_iter().map(plain).collect();
    let others: BTreeSet<_> = other.into_iter().map(plain).collect();
    assert!(ones.len() > 2, "{what}: nothing was found");
    let differences: Vec<_> = ones.symmetric_difference(&others).take(4).collect();
    assert!(differences.is_empty(), "{what}: {differences:#?}");
}

/// Stops the test unless a report has everything that was planted in a domain, and no error or warning besides.
#[track_caller]
pub(crate) fn has_what_was_planted(report: &Report, domain: &Domain) {
    let planted = domain.planted();
    let is_found =
        |(rule, names): &&Planted| report.of(rule).iter().any(|finding| names.iter().all(|name| dns(finding).contains(&name.as_str())));
    let missed: Vec<_> = planted.iter().filter(|planted| !is_found(planted)).collect();
    assert!(planted.len() > 100 && missed.is_empty(), "{} of {} were missed: {missed:#?}", missed.len(), planted.len());

    let sites: BTreeSet<_> = planted.iter().flat_map(|(rule, names)| names.iter().map(|name| (rule.as_str(), name.as_str()))).collect();
    let is_planted = |finding: &&Value| dns(finding).iter().all(|name| sites.contains(&(text(&finding["rule"]), name)));
    let judged = report.findings().iter().filter(|finding| finding["severity"] != "info");
    let wrong: Vec<_> = judged.filter(|finding| !is_planted(finding)).collect();
    assert!(wrong.is_empty(), "nobody planted {wrong:#?}");
}
