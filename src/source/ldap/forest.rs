//! Which servers are read: those that were named, those of the other domains, those that were pointed at.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::connection::Connection;
use super::fault::{Fault, Kind};
use super::reading::{Missing, Reading, Server, read_server, wait_before};
use super::root_dse::RootDse;
use super::settings::{Bind, Directory, Settings};
use super::tls::Tls;
use super::uri::Uri;
use crate::directory::{Counters, Dn};

/// A directory that could not be read at all.
#[derive(Debug, Clone)]
pub struct Unread {
    /// The servers that were tried, or the domain.
    pub name: String,
    /// Why.
    pub fault: Fault,
}

/// What came of all directories, in the order in which they were named.
#[derive(Default)]
pub struct Live {
    /// What was read.
    pub readings: Vec<Reading>,
    /// What could not be reached.
    pub unread: Vec<Unread>,
}

impl Live {
    /// Takes a reading over; one that ended before the first entry is none.
    fn take(&mut self, mut reading: Reading) {
        let broke = std::mem::take(&mut reading.broke);
        if reading.entries == 0 && !broke.is_empty() && reading.missing.is_empty() {
            let name = reading.uri.to_string();
            self.unread.extend(broke.into_iter().map(|(_, fault)| Unread { name: name.clone(), fault }));
            return;
        }
        let missing =
            broke.into_iter().map(|(base, fault)| Missing { dn: Some(base), reason: format!("{}: {}", fault.message, fault.help) });
        reading.missing.extend(missing);
        self.readings.push(reading);
    }
}

/// Reads directories. Blocks until everything is read; `counters` tell meanwhile how far it is.
pub fn read(directories: &[Directory], settings: &Settings, counters: &Arc<Counters>) -> Live {
    let mut live = Live::default();
    // One thread takes a page in while the other one writes it down: the server waits for neither.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let fault = Fault::new(Kind::Connect, format!("no network here: {error}"), "close other programs: sockets may have run out");
            live.unread.extend(directories.iter().map(|directory| Unread { name: names(&directory.uris), fault: fault.clone() }));
            return live;
        }
    };
    runtime.block_on(read_all(directories, settings, counters, &mut live));
    live
}

fn names(uris: &[Uri]) -> String {
    uris.iter().map(Uri::to_string).collect::<Vec<_>>().join(" ")
}

async fn read_all(directories: &[Directory], settings: &Settings, counters: &Arc<Counters>, live: &mut Live) {
    let tls = match Tls::new(settings.ca_file.as_deref()) {
        Ok(tls) => tls,
        Err(fault) => {
            live.unread.extend(directories.iter().map(|directory| Unread { name: names(&directory.uris), fault: fault.clone() }));
            return;
        }
    };
    let mut servers = Vec::new();
    for directory in directories {
        match meet(&directory.uris, &directory.bind, settings, &tls).await {
            Ok(server) => servers.push(server),
            Err(fault) => live.unread.push(Unread { name: names(&directory.uris), fault }),
        }
    }
    if settings.all_domains {
        add_domains(&mut servers, settings, &tls, live).await;
    }
    let covered: Vec<String> = servers.iter().flat_map(|server| server.bases.clone()).collect();
    let mut pointed_at = Vec::new();
    for server in servers {
        let (bind, uri) = (server.bind.clone(), server.connection.uri.clone());
        let (mut reading, references) = read_server(server, settings, &tls, counters).await;
        for reference in references {
            match Elsewhere::of(&reference) {
                Some(elsewhere) if elsewhere.holds_no_people() || covered.iter().any(|base| same(base, &elsewhere.base)) => {}
                Some(elsewhere) if settings.follow_referrals => pointed_at.push((elsewhere, bind.clone(), uri.clone())),
                elsewhere => reading.missing.push(Missing {
                    dn: elsewhere.map(|elsewhere| elsewhere.base),
                    reason: format!(
                        "this part of the tree is on another server ({reference}): read it with --follow-referrals, --all-domains or -H"
                    ),
                }),
            }
        }
        live.take(reading);
    }
    follow(pointed_at, covered, settings, &tls, counters, live).await;
}

/// Reads what servers have pointed at, once each, and nothing that is done.
async fn follow(
    mut pointed_at: Vec<(Elsewhere, Bind, Uri)>,
    mut done: Vec<String>,
    settings: &Settings,
    tls: &Tls,
    counters: &Arc<Counters>,
    live: &mut Live,
) {
    while let Some((elsewhere, bind, from)) = pointed_at.pop() {
        if done.iter().any(|base| same(base, &elsewhere.base)) {
            continue;
        }
        done.push(elsewhere.base.clone());
        // The referral says ldap:// whatever the connection was; the user's choice of protection holds.
        let uri = elsewhere.uri(&from);
        match meet(std::slice::from_ref(&uri), &bind, settings, tls).await {
            Ok(mut server) => {
                server.bases = vec![elsewhere.base];
                let (mut reading, references) = read_server(server, settings, tls, counters).await;
                for reference in references {
                    match Elsewhere::of(&reference) {
                        Some(next) if next.holds_no_people() => {}
                        Some(next) => pointed_at.push((next, bind.clone(), from.clone())),
                        None => reading
                            .missing
                            .push(Missing { dn: None, reason: format!("the server points to {reference}, which cannot be read") }),
                    }
                }
                live.take(reading);
            }
            Err(fault) => live.unread.push(Unread { name: format!("{uri} ({})", elsewhere.base), fault }),
        }
    }
}

/// Connects to the first server that answers, and asks what it is.
async fn meet(uris: &[Uri], bind: &Bind, settings: &Settings, tls: &Tls) -> Result<Server, Fault> {
    let mut refused = Fault::new(Kind::Usage, "no server is named", "name one with -H ldaps://dc1.contoso.com");
    for (at, uri) in uris.iter().enumerate() {
        match greet(uri, bind, settings, tls).await {
            Ok(server) => {
                let mut uris = uris.to_vec();
                uris.rotate_left(at);
                return Ok(Server { uris, ..server });
            }
            // Another server knows the same accounts; trying a wrong password everywhere would lock the account.
            Err(fault) if matches!(fault.kind, Kind::Bind | Kind::Usage | Kind::Clear) => return Err(fault),
            Err(fault) => refused = fault,
        }
    }
    Err(refused)
}

async fn greet(uri: &Uri, bind: &Bind, settings: &Settings, tls: &Tls) -> Result<Server, Fault> {
    let mut tries = 0;
    let (mut connection, root) = loop {
        let greeted = async {
            let mut connection = Connection::open(uri, bind, settings, tls).await?;
            let root = match RootDse::read(&mut connection).await {
                // Who names the base can do without what the server says of itself.
                Err(Fault { kind: Kind::Search, .. }) if !settings.bases.is_empty() => RootDse::default(),
                root => root?,
            };
            Ok((connection, root))
        };
        match greeted.await {
            Ok(greeted) => break greeted,
            Err(Fault { kind: Kind::Busy | Kind::Lost, .. }) if tries < settings.retry => wait_before(&mut tries).await,
            Err(fault) => return Err(fault),
        }
    };
    let account = connection.who_am_i(&root).await;
    let mut notes = Vec::new();
    if let Some(port) = uri.catalog_port {
        notes.push(format!("port {port} is a global catalog, which lacks attributes; port {} of the same server was read", uri.port));
    }
    let mut bases = settings.bases.clone();
    if bases.is_empty() {
        bases.extend(root.domain());
    }
    if bases.is_empty() {
        let contexts = root.naming_contexts();
        let message = format!("{} does not say which domain it holds (it has: {})", uri.host, contexts.join("; "));
        return Err(Fault::new(Kind::Search, message, "name the base with -b, for example -b DC=contoso,DC=com"));
    }
    if !root.is_active_directory() {
        notes.push(format!("{uri} does not say that it is an Active Directory; Entra Connect reads nothing else"));
    }
    Ok(Server { connection, uris: Vec::new(), bind: bind.clone(), root, account, bases, notes })
}

/// Adds a server for every domain of the forests that none of the servers holds.
async fn add_domains(servers: &mut Vec<Server>, settings: &Settings, tls: &Tls, live: &mut Live) {
    let mut found = Vec::new();
    for server in servers.iter_mut() {
        let bind = server.bind.clone();
        match server.root.domains(&mut server.connection).await {
            Ok(domains) => found.extend(domains.into_iter().map(|domain| (domain, bind.clone(), server.connection.uri.clone()))),
            Err(fault) => live.unread.push(Unread { name: format!("{} (the domains of its forest)", server.connection.uri), fault }),
        }
    }
    for (domain, bind, like) in found {
        if servers.iter().any(|server| server.root.domain().is_some_and(|own| same(&own, &domain.naming_context))) {
            continue;
        }
        let uris = super::locate::controllers(&domain.name, &like).await;
        match meet(&uris, &bind, settings, tls).await {
            Ok(server) if server.root.domain().is_some_and(|own| same(&own, &domain.naming_context)) => servers.push(server),
            Ok(server) => {
                let message = format!("{} answers, but holds {}", server.connection.uri, server.root.domain().unwrap_or_default());
                let fault = Fault::new(Kind::Name, message, "name a domain controller of this domain with another -H");
                live.unread.push(Unread { name: domain.name, fault });
            }
            Err(fault) => live.unread.push(Unread { name: format!("{} (domain {})", names(&uris), domain.name), fault }),
        }
    }
}

/// Where a server says that another part of the tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Elsewhere {
    host: String,
    port: Option<u16>,
    base: String,
}

impl Elsewhere {
    /// Reads `ldap://emea.contoso.com/DC=emea,DC=contoso,DC=com`.
    fn of(reference: &str) -> Option<Elsewhere> {
        let url = url::Url::parse(reference).ok()?;
        let base = percent_decode_str(url.path().trim_start_matches('/')).decode_utf8().ok()?.into_owned();
        // Without a name, the whole tree of the other server would be meant.
        let host = url.host_str().filter(|_| !base.is_empty())?;
        Some(Elsewhere { host: host.trim_matches(['[', ']']).to_owned(), port: url.port(), base })
    }

    /// The server, with the protection of the connection that pointed to it.
    fn uri(&self, from: &Uri) -> Uri {
        from.to_host(&self.host, self.port)
    }

    /// Whether it is a part of the forest in which there are no users, groups or contacts of a domain.
    fn holds_no_people(&self) -> bool {
        let start = self.base.to_ascii_lowercase();
        ["cn=configuration,", "cn=schema,", "dc=domaindnszones,", "dc=forestdnszones,"].iter().any(|known| start.starts_with(known))
    }
}

/// Whether two distinguished names are one.
fn same(one: &str, other: &str) -> bool {
    Dn::new(one.as_bytes()) == Dn::new(other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_domains_count_and_those_to_zones_do_not() {
        let child = Elsewhere::of("ldap://emea.contoso.com/DC=emea,DC=contoso,DC=com").unwrap();
        assert_eq!((child.host.as_str(), child.base.as_str()), ("emea.contoso.com", "DC=emea,DC=contoso,DC=com"));
        assert!(!child.holds_no_people());
        for zone in ["DC=ForestDnsZones,DC=contoso,DC=com", "DC=DomainDnsZones,DC=contoso,DC=com", "CN=Configuration,DC=contoso,DC=com"] {
            assert!(Elsewhere::of(&format!("ldap://contoso.com/{zone}")).unwrap().holds_no_people());
        }
        assert_eq!(Elsewhere::of("ldap://dc/OU=B%C3%BCro,DC=a").unwrap().base, "OU=Büro,DC=a");
        for reference in ["nonsense", "", "ldap:///DC=a", "ldap://dc", "ldap://dc/"] {
            assert_eq!(Elsewhere::of(reference), None, "{reference}");
        }
    }

    #[test]
    fn a_referral_does_not_weaken_the_connection() {
        let from = Uri::parse("ldaps://dc1.contoso.com").unwrap();
        let elsewhere = Elsewhere::of("ldap://emea.contoso.com/DC=emea").unwrap();
        assert_eq!(elsewhere.uri(&from).to_string(), "ldaps://emea.contoso.com");
    }
}
