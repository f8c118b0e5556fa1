//! How a run ends that somebody else ends: closed pipes and Ctrl-C.

#![cfg(unix)]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::peer::{Behaviour, Fault, Peer};
use super::run::{check, folder, peer, peer_with, snapshot, twins, users};
use super::support::{Folder, Presync, wait};

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn start(program: Presync) -> Child {
    program.into_command().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the peer is asked for users.
fn is_searching(peer: &Peer) {
    let start = Instant::now();
    while !peer.searches().iter().any(|search| !search.base.is_empty()) {
        assert!(start.elapsed() < Duration::from_secs(60), "nobody searches");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(child: &Child) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
}

fn silent() -> Peer {
    peer_with(&users(5), Behaviour { faults: vec![Fault::hang().after(2)], ..Behaviour::default() })
}

#[test]
fn an_interrupted_check_is_130() {
    let peer = silent();
    let mut child = start(check(&peer));
    is_searching(&peer);
    interrupt(&child);
    assert_eq!(wait(&mut child).code(), Some(130));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn an_interrupted_snapshot_leaves_no_file() {
    let (peer, folder) = (silent(), Folder::new());
    folder.write("old.ldif", "old\n");
    let mut child = start(snapshot(&peer).args(["-o", "old.ldif"]).within(folder.path()));
    is_searching(&peer);
    interrupt(&child);
    assert_eq!(wait(&mut child).code(), Some(130));
    assert_eq!(names(folder.path()), ["old.ldif"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("old.ldif")).unwrap(), "old\n");
}

#[test]
fn closed_pipes_end_the_program_quietly() {
    let peer = peer(&users(2000));
    for program in [snapshot(&peer), check(&peer).args(["--format", "jsonl"])] {
        let mut child = start(program);
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((wait(&mut child).code(), said.contains("panicked"), said.contains("Broken pipe")), (Some(0), false, false), "{said}");
    }
}

#[test]
fn nobody_has_to_listen_to_errors() {
    let gone = peer_with(&twins(), Behaviour { faults: vec![Fault::result(50).after(1)], ..Behaviour::default() });
    let folder = Folder::new();
    for (program, code) in [
        (check(&gone), 4),
        (snapshot(&gone).args(["-o", "a.ldif"]).within(folder.path()), 4),
        (check(&gone).args(["-b", "OU=nowhere,DC=contoso,DC=com"]), 3),
    ] {
        let mut child = start(program);
        drop(child.stderr.take());
        let mut report = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut report).unwrap();
        assert_eq!(wait(&mut child).code(), Some(code));
    }
    assert_eq!(names(folder.path()), ["a.partial.ldif"]);
}

#[test]
fn both_pipes_can_be_closed() {
    let peer = silent();
    let mut child = start(snapshot(&peer).args(["--network-timeout", "1", "--retry", "0"]));
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(wait(&mut child).code(), Some(4));
    assert!(folder(&peer).exists());
}
