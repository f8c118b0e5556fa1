//! That the harness itself works: what the other live tests take for granted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::certificate::Certificate;
use crate::client::{client, succeeded};
use crate::domain::{Domain, OBJECTS, Options, Processes, StrongAuth, processes_in};
use crate::ldif::names;
use crate::program::has_what_was_planted;
use crate::support::{Folder, check, dns};
use crate::template::{PASSWORD, Template};

#[test]
fn ldapsearch_reads_what_is_in_the_database() {
    let domain = Domain::of(Template::Small);
    let read = names(&domain.read("(objectClass=*)", &["dn"]));
    assert!(read.len() > 1700, "{}", read.len());
    assert!(read.contains(&format!("CN=two\\0Alines,OU=Odd,{}", domain.base())));
    assert_eq!(read, names(&domain.ldbsearch("(objectClass=*)", &["dn"])));
}

#[test]
fn a_group_has_more_members_than_a_server_gives_at_once() {
    let domain = Domain::of(Template::Small);
    let groups = String::from_utf8(domain.ldbsearch("(objectCategory=group)", &["member"])).unwrap();
    let members = |record: &str| record.lines().filter(|line| line.starts_with("member:")).count();
    assert!(groups.split("\n\n").any(|record| members(record) > 1500));
}

#[test]
fn a_deleted_object_is_there() {
    let domain = Domain::of(Template::Small);
    let output =
        domain.ldapsearch(
            ["-H", &domain.uri_ldaps(), "-x", "-D", &domain.account("administrator"), "-w", PASSWORD, "-b", domain.base()]
                .into_iter()
                .chain(["-E", "!1.2.840.113556.1.4.417", "(&(isDeleted=TRUE)(sAMAccountName=odd-deleted))", "dn"]),
        );
    succeeded(&output, "ldapsearch");
    assert_eq!(names(&output.stdout).len(), 1);
}

#[test]
fn a_directory_has_the_number_of_objects_asked_for() {
    let small = 100;
    let objects = names(&Domain::of(Template::Large(small)).ldbsearch("(sAMAccountName=*)", &["dn"])).len();
    assert!(objects > small * 8 / 10 && objects < 300, "{objects}");
}

#[test]
fn presync_finds_what_was_planted_and_nothing_else() {
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let export = folder.write("export.ldif", domain.ldbsearch(OBJECTS, &[]));
    let report = check([export]).report();
    assert_eq!((report.code, report.gaps()), (1, Vec::new()));
    has_what_was_planted(&report, &domain);
}

#[test]
fn a_refused_bind_says_why() {
    let domain = Domain::of(Template::Fabrikam);
    let bind = |account: &str, password: &str| {
        let output = domain.ldapsearch([
            "-H",
            &domain.uri_ldaps(),
            "-x",
            "-D",
            &domain.account(account),
            "-w",
            password,
            "-b",
            domain.base(),
            "-s",
            "base",
            "dn",
        ]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(bind("reader", PASSWORD).0, Some(0));
    for (account, password, reason) in [
        ("reader", "wrong", "data 52e"),
        ("disabled", PASSWORD, "data 533"),
        ("expired", PASSWORD, "data 701"),
        ("must-change", PASSWORD, "data 773"),
    ] {
        let (code, message) = bind(account, password);
        assert_eq!(code, Some(49), "{account}: {message}");
        assert!(message.contains(reason), "{account}: {message}");
    }
}

#[test]
fn a_password_in_the_clear_is_refused_unless_the_server_allows_it() {
    for (strong_auth, code) in [(StrongAuth::Required, 8), (StrongAuth::NotRequired, 0)] {
        let domain = Domain::start(&Options { template: Template::Fabrikam, strong_auth, ..Options::default() });
        let output = domain.ldapsearch([
            "-H",
            &domain.uri_ldap(),
            "-x",
            "-D",
            &domain.account("reader"),
            "-w",
            PASSWORD,
            "-b",
            domain.base(),
            "-s",
            "base",
            "dn",
        ]);
        assert_eq!(output.status.code(), Some(code), "{strong_auth:?}: {output:?}");
    }
}

#[test]
fn each_bad_certificate_is_refused_for_its_own_reason() {
    for (certificate, reason) in [
        (Certificate::Good, None),
        (Certificate::Expired, Some("certificate has expired")),
        (Certificate::WrongName, Some("IP address mismatch")),
        (Certificate::UnknownAuthority, Some("unable to get local issuer certificate")),
    ] {
        let domain = Domain::start(&Options { template: Template::Fabrikam, certificate, ..Options::default() });
        let (address, ca_file) = (domain.address().to_string(), domain.ca_file());
        let output = client("openssl")
            .args(["s_client", "-connect", &format!("{address}:636"), "-verify_return_error", "-verify_ip", &address])
            .arg("-CAfile")
            .arg(ca_file)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.success(), reason.is_none(), "{certificate:?}: {message}");
        assert!(message.contains(reason.unwrap_or("Verification: OK")), "{certificate:?}: {message}");

        let output = domain.ldapsearch(["-H", &domain.uri_ldaps(), "-x", "-s", "base", "-b", "", "dn"]);
        assert_eq!(output.status.success(), reason.is_none(), "{certificate:?}: {output:?}");
    }
}

#[test]
fn a_server_hangs_and_goes_on() {
    let domain = Domain::of(Template::Fabrikam);
    domain.pause();
    assert!(!domain.answers());
    let mut waiting = domain.ldapsearch_command();
    let mut waiting = waiting.args(["-H", &domain.uri_ldaps(), "-x", "-s", "base", "-b", "", "dn"]).stdout(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().unwrap().is_none(), "ldapsearch was answered");
    domain.resume();
    assert!(waiting.wait().unwrap().success());
}

#[test]
fn a_server_ends_and_starts_again() {
    for processes in [Processes::One, Processes::Several] {
        let mut domain = Domain::start(&Options { template: Template::Fabrikam, processes, ..Options::default() });
        for end in [Domain::stop, Domain::crash] {
            end(&mut domain);
            assert!(!domain.answers());
            assert_eq!(processes_in(domain.path()), [""; 0], "{processes:?}");
            domain.start_again();
            assert!(domain.answers());
        }
    }
}

#[test]
fn two_forests_are_there_at_once() {
    let domains = [Domain::of(Template::Small), Domain::of(Template::Fabrikam)];
    assert_ne!(domains[0].address(), domains[1].address());
    let folder = Folder::new();
    let exports = ["contoso.ldif", "fabrikam.ldif"];
    for (domain, export) in domains.iter().zip(exports) {
        folder.write(export, domain.read(OBJECTS, &[]));
    }
    let report = check(exports).within(folder.path()).report();
    let between_forests = |rule| {
        let conflicts = report.of(rule).into_iter().map(dns);
        conflicts.filter(|names| names.iter().any(|name| name.ends_with(domains[1].base()))).collect::<Vec<_>>()
    };
    assert_eq!(
        between_forests("duplicate/proxy-address"),
        [["CN=Doe\\, Jane,OU=Odd,DC=corp,DC=contoso,DC=com", "CN=Jane Doe,OU=People,DC=fabrikam,DC=local"]]
    );
    assert_eq!(
        between_forests("duplicate/user-principal-name"),
        [["CN=\\#1 Hotline,OU=Odd,DC=corp,DC=contoso,DC=com", "CN=John Roe,OU=People,DC=fabrikam,DC=local"]]
    );
}

#[test]
fn kerberos_is_enough() {
    let options = Options { template: Template::Fabrikam, strong_auth: StrongAuth::SaslOverTls, ..Options::default() };
    let domain = Domain::start(&options);
    let ticket = domain.ticket();
    for arguments in [vec!["-H", &domain.uri_ldaps()], vec!["-H", &domain.uri_ldap(), "-ZZ"]] {
        let mut command = domain.ldapsearch_command();
        // No further protection within TLS, and no DNS to ask for the name of the address (-N).
        command.envs(ticket.clone()).args(["-Q", "-N", "-Y", "GSSAPI", "-O", "maxssf=0"]).args(arguments);
        let output = command.args(["-b", domain.base(), OBJECTS, "dn"]).output().unwrap();
        succeeded(&output, "ldapsearch with Kerberos");
        assert!(names(&output.stdout).contains("CN=Jane Doe,OU=People,DC=fabrikam,DC=local"));
    }
    let mut command = domain.ldapsearch_command();
    command.envs(ticket).env("KRB5CCNAME", "/nonexistent").args(["-Q", "-N", "-Y", "GSSAPI", "-H", &domain.uri_ldaps()]);
    assert!(!command.output().unwrap().status.success(), "without a ticket");
}

#[test]
fn nothing_is_left_of_a_test() {
    let mut place = None;
    let failed = catch_unwind(AssertUnwindSafe(|| {
        let domain = Domain::of(Template::Fabrikam);
        place = Some(domain.path().to_owned());
        assert_ne!(processes_in(domain.path()), [""; 0]);
        domain.pause();
        std::panic::resume_unwind(Box::new("a test fails"));
    }));
    assert!(failed.is_err());
    let place = place.unwrap();
    assert_eq!(processes_in(&place), [""; 0]);
    assert!(!place.exists());
}
