//! presync.toml, and how flags, environment and file come together: flags win over PRESYNC_* variables, those over
//! the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;

use super::args::{CheckArguments, FailOn, Format, ScopeArguments, SettingsArguments};
use super::exit::Failure;
use crate::directory::{AttributeTable, Dn};
use crate::report::visible::visible;
use crate::rules::parameter::{Assignment, Value};
use crate::rules::select::SelectError;
use crate::rules::{RuleSet, Severity};
use crate::sync;
use crate::sync::settings::AnchorAttribute;

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
    pub set: BTreeMap<String, BTreeMap<String, Value>>,
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
    help: &'static str,
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
        let config = toml::from_str(&text).map_err(|error| {
            if may_hold_a_password(&text) {
                let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                let message = format!("{}:{line}: {}", path.display(), error.message());
                return Failure::words(
                    message,
                    "no password belongs into the settings file: -W asks for it, -y FILE reads it from a file of its own",
                );
            }
            Failure::usage(ConfigError {
                message: error.message().to_owned(),
                span: error.span().map(SourceSpan::from),
                help: "README.md shows a settings file; --no-config runs without one",
                source_code: NamedSource::new(path.to_string_lossy(), text.clone()).with_language("toml"),
            })
        })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok((config, folder))
    }

    /// The rules that run.
    pub fn rules(&self, arguments: &CheckArguments, folder: &Path) -> Result<RuleSet, Failure> {
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
                rules.set(&Assignment { rule: id.clone(), parameter: param.clone(), value: *value })?;
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
        let initial = arguments.initial_domain.as_ref().or(self.tenant.initial_domain.as_ref());
        Ok(sync::Settings {
            include_ou: units(either(&arguments.include_ou, &self.scope.include_ou))?,
            exclude_ou: units(either(&arguments.exclude_ou, &self.scope.exclude_ou))?,
            verified_domains: verified.iter().filter(|name| !name.trim().is_empty()).map(|name| domain(name)).collect::<Result<_, _>>()?,
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
