//! The settings of OpenLDAP's tools, as ldap.conf(5) finds them: files of the system and of the user, then variables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where the system's file may be: Debian, then Red Hat and others.
const SYSTEM: [&str; 2] = ["/etc/ldap/ldap.conf", "/etc/openldap/ldap.conf"];
/// Options that a file of the system may not set.
const USER_ONLY: [&str; 3] = ["BINDDN", "SASL_MECH", "SASL_AUTHCID"];

/// What the files and variables say; later ones win.
#[derive(Debug, Default)]
pub struct LdapConf(HashMap<String, Named>);

/// The value of an option.
#[derive(Debug)]
pub struct Named {
    /// The value.
    pub value: String,
    /// The variable, or the file and the line, that says so.
    pub origin: String,
}

impl LdapConf {
    /// Reads what is there; a file that cannot be read is none.
    pub fn load() -> LdapConf {
        let mut conf = LdapConf::default();
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if std::env::var_os("LDAPNOINIT").is_some() {
            return conf;
        }
        for path in SYSTEM {
            conf.add_file(Path::new(path), &USER_ONLY);
        }
        let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
        let rc = variable("LDAPRC");
        let mut own: Vec<PathBuf> = Vec::new();
        own.extend(home.iter().flat_map(|home| [home.join("ldaprc"), home.join(".ldaprc")]));
        own.push(PathBuf::from("ldaprc"));
        own.extend(variable("LDAPCONF").map(PathBuf::from));
        if let Some(rc) = rc {
            own.extend(home.iter().flat_map(|home| [home.join(&rc), home.join(format!(".{rc}"))]));
            own.push(PathBuf::from(rc));
        }
        for path in own {
            conf.add_file(&path, &[]);
        }
        for (name, value) in std::env::vars_os() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if let Some(option) = name.strip_prefix("LDAP").filter(|option| !matches!(*option, "CONF" | "RC" | "NOINIT"))
                && !value.is_empty()
            {
                conf.0.insert(option.to_owned(), Named { value: value.to_owned(), origin: name.to_owned() });
            }
        }
        conf
    }

    /// The value of an option, such as `TLS_CACERT`.
    pub fn get(&self, option: &str) -> Option<&Named> {
        self.0.get(option)
    }

    fn add_file(&mut self, path: &Path, without: &[&str]) {
        if let Ok(text) = std::fs::read_to_string(path) {
            self.add(&text, &path.to_string_lossy(), without);
        }
    }

    fn add(&mut self, text: &str, name: &str, without: &[&str]) {
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let Some((option, value)) = line.split_once(char::is_whitespace).filter(|_| !line.starts_with('#')) else { continue };
            let option = option.to_ascii_uppercase();
            if !without.contains(&option.as_str()) {
                self.0.insert(option, Named { value: value.trim().to_owned(), origin: format!("{name}:{}", number + 1) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_files_win_and_the_system_binds_nobody() {
        let mut conf = LdapConf::default();
        conf.add("# comment\nURI\tldaps://dc1 ldaps://dc2\nbase  DC=contoso,DC=com\nBINDDN cn=x\nTLS_CACERT\n", "ldap.conf", &USER_ONLY);
        conf.add("BASE DC=fabrikam,DC=com\n", "ldaprc", &[]);
        let told = |option: &str| conf.get(option).map(|named| (named.value.as_str(), named.origin.as_str()));
        assert_eq!(told("URI"), Some(("ldaps://dc1 ldaps://dc2", "ldap.conf:2")));
        assert_eq!(told("BASE"), Some(("DC=fabrikam,DC=com", "ldaprc:1")));
        assert_eq!((told("BINDDN"), told("TLS_CACERT")), (None, None));
    }
}
