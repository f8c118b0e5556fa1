//! What is chosen about a live directory, from flags, variables, presync.toml and OpenLDAP's settings. Nothing is asked for,
//! looked up or read here: `config show` chooses as well.

use serde::{Serialize, Serializer};

use super::arguments::{LiveArguments, ScopeArgument, StartTlsArgument};
use super::ldap_conf::LdapConf;
use crate::cli::config::choice::{Choices, Chosen, FilePath, values};
use crate::cli::config::within::Within;

/// How long an answer may take: longer than the 120 seconds after which Active Directory gives up by itself
/// (MaxQueryDuration) helps nobody.
const PATIENCE: u64 = 120;
/// Entries a page: what a domain controller hands out at most (MaxPageSize).
const PAGE: Within<1, 100_000> = Within::of(1000);
/// How often a broken reading is begun again.
const RETRY: Within<0, 100> = Within::of(2);
/// Connections to one server.
const CONNECTIONS: Within<1, 16> = Within::of(1);

/// How a live directory is read, and by whom.
#[derive(Debug)]
pub struct LiveSettings {
    /// Servers; each item is a directory.
    pub uris: Vec<Chosen<Servers>>,
    /// The domain whose domain controllers are looked up.
    pub domain: Option<Chosen<String>>,
    /// Distinguished names below which is read.
    pub bases: Vec<String>,
    /// How deep.
    pub scope: ScopeArgument,
    /// All domains of the forest.
    pub all_domains: bool,
    /// Also the servers that a server points to.
    pub follow_referrals: bool,
    /// Who reads.
    pub accounts: Vec<String>,
    /// Ask for the password.
    pub ask_password: bool,
    /// Files that hold passwords.
    pub password_files: Vec<FilePath>,
    /// The SASL mechanism.
    pub mechanism: Option<String>,
    /// The Kerberos principal.
    pub principal: Option<String>,
    /// Whether StartTLS is asked for.
    pub start_tls: StartTlsArgument,
    /// The password may travel in clear.
    pub password_in_clear: bool,
    /// Certificates that are trusted.
    pub ca_file: Option<FilePath>,
    /// Seconds to wait for an answer.
    pub network_timeout: u64,
    /// Seconds that a server may search; 0 is without limit.
    pub time_limit: u64,
    /// After how many entries is stopped; 0 is without limit.
    pub size_limit: u64,
    /// Entries a page.
    pub page_size: u32,
    /// Entries a second.
    pub rate: Option<u32>,
    /// How often is begun again.
    pub retry: u32,
    /// Connections to one server.
    pub connections: u32,
    /// OpenLDAP's settings ask not to verify certificates, which is not obeyed.
    pub ignores_verification: bool,
}

/// Servers of one directory, tried in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers(pub String);

impl Servers {
    /// Each server.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.0.split([' ', ',']).filter(|uri| !uri.is_empty())
    }
}

/// What stands before an @ could be a password.
pub(super) fn without_user(uri: &str) -> &str {
    uri.rsplit('@').next().unwrap_or_default()
}

impl Serialize for Servers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.each().map(without_user).collect::<Vec<_>>().join(" ").serialize(serializer)
    }
}

impl LiveSettings {
    /// Chooses them.
    pub fn choose(arguments: &LiveArguments, choices: &mut Choices<'_>) -> LiveSettings {
        let conf = &LdapConf::load();
        let sources = choices.sources;
        let table = &sources.file().ldap;
        let text = |value: &str| Some(value.to_owned());
        let number = |value: &str| value.parse::<u64>().ok();
        let given = |flag: bool| flag.then_some(true);
        let seconds = |within: Option<Within<1, 86_400>>| within.map(|seconds| u64::from(seconds.get()));

        // Who types a domain does not mean the servers that files name.
        let by_domain = arguments.domain.is_some();
        let servers = |uri: &str| (!by_domain).then(|| Servers(uri.to_owned()));
        let own_domain = table.domain.clone().filter(|_| arguments.uris.is_empty() && table.uri.is_none());
        let uris = choices.of("ldap.uri").flag("uris", arguments.uris.iter().cloned().map(Servers));
        let uris = uris.key(table.uri.as_deref().and_then(servers));
        let uris = uris.openldap(conf, "URI", |uri| servers(uri).filter(|_| own_domain.is_none())).all("looked up in DNS");
        let domain = choices.of("ldap.domain").flag("domain", arguments.domain.clone()).key(own_domain).one("that of this machine");
        let all = table.all_domains.filter(|_| arguments.bases.is_empty());
        let all_domains = choices.of("ldap.all-domains").flag("all_domains", given(arguments.all_domains)).key(all).or(false);
        // Who types a domain, or wants all of them, means the whole of it.
        let whole = by_domain || all_domains;
        let bases = choices.of("ldap.base").flag("bases", arguments.bases.clone());
        let bases = bases.key(table.base.iter().filter(|_| !whole).cloned());
        let bases = bases.openldap(conf, "BASE", |base| text(base).filter(|_| !whole)).all("the whole domain");
        let scope = choices.of("ldap.scope").flag("scope", arguments.scope).or(ScopeArgument::Sub);
        let follow = choices.of("ldap.follow-referrals").flag("follow_referrals", given(arguments.follow_referrals));
        let follow_referrals = follow.key(table.follow_referrals).or(false);

        let accounts = choices.of("ldap.bind-dn").flag("accounts", arguments.accounts.clone()).key(table.bind_dn.clone());
        let accounts = accounts.openldap(conf, "BINDDN", text).all("nobody");
        let ask_password = choices.of("ldap.ask-password").flag("ask_password", given(arguments.ask_password)).or(false);
        let files = arguments.password_files.iter().cloned().map(FilePath);
        let password_files = choices.of("ldap.password-file").flag("password_files", files).all("none");
        let is_without_account = accounts.is_empty() && !arguments.simple;
        let mechanism = choices.of("ldap.mechanism").flag("mechanism", arguments.mechanism.clone());
        let mechanism = mechanism.openldap(conf, "SASL_MECH", |name| text(name).filter(|_| is_without_account)).one("simple");
        let principal = choices.of("ldap.principal").flag("principal", arguments.principal.clone()).one("that of the ticket");

        let start_tls = choices.of("ldap.start-tls").flag("start_tls", StartTlsArgument::of(arguments.start_tls));
        let start_tls = start_tls.key(table.start_tls).or(StartTlsArgument::Never);
        let in_clear = choices.of("ldap.password-in-clear").flag("password_in_clear", given(arguments.password_in_clear)).or(false);
        let ca_file = choices.of("ldap.tls-cacert").flag("cacert", arguments.cacert.clone().map(FilePath));
        let ca_file = ca_file.key(table.tls_cacert.as_deref().map(|path| sources.path(path)));
        let ca_file = ca_file.openldap(conf, "TLS_CACERT", |path| Some(FilePath(path.into()))).one("those of the system");

        let timeout = choices.of("ldap.network-timeout").flag("network_timeout", seconds(arguments.network_timeout));
        let timeout = timeout.key(seconds(table.network_timeout));
        let network_timeout = timeout.openldap(conf, "NETWORK_TIMEOUT", |value| number(value).filter(|&seconds| seconds > 0)).or(PATIENCE);
        let time_limit = choices.of("ldap.time-limit").flag("time_limit", arguments.time_limit).openldap(conf, "TIMELIMIT", number).or(0);
        let size_limit = choices.of("ldap.size-limit").flag("size_limit", arguments.size_limit).openldap(conf, "SIZELIMIT", number).or(0);
        let page_size = choices.of("ldap.page-size").flag("page_size", arguments.page_size).key(table.page_size).or(PAGE).get();
        LiveSettings {
            uris,
            domain,
            bases: values(bases),
            scope,
            all_domains,
            follow_referrals,
            accounts: values(accounts),
            ask_password,
            password_files: values(password_files),
            mechanism: mechanism.map(|mechanism| mechanism.value),
            principal: principal.map(|principal| principal.value),
            start_tls,
            password_in_clear: in_clear,
            ca_file: ca_file.map(|file| file.value),
            network_timeout,
            time_limit,
            size_limit,
            page_size,
            rate: choices.of("ldap.rate").flag("rate", arguments.rate).key(table.rate).one("no limit").map(|rate| rate.value.get()),
            retry: choices.of("ldap.retry").flag("retry", arguments.retry).key(table.retry).or(RETRY).get(),
            connections: choices
                .of("ldap.connections")
                .flag("connections", arguments.connections)
                .key(table.connections)
                .or(CONNECTIONS)
                .get(),
            ignores_verification: conf.get("TLS_REQCERT").is_some_and(|asked| ["never", "allow", "try"].contains(&asked.value.as_str())),
        }
    }
}
