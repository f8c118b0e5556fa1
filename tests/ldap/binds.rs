//! Binds that are refused, and accounts and passwords that do not fit.

use super::peer::{Behaviour, Bind, Fault, Peer, Request};
use super::run::{PASSWORD, READER, as_reader, bare, check, file, folder, peer, peer_with, snapshot, told, twins};
use super::support::entry::Entry;
use super::support::{Presync, presync};

const CODES: [(&str, &str); 10] = [
    ("525", "no such account"),
    ("52e", "wrong password"),
    ("530", "not at this time"),
    ("531", "not from this computer"),
    ("532", "password has expired"),
    ("533", "disabled"),
    ("701", "account has expired"),
    ("773", "has to be changed first"),
    ("775", "locked"),
    ("80090346", "channel binding"),
];

fn refusing(behaviour: Behaviour) -> Peer {
    peer_with(&twins(), behaviour)
}

fn binds(peer: &Peer) -> usize {
    peer.requests().iter().filter(|asked| matches!(asked.request, Request::Bind { .. })).count()
}

#[test]
fn a_refused_bind_says_why_in_words() {
    for (code, words) in CODES {
        let peer = refusing(Behaviour { bind: Bind::Refused(code), ..Behaviour::default() });
        let told = told(check(&peer)).exits(3).says(&[words, code, &format!("presync explain {code}"), "127.0.0.1"]).misses(words);
        assert!(!told.stderr.contains(PASSWORD));
        assert_eq!((binds(&peer), peer.searches().len()), (1, 0), "{code}: a wrong password is tried once");
    }
}

#[test]
fn what_a_refusal_tells_to_explain_is_explained() {
    for (code, words) in CODES {
        let output = presync(["explain", code]).run().exits(0);
        assert!(output.stdout.contains(words), "{}", output.stdout);
    }
}

#[test]
fn other_results_of_a_bind_are_told() {
    for (code, words) in
        [(49, "refuses the account"), (7, "this kind of bind"), (34, "name of the account"), (53, "unwilling"), (80, "other")]
    {
        let peer = refusing(Behaviour { faults: vec![Fault::result(code).at_bind()], ..Behaviour::default() });
        told(check(&peer)).exits(3).says(&[words, "127.0.0.1"]);
        assert_eq!(binds(&peer), 1);
    }
}

#[test]
fn a_server_that_wants_protection_says_so() {
    let peer = refusing(Behaviour { stronger_auth_required: true, ..Behaviour::default() });
    let program = as_reader("check", &peer, &peer.uri()).args(["--password-in-clear"]);
    told(program).exits(3).says(&["wants the connection to be protected", "-ZZ"]);
    told(as_reader("check", &peer, &peer.uri()).args(["-ZZ"])).exits(1).complete();
}

#[test]
fn a_snapshot_is_refused_like_a_check() {
    let peer = refusing(Behaviour { bind: Bind::Refused("533"), ..Behaviour::default() });
    let output = snapshot(&peer).run().exits(3).tells(&["disabled", "127.0.0.1"]);
    assert_eq!(output.stdout, "");
}

/// A check with one account and a password file of this content.
fn with_password(peer: &Peer, content: impl AsRef<[u8]>) -> Presync {
    let path = file(peer, "given", content);
    let program = bare("check", &folder(peer)).args(["-H", &peer.uri_tls(), "-D", READER]);
    program.args(["-y".as_ref(), path.as_path(), "--cacert".as_ref(), &peer.ca_pem()])
}

#[test]
fn one_line_end_of_a_password_file_is_dropped() {
    for end in ["", "\n", "\r\n"] {
        told(with_password(&peer(&twins()), format!("{PASSWORD}{end}"))).exits(1).complete();
    }
    for end in ["\n\n", "\r\n\r\n", "\r", " ", "\n "] {
        let told = told(with_password(&peer(&twins()), format!("{PASSWORD}{end}"))).exits(3).says(&["wrong password"]);
        assert!(!told.stderr.contains(PASSWORD));
    }
}

#[test]
fn a_password_is_what_the_file_holds() {
    for password in ["  with blanks  ", "Größe", "a\tb", "\"quoted\"", "two\nlines", "0"] {
        let peer = peer_with(&twins(), Behaviour { bind: Bind::Password(password.to_owned()), ..Behaviour::default() });
        told(with_password(&peer, password)).exits(1).complete();
    }
}

#[test]
fn an_empty_password_is_not_sent() {
    for content in ["", "\n", "\r\n"] {
        let peer = peer(&twins());
        with_password(&peer, content).run().exits(2).tells(&["the password of reader@contoso.com is empty"]);
        assert_eq!(binds(&peer), 0);
    }
}

#[test]
fn a_password_file_that_cannot_be_read_is_wrong_usage() {
    let peer = peer(&twins());
    with_password(&peer, b"caf\xe9").run().exits(2).tells(&["not UTF-8"]);
    let program = bare("check", &folder(&peer)).args(["-H", &peer.uri_tls(), "-D", READER, "-y", "missing.txt"]);
    program.run().exits(2).tells(&["missing.txt", "No such file"]);
    assert_eq!(peer.connections(), 0);
}

#[test]
fn no_output_ever_holds_the_password() {
    let wrong = "hunter2-is-wrong";
    for format in ["human", "narrated", "concise", "json", "jsonl"] {
        let peer = peer(&twins());
        let output = with_password(&peer, wrong).args(["--format", format, "--stats"]).run().exits(3);
        assert!(!output.stdout.contains(wrong) && !output.stderr.contains(wrong), "{output:?}");
        let output = check(&peer).args(["--format", format, "--stats"]).run().exits(1);
        assert!(!output.stdout.contains(PASSWORD) && !output.stderr.contains(PASSWORD), "{output:?}");
    }
    let peer = peer(&twins());
    let output = snapshot(&peer).run().exits(0);
    assert!(!output.stdout.contains(PASSWORD) && !output.stderr.contains(PASSWORD), "{output:?}");
}

/// Stops the test unless these arguments are wrong usage that is told in these words, before anybody is asked.
#[track_caller]
fn is_wrong(arguments: &[&str], words: &[&str]) {
    let peer = peer(&[] as &[Entry]);
    let password = file(&peer, "password", PASSWORD);
    let (uri, password) = (peer.uri_tls(), password.to_str().unwrap().to_owned());
    let arguments = arguments.iter().map(|argument| argument.replace("URI", &uri).replace("FILE", &password));
    bare("check", &folder(&peer)).args(arguments).run().exits(2).tells(words);
    assert_eq!(peer.connections(), 0);
}

#[test]
fn accounts_and_passwords_have_to_fit() {
    is_wrong(&["-H", "URI", "-D", READER], &["no password for reader@contoso.com", "-W", "-y"]);
    is_wrong(&["-H", "URI", "-W"], &["no account", "-D"]);
    is_wrong(&["-H", "URI", "-y", "FILE"], &["no account", "-D"]);
    is_wrong(&["-H", "URI", "-D", "a", "-D", "b", "-y", "FILE"], &["accounts, passwords and directories do not go together"]);
    is_wrong(&["-H", "URI", "-D", "a", "-y", "FILE", "-y", "FILE"], &["accounts, passwords and directories do not go together"]);
    is_wrong(&["-H", "URI", "-D", READER, "-W", "-y", "FILE"], &["-W", "-y", "cannot be used with"]);
    is_wrong(&["-H", "URI", "-D", READER, "-y"], &["-y"]);
}

#[test]
fn mechanisms_are_those_that_presync_knows() {
    is_wrong(&["-H", "URI", "-Y", "DIGEST-MD5"], &["DIGEST-MD5", "-Y GSSAPI"]);
    is_wrong(&["-H", "URI", "-Y", ""], &["SASL mechanism"]);
    is_wrong(&["-H", "URI", "-Y", "GSSAPI", "-D", READER], &["cannot be used with"]);
    is_wrong(&["-H", "URI", "-Y", "GSSAPI", "-x"], &["cannot be used with"]);
    is_wrong(&["-H", "URI", "-U", "reader"], &["-Y"]);
}

#[test]
fn a_password_has_no_place_among_the_arguments() {
    for arguments in [&["-H", "URI", "-D", READER, "-w", "hunter2"][..], &["-H", "URI", "-D", READER, "-whunter2"]] {
        let peer = peer(&[] as &[Entry]);
        let arguments = arguments.iter().map(|argument| argument.replace("URI", &peer.uri_tls()));
        let output = bare("check", &folder(&peer)).args(arguments).run().exits(2).tells(&["-w"]);
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    }
}

/// setsid takes the terminal away, so that nobody can be asked.
#[cfg(target_os = "linux")]
#[test]
fn without_a_terminal_nobody_can_be_asked_for_a_password() {
    let peer = peer(&twins());
    let uri = peer.uri_tls();
    let output = std::process::Command::new("setsid")
        .args(["--wait", env!("CARGO_BIN_EXE_presync"), "check", "--no-config", "-H", &uri, "-D", READER, "-W"])
        .env("HOME", folder(&peer))
        .env("LDAPNOINIT", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let stderr = super::run::joined(&String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("cannot be asked for") && stderr.contains("-y FILE"), "{stderr}");
    assert_eq!(peer.connections(), 0);
}
