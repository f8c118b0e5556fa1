//! Attributes that a server hands out in parts: 1,500 values at a time (MaxValRange), until the last part says so.

use super::connection::Connection;
use super::entry::{Attribute, Entry, Range};
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
    let dn = std::str::from_utf8(&entry.dn).map(str::to_owned);
    let ranged: Vec<Range> = entry.attributes.iter().filter_map(Attribute::range).collect();
    for range in ranged {
        // Beside the first part stands the attribute itself, without values.
        entry.attributes.retain(|attribute| !(attribute.name.eq_ignore_ascii_case(&range.name) && attribute.values.is_empty()));
        let Some(at) = entry.attributes.iter().position(|attribute| attribute.range().as_ref() == Some(&range)) else { continue };
        let whole = &mut entry.attributes[at];
        whole.name.clone_from(&range.name);
        let Some(mut last) = range.last else { continue };
        let Ok(dn) = &dn else {
            missing.push((range.name, "the name of the object is not UTF-8, so the server cannot be asked for the rest".to_owned()));
            continue;
        };
        loop {
            let asked = format!("{};range={}-*", range.name, last + 1);
            let found = match connection.collect(dn, Scope::Base, "(objectClass=*)", std::slice::from_ref(&asked)).await {
                Ok(found) => found,
                Err(fault) if fault.may_pass() => return Err(fault),
                Err(fault) => {
                    missing.push((range.name, format!("only the first {} values are there: {fault}", last + 1)));
                    break;
                }
            };
            let part = found.into_iter().flat_map(|entry| entry.attributes).find_map(|part| part.range().map(|range| (range, part.values)));
            match part {
                Some((part, values)) if part.first == last + 1 && part.name.eq_ignore_ascii_case(&range.name) => {
                    let is_empty = values.is_empty();
                    whole.values.extend(values);
                    match part.last {
                        None => break,
                        Some(next) if next > last && !is_empty => last = next,
                        Some(_) => {
                            missing.push((
                                range.name,
                                format!("only the first {} values are there: the server sends the same part again", last + 1),
                            ));
                            break;
                        }
                    }
                }
                _ => {
                    let reason = "the server did not send the part that was asked for; did the object change meanwhile?";
                    missing.push((range.name, format!("only the first {} values are there: {reason}", last + 1)));
                    break;
                }
            }
        }
    }
    Ok(missing)
}
