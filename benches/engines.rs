//! How long a whole run takes, survey and judge on one thread, with all rules and with those of one engine. What an
//! engine costs is the difference to `nothing`, which reads the same directory without any rule.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

#[allow(unused_imports, reason = "a bench is built as a test is, without the functions that are tests")]
#[path = "../tests/generator/mod.rs"]
mod generator;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use generator::{Options, generate};
use presync::directory::{Counters, Source};
use presync::rules::engine::Spec;
use presync::rules::{Request, Rule, RuleSet, file, run};
use presync::source::spool::from_text;
use presync::sync::Settings;

/// Without optimisation a bench is run once, to see that it works.
const OBJECTS: usize = if cfg!(debug_assertions) { 500 } else { 5_000 };

/// No rule that comes with the program is a pattern.
const PATTERN: &str = include_str!("pattern.toml");

fn main() {
    divan::main();
}

/// A directory as it is, with few findings.
#[divan::bench(args = [
    "nothing", "everything", "unique", "syntax", "length", "count", "size", "required", "domain", "reference", "scope", "pattern",
    "native",
])]
fn engine(bencher: Bencher<'_, '_>, name: &str) {
    bench(bencher, &rules(name), &Options { objects: OBJECTS, ..Options::default() });
}

/// A directory in which every user has a finding.
#[divan::bench]
fn dirty(bencher: Bencher<'_, '_>) {
    bench(bencher, &rules("everything"), &Options { objects: OBJECTS, dirty: true, ..Options::default() });
}

fn bench(bencher: Bencher<'_, '_>, rules: &RuleSet, options: &Options) {
    let mut bytes = Vec::new();
    generate(options, &mut bytes).unwrap();
    let settings = Settings::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .counter(ItemsCount::new(OBJECTS))
        .with_inputs(|| vec![Source { name: "export.ldf".to_owned(), kind: "ldif", storage: from_text(bytes.clone()) }])
        .bench_values(|sources| {
            let counters = Counters::default();
            let request = Request { rules, settings: &settings, tenant: None, is_partial: false, counters: &counters };
            let outcome = pool.install(|| run(sources, None, rules.attribute_table([], false), &request));
            assert!(outcome.coverage.is_complete());
            outcome
        });
}

/// The rules that use an engine.
fn rules(engine: &str) -> RuleSet {
    let mut rules = RuleSet::built_in().unwrap();
    match engine {
        "nothing" => return RuleSet::default(),
        "everything" => return rules,
        "pattern" => return RuleSet::of(file::parse("custom/pattern", "pattern.toml", PATTERN).unwrap()),
        _ => {}
    }
    let uses = |rule: &&Rule| rule.cases.iter().any(|case| engine_of(&case.check) == engine);
    let ids: Vec<String> = rules.rules().iter().filter(uses).map(|rule| rule.id.clone()).collect();
    assert!(!ids.is_empty(), "no rule uses an engine called {engine}");
    rules.select(&ids, &[]).unwrap();
    rules
}

/// The name of an engine, as rule files have it.
fn engine_of(check: &Spec) -> &'static str {
    match check {
        Spec::Unique(_) => "unique",
        Spec::Syntax(_) => "syntax",
        Spec::Length(_) => "length",
        Spec::Count(_) => "count",
        Spec::Size(_) => "size",
        Spec::Required(_) => "required",
        Spec::Domain(_) => "domain",
        Spec::Reference(_) => "reference",
        Spec::Scope(_) => "scope",
        Spec::Pattern(_) => "pattern",
        Spec::Cloud(_) => "cloud",
        Spec::Change(_) => "change",
        Spec::Native(_) => "native",
        Spec::Suppression(_) => "suppression",
    }
}
