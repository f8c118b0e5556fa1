//! Cuts a tree into parts that several connections can read at once.

use std::collections::VecDeque;

use super::connection::Connection;
use super::fault::Fault;
use super::search::{Item, Search};
use super::settings::{Scope, Settings};

/// What could have users, groups and contacts below it: everything but those and computers, none of which can hold
/// another one in Active Directory. What does not show its category could be anything.
const MAY_HOLD: &str = "(|(!(objectCategory=*))(!(|(objectCategory=person)(objectCategory=group)(objectCategory=computer))))";
/// A level with more parts than this is not cut further: asking for them would cost more than it saves.
const MOST_PARTS: usize = 500;

/// A part of a directory that is read in one search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Where.
    pub base: String,
    /// How deep.
    pub scope: Scope,
    /// What.
    pub filter: String,
}

/// The parts below a base: one for one connection, some for each where there are several.
///
/// # Errors
///
/// When the server does not tell what lies below the base.
pub async fn split(connection: &mut Connection, base: &str, settings: &Settings) -> Result<Vec<Task>, Fault> {
    let task = |base: String, scope| Task { base, scope, filter: settings.filter.clone() };
    if settings.connections < 2 || settings.scope != Scope::Subtree {
        return Ok(vec![task(base.to_owned(), settings.scope)]);
    }
    let wanted = usize::from(settings.connections) * 4;
    let mut tasks = Vec::new();
    let mut open = VecDeque::from([base.to_owned()]);
    while tasks.len() + open.len() < wanted {
        let Some(parent) = open.pop_front() else { break };
        match parts(connection, &parent, settings).await? {
            Some(parts) => {
                // Parts that are on a level are read with it; the base is on none.
                if parent == base {
                    tasks.push(task(parent.clone(), Scope::Base));
                }
                tasks.push(task(parent, Scope::OneLevel));
                open.extend(parts);
            }
            None => tasks.push(task(parent, Scope::Subtree)),
        }
    }
    // A search below a base costs some servers as much as one through everything, a level next to nothing.
    let is_looked_into = open.len() <= wanted * 4;
    for part in open {
        let is_leaf = is_looked_into && parts(connection, &part, settings).await?.is_some_and(|below| below.is_empty());
        tasks.push(task(part, if is_leaf { Scope::OneLevel } else { Scope::Subtree }));
    }
    Ok(tasks)
}

/// What lies immediately below and may hold something; `None` where that is too much to be worth it.
async fn parts(connection: &mut Connection, parent: &str, settings: &Settings) -> Result<Option<Vec<String>>, Fault> {
    let attributes = ["1.1".to_owned()];
    let page_size = settings.page_size;
    let search = Search { base: parent, scope: Scope::OneLevel, filter: MAY_HOLD, attributes: &attributes, page_size, time_limit: 0 };
    let mut pages = connection.search(search);
    let mut found = Vec::new();
    while let Some(item) = pages.next(connection).await? {
        let Item::Entry(entry) = item else { continue };
        match String::from_utf8(entry.dn) {
            Ok(dn) if found.len() < MOST_PARTS => found.push(dn),
            // A name that cannot be asked for, or too many of them.
            Ok(_) | Err(_) => return Ok(None),
        }
    }
    Ok(Some(found))
}
