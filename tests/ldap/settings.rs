//! Settings of OpenLDAP's tools, of the environment and of presync.toml.

use super::peer::Peer;
use super::run::{PASSWORD, READER, bare, file, folder, peer, told, twins};
use super::support::{Presync, presync, text};

/// A check in the peer's folder, with the password, that looks at the settings of OpenLDAP's tools.
fn program(peer: &Peer, arguments: &[&str]) -> Presync {
    file(peer, "password", PASSWORD);
    let home = folder(peer);
    let program = presync(["check", "--no-config"]).args(arguments.iter().copied()).within(&home);
    program.env("HOME", home.to_str().unwrap()).env("KRB5_CONFIG", "/nonexistent").env("USERDNSDOMAIN", "")
}

fn ca(peer: &Peer) -> String {
    peer.ca_pem().to_str().unwrap().to_owned()
}

#[test]
fn variables_name_server_base_account_and_authority() {
    let peer = peer(&twins());
    let program = program(&peer, &["-y", "password"]).env("LDAPURI", &peer.uri_tls()).env("LDAPTLS_CACERT", &ca(&peer));
    let program = program.env("LDAPBINDDN", READER).env("LDAPBASE", "OU=Groups,DC=contoso,DC=com");
    let told = told(program).exits(0).complete().holds(1);
    assert_eq!(text(&told.report.sources()[0]["name"]), peer.uri_tls());
}

#[test]
fn what_is_typed_wins_over_variables() {
    let (peer, other) = (peer(&twins()), peer(&[]));
    let arguments = ["-H", &peer.uri_tls(), "-D", READER, "-y", "password", "--cacert", &ca(&peer), "-b", "OU=People,DC=contoso,DC=com"];
    let program = program(&peer, &arguments).env("LDAPURI", &other.uri_tls()).env("LDAPBASE", "OU=Groups,DC=contoso,DC=com");
    let program = program.env("LDAPBINDDN", "other").env("LDAPTLS_CACERT", "missing.pem").env("LDAPSIZELIMIT", "1");
    told(program.args(["-z", "none"])).exits(1).complete().holds(2);
    assert_eq!(other.connections(), 0);
}

#[test]
fn limits_can_come_from_variables() {
    let peer = peer(&twins());
    let arguments = ["-H", &peer.uri_tls(), "-D", READER, "-y", "password", "--cacert", &ca(&peer)];
    let program = program(&peer, &arguments).env("LDAPSIZELIMIT", "2").env("LDAPTIMELIMIT", "7").env("LDAPNETWORK_TIMEOUT", "9");
    told(program).exits(4).holds(2).misses("after 2 entries");
    assert_eq!(peer.searches().last().unwrap().time_limit, 7);
}

#[test]
fn files_of_the_user_are_read() {
    for name in ["ldaprc", ".ldaprc", "own.conf", "ownrc", ".ownrc"] {
        let peer = peer(&twins());
        let lines = format!(
            "# of OpenLDAP\nuri {}\nBINDDN\t{READER}\nTLS_CACERT {}\nBASE OU=People,DC=contoso,DC=com\n",
            peer.uri_tls(),
            ca(&peer)
        );
        file(&peer, name, lines);
        let program = program(&peer, &["-x", "-y", "password"]).env("LDAPCONF", "own.conf").env("LDAPRC", "ownrc");
        told(program).exits(1).complete().holds(2);
    }
}

#[test]
fn a_snapshot_knows_the_settings_as_well() {
    let peer = peer(&twins());
    file(&peer, "ldaprc", format!("URI {}\nBINDDN {READER}\nTLS_CACERT {}\n", peer.uri_tls(), ca(&peer)));
    file(&peer, "password", PASSWORD);
    let program = presync(["snapshot", "--no-config", "-y", "password"]).within(&folder(&peer)).env("HOME", "/nonexistent");
    assert_eq!(program.run().exits(0).stdout.matches("\ndn: ").count(), 3);
}

#[test]
fn nothing_of_it_is_read_where_that_is_not_wanted() {
    let peer = peer(&twins());
    file(&peer, "ldaprc", format!("URI {}\n", peer.uri_tls()));
    let program = program(&peer, &["-x"]).env("LDAPURI", &peer.uri_tls()).env("LDAPNOINIT", "");
    program.run().exits(2).tells(&["no server is named"]);
    assert_eq!(peer.connections(), 0);
}

#[test]
fn a_mechanism_of_the_settings_does_not_stand_against_an_account() {
    let peer = peer(&twins());
    let arguments = ["-H", &peer.uri_tls(), "-D", READER, "-y", "password", "--cacert", &ca(&peer)];
    told(program(&peer, &arguments).env("LDAPSASL_MECH", "DIGEST-MD5")).exits(1).complete();
}

#[test]
fn certificates_are_verified_whatever_the_settings_say() {
    let peer = peer(&twins());
    let arguments = ["-H", &peer.uri_tls(), "-D", READER, "-y", "password"];
    for value in ["never", "allow", "try"] {
        let program = program(&peer, &arguments).env("LDAPTLS_REQCERT", value);
        told(program).exits(3).says(&["TLS_REQCERT is ignored", "not trusted"]);
    }
    assert_eq!(peer.requests(), []);
}

#[test]
fn broken_files_do_no_harm() {
    let peer = peer(&twins());
    file(&peer, "ldaprc", b"URI\nBASE\n\xff\xfe\nSIZELIMIT many\n");
    let arguments = ["-H", &peer.uri_tls(), "-D", READER, "-y", "password", "--cacert", &ca(&peer)];
    told(program(&peer, &arguments)).exits(1).complete();
}

/// A check in the peer's folder with a settings file.
fn with_file(peer: &Peer, lines: &str, arguments: &[&str]) -> Presync {
    file(peer, "presync.toml", lines);
    file(peer, "password", PASSWORD);
    let home = folder(peer);
    presync(["check"]).args(arguments.iter().copied()).within(&home).env("HOME", home.to_str().unwrap()).env("LDAPNOINIT", "1")
}

#[test]
fn the_settings_file_names_the_directory() {
    let peer = peer(&twins());
    let lines = format!(
        "[ldap]\nuri = \"{}\"\nbase = [\"OU=People,DC=contoso,DC=com\"]\nbind-dn = \"{READER}\"\ntls-cacert = \"ca.pem\"\npage-size = 1\n",
        peer.uri_tls()
    );
    told(with_file(&peer, &lines, &["-y", "password"])).exits(1).complete().holds(2);
    let searches = peer.searches();
    assert_eq!(searches.last().unwrap().page().map(|(size, _)| size), Some(1));
    told(with_file(&peer, &lines, &["-y", "password", "-b", "DC=contoso,DC=com", "--page-size", "9"])).exits(1).complete().holds(3);
    assert_eq!(peer.searches().last().unwrap().page().map(|(size, _)| size), Some(9));
    // With a file to read, nobody is asked.
    let before = peer.connections();
    file(&peer, "export.ldif", super::support::entry::ldif(&twins()));
    told(with_file(&peer, &lines, &["export.ldif"])).exits(1).holds(3);
    assert_eq!(peer.connections(), before);
}

#[test]
fn a_page_size_in_the_file_is_a_number_that_a_page_can_have() {
    for size in ["0", "-1", "4294967296", "\"many\"", "100001"] {
        let peer = peer(&twins());
        let lines = format!("[ldap]\nuri = \"{}\"\npage-size = {size}\n", peer.uri_tls());
        with_file(&peer, &lines, &[]).run().exits(2);
        assert_eq!(peer.connections(), 0);
    }
}

#[test]
fn a_password_in_the_settings_file_is_refused_and_not_repeated() {
    let cases = [
        "password = \"hunter2\"",
        "bind-password = 'hunter2'",
        "bind_pw = \"hunter2\"",
        "password = hunter2",
        "passwd = \"hunter2",
        "password= \"\"\"\nhunter2\n\"\"\"",
        "secret = { value = \"hunter2\" }",
        "bind-dn = 1\npassword = \"hunter2\"",
        "password = \"hunter2\"\nbind-dn = 1",
    ];
    for line in cases {
        for key in ["", "[ldap]\n"] {
            let peer = peer(&twins());
            let output = with_file(&peer, &format!("{key}{line}\n"), &["-H", &peer.uri_tls()]).run().exits(2).tells(&["presync.toml"]);
            assert!(!output.stderr.contains("hunter2") && !output.stdout.contains("hunter2"), "{line}: {}", output.stderr);
            assert_eq!(peer.connections(), 0);
        }
    }
    let peer = peer(&twins());
    let output = with_file(&peer, "[ldap]\npassword = \"hunter2\"\n", &["-H", &peer.uri_tls()]).run().exits(2);
    output.tells(&["-W", "-y FILE"]);
}

#[test]
fn an_account_without_a_password_is_asked_for_one() {
    let peer = peer(&twins());
    let lines = format!("[ldap]\nuri = \"{}\"\nbind-dn = \"{READER}\"\n", peer.uri_tls());
    with_file(&peer, &lines, &[]).run().exits(2).tells(&["no password for reader@contoso.com", "-W"]);
}

#[test]
fn a_variable_of_presync_names_the_authority() {
    let peer = peer(&twins());
    file(&peer, "password", PASSWORD);
    let program = bare("check", &folder(&peer)).args(["-H", &peer.uri_tls(), "-D", READER, "-y", "password"]).within(&folder(&peer));
    told(program.env("PRESYNC_CACERT", "ca.pem")).exits(1).complete();
}
