//! presync.toml: its tables and keys. The first paragraph of what stands above a key is what `config init`, the schema and
//! docs/settings.md say of it. There is no key for a password, and none will come.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::schema;
use super::within::Within;
use crate::cli::args::{Color, FailOn, Format, ReportFile, SeverityArgument};
use crate::cli::live::StartTlsArgument;
use crate::rules::Severity;
use crate::rules::parameter::Value;
use crate::triage::suppression::SuppressTable;

/// Settings of presync. Flags win over PRESYNC_* variables, those over this file, and this file over OpenLDAP's settings.
/// Relative paths start in the folder of this file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "presync.toml")]
pub struct ConfigFile {
    /// Lowest severity that gives exit code 1.
    pub fail_on: Option<FailOn>,
    /// Lowest severity that is reported.
    #[schemars(with = "Option<SeverityArgument>")]
    pub min_severity: Option<Severity>,
    /// How the input is read.
    pub input: InputTable,
    /// Known findings, as presync baseline writes them: only new ones give exit code 1.
    #[schemars(example = &"presync-baseline.txt")]
    pub baseline: Option<PathBuf>,
    /// Findings that somebody has decided to live with, and until when.
    #[schemars(schema_with = "schema::suppressions")]
    pub suppress: Vec<Spanned<SuppressTable>>,
    /// What is synchronised.
    pub scope: ScopeTable,
    /// What is known of the tenant and of Entra Connect.
    pub tenant: TenantTable,
    /// Which rules run, and how.
    pub rules: RulesTable,
    /// How the report looks.
    pub output: OutputTable,
    /// Where the live directory is. Passwords do not belong here: see -W and -y.
    pub ldap: LdapTable,
}

/// `[input]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputTable {
    /// Encoding of files without a byte order mark.
    #[schemars(example = &"windows-1252")]
    pub encoding: Option<String>,
    /// Number of threads.
    #[schemars(example = 2)]
    pub jobs: Option<Within<1, 1024>>,
    /// Earlier snapshot of the same directory, or of the one that it came from.
    #[schemars(example = ["earlier.ldif"])]
    pub previous: Vec<PathBuf>,
    /// Settings file that was in force then.
    #[schemars(example = &"presync.toml")]
    pub previous_config: Option<PathBuf>,
    /// Judge by what was read: a partial input does not decide the exit code.
    pub allow_partial: Option<bool>,
}

/// `[scope]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScopeTable {
    /// Synchronised organizational units, with all below them.
    #[schemars(example = ["OU=People,DC=contoso,DC=com"])]
    pub include_ou: Vec<String>,
    /// Organizational units that are not; they win.
    #[schemars(example = ["OU=Disabled,DC=contoso,DC=com"])]
    pub exclude_ou: Vec<String>,
}

/// `[tenant]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TenantTable {
    /// Exports of the tenant, as --tenant takes them.
    #[schemars(example = ["tenant"])]
    pub export: Vec<PathBuf>,
    /// Verified domains.
    #[schemars(example = ["contoso.com"])]
    pub verified_domains: Vec<String>,
    /// Domains whose users sign in elsewhere, such as AD FS.
    #[schemars(example = ["contoso.com"])]
    pub federated_domains: Vec<String>,
    /// The initial domain.
    #[schemars(example = &"contoso.onmicrosoft.com")]
    pub initial_domain: Option<String>,
    /// Attribute of the source anchor.
    #[schemars(example = &"mS-DS-ConsistencyGuid")]
    pub source_anchor: Option<String>,
    /// Attribute that becomes the user principal name.
    #[schemars(example = &"mail")]
    pub upn_attribute: Option<String>,
}

impl TenantTable {
    /// The attributes that it names.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.source_anchor.as_deref().into_iter().chain(self.upn_attribute.as_deref())
    }
}

/// `[rules]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RulesTable {
    /// Run only these rules: ids, or their starts.
    #[schemars(schema_with = "schema::rule_names", example = ["duplicate", "validation/mail-format"])]
    pub select: Vec<String>,
    /// Leave these rules out.
    #[schemars(schema_with = "schema::rule_names", example = ["large/truncated-text"])]
    pub ignore: Vec<String>,
    /// Folders of own rules, beside those of --rules.
    #[schemars(example = ["rules"])]
    pub folders: Vec<PathBuf>,
    /// Numbers and severities of rules; presync explain ID tells the bounds.
    #[schemars(schema_with = "schema::rule_parameters", example = schema::example_of_set())]
    pub set: BTreeMap<String, BTreeMap<String, Value>>,
}

/// `[output]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OutputTable {
    /// Format of the report on standard output.
    pub format: Option<Format>,
    /// Files that reports are written to as well.
    #[schemars(example = ["json=report.json"])]
    pub report: Vec<ReportFile>,
    /// Findings shown for each rule on screen; 0 shows all.
    pub limit: Option<usize>,
    /// When to use colours.
    pub color: Option<Color>,
}

/// `[ldap]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LdapTable {
    /// Server; several with blanks between them are tried in order.
    #[schemars(example = &"ldaps://dc1.contoso.com")]
    pub uri: Option<String>,
    /// Domain whose domain controllers are looked up in DNS, where no server is named.
    #[schemars(example = &"contoso.com")]
    pub domain: Option<String>,
    /// Bases of the search.
    #[schemars(example = ["DC=contoso,DC=com"])]
    pub base: Vec<String>,
    /// All domains of the forest, each from a domain controller of its own.
    pub all_domains: Option<bool>,
    /// Also read the servers that a server points to.
    pub follow_referrals: Option<bool>,
    /// Account: a distinguished name, a user principal name or DOMAIN\name.
    #[schemars(example = &"reader@contoso.com")]
    pub bind_dn: Option<String>,
    /// StartTLS on ldap://.
    pub start_tls: Option<StartTlsArgument>,
    /// File of certificates to trust, as PEM or DER.
    #[schemars(example = &"contoso-ca.pem")]
    pub tls_cacert: Option<PathBuf>,
    /// Seconds to wait for an answer.
    pub network_timeout: Option<Within<1, 86_400>>,
    /// Entries a page.
    pub page_size: Option<Within<1, 100_000>>,
    /// Entries a second, at most.
    #[schemars(example = 1000)]
    pub rate: Option<Within<1, { u32::MAX }>>,
    /// How often to begin again where a connection breaks.
    pub retry: Option<Within<0, 100>>,
    /// Connections to one server.
    pub connections: Option<Within<1, 16>>,
}
