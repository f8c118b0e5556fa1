//! What is there, and what of it the account can read: objects by class, and the attributes that rules need.

use std::collections::BTreeMap;

use super::{Examination, State, Stopped};
use crate::source::ldap::connection::Connection;
use crate::source::ldap::entry::Entry;
use crate::source::ldap::fault::{Fault, Kind};
use crate::source::ldap::root_dse::RootDse;
use crate::source::ldap::search::{Item, Search};
use crate::source::ldap::settings::{Scope, Settings};

/// So many objects of each class are looked at for what can be read.
const SAMPLE: usize = 200;
/// Attributes that every object of a class has: where one is not there, the account may not read it.
const EVERYBODY_HAS: [(&str, &[&str]); 3] = [
    ("users", &["objectClass", "objectCategory", "objectGUID", "objectSid", "cn", "sAMAccountName", "userAccountControl"]),
    ("groups", &["objectClass", "objectCategory", "objectGUID", "objectSid", "cn", "sAMAccountName", "groupType"]),
    ("contacts", &["objectClass", "objectCategory", "objectGUID", "cn"]),
];
/// What counts as what.
const CLASSES: [(&str, &str); 3] = [
    ("users", "(&(objectCategory=person)(objectClass=user))"),
    ("groups", "(objectCategory=group)"),
    ("contacts", "(&(objectCategory=person)(objectClass=contact))"),
];
/// Whoever may not read the category of an object gets it as one without.
const UNREADABLE: &str = "(!(objectCategory=*))";
/// An attribute that only accounts with a right of its own can read (searchFlags, fCONFIDENTIAL).
const CONFIDENTIAL: i64 = 128;

/// What was seen of a class.
pub(super) struct Sample {
    class: &'static str,
    /// Some of its objects, with all that rules need.
    entries: Vec<Entry>,
    /// How many there are.
    count: u64,
    /// Attributes that all objects have: on how many of these they cannot be read, and one of them.
    lacking: BTreeMap<&'static str, (u64, String)>,
}

/// Counts objects, and keeps some of each class.
pub(super) async fn objects(
    seen: &mut Examination,
    connection: &mut Connection,
    root: &RootDse,
    bases: &[String],
    settings: &Settings,
) -> Result<Vec<Sample>, Stopped> {
    let mut lines = Vec::new();
    let mut samples = Vec::new();
    let mut total = 0;
    for (class, filter) in CLASSES {
        let mut sample = Sample { class, entries: Vec::new(), count: 0, lacking: BTreeMap::new() };
        for base in bases {
            if let Err(fault) = look_at(connection, base, filter, settings, &mut sample).await {
                let state = if fault.kind == Kind::Bind { State::Failed } else { State::Missing };
                seen.fail("objects", state, fault);
                return Err(Stopped);
            }
        }
        total += sample.count;
        lines.push(format!("{} {class}", sample.count));
        samples.push(sample);
    }
    if total == 0 {
        seen.add("objects", State::Missing, lines, Some("either there is nothing below the base, or the account may not see it: use one that may read as much as that of Entra Connect"));
        return Err(Stopped);
    }
    let mut closed = Vec::new();
    // Elsewhere, objects have no category at all.
    for base in bases.iter().filter(|_| root.is_active_directory()) {
        match connection.collect(base, settings.scope, UNREADABLE, &["1.1".to_owned()]).await {
            Ok(found) => closed.extend(found.iter().map(Entry::name).filter(|name| !is_closed_to_everybody(name))),
            Err(fault) => lines.push(format!("what cannot be read below {base} cannot be told: {fault}")),
        }
    }
    let Some(first) = closed.first() else {
        seen.add("objects", State::Fine, lines, None);
        return Ok(samples);
    };
    let further = if closed.len() > 1 { format!(" and {} more", closed.len() - 1) } else { String::new() };
    lines.push(format!("cannot be read, nor perhaps what lies below: {first}{further}"));
    seen.add("objects", State::Missing, lines, Some("use an account that may read as much as that of Entra Connect"));
    Ok(samples)
}

/// Whether Active Directory itself keeps an object from ordinary accounts; nobody's account is there.
fn is_closed_to_everybody(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains(",cn=system,dc=") || name.starts_with("cn=ntds quotas,dc=")
}

/// Counts the objects of a class, keeps some, and notes which lack what all have.
async fn look_at(connection: &mut Connection, base: &str, filter: &str, settings: &Settings, sample: &mut Sample) -> Result<(), Fault> {
    let wanted = SAMPLE - sample.entries.len().min(SAMPLE);
    if wanted > 0 {
        sample.entries.extend(connection.some(base, settings.scope, filter, &settings.attributes, wanted).await?);
    }
    // Rights differ from one part of the tree to the next: no sample would show it.
    let must = EVERYBODY_HAS.iter().find(|(of, _)| *of == sample.class).map_or(&[][..], |(_, names)| names);
    let attributes: Vec<String> = must.iter().map(|&name| name.to_owned()).collect();
    let mut all = connection.search(Search {
        base: base.to_owned(),
        scope: settings.scope,
        filter: filter.to_owned(),
        attributes,
        page_size: settings.page_size,
        time_limit: settings.time_limit,
    });
    while let Some(item) = all.next().await? {
        let Item::Entry(entry) = item else { continue };
        sample.count += 1;
        for name in must.iter().filter(|name| entry.values(name).is_empty()) {
            sample.lacking.entry(name).or_insert_with(|| (0, entry.name())).0 += 1;
        }
    }
    Ok(())
}

/// Compares what rules need with the schema, and with what the sample shows.
pub(super) async fn rights(seen: &mut Examination, connection: &mut Connection, root: &RootDse, samples: &[Sample], settings: &Settings) {
    let mut lines = Vec::new();
    let mut state = State::Fine;
    let mut help = None;
    for Sample { class, count, lacking, .. } in samples {
        for (name, (lacking, example)) in lacking {
            state = State::Missing;
            lines.push(format!("{name} cannot be read on {lacking} of {count} {class}, and all have it; for example {example}"));
            help =
                Some("use an account that may read as much as that of Entra Connect; by default every account of the domain may read this");
        }
    }
    let has = |name: &str| {
        let mut entries = samples.iter().flat_map(|sample| &sample.entries);
        entries.any(|entry| {
            entry.attributes.iter().any(|attribute| attribute.name.split(';').next().is_some_and(|own| own.eq_ignore_ascii_case(name)))
        })
    };
    let unseen: Vec<&String> = settings.attributes.iter().filter(|name| !has(name)).collect();
    match schema(connection, root, &settings.attributes).await {
        Err(fault) => lines.push(format!("the schema cannot be read, so nothing can be compared with it: {fault}")),
        Ok(known) => {
            let find = |name: &str| known.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
            let unknown: Vec<&str> = unseen.iter().map(|name| name.as_str()).filter(|name| find(name).is_none()).collect();
            if !unknown.is_empty() {
                lines.push(format!("not in the schema, so nobody has them: {}", list(&unknown)));
            }
            let hidden: Vec<&str> = unseen
                .iter()
                .map(|name| name.as_str())
                .filter(|name| find(name).is_some_and(|(_, flags)| flags & CONFIDENTIAL != 0))
                .collect();
            if !hidden.is_empty() {
                state = State::Missing;
                lines.push(format!("confidential, and not to be seen: {}", list(&hidden)));
                help = Some("give the account the right to read confidential attributes, or accept that their rules see nothing");
            }
            let open: Vec<&str> = unseen
                .iter()
                .map(|name| name.as_str())
                .filter(|name| find(name).is_some_and(|(_, flags)| flags & CONFIDENTIAL == 0))
                .collect();
            if !open.is_empty() {
                lines.push(format!(
                    "in the schema and on no object of the sample (nobody has them, or the account may not read them): {}",
                    list(&open)
                ));
            }
        }
    }
    let looked_at: usize = samples.iter().map(|sample| sample.entries.len()).sum();
    let needed = settings.attributes.len();
    lines.insert(0, format!("{} of {needed} attributes that rules need are there on {looked_at} objects", needed - unseen.len()));
    seen.add("rights", state, lines, help);
}

/// Names one behind the other; those that differ in their number only are one.
fn list(names: &[&str]) -> String {
    let mut families: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let family = name.trim_end_matches(|c: char| c.is_ascii_digit());
        match families.iter_mut().find(|(own, _)| *own == family) {
            Some((_, members)) => members.push(name),
            None => families.push((family, vec![name])),
        }
    }
    let words = families.into_iter().map(|(family, members)| match members.as_slice() {
        [single] => (*single).to_owned(),
        several => format!("{family}… ({} of them)", several.len()),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Which attributes the schema has, with their searchFlags.
async fn schema(connection: &mut Connection, root: &RootDse, names: &[String]) -> Result<Vec<(String, i64)>, Fault> {
    let Some(base) = root.schema() else {
        return Err(Fault::new(Kind::Search, "the server names no schema", "read a domain controller"));
    };
    let mut known = Vec::new();
    // A filter of all names at once is long, and servers bound the length of filters.
    for some in names.chunks(30) {
        let any: String = some.iter().map(|name| format!("(lDAPDisplayName={})", ldap3::ldap_escape(name.as_str()))).collect();
        let filter = format!("(&(objectClass=attributeSchema)(|{any}))");
        let attributes = ["lDAPDisplayName", "searchFlags"].map(str::to_owned);
        for entry in connection.collect(&base, Scope::OneLevel, &filter, &attributes).await? {
            let flags = entry.text("searchFlags").and_then(|flags| flags.parse().ok()).unwrap_or(0);
            known.extend(entry.text("lDAPDisplayName").map(|name| (name, flags)));
        }
    }
    Ok(known)
}
