//! Live directories: from what was typed, the settings file and those of OpenLDAP to what [`ldap::read`] needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

mod arguments;
mod ldap_conf;

pub use arguments::{LiveArguments, ScopeArgument};
use ldap_conf::LdapConf;

use super::complain;
use super::config::{ConfigFile, LdapTable};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use crate::directory::{Counters, Coverage, Gap, LIVE, Server, SourceId};
use crate::report::visible::visible;
use crate::source::ldap::settings::FILTER;
use crate::source::ldap::tls::Tls;
use crate::source::ldap::{self, Bind, Directory, Fault, Live, Password, Scope, Settings, StartTls, Unread, Uri, locate};

/// How long an answer may take: longer than the 120 seconds after which Active Directory gives up by itself
/// (MaxQueryDuration) helps nobody.
const PATIENCE: u64 = 120;
/// Entries a page: what a domain controller hands out at most (MaxPageSize).
const PAGE: u32 = 1000;

/// What is read, and how.
#[derive(Debug)]
pub struct Plan {
    /// The directories.
    pub directories: Vec<Directory>,
    /// How they are read.
    pub settings: Settings,
}

/// Works out which directories are meant.
///
/// # Errors
///
/// What is missing or does not fit, before anything is sent.
pub fn plan(arguments: &LiveArguments, config: &ConfigFile, folder: &Path, attributes: Vec<String>) -> Result<Plan, Failure> {
    let conf = LdapConf::load();
    let table = &config.ldap;
    let named = servers(arguments, table, &conf)?;
    let accounts = either(&arguments.accounts, table.bind_dn.as_deref().or(conf.get("BINDDN")));
    let binds = binds(arguments, &accounts, named.len(), &conf)?;
    let directories = named.into_iter().zip(binds).map(|(uris, bind)| Directory { uris, bind }).collect();
    if matches!(conf.get("TLS_REQCERT"), Some("never" | "allow" | "try")) {
        complain("presync: TLS_REQCERT is ignored: presync always verifies the certificate of a server");
    }
    let all_domains = arguments.all_domains || table.all_domains && arguments.bases.is_empty();
    let seconds = |typed: Option<u64>, option: &str| typed.or_else(|| conf.number(option)).filter(|&seconds| seconds > 0);
    let ca_file = arguments.cacert.clone().or_else(|| table.tls_cacert.as_ref().map(|path| folder.join(path)));
    let ca_file = ca_file.or_else(|| conf.get("TLS_CACERT").map(PathBuf::from));
    if let Some(path) = &ca_file {
        Tls::new(Some(path)).map_err(|fault| Failure::words(visible(&fault.message), fault.help))?;
    }
    let page_size = arguments.page_size.or(table.page_size).unwrap_or(PAGE);
    if !(1..=100_000).contains(&page_size) {
        return Err(Failure::words(format!("presync.toml: a page of {page_size} entries"), "page-size is a number from 1 to 100000"));
    }
    let settings = Settings {
        bases: match either(&arguments.bases, None) {
            typed if !typed.is_empty() => typed,
            // Who names a domain, or all of them, means those.
            _ if arguments.domain.is_some() || all_domains => Vec::new(),
            _ if !table.base.is_empty() => table.base.clone(),
            _ => conf.get("BASE").map(str::to_owned).into_iter().collect(),
        },
        scope: match arguments.scope {
            ScopeArgument::Base => Scope::Base,
            ScopeArgument::One => Scope::OneLevel,
            ScopeArgument::Sub => Scope::Subtree,
        },
        filter: FILTER.to_owned(),
        attributes,
        start_tls: match arguments.start_tls {
            0 => StartTls::Never,
            1 => StartTls::Try,
            _ => StartTls::Require,
        },
        password_in_clear: arguments.password_in_clear,
        ca_file,
        network_timeout: Duration::from_secs(seconds(arguments.network_timeout, "NETWORK_TIMEOUT").unwrap_or(PATIENCE)),
        time_limit: arguments.time_limit.or_else(|| conf.number("TIMELIMIT")).map_or(0, |limit| u32::try_from(limit).unwrap_or(u32::MAX)),
        size_limit: arguments.size_limit.or_else(|| conf.number("SIZELIMIT")).unwrap_or(0),
        page_size,
        rate: arguments.rate,
        retry: arguments.retry.unwrap_or(2),
        connections: arguments.connections.unwrap_or(1),
        follow_referrals: arguments.follow_referrals,
        all_domains,
    };
    Ok(Plan { directories, settings })
}

fn either(typed: &[String], other: Option<&str>) -> Vec<String> {
    if typed.is_empty() { other.map(str::to_owned).into_iter().collect() } else { typed.to_vec() }
}

/// The servers of each directory.
fn servers(arguments: &LiveArguments, table: &LdapTable, conf: &LdapConf) -> Result<Vec<Vec<Uri>>, Failure> {
    let typed = match (&arguments.domain, table.uri.as_deref().or(conf.get("URI"))) {
        (None, other) => either(&arguments.uris, other),
        (Some(_), _) => Vec::new(),
    };
    let named: Vec<Vec<&str>> = typed.iter().map(|uris| uris.split([' ', ',']).filter(|uri| !uri.is_empty()).collect()).collect();
    if named.iter().any(|uris| !uris.is_empty()) {
        let parse = |uri: &str| {
            Uri::parse(uri).map_err(|reason| {
                // What stands before an @ could be a password.
                let shown = uri.rsplit('@').next().unwrap_or_default();
                Failure::words(format!("{}: {}", visible(shown), visible(&reason)), "for example -H ldaps://dc1.contoso.com")
            })
        };
        return named.into_iter().map(|uris| uris.into_iter().map(parse).collect()).collect();
    }
    let domain = match &arguments.domain {
        Some(domain) => super::config::domain(domain)?,
        None => joined_domain().ok_or_else(|| {
            Failure::words(
                "no server is named, and this machine does not say to which domain it belongs",
                "name a server with -H ldaps://dc1.contoso.com, or a domain with --domain contoso.com",
            )
        })?,
    };
    Ok(vec![locate::look_up(&domain, arguments.start_tls == 0)])
}

/// The domain that this machine belongs to.
fn joined_domain() -> Option<String> {
    if let Some(domain) = std::env::var("USERDNSDOMAIN").ok().filter(|domain| !domain.is_empty()) {
        return Some(domain.to_ascii_lowercase());
    }
    let path = std::env::var_os("KRB5_CONFIG").unwrap_or_else(|| "/etc/krb5.conf".into());
    let text = std::fs::read_to_string(path).ok()?;
    let realm = text.lines().filter_map(|line| line.split_once('=')).find(|(name, _)| name.trim() == "default_realm")?.1;
    Some(realm.trim().to_ascii_lowercase()).filter(|realm| realm.contains('.'))
}

/// Who reads each directory.
fn binds(arguments: &LiveArguments, accounts: &[String], directories: usize, conf: &LdapConf) -> Result<Vec<Bind>, Failure> {
    let mechanism = arguments.mechanism.as_deref().or(conf.get("SASL_MECH").filter(|_| accounts.is_empty() && !arguments.simple));
    if let Some(mechanism) = mechanism {
        if !["GSSAPI", "GSS-SPNEGO"].iter().any(|known| known.eq_ignore_ascii_case(mechanism)) {
            let message = format!("presync does not know the SASL mechanism {}", visible(mechanism));
            return Err(Failure::words(message, "use -Y GSSAPI with a Kerberos ticket (kinit), or -D and -W"));
        }
        if !cfg!(feature = "kerberos") {
            let help = "build it with cargo install --features kerberos (needs libkrb5-dev and libclang-dev), or bind with -D and -W";
            return Err(Failure::words("this presync was built without Kerberos", help));
        }
        return Ok(vec![Bind::Kerberos { principal: arguments.principal.clone() }; directories]);
    }
    if accounts.is_empty() {
        if arguments.ask_password || !arguments.password_files.is_empty() {
            return Err(Failure::words(
                "there is a password, and no account that it belongs to",
                "name the account with -D, for example -D reader@contoso.com",
            ));
        }
        return Ok(vec![Bind::Anonymous; directories]);
    }
    let files = arguments.password_files.len();
    if accounts.len() > directories || files > 0 && files != accounts.len() {
        return Err(Failure::words(
            "accounts, passwords and directories do not go together",
            "give each -H one -D and one -y, in the same order",
        ));
    }
    let empty = |account: &String| {
        let message = format!("the password of {} is empty: a server takes that for nobody in particular", visible(account));
        Failure::words(message, "type the password, or leave -D out to read without an account")
    };
    let passwords = accounts.iter().enumerate().map(|(at, account)| password(arguments, account, at)).collect::<Result<Vec<_>, _>>()?;
    if let Some((account, _)) = accounts.iter().zip(&passwords).find(|(_, password)| password.is_empty()) {
        return Err(empty(account));
    }
    let bind = |at: usize| {
        let at = at.min(accounts.len() - 1);
        Bind::Simple { account: accounts[at].clone(), password: passwords[at].clone() }
    };
    Ok((0..directories).map(bind).collect())
}

fn password(arguments: &LiveArguments, account: &str, at: usize) -> Result<Password, Failure> {
    let Some(file) = arguments.password_files.get(at) else {
        if !arguments.ask_password {
            return Err(Failure::words(
                format!("there is no password for {}", visible(account)),
                "add -W to be asked for it, or -y FILE to read it from a file",
            ));
        }
        let typed = rpassword::prompt_password(format!("Password of {}: ", visible(account)));
        return typed.map(Password::new).map_err(|error| {
            Failure::words(format!("the password cannot be asked for: {error}"), "without a terminal, read it from a file with -y FILE")
        });
    };
    let unreadable = |reason: String| {
        Failure::words(format!("{}: {reason}", file.display()), "-y names a file that holds the password and nothing else")
    };
    let bytes = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("the password is not UTF-8".to_owned()))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Password::new(text.to_owned()))
}

/// Reads what was planned; on a terminal, with a line that tells how far it is.
pub fn read(plan: &Plan, quiet: bool) -> Live {
    let counters = Arc::new(Counters::default());
    let _progress = Progress::of_live(&counters, quiet);
    ldap::read(&plan.directories, &plan.settings, &counters)
}

/// Puts what is known of servers into the coverage, and what is not.
pub fn cover(coverage: &mut Coverage, servers: Vec<(SourceId, Server, Vec<String>)>, unread: &[Unread]) {
    for (source, server, notes) in servers {
        coverage.notes.extend(notes);
        if let Some(source) = coverage.sources.get_mut(source.0 as usize) {
            source.server = Some(server);
        }
    }
    for Unread { name, fault } in unread {
        coverage.add_missing(LIVE, Gap { source: None, file: name.clone(), line: None, dn: None, reason: fault.message.clone() });
    }
}

/// A fault that ends the command.
pub fn failure(name: &str, fault: &Fault) -> Failure {
    Failure::Told { exit: Exit::NoInput, report: Box::new(report(name, fault)) }
}

/// Says on standard error why directories were not read.
pub fn tell(unread: &[Unread]) {
    for Unread { name, fault } in unread {
        complain(&format!("{:?}", report(name, fault)));
    }
}

/// A fault for the terminal: what happened, details, what to do.
fn report(name: &str, fault: &Fault) -> miette::Report {
    miette::Report::from(miette::MietteDiagnostic::new(words(name, fault)).with_help(visible(&fault.help).into_owned()))
}

fn words(name: &str, fault: &Fault) -> String {
    let mut words = format!("{}: {}", visible(name), visible(&fault.message));
    for (at, detail) in fault.details.iter().enumerate() {
        words.push_str(&format!("\n{}. {}", at + 1, visible(detail)));
    }
    words
}
