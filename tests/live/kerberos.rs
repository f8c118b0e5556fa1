//! Binds with a Kerberos ticket, inside TLS.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::client::client;
use crate::domain::{Domain, Options, StrongAuth};
use crate::program::{check, found_the_same, ldaps, presync, report, run, start_tls, told, trust};
use crate::support::project;
use crate::template::{PYTHON, Template};

type Ticket = [(&'static str, PathBuf); 2];

fn start(template: Template) -> Domain {
    Domain::start(&Options { template, strong_auth: StrongAuth::SaslOverTls, ..Options::default() })
}

/// A command that has a ticket.
fn with(ticket: &Ticket, command: &str, way: Vec<String>) -> Command {
    let mut command = presync(command);
    command.envs(ticket.clone()).args(way).args(["-Y", "GSSAPI"]);
    command
}

#[test]
fn a_ticket_reads_what_a_password_reads() {
    let domain = start(Template::Small);
    let ticket = domain.ticket();
    let expected = report(&mut check(&domain));
    for way in [ldaps(&domain), start_tls(&domain)] {
        let with_ticket = report(&mut with(&ticket, "check", way));
        assert_eq!((with_ticket.code, with_ticket.entries(), with_ticket.gaps()), (1, expected.entries(), Vec::new()));
        found_the_same(with_ticket.findings(), expected.findings(), "with a ticket");
    }
    // Every connection needs a bind of its own.
    let several = report(with(&ticket, "check", ldaps(&domain)).args(["--connections", "3", "-U", "reader@CORP.CONTOSO.COM"]));
    assert_eq!((several.code, several.entries()), (1, expected.entries()));
    run(&mut with(&ticket, "doctor", ldaps(&domain))).exits(0);
    run(&mut with(&ticket, "snapshot", start_tls(&domain))).exits(0);
}

#[test]
fn a_bind_with_a_ticket_is_bound_to_its_connection() {
    let domain = start(Template::Fabrikam);
    let ticket = domain.ticket();
    let key = domain.path().join("private");
    let mut acceptor = client(PYTHON);
    acceptor.arg(project().join("tests/live/acceptor.py")).arg(domain.address().to_string());
    acceptor.arg(key.join("server.pem")).arg(key.join("server-key.pem"));
    let mut acceptor = acceptor.env("KRB5_KTNAME", domain.keytab()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(acceptor.stdout.take().unwrap()).lines();
    let port = lines.next().unwrap().unwrap();
    let way = [vec!["-H".to_owned(), format!("ldaps://{}:{port}", domain.address())], trust(&domain)].concat();
    // Samba does not look at it, and this one goes as soon as it has seen it.
    run(&mut with(&ticket, "check", way)).exits(3);
    assert_eq!(lines.next().unwrap().unwrap(), "bound");
    assert!(acceptor.wait().unwrap().success());
}

#[test]
fn a_ticket_is_not_used_without_tls() {
    let domain = start(Template::Fabrikam);
    let ticket = domain.ticket();
    let in_clear = vec!["-H".to_owned(), domain.uri_ldap()];
    told(&mut with(&ticket, "check", in_clear), 3, &["Kerberos inside TLS only", "use ldaps://, or -ZZ"]);
}

#[test]
fn without_a_ticket_it_says_how_to_get_one() {
    let domain = start(Template::Fabrikam);
    let ticket = domain.ticket();
    let mut command = with(&ticket, "check", ldaps(&domain));
    told(command.env("KRB5CCNAME", "/nonexistent/tickets"), 3, &["there is no Kerberos ticket", "kinit ACCOUNT@REALM"]);
    let mut command = with(&ticket, "check", ldaps(&domain));
    told(command.args(["-U", "somebody@FABRIKAM.LOCAL"]), 3, &["there is no Kerberos ticket", "klist"]);
}

#[test]
fn an_expired_ticket_is_told() {
    let domain = start(Template::Fabrikam);
    let ticket = domain.ticket_for("1s");
    sleep(Duration::from_millis(1500));
    told(&mut with(&ticket, "check", ldaps(&domain)), 3, &["the Kerberos ticket has expired", "kinit"]);
}

#[test]
fn a_server_that_kerberos_does_not_know_is_told() {
    let domain = start(Template::Fabrikam);
    let ticket = domain.ticket();
    domain.forget_services();
    told(&mut with(&ticket, "check", ldaps(&domain)), 3, &["Kerberos does not know this server", "setspn -L"]);
}

#[test]
fn a_realm_that_nobody_serves_is_told() {
    let mut domain = start(Template::Fabrikam);
    let ticket = domain.ticket();
    let nobody = domain.path().join("nobody.conf");
    let settings = std::fs::read_to_string(&ticket[0].1).unwrap().replace(&format!("kdc = {}", domain.address()), "kdc = 127.0.0.1:1");
    std::fs::write(&nobody, settings).unwrap();
    let mut command = with(&ticket, "check", ldaps(&domain));
    told(command.env("KRB5_CONFIG", nobody), 3, &["no Kerberos server can be reached", "port 88"]);
    domain.stop();
}
