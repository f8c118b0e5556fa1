//! The library's run over pieces of a chosen size, on a chosen number of threads.

use std::sync::LazyLock;

use presync::directory::{Counters, Source};
use presync::report::{Report, json};
use presync::rules::run::{Request, run_in_pieces};
use presync::rules::{Outcome, RuleSet};
use presync::source::spool::from_text;
use presync::sync::Settings;
use presync::triage::Triage;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::built_in().expect("the built-in rules are right"));

/// Runs all rules over some named texts, in pieces of about `size` bytes on `threads` threads.
pub(crate) fn run(texts: &[(&str, &[u8])], settings: &Settings, size: usize, threads: usize) -> Outcome {
    let sources = texts.iter().map(|(name, text)| Source { name: (*name).to_owned(), kind: "ldif", storage: from_text(*text) }).collect();
    let attributes = RULES.attribute_table([], false);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let counters = Counters::default();
    pool.install(|| {
        run_in_pieces(
            sources,
            None,
            attributes,
            &Request { rules: &RULES, settings, tenant: None, is_partial: false, counters: &counters },
            size,
        )
    })
}

/// The same, as the report in JSON lines.
pub(crate) fn report(texts: &[(&str, &[u8])], settings: &Settings, size: usize, threads: usize) -> String {
    let outcome = run(texts, settings, size, threads);
    let mut coverage = outcome.coverage.clone();
    let mut lines = Vec::new();
    json::write_jsonl(
        &Report { outcome: &outcome, rules: &RULES, inputs: &[], triage: &Triage::default(), show_suppressed: false },
        &mut coverage,
        &mut lines,
    )
    .expect("a vector takes everything");
    String::from_utf8(lines).expect("JSON is UTF-8")
}

/// Stops the test at the first line that differs.
#[track_caller]
pub(crate) fn same(one: &str, other: &str, what: &str) {
    if one == other {
        return;
    }
    let shown = |line: Option<&str>| line.unwrap_or("(nothing)").chars().take(600).collect::<String>();
    let (mut ones, mut others) = (one.lines(), other.lines());
    loop {
        let (line, other) = (ones.next(), others.next());
        assert!(line == other, "{what}:\n{}\nis not\n{}", shown(line), shown(other));
        assert!(line.is_some(), "{what}: only line ends differ");
    }
}
