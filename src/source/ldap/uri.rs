//! Where a server is: `ldaps://dc1.contoso.com:636`.

use std::fmt;

use url::{Host, Url};

/// An LDAP URI of scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    /// Whether TLS comes first (`ldaps`).
    pub is_tls: bool,
    /// Name or address of the server; an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The port of a global catalog that the user named instead.
    pub catalog_port: Option<u16>,
    /// Whether the port has to be written.
    has_own_port: bool,
}

impl Uri {
    /// Reads a URI as ldapsearch takes them.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Uri, String> {
        let url = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "ldap" | "ldaps") => url,
            Ok(url) if text.contains("://") => return Err(format!("presync reads ldap:// and ldaps://, not {}://", url.scheme())),
            Err(error) if text.contains("://") => return Err(format!("it is not a URI: {error}")),
            // What stands before an @ could be a password.
            _ => return Err(format!("it is not a URI; write ldaps://{}", text.rsplit(['/', '@']).next().unwrap_or_default())),
        };
        let is_tls = url.scheme() == "ldaps";
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err("it names no server".to_owned()),
        };
        if host.contains(['%', '\\']) {
            return Err("the name of the server has characters that names cannot have".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("account and password do not belong into a URI; use -D and -W".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err("a base does not belong into it; use -b".to_owned());
        }
        let catalog_port = url.port().filter(|port| matches!(port, 3268 | 3269));
        let usual = if is_tls { 636 } else { 389 };
        let port = match catalog_port {
            Some(3269) => 636,
            Some(_) => 389,
            None => url.port().unwrap_or(usual),
        };
        Ok(Uri { is_tls, host, port, catalog_port, has_own_port: url.port().is_some() && catalog_port.is_none() })
    }

    /// A server on the usual port.
    pub fn of_host(host: &str, is_tls: bool) -> Uri {
        Uri { is_tls, host: host.to_owned(), port: if is_tls { 636 } else { 389 }, catalog_port: None, has_own_port: false }
    }

    /// The same kind of connection to another server, on the usual port or on one of its own.
    pub fn to_host(&self, host: &str, port: Option<u16>) -> Uri {
        let usual = Uri::of_host(host, self.is_tls);
        match port.filter(|port| !matches!(port, 389 | 636)) {
            Some(port) => Uri { port, has_own_port: true, ..usual },
            None => usual,
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_tls { "ldaps://" } else { "ldap://" })?;
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if self.has_own_port { write!(f, ":{}", self.port) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_uris_are_read_and_written_alike() {
        for text in ["ldaps://dc1.contoso.com", "ldap://127.0.0.5", "ldaps://[::1]:10636", "ldap://dc1:10389"] {
            assert_eq!(Uri::parse(text).unwrap().to_string(), text);
        }
        let uri = Uri::parse("ldaps://dc1.contoso.com/").unwrap();
        assert_eq!((uri.port, uri.is_tls), (636, true));
    }

    #[test]
    fn a_global_catalog_becomes_the_domain_controller_behind_it() {
        let uri = Uri::parse("ldaps://dc1:3269").unwrap();
        assert_eq!((uri.port, uri.catalog_port, uri.to_string()), (636, Some(3269), "ldaps://dc1".to_owned()));
        assert_eq!(Uri::parse("ldap://dc1:3268").unwrap().port, 389);
    }

    #[test]
    fn what_is_no_server_is_said() {
        for text in [
            "dc1.contoso.com",
            "",
            "http://dc1",
            "ldap://",
            "ldaps://u:p@dc1",
            "ldap://dc1/DC=contoso",
            "ldapi:///var/run",
            "ldap://a:99999",
        ] {
            assert!(Uri::parse(text).is_err(), "{text}");
        }
    }
}
