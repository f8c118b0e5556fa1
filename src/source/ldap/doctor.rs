//! Looks at a server as a run would use it, step by step, and tells what a run would miss.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection::{Connection, Reached, addresses};
use super::fault::{Fault, Kind};
use super::root_dse::RootDse;
use super::search::{Item, Search};
use super::settings::{Bind, Directory, Scope, Settings, StartTls};
use super::tls::Tls;
use super::uri::Uri;

mod rights;

/// How long a port may take to answer.
const KNOCK: Duration = Duration::from_secs(3);
/// A certificate that ends within so many days is worth a word.
const SOON: i64 = 30;
/// Kerberos refuses tickets where two clocks differ by more than so many seconds (MaxClockSkew).
const SKEW: u64 = 300;
/// What one step has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was looked at.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// What was seen, a line each.
    pub lines: Vec<String>,
    /// What to do, where something is not as it should be.
    pub help: Option<String>,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Fine,
    /// A run works, and this should be known.
    Notice,
    /// A run would miss something.
    Missing,
    /// A run cannot work.
    Failed,
}

/// What was seen of a server.
#[derive(Debug, Clone)]
pub struct Examination {
    /// The server.
    pub uri: Uri,
    /// Step by step; where one failed, those that need it are not there.
    pub steps: Vec<Step>,
}

impl Examination {
    /// The worst of all steps.
    pub fn state(&self) -> State {
        self.steps.iter().map(|step| step.state).max().unwrap_or(State::Failed)
    }

    fn add(&mut self, name: &'static str, state: State, lines: Vec<String>, help: Option<&str>) {
        self.steps.push(Step { name, state, lines, help: help.map(str::to_owned) });
    }

    fn fail(&mut self, name: &'static str, state: State, fault: Fault) {
        let mut lines = vec![fault.message];
        lines.extend(fault.details);
        self.steps.push(Step { name, state, lines, help: Some(fault.help) });
    }
}

/// Examines every server of the directories; `settings.attributes` are those that rules need.
pub fn examine(directories: &[Directory], settings: &Settings) -> Result<Vec<Examination>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Fault::new(Kind::Connect, format!("no network here: {error}"), "close other programs: sockets may have run out")
    })?;
    let tls = Tls::new(settings.ca_file.as_deref())?;
    runtime.block_on(async {
        let mut seen = Vec::new();
        for directory in directories {
            for uri in &directory.uris {
                let mut examination = Examination { uri: uri.clone(), steps: Vec::new() };
                // The step that failed is told; what needs it is not there.
                let _ = server(&mut examination, uri, &directory.bind, settings, &tls).await;
                seen.push(examination);
            }
        }
        Ok(seen)
    })
}

/// Why no more steps follow: the last one says it.
struct Stopped;

async fn server(seen: &mut Examination, uri: &Uri, bind: &Bind, settings: &Settings, tls: &Tls) -> Result<(), Stopped> {
    name_and_ports(seen, uri, settings).await?;
    let reached = protection(seen, uri, settings, tls).await?;
    let (mut connection, root) = account(seen, reached, bind, settings).await?;
    let bases = directory(seen, &mut connection, &root, settings).await?;
    limits(seen, &mut connection, &root, &bases, settings).await;
    let sample = rights::objects(seen, &mut connection, &root, &bases, settings).await?;
    rights::rights(seen, &mut connection, &root, &sample, settings).await;
    Ok(())
}

async fn name_and_ports(seen: &mut Examination, uri: &Uri, settings: &Settings) -> Result<(), Stopped> {
    let found = match addresses(uri, settings.network_timeout).await {
        Ok(found) => found,
        Err(fault) => {
            seen.fail("name", State::Failed, fault);
            return Err(Stopped);
        }
    };
    let list: BTreeSet<String> = found.iter().map(|address| address.ip().to_string()).collect();
    seen.add("name", State::Fine, vec![format!("{}: {}", uri.host, list.into_iter().collect::<Vec<_>>().join(", "))], None);

    let mut lines = Vec::new();
    let mut is_open = false;
    let mut ports = vec![(uri.port, "the one that is used")];
    ports.extend(
        [(389, "LDAP"), (636, "LDAPS"), (3268, "global catalog"), (3269, "global catalog with TLS")]
            .into_iter()
            .filter(|(port, _)| *port != uri.port),
    );
    for (port, what) in ports {
        let answers = timeout(KNOCK, TcpStream::connect((uri.host.as_str(), port))).await;
        let state = match answers {
            Ok(Ok(_)) => "open",
            Ok(Err(_)) => "closed",
            Err(_) => "no answer",
        };
        is_open |= port == uri.port && state == "open";
        lines.push(format!("{port} {state} ({what})"));
    }
    if is_open {
        seen.add("ports", State::Fine, lines, None);
        return Ok(());
    }
    seen.add(
        "ports",
        State::Failed,
        lines,
        Some("open the port in the firewall on the way, or use one that is open: LDAPS 636 with ldaps://, LDAP 389 with ldap:// and -ZZ"),
    );
    Err(Stopped)
}

async fn protection(seen: &mut Examination, uri: &Uri, settings: &Settings, tls: &Tls) -> Result<Reached, Stopped> {
    let reached = match Reached::reach(uri, settings, tls).await {
        Ok(reached) => reached,
        Err(fault) => {
            seen.fail("protection", State::Failed, fault);
            return Err(Stopped);
        }
    };
    let Some(chain) = &reached.chain else {
        let how = match settings.start_tls {
            StartTls::Try => "the server has no StartTLS: everything travels in clear",
            StartTls::Never | StartTls::Require => "none: everything travels in clear",
        };
        seen.add("protection", State::Notice, vec![how.to_owned()], Some("use ldaps://, or -ZZ for StartTLS"));
        return Ok(reached);
    };
    let mut lines = vec![if uri.is_tls { "LDAPS".to_owned() } else { "StartTLS".to_owned() }];
    lines.extend(chain.describe());
    match chain.days_left(now()) {
        Some(days) if days < SOON => {
            lines.push(format!("the certificate of the server ends in {days} days"));
            seen.add("protection", State::Notice, lines, Some("renew the certificate of the domain controller in time"));
        }
        _ => seen.add("protection", State::Fine, lines, None),
    }
    Ok(reached)
}

async fn account(seen: &mut Examination, reached: Reached, bind: &Bind, settings: &Settings) -> Result<(Connection, RootDse), Stopped> {
    let mut connection = match reached.bind(bind, settings).await {
        Ok(connection) => connection,
        Err(fault) => {
            seen.fail("account", State::Failed, fault);
            return Err(Stopped);
        }
    };
    let root = match RootDse::read(&mut connection).await {
        Ok(root) => root,
        Err(fault) => {
            seen.fail("directory", State::Failed, fault);
            return Err(Stopped);
        }
    };
    let (state, line) = match (bind, connection.who_am_i(&root).await) {
        (_, Some(name)) => (State::Fine, name),
        (Bind::Anonymous, None) => (State::Notice, "nobody in particular (no -D, no -Y)".to_owned()),
        (Bind::Simple { account, .. }, None) => (State::Fine, format!("{account} (the server does not say whom it takes that for)")),
        (Bind::Kerberos { .. }, None) => (State::Fine, "that of the Kerberos ticket".to_owned()),
    };
    let help = "a domain controller answers only to accounts that it knows: use -D and -W, or -Y GSSAPI";
    seen.add("account", state, vec![line], (state == State::Notice).then_some(help));
    Ok((connection, root))
}

async fn directory(
    seen: &mut Examination,
    connection: &mut Connection,
    root: &RootDse,
    settings: &Settings,
) -> Result<Vec<String>, Stopped> {
    let mut lines = Vec::new();
    let mut help = None;
    let mut state = State::Fine;
    if let Some(host) = root.host_name() {
        lines.push(format!("{host}{}", if root.is_active_directory() { ", an Active Directory" } else { "" }));
    }
    if !root.is_active_directory() {
        state = State::Notice;
        lines.push("it does not say that it is an Active Directory".to_owned());
        help = Some("Entra Connect reads nothing else: is this the right server?");
    }
    lines.extend(root.naming_contexts().iter().map(|context| format!("holds {context}")));
    match root.domains(connection).await {
        Ok(domains) if domains.len() > 1 => {
            lines.extend(domains.iter().map(|domain| format!("the forest has {} ({})", domain.name, domain.naming_context)));
            if !settings.all_domains {
                help = Some("a conflict can lie between two domains: read them all with --all-domains, or with one -H each");
                state = State::Notice;
            }
        }
        Ok(_) => {}
        // A server that is no Active Directory has no forest.
        Err(_) if !root.is_active_directory() => {}
        Err(fault) => lines.push(format!("the domains of the forest cannot be told: {fault}")),
    }
    if let Some(skew) = root.current_time().and_then(|time| seconds_of(&time)).map(|time| time.abs_diff(now())).filter(|skew| *skew > SKEW)
    {
        state = State::Notice;
        lines.push(format!("its clock differs from this one by {skew} seconds"));
        help = Some("set the clocks: Kerberos refuses tickets beyond five minutes");
    }
    let bases: Vec<String> = if settings.bases.is_empty() { root.domain().into_iter().collect() } else { settings.bases.clone() };
    if bases.is_empty() {
        seen.add("directory", State::Failed, lines, Some("the server does not say which domain it holds: name the base with -b"));
        return Err(Stopped);
    }
    lines.extend(bases.iter().map(|base| format!("a run reads below {base}")));
    seen.add("directory", state, lines, help);
    Ok(bases)
}

/// What the server's administrator set, and whether pages work.
async fn limits(seen: &mut Examination, connection: &mut Connection, root: &RootDse, bases: &[String], settings: &Settings) {
    let mut lines = Vec::new();
    let policies = match root.configuration() {
        Some(configuration) => {
            let base = format!("CN=Default Query Policy,CN=Query-Policies,CN=Directory Service,CN=Windows NT,CN=Services,{configuration}");
            let found = connection.collect(&base, Scope::Base, "(objectClass=*)", &["lDAPAdminLimits".to_owned()]).await;
            found.ok().and_then(|found| found.into_iter().next()).map(|entry| entry.texts("lDAPAdminLimits")).unwrap_or_default()
        }
        None => Vec::new(),
    };
    for wanted in ["MaxPageSize", "MaxValRange", "MaxQueryDuration"] {
        match policies.iter().find(|policy| policy.starts_with(wanted)) {
            Some(policy) => lines.push(policy.clone()),
            None => lines.push(format!(
                "{wanted} is not told (Active Directory's own: {})",
                match wanted {
                    "MaxPageSize" => "1000 entries a page",
                    "MaxValRange" => "1500 values of an attribute at a time",
                    _ => "120 seconds a search",
                }
            )),
        }
    }
    let Some(base) = bases.first() else { return };
    let mut pages = connection.search(Search {
        base: base.clone(),
        scope: Scope::Subtree,
        filter: settings.filter.clone(),
        attributes: vec!["1.1".to_owned()],
        page_size: 2,
        time_limit: 0,
    });
    let mut read = 0;
    let broke = loop {
        match pages.next().await {
            Ok(Some(Item::Entry(_))) if read < 5 => read += 1,
            Ok(Some(Item::Entry(_)) | None) => break None,
            Ok(Some(Item::Reference(_))) => {}
            Err(fault) => break Some(fault),
        }
    };
    match (broke, root.has_pages()) {
        (Some(fault), _) => seen.fail("pages", State::Missing, fault),
        (None, true) => {
            lines.insert(0, "pages work".to_owned());
            seen.add("pages", State::Fine, lines, None);
        }
        (None, false) => {
            lines.insert(0, "the server does not offer pages: a large directory would be cut off".to_owned());
            seen.add("pages", State::Missing, lines, Some("read parts of the tree with -b, or another server"));
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Seconds since 1970 of a time as directories write it: `20261122042011.0Z`.
fn seconds_of(text: &str) -> Option<u64> {
    let digits = text.get(..14).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let number = |range: std::ops::Range<usize>| digits[range].parse::<u8>().ok();
    let month = time::Month::try_from(number(4..6)?).ok()?;
    let date = time::Date::from_calendar_date(digits[..4].parse().ok()?, month, number(6..8)?).ok()?;
    let time = date.with_hms(number(8..10)?, number(10..12)?, number(12..14)?).ok()?.assume_utc();
    u64::try_from(time.unix_timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_directories_are_read() {
        assert_eq!(seconds_of("19700102000001.0Z"), Some(86_401));
        assert_eq!(seconds_of("20261122042011.0Z"), Some(1_795_321_211));
        for odd in ["", "2026", "20261322042011.0Z", "2026112204201é", "abcdefghijklmn"] {
            assert_eq!(seconds_of(odd), None, "{odd}");
        }
    }
}
