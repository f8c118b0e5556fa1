//! What a server says of itself: its root DSE (RFC 4512, 5.1; MS-ADTS 3.1.1.3.2).

use super::connection::Connection;
use super::entry::Entry;
use super::fault::{Fault, Kind};
use super::settings::Scope;

/// What is asked for.
const ATTRIBUTES: [&str; 12] = [
    "defaultNamingContext",
    "rootDomainNamingContext",
    "configurationNamingContext",
    "schemaNamingContext",
    "namingContexts",
    "dnsHostName",
    "supportedCapabilities",
    "supportedControl",
    "supportedExtension",
    "isGlobalCatalogReady",
    "currentTime",
    "domainControllerFunctionality",
];

/// The capability that every Active Directory names (LDAP_CAP_ACTIVE_DIRECTORY_OID).
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
/// The control for paged results.
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// The operation "Who am I?" (RFC 4532).
const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
/// Matches entries in which all of some bits are set (LDAP_MATCHING_RULE_BIT_AND).
const ALL_BITS: &str = "1.2.840.113556.1.4.803";

/// The root DSE.
#[derive(Debug, Clone, Default)]
pub struct RootDse(Entry);

/// A domain of a forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its naming context, such as `DC=emea,DC=contoso,DC=com`.
    pub naming_context: String,
    /// Its name in DNS.
    pub name: String,
}

impl RootDse {
    /// Asks a server.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn read(connection: &mut Connection) -> Result<RootDse, Fault> {
        let attributes: Vec<String> = ATTRIBUTES.map(str::to_owned).to_vec();
        let found = connection.collect("", Scope::Base, "(objectClass=*)", &attributes).await?;
        let entry = found.into_iter().next();
        entry.map(RootDse).ok_or_else(|| {
            let message = format!("{} says nothing of itself (it has no root DSE)", connection.uri.host);
            Fault::new(Kind::Search, message, "is it an LDAP server of version 3, and a domain controller?")
        })
    }

    /// The naming context of the server's own domain.
    pub fn domain(&self) -> Option<String> {
        self.0.text("defaultNamingContext")
    }

    /// The naming context of the forest's configuration.
    pub fn configuration(&self) -> Option<String> {
        self.0.text("configurationNamingContext")
    }

    /// The naming context of the schema.
    pub fn schema(&self) -> Option<String> {
        self.0.text("schemaNamingContext")
    }

    /// Everything that the server holds.
    pub fn naming_contexts(&self) -> Vec<String> {
        self.0.texts("namingContexts")
    }

    /// The name of the server in DNS.
    pub fn host_name(&self) -> Option<String> {
        self.0.text("dnsHostName")
    }

    /// Its clock, as `20261122042011.0Z`.
    pub fn current_time(&self) -> Option<String> {
        self.0.text("currentTime")
    }

    /// Whether it tells who asks.
    pub fn knows_who_asks(&self) -> bool {
        self.0.texts("supportedExtension").iter().any(|extension| extension == WHO_AM_I)
    }

    /// Whether it is an Active Directory.
    pub fn is_active_directory(&self) -> bool {
        self.0.texts("supportedCapabilities").iter().any(|capability| capability == ACTIVE_DIRECTORY)
    }

    /// Whether it hands out results in pages.
    pub fn has_pages(&self) -> bool {
        self.0.texts("supportedControl").iter().any(|control| control == PAGED_RESULTS)
    }

    /// Whether single objects can be hidden from an account that may list their parent: the forest is in List Object mode
    /// (dSHeuristics, fDoListObject; MS-ADTS 6.1.1.2.4.1.2).
    pub async fn lists_objects_singly(&self, connection: &mut Connection) -> bool {
        let Some(configuration) = self.configuration() else { return false };
        let base = format!("CN=Directory Service,CN=Windows NT,CN=Services,{configuration}");
        let found = connection.collect(&base, Scope::Base, "(objectClass=*)", &["dSHeuristics".to_owned()]).await.unwrap_or_default();
        found.first().and_then(|entry| entry.text("dSHeuristics")).is_some_and(|heuristics| heuristics.as_bytes().get(2) == Some(&b'1'))
    }

    /// The domains of the forest.
    ///
    /// # Errors
    ///
    /// Why they cannot be told.
    pub async fn domains(&self, connection: &mut Connection) -> Result<Vec<Domain>, Fault> {
        let Some(configuration) = self.configuration() else {
            let message = "the server names no configuration of a forest, so its domains are not known";
            return Err(Fault::new(Kind::Search, message, "name a domain controller of each domain with -H"));
        };
        // A naming context of the forest (1) that is a domain (2).
        let filter = format!("(&(objectClass=crossRef)(systemFlags:{ALL_BITS}:=3))");
        let attributes = ["nCName", "dnsRoot"].map(str::to_owned);
        let found = connection.collect(&format!("CN=Partitions,{configuration}"), Scope::OneLevel, &filter, &attributes).await?;
        let domain = |entry: &Entry| Some(Domain { naming_context: entry.text("nCName")?, name: entry.text("dnsRoot")? });
        Ok(found.iter().filter_map(domain).collect())
    }
}
