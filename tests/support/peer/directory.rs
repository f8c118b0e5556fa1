//! What the peer serves: entries by name, naming contexts, and the root DSE.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Display;

/// The matching rule for bits that are all set.
pub(super) const BIT_AND: &str = "1.2.840.113556.1.4.803";
/// The matching rule for bits of which one is set.
pub(super) const BIT_OR: &str = "1.2.840.113556.1.4.804";
pub(super) const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";

/// supportedControl of a domain controller, as far as a client that reads could want it.
pub(super) const CONTROLS: &[&str] = &[
    "1.2.840.113556.1.4.319",  // paged results
    "1.2.840.113556.1.4.417",  // show deleted
    "1.2.840.113556.1.4.473",  // sort
    "1.2.840.113556.1.4.529",  // extended DN
    "1.2.840.113556.1.4.801",  // security descriptor flags
    "1.2.840.113556.1.4.802",  // ranged retrieval: no control, listed for the sake of clients
    "1.2.840.113556.1.4.841",  // DirSync
    DOMAIN_SCOPE,              // no continuation references
    "1.2.840.113556.1.4.1340", // search options
    "1.2.840.113556.1.4.2064", // show recycled
];

/// An entry with its attributes, in the order of the LDIF.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) dn: String,
    pub(super) path: Vec<String>,
    pub(super) attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    fn new(dn: &str) -> Entry {
        Entry { dn: dn.to_owned(), path: path(dn), attributes: Vec::new() }
    }

    /// The values of an attribute.
    pub(super) fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(&[], |(_, values)| values)
    }

    fn add(&mut self, name: &str, value: Vec<u8>) {
        match self.attributes.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, values)) => values.push(value),
            None => self.attributes.push((name.to_owned(), vec![value])),
        }
    }

    /// With the category that belongs to its classes, unless it has one.
    fn categorised(mut self) -> Entry {
        const CATEGORIES: [(&str, &str); 6] = [
            ("computer", "Computer"),
            ("person", "Person"),
            ("user", "Person"),
            ("contact", "Person"),
            ("group", "Group"),
            ("organizationalUnit", "Organizational-Unit"),
        ];
        let classes = self.values("objectClass");
        let is_a = |class: &str| classes.iter().any(|own| own.eq_ignore_ascii_case(class.as_bytes()));
        let category = CATEGORIES.iter().find(|(class, _)| is_a(class)).map_or("Container", |(_, category)| category);
        if self.values("objectCategory").is_empty() {
            let name = format!("CN={category},CN=Schema,CN=Configuration,DC=contoso,DC=com");
            self.attributes.insert(0, ("objectCategory".to_owned(), vec![name.into_bytes()]));
        }
        self
    }

    fn remove(&mut self, name: &str) {
        self.attributes.retain(|(known, _)| name != "*" && !known.eq_ignore_ascii_case(name));
    }
}

/// The entries of a domain controller.
#[derive(Clone)]
pub(crate) struct Directory {
    pub(super) domain: String,
    pub(super) root_dse: Entry,
    pub(super) contexts: Vec<Vec<String>>,
    pub(super) entries: Vec<Entry>,
    /// Attributes that are delivered under other names.
    pub(super) renamed: Vec<(String, String)>,
}

impl Directory {
    /// The only domain of a forest, by its distinguished name, with the roots of its naming contexts.
    pub(crate) fn new(domain: &str) -> Directory {
        Directory::in_forest(domain, domain)
    }

    /// A domain of a forest whose root is another one.
    pub(crate) fn in_forest(domain: &str, root: &str) -> Directory {
        let configuration = format!("CN=Configuration,{root}");
        let schema = format!("CN=Schema,{configuration}");
        let directory = Directory {
            domain: domain.to_owned(),
            root_dse: root_dse(domain, &configuration, &schema),
            contexts: [domain, &configuration, &schema].map(path).to_vec(),
            entries: Vec::new(),
            renamed: Vec::new(),
        };
        directory
            .with(format!("dn: {domain}\nobjectClass: top\nobjectClass: domain\nobjectClass: domainDNS\n"))
            .with(format!("dn: {configuration}\nobjectClass: top\nobjectClass: configuration\n"))
            .with(format!("dn: {schema}\nobjectClass: top\nobjectClass: dMD\n"))
    }

    /// The domain contoso.com.
    pub(crate) fn contoso() -> Directory {
        Directory::new("DC=contoso,DC=com")
    }

    /// With the records of an LDIF text, or of what displays itself as one. As in Active Directory, each has a category.
    pub(crate) fn with(mut self, ldif: impl Display) -> Directory {
        let text = ldif.to_string().replace("\r\n", "\n").replace("\n ", "");
        let mut entry = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.is_empty() {
                self.entries.extend(entry.take().map(Entry::categorised));
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not LDIF: {line}"));
            let value = match value.strip_prefix(':') {
                Some(base64) => STANDARD.decode(base64.trim()).expect("a value after two colons is base64"),
                None => value.trim_start().as_bytes().to_vec(),
            };
            match (&mut entry, name) {
                (None, "version") => {}
                (None, "dn") => entry = Some(Entry::new(&String::from_utf8(value).expect("a name is UTF-8"))),
                (None, _) => panic!("a record starts with dn: {line}"),
                (Some(entry), name) => entry.add(name, value),
            }
        }
        self.entries.extend(entry.map(Entry::categorised));
        self
    }

    /// With other values of an attribute of an entry, or of the root DSE, whose name is empty.
    pub(crate) fn set(mut self, dn: &str, attribute: &str, values: &[&str]) -> Directory {
        let entry = self.entry(dn);
        entry.remove(attribute);
        for value in values {
            entry.add(attribute, value.as_bytes().to_vec());
        }
        self
    }

    /// With an attribute of each entry under another name, which need not be one; it is still found by its own.
    pub(crate) fn renamed(mut self, attribute: &str, name: &str) -> Directory {
        self.renamed.push((attribute.to_owned(), name.to_owned()));
        self
    }

    /// Without an attribute that the account may not read, or without any for `*`. Filters do not see it either.
    pub(crate) fn unreadable(mut self, dn: &str, attribute: &str) -> Directory {
        self.entry(dn).remove(attribute);
        self
    }

    fn entry(&mut self, dn: &str) -> &mut Entry {
        let wanted = path(dn);
        let found = if wanted.is_empty() { Some(&mut self.root_dse) } else { self.entries.iter_mut().find(|entry| entry.path == wanted) };
        found.unwrap_or_else(|| panic!("no entry {dn}"))
    }

    /// The naming context that a name is in: the longest one that it ends with.
    pub(super) fn context(&self, path: &[String]) -> Option<&Vec<String>> {
        self.contexts.iter().filter(|context| path.starts_with(context)).max_by_key(|context| context.len())
    }
}

/// The parts of a distinguished name in lower case, the last one first: what is below another name starts with it.
pub(super) fn path(dn: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = dn.chars();
    while let Some(character) = characters.next() {
        let part = parts.last_mut().expect("there is always a part");
        match character {
            '\\' => part.extend([character].into_iter().chain(characters.next())),
            ',' => parts.push(String::new()),
            _ => part.push(character),
        }
    }
    parts.iter().rev().map(|part| part.trim().to_lowercase()).filter(|part| !part.is_empty()).collect()
}

fn root_dse(domain: &str, configuration: &str, schema: &str) -> Entry {
    let labels: Vec<&str> = domain.split(',').filter_map(|part| part.split_once('=').map(|(_, label)| label)).collect();
    let dns = labels.join(".");
    let mut entry = Entry::new("");
    let mut set = |name: &str, values: &[&str]| values.iter().for_each(|value| entry.add(name, value.as_bytes().to_vec()));
    set("defaultNamingContext", &[domain]);
    set("rootDomainNamingContext", &[domain]);
    set("configurationNamingContext", &[configuration]);
    set("schemaNamingContext", &[schema]);
    set("namingContexts", &[domain, configuration, schema]);
    set("dnsHostName", &[&format!("dc1.{dns}")]);
    set("ldapServiceName", &[&format!("{dns}:dc1$@{}", dns.to_uppercase())]);
    set("supportedLDAPVersion", &["3", "2"]);
    set("supportedControl", CONTROLS);
    // StartTLS and Who am I.
    set("supportedExtension", &["1.3.6.1.4.1.1466.20037", "1.3.6.1.4.1.4203.1.11.3"]);
    set("supportedLDAPPolicies", &["MaxPageSize", "MaxValRange", "MaxQueryDuration"]);
    set("supportedSASLMechanisms", &["GSSAPI", "GSS-SPNEGO", "EXTERNAL", "DIGEST-MD5"]);
    // Active Directory, and its versions 2000, 2003, 2008, 2008 R2 and 2012 R2.
    let capabilities = ["800", "1670", "1791", "1935", "2080", "2237"].map(|end| format!("1.2.840.113556.1.4.{end}"));
    set("supportedCapabilities", &capabilities.each_ref().map(String::as_str));
    set("isGlobalCatalogReady", &["TRUE"]);
    set("isSynchronized", &["TRUE"]);
    set("currentTime", &["20260901120000.0Z"]);
    set("highestCommittedUSN", &["123456"]);
    for name in ["domainFunctionality", "forestFunctionality", "domainControllerFunctionality"] {
        set(name, &["7"]);
    }
    entry
}
