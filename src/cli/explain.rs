//! `presync explain`: what a rule, a folder of rules, a sync error, a clause of the scope or a bind code means, offline.

use super::args::ExplainArguments;
use super::exit::{Exit, Failure};
use super::{output, rules, terminal_width};
use crate::report::visible::visible;
use crate::rules::engine::Spec;
use crate::rules::{Rule, RuleSet};
use crate::source::ldap::BindCode;
use crate::sync::Clause;
use crate::sync_error::SyncError;

pub mod check;
mod page;
mod rule;

use page::Page;

/// Runs the command.
pub fn explain(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let rules = rules::all(&arguments.rule_folders)?;
    let mut page = Page::new(terminal_width());
    match arguments.id.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        None => everything(&rules, &mut page),
        Some(name) => {
            for subject in find(name, &rules)? {
                page.space();
                subject.explain(&rules, &mut page);
            }
        }
    }
    output(Exit::Clean, |out| out.write_all(page.into_text().as_bytes()))
}

/// What a name can mean.
enum Subject<'r> {
    Rule(&'r Rule),
    Folder(Vec<&'r Rule>),
    Error(SyncError),
    Clause(Clause),
    Bind(BindCode),
}

impl Subject<'_> {
    fn explain(&self, rules: &RuleSet, page: &mut Page) {
        match self {
            Subject::Rule(rule) => rule::explain(rule, page),
            Subject::Folder(rules) => {
                list_rules(rules, page);
                page.space();
                page.sentence("presync explain ID tells more about one of them.");
            }
            Subject::Error(error) => explain_error(*error, rules, page),
            Subject::Clause(clause) => explain_clause(*clause, rules, page),
            Subject::Bind(code) => explain_bind(*code, page),
        }
    }
}

/// What a name means: an id or a folder; a sync error; a clause of the scope and the rule of that name; the end of an
/// id that no other id ends in.
fn find<'r>(name: &str, rules: &'r RuleSet) -> Result<Vec<Subject<'r>>, Failure> {
    let path = name.trim_end_matches('/').to_ascii_lowercase();
    let is = |id: &str| id.to_ascii_lowercase() == path;
    if let Some(rule) = rules.rules().iter().find(|rule| is(&rule.id)) {
        return Ok(vec![Subject::Rule(rule)]);
    }
    let inside: Vec<&Rule> = rules.rules().iter().filter(|rule| rest(&rule.id, &path).is_some_and(|rest| rest.starts_with('/'))).collect();
    if !inside.is_empty() {
        return Ok(vec![Subject::Folder(inside)]);
    }
    if let Some(error) = SyncError::from_name(name) {
        return Ok(vec![Subject::Error(error)]);
    }
    if let Some(code) = BindCode::from_code(name) {
        return Ok(vec![Subject::Bind(code)]);
    }
    let ends: Vec<&Rule> = rules.rules().iter().filter(|rule| has_last(&rule.id, &path)).collect();
    let clause = Clause::ALL.iter().copied().find(|clause| is(clause.name()));
    match (clause, ends.as_slice()) {
        (Some(clause), [rule]) => Ok(vec![Subject::Clause(clause), Subject::Rule(rule)]),
        (Some(clause), _) => Ok(vec![Subject::Clause(clause)]),
        (None, [rule]) => Ok(vec![Subject::Rule(rule)]),
        (None, []) => Err(unknown(name, rules)),
        (None, several) => {
            let ids: Vec<_> = several.iter().map(|rule| visible(&rule.id)).collect();
            let message = format!("{} rules are called {}", several.len(), visible(name));
            Err(Failure::words(message, format!("say which one:\n  {}", ids.join("\n  "))))
        }
    }
}

/// What follows a prefix, whatever the case.
fn rest<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    (!prefix.is_empty() && start.eq_ignore_ascii_case(prefix)).then_some(rest)
}

/// Whether the last parts of an id are these.
fn has_last(id: &str, last: &str) -> bool {
    let at = id.len().checked_sub(last.len() + 1);
    !last.is_empty()
        && at.and_then(|at| id.get(at..)).and_then(|end| end.strip_prefix('/')).is_some_and(|end| end.eq_ignore_ascii_case(last))
}

/// So many names are offered for one that is not known.
const OFFERED: usize = 5;
/// Names that are less alike than this are not offered.
const ALIKE: f64 = 0.6;

fn unknown(name: &str, rules: &RuleSet) -> Failure {
    let wanted = name.to_lowercase();
    let mut known: Vec<&str> = rules.rules().iter().map(|rule| rule.id.as_str()).collect();
    known.extend(SyncError::ALL.iter().map(|error| error.name()));
    known.extend(Clause::ALL.iter().map(|clause| clause.name()));
    known.extend(BindCode::all().map(|code| -> &str { code.code() }));
    known.extend(known.clone().into_iter().filter_map(|id| id.split_once('/').map(|(folder, _)| folder)));
    known.sort_unstable();
    known.dedup();
    let mut alike: Vec<(f64, &str)> =
        known.into_iter().map(|known| (likeness(known, &wanted), known)).filter(|(alike, _)| *alike >= ALIKE).collect();
    alike.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    let offered: Vec<_> = alike.iter().take(OFFERED).map(|(_, known)| visible(known)).collect();
    let help = match offered.as_slice() {
        [] => "presync explain without a name lists everything that can be explained".to_owned(),
        offered => format!("names that are similar:\n  {}", offered.join("\n  ")),
    };
    Failure::words(format!("no rule, sync error, clause of the scope or bind code is called {}", visible(name)), help)
}

/// How much a known name is like what was typed: 1 is equal. A name that holds it is alike; of an id the last part
/// may be meant.
fn likeness(known: &str, typed: &str) -> f64 {
    let known = known.to_lowercase();
    let last = known.rsplit('/').next().unwrap_or_default();
    let held = if typed.chars().count() > 2 && known.contains(typed) { 0.9 } else { 0.0 };
    strsim::normalized_damerau_levenshtein(&known, typed).max(strsim::normalized_damerau_levenshtein(last, typed)).max(held)
}

fn everything(rules: &RuleSet, page: &mut Page) {
    list_rules(&rules.rules().iter().collect::<Vec<_>>(), page);
    page.heading("Sync errors");
    page.list(&SyncError::ALL.map(|error| (error.name(), error.summary())));
    page.heading("Clauses of the scope: why an object is not exported");
    page.list(&Clause::ALL.iter().map(|clause| (clause.name(), clause.text())).collect::<Vec<_>>());
    page.heading("Bind codes: why a domain controller refuses an account (data 52e)");
    page.list(&BindCode::all().map(|code| (code.code(), code.meaning())).collect::<Vec<_>>());
    page.space();
    page.sentence("presync explain NAME tells more about one of them.");
}

/// Rules with their titles, by folder.
fn list_rules(rules: &[&Rule], page: &mut Page) {
    let folder = |rule: &Rule| rule.id.rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
    for rules in rules.chunk_by(|one, other| folder(one) == folder(other)) {
        list(&format!("Rules in {}", folder(rules[0])), rules, page);
    }
}

/// Rules with their titles.
fn list(heading: &str, rules: &[&Rule], page: &mut Page) {
    page.heading(heading);
    page.list(&rules.iter().map(|rule| (rule.id.as_str(), rule.title.as_str())).collect::<Vec<_>>());
}

fn explain_error(error: SyncError, rules: &RuleSet, page: &mut Page) {
    page.sentence(error.name());
    page.sentence(error.summary());
    page.space();
    page.field("Category", error.category().as_str());
    page.space();
    page.prose(error.explanation());
    let which = |predicts: &dyn Fn(&Rule) -> bool| rules.rules().iter().filter(|rule| predicts(rule)).collect::<Vec<_>>();
    let usual = which(&|rule| rule.cases.iter().any(|case| case.predicts.error == Some(error)));
    let without = which(&|rule| rule.cases.iter().any(|case| case.predicts.without_resiliency.contains(&error)));
    if !usual.is_empty() {
        list("Rules that predict it", &usual, page);
    }
    if !without.is_empty() {
        list("Rules that name it for tenants without duplicate attribute resiliency", &without, page);
    }
    if usual.is_empty() && without.is_empty() {
        page.heading("No rule predicts it.");
    }
    documents(error.documents().iter().copied(), page);
}

fn explain_clause(clause: Clause, rules: &RuleSet, page: &mut Page) {
    page.sentence(clause.name());
    page.sentence(&format!("A clause of the scope: the object is not exported, because {}.", clause.text()));
    page.space();
    page.prose(
        "Entra Connect leaves such an object out. It is not created in the cloud; if it is there already, it is deleted. No \
         error says so. Other objects cannot conflict with it. The coverage of each report counts such objects (in JSON: \
         not_exported).",
    );
    let told: Vec<&Rule> = rules.rules().iter().filter(|rule| rule.cases.iter().any(|case| tells(&case.check, clause))).collect();
    if told.is_empty() {
        page.heading("No rule reports it: it is as it should be.");
    } else {
        list("Rules that report it", &told, page);
    }
    documents([SCOPE_DOCUMENT].into_iter(), page);
}

fn explain_bind(code: BindCode, page: &mut Page) {
    page.sentence(code.code());
    page.sentence(&format!("A domain controller refuses the account: {}.", code.meaning()));
    page.space();
    page.field("Windows", code.windows());
    page.field("Next step", code.next_step());
    page.space();
    page.prose(
        "Active Directory answers a bind that it refuses with result 49 (invalidCredentials) and writes the reason into its \
         text: AcceptSecurityContext error, data 52e. Each try counts towards the account's lockout threshold.",
    );
    documents([BIND_DOCUMENT].into_iter(), page);
}

/// Where the codes are listed, as system error codes of Windows.
const BIND_DOCUMENT: &str = "https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699-";
/// Where the clauses are described.
const SCOPE_DOCUMENT: &str =
    "https://learn.microsoft.com/entra/identity/hybrid/connect/concept-azure-ad-connect-sync-default-configuration";

/// Whether a check reports objects that this clause leaves out.
fn tells(check: &Spec, clause: Clause) -> bool {
    let Spec::Scope(spec) = check else { return false };
    // Rules see users, groups and contacts only.
    if matches!(clause, Clause::Computer | Clause::ObjectClass) {
        return false;
    }
    match (&spec.clauses, &spec.except) {
        (Some(clauses), _) => clauses.contains(&clause),
        (None, Some(except)) => !except.contains(&clause),
        (None, None) => false,
    }
}

fn documents<'d>(documents: impl Iterator<Item = &'d str>, page: &mut Page) {
    page.heading("Documents");
    documents.for_each(|document| page.kept(document));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RuleSet {
        RuleSet::built_in().unwrap()
    }

    fn found(name: &str) -> Vec<String> {
        let rules = rules();
        let subjects = find(name, &rules).unwrap_or_default();
        subjects
            .iter()
            .map(|subject| match subject {
                Subject::Rule(rule) => rule.id.clone(),
                Subject::Folder(rules) => format!("{} rules", rules.len()),
                Subject::Error(error) => error.to_string(),
                Subject::Clause(clause) => format!("clause {}", clause.name()),
                Subject::Bind(code) => format!("bind code {}", code.code()),
            })
            .collect()
    }

    #[test]
    fn a_name_is_found_in_all_its_spellings() {
        assert_eq!(found("duplicate/proxy-address"), ["duplicate/proxy-address"]);
        assert_eq!(found("Duplicate/Proxy-Address"), ["duplicate/proxy-address"]);
        assert_eq!(found("proxy-address"), ["duplicate/proxy-address"]);
        assert_eq!(found("reference/"), ["1 rules"]);
        assert_eq!(found("invalidsoftmatch"), ["InvalidSoftMatch"]);
        assert_eq!(found("computer"), ["clause computer"]);
        assert_eq!(found("52E"), ["bind code 52e"]);
        assert_eq!(found("linked-mailbox"), ["clause linked-mailbox", "scope/linked-mailbox"]);
    }

    #[test]
    fn what_means_nothing_or_several_things_is_refused() {
        for name in ["", "/", "//", "address", "not-exported", "xyz", "é", "duplicate/é"] {
            assert!(found(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_most_similar_name_comes_first() {
        assert!(likeness("duplicate/proxy-address", "proxy-adress") > likeness("duplicate/other-address", "proxy-adress"));
        assert!(likeness("InvalidSoftMatch", "invalid soft match") >= ALIKE);
        assert!(likeness("large/user-certificates", "certificate") >= ALIKE);
        assert!(likeness("large/user-certificates", "xyz") < ALIKE);
    }
}
