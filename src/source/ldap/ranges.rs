//! Attributes that a server hands out in parts: 1,500 values at a time (MaxValRange), until the last part says so.

use super::connection::Connection;
use super::entry::{Entry, Range};
use super::fault::Fault;
use super::settings::Scope;

/// Asks for the rest of every attribute of which the server has sent a part, and puts the parts together in their
/// order. Returns why the rest of an attribute is not there, by its name.
///
/// # Errors
///
/// When the connection is gone.
pub async fn complete(entry: &mut Entry, connection: &mut Connection) -> Result<Vec<(String, String)>, Fault> {
    let mut missing = Vec::new();
    let dn = String::from_utf8(entry.dn.clone()).ok();
    let parts: Vec<(String, Option<Range>)> = entry
        .attributes
        .iter()
        .filter(|attribute| attribute.is_part())
        .map(|attribute| (attribute.name.clone(), attribute.range()))
        .collect();
    for (name, range) in parts {
        let Some(range) = range else {
            missing.push((name, "the server sent a part of the values that cannot be".to_owned()));
            continue;
        };
        // Beside the first part stands the attribute itself, without values.
        entry.attributes.retain(|attribute| !(attribute.name.eq_ignore_ascii_case(&range.name) && attribute.values.is_empty()));
        let Some(whole) = entry.attributes.iter_mut().find(|attribute| attribute.name == name) else { continue };
        whole.name.clone_from(&range.name);
        let mut part = Some((range.clone(), std::mem::take(&mut whole.values)));
        let reason = loop {
            let there = whole.values.len();
            let next = part.filter(|(part, values)| part.name.eq_ignore_ascii_case(&range.name) && part.follows(there, values.len()));
            let Some((Range { last, .. }, values)) = next else {
                break Some("the server did not send the part that was asked for; did the object change meanwhile?".to_owned());
            };
            whole.values.extend(values);
            if last.is_none() {
                break None;
            }
            let Some(dn) = &dn else {
                break Some("the name of the object is not UTF-8, so the server cannot be asked for the rest".to_owned());
            };
            let asked = format!("{};range={}-*", range.name, whole.values.len());
            part = match connection.collect(dn, Scope::Base, "(objectClass=*)", &[asked]).await {
                Ok(found) => {
                    found.into_iter().flat_map(|entry| entry.attributes).find_map(|part| part.range().map(|range| (range, part.values)))
                }
                Err(fault) if fault.may_pass() => return Err(fault),
                Err(fault) => break Some(fault.to_string()),
            };
        };
        missing.extend(reason.map(|reason| (range.name, format!("only the first {} values are there: {reason}", whole.values.len()))));
    }
    Ok(missing)
}
