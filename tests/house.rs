//! The house: which room may use which, and what only some rooms may do. Reads the sources, not the program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room with the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("ldif", &[]),
    ("json", &[]),
    ("sync_error", &[]),
    ("directory", &["ldif"]),
    ("source", &["ldif", "directory"]),
    ("finding", &["ldif", "directory", "tenant"]),
    ("sync", &["directory"]),
    ("tenant", &["json", "directory", "sync"]),
    ("rules", &["directory", "sync", "tenant", "finding", "sync_error"]),
    ("predict", &["directory", "sync", "tenant", "finding", "sync_error", "rules"]),
    ("preview", &["directory", "sync", "finding", "rules", "tenant"]),
    ("triage", &["directory", "sync", "finding", "rules", "predict"]),
    ("diff", &["directory", "sync", "finding", "rules"]),
    ("fix", &["directory", "sync", "finding", "rules", "predict", "source"]),
    (
        "report",
        &[
            "ldif",
            "json",
            "diff",
            "sync_error",
            "directory",
            "source",
            "finding",
            "sync",
            "tenant",
            "rules",
            "predict",
            "preview",
            "triage",
            "fix",
        ],
    ),
    (
        "cli",
        &[
            "ldif",
            "sync_error",
            "directory",
            "source",
            "finding",
            "sync",
            "tenant",
            "rules",
            "predict",
            "preview",
            "diff",
            "triage",
            "fix",
            "report",
        ],
    ),
];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, skip: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if skip.contains(&name.as_str()) {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files_below(&entry.path(), skip));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// A source file of the library: its path below src/, and its code without comments and texts.
struct Source {
    path: String,
    code: String,
}

impl Source {
    /// The room that it is in: the first part of its path.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// How many modules deep it is: src/ldif/mod.rs is 1, src/ldif/reader.rs 2.
    fn depth(&self) -> usize {
        self.path.split('/').count() - usize::from(self.path.ends_with("/mod.rs"))
    }

    /// The lines of code that hold a text, as places.
    fn places(&self, text: &str) -> Vec<String> {
        let lines = self.code.lines().enumerate().filter(|(_, line)| holds_word(line, text));
        lines.map(|(number, line)| format!("src/{}:{}: {}", self.path, number + 1, line.trim())).collect()
    }
}

/// Whether a line holds a text that is not a part of a longer word.
fn holds_word(line: &str, text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(text).any(|(at, _)| {
        let starts_word = text.starts_with(is_word);
        let ends_word = text.ends_with(is_word);
        !(starts_word && line[..at].ends_with(is_word) || ends_word && line[at + text.len()..].starts_with(is_word))
    })
}

fn sources() -> Vec<Source> {
    let root = project().join("src");
    let files = files_below(&root, &[]).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            Source { path, code: code_of(&text) }
        })
        .collect()
}

/// Takes comments and the insides of texts out; lines stay.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#\"") => {
                let (open, close) = if rest.starts_with("r#") { (3, "\"#") } else { (2, "\"") };
                rest[open..].find(close).map_or(rest.len(), |end| open + end + close.len())
            }
            '"' => {
                let bytes = rest.as_bytes();
                let mut end = 1;
                while end < bytes.len() && bytes[end] != b'"' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                (end + 1).min(rest.len())
            }
            // A quote or a slash as a character does not start a text.
            '\'' if rest.starts_with("'\"'") => 3,
            '\'' if rest.starts_with("'\\\"'") || rest.starts_with("'\\''") => 4,
            _ => 0,
        };
        if skipped == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().filter(|&c| c == '\n'));
            rest = &rest[skipped..];
        }
    }
    code
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The rooms that a path leads to, given what follows `crate::`: one, or those of a group in braces.
fn targets(after: &str) -> Vec<&str> {
    let Some(group) = after.strip_prefix('{') else { return vec![word(after)] };
    let mut found = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                found.push(word(group[start..at].trim()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// Every room that a file names, with its own.
fn rooms_named(source: &Source) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in source.code.match_indices("crate::") {
        named.extend(targets(&source.code[at + "crate::".len()..]).into_iter().map(str::to_owned));
    }
    // As many steps up as the file is deep lead to the root as well.
    let up = "super::".repeat(source.depth());
    for (at, _) in source.code.match_indices(&up) {
        let after = source.code[at + up.len()..].trim_start_matches("super::");
        named.extend(targets(after).into_iter().filter(|name| ROOMS.iter().any(|(room, _)| room == name)).map(str::to_owned));
    }
    named.remove("");
    named
}

#[test]
fn a_room_uses_only_the_rooms_that_it_may_use() {
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.room();
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, may_use)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            panic!("src/{} is in no room of the house: give it a place in the table of this test", source.path);
        };
        for named in rooms_named(&source) {
            if named != room && !may_use.contains(&named.as_str()) {
                wrong.push(format!("src/{} uses {named}, which {room} may not", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_are_understood_in_every_form() {
    let named = |path: &str, text: &str| {
        let source = Source { path: path.to_owned(), code: code_of(text) };
        rooms_named(&source).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(named("ldif/reader.rs", "use crate::cli::main;"), ["cli"]);
    assert_eq!(named("ldif/reader.rs", "use crate::{cli::{args, main}, directory::Dn, rules};"), ["cli", "directory", "rules"]);
    assert_eq!(named("ldif/reader.rs", "let x = crate::sync::Settings::default();"), ["sync"]);
    assert_eq!(named("ldif/reader.rs", "use super::super::directory::Dn; use super::border;"), ["directory"]);
    assert_eq!(named("ldif/mod.rs", "use super::directory::Dn;"), ["directory"]);
    assert_eq!(named("rules/engine/mod.rs", "use super::super::report;"), ["report"]);
    assert_eq!(
        named("ldif/reader.rs", "// crate::cli\n/// [`crate::cli`]\nlet s = \"crate::cli\"; let c = '\"'; /* crate::cli */"),
        [""; 0]
    );
    assert!(holds_word("x.unwrap(); print!(1)", "print!") && !holds_word("eprint!(1)", "print!"));
}

/// Stops the test when a text is in code outside the places that may have it.
#[track_caller]
fn only_in(texts: &[&str], allowed: &[&str]) {
    let mut wrong = Vec::new();
    for source in sources() {
        if !allowed.iter().any(|place| source.path.starts_with(place)) {
            wrong.extend(texts.iter().flat_map(|text| source.places(text)));
        }
    }
    assert!(wrong.is_empty(), "only {allowed:?} may have {texts:?}:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints_exits_and_looks_at_the_environment() {
    only_in(&["println!", "print!", "eprintln!", "eprint!", "dbg!", "io::stdout", "io::stderr"], &["cli/"]);
    only_in(&["process::exit", "process::abort"], &["cli/"]);
    only_in(&["std::env", "env::var", "env::args"], &["cli/", "main.rs"]);
    only_in(&["indicatif"], &["cli/"]);
}

#[test]
fn only_the_live_source_talks_to_a_server() {
    only_in(&["tokio", "ldap3"], &["source/ldap"]);
    only_in(&["std::net", "TcpStream", "UdpSocket"], &["source/ldap"]);
}

#[test]
fn miette_stays_at_the_edge() {
    only_in(&["miette"], &["cli/", "report/human", "report/excerpt", "rules/file.rs", "rules/select.rs"]);
}

#[test]
fn nothing_is_unsafe() {
    only_in(&["unsafe"], &[]);
    let manifest = std::fs::read_to_string(project().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
}

#[test]
fn data_does_not_change_after_its_step() {
    let source_rooms: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).filter(|room| !["directory", "rules"].contains(room)).collect();
    only_in(&["Mutex", "RwLock", "RefCell", "OnceCell", "OnceLock"], &source_rooms);
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for path in
        files_below(&project().join("src"), &[]).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
    {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not start with //!", path.display());
    }
}

/// A stranger has the clone and nothing else; only the project's own CI may look beside it.
#[test]
fn the_project_stands_alone() {
    let beside = ["..", "shared"].join("/");
    let mut wrong = Vec::new();
    for path in files_below(project(), &["target", ".git"]) {
        let name = path.strip_prefix(project()).unwrap().to_string_lossy().replace('\\', "/");
        // An export that somebody left here is no file of the project.
        if name == ".ci/run" || path.metadata().unwrap().len() > 1 << 20 {
            continue;
        }
        if memchr::memmem::find(&std::fs::read(&path).unwrap(), beside.as_bytes()).is_some() {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "these files name {beside}: {wrong:?}");
}
