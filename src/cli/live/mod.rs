//! Live directories: from the settings that were chosen to what [`ldap::read`] needs.

use std::sync::Arc;
use std::time::Duration;

mod arguments;
mod ldap_conf;
mod settings;

pub use arguments::{LiveArguments, ScopeArgument, StartTlsArgument};
pub use ldap_conf::LdapConf;
pub use settings::LiveSettings;
use settings::without_user;

use super::complain;
use super::config::choice::Sources;
use super::config::settings::domain_of;
use super::exit::{Exit, Failure};
use super::progress::Progress;
use crate::directory::{Counters, Coverage, Gap, LIVE, Server, SourceId};
use crate::report::visible::visible;
use crate::source::ldap::settings::FILTER;
use crate::source::ldap::tls::Tls;
use crate::source::ldap::{self, Bind, Directory, Fault, Live, Password, Scope, Settings, StartTls, Unread, Uri, locate};

/// What is read, and how.
#[derive(Debug)]
pub struct Plan {
    /// The directories.
    pub directories: Vec<Directory>,
    /// How they are read.
    pub settings: Settings,
}

/// Works out which directories are meant: looks names up, and asks for passwords.
///
/// # Errors
///
/// What is missing or does not fit, before anything is sent.
pub fn plan(chosen: LiveSettings, sources: &Sources<'_>, attributes: Vec<String>) -> Result<Plan, Failure> {
    let named = servers(&chosen, sources)?;
    let binds = binds(&chosen, named.len())?;
    let directories = named.into_iter().zip(binds).map(|(uris, bind)| Directory { uris, bind }).collect();
    if chosen.ignores_verification {
        complain("presync: TLS_REQCERT is ignored: presync always verifies the certificate of a server");
    }
    let ca_file = chosen.ca_file.map(|file| file.0);
    if let Some(path) = &ca_file {
        Tls::new(Some(path)).map_err(|fault| Failure::words(visible(&fault.message), fault.help))?;
    }
    let settings = Settings {
        bases: chosen.bases,
        scope: match chosen.scope {
            ScopeArgument::Base => Scope::Base,
            ScopeArgument::One => Scope::OneLevel,
            ScopeArgument::Sub => Scope::Subtree,
        },
        filter: FILTER.to_owned(),
        attributes,
        start_tls: match chosen.start_tls {
            StartTlsArgument::Never => StartTls::Never,
            StartTlsArgument::Try => StartTls::Try,
            StartTlsArgument::Require => StartTls::Require,
        },
        password_in_clear: chosen.password_in_clear,
        ca_file,
        network_timeout: Duration::from_secs(chosen.network_timeout),
        time_limit: u32::try_from(chosen.time_limit).unwrap_or(u32::MAX),
        size_limit: chosen.size_limit,
        page_size: chosen.page_size,
        rate: chosen.rate,
        retry: chosen.retry,
        connections: chosen.connections,
        follow_referrals: chosen.follow_referrals,
        all_domains: chosen.all_domains,
    };
    Ok(Plan { directories, settings })
}

/// The servers of each directory.
fn servers(chosen: &LiveSettings, sources: &Sources<'_>) -> Result<Vec<Vec<Uri>>, Failure> {
    if chosen.uris.iter().any(|servers| servers.value.each().next().is_some()) {
        let parse = |uri: &str| {
            Uri::parse(uri).map_err(|reason| {
                let message = format!("{}: {}", visible(without_user(uri)), visible(&reason));
                Failure::words(message, "for example -H ldaps://dc1.contoso.com")
            })
        };
        return chosen.uris.iter().map(|servers| servers.value.each().map(parse).collect()).collect();
    }
    let domain = match &chosen.domain {
        Some(domain) => domain_of(sources, domain)?,
        None => joined_domain().ok_or_else(|| {
            Failure::words(
                "no server is named, and this machine does not say to which domain it belongs",
                "name a server with -H ldaps://dc1.contoso.com, or a domain with --domain contoso.com",
            )
        })?,
    };
    Ok(vec![locate::look_up(&domain, chosen.start_tls == StartTlsArgument::Never)])
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
fn binds(chosen: &LiveSettings, directories: usize) -> Result<Vec<Bind>, Failure> {
    let accounts = &chosen.accounts;
    if let Some(mechanism) = &chosen.mechanism {
        if !["GSSAPI", "GSS-SPNEGO"].iter().any(|known| known.eq_ignore_ascii_case(mechanism)) {
            let message = format!("presync does not know the SASL mechanism {}", visible(mechanism));
            return Err(Failure::words(message, "use -Y GSSAPI with a Kerberos ticket (kinit), or -D and -W"));
        }
        if !cfg!(feature = "kerberos") {
            let help = "build it with cargo install --features kerberos (needs libkrb5-dev and libclang-dev), or bind with -D and -W";
            return Err(Failure::words("this presync was built without Kerberos", help));
        }
        return Ok(vec![Bind::Kerberos { principal: chosen.principal.clone() }; directories]);
    }
    if accounts.is_empty() {
        if chosen.ask_password || !chosen.password_files.is_empty() {
            return Err(Failure::words(
                "there is a password, and no account that it belongs to",
                "name the account with -D, for example -D reader@contoso.com",
            ));
        }
        return Ok(vec![Bind::Anonymous; directories]);
    }
    let files = chosen.password_files.len();
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
    let passwords = accounts.iter().enumerate().map(|(at, account)| password(chosen, account, at)).collect::<Result<Vec<_>, _>>()?;
    if let Some((account, _)) = accounts.iter().zip(&passwords).find(|(_, password)| password.is_empty()) {
        return Err(empty(account));
    }
    let bind = |at: usize| {
        let at = at.min(accounts.len() - 1);
        Bind::Simple { account: accounts[at].clone(), password: passwords[at].clone() }
    };
    Ok((0..directories).map(bind).collect())
}

fn password(chosen: &LiveSettings, account: &str, at: usize) -> Result<Password, Failure> {
    let Some(file) = chosen.password_files.get(at) else {
        if !chosen.ask_password {
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
        Failure::words(format!("{}: {reason}", file.0.display()), "-y names a file that holds the password and nothing else")
    };
    let bytes = std::fs::read(&file.0).map_err(|error| unreadable(error.to_string()))?;
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
