//! The page of a rule.

use super::check;
use super::documents;
use super::page::Page;
use crate::rules::engine::Spec;
use crate::rules::example::Example;
use crate::rules::parameter::{Bounds, Limits};
use crate::rules::rule::Need;
use crate::rules::{Case, Certainty, Rule};

/// Explains a rule.
pub(super) fn explain(rule: &Rule, page: &mut Page) {
    page.sentence(&rule.id);
    page.sentence(&rule.title);
    for number in 0..rule.cases.len() {
        match rule.cases.len() {
            1 => page.space(),
            cases => page.heading(&format!("Case {} of {cases}", number + 1)),
        }
        case(rule, number, page);
    }
    page.space();
    let classes = rule.classes.iter().map(|class| format!("{}s", class.as_str())).collect::<Vec<_>>().join(", ");
    let of_settings = rule.cases.iter().all(|case| matches!(case.check, Spec::Suppression(_)));
    page.field("Objects", if of_settings { "none: it looks at the settings" } else { &classes });
    if !rule.attributes().is_empty() {
        page.field("Reads", &rule.attributes().join(", "));
    }
    if !rule.needs.is_empty() {
        page.field("Needs", &rule.needs.iter().map(|&need| needed(need)).collect::<Vec<_>>().join("; "));
    }
    if rule.cases.len() > 1 {
        page.field("Cases", "of several cases that fit one value or object, the first is reported");
    }
    page.heading("Why it matters");
    page.prose(&rule.why);
    page.heading("What to do");
    page.prose(&rule.fix);
    settings(rule, page);
    if let Some(shown) = rule.examples.iter().find(|example| !example.finds.is_empty()) {
        example(shown, page);
    }
    if rule.docs.is_empty() {
        return;
    }
    documents(rule.docs.iter().map(String::as_str), page);
}

fn case(rule: &Rule, number: usize, page: &mut Page) {
    let Case { severity, predicts, check, message } = &rule.cases[number];
    page.field("Severity", severity.as_str());
    page.field("Checks", &check::words(check));
    page.field("Message", &message.fill(|name, text| text.push_str(&format!("{{{name}}}"))));
    page.field("Predicts", predicts.error.map_or("no error: nothing is reported", |error| error.name()));
    if !predicts.without_resiliency.is_empty() {
        let errors: Vec<&str> = predicts.without_resiliency.iter().map(|error| error.name()).collect();
        page.field("", &format!("without duplicate attribute resiliency also {}", errors.join(", ")));
    }
    page.field("Category", rule.category(number as u8).as_str());
    page.field("Outcome", &predicts.outcome);
    page.field("Certainty", certainty(predicts.certainty));
}

fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Certain => "certain: a documented limit, or a duplicate inside the snapshot",
        Certainty::Likely => "likely: what happens as a rule, after Microsoft's texts",
        Certainty::Possible => "possible: depends on licences, versions or settings that are not known",
    }
}

fn needed(need: Need) -> &'static str {
    match need {
        Need::Tenant => "an export of the tenant",
        Need::Previous => "an earlier snapshot",
    }
}

/// What can be set, and how.
fn settings(rule: &Rule, page: &mut Page) {
    page.heading("What can be set");
    let mut lines = Vec::new();
    for (name, bounds) in &rule.params {
        match bounds {
            Bounds::Number(Limits { min, max }) => {
                let mut numbers: Vec<u64> = rule.cases.iter().filter_map(|case| case.check.clone().number(name).copied()).collect();
                numbers.dedup();
                let now: Vec<String> = numbers.iter().map(|&number| check::number(number)).collect();
                page.field(name, &format!("from {} to {}; it is {}", check::number(*min), check::number(*max), now.join(" and ")));
                let value = numbers.first().unwrap_or(max);
                lines.push((format!("{name}={value}"), format!("{name} = {value}")));
            }
            Bounds::Severity(allowed) => {
                let now: Vec<&str> = rule.severities().iter().map(|severity| severity.as_str()).collect();
                let of_cases = if rule.cases.len() > 1 { ", in all cases" } else { "" };
                match allowed.iter().find(|&&severity| severity != rule.severity()) {
                    Some(other) => {
                        page.field(name, &format!("{bounds}{of_cases}; it is {}", now.join(" and ")));
                        lines.push((format!("{name}={other}"), format!("{name} = \"{other}\"")));
                    }
                    None => page.field(name, &format!("it stays {}", now.join(" and "))),
                }
            }
        }
    }
    let typed: Vec<String> = lines.iter().map(|(typed, _)| format!("  --set {}.{typed}", rule.id)).collect();
    let written: Vec<String> = lines.iter().map(|(_, written)| format!("  {written}")).collect();
    if !lines.is_empty() {
        let (typed, written) = (typed.join("\n"), written.join("\n"));
        page.prose(&format!("On the command line:\n{typed}\nIn presync.toml:\n  [rules.set.\"{}\"]\n{written}", rule.id));
    }
}

/// So many lines of an example are shown at most.
const LINES: usize = 60;

fn example(example: &Example, page: &mut Page) {
    page.heading(&format!("Example: {}", example.title));
    let text = shortened(example);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    page.ldif(&lines[..lines.len().min(LINES)].join("\n"));
    if lines.len() > LINES {
        page.kept(&format!("# {} more lines", lines.len() - LINES));
    }
    page.space();
    let told = told(example);
    if !told.is_empty() {
        page.field("Run with", &told.join(" "));
    }
    for expected in &example.finds {
        let severity = expected.severity.map(|severity| format!("{severity}: ")).unwrap_or_default();
        let attribute = expected.attribute.as_ref().map(|attribute| format!("{attribute} of ")).unwrap_or_default();
        let names: Vec<&str> = std::iter::once(&expected.dn).chain(&expected.others).map(String::as_str).collect();
        page.field("Finds", &format!("{severity}{attribute}{}", names.join(" and ")));
    }
}

/// What the example tells the program, as options.
fn told(example: &Example) -> Vec<String> {
    let mut told: Vec<String> = example.verified_domains.iter().map(|domain| format!("--verified-domain {domain}")).collect();
    let options = [
        ("--initial-domain", &example.initial_domain),
        ("--source-anchor", &example.source_anchor),
        ("--upn-attribute", &example.upn_attribute),
    ];
    told.extend(options.iter().filter_map(|(option, value)| value.as_ref().map(|value| format!("{option} {value}"))));
    told
}

/// The directory of an example; of lines that are repeated only the first and the last are shown.
fn shortened(example: &Example) -> String {
    let Some(repeat) = &example.repeat else { return example.ldif.clone() };
    let line = |number: u64| format!("{}\n", repeat.line.replace("{n}", &number.to_string()));
    let lines = match repeat.to.saturating_sub(repeat.from) {
        _ if repeat.to < repeat.from => String::new(),
        0 => line(repeat.from),
        1 => line(repeat.from) + &line(repeat.to),
        // After a comment the next line would go on with the comment.
        more if repeat.line.starts_with(' ') => format!("{}# {} more lines of this kind\n", line(repeat.from), check::number(more)),
        more => format!("{}# {} more lines of this kind\n{}", line(repeat.from), check::number(more - 1), line(repeat.to)),
    };
    example.ldif.replace("{repeat}\n", &lines)
}
