//! presync.toml, and how flags, environment and file come together: flags win over PRESYNC_* variables, those over
//! the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use toml::Spanned;

use super::args::{FailOn, Format, RuleArguments, ScopeArguments, SettingsArguments};
use super::exit::Failure;
use crate::directory::{AttributeTable, Dn};
use crate::report::visible::visible;
use crate::rules::select::SelectError;
use crate::rules::{RuleSet, Severity};
use crate::sync;
use crate::sync::settings::AnchorAttribute;
use crate::triage::Suppression;
use crate::triage::suppression::{Mistake, SuppressTable};

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    /// What makes a run fail.
    pub fail_on: Option<FailOn>,
    /// Report only findings of at least this severity.
    pub min_severity: Option<Severity>,
    /// What is known of the tenant.
    #[serde(default)]
    pub tenant: TenantTable,
    /// What is synchronised.
    #[serde(default)]
    pub scope: ScopeTable,
    /// Which rules run.
    #[serde(default)]
    pub rules: RulesTable,
    /// How the report looks.
    #[serde(default)]
    pub output: OutputTable,
    /// Where the live directory is.
    #[serde(default)]
    pub ldap: LdapTable,
    /// What is left out of reports.
    #[serde(default)]
    pub suppress: Vec<Spanned<SuppressTable>>,
    /// Name and text of the file, to show mistakes at their place.
    #[serde(skip)]
    source: (PathBuf, String),
}

/// `[ldap]`; there is no key for a password, and none will come.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LdapTable {
    /// Servers, as -H takes them.
    pub uri: Option<String>,
    /// Bases of the search.
    #[serde(default)]
    pub base: Vec<String>,
    /// The account.
    pub bind_dn: Option<String>,
    /// Certificates to trust, relative to the file.
    pub tls_cacert: Option<PathBuf>,
    /// Entries a page.
    pub page_size: Option<u32>,
    /// All domains of the forest.
    #[serde(default)]
    pub all_domains: bool,
}

/// `[tenant]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TenantTable {
    /// Verified domains.
    #[serde(default)]
    pub verified_domains: Vec<String>,
    /// Domains whose users sign in elsewhere.
    #[serde(default)]
    pub federated_domains: Vec<String>,
    /// The initial domain.
    pub initial_domain: Option<String>,
    /// The attribute of the source anchor.
    pub source_anchor: Option<String>,
    /// The attribute of the user principal name.
    pub upn_attribute: Option<String>,
}

impl TenantTable {
    /// The attributes that it names.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.source_anchor.as_deref().into_iter().chain(self.upn_attribute.as_deref())
    }
}

/// `[scope]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScopeTable {
    /// Synchronised organizational units.
    #[serde(default)]
    pub include_ou: Vec<String>,
    /// Those that are not.
    #[serde(default)]
    pub exclude_ou: Vec<String>,
}

/// `[rules]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RulesTable {
    /// Only these.
    #[serde(default)]
    pub select: Vec<String>,
    /// Not these.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Folders of own rules, relative to the file.
    #[serde(default)]
    pub folders: Vec<PathBuf>,
    /// Numbers of rules: `[rules.set."large/user-certificates"]`, `max = 10`.
    #[serde(default)]
    pub set: BTreeMap<String, BTreeMap<String, u64>>,
}

/// `[output]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OutputTable {
    /// The format on standard output.
    pub format: Option<Format>,
    /// Findings shown for each rule on screen.
    pub limit: Option<usize>,
}

/// A mistake in the settings file.
#[derive(Debug, Diagnostic)]
struct ConfigError {
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigFile {
    /// Reads the file that the user named, or the presync.toml that is found upwards from the working folder.
    /// Returns it with its folder.
    pub fn load(arguments: &SettingsArguments) -> Result<(ConfigFile, PathBuf), Failure> {
        let path = match (&arguments.config, arguments.no_config) {
            (_, true) => None,
            (Some(path), false) => Some(path.clone()),
            (None, false) => find(),
        };
        let Some(path) = path else { return Ok((ConfigFile::default(), PathBuf::new())) };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::words(format!("{}: {error}", path.display()), "name a settings file that can be read, or use --no-config")
        })?;
        let mut config: ConfigFile = toml::from_str(&text).map_err(|error| {
            mistake(&path, &text, error.message(), error.span(), "README.md shows a settings file; --no-config runs without one")
        })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        config.source = (path, text);
        Ok((config, folder))
    }

    /// The suppressions, checked; `rules` are all rules, also those that the run leaves out.
    ///
    /// # Errors
    ///
    /// The first mistake, at its place.
    pub fn suppressions(&self, rules: &RuleSet) -> Result<Vec<Suppression>, Failure> {
        let (path, text) = &self.source;
        let name = path.to_string_lossy();
        let read = |table| Suppression::new(table, (&name, text), rules);
        let shown = |wrong: Mistake| mistake(path, text, &visible(&wrong.message), Some(wrong.span), &visible(&wrong.help));
        self.suppress.iter().map(read).collect::<Result<_, _>>().map_err(shown)
    }

    /// The rules that run.
    pub fn rules(&self, arguments: &RuleArguments, folder: &Path) -> Result<RuleSet, Failure> {
        let load = || -> Result<RuleSet, SelectError> {
            let mut rules = self.all_rules(folder, &arguments.rule_folders)?;
            for assignment in &arguments.set {
                rules.set(assignment)?;
            }
            rules.select(either(&arguments.select, &self.rules.select), either(&arguments.ignore, &self.rules.ignore))?;
            Ok(rules)
        };
        load().map_err(Failure::usage)
    }

    /// Every rule, with the numbers that the file sets; nothing is left out.
    ///
    /// # Errors
    ///
    /// A mistake in a rule file, or a number that cannot be set.
    pub fn all_rules(&self, folder: &Path, own: &[PathBuf]) -> Result<RuleSet, SelectError> {
        let mut rules = RuleSet::built_in_to_run()?;
        for own in self.rules.folders.iter().map(|own| folder.join(own)).chain(own.iter().cloned()) {
            rules.add_folder(&own)?;
        }
        for (id, params) in &self.rules.set {
            for (param, value) in params {
                rules.set(&format!("{id}.{param}={value}"))?;
            }
        }
        Ok(rules)
    }

    /// The attributes that the settings name.
    pub fn attributes<'a>(&'a self, arguments: &'a ScopeArguments) -> impl Iterator<Item = &'a str> {
        self.source_anchor(arguments).into_iter().chain(self.upn_attribute(arguments))
    }

    /// What is known of the tenant and of Entra Connect's configuration.
    pub fn settings(&self, arguments: &ScopeArguments, attributes: &AttributeTable) -> Result<sync::Settings, Failure> {
        let units = |named: &[String]| named.iter().map(|ou| unit(ou)).collect::<Result<_, _>>();
        let verified = either(&arguments.verified_domain, &self.tenant.verified_domains);
        let federated = either(&arguments.federated_domain, &self.tenant.federated_domains);
        let domains =
            |names: &[String]| names.iter().filter(|name| !name.trim().is_empty()).map(|name| domain(name)).collect::<Result<_, _>>();
        let initial = arguments.initial_domain.as_ref().or(self.tenant.initial_domain.as_ref());
        Ok(sync::Settings {
            include_ou: units(either(&arguments.include_ou, &self.scope.include_ou))?,
            exclude_ou: units(either(&arguments.exclude_ou, &self.scope.exclude_ou))?,
            verified_domains: domains(verified)?,
            federated_domains: domains(federated)?,
            initial_domain: initial.map(|name| domain(name)).transpose()?,
            source_anchor: self.source_anchor(arguments).and_then(|name| AnchorAttribute::of(name, attributes)),
            upn_attribute: self.upn_attribute(arguments).and_then(|name| attributes.id(name)),
            ..sync::Settings::default()
        })
    }

    fn source_anchor<'a>(&'a self, arguments: &'a ScopeArguments) -> Option<&'a str> {
        arguments.source_anchor.as_deref().or(self.tenant.source_anchor.as_deref())
    }

    fn upn_attribute<'a>(&'a self, arguments: &'a ScopeArguments) -> Option<&'a str> {
        arguments.upn_attribute.as_deref().or(self.tenant.upn_attribute.as_deref())
    }
}

/// A mistake in the settings file, shown at its place.
fn mistake(path: &Path, text: &str, message: &str, span: Option<Range<usize>>, help: &str) -> Failure {
    if may_hold_a_password(text) {
        let line = span.map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        // The file is not shown.
        return Failure::words(
            format!("{}:{line}: {message}", path.display()),
            format!("{help}\nno password belongs into the settings file: -W asks for it, -y FILE reads it from a file of its own"),
        );
    }
    Failure::usage(ConfigError {
        message: message.to_owned(),
        span: span.map(SourceSpan::from),
        help: help.to_owned(),
        source_code: NamedSource::new(path.to_string_lossy(), text.to_owned()).with_language("toml"),
    })
}

/// Whether a settings file had better not be shown: somebody may have written a password into it.
fn may_hold_a_password(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["pass", "secret", "pw"].iter().any(|word| text.contains(word))
}

/// The name of an organizational unit.
fn unit(name: &str) -> Result<Dn, Failure> {
    let is_component = |part: &str| part.split_once('=').is_some_and(|(kind, value)| !kind.trim().is_empty() && !value.trim().is_empty());
    if is_component(name) {
        return Ok(Dn::new(name.trim().as_bytes()));
    }
    let message = format!("{} is not a distinguished name", visible(name));
    Err(Failure::words(message, "name the unit in full, for example OU=Sales,DC=contoso,DC=com"))
}

/// A DNS name in its usual form.
///
/// # Errors
///
/// When it is none.
pub(super) fn domain(name: &str) -> Result<String, Failure> {
    let plain = name.trim().trim_start_matches('@').trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.chars().all(is_name) && !label.starts_with('-')
    };
    if plain.split('.').all(is_label) {
        return Ok(plain);
    }
    let message = format!("{} is not the name of a domain", visible(name));
    Err(Failure::words(message, "name it as DNS does, for example contoso.com"))
}

/// What was typed wins over what the file says.
fn either<'a>(typed: &'a [String], file: &'a [String]) -> &'a [String] {
    if typed.is_empty() { file } else { typed }
}

fn find() -> Option<PathBuf> {
    let here = PathBuf::from("presync.toml");
    if here.is_file() {
        return Some(here);
    }
    let mut folder = std::env::current_dir().ok()?;
    loop {
        let candidate = folder.join("presync.toml");
        if candidate.is_file() {
            return Some(candidate);
        }
        if !folder.pop() {
            return None;
        }
    }
}
