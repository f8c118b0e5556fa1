//! Finds the domain controllers of a domain as Windows does: by SRV records (MS-ADTS 6.3.2.3).

use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

use super::uri::Uri;

/// How long name servers may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The domain controllers of a domain, the preferred ones first, reached like another server; the domain's own name
/// where there are no such records: it has the addresses of all of its domain controllers.
pub async fn controllers(domain: &str, like: &Uri) -> Vec<Uri> {
    let mut found = records(&format!("_ldap._tcp.dc._msdcs.{}.", domain.trim_end_matches('.'))).await;
    found.sort();
    let mut uris: Vec<Uri> = found.into_iter().map(|(_, _, host)| like.to_host(&host, None)).collect();
    if uris.is_empty() {
        uris.push(like.to_host(domain, None));
    }
    uris
}

/// The same for whoever is not asynchronous.
pub fn look_up(domain: &str, is_tls: bool) -> Vec<Uri> {
    let like = Uri::of_host(domain, is_tls);
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(controllers(domain, &like)),
        Err(_) => vec![like],
    }
}

/// Priority, weight turned round so that the heaviest comes first, name. Ports are not taken over: they are those of LDAP
/// in clear.
async fn records(name: &str) -> Vec<(u16, u16, String)> {
    let lookup = async {
        let resolver = TokioResolver::builder_tokio().ok()?.build().ok()?;
        resolver.srv_lookup(name).await.ok()
    };
    let Ok(Some(found)) = tokio::time::timeout(PATIENCE, lookup).await else { return Vec::new() };
    let record = |data: &RData| match data {
        RData::SRV(record) => {
            let host = record.target.to_utf8();
            Some((record.priority, u16::MAX - record.weight, host.trim_end_matches('.').to_owned()))
        }
        _ => None,
    };
    found.answers().iter().filter_map(|answer| record(&answer.data)).collect()
}
