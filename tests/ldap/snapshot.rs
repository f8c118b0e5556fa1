//! `presync snapshot`: what it writes, where, and what is left when it fails.

use std::io::Read as _;
use std::path::Path;

use super::peer::{Behaviour, Fault, Malformed, Peer};
use super::run::{HOST, PASSWORD, check, peer, peer_with, snapshot, told, twins, users, without_places};
use super::support::entry::{DOMAIN, Entry, group, user};
use super::support::{Folder, check as check_files, project};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn partial() -> Peer {
    peer_with(&users(4), Behaviour { max_page_size: 2, faults: vec![Fault::result(11).on_page(2).after(1)], ..Behaviour::default() })
}

#[test]
fn a_snapshot_is_judged_like_its_directory() {
    let sample = std::fs::read_to_string(project().join("samples/contoso.ldif")).unwrap();
    let peer = Peer::start(super::peer::Directory::contoso().with(sample));
    let folder = Folder::new();
    let live = told(check(&peer)).exits(1).complete();
    for name in ["contoso.ldif", "contoso.ldif.gz", "contoso"] {
        snapshot(&peer).args(["-o", name]).within(folder.path()).run().exits(0).tells(&["next: presync check", name]);
        let file = told(check_files([name]).within(folder.path())).exits(1).complete();
        assert_eq!(without_places(&file.report), without_places(&live.report));
        assert_eq!((file.report.entries(), file.report.clauses()), (live.report.entries(), live.report.clauses()));
    }
    assert_eq!(names(folder.path()), ["contoso", "contoso.ldif", "contoso.ldif.gz"]);
    assert_eq!(peer.violations(), [""; 0]);
}

#[test]
fn a_compressed_snapshot_holds_the_same() {
    let (peer, folder) = (peer(&twins()), Folder::new());
    snapshot(&peer).args(["-o", "a.ldif", "-q"]).within(folder.path()).run().exits(0);
    snapshot(&peer).args(["-o", "a.LDIF.GZ", "-q"]).within(folder.path()).run().exits(0);
    let plain = std::fs::read_to_string(folder.path().join("a.ldif")).unwrap();
    let mut unpacked = String::new();
    let file = std::fs::File::open(folder.path().join("a.LDIF.GZ")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut unpacked).unwrap();
    let without_time =
        |text: &str| text.lines().filter(|line| !line.starts_with("# when: ")).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(without_time(&unpacked), without_time(&plain));
}

#[test]
fn the_header_says_what_is_covered() {
    let peer = peer(&twins());
    let text = snapshot(&peer).args(["-b", DOMAIN]).run().exits(0).stdout;
    let header: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
    let has =
        |start: &str| header.iter().find_map(|line| line.strip_prefix(start)).unwrap_or_else(|| panic!("{start} is not in {header:#?}"));
    assert_eq!(has("# server: "), format!("{} ({HOST})", peer.uri_tls()));
    assert_eq!((has("# account: "), has("# base: ")), ("CONTOSO\\reader", DOMAIN));
    assert_eq!((has("# entries: "), has("# complete: ")), ("3", "yes"));
    assert_eq!(has("# scope: "), "sub, filter: (|(objectCategory=person)(objectCategory=group))");
    let when = has("# when: ");
    assert!(when.starts_with("20") && when.ends_with('Z') && when.len() == 20, "{when}");
    let attributes: Vec<&str> = header.iter().skip_while(|line| !line.starts_with("# attributes:")).collect::<Vec<_>>()[1..]
        .iter()
        .filter_map(|line| line.strip_prefix("#   "))
        .flat_map(str::split_whitespace)
        .collect();
    assert_eq!(attributes, peer.searches().last().unwrap().attributes);
    assert!(header.iter().all(|line| line.len() <= 80 && !line.contains(PASSWORD)), "{header:#?}");
}

#[test]
fn all_attributes_are_saved_where_that_is_wanted() {
    let peer = peer(&[user("ann").with("department", "Sales")]);
    assert!(!snapshot(&peer).run().exits(0).stdout.contains("department"));
    for attributes in ["all", "department", "needed,department"] {
        let text = snapshot(&peer).args(["--attrs", attributes]).run().exits(0).stdout;
        assert!(text.contains("\ndepartment: Sales\n") && text.contains("\nobjectGUID:: "), "{text}");
    }
}

#[test]
fn standard_output_gets_nothing_but_the_snapshot() {
    let (peer, folder) = (peer(&twins()), Folder::new());
    for arguments in [&[][..], &["-o", "-"]] {
        let output = snapshot(&peer).args(arguments).within(folder.path()).run().exits(0);
        assert!(output.stdout.starts_with("# Active Directory") && output.stdout.ends_with("\n\n"), "{}", output.stdout);
        assert_eq!(output.stderr, "");
        told(super::support::check_text(output.stdout)).exits(1).complete().holds(3);
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_file_that_is_there_is_replaced_by_a_whole_one_only() {
    let folder = Folder::new();
    let old = folder.write("contoso.ldif", "old\n");
    snapshot(&partial())
        .args(["-o", "contoso.ldif"])
        .within(folder.path())
        .run()
        .exits(4)
        .tells(&["PARTIAL", "contoso.ldif was not written"]);
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "old\n");
    assert_eq!(names(folder.path()), ["contoso.ldif", "contoso.partial.ldif"]);
    snapshot(&peer(&twins())).args(["-o", "contoso.ldif"]).within(folder.path()).run().exits(0);
    assert_eq!(told(check_files([&old])).exits(1).complete().report.entries(), 3);
}

#[test]
fn a_partial_snapshot_says_so_and_is_judged_as_such() {
    for (name, partial_name) in [("contoso.ldif", "contoso.partial.ldif"), ("contoso.ldif.gz", "contoso.partial.ldif.gz")] {
        let folder = Folder::new();
        let output = snapshot(&partial()).args(["-o", name, "-q"]).within(folder.path()).run().exits(4);
        output.tells(&["PARTIAL: 3 entries", partial_name, "limit that its administrator set"]);
        assert_eq!(names(folder.path()), [partial_name]);
        let told = told(check_files([partial_name]).within(folder.path())).exits(4).holds(3);
        told.misses("limit that its administrator set").misses("127.0.0.1");
    }
    let output = snapshot(&partial()).run().exits(4).tells(&["PARTIAL", "limit that its administrator set"]);
    assert!(output.stdout.contains("# complete: NO"), "{}", output.stdout);
    told(super::support::check_text(output.stdout)).exits(4).holds(3);
}

#[test]
fn a_snapshot_with_a_gap_in_one_object_is_partial() {
    let staff = group("staff").with_all("member", ["CN=a", "CN=b", "CN=c"]);
    let fault = Fault::result(50).at_base(staff.dn());
    let peer = peer_with(&[staff], Behaviour { max_val_range: 2, faults: vec![fault], ..Behaviour::default() });
    let folder = Folder::new();
    snapshot(&peer).args(["-o", "a.ldif"]).within(folder.path()).run().exits(4).tells(&["PARTIAL", "CN=staff", "only the first 2 values"]);
    told(check_files(["a.partial.ldif"]).within(folder.path())).exits(4).holds(1).misses("only the first 2 values");
}

#[test]
fn a_snapshot_of_one_directory_of_two_is_partial() {
    let (first, second) =
        (peer(&twins()), peer_with(&[] as &[Entry], Behaviour { bind: super::peer::Bind::Refused("775"), ..Behaviour::default() }));
    let folder = Folder::new();
    let program =
        super::run::as_reader("snapshot", &first, &first.uri()).args(["-H", &second.uri(), "--password-in-clear", "-o", "a.ldif"]);
    program.within(folder.path()).run().exits(4).tells(&["locked", &second.uri(), "PARTIAL"]);
    told(check_files(["a.partial.ldif"]).within(folder.path())).exits(4).holds(3).misses("locked");
}

#[test]
fn nothing_is_left_behind_where_nothing_was_read() {
    let refused = || Behaviour { faults: vec![Fault::result(50)], ..Behaviour::default() };
    let cases: [(Peer, &str); 3] = [
        (peer_with(&twins(), refused()), "may not read"),
        (peer(&[] as &[Entry]), "no users, groups or contacts"),
        (peer_with(&twins(), Behaviour { bind: super::peer::Bind::Refused("533"), ..Behaviour::default() }), "disabled"),
    ];
    for (peer, words) in cases {
        let folder = Folder::new();
        folder.write("a.ldif", "old\n");
        let output = snapshot(&peer).args(["-o", "a.ldif"]).within(folder.path()).run().exits(3).tells(&[words]);
        assert_eq!((names(folder.path()), output.stdout.as_str()), (vec!["a.ldif".to_owned()], ""));
        assert_eq!(std::fs::read_to_string(folder.path().join("a.ldif")).unwrap(), "old\n");
    }
}

#[test]
fn a_directory_that_only_brings_rubbish_is_not_called_empty() {
    for (malformed, words) in [(Malformed::WrongTags, "malformed"), (Malformed::EmptyDn, "without a name")] {
        let peer = peer_with(&[] as &[Entry], Behaviour { faults: vec![Fault::send(malformed)], ..Behaviour::default() });
        let output = snapshot(&peer).run().exits(3).tells(&[words, "127.0.0.1"]);
        assert!(!output.stderr.contains("no users"), "{}", output.stderr);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_wrong_usage_before_anything_is_read() {
    let folder = Folder::new();
    folder.write("file", "");
    for (name, words) in [("missing/a.ldif", "missing"), ("file/a.ldif", "file"), (".", "is a folder"), ("", "--output")] {
        let peer = peer(&twins());
        snapshot(&peer).args(["-o", name]).within(folder.path()).run().exits(2).tells(&[words]);
        assert_eq!(peer.connections(), 0, "{name}");
    }
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_snapshot() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    snapshot(&peer(&twins())).args(["-o", "a.ldif"]).within(folder.path()).run().exits(0);
    snapshot(&partial()).args(["-o", "b.ldif.gz"]).within(folder.path()).run().exits(4);
    assert_eq!((mode("a.ldif"), mode("b.partial.ldif.gz")), (0o600, 0o600));
    // Also where there was one that others could read.
    folder.write("c.ldif", "old\n");
    snapshot(&peer(&twins())).args(["-o", "c.ldif"]).within(folder.path()).run().exits(0);
    assert_eq!(mode("c.ldif"), 0o600);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_wrong_usage() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let set = |mode: u32| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o500);
    // Whoever runs the tests as root may write everywhere.
    if std::fs::write(folder.path().join("probe"), "").is_err() {
        let peer = peer(&twins());
        snapshot(&peer).args(["-o", "a.ldif"]).within(folder.path()).run().exits(2);
        assert_eq!(peer.connections(), 0);
    }
    set(0o700);
}

#[test]
fn two_directories_are_two_parts_of_one_file() {
    let child =
        Peer::start(super::peer::Directory::new("DC=emea,DC=contoso,DC=com").with(user("bob").named("CN=bob,DC=emea,DC=contoso,DC=com")));
    let first = peer(&twins()[..1]);
    let program = super::run::as_reader("snapshot", &first, &first.uri()).args(["-H", &child.uri(), "--password-in-clear"]);
    let text = program.run().exits(0).stdout;
    for peer in [&first, &child] {
        assert!(text.contains(&format!("# from {}", peer.uri())), "{text}");
    }
    assert_eq!(text.matches("# entries: 1\n").count(), 2);
    told(super::support::check_text(text)).complete().holds(2);
}
