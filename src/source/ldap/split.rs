//! Cuts a tree into parts that several connections can read at once, and loses nothing.
//!
//! A search of a level shows the units on it, and one of them could be hidden from the account while what lies below it is
//! not. In Active Directory an account sees either all children of an object or none (MS-ADTS 5.1.3.3.6, object
//! visibility), so a level that shows one unit shows all of them, and one that shows none is not cut: one search reads
//! all below it. Forests in List Object mode, where single objects are hidden, are not cut at all.

use std::collections::VecDeque;

use super::connection::Connection;
use super::fault::Fault;
use super::root_dse::RootDse;
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

impl Task {
    /// All that is to be read below a base.
    pub fn whole(base: &str, settings: &Settings) -> Task {
        Task { base: base.to_owned(), scope: settings.scope, filter: settings.filter.clone() }
    }
}

/// The parts below a base: one for one connection, some for each where there are several.
///
/// # Errors
///
/// When the server does not tell what lies below the base.
pub async fn split(connection: &mut Connection, root: &RootDse, base: &str, settings: &Settings) -> Result<Vec<Task>, Fault> {
    let task = |base: String, scope| Task { base, scope, filter: settings.filter.clone() };
    if settings.connections < 2 || settings.scope != Scope::Subtree || root.lists_objects_singly(connection).await {
        return Ok(vec![Task::whole(base, settings)]);
    }
    let wanted = (settings.connections as usize) * 4;
    let mut tasks = Vec::new();
    let mut open = VecDeque::from([base.to_owned()]);
    while tasks.len() + open.len() < wanted {
        let Some(parent) = open.pop_front() else { break };
        let level = level(connection, &parent, settings).await?;
        // Parts that are on a level are read with it; the base is on none.
        if parent == base && !matches!(level, Level::Unknown) {
            tasks.push(task(parent.clone(), Scope::Base));
        }
        match level {
            Level::Parts(parts) => {
                tasks.push(task(parent, Scope::OneLevel));
                open.extend(parts);
            }
            Level::Leaves => tasks.push(task(parent, Scope::OneLevel)),
            Level::Unknown => tasks.push(task(parent, Scope::Subtree)),
        }
    }
    // A search below a base costs some servers as much as one through everything, a level next to nothing.
    let is_looked_into = open.len() <= wanted * 4;
    for part in open {
        let is_leaf = is_looked_into && matches!(level(connection, &part, settings).await?, Level::Leaves);
        tasks.push(task(part, if is_leaf { Scope::OneLevel } else { Scope::Subtree }));
    }
    Ok(tasks)
}

/// What a search of the level below an object shows.
enum Level {
    /// What may hold something.
    Parts(Vec<String>),
    /// Objects that hold nothing, and so no hidden ones either.
    Leaves,
    /// Nothing, or more than is worth it: only a search of the whole tree below tells.
    Unknown,
}

async fn level(connection: &mut Connection, parent: &str, settings: &Settings) -> Result<Level, Fault> {
    let attributes = ["1.1".to_owned()];
    let mut pages = connection.search(Search {
        base: parent.to_owned(),
        scope: Scope::OneLevel,
        filter: MAY_HOLD.to_owned(),
        attributes: attributes.to_vec(),
        page_size: settings.page_size,
        time_limit: 0,
    });
    let mut found = Vec::new();
    while let Some(item) = pages.next().await? {
        let Item::Entry(entry) = item else { continue };
        match String::from_utf8(entry.dn) {
            Ok(dn) if found.len() < MOST_PARTS => found.push(dn),
            // A name that cannot be asked for, or too many of them.
            Ok(_) | Err(_) => return Ok(Level::Unknown),
        }
    }
    if !found.is_empty() {
        return Ok(Level::Parts(found));
    }
    match connection.some(parent, Scope::OneLevel, "(objectClass=*)", &attributes, 1).await {
        Ok(leaves) if !leaves.is_empty() => Ok(Level::Leaves),
        // What is wrong there, the search of the whole part says itself.
        Ok(_) | Err(_) => Ok(Level::Unknown),
    }
}
