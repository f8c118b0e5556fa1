//! How fast records are cut and read, before anybody looks at a value: exports of either tool, and exports whose
//! bytes are mostly base64 that has to be stepped over.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

#[allow(unused_imports, reason = "a bench is built as a test is, without the functions that are tests")]
#[path = "../tests/generator/mod.rs"]
mod generator;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use generator::{Options, Style, generate};
use presync::directory::{Found, RecordBuffer, Records};
use presync::rules::RuleSet;

/// About four pieces of a real run. Without optimisation a bench is run once, to see that it works.
const OBJECTS: usize = if cfg!(debug_assertions) { 500 } else { 1_000 };

fn main() {
    divan::main();
}

#[divan::bench(args = ["ldifde", "ldapsearch", "photos", "certificates"])]
fn records(bencher: Bencher<'_, '_>, export: &str) {
    let options = Options { objects: OBJECTS, ..Options::default() };
    let options = match export {
        "ldifde" => options,
        "ldapsearch" => Options { style: Style::Ldapsearch, ..options },
        "photos" => Options { photos: 1.0, ..options },
        "certificates" => Options { certificates: 1.0, ..options },
        _ => panic!("no export is called {export}"),
    };
    let mut bytes = Vec::new();
    generate(&options, &mut bytes).unwrap();
    let mut buffer = RecordBuffer::new(&RuleSet::built_in().unwrap().attribute_table([], false));
    bencher.counter(BytesCount::of_slice(&bytes)).counter(ItemsCount::new(OBJECTS)).bench_local(|| {
        let mut records = Records::new(&bytes, true, &mut buffer);
        let mut objects = 0;
        while let Some(found) = records.next_records() {
            for found in found {
                match found {
                    Found::Object(_) => objects += 1,
                    Found::Trailer(_) => {}
                    Found::Fault(fault) => panic!("line {}: {}", fault.line, fault.reason),
                }
            }
        }
        assert_eq!(objects, OBJECTS);
    });
}
