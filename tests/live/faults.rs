//! Servers that end, hang or dawdle while they are read: what was read is told, with a gap that says why there is no
//! more, or everything is read after all.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::domain::{Domain, OBJECTS};
use crate::ldif::names;
use crate::program::{
    as_reader, check, ended, found_the_same, has_what_was_planted, ldaps, login, presync, read_report, report, start_tls, told,
};
use crate::support::{Folder, Output, Report};
use crate::template::{PASSWORD, Template};

/// Starts to read a domain, slowly and in small pages, and returns when the third page is on its way.
fn begin(command: &mut Command, domain: &Domain) -> Child {
    let before = domain.written();
    command.args(["--page-size", "100", "--rate", "600"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reading = command.spawn().expect("the program starts");
    while domain.written() < before + 350_000 {
        assert!(reading.try_wait().unwrap().is_none(), "the program has ended");
        sleep(Duration::from_millis(5));
    }
    reading
}

fn finish(reading: Child) -> Output {
    ended(reading.wait_with_output().expect("the program ends"))
}

/// Stops the test unless a report is partial and says why.
#[track_caller]
fn partial(report: &Report, domain: &Domain, why: &str) {
    assert_eq!((report.code, &report.json["coverage"]["complete"]), (4, &false.into()));
    let all = names(&domain.ldbsearch(OBJECTS, &["dn"])).len() as u64;
    assert!(report.entries() >= 100 && report.entries() < all, "{} of {all} entries", report.entries());
    let [reason] = report.reasons()[..] else { panic!("{:?}", report.reasons()) };
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn a_server_that_ends_while_it_is_read_leaves_a_gap() {
    for end in [Domain::crash, Domain::stop] {
        let mut domain = Domain::of(Template::Small);
        let reading = begin(check(&domain).args(["--retry", "0", "--format", "json"]), &domain);
        end(&mut domain);
        let output = finish(reading);
        assert!(output.stderr.contains("PARTIAL: 1 gap"), "{}", output.stderr);
        partial(&read_report(output), &domain, "the connection");
    }
}

#[test]
fn a_server_that_hangs_while_it_is_read_leaves_a_gap() {
    let domain = Domain::of(Template::Small);
    let reading = begin(check(&domain).args(["--network-timeout", "2", "--retry", "0", "--format", "json"]), &domain);
    domain.pause();
    partial(&read_report(finish(reading)), &domain, "did not answer within 2 seconds");
    domain.resume();
}

#[test]
fn a_server_that_comes_back_is_read_to_the_end() {
    let mut domain = Domain::of(Template::Small);
    let expected = report(&mut check(&domain));
    let reading = begin(check(&domain).args(["--retry", "3", "--format", "json"]), &domain);
    domain.crash();
    domain.start_again();
    let report = read_report(finish(reading));
    assert_eq!((report.code, report.entries(), report.gaps()), (1, expected.entries(), Vec::new()));
    found_the_same(report.findings(), expected.findings(), "read again");
}

#[test]
fn a_server_that_takes_connections_before_it_is_ready_is_asked_again() {
    let mut domain = Domain::of(Template::Small);
    let reading = begin(check(&domain).args(["--retry", "3", "--format", "json"]), &domain);
    domain.crash();
    // Closes the first connection, as a domain controller does that has not loaded its certificate yet.
    let early = TcpListener::bind((domain.address(), 636)).unwrap();
    drop(early.accept().unwrap());
    drop(early);
    domain.start_again();
    let report = read_report(finish(reading));
    assert_eq!((report.code, report.gaps()), (1, Vec::new()));
    has_what_was_planted(&report, &domain);
}

#[test]
fn a_server_that_goes_on_in_time_is_read_to_the_end() {
    let domain = Domain::of(Template::Small);
    let reading = begin(check(&domain).args(["--network-timeout", "5", "--format", "json"]), &domain);
    domain.pause();
    sleep(Duration::from_secs(1));
    domain.resume();
    has_what_was_planted(&read_report(finish(reading)), &domain);
}

#[test]
fn a_slow_server_is_read_to_the_end() {
    let domain = Domain::of(Template::Small);
    let mut command = check(&domain);
    let mut reading = command.args(["--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // It works a third of the time. A report that waits in the pipe ends nothing, so that time is limited.
    let start = Instant::now();
    while reading.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(3) {
        domain.pause();
        sleep(Duration::from_millis(20));
        domain.resume();
        sleep(Duration::from_millis(10));
    }
    has_what_was_planted(&read_report(finish(reading)), &domain);
}

#[test]
fn a_server_that_is_not_there_is_nothing_to_judge() {
    let mut domain = Domain::of(Template::Fabrikam);
    let arguments = as_reader(&domain);
    domain.stop();
    for command in ["check", "snapshot"] {
        told(presync(command).args(&arguments), 3, &["refuses the connection", "is it a domain controller"]);
    }
}

#[test]
fn a_server_that_takes_connections_and_does_not_answer_is_nothing_to_judge() {
    let domain = Domain::of(Template::Fabrikam);
    domain.pause();
    for (way, words) in [(ldaps(&domain), "does not answer to TLS"), (start_tls(&domain), "no answer to StartTLS")] {
        let mut command = presync("check");
        command.args(way).args(login(&domain, "reader", PASSWORD)).args(["--network-timeout", "1", "--retry", "0"]);
        told(&mut command, 3, &[words]);
    }
    domain.resume();
}

#[test]
fn a_snapshot_that_breaks_off_is_not_taken_for_a_whole_one() {
    let mut domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let (wanted, partial_file) = (folder.path().join("contoso.ldif"), folder.path().join("contoso.partial.ldif"));
    let reading = begin(presync("snapshot").args(as_reader(&domain)).arg("-o").arg(&wanted).args(["--retry", "0"]), &domain);
    domain.crash();
    let output = finish(reading).exits(4);
    assert!(output.stderr.contains("PARTIAL") && output.stderr.contains("contoso.partial.ldif"), "{}", output.stderr);
    assert!(!wanted.exists());
    let saved = fs::read_to_string(&partial_file).unwrap();
    assert!(saved.contains("\n# complete: NO, see the end\n"));
    partial(&report(presync("check").arg(&partial_file)), &domain, "the connection");
}
