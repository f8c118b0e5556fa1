//! The reference documentation is what the rule files and the catalogue of errors say, and CONTRIBUTING.md tells the
//! truth about rule files. `PRESYNC_UPDATE=1 cargo test --test docs` writes the documentation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use presync::cli::explain::check::{number, words};
use presync::rules::engine::Spec;
use presync::rules::rule::Case;
use presync::rules::{Rule, RuleSet};
use presync::sync_error::SyncError;

const NOTE: &str = "<!-- Written by a test: PRESYNC_UPDATE=1 cargo test --test docs. Do not edit. -->\n";

#[test]
fn the_list_of_rules_is_current() {
    compare("docs/rules.md", &rules_page());
}

#[test]
fn the_list_of_sync_errors_is_current() {
    compare("docs/sync-errors.md", &errors_page());
}

#[test]
fn every_link_between_the_pages_has_its_heading() {
    let pages = [("rules.md", rules_page()), ("sync-errors.md", errors_page())];
    for (page, text) in &pages {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((target, heading)) = link.split_once('#') else { continue };
            let target = if target.is_empty() { *page } else { target };
            if let Some((_, text)) = pages.iter().find(|(name, _)| *name == target) {
                assert!(text.lines().any(|line| line.starts_with('#') && anchor(line) == heading), "{page}: {link}");
            }
        }
    }
}

#[test]
fn the_example_in_contributing_is_a_rule_that_passes_its_tests() {
    let text = contributing();
    let rule = toml_blocks(&text).find(|block| block.contains("title ")).expect("a whole rule");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("usage-location.toml"), rule).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_presync")).args(["rules", "test"]).arg(folder.path()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}");
    assert!(said.contains("1 rule, 3 examples: 3 passed, 0 failed"), "{said}");
}

#[test]
fn every_engine_in_contributing_is_one_and_none_is_left_out() {
    let text = contributing();
    let checks: Vec<&str> = toml_blocks(&text).filter(|block| block.starts_with("[check.")).collect();
    for check in &checks {
        let rule = format!("{SKELETON}\n{check}");
        presync::rules::file::parse("custom/x", "x.toml", &rule).unwrap_or_else(|error| panic!("{error}\n{check}"));
    }
    for engine in std::fs::read_dir(root().join("src/rules/engine")).unwrap() {
        let engine = engine.unwrap().path();
        let name = engine.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name == "mod" || checks.iter().any(|check| check.starts_with(&format!("[check.{name}]"))), "{name}");
    }
}

/// What a check needs around it to be a rule.
const SKELETON: &str = r#"
title = "t"
severity = "info"
predicts = { outcome = "o", certainty = "likely" }
text = { message = "m", why = "w", fix = "f", docs = ["d"] }
example = [{ title = "a", ldif = "", finds = [{ dn = "CN=A" }] }, { title = "b", ldif = "", finds = [] }]
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn contributing() -> String {
    read(&root().join("CONTRIBUTING.md"))
}

/// A text file with line feeds only, however it was checked out.
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n")
}

fn toml_blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n```toml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap_or(rest))
}

fn compare(name: &str, expected: &str) {
    let path = root().join(name);
    if std::env::var_os("PRESYNC_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let found = read(&path);
    if found != expected {
        let line = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count() + 1;
        panic!("{name} is out of date from line {line} on; PRESYNC_UPDATE=1 cargo test --test docs writes it");
    }
}

fn rules_page() -> String {
    let rules = RuleSet::built_in().unwrap();
    let folders: Vec<&[Rule]> = rules.rules().chunk_by(|one, other| folder(one) == folder(other)).collect();
    let mut page = format!("{NOTE}\n# Rules\n\n");
    page += "`presync explain ID` says the same offline. Severities: *error*, something will not arrive as it is; *warning*, it\n\
             will probably change, or soon fail; *info*, good to know. Where no error is predicted, Entra Connect reports nothing.\n\n";
    for rules in &folders {
        writeln!(page, "- [{0}](#{0})", folder(&rules[0])).unwrap();
        for rule in *rules {
            writeln!(page, "  - [{}](#{}): {}", rule.id, anchor(&rule.id), escaped(&rule.title)).unwrap();
        }
    }
    for rules in &folders {
        writeln!(page, "\n## {}", folder(&rules[0])).unwrap();
        rules.iter().for_each(|rule| rule_section(rule, &mut page));
    }
    page
}

fn rule_section(rule: &Rule, page: &mut String) {
    writeln!(page, "\n### {}\n\n**{}**\n", rule.id, escaped(&rule.title)).unwrap();
    page.push_str("| severity | finds | predicted error | category | outcome | certainty |\n|---|---|---|---|---|---|\n");
    for (number, case) in rule.cases.iter().enumerate() {
        case_row(case, rule.category(number as u8).as_str(), page);
    }
    let classes: Vec<String> = rule.classes.iter().map(|class| format!("{}s", class.as_str())).collect();
    let of_settings = rule.cases.iter().all(|case| matches!(case.check, Spec::Suppression(_)));
    let objects = if of_settings { "none; it looks at the settings".to_owned() } else { classes.join(", ") };
    write!(page, "\nObjects: {objects}.").unwrap();
    if !rule.attributes().is_empty() {
        let names: Vec<String> = rule.attributes().iter().map(|name| format!("`{name}`")).collect();
        write!(page, " Reads {}.", names.join(", ")).unwrap();
    }
    page.push('\n');
    writeln!(page, "\n{}\n**What to do.** {}", prose(&rule.why), prose(&rule.fix)).unwrap();
    for (name, bounds) in &rule.params {
        let now: Vec<u64> = rule.cases.iter().filter_map(|case| case.check.clone().number(name).copied()).collect();
        writeln!(
            page,
            "**Parameter** `{name}`: {} to {}; it is {}. `--set {}.{name}={}`, or in `presync.toml`:\n\n```toml\n[rules.set.\"{}\"]\n{name} = {}\n```\n",
            number(bounds.min),
            number(bounds.max),
            number(now[0]),
            rule.id,
            now[0],
            rule.id,
            now[0]
        )
        .unwrap();
    }
    if rule.docs.is_empty() {
        return;
    }
    documents(rule.docs.iter().map(String::as_str), page);
}

fn case_row(case: &Case, category: &str, page: &mut String) {
    let link = |error: &SyncError| format!("[{error}](sync-errors.md#{})", anchor(error.name()));
    let mut error = case.predicts.error.as_ref().map_or_else(|| "none".to_owned(), link);
    if !case.predicts.without_resiliency.is_empty() {
        let others: Vec<String> = case.predicts.without_resiliency.iter().map(link).collect();
        write!(error, "; without duplicate attribute resiliency also {}", others.join(", ")).unwrap();
    }
    writeln!(
        page,
        "| {} | {} | {error} | {category} | {} | {} |",
        case.severity,
        escaped(&words(&case.check)),
        escaped(&case.predicts.outcome),
        case.predicts.certainty.as_str()
    )
    .unwrap();
}

fn errors_page() -> String {
    let rules = RuleSet::built_in().unwrap();
    let mut page = format!("{NOTE}\n# Sync errors\n\n");
    page += "The errors that Entra Connect and Entra ID raise for an object, under their own names. `presync explain NAME` says the\n\
             same offline. The category is where Entra Connect Health files the error.\n\n";
    for error in SyncError::ALL {
        writeln!(page, "- [{error}](#{}): {}", anchor(error.name()), escaped(error.summary())).unwrap();
    }
    for error in SyncError::ALL {
        writeln!(page, "\n## {error}\n\n**{}** Category: {}.\n", escaped(error.summary()), error.category()).unwrap();
        page.push_str(&prose(error.explanation()));
        let predicting = rules.rules().iter().filter(|rule| rule.cases.iter().any(|case| names(case, error)));
        let links: Vec<String> = predicting.map(|rule| format!("[{0}](rules.md#{1})", rule.id, anchor(&rule.id))).collect();
        match links.is_empty() {
            true => page.push_str("\nNo rule predicts it.\n\n"),
            false => writeln!(page, "\nPredicted by {}.\n", links.join(", ")).unwrap(),
        }
        documents(error.documents().iter().copied(), &mut page);
    }
    page
}

fn names(case: &Case, error: SyncError) -> bool {
    case.predicts.error == Some(error) || case.predicts.without_resiliency.contains(&error)
}

fn folder(rule: &Rule) -> &str {
    rule.id.split('/').next().unwrap_or_default()
}

/// The name of a heading in links, as GitHub and GitLab make it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ')).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn documents<'d>(documents: impl Iterator<Item = &'d str>, page: &mut String) {
    page.push_str("Documents:\n\n");
    documents.for_each(|document| writeln!(page, "- <{document}>").unwrap());
}

/// Prose with indented lines in it, which become blocks of code.
fn prose(text: &str) -> String {
    let mut page = String::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with(' ') != code && !line.is_empty() {
            code = !code;
            page.push_str(if code { "\n```text\n" } else { "```\n\n" });
        }
        match code {
            true => page.push_str(line.strip_prefix("  ").unwrap_or(line)),
            false => page.push_str(&escaped(line)),
        }
        page.push('\n');
    }
    if code {
        page.push_str("```\n");
    }
    page
}

/// Text that means nothing to Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
