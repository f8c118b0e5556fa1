//! Finds the domain controllers of a domain as Windows does: by SRV records (MS-ADTS 6.3.2.3).

use std::cmp::Reverse;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

use super::uri::Uri;

/// How long name servers may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The domain controllers of a domain, the preferred ones first, reached like another server; the domain's own name
/// where there are no such records: it has the addresses of all of its domain controllers.
pub async fn controllers(domain: &str, like: &Uri) -> Vec<Uri> {
    let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build());
    let found = match &resolver {
        Ok(resolver) => records(resolver, domain).await,
        Err(_) => Vec::new(),
    };
    if found.is_empty() {
        return vec![like.to_host(domain, None)];
    }
    found.into_iter().map(|host| like.to_host(&host, None)).collect()
}

/// The same for whoever is not asynchronous.
pub fn look_up(domain: &str, is_tls: bool) -> Vec<Uri> {
    let like = Uri::of_host(domain, is_tls);
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(controllers(domain, &like)),
        Err(_) => vec![like],
    }
}

/// The names in the SRV records: by priority, the heaviest first. Ports are not taken over: they are those of LDAP in
/// clear.
async fn records(resolver: &TokioResolver, domain: &str) -> Vec<String> {
    let name = format!("_ldap._tcp.dc._msdcs.{}.", domain.trim_end_matches('.'));
    let Ok(Ok(found)) = tokio::time::timeout(PATIENCE, resolver.srv_lookup(name)).await else { return Vec::new() };
    let record = |data: &RData| match data {
        RData::SRV(record) => Some((record.priority, Reverse(record.weight), record.target.to_utf8().trim_end_matches('.').to_owned())),
        _ => None,
    };
    let mut found: Vec<_> = found.answers().iter().filter_map(|answer| record(&answer.data)).collect();
    found.sort();
    found.into_iter().map(|(_, _, host)| host).collect()
}

#[cfg(test)]
mod tests {
    use hickory_resolver::config::{NameServerConfig, ResolverConfig};
    use hickory_resolver::net::runtime::TokioRuntimeProvider;
    use hickory_resolver::proto::op::{Message, OpCode};
    use hickory_resolver::proto::rr::rdata::SRV;
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    use super::*;

    /// Answers one question with these records, and returns what was asked for.
    async fn answer(socket: UdpSocket, servers: &[(u16, u16, &str)]) -> String {
        let mut buffer = [0; 512];
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_vec(&buffer[..length]).unwrap();
        let mut reply = Message::response(question.metadata.id, OpCode::Query);
        let query = question.queries[0].clone();
        reply.add_query(query.clone());
        for (priority, weight, host) in servers {
            let target = Name::from_ascii(host).unwrap();
            reply.add_answer(Record::from_rdata(query.name().clone(), 60, RData::SRV(SRV::new(*priority, *weight, 389, target))));
        }
        socket.send_to(&reply.to_vec().unwrap(), from).await.unwrap();
        query.name().to_ascii()
    }

    #[tokio::test]
    async fn domain_controllers_are_found_in_the_order_of_their_records() {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut server = NameServerConfig::udp(address.ip());
        server.connections[0].port = address.port();
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap();
        let servers = [(10, 0, "far.contoso.com."), (0, 50, "dc2.contoso.com."), (0, 100, "dc1.contoso.com.")];
        let (found, asked) = tokio::join!(records(&resolver, "contoso.com"), answer(socket, &servers));
        assert_eq!(found, ["dc1.contoso.com", "dc2.contoso.com", "far.contoso.com"]);
        assert_eq!(asked, "_ldap._tcp.dc._msdcs.contoso.com.");
    }
}
