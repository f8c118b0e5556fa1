//! What a run obeys, chosen from flags, variables and files, and parsed. Each setting is named here once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use encoding_rs::Encoding;
use miette::Diagnostic;

use super::choice::{Choices, Chosen, FilePath, Origin, Sources, values};
use crate::cli::args::{
    CheckArguments, Color, FailOn, Format, InputArguments, ReadingArguments, ReportFile, RuleArguments, ScopeArguments,
};
use crate::cli::exit::Failure;
use crate::directory::{AttributeTable, Dn};
use crate::report::visible::visible;
use crate::rules::parameter::{Assignment, Value};
use crate::rules::select::SelectError;
use crate::rules::{RuleSet, Severity};
use crate::sync;
use crate::sync::settings::AnchorAttribute;
use crate::triage::Suppression;

/// What `check` obeys.
pub struct CheckSettings {
    /// What makes a run fail.
    pub fail_on: FailOn,
    /// The lowest severity that is reported.
    pub min_severity: Severity,
    /// What is read.
    pub input: InputSettings,
    /// What is synchronised.
    pub scope: ScopeSettings,
    /// The rules.
    pub rules: RuleSettings,
    /// Known findings.
    pub baseline: Option<FilePath>,
    /// The format on standard output.
    pub format: Format,
    /// Reports that are written to files.
    pub reports: Vec<ReportFile>,
    /// Findings shown for each rule on screen; 0 shows all.
    pub limit: usize,
    /// When to use colours.
    pub color: Color,
}

impl CheckSettings {
    /// Chooses all of them but those of live directories.
    ///
    /// # Errors
    ///
    /// The first value that cannot be.
    pub fn choose(arguments: &CheckArguments, choices: &mut Choices<'_>) -> Result<CheckSettings, Failure> {
        let sources = choices.sources;
        let file = sources.file();
        let fail_on = fail_on(arguments.fail_on, choices);
        let min_severity = min_severity(&arguments.rules, choices);
        let of_file = file.baseline.as_deref().map(|path| sources.path(path));
        let baseline = choices.of("baseline").flag("baseline", arguments.policy.baseline.clone().map(FilePath)).key(of_file).one("none");
        let input = InputSettings::choose(&arguments.input, choices)?;
        let scope = ScopeSettings::choose(&arguments.scope, choices)?;
        let rules = rules(&arguments.rules, choices)?;
        let output = &file.output;
        let format = choices.of("output.format").flag("format", arguments.format).key(output.format).or(Format::Human);
        let of_file = output.report.iter().map(|report| ReportFile { path: sources.path(&report.path.0), ..report.clone() });
        let reports = choices.of("output.report").flag("report", arguments.report.clone()).key(of_file).all("none");
        let all = arguments.verbose.then_some(0);
        Ok(CheckSettings {
            fail_on,
            min_severity,
            input,
            scope,
            rules,
            baseline: baseline.map(|file| file.value),
            format,
            reports: values(reports),
            limit: choices.of("output.limit").flag("verbose", all).flag("limit", arguments.limit).key(output.limit).or(5),
            color: color(arguments.color, choices),
        })
    }
}

/// What makes a run fail.
pub fn fail_on(typed: Option<FailOn>, choices: &mut Choices<'_>) -> FailOn {
    let file = choices.sources.file();
    choices.of("fail-on").flag("fail_on", typed).key(file.fail_on).or(FailOn::Error)
}

/// The lowest severity that is reported.
pub fn min_severity(arguments: &RuleArguments, choices: &mut Choices<'_>) -> Severity {
    let file = choices.sources.file();
    let typed = arguments.min_severity.map(Severity::from);
    choices.of("min-severity").flag("min_severity", typed).key(file.min_severity).or(Severity::Info)
}

/// When to use colours.
pub fn color(typed: Option<Color>, choices: &mut Choices<'_>) -> Color {
    let file = choices.sources.file();
    choices.of("output.color").flag("color", typed).key(file.output.color).or(Color::Auto)
}

/// What is read.
pub struct InputSettings {
    /// Files, folders and patterns, as they were typed.
    pub files: Vec<String>,
    /// Those of an earlier snapshot.
    pub previous: Vec<String>,
    /// The settings file that was in force then, where it was another one.
    pub previous_config: Option<FilePath>,
    /// How it is read.
    pub reading: ReadingSettings,
}

impl InputSettings {
    /// Chooses them.
    ///
    /// # Errors
    ///
    /// The first value that cannot be.
    pub fn choose(arguments: &InputArguments, choices: &mut Choices<'_>) -> Result<InputSettings, Failure> {
        let sources = choices.sources;
        let table = &sources.file().input;
        let files = choices.of("input.files").flag("inputs", arguments.inputs.clone()).all("none");
        let of_file = table.previous.iter().map(|path| sources.path(path));
        let previous = choices.of("input.previous").flag("previous", paths(&arguments.previous.previous)).key(of_file).all("none");
        let then = choices.of("input.previous-config").flag("previous_config", arguments.previous.previous_config.clone().map(FilePath));
        let then = then.key(table.previous_config.as_deref().map(|path| sources.path(path))).one("the same settings");
        Ok(InputSettings {
            files: values(files),
            previous: names(previous),
            previous_config: then.map(|file| file.value),
            reading: ReadingSettings::choose(&arguments.reading, choices)?,
        })
    }
}

/// How directories are read, and what of the tenant is known.
pub struct ReadingSettings {
    /// Exports of the tenant.
    pub tenant: Vec<String>,
    /// The encoding of files without a mark.
    pub encoding: Option<&'static Encoding>,
    /// The number of threads; one for each core where it is not told.
    pub jobs: Option<u32>,
    /// Whether what was not read leaves the exit code alone.
    pub allow_partial: bool,
}

impl ReadingSettings {
    /// Chooses them.
    ///
    /// # Errors
    ///
    /// The first value that cannot be.
    pub fn choose(arguments: &ReadingArguments, choices: &mut Choices<'_>) -> Result<ReadingSettings, Failure> {
        let sources = choices.sources;
        let table = &sources.file().input;
        let of_file = sources.file().tenant.export.iter().map(|path| sources.path(path));
        let tenant = choices.of("tenant.export").flag("tenant", paths(&arguments.tenant.tenant)).key(of_file).all("none");
        let encoding = choices.of("input.encoding").flag("encoding", arguments.encoding.clone()).key(table.encoding.clone()).one("utf-8");
        let known = |name: &str| Encoding::for_label(name.as_bytes());
        let encoding = encoding.map(|name| parsed(sources, &name, known, "an encoding that presync knows", "for example windows-1252"));
        let jobs = choices.of("input.jobs").flag("jobs", arguments.jobs).key(table.jobs).one("one for each core");
        let partial = arguments.allow_partial.then_some(true);
        Ok(ReadingSettings {
            tenant: names(tenant),
            encoding: encoding.transpose()?,
            jobs: jobs.map(|jobs| jobs.value.get()),
            allow_partial: choices.of("input.allow-partial").flag("allow_partial", partial).key(table.allow_partial).or(false),
        })
    }
}

/// Paths as they were typed.
fn paths(typed: &[String]) -> impl Iterator<Item = FilePath> {
    typed.iter().map(|path| FilePath(path.into()))
}

/// The same as names, which can be patterns.
fn names(paths: Vec<Chosen<FilePath>>) -> Vec<String> {
    paths.into_iter().map(|path| path.value.0.to_string_lossy().into_owned()).collect()
}

/// What is synchronised, and how names and anchors are made.
pub struct ScopeSettings {
    include_ou: Vec<Dn>,
    exclude_ou: Vec<Dn>,
    verified_domains: Vec<String>,
    federated_domains: Vec<String>,
    initial_domain: Option<String>,
    source_anchor: Option<String>,
    upn_attribute: Option<String>,
}

impl ScopeSettings {
    /// Chooses them.
    ///
    /// # Errors
    ///
    /// The first value that cannot be.
    pub fn choose(arguments: &ScopeArguments, choices: &mut Choices<'_>) -> Result<ScopeSettings, Failure> {
        let sources = choices.sources;
        let (scope, tenant) = (&sources.file().scope, &sources.file().tenant);
        let include =
            choices.of("scope.include-ou").flag("include_ou", arguments.include_ou.clone()).key(scope.include_ou.clone()).all("all");
        let exclude =
            choices.of("scope.exclude-ou").flag("exclude_ou", arguments.exclude_ou.clone()).key(scope.exclude_ou.clone()).all("none");
        let verified = choices.of("tenant.verified-domains").flag("verified_domain", arguments.verified_domain.clone());
        let verified = verified.key(tenant.verified_domains.clone()).all("those of the export");
        let federated = choices.of("tenant.federated-domains").flag("federated_domain", arguments.federated_domain.clone());
        let federated = federated.key(tenant.federated_domains.clone()).all("those of the export");
        let initial = choices.of("tenant.initial-domain").flag("initial_domain", arguments.initial_domain.clone());
        let initial = initial.key(tenant.initial_domain.clone()).one("that of the export");
        let anchor = choices.of("tenant.source-anchor").flag("source_anchor", arguments.source_anchor.clone());
        let anchor = anchor.key(tenant.source_anchor.clone()).one("mS-DS-ConsistencyGuid, else objectGUID");
        let name = choices.of("tenant.upn-attribute").flag("upn_attribute", arguments.upn_attribute.clone());
        let name = name.key(tenant.upn_attribute.clone()).one("userPrincipalName");
        let domains = |named: Vec<Chosen<String>>| {
            let named = named.iter().filter(|name| !name.value.trim().is_empty());
            named.map(|name| domain_of(sources, name)).collect::<Result<Vec<_>, _>>()
        };
        let unit_of = |named: &Chosen<String>| {
            parsed(sources, named, unit, "a distinguished name", "name the unit in full, for example OU=Sales,DC=contoso,DC=com")
        };
        Ok(ScopeSettings {
            include_ou: include.iter().map(unit_of).collect::<Result<_, _>>()?,
            exclude_ou: exclude.iter().map(unit_of).collect::<Result<_, _>>()?,
            verified_domains: domains(verified)?,
            federated_domains: domains(federated)?,
            initial_domain: initial.map(|name| domain_of(sources, &name)).transpose()?,
            source_anchor: anchor.map(|anchor| anchor.value),
            upn_attribute: name.map(|name| name.value),
        })
    }

    /// The attributes that the settings name.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.source_anchor.as_deref().into_iter().chain(self.upn_attribute.as_deref())
    }

    /// The same for the synchronisation.
    pub fn settings(&self, attributes: &AttributeTable) -> sync::Settings {
        sync::Settings {
            include_ou: self.include_ou.clone(),
            exclude_ou: self.exclude_ou.clone(),
            verified_domains: self.verified_domains.clone(),
            federated_domains: self.federated_domains.clone(),
            initial_domain: self.initial_domain.clone(),
            source_anchor: self.source_anchor.as_deref().and_then(|name| AnchorAttribute::of(name, attributes)),
            upn_attribute: self.upn_attribute.as_deref().and_then(|name| attributes.id(name)),
            ..sync::Settings::default()
        }
    }
}

/// The rules, and what of their findings is left out.
pub struct RuleSettings {
    /// Those that run.
    pub selected: RuleSet,
    /// Every rule.
    pub all: RuleSet,
    /// Whether only some were asked for.
    pub is_selection: bool,
    /// In the order of the file.
    pub suppressions: Vec<Suppression>,
}

/// The rules that run, and what of their findings is left out.
///
/// # Errors
///
/// A mistake in a rule file or a suppression, or something that cannot be selected or set.
pub fn rules(arguments: &RuleArguments, choices: &mut Choices<'_>) -> Result<RuleSettings, Failure> {
    let sources = choices.sources;
    let file = &sources.file().rules;
    let select = choices.of("rules.select").flag("select", arguments.select.clone()).key(file.select.clone()).all("all");
    let ignore = choices.of("rules.ignore").flag("ignore", arguments.ignore.clone()).key(file.ignore.clone()).all("none");
    let all = all_rules(&arguments.rule_folders, &arguments.set, choices)?;
    let suppressions = suppressions(&all, choices)?;
    let mut rules = all.clone();
    let named = |chosen: &[Chosen<String>]| chosen.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
    rules.select(&named(&select), &named(&ignore)).map_err(|error| {
        let unknown = match &error {
            SelectError::Unknown { id, .. } => select.iter().chain(&ignore).find(|name| name.value == *id),
            SelectError::File(_) | SelectError::Folder(..) | SelectError::NothingLeft | SelectError::Parameter(_) => None,
        };
        refused(sources, unknown.map_or(&Origin::Default, |name| &name.origin), error)
    })?;
    Ok(RuleSettings { selected: rules, all, is_selection: !select.is_empty(), suppressions })
}

/// The suppressions of the file. A name is that of a rule, whether it runs or not.
fn suppressions(rules: &RuleSet, choices: &mut Choices<'_>) -> Result<Vec<Suppression>, Failure> {
    let tables = &choices.sources.file().suppress;
    let suppressions = choices.sources.loaded().map(|loaded| loaded.suppressions(tables, rules)).transpose()?.unwrap_or_default();
    let words = suppressions.iter().map(|own| {
        let end = own.expires.map_or_else(String::new, |day| format!(", until {day}"));
        format!("{} on {}{end}: {}", own.rule, own.covers, own.reason)
    });
    choices.of("suppress").key(words).all("none");
    Ok(suppressions)
}

/// Every rule, those of own folders too, with what is set of them; nothing is left out.
///
/// # Errors
///
/// A mistake in a rule file, or something that cannot be set.
pub fn all_rules(typed: &[PathBuf], assignments: &[Assignment], choices: &mut Choices<'_>) -> Result<RuleSet, Failure> {
    let sources = choices.sources;
    let file = &sources.file().rules;
    let of_file = file.folders.iter().map(|folder| sources.path(folder));
    let folders = choices.of("rules.folders").key(of_file).and_flag("rule_folders", typed.iter().cloned().map(FilePath)).all("none");
    let mut rules = RuleSet::built_in_to_run().map_err(Failure::usage)?;
    for folder in folders {
        rules.add_folder(&folder.value.0).map_err(|error| refused(sources, &folder.origin, error))?;
    }
    let of_file = file.set.iter().flat_map(|(rule, set)| set.keys().map(move |parameter| (rule, parameter)));
    let set: BTreeSet<(&String, &String)> = of_file.chain(assignments.iter().map(|typed| (&typed.rule, &typed.parameter))).collect();
    if set.is_empty() {
        choices.of::<Value>("rules.set").key(None).one("nothing");
    }
    for (rule, parameter) in set {
        // Of what is typed twice, the last counts.
        let typed = assignments.iter().rev().find(|typed| typed.rule == *rule && typed.parameter == *parameter).map(|typed| typed.value);
        let of_file = file.set.get(rule).and_then(|set| set.get(parameter)).copied();
        if let Some(Chosen { value, origin }) = choices.of_rule(rule, parameter).flag("set", typed).key(of_file).one("nothing") {
            let assignment = Assignment { rule: rule.clone(), parameter: parameter.clone(), value };
            rules.set(&assignment).map_err(|error| refused(sources, &origin, error))?;
        }
    }
    Ok(rules)
}

/// What cannot be selected, loaded or set, shown in the settings file where it stands there.
fn refused(sources: &Sources<'_>, origin: &Origin, error: SelectError) -> Failure {
    match (&error, origin) {
        (SelectError::File(_), _) | (_, Origin::Default | Origin::Flag(_) | Origin::Variable(_) | Origin::OpenLdap(_)) => {
            Failure::usage(error)
        }
        (_, Origin::File(_)) => {
            let help = error.help().map(|help| help.to_string()).unwrap_or_default();
            sources.mistake(origin, &error.to_string(), &help)
        }
    }
}

/// A text as what it has to be.
fn parsed<T>(
    sources: &Sources<'_>,
    text: &Chosen<String>,
    parse: impl Fn(&str) -> Option<T>,
    what: &str,
    help: &str,
) -> Result<T, Failure> {
    parse(&text.value).ok_or_else(|| sources.mistake(&text.origin, &format!("{} is not {what}", visible(&text.value)), help))
}

/// A DNS name that was named somewhere, in its usual form.
///
/// # Errors
///
/// When it is none.
pub fn domain_of(sources: &Sources<'_>, name: &Chosen<String>) -> Result<String, Failure> {
    parsed(sources, name, domain, "the name of a domain", "name it as DNS does, for example contoso.com")
}

/// A DNS name in its usual form.
pub fn domain(name: &str) -> Option<String> {
    let plain = name.trim().trim_start_matches('@').trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.chars().all(is_name) && !label.starts_with('-')
    };
    plain.split('.').all(is_label).then_some(plain)
}

/// The name of an organizational unit.
fn unit(name: &str) -> Option<Dn> {
    let is_component = |part: &str| part.split_once('=').is_some_and(|(kind, value)| !kind.trim().is_empty() && !value.trim().is_empty());
    is_component(name).then(|| Dn::new(name.trim().as_bytes()))
}
