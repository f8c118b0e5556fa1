//! Accounts, passwords and certificates that are refused: in plain words, with the next step, and with exit code 3.

use std::process::Command;

use crate::certificate::Certificate;
use crate::domain::{Domain, Options, StrongAuth};
use crate::program::{as_reader, check, ldaps, login, presync, report, start_tls, told, trust, words};
use crate::template::{PASSWORD, Template};

/// Stops the test unless a command ends with 3, says each of these and no password.
#[track_caller]
fn refused(command: &mut Command, parts: &[&str]) {
    let output = told(command, 3, parts);
    for password in [PASSWORD, "wr0ng-Secret"] {
        assert!(!words(&output).contains(password), "a password is in\n{}\n{}", output.stdout, output.stderr);
    }
}

#[test]
fn a_refused_bind_says_why_and_what_to_do() {
    let domain = Domain::of(Template::Fabrikam);
    for (account, password, parts) in [
        ("reader", "wr0ng-Secret", ["wrong password, or no such account (data 52e)", "presync explain 52e"]),
        ("nobody", PASSWORD, ["wrong password, or no such account (data 52e)", "check the account"]),
        ("disabled", PASSWORD, ["the account is disabled (data 533)", "enable the account"]),
        ("expired", PASSWORD, ["the account has expired (data 701)", "accountExpires"]),
        ("must-change", PASSWORD, ["the password has to be changed first (data 773)", "change the password"]),
    ] {
        let account = login(&domain, account, password);
        for way in [ldaps(&domain), start_tls(&domain)] {
            refused(presync("check").args(&way).args(&account), &parts);
        }
        refused(presync("check").args(ldaps(&domain)).args(&account).args(["--format", "json", "--stats"]), &parts[..1]);
        refused(presync("snapshot").args(ldaps(&domain)).args(&account), &parts);
        refused(presync("doctor").args(ldaps(&domain)).args(&account), &parts);
    }
}

#[test]
fn presync_does_not_send_a_password_in_clear() {
    let domain = Domain::start(&Options { template: Template::Fabrikam, strong_auth: StrongAuth::NotRequired, ..Options::default() });
    let in_clear = [vec!["-H".to_owned(), domain.uri_ldap()], login(&domain, "reader", PASSWORD)].concat();
    refused(presync("check").args(&in_clear), &["in clear", "use ldaps://, or -ZZ for StartTLS", "--password-in-clear"]);
    // Who insists has it done, where the server does not mind.
    let insisted = report(presync("check").args(&in_clear).arg("--password-in-clear"));
    assert_eq!(insisted.findings().len(), report(&mut check(&domain)).findings().len());
    assert_eq!(insisted.json["coverage"]["complete"], true);
}

#[test]
fn a_server_that_wants_protection_says_so_to_a_password_in_clear() {
    let domain = Domain::of(Template::Fabrikam);
    let mut command = presync("check");
    command.args(["-H", &domain.uri_ldap(), "--password-in-clear"]).args(login(&domain, "reader", PASSWORD));
    refused(&mut command, &["wants the connection to be protected", "use ldaps://, or -ZZ for StartTLS"]);
}

#[test]
fn who_does_not_bind_is_told_to() {
    let domain = Domain::of(Template::Fabrikam);
    for way in [ldaps(&domain), start_tls(&domain), vec!["-H".to_owned(), domain.uri_ldap()]] {
        refused(presync("check").args(&way), &["answers only to accounts that it knows", "bind with -D ACCOUNT -W"]);
    }
}

#[test]
fn a_bad_certificate_is_refused_for_its_own_reason_with_its_chain() {
    for (certificate, parts) in [
        (Certificate::Expired, ["has expired", "2020-01-01 to 2021-01-01", "renew the certificate"]),
        (Certificate::WrongName, ["is for other names", "for dc1.example.com", "use one of the names below with -H"]),
        (Certificate::UnknownAuthority, ["comes from an authority that is not trusted here", "CN=presync tests stranger", "--cacert FILE"]),
    ] {
        let domain = Domain::start(&Options { template: Template::Fabrikam, certificate, ..Options::default() });
        let chain = ["1. CN=server, issued by CN=presync tests"];
        for way in [ldaps(&domain), start_tls(&domain)] {
            refused(presync("check").args(way).args(login(&domain, "reader", PASSWORD)), &[&parts[..], &chain].concat());
        }
        refused(presync("snapshot").args(as_reader(&domain)), &[&parts[..], &chain].concat());
    }
}

#[test]
fn the_authorities_of_the_system_do_not_vouch_for_a_domain_controller() {
    let domain = Domain::of(Template::Fabrikam);
    let mut command = presync("check");
    command.args(["-H", &domain.uri_ldaps()]).args(login(&domain, "reader", PASSWORD));
    refused(&mut command, &["not trusted", "--cacert FILE"]);
}

#[test]
fn a_port_that_does_not_speak_tls_is_told() {
    let domain = Domain::of(Template::Fabrikam);
    let mut command = presync("check");
    command.args(["-H", &format!("ldaps://{}:389", domain.address())]).args(trust(&domain)).args(login(&domain, "reader", PASSWORD));
    refused(command.args(["--network-timeout", "3"]), &["TLS", "check the port", "636"]);
    let mut command = presync("check");
    command.args(["-H", &format!("ldap://{}:636", domain.address()), "-ZZ"]).args(trust(&domain)).args(login(&domain, "reader", PASSWORD));
    refused(command.args(["--network-timeout", "3"]), &["StartTLS", "use ldaps://"]);
}

#[cfg(not(feature = "kerberos"))]
#[test]
fn who_has_a_ticket_and_a_presync_without_kerberos_is_told_how_to_build_one() {
    let domain = Domain::of(Template::Fabrikam);
    refused(presync("check").args(ldaps(&domain)).args(["-Y", "GSSAPI"]), &["built without Kerberos", "--features kerberos", "-D and -W"]);
}
