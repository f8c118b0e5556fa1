//! The library's run over pieces of a chosen size, on a chosen number of threads.

use std::sync::LazyLock;

use presync::directory::{Counters, PREVIOUS, Source};
use presync::report::{Report, json};
use presync::rules::run::{Earlier, Request, run_in_pieces};
use presync::rules::{Outcome, RuleSet};
use presync::source::spool::from_text;
use presync::sync::Settings;
use presync::triage::Triage;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::built_in().expect("the built-in rules are right"));

type Texts<'t> = [(&'t str, &'t [u8])];

fn sources(texts: &Texts<'_>, kind: &'static str) -> Vec<Source> {
    texts.iter().map(|(name, text)| Source { name: (*name).to_owned(), kind, storage: from_text(*text) }).collect()
}

/// Runs all rules over some named texts, in pieces of about `size` bytes on `threads` threads.
pub(crate) fn run(texts: &Texts<'_>, settings: &Settings, size: usize, threads: usize) -> Outcome {
    run_all(texts, None, settings, size, threads)
}

fn run_all(texts: &Texts<'_>, previous: Option<&Texts<'_>>, settings: &Settings, size: usize, threads: usize) -> Outcome {
    let earlier = previous.map(|texts| Earlier { sources: sources(texts, PREVIOUS), settings: settings.clone(), exports: false });
    let attributes = RULES.attribute_table([], earlier.is_some());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let counters = Counters::default();
    let request = Request { rules: &RULES, settings, tenant: None, is_partial: false, counters: &counters };
    pool.install(|| run_in_pieces(sources(texts, "ldif"), earlier, attributes, &request, size))
}

/// The same, as the report in JSON lines.
pub(crate) fn report(texts: &Texts<'_>, settings: &Settings, size: usize, threads: usize) -> String {
    lines(&run(texts, settings, size, threads))
}

/// The same with an earlier snapshot.
pub(crate) fn compared(texts: &Texts<'_>, previous: &Texts<'_>, settings: &Settings, size: usize, threads: usize) -> String {
    lines(&run_all(texts, Some(previous), settings, size, threads))
}

fn lines(outcome: &Outcome) -> String {
    let mut coverage = outcome.coverage.clone();
    let mut lines = Vec::new();
    let triage = Triage::default();
    let report = Report { outcome, rules: &RULES, inputs: &[], triage: &triage, show_suppressed: false };
    json::write_jsonl(&report, &mut coverage, &mut lines).expect("a vector takes everything");
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
